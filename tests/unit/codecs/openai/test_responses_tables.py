from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from testing.fakes import SSN, FakeDetector, reply_texts

NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'
MESSAGE_ID = "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b"


def body(given="hello", **more):
    return orjson.dumps({"model": "gpt-5", "input": given, **more})


def decoded(given="hello", api=RESPONSES, **more):
    return api.decode(Incoming(body(given, **more)))


def make(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def item(kind, **more):
    return {"type": kind, **more}


ITEMS = [
    item("message", role="developer", content=[item("input_text", text=SSN)]),
    item("message", id=MESSAGE_ID, role="assistant", status="completed", phase="final_answer",
         content=[item("output_text", text="a", annotations=[item("url_citation", title=SSN, url="u")])]),
    item("message", role="assistant", content=[item("refusal", refusal=SSN)]),
    item("function_call", call_id="call_a", name="f", arguments=orjson.dumps({"to": SSN}).decode()),
    item("function_call", call_id="call_a", name="f", namespace=SSN, arguments="{}"),
    item("function_call_output", call_id="call_a", output=SSN),
    item("function_call_output", call_id="call_a", output=[item("input_text", text=SSN)]),
    item("custom_tool_call", call_id="call_a", name="c", input=SSN),
    item("custom_tool_call_output", call_id="call_a", output=SSN),
    item("local_shell_call", call_id="call_a", action=item("exec", command=["echo", SSN], env={"A": SSN})),
    item("local_shell_call_output", id="call_a", output=SSN),
    item("shell_call", call_id="call_a", action={"commands": [SSN]}),
    item("shell_call_output", call_id="call_a", output=[{"stdout": SSN, "stderr": "", "outcome": item("exit", exit_code=0)}]),
    item("apply_patch_call", call_id="call_a", operation=item("create_file", path="p", diff=SSN)),
    item("apply_patch_call_output", call_id="call_a", output=SSN),
    item("tool_search_call", arguments={"query": SSN}),
    item("tool_search_output", tools=[{"type": "function", "name": SSN}]),
    item("program", call_id="call_a", code=SSN, fingerprint="f"),
    item("program_output", call_id="call_a", result=SSN),
    item("mcp_call", server_label="s", name="n", arguments=orjson.dumps({"to": SSN}).decode(), output=SSN),
    item("mcp_call", server_label="s", name="n", arguments="{}", error={"message": SSN}),
    item("mcp_list_tools", server_label="s", tools=[{"name": "n", "description": SSN}]),
    item("mcp_approval_request", server_label="s", name="n", arguments=orjson.dumps({"to": SSN}).decode()),
    item("web_search_call", action=item("search", query=SSN)),
    item("file_search_call", queries=["q"], results=[{"text": SSN}]),
    item("code_interpreter_call", code=SSN, outputs=[item("logs", logs="l")]),
    item("computer_call", action=item("type", text=SSN), pending_safety_checks=[{"message": "m"}]),
    item("image_generation_call", revised_prompt=SSN),
    item("reasoning", summary=[item("summary_text", text=SSN)]),
    item("reasoning", summary=[], content=[item("reasoning_text", text=SSN)]),
    item("an item of tomorrow", anything={SSN: 1}),
]  # fmt: skip


@pytest.mark.parametrize("one", ITEMS, ids=lambda one: one["type"])
def test_text_of_any_item_is_a_span(one):
    payload = decoded([one])
    assert any(SSN in span.text for span in payload.spans)
    texts = {index: span.text.replace(SSN, "X") for index, span in enumerate(payload.spans)}
    wire = RESPONSES.encode(payload, texts, "m")
    assert SSN.encode() not in wire.body
    assert not any(SSN in text for text in RESPONSES.outgoing_texts(wire))


@pytest.mark.parametrize("one", ITEMS[:-1], ids=lambda one: one["type"])
def test_known_items_ask_for_nothing(one):
    assert decoded([one]).features == ()


@pytest.mark.parametrize("where", ["user", "safety_identifier", "prompt_cache_key", "instructions", "metadata", "truncation", "include"])  # fmt: skip
def test_text_beside_the_input_is_a_span(where):
    value = {"metadata": {"patient": SSN}, "include": [SSN]}.get(where, SSN)
    assert any(SSN in span.text for span in decoded(**{where: value}).spans)


def test_words_and_identifiers_are_no_spans():
    payload = decoded(
        [
            {"type": "message", "id": MESSAGE_ID, "role": "assistant", "status": "completed", "content": "a"},
            {"type": "function_call", "id": "fc_Xa9", "call_id": "call_Xa9Fm2", "name": "f", "arguments": "b"},
        ],
        include=["reasoning.encrypted_content"], reasoning={"effort": "minimal", "summary": "auto"},
        text={"format": {"type": "json_object"}, "verbosity": "low"}, truncation="auto", service_tier="flex",
    )  # fmt: skip
    assert [span.text for span in payload.spans] == ["a", "f", "b"]
    assert [span.text for span in payload.unread_numbers] == [MESSAGE_ID, "fc_Xa9", "call_Xa9Fm2"]


@pytest.mark.parametrize("name", ["msg_4111111111111111", "msg_" + "4111111111111111" * 3, f"call_{SSN}", "ada@x.test"])
def test_an_identifier_with_a_long_number_is_text(name):
    assert name in [span.text for span in decoded([item("message", id=name, role="assistant", content="a")]).spans]


@pytest.mark.parametrize(
    ("one", "member"),
    [
        (item("reasoning", id="rs_1", summary=[]), "encrypted_content"),
        (item("compaction", id="cmp_1"), "encrypted_content"),
        (item("program", call_id="call_a", code="1"), "fingerprint"),
    ],
)
def test_what_is_sealed_is_listed_and_never_changed(one, member):
    payload = decoded([one | {member: SSN}])
    assert [(part.path, part.media) for part in payload.opaque] == [(f"input[*].{member}", "sealed")]
    assert not any(SSN in span.text for span in payload.spans)
    assert orjson.loads(RESPONSES.encode(payload, {}, "m").body)["input"][0][member] == SSN
    assert decoded([one | {member: None}]).opaque == ()


def test_pictures_files_and_sounds_are_opaque_and_addresses_links():
    data = base64.b64encode(b"a,b\n1,2\n").decode()
    parts = [
        item("input_image", image_url="https://pictures.test/a.png", detail="low"),
        item("input_image", image_url="data:image/png;base64,aGVsbG8=", detail="auto"),
        item("input_file", filename="t.csv", file_data=f"data:text/csv;base64,{data}"),
        item("input_file", file_url="https://files.test/a.pdf"),
        item("input_audio", input_audio={"data": "aGVsbG8=", "format": "wav"}),
        item("a part of tomorrow", url="//elsewhere.test/x"),
    ]
    payload = decoded([{"role": "user", "content": parts}])
    assert {part.media for part in payload.opaque} >= {"image", "file", "audio", "unknown"}
    assert payload.links == ("https://pictures.test/a.png", "https://files.test/a.pdf", "//elsewhere.test/x")
    assert [(one.media, one.path) for one in payload.documents] == [
        ("text/csv", "input[*].content[*]"), ("image/png", "input[*].content[*]"),
    ]  # fmt: skip


def test_a_screenshot_is_opaque():
    payload = decoded(
        [item("computer_call_output", output=item("computer_screenshot", image_url="https://x.test/s.png"))]
    )
    assert (payload.opaque[0].media, payload.links) == ("image", ("https://x.test/s.png",))


REPLY = {
    "id": "resp_1", "object": "response", "created_at": 1741476542, "status": "completed", "error": None,
    "incomplete_details": None, "instructions": f"Greet {NAME}.", "model": "gpt-5", "metadata": {"id": NAME},
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": f"Who is {NAME}?"}],
         "encrypted_content": f"gAAA{NAME}"},
        {"type": "message", "id": MESSAGE_ID, "status": "completed", "role": "assistant", "content": [
            {"type": "output_text", "text": f"Hello {NAME}", "logprobs": [{"token": NAME}],
             "annotations": [{"type": "url_citation", "title": NAME, "url": "https://x.test", "start_index": 0}]}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "mail", "status": "completed",
         "arguments": '{"to":"' + NAME + '"}'},
        {"type": "tool_search_call", "id": "tsc_1", "arguments": {"status": NAME}},
        {"type": "image_generation_call", "id": "ig_1", "result": NAME},
    ],
    "tools": [{"type": "function", "name": "mail", "parameters": {"type": "object", "description": NAME}}],
    "usage": {"input_tokens": 36, "output_tokens": 87, "total_tokens": 123},
}  # fmt: skip


