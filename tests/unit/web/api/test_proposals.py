from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from proxy.web.api import inbox, proposals
from proxy.web.api.access import ROLES
from proxy.web.api.faults import ConflictError, RefusedError
from proxy.web.api.operations import AdminRequest
from testing.fakes import PRINCIPAL

FILES = {"night/night.rego": "package org.night\n", "night/night_test.rego": "package org.night_test\n"}
GROUP = {"tenant": "acme", "count": 9, "samples": list("abcdefgh"), "exchanges": list("abcdefgh")}
RESULT = {"passed": 2, "total": 2, "coverage": {"own_percent": 80.0}, "changed": 9, "groups": [GROUP] * 30}


def call(base, **more):
    body = proposals.Propose.model_validate({"overlay": {"files": FILES}, "comment": "resolution 14", **more})
    return AdminRequest("c1", PRINCIPAL, body=body, if_match=base)


@pytest.fixture
def asked(in_memory):
    api, _, _, registry, commands = in_memory()
    base = registry.fill()
    commands.printed = orjson.dumps({"ok": True, "result": RESULT, "remarks": []})
    return api, registry, commands, base


async def test_what_tests_and_replay_say_is_frozen_with_the_request(asked):
    api, registry, commands, base = asked
    answer = await proposals.propose(api, call(base, since="24h"))
    assert [(plan.command, plan.parameters.get("since")) for plan in commands.plans] == [
        ("test", None), ("replay", "24h"),
    ]  # fmt: skip
    assert (answer.document["active"], registry.head) == (False, base)
    stored = registry.stored[answer.document["revision"]]
    assert FILES.items() <= stored.documents["rules"].items()
    evidence = orjson.loads(stored.evidence)
    assert evidence["tests"] == {"passed": 2, "total": 2, "reached": 80.0}
    assert (evidence["replay"]["changed"], len(evidence["replay"]["groups"])) == (9, 20)
    assert evidence["replay"]["groups"][0] == {"tenant": "acme", "count": 9, "exchanges": list("abcde")}
    seen = await inbox.item(api, AdminRequest("c2", replace(PRINCIPAL, roles=ROLES), parameter=stored.revision))
    assert seen.document["evidence"] == evidence
    assert len(seen.document["terms"]["evidence"]) == 64


@pytest.mark.parametrize(("ok", "total"), [(False, 2), (True, 0)])
async def test_rules_without_a_passing_test_are_not_asked_for(asked, ok, total):
    api, registry, commands, base = asked
    commands.printed = orjson.dumps({"ok": ok, "result": {"passed": 0, "total": total}, "remarks": []})
    with pytest.raises(RefusedError, match="tests do not pass"):
        await proposals.propose(api, call(base))
    assert list(registry.stored) == [base]


async def test_a_request_is_over_the_revision_that_its_author_saw(asked):
    api, registry, commands, base = asked
    with pytest.raises(ConflictError):
        await proposals.propose(api, call("0" * 20))
    assert (list(registry.stored), commands.plans) == ([base], [])
