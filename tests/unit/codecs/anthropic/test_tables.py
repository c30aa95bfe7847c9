"""What stands where in a request and a reply of the Messages API, and what is the dialect's own."""

from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.codecs.endpoints import TABLE
from proxy.core import documents
from proxy.core.findings import Status
from proxy.core.records import Extracted, OpaquePart
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, FakeDetector, reply_texts

MESSAGES, COUNT_TOKENS, VERTEX = APIS[:3]
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
PICTURE = base64.b64encode(bytes(range(256))).decode()


def body(*content, **more):
    held = content[0] if len(content) == 1 and isinstance(content[0], str) else list(content)
    return {"model": "claude", "max_tokens": 1024, "messages": [{"role": "user", "content": held}], **more}


def decoded(*content, headers=(), query=(), **more):
    incoming = Incoming(orjson.dumps(body(*(content or ("hi",)), **more)), headers=dict(headers), query=dict(query))
    return MESSAGES.decode(incoming)


def texts(payload):
    return [span.text for span in payload.spans]


def block(kind, **more):
    return {"type": kind, **more}


THINKING = block("thinking", thinking=f"{SSN} he said", signature="EqoBCkgIARABGAI")


@pytest.mark.parametrize(
    "where",
    [
        {"system": SSN},
        {"system": [block("text", text=SSN, cache_control={"type": "ephemeral"})]},
        {"stop_sequences": [SSN]},
        {"metadata": {"user_id": SSN}},
        {"tools": [{"name": SSN, "input_schema": {}}]},
        {"tools": [{"name": "f", "description": SSN, "input_schema": {"type": "object"}}]},
        {"tools": [{"name": "f", "input_schema": {"properties": {"a": {"description": SSN}}}}]},
        {"tools": [{"name": "f", "input_schema": {}, "input_examples": [{"who": SSN}]}]},
        {"tool_choice": {"type": "tool", "name": SSN}},
        {"output_config": {"format": {"type": "json_schema", "schema": {"title": SSN}}}},
        {"mcp_servers": [{"type": "url", "url": "https://x.example", "name": "n", "authorization_token": SSN}]},
        {"a field of tomorrow": [{"x": SSN}]},
        {"service_tier": SSN},
        {"inference_geo": SSN},
    ],
)
def test_text_anywhere_is_a_span(where):
    assert any(SSN in text for text in texts(decoded(**where)))


@pytest.mark.parametrize(
    "one",
    [
        block("text", text=SSN),
        block("text", text="x", citations=[block("char_location", cited_text=SSN, document_index=0)]),
        block("tool_use", id="toolu_01", name="f", input={"who": {"ssn": SSN}}),
        block("tool_use", id="toolu_01", name="f", input={SSN: 1}),
        block("tool_result", tool_use_id="toolu_01", content=SSN),
        block("tool_result", tool_use_id="toolu_01", content=[block("text", text=SSN)]),
        block("tool_result", tool_use_id=SSN, content="x"),
        block("document", source=block("text", media_type="text/plain", data=SSN)),
        block("document", source=block("content", content=[block("text", text=SSN)])),
        block("document", source=block("content", content=SSN)),
        block("document", title=SSN, source=block("text", media_type="text/plain", data="x")),
        block("document", context=SSN, source=block("url", url="https://x.example/a.pdf")),
        block("search_result", source="https://x.example", title="x", content=[block("text", text=SSN)]),
        block("server_tool_use", id="srvtoolu_01", name="web_search", input={"query": SSN}),
        block("web_search_tool_result", tool_use_id="srvtoolu_01", content=[block("web_search_result", title=SSN)]),
        block(
            "code_execution_tool_result", tool_use_id="srvtoolu_01", content=block("code_execution_result", stdout=SSN)
        ),
        block("mcp_tool_use", id="mcptoolu_01", name="f", server_name="s", input={"a": SSN}),
        block("mcp_tool_result", tool_use_id="mcptoolu_01", content=[block("text", text=SSN)]),
    ],
)
def test_text_in_every_block_is_a_span_and_no_such_block_is_opaque(one):
    payload = decoded(block("text", text="see"), one)
    assert any(SSN in text for text in texts(payload))
    assert bool(payload.opaque) is (one.get("source", {}) == block("url", url="https://x.example/a.pdf"))


