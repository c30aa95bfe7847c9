"""OpenAI's own client, unchanged, over responses that a target keeps: known by handles of ours, in the real vault."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import openai
import orjson
import pytest

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.records import Obligation
from proxy.core.state import kept
from proxy.core.targets.registered import Route
from testing.fakes import EVERY_INPUT, PRINCIPAL, FakeClient, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, target
from testing.serving import KEY, serving

ADDRESS = "ada@canary-leak.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))

KEEPING = replace(EVERY_INPUT, dialects=frozenset({"openai_responses", "openai_responses_kept"}))


def response(identity: str, text: str, **more: Any) -> dict[str, Any]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
               "content": [{"type": "output_text", "text": text, "annotations": []}]}  # fmt: skip
    return {"id": identity, "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [message],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], **more}  # fmt: skip


@dataclass
class Provider(FakeUpstreams):
    """A target that keeps responses, as OpenAI does; ``seen`` is all that reached it."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    async def send(self, outbound, sender):
        wire = outbound.wire
        document = orjson.loads(wire.body) if wire.body else {}
        self.seen.append((outbound.target.id, wire.method, wire.path, document))
        assert ADDRESS.encode() not in wire.body
        assert b"resp_cp_" not in wire.body + wire.path.encode()
        if wire.path == "/responses":
            return self._made(document)
        identity = wire.path.split("/")[2]
        if identity not in self.kept:
            return FakeReply(404, parts=[b"{}"])
        if wire.method == "DELETE":
            del self.kept[identity]
            return self._said({"id": identity, "object": "response", "deleted": True})
        if wire.path.endswith("/input_items"):
            content = [{"type": "input_text", "text": self.asked[identity]}]
            item = {"id": "msg_0", "type": "message", "role": "user", "status": "completed", "content": content}
            return self._said(
                {"object": "list", "data": [item], "first_id": "msg_0", "last_id": "msg_0", "has_more": False}
            )
        return self._said(self.kept[identity])

    def _made(self, document):
        previous = document.get("previous_response_id")
        before = self.kept[previous]["output"][0]["content"][0]["text"] if previous else ""
        identity = f"resp_68af{len(self.seen):04}"
        made = response(identity, f"{before} You said: {document['input']}", previous_response_id=previous)
        if document["store"]:
            self.kept[identity], self.asked[identity] = made, document["input"]
        if not document.get("stream"):
            return self._said(made)
        events = [{"type": "response.created", "response": {**made, "output": []}, "sequence_number": 0},
                  {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
                   "delta": made["output"][0]["content"][0]["text"], "logprobs": [], "sequence_number": 1},
                  {"type": "response.completed", "response": made, "sequence_number": 2}]  # fmt: skip
        parts = [f"event: {one['type']}\ndata: {orjson.dumps(one).decode()}\n\n".encode() for one in events]
        return FakeReply(content_type="text/event-stream", parts=parts)

    @staticmethod
    def _said(document):
        return FakeReply(parts=[orjson.dumps(document)])


class Pdp(FakePdp):
    """Refuses what the kept text may not go to."""

    async def decide(self, facts, exchange, now):
        self.asked.append(facts)
        return await super().decide(facts, exchange, now)