def test_a_reply_is_restored_but_for_what_is_sealed():
    made = orjson.loads(RESPONSES.opened(orjson.dumps(REPLY)).rewritten(make))
    reasoning, message, call, search, image = made["output"]
    assert reasoning["summary"][0]["text"] == f"Who is {ORIGINAL}?"
    assert (reasoning["encrypted_content"], image["result"]) == (f"gAAA{NAME}", NAME)
    assert (message["content"][0]["text"], message["content"][0]["logprobs"]) == (f"Hello {ORIGINAL}", None)
    assert message["content"][0]["annotations"][0]["title"] == ORIGINAL
    assert orjson.loads(call["arguments"]) == {"to": ORIGINAL}
    assert search["arguments"]["status"] == ORIGINAL
    assert (made["metadata"], made["instructions"]) == ({"id": ORIGINAL}, f"Greet {ORIGINAL}.")
    assert made["tools"][0]["parameters"]["description"] == ORIGINAL
    assert (made["usage"], made["created_at"]) == (REPLY["usage"], REPLY["created_at"])


def test_texts_are_those_of_the_reply():
    texts = reply_texts(RESPONSES.opened(orjson.dumps(REPLY)).texts)
    assert f"Hello {NAME}" in texts
    assert not any(text.startswith("gAAA") for text in texts)
    assert {"resp_1", "completed", "output_text", MESSAGE_ID}.isdisjoint(texts)


@pytest.mark.parametrize("reply", [b"", b"[]", b"{}", b'{"output": "a"}', b'{"choices": []}'])
def test_a_reply_of_another_shape_is_the_targets_fault(reply):
    with pytest.raises(ValueError):
        RESPONSES.opened(reply)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function", "parameters": {"properties": {"status": {"type": NAME}}}}]},
        {"text": {"format": {"type": "json_schema", "schema": {"id": NAME}}}},
        {"output": [{"type": "mcp_list_tools", "tools": [{"input_schema": {"role": NAME}}]}]},
    ],
)
def test_schemas_in_replies_are_the_callers_whatever_their_names_are(more):
    made = RESPONSES.opened(orjson.dumps({"output": [], **more})).rewritten(make)
    assert NAME.encode() not in made