def test_the_dialects_own_words_are_no_spans():
    payload = decoded(
        block("text", text="hi", cache_control={"type": "ephemeral", "ttl": "1h"}),
        block("tool_use", id="toolu_01A9q", name="f", input={}),
        block("tool_result", tool_use_id="toolu_01A9q", is_error=False, content=[block("text", text="ok")]),
        temperature=0.123456789, top_k=40, stream=True, thinking={"type": "enabled", "budget_tokens": 2048},
        tool_choice={"type": "auto", "disable_parallel_tool_use": True}, service_tier="standard_only",
        output_config={"effort": "high"}, tools=[{"type": "custom", "name": "g", "input_schema": {"type": "object"}}],
    )  # fmt: skip
    assert sorted(texts(payload)) == ["f", "g", "hi", "ok"]
    assert [span.text for span in payload.unread_numbers] == ["toolu_01A9q", "toolu_01A9q", "2048"]
    assert (payload.opaque, payload.features, payload.links, payload.stateful) == ((), (), (), False)
    assert (payload.stream, payload.tools) == (True, True)


@pytest.mark.parametrize("one", [THINKING, block("redacted_thinking", data=PICTURE), block("compaction", content=SSN)])
def test_what_is_signed_is_told_as_sealed_and_never_changed(one):
    payload = decoded(block("text", text="hello"), one)
    assert payload.opaque == (OpaquePart("messages[*].content[*]", "sealed"),)
    assert texts(payload) == ["hello"]
    wire = MESSAGES.encode(payload, {0: "X"}, "theirs")
    assert orjson.loads(wire.body)["messages"][0]["content"] == [block("text", text="X"), one]
    assert not any(SSN in text for text in MESSAGES.outgoing_texts(wire))


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (
            block("web_search_tool_result", content=[block("web_search_result", title="t", encrypted_content=PICTURE)]),
            "messages[*].content[*].content[*].encrypted_content",
        ),
        (
            block("text", text="x", citations=[block("web_search_result_location", encrypted_index="Eo8B")]),
            "messages[*].content[*].citations[*].encrypted_index",
        ),
        (
            block(
                "code_execution_tool_result", content=block("encrypted_code_execution_result", encrypted_stdout="Eo8B")
            ),
            "messages[*].content[*].content.encrypted_stdout",
        ),
    ],
)
def test_what_is_encrypted_inside_a_block_is_told_as_sealed(one, path):
    assert decoded(one).opaque == (OpaquePart(path, "sealed"),)


def test_a_signature_elsewhere_is_text():
    payload = decoded(block("tool_use", id="toolu_01", name="f", input={"signature": SSN, "thinking": SSN}))
    assert texts(payload).count(SSN) == 2
    assert payload.opaque == ()


def image(**source):
    return block("image", source=source)


def test_pictures_and_files_are_documents_and_opaque_until_read():
    picture = image(type="base64", media_type="image/png", data=PICTURE)
    pdf = block("document", title="of Ann.pdf", source=block("base64", media_type="application/pdf", data="JVBERi0x"))
    inner = block("tool_result", tool_use_id="toolu_01", content=[picture])
    payload = decoded(picture, pdf, inner)
    assert [(one.pointer, one.media) for one in payload.documents] == [
        ("/messages/0/content/1", "application/pdf"), ("/messages/0/content/0", "image/png"),
        ("/messages/0/content/2/content/0", "image/png"),
    ]  # fmt: skip
    assert {part.input for part in payload.opaque} == {"image", "file", ""}
    assert payload.other_opaque == ()
    read = documents.with_texts(payload, [Extracted("SSN of Ann", Status.COMPLETE)] * 3)
    index = {span.pointer: number for number, span in enumerate(read.spans) if span.kind == "document"}
    sent = orjson.loads(MESSAGES.encode(read, {index["/messages/0/content/1"]: "SSN of X"}, "m").body)
    assert sent["messages"][0]["content"][1] == block("text", text="[of Ann.pdf]\nSSN of X")
    assert sent["messages"][0]["content"][0] == picture


