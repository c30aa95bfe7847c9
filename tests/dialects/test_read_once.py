"""A whole reply is parsed once and walked once, in every dialect, although it is read, judged and written."""

from __future__ import annotations

import pytest

from bench.restoration import cases
from proxy.codecs import numbers, pointer

MARK = "granite harbour"


def of_words(table):
    """Return a position of words in a reply that is an object."""
    for position in table.positions() if table.sample.replies else ():
        apart = position.streamed or position.called or position.address or position.joined
        if not apart and "b64" not in position.name and position.plant(MARK).startswith(b"{"):
            return position
    return None


TRIED = [pytest.param(table, at, id=table.api.name) for table in cases.tables() if (at := of_words(table)) is not None]


@pytest.fixture
def counted(monkeypatch):
    """Return what is parsed, and the documents of replies that are walked."""
    parsed, walked = [], []
    loads, replied = numbers.loads, pointer.replied

    def load(data, **more):
        parsed.append(data)
        return loads(data, **more)

    def walk(document, *more):
        walked.append(document)
        return replied(document, *more)

    monkeypatch.setattr(numbers, "loads", load)
    monkeypatch.setattr(pointer, "replied", walk)
    return parsed, walked


@pytest.mark.parametrize(("table", "position"), TRIED)
def test_a_reply_is_parsed_and_walked_once(table, position, counted):
    text = f"{MARK} of {table.stand_ins[cases.WORDS]}"
    parsed, walked = counted
    walked.clear()
    assert cases.WORDS in table.answer(position, text)
    assert len(walked) == 1
    assert sum(MARK.encode() in data for data in parsed if isinstance(data, bytes)) == 1
