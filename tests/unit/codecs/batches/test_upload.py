from __future__ import annotations

import orjson
import pytest

from proxy.codecs import multipart
from proxy.codecs.anthropic import APIS as ANTHROPIC
from proxy.codecs.openai import APIS as OPENAI
from proxy.core.decision import lines
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, PayloadTooLargeError, StatefulUnsupportedError

FILES_API = next(api for api in OPENAI if api.name == "openai_files")
MESSAGES = next(api for api in ANTHROPIC if api.name == "anthropic_batches")


def chat(name="one", said="hello", url="/v1/chat/completions", **more):
    body = {"model": "m", "messages": [{"role": "user", "content": said}], **more}
    return {"custom_id": name, "method": "POST", "url": url, "body": body}


def form(*made, purpose="batch", name="in.jsonl", fields=()):
    data = b"\n".join(one if isinstance(one, bytes) else orjson.dumps(one) for one in made)
    parts = [multipart.FormPart("purpose", None, "text/plain", purpose.encode())]
    parts += [multipart.FormPart(field, None, "text/plain", text.encode()) for field, text in fields]
    parts.append(multipart.FormPart("file", name, "application/octet-stream", data))
    body = multipart.write(multipart.Form("b", tuple(parts)))
    return Incoming(body, media=multipart.MEDIA, parameters={"boundary": "b"})


def sent(wire):
    file = next(part for part in multipart.read(wire.media, wire.body).parts if part.name == "file")
    return [orjson.loads(line) for line in file.content.splitlines()]


def params(name="one", said="hello", **more):
    return {
        "custom_id": name,
        "params": {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": said}], **more},
    }


def test_every_line_is_a_request_of_its_own():
    payload = FILES_API.decode(form(chat("one", "hello"), chat("two", "bye")))
    assert (payload.model, payload.operation.value, payload.stateful, payload.must_store) == ("m", "batch", True, True)
    assert payload.batched is not None
    assert (payload.batched.url, payload.batched.api, payload.batched.ids) == (
        "/v1/chat/completions", "openai_chat", ("one", "two"),
    )  # fmt: skip
    assert [(part.line, [span.text for span in part.spans]) for part in payload.parts] == [(1, ["hello"]), (2, ["bye"])]
    assert all(part.stateful for part in payload.parts)


def test_a_line_leaves_with_its_new_text_and_without_its_name():
    payload = FILES_API.decode(form(chat("Ada's", "hello Ada"), chat("two", "bye"), name="ada.jsonl"))
    texts = {at: span.text.replace("ada", "x").replace("Ada", "X") for at, span in enumerate(payload.spans)}
    wire = FILES_API.encode(payload, texts, "theirs")
    made = sent(wire)
    assert [line["body"]["messages"][0]["content"] for line in made] == ["hello X", "bye"]
    assert [(line["custom_id"], line["body"]["model"]) for line in made] == [
        (lines.stand_in(1), "theirs"), (lines.stand_in(2), "theirs"),
    ]  # fmt: skip
    assert b"ada" not in wire.body.lower()
    assert wire.path == "/files"
    assert [text for text in FILES_API.outgoing_texts(wire) if "hello" in text] == ["hello X"]
    assert not any("line_cp" in text for text in FILES_API.outgoing_texts(wire))


def test_a_statement_goes_with_every_line():
    payload = MESSAGES.decode(Incoming(orjson.dumps({"requests": [params("one"), params("two")]})))
    wire = MESSAGES.with_statement(MESSAGES.encode(payload, {}, "m"), "note")
    assert wire is not None
    requests = orjson.loads(wire.body)["requests"]
    assert [one["params"]["system"][0]["text"] for one in requests] == ["note", "note"]
    plain = FILES_API.with_statement(FILES_API.encode(FILES_API.decode(form(chat())), {}, "m"), "note")
    assert plain is not None
    assert sent(plain)[0]["body"]["messages"][0] == {"role": "system", "content": "note"}


def test_where_one_line_has_no_place_for_a_statement_there_is_none():
    body = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m", "input": "hello"}}
    assert FILES_API.with_statement(FILES_API.encode(FILES_API.decode(form(body)), {}, "m"), "note") is None


def test_azures_paths_are_paths_of_lines_too():
    payload = FILES_API.decode(form(chat(url="/chat/completions")))
    assert sent(FILES_API.encode(payload, {}, "m"))[0]["url"] == "/chat/completions"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([b"no"], "line 1: the body is not valid JSON"),
        ([chat(), b"", chat("two")], "line 2: "),
        ([chat(), b"[]"], "line 2: the body must be a JSON object"),
        ([b'{"custom_id":"a","custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{}}'], "line 1: an object"),
        ([chat(), {**chat("two"), "more": 1}], "line 2: it must have these members"),
        ([chat(), {**chat("two"), "method": "GET"}], "line 2: 'method'"),
        ([chat(), {**chat("two"), "body": []}], "line 2: 'method'"),
        ([chat(), {**chat(""), "custom_id": ""}], "line 2: 'custom_id'"),
        ([{**chat(), "custom_id": 1}], "line 1: 'custom_id'"),
        ([chat("a"), chat("b"), chat("a")], "line 3: its custom_id is that of line 1"),
        ([chat(), chat("two", url="/v1/responses")], "line 2: its url is not that of line 1"),
        ([chat(url="/v1/images/edits")], "line 1: its url must be one of"),
        ([chat(), chat("two", model="other")], "line 2: its model is not that of line 1"),
        ([chat(), chat("two", messages=[])], "line 2: 'messages'"),
        ([chat(), chat("two", stream=True)], "line 2: a line of a batch does not stream"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_request_is_named(made, told):
    with pytest.raises(MalformedRequestError) as refused:
        FILES_API.decode(form(*made))
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("more", [{"store": True}, {"previous_response_id": "resp_cp_" + "b" * 32}])
def test_a_line_that_asks_a_target_to_keep_something_is_named(more):
    body = {"model": "m", "input": "hello", **more}
    line = {"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": body}
    with pytest.raises(StatefulUnsupportedError, match="line 1: "):
        FILES_API.decode(form(line))


def test_a_response_that_nobody_asked_to_keep_is_not_kept():
    line = {"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": {"model": "m", "input": "hello"}}
    assert sent(FILES_API.encode(FILES_API.decode(form(line)), {}, "m"))[0]["body"]["store"] is False


def test_no_message_quotes_what_a_caller_calls_a_line():
    with pytest.raises(MalformedRequestError) as refused:
        FILES_API.decode(form(chat("Ada"), chat("Ada")))
    assert "Ada" not in str(refused.value)


def test_too_many_texts_are_refused():
    many = [chat(f"n{number}", said=[{"type": "text", "text": "x"}] * 9_000) for number in range(3)]
    with pytest.raises(PayloadTooLargeError, match="the lines together"):
        FILES_API.decode(form(*many))
