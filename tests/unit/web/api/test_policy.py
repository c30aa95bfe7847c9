from __future__ import annotations

import orjson
import pytest

from proxy.errors import RegistryUnavailableError
from proxy.policy.activation import activation
from proxy.policy.bundles import bundle
from proxy.web.api import policy, requests
from proxy.web.api.faults import BusyError, CommandFailedError, NotConfiguredError, NotFoundError, RefusedError
from proxy.web.api.operations import AdminRequest
from testing.fakes import PRINCIPAL
from tests.unit.web.api.conftest import Registry

REVISION = "0123456789abcdef0123"


def call(body=None):
    return AdminRequest("c1", PRINCIPAL, body=body)


async def test_show_tells_what_is_in_force_everywhere(in_memory):
    api, _, in_force, *_ = in_memory()
    in_force.outcome = {"active": False, "reason": "tests"}
    shown = (await policy.show(api, call())).document
    assert (shown["revision"], shown["revisions"], shown["data_revision"]) == ("r1", ["r1"], "data-1")
    assert shown["digest"] == "d" * 64
    assert shown["last_activation"]["reason"] == "tests"
    assert [replica["policy_revision"] for replica in shown["replicas"]] == ["r1"]


async def test_show_answers_without_the_registry_too(in_memory):
    class Down(Registry):
        async def replicas(self):
            raise RegistryUnavailableError

    api, *_ = in_memory(registry=Down())
    assert "replicas" not in (await policy.show(api, call())).document


@pytest.mark.parametrize("ok", [True, False])
async def test_the_commands_document_is_the_result(in_memory, ok):
    api, *_, commands = in_memory()
    commands.printed = orjson.dumps({"ok": ok, "result": {"problems": []}, "remarks": []})
    answer = await policy.command("check")(api, call(requests.Check()))
    assert answer.document == {"ok": ok, "result": {"problems": []}}
    assert (commands.plans[0].command, commands.plans[0].actor) == ("check", "crm (key1)")


async def test_what_a_command_remarks_is_told_too(in_memory):
    api, *_, commands = in_memory()
    remark = "answered by the policy of today: it is not kept"
    commands.printed = orjson.dumps({"ok": True, "result": {}, "remarks": [remark]})
    answer = await policy.command("explain")(api, call(requests.Explain(request_id="a" * 32)))
    assert answer.document["remarks"] == [remark]


async def test_why_a_command_could_not_work_is_told(in_memory):
    api, *_, commands = in_memory()
    commands.printed = b'{"refused": "policy bundle refused (impure_builtin): x"}'
    with pytest.raises(RefusedError, match="impure_builtin"):
        await policy.command("eval")(api, call(requests.Eval(input={})))


@pytest.mark.parametrize("printed", [b"", b"not json", b'{"ok": true, "resu'])
async def test_a_command_that_died_tells_nothing(in_memory, printed):
    api, *_, commands = in_memory()
    commands.printed = printed
    with pytest.raises(CommandFailedError) as failed:
        await policy.command("check")(api, call(requests.Check()))
    assert str(failed.value) == "The command ended without an answer."


async def test_no_more_than_the_slots(in_memory):
    api, *_ = in_memory()
    with api.commands.hold(), api.commands.hold(), pytest.raises(BusyError):
        await policy.command("check")(api, call(requests.Check()))
    await policy.activate(api, call(requests.Activate()))


async def test_a_revision_comes_from_the_database_or_this_machine(in_memory):
    api, _, _, registry, commands = in_memory()
    body = requests.Diff.model_validate(
        {"before": {"revision": REVISION}, "after": {"files": {"a.rego": ""}}, "inputs": [{}]}
    )
    with pytest.raises(NotFoundError):
        await policy.command("diff")(api, call(body))
    activation.archive(api.files.revisions, REVISION, b"on this machine")
    await policy.command("diff")(api, call(body))
    registry.bundles[REVISION] = b"in the database"
    await policy.command("diff")(api, call(body))
    assert [plan.files["before.tar.gz"] for plan in commands.plans] == [b"on this machine", b"in the database"]


