"""Every refusal of a generated table says its codes in words, and whoever follows its advice is served.

The library decides with the real engine; requests go through the whole pipeline, and so does each way on.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from proxy.core.decision import lawbook
from proxy.core.decision.matters import MATTERS
from proxy.core.entities import ENTITIES
from proxy.core.findings import Detection, DetectorVersion, Finding, SegmentFindings, Status
from proxy.core.leaves import bare
from proxy.core.records import DeclaredFacts, Grant, Principal
from proxy.core.targets.registered import Catalog, Route
from proxy.policy.decision import answer as answers
from proxy.policy.decision.document import input_document
from proxy.policy.engine.engine import PolicyEngine
from testing.fakes import FakeDetector, FixedClock, Stage, capabilities, exchange, target

ROOT = Path(__file__).resolve().parents[2]
DATA = lawbook.completed(
    json.loads((ROOT / "tests/contracts/example_data_document.json").read_text()),
    json.loads((ROOT / "policies/data/legal.json").read_text()),
)
NOW = 1_795_514_400.0  # 2026-11-24T10:00:00Z
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
GRANT = Grant("bg_000000000000", "INC-1", "bob", True, True, int(NOW) + 600)
CATEGORIES = {name: entity.categories for name, entity in ENTITIES.items()}
CASES = 200
STEPS = {
    "ask whoever runs this proxy", "start a new chat without it", "leave out store", "leave out web_search_options",
    "start a new chat without it and leave out store", "name an activity that covers it in x-compliance-activity",
    "name the regions of the people concerned in x-compliance-subject-regions",
    "declare x-compliance-minor: no, if it concerns no minor", "name a break-glass grant for it in x-compliance-break-glass",
}  # fmt: skip
#: Codes of other registries, of operations beside chat, of the cache, and of failures; ``test_refusals.py`` of the core
#: has the words of each.
ELSEWHERE = frozenset(
    """
    ADEQUACY_EXPIRED ADEQUACY_NOT_IN_FORCE ADEQUACY_REVOKED ART49_NOT_SYSTEMATIC BAA_SCOPE CACHE_SCOPE CLASSIFIER_FAILED
    DPF_HR_NOT_COVERED DPF_LAPSED FINE_TUNE_PERSONAL_DATA OBLIGATION_UNSUPPORTED PART2_NO_CONSENT POLICY_UNAVAILABLE
    PSYCHOTHERAPY_NOTES REGISTRY_STALE RESIDUAL_PII TIA_EXPIRED TIA_MISSING
    """.split()
)


@dataclass
class Words(FakeDetector):
    """Finds the names of entity types; "minor" is said of one, and "illegible" is not read."""

    async def detect(self, leaves, tenant, within_s=None):
        segments = tuple(self._segment(bare(leaf)) for leaf in leaves)
        status = Status.PARTIAL if any(each.status is not Status.COMPLETE for each in segments) else Status.COMPLETE
        return Detection(segments, status, (DetectorVersion("words", "1"),))

    def _segment(self, text):
        status = Status.PARTIAL if "illegible" in text else Status.COMPLETE
        return SegmentFindings(self.scan(text), status, "en", minor="minor" in text)

    def scan(self, text, tenant=""):
        found = re.finditer(r"[A-Z][A-Z_]{2,}", text)
        return tuple(
            Finding(each[0], each.start(), each.end(), 0.95, "words") for each in found if each[0] in CATEGORIES
        )


class Library:
    """Implements ``PolicyDecisionPoint`` with the policy library and the engine in this process."""

    def __init__(self, engine):
        self.engine, self.made = engine, {}

    async def decide(self, facts, exchange, now):
        if facts not in self.made:
            self.made[facts] = self.evaluated(facts, exchange, now)
        return self.made[facts]

    def evaluated(self, facts, exchange, now):
        document = input_document(facts, exchange, now)
        stamp = answers.Stamp("d1", exchange, document["time"], "opa")
        answer = self.engine.evaluate("compliance/decision", orjson.dumps(document))
        return answers.decision(answer, [each["target"] for each in document["candidates"]], stamp, facts.phase)


class Handler:
    """Implements ``ObligationHandler``: everything is durable at once."""

    async def carry_out(self, exchange, decision, target):
        pass

    async def refused(self, exchange, decision):
        pass


@dataclass
class Case:
    """One request of the table."""

    tenant: str
    activity: str
    others: tuple[str, ...]
    targets: tuple[str, ...]
    texts: tuple[Any, ...]
    members: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)
    principal: dict[str, Any] = field(default_factory=dict)
    grant: Grant | None = None

    def body(self) -> bytes:
        said = [{"role": "user", "content": text} for text in self.texts or ("hello",)]
        return orjson.dumps({"model": "m", "messages": said, **self.members})

    def exchange(self):
        home = DATA["tenants"].get(self.tenant, {"establishments": ["DE"]})["establishments"][0]
        principal = Principal(
            "key1", self.tenant, "svc", (self.activity, *self.others), self.activity, home, home, roles=("break-glass",)
        )
        principal = replace(principal, **self.principal)
        declared = DeclaredFacts(self.activity, **self.declared)
        return exchange(received_at=NOW, principal=principal, declared=declared, grant=self.grant)


def sources():
    """Return the modules of the library by path."""
    files = [path for path in (ROOT / "policies").rglob("*.rego") if not path.name.endswith("_test.rego")]
    return {path.name + str(n): path.read_text() for n, path in enumerate(files) if "examples" not in path.parts}


def catalog(targets):
    """Return a catalog of these targets; the third parties take no web search."""
    registered = DATA["targets"]
    made = {}
    for name in targets:
        own = registered.get(name, {}).get("operator") == "self"
        accepts = capabilities(features=frozenset({"web_search_options"}) if own or "omicron" in name else frozenset())
        made[name] = target(name, self_hosted=own, accepts=accepts)
    return Catalog(
        "c1", made, (Route("*", "*", "*", tuple(made)),), DATA["tenants"], DATA["activities"],
        {name: entity.kind for name, entity in ENTITIES.items()}, CATEGORIES, DATA,
    )  # fmt: skip


CONTENTS = (
    (("hello", "PERSON and EMAIL_ADDRESS"), {}, {}),
    (("PERSON", "she has HEALTH_CONDITION"), {}, {}),
    (("PERSON HEALTH_CONDITION ZIP_CODE DATE",), {}, {}),
    (("hello", "PERSON CRIMINAL_RECORD"), {}, {}),
    (("PERSON AGE minor",), {}, {}),
    (("hello", "illegible"), {}, {}),
    (("PERSON", [{"type": "text", "text": "look"}, PICTURE]), {}, {}),
    (("hello",), {"store": True}, {}),
    (("PERSON",), {"store": True}, {}),
    (("PERSON HEALTH_CONDITION", [PICTURE]), {"store": True}, {}),
    (("hello",), {"web_search_options": {}}, {}),
    (("PERSON",), {}, {"consent_withdrawn": True}),
    (("PERSON",), {}, {"restricted": True}),
    (("PERSON",), {}, {"subject_regions": ("CN", "RU")}),
    (("hello",), {}, {"labels": ("health", "personal")}),
    (("PERSON AGE minor", "HEALTH_CONDITION", "illegible"), {}, {"minor": "yes"}),
)
PRINCIPALS = (
    {}, {"may_declare_adult": True}, {"default_subject_region": None}, {"actor_country": "IN"},
    {"roles": ()}, {"default_subject_region": "CA-QC"},
)  # fmt: skip


SPECIAL = (
    Case("edtech-eu", "support-chat", (), ("us-alpha/eu",), ("PERSON",), principal={"may_declare_adult": True}),
    Case("acme-eu", "support-chat", (), ("us-alpha/eu",), ("minor PERSON",)),
    Case("acme-eu", "support-chat", (), ("us-alpha/eu",), ("PERSON",), declared={"subject_regions": ("KZ",)}),
    Case("acme-eu", "support-chat", (), ("us-alpha/eu", "eu-omicron/eu"), ("PERSON",), {"web_search_options": {}}),
)


def table(number):
    """Yield requests: tenants, activities, targets, contents and keys drawn together."""
    drawn = random.Random(7)
    tenants, activities, targets = (sorted(DATA[name]) for name in ("tenants", "activities", "targets"))
    own = [name for name in targets if DATA["targets"][name]["operator"] == "self"]
    for at in range(number):
        texts, members, declared = CONTENTS[at % len(CONTENTS)]
        activity, *others = drawn.sample([*activities, "nothing"], 4)
        group = (*drawn.sample([*targets, "nobody/xx"], 2), *drawn.sample(own, at % 2))
        grant = GRANT if at % 11 == 0 else None
        tenant, bound = drawn.choice([*tenants, "stranger"]), drawn.choice(PRINCIPALS)
        yield Case(tenant, activity, tuple(others), tuple(dict.fromkeys(group)), texts, members, declared, bound, grant)


class Followed:
    """What came of a case, and of the advice that its refusal gave."""

    def __init__(self, library):
        self.library, self.steps, self.codes = library, Counter(), set()

    async def run(self, case):
        """Return the client that was served."""
        here = Stage(
            detector=Words(),
            pdp=self.library,
            clock=FixedClock(NOW),
            catalog=catalog(case.targets),
            obligations=Handler(),
        )
        request = here.request(case.body())
        await here.pipeline.handle(replace(request, exchange=case.exchange()))
        return here.client

    async def follow(self, case):
        """Serve a request; where it is refused, check its words and take each step that is advised."""
        client = await self.run(case)
        if client.status == 200:
            return
        error = orjson.loads(client.body)["error"]
        if error["code"].islower():
            return  # no target takes the feature: not asked of policy
        told = error["message"]
        head, _, steps = told.partition("To go on: ")
        codes = re.match(r"refused by policy: ([A-Z0-9_]+(?:, [A-Z0-9_]+)*)", told)[1].split(", ")
        self.codes.update(codes)
        listed = [code for code in codes if code != "NO_COMPLIANT_TARGET"] or codes
        assert any(f"{code}" in head and MATTERS[code].says in head for code in listed), told
        assert not any(text in told + str(client.headers) for text in ("hello", "she has", "look"))
        causes = client.headers.get("x-compliance-cause", "")
        for step in steps.rstrip(".").split("; or ") if steps else ():
            for changed in self.advised(step, case, causes):
                served = await self.run(changed)
                assert served.status == 200, (told, step, changed, served.body)

    def advised(self, step, case, causes):
        """Yield the requests that a step advises to send."""
        self.steps[step.partition(" (")[0].partition(", with")[0]] += 1
        declared, exchange = case.declared, case.exchange()
        if step.startswith("ask whoever"):
            return
        if step.startswith("name an activity"):
            for name in re.search(r"\((.*)\)", step)[1].split(", "):
                yield replace(case, activity=name, others=(*case.others, case.activity))
        elif step.startswith("name the regions"):
            yield replace(case, declared={**declared, "subject_regions": (exchange.principal.ingress_region,)})
        elif step.startswith("declare x-compliance-minor"):
            yield replace(case, declared={**declared, "minor": "no"})
        elif step.startswith("name a break-glass grant"):
            yield replace(case, grant=GRANT)
        else:
            yield self.less(step.split(" and "), case, causes)

    @staticmethod
    def less(parts, case, causes):
        """Return the request without what the parts of a step name."""
        members, texts = dict(case.members), case.texts
        for part in parts:
            if part == "start a new chat without it":
                gone = {int(number) for number in re.findall(r"messages\[(\d+)\]", causes)}
                texts = tuple(text for at, text in enumerate(texts) if at not in gone)
            elif sent := re.fullmatch(r"send (\w+): false", part):
                members[sent[1]] = False
            else:
                del members[part.removeprefix("leave out ")]
        return replace(case, texts=texts, members=members)


@pytest.fixture(scope="module")
def followed():
    """Every case of the table, and every way on."""

    async def through(library):
        seen = Followed(library)
        for case in (*SPECIAL, *table(CASES)):
            await seen.follow(case)
        return seen

    with PolicyEngine(sources(), DATA) as engine:
        return asyncio.run(through(Library(engine)))


def test_whoever_follows_an_advice_is_served(followed):
    assert followed.steps.keys() == STEPS


def test_the_codes_of_requests_are_refused_in_the_table(followed):
    assert followed.codes >= MATTERS.keys() - ELSEWHERE