def test_addresses_are_links_and_files_at_the_provider_features():
    payload = decoded(
        image(type="url", url="https://x.example/a.png"), block("document", source=block("url", url="ftp://y"))
    )
    assert payload.links == ("https://x.example/a.png", "ftp://y")
    stored = decoded(image(type="file", file_id="file_1"), block("container_upload", file_id="file_2"))
    assert stored.features == ("messages.content.source.file_id", "messages.content.file_id")
    assert stored.stateful
    assert OpaquePart("messages[*].content[*]", "reference") in stored.opaque


@pytest.mark.parametrize(
    ("more", "feature", "stateful"),
    [
        ({"mcp_servers": [{"type": "url"}]}, "mcp_servers", False),
        ({"tools": [block("web_search_20250305", name="web_search")]}, "tools.web_search_20250305", False),
        ({"tools": [block("code_execution_20250825", name="x")]}, "tools.code_execution_20250825", False),
        ({"tools": [block("mcp_toolset", mcp_server_name="x")]}, "tools.mcp_toolset", False),
        ({"tools": [{"name": "f", "input_schema": {}, "allowed_callers": ["x"]}]}, "tools.allowed_callers", False),
        ({"container": {"id": "c"}}, "container", True),
        (
            {"context_management": {"edits": [block("keep_it_20270101")]}},
            "context_management.edits.keep_it_20270101",
            False,
        ),
        ({"context_management": {"remember": 1}}, "context_management.remember", False),
        ({"thread": {"type": "create"}}, "thread", True),
        ({"fallbacks": [{"model": "other"}]}, "fallbacks", False),
        ({"inference_geo": "us"}, "inference_geo", False),
        ({"user_profile_id": "x"}, "user_profile_id", True),
        ({"extra": 1}, "extra", False),
    ],
)
def test_what_moves_data_or_keeps_it_is_a_feature(more, feature, stateful):
    payload = decoded(**more)
    assert feature in payload.features
    assert payload.stateful is stateful


def test_betas_that_only_tune_pass_and_others_are_features():
    headers = {
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "prompt-caching-2024-07-31,files-api-2025-04-14,new-20261101",
    }
    payload = decoded(headers=headers, query={"beta": "true"})
    assert payload.features == ("anthropic-beta.files-api", "anthropic-beta.new")
    assert payload.stateful
    wire = MESSAGES.encode(payload, {}, "theirs")
    assert (dict(wire.headers), wire.query, wire.path) == (headers, (("beta", "true"),), "/messages")
    assert texts(payload) == ["hi"]


@pytest.mark.parametrize("messages", [None, [], "x", [1], {"role": "user"}])
@pytest.mark.parametrize("api", APIS[:3])
def test_messages_must_be_a_list_of_objects(api, messages):
    with pytest.raises(MalformedRequestError):
        api.decode(Incoming(orjson.dumps({"model": "m", "messages": messages})))


def test_a_statement_goes_before_the_callers_own():
    said = {"type": "text", "text": "note"}
    for given, wanted in (
        (None, [said]),
        ("s", [said, block("text", text="s")]),
        ([block("text", text="s")], [said, block("text", text="s")]),
    ):
        wire = MESSAGES.encode(decoded(system=given), {}, "m")
        assert orjson.loads(MESSAGES.with_statement(wire, "note").body)["system"] == wanted


