"""OpenAI's own client, unchanged, over conversations and responses in the background that a target keeps."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import openai
import orjson
import pytest

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.records import Obligation
from proxy.core.targets.registered import Route
from testing.fakes import EVERY_INPUT, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, target
from testing.serving import serving

ADDRESS, OTHER = "ada@canary-leak.example", "bob@canary-leak.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))
APIS = frozenset({"openai_responses", "openai_responses_kept", "openai_conversations"})


def message(identity: str, role: str, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    part = {"type": kind, "text": text, "annotations": []} if role == "assistant" else {"type": kind, "text": text}
    return {"id": identity, "type": "message", "role": role, "status": "completed", "content": [part]}


@dataclass
class Provider(FakeUpstreams):
    """A target that keeps conversations and works in the background, as OpenAI does."""

    conversations: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # what the next reads show, in order
    seen: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    turn: asyncio.Event | None = None  # what a turn waits for

    async def send(self, outbound, sender):
        wire = outbound.wire
        document = orjson.loads(wire.body) if wire.body else {}
        self.seen.append((outbound.target.id, wire.method, wire.path, document))
        assert b"canary-leak" not in wire.body
        assert b"_cp_" not in wire.body + wire.path.encode()
        first, *rest = wire.path.strip("/").split("/")
        if first == "conversations":
            return self._conversation(wire.method, rest, document)
        if self.turn is not None:
            await self.turn.wait()
        return self._responded(wire, rest, document)

    def _conversation(self, method, rest, document):
        if not rest:
            identity = f"conv_68af{len(self.seen):04}"
            made = {"object": "conversation", "created_at": 1, "metadata": document.get("metadata") or {}}
            self.conversations[identity] = {"id": identity, **made}
            self.items[identity] = [self._item(one) for one in document.get("items") or ()]
            return self._said(self.conversations[identity])
        identity, *below = rest
        if identity not in self.conversations:
            return FakeReply(404, parts=[b"{}"])
        if not below and method == "DELETE":
            del self.conversations[identity]
            return self._said({"id": identity, "object": "conversation.deleted", "deleted": True})
        if not below:
            self.conversations[identity].update(document)
            return self._said(self.conversations[identity])
        return self._said(self._items(method, identity, below[1:], document))

    def _items(self, method, identity, named, document):
        held = self.items[identity]
        if method == "POST":
            new = [self._item(one) for one in document["items"]]
            held += new
            return self._list(new)
        if not named:
            return self._list(held)
        [found] = (one for one in held if one["id"] == named[0])
        if method == "GET":
            return found
        held.remove(found)
        return self.conversations[identity]

    def _item(self, said):
        return message(f"msg_{sum(map(len, self.items.values())) + 1}", said["role"], said["content"])

    @staticmethod
    def _list(held):
        ids = [one["id"] for one in held] or [""]
        return {"object": "list", "data": held, "first_id": ids[0], "last_id": ids[-1], "has_more": False}

    def _responded(self, wire, rest, document):
        if rest:
            if wire.method == "POST":
                self.responses[rest[0]] = [{**self.responses[rest[0]][0], "status": "cancelled"}]
            shown = self.responses[rest[0]]
            now = shown[0] if len(shown) == 1 else shown.pop(0)
            return self._streamed(now) if ("stream", "true") in wire.query else self._said(now)
        told = " ".join(
            part["text"] for one in self.items.get(document.get("conversation"), ()) for part in one["content"]
        )
        answer = message("msg_a", "assistant", f"{told} You said: {document['input']}")
        if "conversation" in document:
            self.items[document["conversation"]] += [message("msg_u", "user", document["input"]), answer]
        identity = f"resp_68af{len(self.seen):04}"
        made = {"id": identity, "object": "response", "created_at": 1, "status": "completed", "model": "m",
                "output": [answer], "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}  # fmt: skip
        if "conversation" in document:
            made["conversation"] = {"id": document["conversation"]}
        if document.get("background"):
            begun = {**made, "status": "queued", "output": [], "background": True}
            self.responses[identity] = [{**begun, "status": "in_progress"}, {**made, "background": True}]
            return self._streamed(made) if document.get("stream") else self._said(begun)
        return self._said(made)

    @staticmethod
    def _streamed(made):
        text = made["output"][0]["content"][0]["text"]
        place = {"item_id": "msg_a", "output_index": 0, "content_index": 0}
        pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
        events = [{"type": "response.created", "response": {**made, "output": []}},
                  *({"type": "response.output_text.delta", **place, "delta": one, "logprobs": []} for one in pieces),
                  {"type": "response.completed", "response": made}]  # fmt: skip
        numbered = [{**one, "sequence_number": number} for number, one in enumerate(events)]
        parts = [f"event: {one['type']}\ndata: {orjson.dumps(one).decode()}\n\n".encode() for one in numbered]
        return FakeReply(content_type="text/event-stream", parts=parts)

    @staticmethod
    def _said(document):
        return FakeReply(parts=[orjson.dumps(document)])


@asynccontextmanager
async def calling(vault, *more: Obligation, apis=APIS):
    takes = replace(EVERY_INPUT, dialects=apis)
    chosen = catalog(target("a", accepts=takes), target("b", accepts=takes), routes=(Route("*", "*", "*", ("a", "b")),))
    pdp = FakePdp((*OBLIGED, *more))
    stage = Stage(api=RESPONSES, pdp=pdp, upstreams=Provider(), catalog=chosen, vault=vault)
    async with (
        serving(stage) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key="cp_demo", max_retries=0) as client,
    ):
        yield client, stage


def said(text: str) -> Any:
    return {"type": "message", "role": "user", "content": text}


async def test_a_conversation_from_its_making_to_its_end(open_vault):
    async with calling(await open_vault()) as (client, stage):
        made = await client.conversations.create(items=[said(f"I am {ADDRESS}")], metadata={"topic": f"of {ADDRESS}"})
        assert made.id.startswith("conv_cp_")
        assert made.metadata == {"topic": f"of {ADDRESS}"}
        first = await client.responses.create(model="m", input=f"Write to {OTHER}", conversation=made.id)
        assert first.conversation.id == made.id
        assert first.output_text == f"I am {ADDRESS} You said: Write to {OTHER}"
        added = await client.conversations.items.create(made.id, items=[said("And?")])
        assert [one.content[0].text for one in added.data] == ["And?"]
        listed = [one async for one in client.conversations.items.list(made.id)]
        texts = [one.content[0].text for one in listed]
        assert texts == [f"I am {ADDRESS}", f"Write to {OTHER}", first.output_text, "And?"]
        one = await client.conversations.items.retrieve("msg_u", conversation_id=made.id)
        assert one.content[0].text == f"Write to {OTHER}"
        left = await client.conversations.items.delete("msg_u", conversation_id=made.id)
        assert left.id == made.id
        changed = await client.conversations.update(made.id, metadata={"topic": "none"})
        assert (changed.id, changed.metadata) == (made.id, {"topic": "none"})
        assert (await client.conversations.retrieve(made.id)).metadata == {"topic": "none"}
        assert (await client.conversations.delete(made.id)).deleted
        with pytest.raises(openai.NotFoundError) as gone:
            await client.conversations.retrieve(made.id)
        assert (gone.value.code, stage.upstreams.conversations) == ("unknown_handle", {})
        assert {name for name, *_ in stage.upstreams.seen} == {"a"}


async def test_each_turn_adds_what_it_holds_to_the_facts_of_the_next(open_vault):
    async with calling(await open_vault()) as (client, stage):
        stage.pdp.denied = frozenset({"a"})
        made = await client.conversations.create()
        stage.pdp.denied = frozenset()
        await client.responses.create(model="m", input=f"Write to {ADDRESS}", conversation=made.id)
        await client.responses.create(model="m", input="And?", conversation={"id": made.id})
        facts = [one for one in stage.pdp.asked if one.phase == "request"]
        assert [[name for name, _, _ in one.candidates] for one in facts] == [["a", "b"], ["b"], ["b"]]
        assert [one.operation[3] for one in facts] == [True] * 3
        assert [[(row.type, row.paths) for row in one.entities] for one in facts] == [
            [], [("EMAIL_ADDRESS", ("input",))], [("EMAIL_ADDRESS", ("kept",))],
        ]  # fmt: skip
        stage.pdp.denied = frozenset({"b"})
        for use in (
            client.conversations.retrieve(made.id),
            client.conversations.items.list(made.id),
            client.responses.create(model="m", input="x", conversation=made.id),
        ):
            with pytest.raises(openai.BadRequestError):
                await use


async def test_a_turn_that_was_decided_on_less_than_the_conversation_holds_by_now_does_not_leave(open_vault):
    async with calling(await open_vault()) as (client, stage):
        made = await client.conversations.create()
        stage.pdp.decide, decide = _after_another(client, made.id, stage.pdp.decide), stage.pdp.decide
        with pytest.raises(openai.ConflictError) as late:
            await client.responses.create(model="m", input="hello", conversation=made.id)
        assert late.value.code == "kept_changed"
        assert [path.rpartition("/")[2] for _, _, path, _ in stage.upstreams.seen] == ["conversations", "items"]
        stage.pdp.decide = decide
        again = await client.responses.create(model="m", input="hello", conversation=made.id)
        assert again.output_text.endswith("You said: hello")


def _after_another(client, identity, decide):
    """Return a policy that answers the first question once somebody else has added to the conversation."""
    waiting = [True]

    async def late(facts, exchange, now):
        decision = await decide(facts, exchange, now)
        if waiting and waiting.pop():
            await client.conversations.items.create(identity, items=[said(f"I am {ADDRESS}")])
        return decision

    return late


async def test_where_nothing_may_be_kept_no_conversation_is_made_or_goes_on(open_vault):
    vault = await open_vault()
    async with calling(vault) as (client, _):
        made = await client.conversations.create()
    async with calling(vault, Obligation("o4", "no_store")) as (client, stage):
        for use in (
            client.conversations.create(items=[said("hello")]),
            client.conversations.items.create(made.id, items=[said("hello")]),
            client.responses.create(model="m", input="hello", conversation=made.id),
        ):
            with pytest.raises(openai.BadRequestError, match="no_store"):
                await use
        assert stage.upstreams.seen == []


async def test_a_target_without_the_api_is_asked_for_no_conversation(open_vault):
    async with calling(await open_vault(), apis=frozenset({"openai_responses"})) as (client, stage):
        with pytest.raises(openai.BadRequestError):
            await client.conversations.create()
        with pytest.raises(openai.BadRequestError, match="background"):
            await client.responses.create(model="m", input="hello", background=True)
        assert stage.upstreams.seen == []


async def test_a_response_in_the_background_is_fetched_when_it_is_done(open_vault):
    async with calling(await open_vault()) as (client, stage):
        begun = await client.responses.create(model="m", input=f"write to {ADDRESS}", background=True)
        assert (begun.id[:8], begun.status) == ("resp_cp_", "queued")
        assert (stage.upstreams.seen[0][3]["background"], stage.upstreams.seen[0][3]["store"]) == (True, True)
        states = []
        while not states or states[-1].status in {"queued", "in_progress"}:
            states.append(await client.responses.retrieve(begun.id))
        assert [one.status for one in states] == ["in_progress", "completed"]
        assert states[-1].output_text == f" You said: write to {ADDRESS}"
        assert {one.id for one in states} == {begun.id}
        assert (await client.responses.cancel(begun.id)).status == "cancelled"


async def test_a_stream_in_the_background_is_read_again_from_its_beginning(open_vault):
    async with calling(await open_vault()) as (client, stage):
        asked = {"model": "m", "input": f"write to {ADDRESS}", "background": True, "stream": True}
        events = [one async for one in await client.responses.create(**asked)]
        handle = events[0].response.id
        stage.upstreams.responses["resp_68af0001"].pop(0)
        again = [one async for one in await client.responses.retrieve(handle, stream=True)]
        for one in (events, again):
            text = "".join(event.delta for event in one if event.type == "response.output_text.delta")
            assert text == one[-1].response.output_text == f" You said: write to {ADDRESS}"
            assert [event.sequence_number for event in one] == list(range(len(one)))
        with pytest.raises(openai.BadRequestError, match="starting_after"):
            await client.responses.retrieve(handle, stream=True, starting_after=2)


async def test_what_may_not_be_kept_is_not_made_in_the_background(open_vault):
    async with calling(await open_vault(), Obligation("o4", "no_store")) as (client, stage):
        made = await client.responses.create(model="m", input="hello", background=True)
        assert (made.status, made.output_text) == ("completed", " You said: hello")
        sent = stage.upstreams.seen[0][3]
        assert (sent["store"], "background" in sent) == (False, False)


async def test_a_conversation_is_known_to_nobody_else_and_dies_with_the_vault(open_vault):
    vault = await open_vault()
    async with calling(vault) as (client, stage):
        made = await client.conversations.create(items=[said(f"I am {ADDRESS}")])
        with pytest.raises(openai.NotFoundError):
            await client.conversations.retrieve(made.id, extra_headers={"x-compliance-activity": "sales"})
        with pytest.raises(openai.BadRequestError) as refused:
            await client.conversations.retrieve("conv_68af0001")
        assert refused.value.code == "stateful_unsupported"
        vault.clock.seconds += vault.ttl_s - 1
        await client.conversations.items.create(made.id, items=[said("And?")])
        vault.clock.seconds += vault.ttl_s - 1
        assert (await client.conversations.retrieve(made.id)).id == made.id
        assert await vault.erase_tenant("acme") >= 1
        with pytest.raises(openai.NotFoundError):
            await client.responses.create(model="m", input="x", conversation=made.id)
        handles = [orjson.loads(one.body)["facts"]["attempts"] for one in stage.audit.records("outcome")]
        assert handles[0][0]["kept"] == made.id
