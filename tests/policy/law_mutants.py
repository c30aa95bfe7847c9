"""Mutation test of the law as data: is every day, place, instrument, number and word pinned down by a case of ``law_cases``?

Each mutant changes one datum of ``policies/data/legal.json``: an entry, a place, a kind or a category is gone, a day is one earlier
or later, a number is one more or less, a law is in shadow, a filing is due at another time. It is killed by a case that decides
otherwise, or by data that is refused. Prints the survivors and the share that was killed; exits 1 below the floor. ``--only PART``
restricts it to places that contain PART; ``--every N`` takes one mutant of N.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness
import law_cases
from law_cases import Case, shifted

from proxy.catalog.load import check_law, data_document
from proxy.catalog.models import RegistryDocument
from proxy.errors import ConfigurationError

FLOOR = 98.0
LEGAL: dict[str, Any] = json.loads((harness.POLICIES / "data" / "legal.json").read_text())
_DAYS = ("from", "until", "revoked_at")
_NUMBERS = ("checked_days", "max_age_days", "tia_max_age_days")
#: What explains a law to people and decides nothing.
_EXPLAINED = frozenset(
    "name citation sources open note decision scope_note title mechanism as_of entity_map hipaa named_contracts response_guard break_glass_max_hours".split()
)
#: Law of which other tests are the cases: worked cases of the contract, and rules of retention.
_ELSEWHERE = frozenset({"retention", "threshold"})
Path_ = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed datum."""

    place: Path_
    how: str
    value: Any
    gone: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.place))} {self.how}"

    def law(self) -> dict[str, Any]:
        changed = copy.deepcopy(LEGAL)
        parent: Any = changed
        for step in self.place[:-1]:
            parent = parent[step]
        if self.gone:
            del parent[self.place[-1]]
        else:
            parent[self.place[-1]] = self.value
        return changed


def mutants(node: Any = LEGAL, place: Path_ = ()) -> Iterator[Mutant]:
    """Yield every mutant of the law, in the order of the file."""
    if not place:
        yield from (m for key in node if key not in _EXPLAINED | _ELSEWHERE for m in mutants(node[key], (key,)))
        return
    last = place[-1]
    if last in _EXPLAINED | _ELSEWHERE:
        return
    if isinstance(node, dict):
        if len(place) > 1 and not (isinstance(last, str) and place[0] == "config"):
            yield Mutant(place, "is gone", None, gone=True)
        yield from (m for key in node for m in mutants(node[key], (*place, key)))
    elif isinstance(node, list):
        yield from (m for number, item in enumerate(node) for m in mutants(item, (*place, number)))
    else:
        yield from _changed(node, place)


def _changed(value: Any, place: Path_) -> Iterator[Mutant]:
    last = place[-1]
    if last in _DAYS:
        yield from (Mutant(place, f"became {day}", day) for day in (shifted(value, -1), shifted(value, 1)))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (Mutant(place, f"became {number}", number) for number in (value - 1, value + 1))
    elif last == "mode":
        yield Mutant(place, "was turned", "shadow" if value == "enforce" else "enforce")
    elif last == "filing":
        yield Mutant(place, "was turned", "before" if value == "after" else "after")
    elif last == "scope":
        yield Mutant(place, "became narrower", "dpf_certified" if value != "dpf_certified" else "full")
    if (
        last in {"filing", "fresh", "derogation", "list", "free", *_DAYS, *_NUMBERS}
        or isinstance(last, int)
        or place[-2] == "territories"
    ):
        yield Mutant(place, f"{value} is gone", None, gone=True)


def equivalent(mutant: Mutant) -> str:
    """Return why no case can tell a mutant apart, "" if one can."""
    place, mutable = mutant.place, mutant.value if isinstance(mutant.value, str) else ""
    section, name, *members = (*place, "")
    regime = LEGAL["regimes"].get(name) if section == "regimes" else None
    if section == "adequacy" and place[-1] == "from":
        regime = LEGAL["regimes"][{"eu": "GDPR", "uk": "UK", "ch": "CH", "br": "LGPD"}[name]]
    why = {
        "the list's law began later": place[-1] == "from" and len(place) > 3 and regime and mutable <= regime["from"],
        "a law in shadow decides on no day": members[:1] == ["from"] and regime and regime["mode"] == "shadow",
        "a law in shadow is asked for its ladder alone": members[:1] in (["gates"], ["sensitive"])
        and regime
        and regime["mode"] == "shadow",
        "30 days are what the library falls back to": place == ("max_age_days",) and mutant.gone,
        "either code is within, or outside, every law's home": place[-1] in {"FI-01", "CN-TW"} and mutant.gone,
    }
    return next((reason for reason, holds in why.items() if holds), "")


