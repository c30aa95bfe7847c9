"""The operations are one table: each is reached by a request, and everything that names them names the same ones."""

from __future__ import annotations

import pytest

from proxy.catalog import declared
from proxy.core.records import DONE, KEPT, Obligation, Operation
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing.contracts import contract
from testing.dialects.samples import every
from testing.fakes import FakePdp, FakeReply, FakeUpstreams, Stage, catalog, exchange, target

#: Those that only declared APIs carry.
DECLARED = (Operation.FILE_UPLOAD, Operation.FINE_TUNE)
REPLY = FakeReply(parts=[b'{"text":"done"}'])


@pytest.fixture(params=[Operation.FILE_UPLOAD, Operation.FINE_TUNE], ids=str)
def storing(request, tmp_path):
    """Return a declared API whose target stores what it gets."""
    path = tmp_path / "apis.yaml"
    path.write_text(
        f"apis:\n  train:\n    operation: {request.param}\n    paths: [{{path: '/train/{{model}}', to: '/train'}}]\n"
    )
    [(_, [api])] = declared.read(path).dialects
    return api


async def trained(api, *obligations, upstreams=None):
    here = Stage(
        api=api,
        pdp=FakePdp(obligations),
        upstreams=upstreams or FakeUpstreams({"a": REPLY}),
        catalog=catalog(*(target(name, accepts=Capabilities(dialects=frozenset({api.name}))) for name in "ab")),
    )
    incoming = Incoming(b'{"text":"hello"}', template="/train/{model}", variables={"model": "m"})
    told = exchange(dialect=api.name, path="/train/{model}")
    await here.pipeline.handle(ClientRequest(told, api, incoming, here.client))
    return here


def test_each_is_reached_by_a_request():
    built_in = {
        api.decode(sample.incoming(document)).operation for api, sample in every() for document in sample.requests
    }
    written = {api.operation for api, _ in every()}
    assert {*built_in, *written, *DECLARED, Operation.IMAGE, Operation.AUDIO} == set(Operation)
    assert Operation.BATCH in built_in


def test_every_list_of_them_is_the_table():
    names = [operation.value for operation in Operation]
    known = contract("input.schema")["properties"]["operation"]["properties"]["name"]
    assert known["enum"] == names
    assert all(f"`{operation}`: {operation.does}" in known["description"] for operation in Operation)
    of_target = contract("data.schema")["properties"]["targets"]["additionalProperties"]["properties"]
    for listed in (of_target, of_target["baa"]["properties"]):
        assert listed["operations"]["items"]["enum"] == names


async def test_what_a_declared_api_stores_is_decided_as_what_it_is(storing):
    here = await trained(storing)
    assert here.client.status == 200
    assert here.pdp.asked[0].operation == (storing.operation.value, "m", False, True, False)
    assert [sent.effect for sent in here.upstreams.sent] == [KEPT]


async def test_what_may_not_be_stored_is_not_sent(storing):
    here = await trained(storing, Obligation("o1", "no_store"))
    assert (here.client.status, here.upstreams.sent) == (403, [])


async def test_what_is_stored_is_sent_once(storing):
    here = await trained(storing, upstreams=FakeUpstreams({"a": FakeReply(502)}))
    assert [sent.target.id for sent in here.upstreams.sent] == ["a"]


def test_effects():
    assert {operation: operation.effect for operation in Operation if operation.effect} == {
        Operation.TOOL_CALL: DONE, Operation.FILE_UPLOAD: KEPT, Operation.FINE_TUNE: KEPT,
    }  # fmt: skip
    assert all(operation.does for operation in Operation)
