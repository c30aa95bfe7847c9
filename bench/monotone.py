"""Adding anything to a request never newly permits a third party, save what the key is bound to declare.

``python -m bench.monotone --comparisons 100000`` makes requests at random, adds things at random (text in any language,
identifiers, files, pictures, labels, headers, metadata, tools, numbers, features) and compares the third parties that
the shipped library permits before and after. Everything between the body and the decision is the product's own: the
codec, patterns, terms, ages, languages and regions of the detection, the facts, the policy in the engine. Names are
found from a list, and nothing is asked of the models. Decisions are remembered by their facts, which are all that a
policy sees. It ends with 1 where a comparison fails, and prints what was added and which denials went away.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from multidict import CIMultiDict

from bench.monotone_requests import PEOPLE, Asking, base, grown
from proxy.codecs.openai.apis import CHAT
from proxy.core import field_roles
from proxy.core.decision.facts import request_facts
from proxy.core.decision.inspection import inspect
from proxy.core.findings import Detection, Finding, SegmentFindings, Status
from proxy.core.leaves import TextLeaf, leaves
from proxy.core.records import Exchange, Facts
from proxy.core.routing import offers
from proxy.core.routing.routing import Candidate
from proxy.core.targets.registered import Target
from proxy.core.wire import Incoming
from proxy.detection.meaning.ages import ages, minor
from proxy.detection.meaning.regions import hints
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.merge import disjoint
from proxy.detection.patterns.scanner import PatternScanner
from proxy.detection.text import fields
from proxy.detection.text.chunks import worst
from proxy.detection.text.language import identify
from proxy.errors import ProxyError
from proxy.policy.decision.document import input_document
from proxy.policy.engine.evaluator import Evaluator
from proxy.runtime.resources import shipped
from proxy.web.declared import declared
from testing.fakes import capabilities

DATA = Path(__file__).parent.parent / "tests" / "contracts" / "example_data_document.json"
NOW = 1_795_521_600.0  # 2026-11-24T12:00:00Z, the day of the example's evidence
_SHOWN = 10
_NAMES = re.compile("|".join(PEOPLE))


class Reader:
    """The part of detection that needs no model, and names from a list; remembers what it read."""

    def __init__(self) -> None:
        self._scanner, self._terms = PatternScanner(), TermFinder()
        self.read = lru_cache(maxsize=200_000)(self._read)
        self.scan = lru_cache(maxsize=200_000)(self._scanner.scan)

    def _read(self, text: str) -> SegmentFindings:
        language, status = identify(text)
        found = [*self._scanner.scan(text), *self._terms.find(text, language)]
        found += [Finding("PERSON", m.start(), m.end(), 0.9, "list") for m in _NAMES.finditer(text)]
        found += ages(text, found)
        shown = disjoint(found)
        return SegmentFindings(shown, status, language, minor(text), hints(text, shown))


@dataclass
class Proving:
    """Decides requests as the product would and compares what third parties are permitted."""

    evaluator: Evaluator
    data: Mapping[str, Any]
    reader: Reader = field(default_factory=Reader)
    evaluated: int = 0
    _known: dict[Facts, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.third = frozenset(name for name, entry in self.data["targets"].items() if entry["operator"] != "self")
        self._codec = CHAT
        kinds = self.data["entity_map"]
        self._categories = {name: tuple(entry.get("categories", ())) for name, entry in kinds.items()}

    def permitted(self, asking: Asking) -> tuple[frozenset[str], Facts | None]:
        """Return the third parties that may get the request, and its facts; none of a request that is refused."""
        try:
            facts = self._facts(asking)
        except ProxyError:
            return frozenset(), None
        if facts not in self._known:
            self.evaluated += 1
            answer = self.evaluator.decide(input_document(facts, "r", NOW))
            allowed = frozenset(one["target"] for one in answer["targets"] if one["permit"])
            self._known[facts] = allowed & self.third
        return self._known[facts], facts

    def denials(self, facts: Facts, target: str) -> list[str]:
        """Return why a target was denied, by gate or by itself."""
        answer = self.evaluator.decide(input_document(facts, "r", NOW))
        own = [code for one in answer["targets"] if one["target"] == target for code in one["denials"]]
        return own or list(answer["block_codes"])

    def _facts(self, asking: Asking) -> Facts:
        said = declared(CIMultiDict(asking.headers), asking.principal)
        exchange = Exchange("x", NOW, asking.principal, said, self._codec.name, "/v1/chat/completions")
        payload = self._codec.decode(Incoming(orjson.dumps(asking.body)))
        targets = [
            _target(name, self_hosted=self.data["targets"][name]["operator"] == "self") for name in asking.targets
        ]
        offers.check(payload, targets, self._codec.name)
        segments = [self._labelled(leaf) for leaf in leaves(payload.spans)]
        status = worst([Status.COMPLETE, *(segment.status for segment in segments)])
        known = field_roles.with_roles(payload.spans, segments)
        inspection = inspect(payload, Detection(known, status), self._categories)
        candidates = tuple(Candidate(one.id, rank) for rank, one in enumerate(targets))
        return request_facts(exchange, inspection, candidates, offers.requirements(payload, targets, self._codec.name))

    def _labelled(self, leaf: TextLeaf) -> SegmentFindings:
        segment, cell = self.reader.read(leaf.text), fields.Cell(leaf.label, 0, len(leaf.text))
        return fields.added(segment, fields.read(leaf.text, [cell], self.reader.scan)) if leaf.label else segment


@lru_cache(maxsize=64)
def _target(name: str, *, self_hosted: bool) -> Target:
    """Return a target; our own takes every kind of content, one third party has features and pictures."""
    text = frozenset({"text"})
    rich = capabilities(
        text | {"image"}, frozenset({"web_search_options", "tools.mcp"}), frozenset({"pictures.example"})
    )
    taken = capabilities() if self_hosted else rich if name == "us-alpha/eu" else capabilities(text)
    return Target(name, "", "", self_hosted, models=MappingProxyType({"*": "*"}), accepts=taken)


@dataclass(frozen=True)
class Violation:
    """A third party that an addition newly permitted: which, what was added, which denials went away."""

    target: str
    added: tuple[str, ...]
    denials: tuple[str, ...]
    before: Asking
    after: Asking


def compared(
    proving: Proving, chance: random.Random, comparisons: int, per_base: int = 8
) -> Iterator[Violation | None]:
    """Yield one answer per comparison: None, or the violation."""
    made = 0
    while made < comparisons:
        asking = base(chance, proving.data)
        before, facts = proving.permitted(asking)
        for _ in range(min(per_base, comparisons - made)):
            made += 1
            more, added = grown(chance, asking)
            new = sorted(proving.permitted(more)[0] - before)
            if not new:
                yield None
                continue
            why = tuple(proving.denials(facts, new[0])) if facts is not None else ("refused",)
            yield Violation(new[0], added, why, asking, more)


def proving(data: Mapping[str, Any] | None = None) -> Proving:
    """Return the shipped library over the example data document."""
    document = orjson.loads(DATA.read_bytes()) if data is None else data
    return Proving(Evaluator.open(shipped("policies"), None, document), document)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the tally, return 1 where something was newly permitted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began, held = time.monotonic(), proving()
    found: list[Violation] = []
    for number, one in enumerate(compared(held, random.Random(chosen.seed), chosen.comparisons), 1):
        if one is not None:
            found.append(one)
        if number % 10_000 == 0:
            print(f"{number} comparisons, {len(found)} violations, {time.monotonic() - began:.0f} s", flush=True)
    for (denials, added), count in Counter((one.denials, one.added) for one in found).most_common(_SHOWN):
        print(f"  {count} x {'+'.join(added)} lifted {', '.join(denials)}")
    for one in found[:_SHOWN]:
        print(
            f"  {one.target}: {dict(one.before.headers)} {one.before.principal.tenant} {one.before.principal.default_activity}"
        )
        print(
            f"    before {orjson.dumps(one.before.body).decode()[:300]}\n    after  {orjson.dumps(one.after.body).decode()[:500]} {dict(one.after.headers)}"
        )
    told = f"{chosen.comparisons} comparisons, {held.evaluated} decisions, {len(found)} violations"
    print(f"{told}, {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