def test_counting_reads_the_same_text_and_does_not_stream():
    payload = COUNT_TOKENS.decode(Incoming(orjson.dumps(body(SSN, system=SSN, max_tokens=None))))
    assert texts(payload).count(SSN) == 2
    assert COUNT_TOKENS.encode(payload, {}, "m").path == "/messages/count_tokens"
    assert COUNT_TOKENS.opened(b'{"input_tokens": 7}').texts == []
    with pytest.raises(ValueError):
        COUNT_TOKENS.opened(b'{"input_tokens": "7"}')
    with pytest.raises(MalformedRequestError):
        COUNT_TOKENS.decode(Incoming(orjson.dumps(body("hi", stream=True))))


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), FakeDetector().scan).make(position)


def message(*content, **more):
    return orjson.dumps(
        {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": list(content), **more}
    )


def test_a_whole_reply_is_restored_everywhere_but_in_what_is_signed():
    held = [
        block("thinking", thinking=NAME, signature=NAME),
        block("redacted_thinking", data=NAME),
        block("text", text=f"Dear {NAME}", citations=[block("char_location", cited_text=NAME, encrypted_index=NAME)]),
        block("tool_use", id="toolu_01", name=NAME, input={"id": NAME, "type": NAME, "signature": NAME, "n": 1}),
        block(
            "web_search_tool_result",
            tool_use_id="toolu_01",
            content=[block("web_search_result", title=NAME, encrypted_content=NAME)],
        ),
    ]
    made = orjson.loads(MESSAGES.opened(message(*held, stop_sequence=NAME)).rewritten(make))
    thinking, redacted, text, call, found = made["content"]
    assert [thinking, redacted] == held[:2]
    assert (text["text"], text["citations"][0]["cited_text"]) == (f"Dear {ORIGINAL}", ORIGINAL)
    assert text["citations"][0]["encrypted_index"] == NAME
    assert (call["name"], call["input"]) == (
        ORIGINAL,
        {"id": ORIGINAL, "type": ORIGINAL, "signature": ORIGINAL, "n": 1},
    )
    assert (found["content"][0]["title"], found["content"][0]["encrypted_content"]) == (ORIGINAL, NAME)
    assert (made["stop_sequence"], made["id"]) == (ORIGINAL, "msg_1")


def test_thinking_is_read_although_it_is_not_changed():
    assert reply_texts(MESSAGES.opened(message(THINKING, block("text", text="hi"))).texts) == [
        "hi",
        THINKING["thinking"],
    ]


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"content": "x"}', b'{"choices": []}'])
def test_a_reply_of_another_shape_is_refused(reply):
    with pytest.raises(ValueError):
        MESSAGES.opened(reply)


CLAUDE = "/v1/projects/p/locations/europe-west1/publishers/anthropic/models/claude-opus-4-1@20250805"


@pytest.mark.parametrize(("verb", "stream"), [("rawPredict", False), ("streamRawPredict", True)])
def test_claude_at_google_is_named_by_the_path_and_its_version_by_the_body(verb, stream):
    found = TABLE.find("POST", f"{CLAUDE}:{verb}", {})
    assert found.served.api is VERTEX
    body = {"anthropic_version": "vertex-2023-10-16", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}
    said = orjson.dumps({**body, **({"stream": True} if stream else {})})
    incoming = Incoming(said, variables=found.variables, stream=found.served.endpoint.stream)
    payload = VERTEX.decode(incoming)
    assert (payload.model, payload.stream) == ("claude-opus-4-1@20250805", stream)
    assert ([span.text for span in payload.spans], payload.features) == (["a"], ())
    wire = VERTEX.encode(payload, {0: "b"}, "claude@1")
    assert (wire.path, wire.query) == (f"/models/claude%401:{verb}", ())
    assert orjson.loads(wire.body)["messages"] == [{"role": "user", "content": "b"}]
    assert VERTEX.outgoing_texts(wire) == ["b"]


def test_another_version_is_text_and_a_model_in_the_body_a_feature():
    body = {
        "anthropic_version": "of Ada",
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "a"}],
    }
    payload = VERTEX.decode(Incoming(orjson.dumps(body), variables={"model": "claude"}))
    assert {span.text for span in payload.spans} == {"of Ada", "m", "a"}
    assert payload.features == ("model",)
