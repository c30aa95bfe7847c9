from __future__ import annotations

import base64

import orjson
import pytest

from proxy.codecs import request
from proxy.codecs.openai.apis import CHAT
from proxy.core.records import OpaquePart
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, chat

CODEC = CHAT


def decoded(content="hello", **more):
    return CODEC.decode(Incoming(chat(content, **more)))


def spans(**more):
    return {span.path: span.text for span in decoded(**more).spans}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"1",
        b"\xff",
        b'{"model": "m"',
        b'{"a": "\\ud800"}',
        b"[" * 5000,
        b"\x00",
        b'{"a": NaN}',
    ],
)
def test_not_a_json_object(body):
    with pytest.raises(MalformedRequestError) as caught:
        request.parse(body)
    assert caught.value.status == 400


@pytest.mark.parametrize("model", [None, "", 5, ["m"], "John Smith", "m\n", "m" * 129, "m\u00e9", "-m", {"a": 1}])
def test_model_must_be_a_name(model):
    body = orjson.loads(chat()) | {"model": model}
    with pytest.raises(MalformedRequestError):
        CODEC.decode(Incoming(orjson.dumps(body)))


@pytest.mark.parametrize(
    "model", ["gpt-4o-mini", "meta-llama/Llama-3.1-8B", "ft:gpt-4o:org::abc123", "a@2024-01", "x+y_z"]
)
def test_model_names(model):
    assert CODEC.decode(Incoming(orjson.dumps(orjson.loads(chat()) | {"model": model}))).model == model


def test_repeated_keys_are_refused():
    body = b'{"model":"m","user":"078-05-1120","user":"ok","messages":[{"role":"user","content":"hi"}]}'
    with pytest.raises(MalformedRequestError) as caught:
        CODEC.decode(Incoming(body))
    assert SSN not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("user", SSN),
        ("metadata", {"patient": SSN}),
        ("metadata", {SSN: "x"}),
        ("stop", [SSN]),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"description": SSN}}}),
        ("tools", [{"type": "function", "function": {"name": "f", "description": SSN, "parameters": {}}}]),
        ("prediction", {"type": "content", "content": SSN}),
        ("a field of tomorrow", {"x": [[SSN]]}),
        ("reasoning_effort", SSN),
        ("service_tier", SSN),
        ("tool_choice", {"type": "function", "function": {"name": SSN}}),
        ("id", f"call_{SSN}"),
        ("id", "call_4111111111111111"),
        ("safety_identifier", SSN),
    ],
)
def test_text_anywhere_is_a_span(where, value):
    payload = decoded(**{where: value})
    needle = "4111111111111111" if "4111" in str(value) else SSN
    assert any(needle in span.text for span in payload.spans)


def test_the_dialects_own_words_are_no_spans():
    payload = decoded(
        "hi", tool_choice="auto", service_tier="default", seed=12345678, temperature=0.123456789,
        stream_options={"include_usage": True}, response_format={"type": "json_object"},
    )  # fmt: skip
    assert [span.text for span in payload.spans] == ["hi"]


def test_roles_and_call_ids_are_no_spans_but_the_rest_of_a_tool_call_is():
    call = {"id": "call_Xa9Fm2", "type": "function", "function": {"name": "find", "arguments": '{"who": "Ada"}'}}
    messages = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_Xa9Fm2", "content": "r"},
    ]
    payload = CODEC.decode(Incoming(orjson.dumps({"model": "m", "messages": messages})))
    assert [(span.path, span.text) for span in payload.spans] == [
        ("messages[*].tool_calls[*].function.name", "find"),
        ("messages[*].tool_calls[*].function.arguments.*", "who"),
        ("messages[*].tool_calls[*].function.arguments.*", "Ada"),
        ("messages[*].content", "r"),
    ]


def test_numbers_inside_tool_arguments_are_read():
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"seed": 4111111111111111}'}}
    payload = CODEC.decode(
        Incoming(orjson.dumps({"model": "m", "messages": [{"role": "assistant", "tool_calls": [call]}]}))
    )
    assert "4111111111111111" in [span.text for span in payload.spans]


@pytest.mark.parametrize(
    ("part", "media"),
    [
        ({"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}, "image"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "audio"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "file"),
        ({"type": "hologram"}, "unknown"),
        ({"type": ["text"], "text": "hi"}, "unknown"),
        ({"type": {}, "text": "hi"}, "unknown"),
        ({"text": "no type"}, "unknown"),
        (5, "unknown"),
        (["x"], "unknown"),
    ],
)
def test_parts_that_are_no_text_are_opaque(part, media):
    assert OpaquePart("messages[*].content[*]", media) in decoded([{"type": "text", "text": "see"}, part]).opaque


def test_text_parts_are_read():
    payload = decoded([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}])
    assert ([span.text for span in payload.spans], payload.opaque) == (["one", "two"], ())


@pytest.mark.parametrize(
    ("url", "media"),
    [
        ("data:image/png;base64,AAAA", "image/png"),
        ("DATA:IMAGE/PNG;base64,AAAA", "image/png"),
        (" data:application/pdf,AAAA", "application/pdf"),
        ("data:text/plain;base64,MDc4LTA1LTExMjA=", "text/plain"),
        ("data:;base64,MDc4LTA1LTExMjA=", "text/plain"),
    ],
)
def test_encoded_content_is_opaque_wherever_it_stands(url, media):
    payload = decoded("hi", metadata={"where": url})
    assert OpaquePart("metadata.*", media) in payload.opaque
    assert url not in [span.text for span in payload.spans]


def test_a_readable_data_url_is_text():
    assert spans(metadata={"where": f"data:text/plain,{SSN}"})["metadata.*"] == f"data:text/plain,{SSN}"


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), (False, False), (None, False), (1, True), ("true", True)]
)
def test_a_request_that_may_be_kept_is_stateful(value, expected):
    assert decoded(store=value).stateful is expected


