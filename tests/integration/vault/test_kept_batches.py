"""OpenAI's own client over files and batches that a target keeps: each line decided, all ids ours, results read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import openai
import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.core.records import Obligation
from proxy.core.state import kept
from proxy.core.targets.registered import Route
from testing.batches import FileProvider
from testing.fakes import EVERY_INPUT, PRINCIPAL, SSN, FakePdp, Stage, catalog, decision, target
from testing.serving import KEY, serving

ADDRESS = "ada@canary-leak.example"
OTHER = "grace@canary-leak.example"
OBLIGED = (Obligation("o1", "pseudonymize"), Obligation("o2", "reidentify_response"), Obligation("o3", "residual_scan"))


def line(name, said, **more):
    body = {"model": "m", "messages": [{"role": "user", "content": said}], **more}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def jsonl(*lines):
    return b"".join(orjson.dumps(one) + b"\n" if isinstance(one, dict) else one + b"\n" for one in lines)


@dataclass
class Pdp(FakePdp):
    """Refuses SSNs at ``a``, and dates of birth nowhere; ``gated``: refuses whatever holds one."""

    gated: bool = False

    async def decide(self, facts, exchange, now):
        held = {row.type for row in facts.entities}
        if self.gated and "US_SSN" in held and facts.phase == "request":
            self.asked.append(facts)
            return decision(None, (), "block", block_codes=("HEALTH_DATA",))
        self.denied = frozenset({"a"} if "US_SSN" in held else ())
        return await super().decide(facts, exchange, now)


@asynccontextmanager
async def calling(vault, pdp=None, **changes):
    takes = replace(EVERY_INPUT, dialects=EVERY_INPUT.dialects)
    targets = (target("a", accepts=takes), target("b", accepts=takes))
    chosen = catalog(*targets, routes=(Route("*", "*", "*", ("a", "b")),))
    stage = Stage(pdp=pdp or Pdp(OBLIGED), upstreams=FileProvider(), catalog=chosen, vault=vault)
    async with (
        serving(stage, body=1 << 20, **changes) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        yield client, stage, running


async def uploaded(client, *lines, name="in.jsonl"):
    return await client.files.create(file=(name, jsonl(*lines)), purpose="batch")


async def batched(client, file, **more):
    given = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h", **more}
    return await client.batches.create(**given)


async def read_into(seen, running, path):
    async with running.session.get(running.url + path) as response:
        async for piece in response.content.iter_any():
            seen += piece


async def answers(client, identity):
    content = await client.files.content(identity)
    return {one["custom_id"]: one for one in map(orjson.loads, content.text.splitlines())}


async def test_a_batch_from_the_file_to_its_results(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        file = await uploaded(client, line(ADDRESS, f"write to {ADDRESS}"), line("two", f"call {OTHER}"))
        assert kept.is_handle(file.id, kept.FILE)
        batch = await batched(client, file, metadata={"for": f"the {ADDRESS} case"})
        assert kept.is_handle(batch.id, kept.BATCH)
        assert (batch.input_file_id, batch.metadata) == (file.id, {"for": f"the {ADDRESS} case"})
        done = await client.batches.retrieve(batch.id)
        again = await client.batches.retrieve(batch.id)
        assert (done.status, done.output_file_id, done.input_file_id) == ("completed", again.output_file_id, file.id)
        found = await answers(client, done.output_file_id)
        said = {name: one["response"]["body"]["choices"][0]["message"]["content"] for name, one in found.items()}
        assert said == {ADDRESS: f"You said: write to {ADDRESS}", "two": f"You said: call {OTHER}"}
        for _, _, path, body in stage.upstreams.seen:
            assert b"canary-leak" not in path.encode() + body
            assert b'"two"' not in body


async def test_what_was_sent_reads_as_it_was(open_vault):
    async with calling(await open_vault()) as (client, _, _):
        lines = [line(ADDRESS, f"write to {ADDRESS}"), line("two", "hello", user=ADDRESS)]
        file = await uploaded(client, *lines)
        content = await client.files.content(file.id)
        assert [orjson.loads(one) for one in content.text.splitlines()] == lines
        shown = await client.files.retrieve(file.id)
        assert (shown.id, shown.object) == (file.id, "file")


async def test_a_file_that_is_deleted_is_unknown(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        file = await uploaded(client, line("one", "hello"))
        gone = await client.files.delete(file.id)
        assert (gone.id, gone.deleted, stage.upstreams.files) == (file.id, True, {})
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.files.retrieve(file.id)
        assert unknown.value.code == "unknown_handle"


async def test_a_batch_is_cancelled(open_vault):
    async with calling(await open_vault()) as (client, _, _):
        batch = await batched(client, await uploaded(client, line("one", "hello")))
        assert (await client.batches.cancel(batch.id)).status == "cancelling"


async def test_results_that_break_off_end_with_an_error_and_no_end(open_vault):
    async with calling(await open_vault()) as (client, stage, running):
        done = await client.batches.retrieve((await batched(client, await uploaded(client, line("one", "hello")))).id)
        [identity] = [name for name, data in stage.upstreams.files.items() if b"response" in data]
        stage.upstreams.files[identity] += b'{"custom_id": "line_cp'
        seen = bytearray()
        with pytest.raises(aiohttp.ClientPayloadError):
            await read_into(seen, running, f"/v1/files/{done.output_file_id}/content")
        *_, last = seen.splitlines()
        assert orjson.loads(last)["error"]["code"] == "upstream_cut"


async def test_the_head_alone_is_read_like_the_whole(open_vault):
    async with calling(await open_vault()) as (client, _, running):
        file = await uploaded(client, line("one", "hello"))
        async with running.session.head(f"{running.url}/v1/files/{file.id}") as response:
            assert (response.status, await response.read()) == (200, b"")


async def test_lines_that_failed_stand_in_a_file_of_errors(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        stage.upstreams.answer = lambda _body: 400
        batch = await batched(client, await uploaded(client, line(ADDRESS, "hello")))
        done = await client.batches.retrieve(batch.id)
        found = await answers(client, done.error_file_id)
        assert found[ADDRESS]["response"]["body"]["error"]["message"] == "no"


async def test_a_file_goes_only_where_every_line_may(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        await uploaded(client, line("one", "hello"), line("two", f"my number is {SSN}"))
        assert [one[0] for one in stage.upstreams.seen] == ["b"]
        requests = [one for one in stage.pdp.asked if one.phase == "request"]
        assert [sorted(row.type for row in one.entities) for one in requests] == [[], ["US_SSN"], ["US_SSN"]]
        assert [name for name, _, up in requests[-1].candidates if up] == ["b"]
        assert all(one.operation[3] for one in requests)


async def test_one_line_that_may_go_nowhere_refuses_the_file_by_its_number(open_vault):
    async with calling(await open_vault(), Pdp(OBLIGED, gated=True)) as (client, stage, _):
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await uploaded(client, line("one", "hello"), line("two", f"my number is {SSN}"), line("three", "x"))
        assert refused.value.code == "HEALTH_DATA"
        assert refused.value.body["message"].startswith("line 2: refused by policy: HEALTH_DATA. To go on: ask")
        assert stage.upstreams.seen == []
        [record] = stage.audit.records("decision")
        assert orjson.loads(record.body)["facts"]["inspection"]["line"] == 2


async def test_lines_that_may_go_to_no_one_target_together_are_refused(open_vault):
    class Apart(FakePdp):
        async def decide(self, facts, exchange, now):
            held = {row.type for row in facts.entities}
            self.denied = frozenset({"a"} if "US_SSN" in held else {"b"})
            return await super().decide(facts, exchange, now)

    async with calling(await open_vault(), Apart(OBLIGED)) as (client, stage, _):
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await uploaded(client, line("one", "hello"), line("two", f"my number is {SSN}"))
        assert refused.value.body["message"].startswith("line 2: ")
        assert stage.upstreams.seen == []


async def test_what_one_line_obliges_to_is_done_for_all(open_vault):
    class Strict(FakePdp):
        async def decide(self, facts, exchange, now):
            short = len(facts.entities) == 1 and facts.entities[0].count == 1
            self.obligations = (Obligation("o9", "redact"),) if short else ()
            return await super().decide(facts, exchange, now)

    async with calling(await open_vault(), Strict()) as (client, stage, _):
        await uploaded(client, line("one", f"to {ADDRESS}"), line("two", f"{OTHER} and {ADDRESS}"))
        assert b"canary-leak" not in stage.upstreams.seen[0][3]


async def test_nothing_leaves_where_policy_forbids_to_keep(open_vault):
    pdp = FakePdp((*OBLIGED, Obligation("o4", "no_store")))
    async with calling(await open_vault(), pdp) as (client, stage, _):
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await uploaded(client, line("one", "hello"))
        assert refused.value.code == "OBLIGATION_UNSUPPORTED"
        assert "no_store" in refused.value.body["message"]
        assert stage.upstreams.seen == []


async def test_nobody_else_knows_a_handle(open_vault):
    async with calling(await open_vault()) as (client, stage, running):
        file = await uploaded(client, line("one", "hello"))
        batch = await batched(client, file)
        before = len(stage.upstreams.seen)
        others = [
            ({"tenant": "rival"}, {}), ({"service": "other"}, {}), ({}, {"x-compliance-activity": "sales"}),
        ]  # fmt: skip
        for changes, headers in others:
            running.identities.principal = replace(PRINCIPAL, **changes)
            for call in (client.files.retrieve, client.files.content, client.files.delete):
                with pytest.raises(openai.NotFoundError):
                    await call(file.id, extra_headers=headers)
            with pytest.raises(openai.NotFoundError):
                await client.batches.retrieve(batch.id, extra_headers=headers)
            with pytest.raises(openai.NotFoundError):
                await batched(client, file, extra_headers=headers)
        assert len(stage.upstreams.seen) == before


async def test_what_a_target_calls_it_opens_nothing(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        await uploaded(client, line("one", "hello"))
        with pytest.raises(openai.BadRequestError) as refused:
            await client.files.content("file-Ab0xyz")
        assert refused.value.code == "stateful_unsupported"
        with pytest.raises(openai.BadRequestError):
            await client.batches.create(
                input_file_id="file-Ab0xyz", endpoint="/v1/chat/completions", completion_window="24h"
            )
        with pytest.raises(openai.APIStatusError) as listed:
            await client.batches.list()
        assert listed.value.status_code == 405
        assert len(stage.upstreams.seen) == 1


async def test_a_batch_is_for_what_its_lines_are_for(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        file = await uploaded(client, line("one", "hello"))
        with pytest.raises(openai.BadRequestError) as refused:
            await batched(client, file, endpoint="/v1/embeddings")
        assert "endpoint" in refused.value.body["message"]
        assert len(stage.upstreams.seen) == 1


async def test_the_evidence_names_handles_and_no_text(open_vault):
    async with calling(await open_vault()) as (client, stage, _):
        file = await uploaded(client, line(ADDRESS, f"write to {ADDRESS}"))
        batch = await batched(client, file)
        done = await client.batches.retrieve(batch.id)
        await client.batches.retrieve(batch.id)
        outcomes = [
            orjson.loads(one.body)["facts"]["attempts"][0].get("kept") for one in stage.audit.records("outcome")
        ]
        assert outcomes == [file.id, batch.id, done.output_file_id, None]
        bodies = b"".join(one.body for one in stage.audit.records())
        for text in (b"canary-leak", b"file-Ab", b"batch_68af"):
            assert text not in bodies


def test_every_path_of_files_and_batches_is_served_or_refused():
    assert TABLE.find("GET", "/v1/files", {}).allowed == ("POST",)
    assert TABLE.find("POST", "/v1/files", {"anthropic-version"}).kept
    assert TABLE.find("POST", "/v1/uploads", {}).kept