@asynccontextmanager
async def calling(vault, **stages):
    keeping = replace(
        EVERY_INPUT, dialects=frozenset({*EVERY_INPUT.dialects, "openai_responses", "openai_responses_kept"})
    )
    plain = replace(EVERY_INPUT, dialects=frozenset({"openai_responses", "openai_responses_kept"}))
    targets = (target("a", accepts=keeping), target("b", accepts=plain))
    chosen = catalog(*targets, routes=(Route("*", "*", "*", ("a", "b")),))
    stage = Stage(api=RESPONSES, pdp=stages.pop("pdp", Pdp(OBLIGED)), upstreams=Provider(), catalog=chosen, vault=vault)
    async with (
        serving(stage) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        yield client, stage, running


async def test_a_conversation_that_the_target_keeps(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        first = await client.responses.create(model="m", input=f"write to {ADDRESS}", store=True)
        assert first.id.startswith("resp_cp_")
        assert first.output_text == f" You said: write to {ADDRESS}"
        second = await client.responses.create(model="m", input="And?", previous_response_id=first.id, store=True)
        assert second.id.startswith("resp_cp_")
        assert second.previous_response_id == first.id
        assert second.output_text == f" You said: write to {ADDRESS} You said: And?"
        assert [one[3].get("previous_response_id") for one in stage.upstreams.seen] == [None, "resp_68af0001"]
        read = await client.responses.retrieve(second.id)
        assert (read.id, read.previous_response_id) == (second.id, first.id)
        assert read.output_text == second.output_text
        sent = await client.responses.input_items.list(first.id)
        assert sent.data[0].content[0].text == f"write to {ADDRESS}"
        await client.responses.delete(second.id)
        with pytest.raises(openai.NotFoundError) as gone:
            await client.responses.retrieve(second.id)
        assert gone.value.code == "unknown_handle"
        assert list(stage.upstreams.kept) == ["resp_68af0001"]
        third = await client.responses.create(model="m", input="Still?", previous_response_id=first.id)
        assert third.output_text == f" You said: write to {ADDRESS} You said: Still?"


async def test_a_streamed_response_is_kept_under_a_handle_too(open_vault):
    async with calling(await open_vault()) as (client, _, _):
        ids = set()
        async for event in await client.responses.create(model="m", input=f"hi {ADDRESS}", store=True, stream=True):
            if event.type in {"response.created", "response.completed"}:
                ids.add(event.response.id)
        [handle] = ids
        assert handle.startswith("resp_cp_")
        assert (await client.responses.retrieve(handle)).output_text == f" You said: hi {ADDRESS}"


async def test_what_is_kept_stays_with_its_target_and_adds_its_facts(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        stage.pdp.denied = frozenset({"a"})
        first = await client.responses.create(model="m", input=f"write to {ADDRESS}", store=True)
        stage.pdp.denied = frozenset()
        await client.responses.create(model="m", input="And?", previous_response_id=first.id)
        assert [one[0] for one in stage.upstreams.seen] == ["b", "b"]
        facts = [one for one in stage.pdp.asked if one.phase == "request"][-1]
        assert [name for name, _, _ in facts.candidates] == ["b"]
        assert [(row.type, row.paths) for row in facts.entities] == [("EMAIL_ADDRESS", ("kept",))]
        assert (facts.categories, facts.operation[3]) == (("personal",), True)
        stage.pdp.denied = frozenset({"b"})
        with pytest.raises(openai.BadRequestError, match="NO_COMPLIANT_TARGET"):
            await client.responses.create(model="m", input="And?", previous_response_id=first.id)
        with pytest.raises(openai.BadRequestError, match="NO_COMPLIANT_TARGET"):
            await client.responses.retrieve(first.id)


async def test_nobody_else_knows_a_handle(open_vault):
    async with calling(await open_vault()) as (client, stage, running):
        first = await client.responses.create(model="m", input="hello", store=True)
        others = [
            ({"tenant": "rival"}, {}), ({"service": "other"}, {}), ({}, {"x-compliance-activity": "sales"}),
            ({}, {"x-compliance-conversation": "c1"}),
        ]  # fmt: skip
        for changes, headers in others:
            running.identities.principal = replace(PRINCIPAL, **changes)
            with pytest.raises(openai.NotFoundError):
                await client.responses.retrieve(first.id, extra_headers=headers)
            with pytest.raises(openai.NotFoundError):
                await client.responses.create(
                    model="m", input="x", previous_response_id=first.id, extra_headers=headers
                )
        assert len(stage.upstreams.seen) == 1


async def test_the_targets_own_identifier_opens_nothing(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        await client.responses.create(model="m", input="hello", store=True)
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.retrieve("resp_68af0001")
        assert refused.value.code == "stateful_unsupported"
        with pytest.raises(openai.BadRequestError):
            await client.responses.create(model="m", input="x", previous_response_id="resp_68af0001")
        assert len(stage.upstreams.seen) == 1


async def test_an_expired_or_erased_handle_is_unknown(open_vault):
    vault = await open_vault()
    async with calling(vault) as (client, _, _):
        first = await client.responses.create(model="m", input="hello", store=True)
        assert await vault.erase_tenant("acme") == 1
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(first.id)
        second = await client.responses.create(model="m", input="hello", store=True)
        vault.clock.seconds += vault.ttl_s + 1
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(second.id)


async def test_nothing_is_kept_that_policy_forbids_to_keep(open_vault):
    pdp = Pdp((*OBLIGED, Obligation("o4", "no_store")))
    async with calling(await open_vault(), pdp=pdp) as (client, stage, _):
        made = await client.responses.create(model="m", input="hello", store=True)
        assert (made.id, stage.upstreams.kept) == ("resp_68af0001", {})


async def test_the_evidence_names_the_handle(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        first = await client.responses.create(model="m", input=f"write to {ADDRESS}", store=True)
        await client.responses.retrieve(first.id)
        made, read = [orjson.loads(one.body)["facts"] for one in stage.audit.records("outcome")]
        assert [one["attempts"][0].get("kept") for one in (made, read)] == [first.id, None]
        decisions = [orjson.loads(one.body)["facts"] for one in stage.audit.records("decision")]
        assert [one["inspection"].get("kept") for one in decisions] == [None, {"handle": first.id, "use": "read"}]
        bodies = b"".join(one.body for one in stage.audit.records())
        assert ADDRESS.encode() not in bodies
        assert b"resp_68af0001" not in bodies


async def test_a_caller_that_leaves_in_the_middle_leaves_the_handle_on_record(open_vault):
    vault = await open_vault()
    stage = Stage(api=RESPONSES, pdp=Pdp(OBLIGED), vault=vault, client=FakeClient(gone_at=2), upstreams=Provider(),
                  catalog=catalog(target("a", accepts=KEEPING)))  # fmt: skip
    body = orjson.dumps({"model": "m", "input": "hello", "store": True, "stream": True})
    await stage.run(body, dialect=RESPONSES.name, path="/v1/responses")
    outcome, facts = stage.audit.outcome()
    assert (outcome.status, facts["ended"]) == (499, "client_gone")
    handle = facts["attempts"][0]["kept"]
    assert kept.is_handle(handle, kept.RESPONSE)
    assert (await vault.find("acme\x1fsupport\x1fcrm\x1f", [handle])).keys() == {handle}