class Judge:
    """Decides cases with a changed law, in one engine."""

    def __init__(self) -> None:
        self._sections = _document(list(law_cases.CASES), LEGAL)[0].keys()
        law = " ".join(f"with data.{key} as input.data.{key}" for key in self._sections if key != "as_of")
        asked = "with input as entry.document with data.as_of as entry.data.as_of"
        source = f"decided[n] := decision if {{\n\tsome n, entry in input.cases\n\tdecision := data.compliance.decision {asked} {law}\n}}\n"
        self._engine = harness.engine(
            {**harness.sources(), "suite.rego": f"package suite\n\nimport rego.v1\n\n{source}"}
        )

    def faults(self, cases: list[Case], legal: Mapping[str, Any]) -> list[str]:
        """Return the cases that come out otherwise, each with what came out.

        Raises:
            ConfigurationError: the law is refused.

        """
        document, questions = _document(cases, legal)
        sections = {**{key: {} for key in self._sections}, **document}
        decided = self._engine.eval_document("suite.decided", {"cases": questions, "data": sections})
        found = ((each, law_cases.fault(each, decided.get(str(n), _NOTHING))) for n, each in enumerate(cases))
        return [f"{each.name} [{each.law}]: {outcome}" for each, outcome in found if outcome]

    def survives(self, mutant: Mutant) -> bool:
        """Tell whether all cases come out as they should in spite of a mutant."""
        cases = relevant(mutant)
        try:
            return not cases or not self.faults(cases, mutant.law())
        except (ConfigurationError, ValueError):
            return False


_NOTHING: dict[str, Any] = {"targets": [], "block_codes": []}


def _document(cases: list[Case], legal: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the data document of some cases' world, and their questions.

    Raises:
        ConfigurationError: the law is refused.

    """
    check_law(legal)
    registry, questions = law_cases.world(cases, legal["config"])
    return {"revision": "law", **data_document(RegistryDocument.model_validate(registry), legal)}, questions


def relevant(mutant: Mutant) -> list[Case]:
    """Return the cases that a mutant may touch: those of its law's origins, or of its list's, or of its section."""
    section, *rest = mutant.place
    chosen: Callable[[Case], bool] = lambda each: True  # noqa: E731
    if section == "regimes":
        places = law_cases.places(LEGAL["regimes"][rest[0]]["scope"])
        chosen = lambda each: bool({each.origin, each.origin[:2], each.subjects} & places)  # noqa: E731
    elif section == "adequacy":
        origins = {"eu": {"DE", "IS", "LI", "NO"}, "uk": {"GB"}, "ch": {"CH"}, "br": {"BR"}}[rest[0]]
        chosen = lambda each: each.origin in origins  # noqa: E731
    elif section == "regions":
        chosen = lambda each: each.origin in {"CN", "DE", "RE", "IS", *law_cases.EEA}  # noqa: E731
    elif section == "ai_practices":
        chosen = lambda each: rest[0] in each.name  # noqa: E731
    elif section == "doj":
        chosen = lambda each: "us_bulk" in each.name  # noqa: E731
    return [each for each in law_cases.CASES if chosen(each)]


def _decided(judge: Judge) -> int:
    """Print the cases that come out otherwise than they should; 1 if there are any."""
    revoked = copy.deepcopy(LEGAL)
    next(each for each in revoked["adequacy"]["eu"] if each.get("code") == "US")["revoked_at"] = law_cases.REVOKED
    faults = judge.faults(list(law_cases.CASES), LEGAL) + judge.faults(list(law_cases.REVOCATION), revoked)
    print(
        *faults,
        f"{len(faults)} of {len(law_cases.CASES) + len(law_cases.REVOCATION)} cases decided otherwise",
        sep="\n",
    )
    return 1 if faults else 0


def main() -> int:
    """Run the mutation test; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the places to change")
    parser.add_argument("--cases", action="store_true", help="decide the cases as the law is, and nothing more")
    parser.add_argument("--every", type=int, default=1, help="take one mutant of so many")
    wanted = parser.parse_args()
    judge = Judge()
    if wanted.cases:
        return _decided(judge)
    listed = [m for m in mutants() if wanted.only in str(m) and not equivalent(m)][:: wanted.every]
    survivors = []
    for number, mutant in enumerate(listed, 1):
        if judge.survives(mutant):
            survivors.append(mutant)
            print(f"survived {mutant}", flush=True)
        if number % 100 == 0:
            print(f"  {number} of {len(listed)}", flush=True)
    killed = len(listed) - len(survivors)
    share = 100 * killed / len(listed) if listed else 0.0
    print(f"{killed} of {len(listed)} mutants of the law killed ({share:.1f} %) by {len(law_cases.CASES)} cases")
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
