from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from proxy.web.admission import Budget
from proxy.web.api import serving, table
from proxy.web.api.access import ROLES, effective
from testing.fakes import CANARY
from tests.unit.web.api.conftest import (
    NOBODY,
    ActsDone,
    Desk,
    ExportsKept,
    KeysKept,
    ListsKept,
    RestrictionsKept,
    SchedulesKept,
    TextsTried,
    key,
)

BODIES = {
    "policy.eval": {"input": {}},
    "policy.explain": {"input": {}},
    "policy.diff": {"before": {"files": {"a.rego": ""}}, "after": {"files": {"a.rego": ""}}, "inputs": [{}]},
    "policy.replay": {"since": "7d"},
    "policy.try": {"since": "7d"},
    "policy.propose": {"overlay": {"files": {"a/a.rego": ""}}, "comment": "resolution 14"},
    "policy.what-if": {"since": "7d", "cut_off": "openai"},
    "registry.activate": {"revision": "0" * 20},
    "audit.ask": {"purpose": "quarterly review"},
    "audit.report": {"purpose": "quarterly review"},
    "audit.export": {"purpose": "quarterly review", "kind": "question", "name": "AQ-14", "format": "csv"},
    "audit.schedule": {"purpose": "review", "kind": "question", "name": "AQ-14", "format": "csv", "every": "month"},
    "registered.check": {"tenant": "acme", "text": "Write to Jo."},
    "registered.erase": {"tenant": "acme", "subject": "patient 7"},
    "registered.load": {"tenant": "acme", "columns": "name", "csv": "name\nJo Doe\n"},
    "subjects.restrict": {"tenant": "acme", "subject": "patient 7", "kind": "objection", "ticket": "DSR-8"},
    "holds.place": {"matter": "M-1"},
    "holds.release": {"hold": "hd_aaaaaaaaaaaa", "ticket": "M-1"},
    "subjects.erase": {"tenant": "acme", "subject": "patient 7", "ticket": "DSR-8"},
    "retention.purge": {"through": "2025-01-01", "ticket": "RET-1"},
    "policy.moves": {"old": "standin/eu", "new": "local/eu"},
    "oversight.close": {"finding": "accepted"},
    "texts.try": {"text": "Write to Jo.", "tenant": "acme", "activity": "support", "region": "DE"},
    "texts.correct": {"text": "Jo", "tenant": "acme", "start": 0, "end": 2, "type": "PERSON", "false": True},
    "break_glass.review": {"finding": "justified"},
    "break_glass.request": {"tenant": "acme", "ticket": "INC-1", "reason": "outage"},
}
MATRIX = [(operation, role) for operation in table.OPERATIONS for role in (*ROLES, NOBODY)]


def error(answer, status, code):
    assert answer[0] == status, answer
    found = answer[1]["error"]
    assert found["code"] == code
    assert set(found) == {"code", "message", "request_id"}
    assert CANARY not in found["message"]
    return found


async def settled(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("operation", "role"), MATRIX, ids=[f"{one.id}-{role}" for one, role in MATRIX])
async def test_who_may_do_what(serve, operation, role):
    path = operation.path.replace("{path}", "targets.openai/us")
    async with serve(
        desk=Desk(), restrictions=RestrictionsKept(), exports=ExportsKept(), acts=ActsDone(), keys=KeysKept(),
        texts=TextsTried(), registered=ListsKept(), schedules=SchedulesKept(),
    ) as running:  # fmt: skip
        status, document = await running.answered(operation.method, path, role, json=BODIES.get(operation.id, {}))
        (*_, (name, facts, columns)) = running.evidence.events
        assert (name, facts["by"], columns["status"], columns["tenant"]) == (
            "admin_call",
            f"crm ({role})",
            status,
            "acme",
        )
        if role == NOBODY:
            error((status, document), 403, "admin_role_missing")
            assert facts["operation"] == "unknown"
        elif not effective([role]) & operation.roles:
            error((status, document), 403, "role_missing")
            assert facts["operation"] == operation.id
            assert running.commands.plans == []
        else:
            assert status in {200, 201, 202, 404, 428}, document
            assert facts["outcome"] in {"ok", "no", "not_found", "precondition_required"}
        assert running.stage.upstreams.sent == []
        assert running.stage.audit.records() == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["", "policy", "policy/check", "registry/x", "nothing", "../v1/policy"])
async def test_without_a_role_everything_looks_alike(serve, method, path):
    async with serve() as running:
        answers = set()
        for asked in (path, "certainly/not/there"):
            status, document = await running.answered(method, asked, NOBODY)
            answers.add((status, document["error"]["code"], document["error"]["message"]))
        assert len(answers) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"x-api-key": CANARY}])