@pytest.mark.parametrize(("value", "expected"), [("24h", True), ("in_memory", False), (None, False), ("new", True)])
def test_a_prompt_cache_that_outlives_the_request_is_stateful(value, expected):
    assert decoded("hi", prompt_cache_retention=value).stateful is expected


def test_a_callers_key_is_in_no_path():
    """Paths go to the policy engine and into records."""
    payload = decoded("hi", metadata={"ada@mail.example": ["call her", "data:image/png;base64,AAAA"]})
    assert {part.path for part in (*payload.spans, *payload.opaque)} == {
        "messages[*].content", "metadata.*", "metadata.*[*]",
    }  # fmt: skip
    assert "ada@mail.example" in [span.text for span in payload.spans]


def test_a_made_up_media_type_is_not_told():
    payload = decoded("data:Ada.Lovelace/DE89370400440532013000,xx")
    assert [part.media for part in payload.opaque] == ["unknown"]
    assert [part.media for part in decoded("data:image/x-ada-lovelace,xx").opaque] == ["image"]


def test_a_long_number_is_no_parameter():
    assert "4111111111111111" in [span.text for span in decoded("hi", seed=4111111111111111).spans]
    assert [span.text for span in decoded("hi", seed=2147483647, temperature=0.70000001).spans] == ["hi"]


@pytest.mark.parametrize("blob", [bytes(range(256)) * 2, "Grüße an Ada ".encode("utf-16") * 20])
def test_base64_that_holds_no_text_is_opaque_under_every_key(blob):
    encoded = base64.b64encode(blob).decode()
    messages = [{"role": "user", "content": "what is it", "images": [encoded]}]
    payload = CODEC.decode(Incoming(orjson.dumps({"model": "m", "messages": messages})))
    assert payload.opaque == (OpaquePart("messages[*].*[*]", "application/octet-stream"),)


def test_base64_of_text_and_long_plain_tokens_are_text():
    texts = (base64.b64encode(("Grüße an Ada, " * 400).encode()).decode(), "a" * 300, "word-" * 80, "0" * 400)
    for text in texts:
        assert decoded(text).opaque == ()


def test_a_content_part_outside_a_list_and_an_earlier_recording_are_opaque():
    part = {"type": "image_url", "image_url": {"url": "https://pictures.example/1.png"}}
    messages = [{"role": "user", "content": part}, {"role": "assistant", "audio": {"id": "audio_1"}}]
    payload = CODEC.decode(Incoming(orjson.dumps({"model": "m", "messages": messages})))
    assert [one.media for one in payload.opaque] == ["image", "audio"]


def test_encode_writes_the_targets_model_and_the_new_texts():
    payload = decoded("hello Ada", metadata={"n": 12345678})
    index = {span.text: number for number, span in enumerate(payload.spans)}
    body = orjson.loads(
        CODEC.encode(payload, {index["hello Ada"]: "hello X", index["12345678"]: "[ID]"}, "theirs").body
    )
    assert body["model"] == "theirs"
    assert body["messages"][0]["content"] == "hello X"
    assert body["metadata"] == {"n": "[ID]"}
    assert payload.document["messages"][0]["content"] == "hello Ada"


def test_mistrals_chunks_are_known_for_what_they_are():
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "deep"}], "signature": "EqoB"}
    resource = {"type": "resource", "uri": "notes:///ada", "content": {"type": "text", "text": "note"}}
    named = {"type": "document_url", "document_url": "https://x.test/a.pdf", "document_name": "of Ada"}
    payload = decoded([thought, {"type": "reference", "reference_ids": ["first"]}, resource, named])
    texts = [span.text for span in payload.spans]
    assert texts == ["deep", "first", "notes:///ada", "note", "https://x.test/a.pdf", "of Ada"]
    assert payload.links == ("https://x.test/a.pdf",)
    assert [part.media for part in payload.opaque] == ["file", "sealed"]
    assert payload.features == ()


def test_a_document_in_a_data_url_is_a_file_that_can_be_read():
    uri = "data:text/plain;base64," + base64.b64encode(b"notes of today").decode()
    (document,) = decoded([{"type": "document_url", "document_url": uri, "document_name": "a.txt"}]).documents
    assert (document.media, document.path) == ("text/plain", "messages[*].content[*]")


@pytest.mark.parametrize(
    ("part", "feature"),
    [
        ({"type": "file", "file_id": "f1"}, "messages.content.file_id"),
        ({"type": "resource", "resource": {}}, "messages.content.resource"),
    ],
)
def test_chunks_that_name_what_is_kept_are_features(part, feature):
    assert decoded([part]).features == (feature,)


def test_a_link_to_a_resource_would_be_fetched():
    payload = decoded([{"type": "resource_link", "uri": "https://x.test/a"}])
    assert (payload.links, [part.media for part in payload.opaque]) == (("https://x.test/a",), ["file"])
