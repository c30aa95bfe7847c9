from __future__ import annotations

import orjson
import pytest

from proxy.codecs.kserve import GENERATE, INFER
from proxy.codecs.kserve.stream import KServeShape
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.fakes import SSN, FakeDetector

NAME = "Name_BCDFGHJKLM"


def filtered(*events: dict, api=INFER) -> list[dict]:
    def restored(position):
        return ReplyFilters({NAME: SSN}, frozenset(), FakeDetector().scan).make(position)

    stream = api.stream(restored)
    out = b"".join(stream.feed(b"data: " + orjson.dumps(event) + b"\n\n") for event in events) + stream.finish()
    return [orjson.loads(one.removeprefix(b"data: ")) for one in out.split(b"\n\n") if one]


def output(*texts: str, name: str = "out", **more: object) -> dict:
    tensor = {"name": name, "datatype": "BYTES", "shape": [len(texts)], "data": list(texts), **more}
    return {"model_name": "m", "id": "7", "outputs": [tensor]}


def test_elements_grow_apart():
    made = filtered(output("Dear Name_BC", "Name_BCDFGH"), output("DFGHJKLM!", "JKLM, hi"))
    pieces = [event["outputs"][0]["data"] for event in made]
    assert ["".join(texts) for texts in zip(*pieces, strict=True)] == [f"Dear {SSN}!", f"{SSN}, hi"]


def test_what_is_held_back_at_the_end_comes_as_one_more_event_without_the_id():
    *_, last = filtered(output("Dear Name_B"))
    assert last == {
        "model_name": "m", "outputs": [{"name": "out", "datatype": "BYTES", "shape": [1], "data": ["Name_B"]}]
    }  # fmt: skip


def test_every_text_beside_grows_too():
    made = filtered({"text_output": "Name_BCD", "note": "a"}, {"text_output": "FGHJKLM", "note": "b"}, api=GENERATE)
    assert "".join(event.get("text_output", "") for event in made) == SSN
    assert "".join(event.get("note", "") for event in made) == "ab"


def test_texts_inside_other_outputs_grow_too():
    first, second = {"choice": {"text": "Name_BCD", "of": ["a"]}}, {"choice": {"text": "FGHJKLM", "of": ["b"]}}
    made = filtered(first, second, api=GENERATE)
    assert "".join(event["choice"]["text"] for event in made if "text" in event["choice"]) == SSN
    *_, last = filtered({"model_name": "m", "choice": {"all": ["a", "Name_B"]}})
    assert last == {"model_name": "m", "choice": {"all": ["", "Name_B"]}}


def test_parameters_are_whole_in_every_event():
    told = {"parameters": {"headers": {"Ce-Source": NAME, "Ce-Id": "Name_B"}}}
    made = filtered(output("Dear ") | told, output("you") | told)
    assert [event["parameters"] for event in made] == [{"headers": {"Ce-Source": SSN, "Ce-Id": "Name_B"}}] * 2


def test_log_probabilities_of_an_event_are_left_out():
    (made,) = filtered({"text_output": "a", "details": {"token": {"text": "a", "id": 1}, "why": "b"}}, api=GENERATE)
    assert made["details"] == {"token": None, "why": "b"}


def test_numbers_pass_but_for_long_whole_ones():
    event = {"outputs": [{"name": "v", "datatype": "FP32", "shape": [2], "data": [0.123456789, 2.5]}]}
    assert filtered(event) == [event]
    meaning = KServeShape().read("", {"outputs": [{"name": "n", "datatype": "INT64", "data": [1, 2]}]})
    assert meaning.pieces == ()


def test_an_error_in_a_stream_is_the_targets():
    with pytest.raises(UpstreamError):
        filtered({"error": f"about {SSN}"})


@pytest.mark.parametrize(
    "event",
    [output("a", name=SSN), output("a", name="of Anna"), output("a", parameters={"content_type": "base64"}), {"outputs": {}},
     {"outputs": [1]}, {"outputs": [{"data": ["a"]}]}, {f"about {SSN}": "a"},
     {"a": {f"about {SSN}": "a"}}, orjson.loads(b'{"a":' * 200 + b'"a"' + b"}" * 200)],
)  # fmt: skip
def test_what_could_not_be_said_again_is_refused(event):
    with pytest.raises(ValueError):
        filtered(event)


def test_a_body_without_an_event_is_no_reply():
    with pytest.raises(ValueError):
        INFER.stream(None).finish()