async def test_activate_waits_until_every_worker_runs_it(in_memory):
    api, _, in_force, _, commands = in_memory()
    commands.printed = b'{"ok": true, "result": {"active": true, "revision": "r2"}, "remarks": []}'
    in_force.revisions = ["r2"]
    answer = await policy.activate(api, call(requests.Activate()))
    assert answer.document == {"ok": True, "result": {"active": True, "revision": "r2", "revisions": ["r2"]}}
    assert answer.facts["revision"] == "r2"
    assert in_force.reread_times == 1
    assert (commands.plans[0].command, commands.plans[0].actor) == ("activate", "crm (key1)")


async def test_activate_tells_when_not_every_worker_runs_it(in_memory, monkeypatch):
    monkeypatch.setattr(policy, "_SPREADING_S", 0.3)
    api, _, in_force, _, commands = in_memory()
    commands.printed = b'{"ok": true, "result": {"active": true, "revision": "r2"}, "remarks": []}'
    in_force.revisions = ["r1", "r2"]
    answer = await policy.activate(api, call(requests.Activate(bundle="eA==")))
    assert answer.document["ok"] is False
    assert answer.document["result"]["revisions"] == ["r1", "r2"]
    assert in_force.reread_times == 0


async def test_a_refused_activation_is_an_answer(in_memory):
    api, _, in_force, _, commands = in_memory()
    outcome = {"active": False, "revision": "r1", "reason": "tests", "detail": "x_test.rego:3: fails"}
    commands.printed = orjson.dumps({"ok": False, "result": outcome, "remarks": []})
    answer = await policy.activate(api, call(requests.Activate()))
    assert answer.document["ok"] is False
    assert (answer.facts["reason"], answer.facts["active"]) == ("tests", False)
    assert "detail" not in answer.facts
    assert in_force.reread_times == 0


async def test_activation_needs_a_place_for_the_bundle(in_memory):
    api, *_, commands = in_memory(activates=False)
    with pytest.raises(NotConfiguredError, match="PROXY_BUNDLE_PATH"):
        await policy.activate(api, call(requests.Activate()))
    assert commands.plans == []


async def test_every_revision_that_was_in_force_is_listed_with_its_sources(in_memory, tmp_path):
    tree = {"files": {"x/x.rego": "package x"}}
    files = {
        bundle.MANIFEST: {"revision": REVISION, "roots": ["x", "bundle"]},
        bundle.DATA: {"bundle": {"revision": REVISION}},
    }
    content = {name: orjson.dumps(one) for name, one in files.items()} | {
        n: t.encode() for n, t in tree["files"].items()
    }
    registry = Registry(bundles={REVISION: bundle.pack(content)})
    api, *_ = in_memory(registry=registry)
    [row] = (await policy.revisions(api, call())).document["revisions"]
    assert row["revision"] == REVISION
    asked = AdminRequest("c1", PRINCIPAL, parameter=REVISION)
    assert (await policy.sources(api, asked)).document == {"revision": REVISION, **tree}
    with pytest.raises(NotFoundError):
        await policy.sources(api, AdminRequest("c1", PRINCIPAL, parameter="f" * 20))


@pytest.mark.parametrize("name", ["../outside", "{folder}/outside", "x" * 5000, "", "."])
async def test_a_revision_is_no_path(in_memory, tmp_path, name):
    api, *_ = in_memory()
    api.files.revisions.mkdir(parents=True, exist_ok=True)
    content = {bundle.MANIFEST: b'{"revision": "r", "roots": ["x"]}', bundle.DATA: b"{}", "x/x.rego": b"package x"}
    (api.files.revisions.parent / "outside.tar.gz").write_bytes(bundle.pack(content))
    asked = name.format(folder=api.files.revisions.parent)
    with pytest.raises(NotFoundError):
        await policy.sources(api, AdminRequest("c1", PRINCIPAL, parameter=asked))
