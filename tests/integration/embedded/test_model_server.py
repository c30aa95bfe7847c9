"""The in-region model server as the OpenAI SDK sees it."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

import openai
import orjson
import pytest

from proxy.codecs import llamacpp
from proxy.core.replies.reply import ReplyFilters
from proxy.core.wire import Incoming
from testing.fakes import FakeDetector, reply_texts

OPENING = "In-region toy model: "
ASKED = [{"role": "user", "content": "Tell me about the invoice"}]


@pytest.fixture
def client(model_url):
    with openai.OpenAI(base_url=f"{model_url}/v1", api_key="none", max_retries=0) as sdk:
        yield sdk


@pytest.mark.parametrize("text", [
    "Tell me about the invoice",
    "x",
    'Größe 名前 \u0000 🙂 {"a": [1, 2]}',
    "word " * 400,
])  # fmt: skip
def test_greedy_answer_is_readable_ascii(client, text):
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    reply = client.chat.completions.create(model="any", messages=asked, temperature=0)
    content = reply.choices[0].message.content
    assert content.startswith(OPENING)
    assert content.isascii()
    assert content.isprintable()
    assert reply.choices[0].finish_reason == "stop"
    assert reply.model == "in-region-toy"


def test_stream_equals_whole(client):
    whole = client.chat.completions.create(model="any", messages=ASKED, temperature=0).choices[0].message.content
    stream = client.chat.completions.create(
        model="any", messages=ASKED, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole
    assert chunks[-1].usage.completion_tokens > 0


def test_embeddings_of_several_texts(client):
    reply = client.embeddings.create(model="any", input=["invoice", "contract"])
    first, second = (item.embedding for item in reply.data)
    assert len(first) == len(second) > 1
    assert first != second


def test_context_holds_a_long_text_and_refuses_a_longer_one(client):
    client.chat.completions.create(model="any", messages=[{"role": "user", "content": "the invoice " * 2000}])
    with pytest.raises(openai.BadRequestError, match="context size"):
        client.chat.completions.create(model="any", messages=[{"role": "user", "content": "q" * 20_000}])


def test_missing_model_file_is_named(tmp_path):
    command = [sys.executable, "-m", "proxy.embedded.model_server", "--port", "1", "--model", str(tmp_path / "no.gguf")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "no model file at" in ended.stderr


def answered(model_url, name, **members):
    """Return what a native API answers to a request as its codec writes it, and the codec."""
    api = next(one for one in llamacpp.APIS if one.name == name)
    wire = api.encode(api.decode(Incoming(orjson.dumps(members))), {}, "any")
    asked = urllib.request.Request(model_url + wire.path, wire.body, {"content-type": wire.media})
    with urllib.request.urlopen(asked, timeout=30) as reply:
        return reply.read(), api


def test_native_apis_answer_what_their_codec_reads(model_url):
    said, api = answered(model_url, "llamacpp_completion", prompt="the invoice", n_predict=4, n_probs=2)
    assert "the invoice" in reply_texts(api.opened(said).texts)
    assert orjson.loads(api.opened(said).rewritten(unfiltered))["completion_probabilities"] is None
    said, api = answered(model_url, "llamacpp_completion", prompt=["the invoice", "a word"], n_predict=4)
    assert {"the invoice", "a word"} <= set(reply_texts(api.opened(said).texts))
    said, api = answered(model_url, "llamacpp_template", messages=[{"role": "user", "content": "the invoice"}])
    assert any("the invoice" in text for text in reply_texts(api.opened(said).texts))
    for name in ("llamacpp_embedding", "llamacpp_tokenize"):
        said, api = answered(model_url, name, content="the invoice")
        assert api.opened(said).texts == []


def test_a_native_stream_ends_as_its_codec_knows(model_url):
    whole, _ = answered(model_url, "llamacpp_completion", prompt="the invoice", n_predict=16, temperature=0)
    raw, api = answered(
        model_url, "llamacpp_completion", prompt="the invoice", n_predict=16, temperature=0, stream=True
    )
    for make in (unfiltered, None):
        stream = api.stream(make)
        made = stream.feed(raw) + stream.finish()
        texts = [orjson.loads(line[6:])["content"] for line in made.splitlines() if line.startswith(b"data: ")]
        assert stream.complete
        assert "".join(texts) == orjson.loads(whole)["content"]


def unfiltered(position):
    return ReplyFilters({}, frozenset(), FakeDetector().scan).make(position)
