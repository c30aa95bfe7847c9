"""Results of many requests, one a line (JSONL): each is read by the reply table of the API its request was for. Pure.

Bytes go out as lines come in, so a file is never held whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proxy.codecs import numbers
from proxy.codecs import reply as replies
from proxy.codecs.base import FilterFactory, Sealed
from proxy.codecs.framing import CountedFrames, Frame
from proxy.codecs.framing.ndjson import Ndjson, encode
from proxy.codecs.reply import ReplyTable
from proxy.codecs.whole_reply import WholeReply

#: Longest line, bytes.
_LONGEST = 8 << 20


def below(
    table: ReplyTable, path: str, words: frozenset[str], needs: Mapping[str, type | tuple[type, ...]]
) -> ReplyTable:
    """Return a table for lines that hold a reply of another table at a place, and words of their own around it."""
    return replace(table.below(f"{path}."), structural=table.structural | words, needs=needs)


@dataclass(slots=True)
class ResultsRewriter:
    """Implements ``StreamRewriter``; ``table_of`` returns the table of a line."""

    table_of: Callable[[Mapping[str, Any]], ReplyTable]
    make: FilterFactory | None
    sealed: Sealed | None = None
    complete: bool = False
    frames: CountedFrames = field(default_factory=lambda: CountedFrames(Ndjson(limit=_LONGEST).parser()))

    def feed(self, chunk: bytes) -> bytes:
        return b"".join(map(self._rewrite, self.frames.feed(chunk)))

    def finish(self) -> bytes:
        return b"".join(map(self._rewrite, self.frames.finish()))

    def _rewrite(self, frame: Frame) -> bytes:
        if frame.data is None:
            return frame.raw
        document = replies.expect(replies.load(frame.data), dict, "not a line of results")
        table = self.table_of(document)
        replies.check(document, table)
        line = WholeReply(frame.data, document, table, numbers.dumps)
        if self.sealed is not None:
            for text in line.sealed():
                self.sealed(text)
        if self.make is None:
            return frame.raw
        written = line.rewritten(self.make)
        return encode(frame, None if written is frame.data else written)