async def test_unknown_callers(serve, headers):
    async with (
        serve() as running,
        aiohttp.ClientSession() as session,
        session.get(f"{running.url}/admin/v1/policy", headers=headers) as response,
    ):
        error((response.status, await response.json()), 401, "invalid_api_key")
        running.services.unauthenticated.record()
        [(name, facts)] = running.stage.audit.events
        assert (name, facts["path"]) == ("authentication_failed", "admin")
        assert running.evidence.events == []


@pytest.mark.parametrize("path", ["policy", "registry", "", "nothing"])
async def test_switched_off_it_is_an_unknown_path_like_any_other(serve, path):
    async with serve(off=True) as running:
        status, document = await running.answered("GET", path)
        assert (status, document["error"]["code"]) == (404, "unknown_path")
        assert running.stage.audit.outcome()[0].codes == ("unknown_path",)
        assert running.evidence.events == []


async def test_refusals_say_whose_they_are_and_where_they_are_explained(serve):
    async with serve() as running, running.ask("GET", "nothing") as response:
        named = {name: response.headers[name] for name in ("x-compliance-code", "x-compliance-responsibility", "link")}
        assert named == {
            "x-compliance-code": "unknown_operation",
            "x-compliance-responsibility": "caller",
            "link": '</v1/compliance/codes/unknown_operation>; rel="help"',
        }


async def test_what_is_not_there_is_told_to_those_with_a_role(serve):
    async with serve() as running:
        error(await running.answered("GET", "nothing"), 404, "unknown_operation")
        found = error(await running.answered("DELETE", "policy"), 404, "unknown_operation")
        assert "GET" in found["message"]
        error(await running.answered("GET", "registry/revisions?limit=x"), 400, "invalid_request")
        error(await running.answered("GET", "registry/revisions?x=1"), 400, "invalid_request")
        error(await running.answered("GET", "registry/revisions?limit=1&limit=2"), 400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', CANARY.encode(), b'{"input": {}, "x": 1}', b'{"input": {}, "overlay": {"files": {"../x.rego": ""}}}',
     b'{"input": {}, "overlay": {"files": {"/etc/x.rego": ""}}}', b"\xff\xfe", b"[" * 5000],
)  # fmt: skip
async def test_a_wrong_body_is_refused_and_recorded(serve, body):
    async with serve() as running:
        error(await running.answered("POST", "policy/eval", data=body), 400, "invalid_request")
        (facts,) = running.evidence.named("admin_call")
        assert facts["outcome"] == "invalid_request"
        assert running.commands.plans == []


async def test_a_body_that_is_too_large_or_too_slow(serve):
    async with serve(body=10_000) as running:
        large = {"input": {"x": "y" * 20_000}}
        error(await running.answered("POST", "policy/eval", json=large), 413, "payload_too_large")

        async def slow():
            yield b"{"
            await asyncio.sleep(2)

        running.services.body_timeout_s = 0.2
        error(await running.answered("POST", "policy/eval", data=slow()), 400, "malformed_request")


async def test_nothing_a_caller_sends_is_recorded_or_logged(serve, capsys):
    """The suite also looks for the canary in every test's output and log."""
    async with serve() as running:
        rego = {"files": {"org/x/x.rego": f"package org.x # {CANARY}"}}
        sent = {"input": {"a": CANARY}, "overlay": rego, "data": {"b": CANARY}}
        assert (await running.answered("POST", "policy/eval", json=sent))[0] == 200
        running.commands.printed = f'{{"refused": "refused: {CANARY}"}}'.encode()
        status, document = await running.answered("POST", "policy/eval", json=sent)
        assert (status, CANARY in document["error"]["message"]) == (422, True)
        running.commands.printed = f"Traceback {CANARY}".encode()
        error(await running.answered("POST", "policy/eval", json=sent), 500, "command_failed")
        head = {"If-Match": f'"{running.registry.head}"'}
        place = "registry/activities.support-chat.dpia_ref"
        assert (await running.answered("PUT", place, json=CANARY, headers=head))[0] == 200
        assert (await running.answered("PUT", f"registry/{CANARY}", json=CANARY, headers=head))[0] == 412
        assert CANARY not in str(running.evidence.events)
        given = next(facts["given"] for facts in running.evidence.named("admin_call"))
        assert given == ["data", "input", "overlay"]
    assert CANARY not in "".join(capsys.readouterr())


async def test_a_change_is_on_record_before_it_is_made(serve):
    async with serve() as running:
        head = running.registry.head
        running.evidence.down = True
        answer = await running.answered(
            "PUT", "registry/targets.openai/us.retention_days", json=7, headers={"If-Match": f'"{head}"'}
        )
        error(answer, 503, "audit_unavailable")
        assert running.registry.head == head
        error(await running.answered("POST", "policy/activate", json={}), 503, "audit_unavailable")
        assert running.commands.plans == []


