from __future__ import annotations

import orjson
import pytest

from proxy.codecs.batches.results import ResultsRewriter, below
from proxy.codecs.reply import ReplyTable, check
from proxy.codecs.reply_keys import KEYS

REPLY = ReplyTable(
    structural=frozenset({"role"}), needs={"text": str}, sealed=("seal",), spelled=("logprobs",), free=("call.input",),
    keys=KEYS | {"seal"},
)  # fmt: skip
TABLE = below(REPLY, "response.body", frozenset({"id"}), needs={"custom_id": str})


class Upper:
    def __init__(self, position):
        self.inside_json = position.document

    def feed(self, text):
        return text.upper()

    def flush(self):
        return ""


def line(**body):
    return {"id": "r1", "custom_id": "one", "response": {"body": body}}


def written(data, make=Upper, sealed=None):
    rewriter = ResultsRewriter(lambda _line: TABLE, make, sealed)
    return rewriter.feed(data) + rewriter.finish()


def test_a_table_holds_below_a_place():
    said = line(text="hello", role="user", seal="abc", logprobs=[1], call={"input": {"who": "ada"}})
    wanted = line(text="HELLO", role="user", seal="abc", logprobs=None, call={"input": {"WHO": "ADA"}})
    assert orjson.loads(written(orjson.dumps(said))) == {**wanted, "custom_id": "ONE"}


def test_what_is_sealed_is_told():
    told: list[str] = []
    written(orjson.dumps(line(seal="abc")), sealed=told.append)
    assert told == ["abc"]


def test_what_a_line_needs_is_asked_of_the_line():
    check(line(), TABLE)
    with pytest.raises(ValueError, match="not a reply"):
        check({"id": "r1"}, TABLE)


def test_lines_come_as_they_are_complete():
    one, two = orjson.dumps(line(text="a")) + b"\n", orjson.dumps(line(text="b"))
    rewriter = ResultsRewriter(lambda _line: TABLE, Upper)
    assert rewriter.feed(one + two).count(b"\n") == 1
    assert rewriter.feed(b"\n\n").count(b"\n") == 2
    assert (rewriter.finish(), rewriter.complete) == (b"", False)


@pytest.mark.parametrize("data", [b"1\n", b"[]\n", b"no\n"])
def test_what_is_no_object_is_no_line(data):
    with pytest.raises(ValueError):
        written(data)
