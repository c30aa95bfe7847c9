from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.ollama import CHAT, DIALECT, EMBED, EMBEDDINGS, GENERATE
from proxy.core.records import Operation
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import FakeDetector, reply_texts

NAME, ORIGINAL = "Name_BCDFGHJKLM", "Ada Byron"
PIXELS = "iVBORw0KGgo" + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789" * 12


def decode(api, **members):
    return api.decode(Incoming(orjson.dumps({"model": "llama3.2", **members})))


def texts(payload):
    return [span.text for span in payload.spans]


def restored(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset(), FakeDetector().scan).make(position)


def test_every_text_of_a_chat_is_read():
    call = {"function": {"name": "look_up", "arguments": {"person": "Ada"}}}
    payload = decode(
        CHAT,
        messages=[
            {"role": "system", "content": "Be kind."},
            {"role": "assistant", "content": "", "thinking": "Who?", "tool_calls": [call]},
            {"role": "tool", "content": "1815", "tool_name": "look_up"},
        ],
        tools=[{"type": "function", "function": {"name": "look_up", "description": "Finds", "parameters": {}}}],
        options={"stop": ["END"], "temperature": 0.5},
        format={"type": "object", "properties": {"born": {"type": "string"}}},
        keep_alive="5m",
        think="high",
    )
    assert {"Be kind.", "Who?", "look_up", "person", "Ada", "1815", "Finds", "END", "born"} <= set(texts(payload))
    assert not {"system", "tool", "function", "object", "string", "5m", "high"} & set(texts(payload))
    assert payload.operation is Operation.CHAT
    assert payload.tools
    assert payload.features == ()


def test_a_word_that_is_not_the_dialects_is_text():
    payload = decode(CHAT, messages=[{"role": "Ada", "content": ""}], keep_alive="until Ada leaves", format="Ada")
    assert texts(payload).count("Ada") == 2
    assert "until Ada leaves" in texts(payload)


def test_a_completion_is_read():
    payload = decode(GENERATE, prompt="Say", suffix="end", system="Be", template="{{ .Prompt }}", raw=True)
    assert texts(payload) == ["Say", "end", "Be", "{{ .Prompt }}"]


@pytest.mark.parametrize(("api", "members"), [(CHAT, {"messages": []}), (GENERATE, {"prompt": "Say"})])
def test_replies_stream_unless_the_caller_says_otherwise(api, members):
    assert decode(api, **members).stream
    assert decode(api, **members, stream=True).stream
    assert not decode(api, **members, stream=False).stream


def test_pictures_are_opaque():
    chat = decode(CHAT, messages=[{"role": "user", "content": "What?", "images": [PIXELS]}])
    completion = decode(GENERATE, prompt="What?", images=[PIXELS])
    assert [{part.input for part in one.opaque} for one in (chat, completion)] == [{"image"}, {"image"}]
    assert texts(chat) == texts(completion) == ["What?"]


@pytest.mark.parametrize(
    ("members", "asked"),
    [
        ({"context": [1, 2, 3]}, "context"),
        ({"_debug_render_only": True}, "_debug_render_only"),
        ({"options": {"lora": "x"}}, "options.lora"),
        ({"width": 512}, "width"),
    ],
)
def test_what_is_not_known_only_to_tune_is_a_feature(members, asked):
    assert decode(GENERATE, prompt="Say", **members).features == (asked,)


@pytest.mark.parametrize("given", ["one", ["one", "two"]])
def test_inputs_of_embeddings_are_read(given):
    payload = decode(EMBED, input=given)
    assert payload.operation is Operation.EMBEDDING
    assert not payload.stream
    assert texts(payload) == ([given] if isinstance(given, str) else given)
    assert texts(decode(EMBEDDINGS, prompt="one")) == ["one"]


@pytest.mark.parametrize(
    ("api", "members"),
    [
        (CHAT, {}),
        (CHAT, {"messages": "Say"}),
        (CHAT, {"messages": ["Say"]}),
        (GENERATE, {"prompt": [1]}),
        (EMBED, {}),
        (EMBED, {"input": [1, 2]}),
        (EMBEDDINGS, {"prompt": {}}),
    ],
)
def test_what_is_no_request_is_refused(api, members):
    with pytest.raises(MalformedRequestError):
        decode(api, **members)


