"""Where Gemini's APIs are served and stand at targets, and what is a request of each."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.endpoints import TABLE
from proxy.codecs.gemini import APIS
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError
from testing.fakes import SSN, reply_texts

GENERATE, COUNT_TOKENS, EMBED, BATCH_EMBED = APIS
MODEL = "gemini-3"


def decoded(document, api=GENERATE, **more):
    return api.decode(Incoming(orjson.dumps(document), variables={"model": MODEL}, **more))


def asked(*parts, **more):
    return decoded({"contents": [{"role": "user", "parts": list(parts or ({"text": "hi"},))}], **more})


def texts(payload):
    return [span.text for span in payload.spans]


@pytest.mark.parametrize(
    ("path", "stream", "verb"),
    [
        (f"/v1beta/models/{MODEL}:generateContent", False, "generateContent"),
        (f"/v1/models/{MODEL}:streamGenerateContent", True, "streamGenerateContent"),
        (f"/v1beta1/projects/p/locations/l/publishers/google/models/{MODEL}:generateContent", False, "generateContent"),
        (f"/v1/projects/p/locations/l/publishers/google/models/{MODEL}:streamGenerateContent", True, "streamGenerateContent"),
    ],
)  # fmt: skip
def test_model_and_stream_stand_in_the_path(path, stream, verb):
    found = TABLE.find("POST", path, ())
    endpoint = found.served.endpoint
    incoming = Incoming(b'{"contents":[{"parts":[{"text":"a"}]}]}', stream=endpoint.stream, variables=found.variables,
                        query={"alt": "sse"} if stream else {})  # fmt: skip
    payload = found.served.api.decode(incoming)
    assert (payload.model, payload.stream, texts(payload)) == (MODEL, stream, ["a"])
    wire = found.served.api.encode(payload, {}, "own/x")
    assert wire.path == f"/models/own%2Fx:{verb}"
    assert wire.query == ((("alt", "sse"),) if stream else ())


@pytest.mark.parametrize(
    "path",
    [
        f"/v1beta/models/{MODEL}:predict", f"/v1beta/models/{MODEL}:predictLongRunning", "/v1beta/cachedContents",
        "/v1beta/files", f"/v1beta/models/{MODEL}:batchGenerateContent", "/v1beta/interactions",
        "/v1/projects/p/locations/l/publishers/mistralai/models/large:rawPredict",
        f"/v1/projects/p/locations/l/publishers/google/models/{MODEL}:computeTokens",
        "/v1/projects/p/locations/l/endpoints/1:generateContent", f"/v1beta/tunedModels/{MODEL}:generateContent",
    ],
)  # fmt: skip
def test_other_paths_are_unknown(path):
    assert TABLE.find("POST", path, ("x-goog-api-key",)).served is None


def test_the_list_of_models_is_told_by_path_or_header():
    for path, headers in (("/v1beta/models", ()), ("/v1/models", ("x-goog-api-key",))):
        assert TABLE.find("GET", path, headers).dialect.name == "gemini"
    assert TABLE.find("GET", "/v1/models", ()).dialect.name == "openai"


@pytest.mark.parametrize("contents", [None, [], "x", [1]])
def test_contents_must_be_a_list_of_objects(contents):
    for api in (GENERATE, COUNT_TOKENS):
        with pytest.raises(MalformedRequestError):
            decoded({"contents": contents}, api)


def test_a_statement_goes_before_the_callers_own():
    for given, wanted in (
        (None, [{"text": "note"}]),
        ({"parts": [{"text": "s"}], "role": "user"}, [{"text": "note"}, {"text": "s"}]),
        ("s", [{"text": "note"}, {"text": "s"}]),
    ):
        wire = GENERATE.encode(asked(systemInstruction=given), {}, "m")
        assert orjson.loads(GENERATE.with_statement(wire, "note").body)["systemInstruction"]["parts"] == wanted


def test_counting_reads_the_same_text_wherever_it_stands():
    request = {"contents": [{"parts": [{"text": SSN}]}], "model": f"models/{MODEL}"}
    for document in (request, {"generateContentRequest": {**request, "systemInstruction": {"parts": [{"text": SSN}]}}}):
        payload = decoded(document, COUNT_TOKENS)
        assert SSN in texts(payload)
        assert MODEL not in " ".join(texts(payload))
        wire = COUNT_TOKENS.encode(payload, {}, "own")
        assert b'"models/own"' in wire.body
        assert MODEL.encode() not in wire.body
    assert COUNT_TOKENS.opened(b'{"totalTokens": 7}').texts == []


@pytest.mark.parametrize(
    ("api", "document", "path"),
    [
        (EMBED, {"content": {"parts": {"text": SSN}}, "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 256}, ":embedContent"),
        (BATCH_EMBED, {"requests": [{"model": f"models/{MODEL}", "content": {"parts": [{"text": SSN}]}}]}, ":batchEmbedContents"),
    ],
)  # fmt: skip
def test_embeddings(api, document, path):
    payload = decoded(document, api)
    assert (texts(payload), payload.features, payload.opaque) == ([SSN], (), ())
    wire = api.encode(payload, {0: "X"}, "own")
    assert (wire.path, SSN.encode() in wire.body) == (f"/models/own{path}", False)
    assert (
        reply_texts(api.opened(b'{"embedding": {"values": [0.1]}}').texts)
        == api.opened(b'{"embeddings": [{"values": [0.1]}]}').texts
        == []
    )
    with pytest.raises(ValueError):
        api.opened(b'{"data": []}')


@pytest.mark.parametrize("api", [EMBED, BATCH_EMBED])
@pytest.mark.parametrize("document", [{}, {"content": "x"}, {"requests": []}, {"requests": [{"content": "x"}]}])
def test_embeddings_need_content(api, document):
    with pytest.raises(MalformedRequestError):
        decoded(document, api)


def test_a_request_that_names_another_model_than_the_path_is_refused():
    with pytest.raises(MalformedRequestError):
        decoded({"requests": [{"model": "models/other", "content": {"parts": []}}]}, BATCH_EMBED)
