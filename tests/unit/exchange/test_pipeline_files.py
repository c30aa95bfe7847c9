"""Files on the request path: what was read is policed as text, what was not stays opaque."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from proxy.codecs import multipart
from proxy.codecs.openai.batch_files import FILES_API
from proxy.core.findings import Status
from proxy.core.records import Document, Extracted, Obligation, OpaquePart
from proxy.core.wire import Incoming
from proxy.exchange.pipeline import Pipeline
from proxy.exchange.request import ClientRequest
from testing.fakes import (
    CANARY,
    KEYRING,
    FakePdp,
    FakeReply,
    Stage,
    capabilities,
    catalog,
    chat,
    completion,
    exchange,
    target,
)

PSEUDONYMISE = (
    Obligation("o1", "pseudonymize"),
    Obligation("o2", "reidentify_response"),
    Obligation("o3", "residual_scan"),
)
BYTES = base64.b64encode(b"%PDF-1.4 bytes that hold more than their text").decode()
UNREAD = (("messages[*].content[*]", "file"), ("messages[*].content[*].file.file_data", "application/pdf"))


@dataclass
class FakeReader:
    """Implements ``DocumentReader``: one answer for every file."""

    answer: Extracted
    seen: list[Document] = field(default_factory=list)

    async def read(self, documents: Sequence[Document]) -> tuple[Extracted, ...]:
        self.seen += documents
        return tuple(self.answer for _ in documents)


def stage(answer: Extracted | None, *obligations: Obligation, **changes) -> Stage:
    made = Stage(pdp=FakePdp(obligations, denied=changes.pop("denied", frozenset())), **changes)
    reader = None if answer is None else FakeReader(answer)
    ports = replace(made.pipeline._ports, documents=reader)
    made.pipeline = Pipeline(ports, KEYRING, made.catalog)
    return made


def body() -> bytes:
    held = {"file_data": f"data:application/pdf;base64,{BYTES}", "filename": "report.pdf"}
    return chat([{"type": "text", "text": "sum it up"}, {"type": "file", "file": held}])


def read(text: str) -> Extracted:
    return Extracted(text, Status.COMPLETE)


async def test_a_third_party_gets_the_transformed_text_and_values_come_back():
    one = stage(read(f"write to {CANARY}"), *PSEUDONYMISE)
    one.upstreams.before = lambda out: one.upstreams.replies.update(
        a=FakeReply(parts=[completion(f"Mail {next(iter(out.pseudonyms))}!")])
    )
    client = await one.run(body())
    [sent] = one.upstreams.sent
    assert CANARY.encode() not in sent.wire.body
    assert BYTES.encode() not in sent.wire.body
    kept = orjson.loads(sent.wire.body)["messages"][0]["content"][1]
    assert kept == {"type": "text", "text": f"[report.pdf]\nwrite to {next(iter(sent.pseudonyms))}"}
    assert orjson.loads(client.body)["choices"][0]["message"]["content"] == f"Mail {CANARY}!"
    assert client.headers["x-compliance-action"] == "redact_and_forward"
    facts = one.pdp.asked[0]
    assert facts.opaque == ()
    assert [(entity.type, entity.paths) for entity in facts.entities] == [
        ("EMAIL_ADDRESS", ("messages[*].content[*]",))
    ]


async def test_a_third_party_gets_the_text_even_where_nothing_was_found():
    one = stage(read("a clean text"))
    client = await one.run(body())
    [sent] = one.upstreams.sent
    assert BYTES.encode() not in sent.wire.body
    assert [remark.operator for remark in sent.remarks] == ["as_text"]
    assert client.headers["x-compliance-action"] == "redact_and_forward"


async def test_our_own_target_gets_the_file_as_it_is_unless_something_in_it_must_change():
    own = catalog(target("local", self_hosted=True))
    for obligations, kept in (((), True), (PSEUDONYMISE, False)):
        one = stage(read(f"write to {CANARY}"), *obligations, catalog=own)
        await one.run(body())
        [sent] = one.upstreams.sent
        assert (BYTES.encode() in sent.wire.body) is kept


async def test_a_value_of_the_message_is_replaced_in_the_file_too():
    one = stage(read(f"also {CANARY.upper()} here"), *PSEUDONYMISE)
    held = orjson.loads(body())
    held["messages"][0]["content"][0]["text"] = f"about {CANARY}"
    await one.run(orjson.dumps(held))
    [sent] = one.upstreams.sent
    assert CANARY.encode().lower() not in sent.wire.body.lower()


async def test_unread_files_are_opaque_to_policy():
    for answer in (
        None,
        Extracted("", Status.SKIPPED, "no text"),
        Extracted("", Status.TIMEOUT),
        Extracted("half", Status.PARTIAL, "cut"),
    ):
        one = stage(answer)
        await one.run(body())
        assert one.pdp.asked[0].opaque == UNREAD, answer


async def test_the_record_says_why_a_file_was_not_read():
    one = stage(Extracted("", Status.SKIPPED, "no text"))
    await one.run(body())
    facts = next(orjson.loads(record.body)["facts"] for record in one.audit.records() if record.kind == "decision")
    assert facts["inspection"]["files"] == {"no text": 1}


async def test_what_was_read_of_a_cut_file_is_known_to_policy_and_all_that_a_third_party_can_get():
    one = stage(Extracted(f"write to {CANARY}", Status.PARTIAL, "cut"), *PSEUDONYMISE)
    await one.run(body())
    [sent] = one.upstreams.sent
    assert [entity.type for entity in one.pdp.asked[0].entities] == ["EMAIL_ADDRESS"]
    assert BYTES.encode() not in sent.wire.body
    assert CANARY.encode() not in sent.wire.body


async def test_requests_without_files_never_reach_the_reader():
    one = stage(
        read("x"), catalog=catalog(target("a", accepts=capabilities(remote_hosts=frozenset({"pictures.example"}))))
    )
    await one.run(chat([{"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}]))
    assert one.pipeline._ports.documents.seen == []
    assert OpaquePart(*one.pdp.asked[0].opaque[0]).media == "image"


IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{BYTES}", "detail": "high"}}
UNSEEN = (("messages[*].content[*]", "image"), ("messages[*].content[*].image_url.url", "image/png"))


async def test_a_third_party_gets_the_transformed_text_of_an_image_and_never_the_image():
    one = stage(read(f"write to {CANARY}"), *PSEUDONYMISE)
    await one.run(chat([IMAGE]))
    [sent] = one.upstreams.sent
    [part] = orjson.loads(sent.wire.body)["messages"][0]["content"]
    assert part == {"type": "text", "text": f"[Text in an image]\nwrite to {next(iter(sent.pseudonyms))}"}
    assert one.pdp.asked[0].opaque == ()


async def test_an_image_without_text_is_read_and_still_does_not_leave():
    one = stage(read(""))
    await one.run(chat([IMAGE]))
    [sent] = one.upstreams.sent
    assert BYTES.encode() not in sent.wire.body
    assert one.pdp.asked[0].opaque == ()
    assert orjson.loads(sent.wire.body)["messages"][0]["content"][0]["text"].endswith("[No text was found in it.]")


async def test_our_own_target_gets_the_image_as_it_is_unless_something_in_it_must_change():
    own = catalog(target("local", self_hosted=True))
    for obligations, kept in (((), True), (PSEUDONYMISE, False)):
        one = stage(read(f"write to {CANARY}"), *obligations, catalog=own)
        await one.run(chat([IMAGE]))
        [sent] = one.upstreams.sent
        assert (orjson.loads(sent.wire.body)["messages"][0]["content"][0] == IMAGE) is kept


async def test_images_that_were_not_read_with_certainty_are_opaque_and_the_record_says_why():
    for answer, why in (
        (Extracted("", Status.SKIPPED, "format"), "format"),
        (Extracted("", Status.TIMEOUT), "timeout"),
        (Extracted("", Status.FAILED), "failed"),
        (Extracted("half", Status.PARTIAL, "cut"), "cut"),
        (Extracted("faint", Status.PARTIAL, "unsure"), "unsure"),
    ):
        one = stage(answer)
        await one.run(chat([IMAGE]))
        assert one.pdp.asked[0].opaque == UNSEEN
        facts = next(orjson.loads(record.body)["facts"] for record in one.audit.records() if record.kind == "decision")
        assert facts["inspection"]["files"] == {why: 1}


async def uploaded(one: Stage, *contents) -> bytes:
    """Upload a batch of chats; return the file of lines that left, empty where none did."""
    lines = [
        {"custom_id": f"n{at}", "method": "POST", "url": "/v1/chat/completions", "body": orjson.loads(chat(content))}
        for at, content in enumerate(contents)
    ]
    parts = (
        multipart.FormPart("purpose", None, "text/plain", b"batch"),
        multipart.FormPart("file", "in.jsonl", "application/jsonl", b"\n".join(map(orjson.dumps, lines))),
    )
    incoming = Incoming(
        multipart.write(multipart.Form("b", parts)), media=multipart.MEDIA, parameters={"boundary": "b"}
    )
    api = FILES_API
    await one.pipeline.handle(ClientRequest(exchange(dialect=api.name, path="/v1/files"), api, incoming, one.client))
    return one.upstreams.sent[0].wire.body if one.upstreams.sent else b""


FILE_REPLY = FakeReply(parts=[orjson.dumps({"id": "file-1", "object": "file", "purpose": "batch"})])


async def test_a_file_in_a_line_of_a_batch_leaves_as_its_text():
    one = stage(read(f"write to {CANARY}"), *PSEUDONYMISE)
    one.upstreams.replies = {"a": FILE_REPLY}
    held = orjson.loads(body())["messages"][0]["content"]
    sent = await uploaded(one, "hello", held)
    assert b"[report.pdf]" in sent
    assert CANARY.encode() not in sent
    assert BYTES.encode() not in sent
    requests = [facts for facts in one.pdp.asked if facts.phase == "request"]
    assert [[row.type for row in facts.entities] for facts in requests] == [[], ["EMAIL_ADDRESS"], ["EMAIL_ADDRESS"]]


async def test_a_file_in_a_line_that_nobody_reads_is_opaque_to_policy_there_alone():
    one = stage(None)
    one.upstreams.replies = {"a": FILE_REPLY}
    await uploaded(one, "hello", orjson.loads(body())["messages"][0]["content"])
    first, second, whole = (facts.opaque for facts in one.pdp.asked if facts.phase == "request")
    assert (first, second) == ((), UNREAD)
    assert whole == tuple((f"lines[*].{path}", media) for path, media in UNREAD)