def test_the_request_goes_to_the_same_path_under_the_targets_name():
    wire = CHAT.encode(decode(CHAT, messages=[{"role": "user", "content": "Ada"}]), {0: NAME}, "toy")
    assert wire.path == "/api/chat"
    assert orjson.loads(wire.body) == {"model": "toy", "messages": [{"role": "user", "content": NAME}]}
    assert NAME in CHAT.outgoing_texts(wire)


def test_a_statement_comes_first():
    chat = CHAT.encode(decode(CHAT, messages=[{"role": "user", "content": "Hi"}]), {}, "toy")
    completion = GENERATE.encode(decode(GENERATE, prompt="Say", system="Be"), {}, "toy")
    assert orjson.loads(CHAT.with_statement(chat, "No!").body)["messages"][0] == {"role": "system", "content": "No!"}
    assert orjson.loads(GENERATE.with_statement(completion, "No!").body)["system"] == "No!\n\nBe"
    assert EMBED.with_statement(EMBED.encode(decode(EMBED, input="a"), {}, "toy"), "No!") is None


def test_texts_of_replies_are_filtered():
    call = {"function": {"name": "look_up", "arguments": {"person": NAME}}}
    said = {"role": "assistant", "content": f"It is {NAME}.", "thinking": NAME, "tool_calls": [call]}
    reply = {"model": "toy", "created_at": "2026-11-26T10:00:00.5Z", "message": said, "done": True, "eval_count": 3}
    assert set(reply_texts(CHAT.opened(orjson.dumps(reply)).texts)) == {f"It is {NAME}.", NAME, "look_up", "person"}
    made = orjson.loads(CHAT.opened(orjson.dumps(reply)).rewritten(restored))
    assert made["message"]["content"] == f"It is {ORIGINAL}."
    assert made["message"]["tool_calls"][0]["function"]["arguments"] == {"person": ORIGINAL}
    assert (made["created_at"], made["eval_count"]) == (reply["created_at"], 3)


def test_what_spells_the_unfiltered_text_is_dropped():
    reply = {"model": "toy", "response": NAME, "context": [5, 6], "logprobs": [{"token": NAME, "bytes": [78]}]}
    made = orjson.loads(GENERATE.opened(orjson.dumps(reply)).rewritten(restored))
    assert (made["response"], made["context"], made["logprobs"]) == (ORIGINAL, None, None)


@pytest.mark.parametrize("member", ["remote_host", "remote_model"])
def test_a_reply_of_another_server_is_none(member):
    reply = {"model": "toy", "response": "Hi", "done": True, member: "https://elsewhere.example"}
    with pytest.raises(ValueError, match="another server"):
        GENERATE.opened(orjson.dumps(reply))


@pytest.mark.parametrize("reply", [b"[]", b"{}", b'{"response": 5}', b'{"error": "no"}', b"no"])
def test_what_is_no_reply_is_refused(reply):
    with pytest.raises(ValueError, match=r"."):
        GENERATE.opened(reply)


def test_embeddings_hold_no_text():
    assert EMBED.opened(orjson.dumps({"model": "toy", "embeddings": [[0.5]], "total_duration": 5})).texts == []
    assert EMBEDDINGS.opened(orjson.dumps({"embedding": [0.5]})).texts == []


@pytest.mark.parametrize("member", ["person", "id", "type", "role", "model", "index"])
def test_arguments_of_calls_are_filtered_whatever_their_names_are(member):
    call = {"function": {"name": "f", "arguments": {member: NAME, "in": [{member: NAME}]}}}
    reply = orjson.dumps({"message": {"role": "assistant", "content": "", "tool_calls": [call]}, "done": True})
    made = orjson.loads(CHAT.opened(reply).rewritten(restored))["message"]["tool_calls"][0]["function"]["arguments"]
    assert made == {member: ORIGINAL, "in": [{member: ORIGINAL}]}


def test_errors_are_one_word_of_json():
    assert orjson.loads(DIALECT.error(403, "denied", "refused by policy", "x")) == {"error": "refused by policy"}
    assert DIALECT.error_event("application/x-ndjson", "cut", "it broke", "x").endswith(b"\n")


def test_models_are_listed_as_its_clients_read_them():
    (shown,) = orjson.loads(DIALECT.models(["toy"]))["models"]
    assert (shown["name"], shown["model"]) == ("toy", "toy")


def test_unknown_paths_beside_its_own_answer_in_its_shape():
    assert TABLE.find("POST", "/api/pull", {}).dialect is DIALECT
    assert TABLE.find("GET", "/api/tags", {}).served.api is None
    assert TABLE.find("POST", "/api/chat", {}).served.api.name == "ollama_chat"
