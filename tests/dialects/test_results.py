"""Lines of results: each reads as the whole reply of the API that it is an answer of, whatever the chunks it comes in."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.batches.kept import KeptBatches
from proxy.codecs.endpoints import DIALECTS
from testing.dialects import stand
from testing.dialects.samples import every
from testing.dialects.spoilt import spoilt
from testing.fakes import SSN, reply_texts

APIS = {api.name: api for _, apis in DIALECTS for api in apis if isinstance(api, KeptBatches)}
OPENAI, ANTHROPIC = APIS["openai_files"], APIS["anthropic_batches"]
NAME = "Kilo-Person-Seven"


class Put:
    """A filter that puts one value back."""

    def __init__(self, position):
        self._text = ""

    def feed(self, text):
        self._text += text
        return ""

    def flush(self):
        return self._text.replace(NAME, SSN)


def openai(reply):
    response = {"status_code": 200, "request_id": "r1", "body": reply}
    return {"id": "batch_req_1", "custom_id": "one", "response": response, "error": None}


def anthropic(reply):
    return {"custom_id": "one", "result": {"type": "succeeded", "message": reply}}


def answered():
    """Yield every API that lines may be for, with what it answers and how a line holds it."""
    samples = {api.name: (api, sample) for api, sample in reversed(every())}
    for kept, line in ((OPENAI, openai), (ANTHROPIC, anthropic)):
        for api in set(stand.lines_of(kept).values()):
            yield pytest.param(kept, line, api, samples[api.name][1], id=f"{kept.name}-{api.name}")


ANSWERED = sorted(answered(), key=lambda one: one.id)


def rewritten(kept, data, chunks=None, make=Put, sealed=None):
    rewriter = kept.stream(make, "application/octet-stream", sealed)
    return b"".join([*map(rewriter.feed, chunks or [data]), rewriter.finish()])


def body_of(line):
    result = orjson.loads(line)
    return result["response"]["body"] if "response" in result else result["result"]["message"]


@pytest.mark.parametrize(("kept", "line", "api", "sample"), ANSWERED)
def test_a_line_is_read_as_the_whole_reply_of_its_api(kept, line, api, sample):
    for reply in sample.replies:
        for keys in stand.leaves(reply):
            said = stand.planted(reply, keys, stand.text(NAME, stand.at(reply, keys)))
            if said.get("object") != reply.get("object"):
                continue  # it says of another API than that of its request
            wanted = orjson.loads(api.opened(orjson.dumps(said)).rewritten(Put))
            found = body_of(rewritten(kept, orjson.dumps(line(said)) + b"\n"))
            if api.name != "openai_embeddings":  # which has no texts to put anything back into
                assert found == wanted, keys
            assert NAME not in orjson.dumps(found).decode() or NAME in orjson.dumps(wanted).decode()


@pytest.mark.parametrize("name", sorted(APIS))
def test_every_text_about_what_is_kept_is_read(name):
    api, sample = next((api, sample) for api, sample in every() if api.name == name)
    for reply in sample.replies:
        for keys in stand.leaves(reply):
            said = orjson.dumps(stand.planted(reply, keys, stand.text(NAME, stand.at(reply, keys))))
            assert NAME not in api.opened(said).rewritten(Put).decode(), keys
            assert any(NAME in text for text in reply_texts(api.opened(said).texts)), keys


@pytest.mark.parametrize(("kept", "line", "api", "sample"), ANSWERED)
def test_what_is_sealed_in_a_line_is_told(kept, line, api, sample):
    for reply in sample.replies:
        told: list[str] = []
        rewritten(kept, orjson.dumps(line(reply)) + b"\n", sealed=told.append)
        assert told == api.opened(orjson.dumps(reply)).sealed()


@pytest.mark.parametrize(("kept", "line"), [(OPENAI, openai), (ANTHROPIC, anthropic)])
@settings(deadline=None)
@given(data=st.data())
def test_lines_are_the_same_in_any_chunks(kept, line, data):
    reply = {"object": "chat.completion", "choices": [{"message": {"content": f"to {NAME}"}}], "content": []}
    whole = b"".join(orjson.dumps(line(reply)) + b"\n" for _ in range(3))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert rewritten(kept, whole, chunks) == rewritten(kept, whole)
    assert rewritten(kept, whole[:-1]) == rewritten(kept, whole)


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (OPENAI, {"custom_id": NAME, "response": None, "error": {"code": "expired", "message": f"of {NAME}"}}),
        (OPENAI, {"custom_id": NAME, "response": {"status_code": 400, "body": {"error": {"message": f"no {NAME}"}}}}),
        (OPENAI, {"custom_id": NAME, "method": "POST", "url": "/v1/embeddings", "body": {NAME: [f"by {NAME}"]}}),
        (ANTHROPIC, {"custom_id": NAME, "result": {"type": "errored", "error": {"error": {"message": f"no {NAME}"}}}}),
        (ANTHROPIC, {"custom_id": NAME, "result": {"type": "expired"}}),
    ],
)
def test_every_text_of_a_line_without_an_answer_is_read(kept, line):
    found = rewritten(kept, orjson.dumps(line))
    assert found == orjson.dumps(line).replace(NAME.encode(), SSN.encode()) + b"\n"


@pytest.mark.parametrize(("kept", "line", "api", "sample"), ANSWERED)
def test_an_odd_line_is_read_or_refused(kept, line, api, sample):
    for odd in spoilt(line(stand.copied(sample.replies[0]))):
        for make in (Put, None):
            try:
                rewritten(kept, orjson.dumps(odd), make=make)
            except ValueError:
                continue


def test_a_text_in_place_of_a_vector_is_read():
    import base64

    reply = {"object": "list", "data": [{"embedding": base64.b64encode(f"it is {NAME}, hello".encode()).decode()}]}
    found = body_of(rewritten(OPENAI, orjson.dumps(openai(reply))))
    assert base64.b64decode(found["data"][0]["embedding"]) == f"it is {SSN}, hello".encode()


@pytest.mark.parametrize("data", [b"[]", b"{}", b"no", b'{"custom_id": 1}', b'{"custom_id":"a"}\n{"cus'])
@pytest.mark.parametrize("kept", [OPENAI, ANTHROPIC])
def test_what_is_no_line_of_results_breaks_the_reply_off(kept, data):
    with pytest.raises(ValueError):
        rewritten(kept, data)


@pytest.mark.parametrize("kept", [OPENAI, ANTHROPIC])
def test_a_line_that_nobody_changes_passes_as_it_came(kept):
    data = b'{"custom_id": "a",  "result": {"type": "expired"}}\r\n'
    assert rewritten(kept, data, make=None) == data