async def test_no_answer_without_its_record(serve):
    async with serve() as running:
        running.evidence.down = True
        error(await running.answered("GET", "registry"), 503, "audit_unavailable")
        error(await running.answered("GET", "policy", NOBODY), 503, "audit_unavailable")


async def test_a_change_has_two_records_and_a_read_one(serve):
    async with serve() as running:
        await running.answered("GET", "policy")
        assert [name for name, *_ in running.evidence.events] == ["admin_call"]
        running.evidence.events.clear()
        async with running.ask("POST", "policy/activate", json={}) as response:
            call_id = response.headers["x-request-id"]
            assert response.headers["Cache-Control"] == "no-store"
        (asked, _, _), (done, facts, columns) = running.evidence.events
        assert (asked, done, facts["request"]) == ("admin_change", "admin_call", call_id)
        assert (columns["service"], facts["roles"]) == ("ops", sorted(ROLES))


async def test_more_commands_than_slots_are_refused_at_once(serve):
    async with serve() as running:
        running.commands.hold = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            held_up = [tasks.create_task(running.answered("POST", "policy/check", json={})) for _ in range(2)]
            await settled(lambda: len(running.commands.plans) == 2)
            async with running.ask("POST", "policy/test", json={}) as response:
                assert response.headers["Retry-After"]
                error((response.status, await response.json()), 429, "admin_busy")
            assert (await running.answered("GET", "policy"))[0] == 200
            running.commands.hold.set()
        assert [task.result()[0] for task in held_up] == [200, 200]
        assert (await running.answered("POST", "policy/check", json={}))[0] == 200


async def test_a_tenants_own_limit_counts_here_too(serve):
    async with serve() as running:
        running.services.admission.budget = Budget(0)
        error(await running.answered("GET", "policy"), 429, "tenant_concurrency_exceeded")
        assert not running.services.admission.in_flight


async def test_a_caller_that_leaves_takes_the_command_along(serve):
    async with serve() as running:
        running.commands.hold = asyncio.Event()
        asked = asyncio.ensure_future(running.answered("POST", "policy/check", json={}))
        await settled(lambda: running.commands.plans)
        asked.cancel()
        await settled(lambda: running.evidence.named("admin_call"))
        assert running.evidence.named("admin_call")[0]["outcome"] == "abandoned"
        assert (running.commands.cancelled, running.api.commands.in_use) == (1, 0)
        await settled(lambda: not running.services.admission.in_flight)


@pytest.mark.parametrize("printed", [b'{"ok": true, "result": {"fine": true}}', b'{"refused": "no"}'])
async def test_a_long_answer_begins_early_and_stays_json(serve, monkeypatch, printed):
    monkeypatch.setattr(serving, "_EARLY_S", 0.05)
    async with serve() as running:
        running.commands.hold, running.commands.printed = asyncio.Event(), printed
        async with running.ask("POST", "policy/check", json={}) as response:
            assert (response.status, response.content_type) == (200, "application/json")
            assert running.evidence.named("admin_call") == []
            await asyncio.sleep(0.2)
            running.commands.hold.set()
            text = await response.text()
        assert len(text) - len(text.lstrip()) >= 2
        document = json.loads(text)
        assert document["ok"] if b"fine" in printed else document["error"]["code"] == "refused"
        assert len(running.evidence.named("admin_call")) == 1


async def test_a_caller_that_leaves_an_early_answer_takes_the_command_along(serve, monkeypatch):
    monkeypatch.setattr(serving, "_EARLY_S", 0.05)
    async with serve() as running:
        running.commands.hold = asyncio.Event()
        async with running.ask("POST", "policy/check", json={}) as response:
            response.close()
        await settled(lambda: running.commands.cancelled)
        await settled(lambda: running.evidence.named("admin_call"))
        assert running.evidence.named("admin_call")[0]["outcome"] == "abandoned"


async def test_a_bug_says_nothing(serve, capsys):
    async def broken(plan, children):
        raise RuntimeError(CANARY)

    async with serve(run=broken) as running:
        error(await running.answered("POST", "policy/check", json={}), 500, "internal_error")
        assert running.evidence.named("admin_call")[0]["outcome"] == "internal_error"


async def test_the_document_of_the_api(serve):
    async with serve() as running:
        status, document = await running.answered("GET", "openapi.json", "registry-reader")
        assert (status, document["openapi"]) == (200, "3.1.0")
        assert "/admin/v1/policy/replay" in document["paths"]


async def test_the_key_may_come_in_the_other_headers_too(serve):
    async with serve() as running, aiohttp.ClientSession() as session:
        headers = {"x-api-key": key("policy-reader")}
        async with session.get(f"{running.url}/admin/v1/policy", headers=headers) as response:
            assert response.status == 200
