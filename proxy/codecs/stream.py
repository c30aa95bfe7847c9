"""Rewrites any streamed reply: a framing cuts bytes into events, a shape says what each event means. Pure.

A text that comes in pieces belongs to a *channel*; one filter serves each channel. What a filter still holds when its
channel closes goes out with the channel's last piece, or as one more event of the dialect before the event that closes
it. Every other string is a text in one piece, unless the shape's table says that it is the dialect's own, sealed or
signed. An unchanged event passes as the bytes it came from, unless a key in it is repeated: readers disagree on such.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple, Protocol, cast

from proxy.codecs import loose, pointer, reply, whole_reply
from proxy.codecs.base import FilterFactory, Sealed, TextFilter
from proxy.codecs.framing import CountedFrames, Frame, Framing
from proxy.codecs.framing.sse import DONE
from proxy.codecs.repeats import repeats
from proxy.codecs.reply import Change, ReplyTable, expect
from proxy.codecs.usage import Meter
from proxy.core.replies.position import WORDS, Position
from proxy.errors import UpstreamError

_ERROR = "the target reported an error inside its stream"
#: The name of error events.
_FAILURE = "error"
#: Texts of one stream that are open at once: APIs allow 128 choices, or as many calls at a time.
MOST_OPEN = 2_048


class TextPiece(NamedTuple):
    """One piece of a text: the member or element of the event that holds it, and its channel."""

    channel: Hashable
    holder: Any  # an object or a list
    key: str | int
    position: Position = WORDS


class Meaning(NamedTuple):
    """What one event means."""

    pieces: tuple[TextPiece, ...] = ()
    closes: Collection[Hashable] = ()  # the channels that end with this event
    ends: bool = False  # the reply is complete; what follows (usage) is filtered too
    fails: bool = False  # it reports an error
    droppable: bool = False  # it holds nothing but its pieces: without these it need not be sent
    whole: bool | None = None  # in a dialect without end marker: whether a body that ends here is complete
    tool: str | None = None  # the called tool, "" if it has no name, where all of the event belongs to one call
    changed: bool = False  # the shape has written something of its own into it
    seals: Hashable = None  # the channel whose sealed or signed text the event continues


NO_MEANING = Meaning()


#: Every channel (``Meaning.closes``).
every_channel: Collection[Hashable] = frozenset({"*"})


def _ended(open_parts: Mapping[Hashable, Any], closes: Collection[Hashable]) -> list[Hashable]:
    """Return the channels of a map that end."""
    return list(open_parts) if closes is every_channel else [channel for channel in closes if channel in open_parts]


class Shape(Protocol):
    """The events of one streamed reply; a new one for each stream, so it may keep state."""

    table: ReplyTable  # of one event
    number: str = ""  # the member that counts the events, "" where none does

    def read(self, name: str, event: dict[str, Any]) -> Meaning:
        """Return what an event means; ``name`` is the framing's name for it.

        Raises:
            ValueError: it is not an event of this dialect.

        """
        ...

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        """Return name and content of an event that adds text to a channel."""
        ...


class _Filtered:
    """A filtered piece, which the walk over the rest of its event leaves alone: for it, all are equal."""

    __slots__ = ("text",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Filtered)


def _text(piece: _Filtered) -> str:
    return piece.text


class _Seals:
    """Collects what is sealed or signed; a text that comes in pieces is reported when its channel closes."""

    def __init__(self, table: ReplyTable, sink: Sealed) -> None:
        self._table, self._sink = table, sink
        self._pieces: dict[Hashable, dict[str, list[str]]] = {}

    def read(self, data: bytes, event: dict[str, Any], meaning: Meaning) -> None:
        """Collect what is sealed in an event; ``data`` are its bytes."""
        if self._table.may_seal(data):
            for key, node in whole_reply.sealed_in(pointer.replied(event, self._table.root)[1]):
                if meaning.seals is not None and isinstance(node, str):
                    self._pieces.setdefault(meaning.seals, {}).setdefault(key, []).append(node)
                else:
                    self._report(node)
        if meaning.closes:
            self.close(meaning.closes)

    def close(self, closes: Collection[Hashable]) -> None:
        """Report the content of closed channels."""
        for channel in _ended(self._pieces, closes):
            for pieces in self._pieces.pop(channel).values():
                self._report("".join(loose.split("".join(pieces))))

    def _report(self, node: Any) -> None:
        for text in whole_reply.sealed_texts(node):
            self._sink(text)


class EventRewriter:
    """Implements ``StreamRewriter`` for every dialect whose events are JSON objects."""

    def __init__(
        self,
        framing: Framing,
        shape: Shape,
        make_filter: FilterFactory | None,
        sealed: Sealed | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.complete = False
        self._whole: bool | None = None  # the last ``Meaning.whole``
        self._ends_with_body = framing.ends_with_body
        self.frames, self._encode = CountedFrames(framing.parser()), framing.encoder()
        self._shape, self._make, self._meter = shape, make_filter, meter
        self._seals = _Seals(shape.table, sealed) if sealed else None
        if meter is not None:
            meter.table = shape.table.usage
        self._change = reply.filtering(make_filter) if make_filter else None
        self._plain: dict[str, Any] = {}  # members of earlier events in which there is no text
        self._filters: dict[Hashable, TextFilter] = {}
        self._closed: set[Hashable] = set()
        self._called: dict[Hashable, str] = {}  # the tool of each channel of a call
        self._over = False  # after the framing's own end marker
        self._shift = 0  # events inserted less events dropped
        self._halves: dict[Hashable, str] = {}  # of a character, at the ends of channels
        self._halved = False  # an event had one

    def feed(self, chunk: bytes) -> bytes:
        frames = self.frames.feed(chunk)
        return self._frame(frames[0]) if len(frames) == 1 else b"".join([self._frame(frame) for frame in frames])

    def finish(self) -> bytes:
        frames = [self._frame(frame) for frame in self.frames.finish()]
        self._end(marked=self.complete or self._ends_with_body)
        if self._seals is not None:
            self._seals.close(every_channel)
        return b"".join([*frames, *self._close(every_channel, {}, {})])

    def _frame(self, frame: Frame) -> bytes:
        if frame.fails:
            raise UpstreamError(_ERROR)
        if frame.beside and self._change is not None and self._change(frame.beside, WORDS) != frame.beside:
            name = "" if frame.name in frame.beside else frame.name
            frame = frame._replace(raw=DONE if frame.ends else b"", name=name, id=None, retry=None, headers=())
        if frame.ends:
            before = self._close(every_channel, {}, {})
            self._end(marked=True)
            self._over = True
            return b"".join([*before, self._encode(frame, None)])
        if frame.data is None:
            return self._encode(frame, None)
        return b"" if self._over else self._content(frame, frame.data)

    def _content(self, frame: Frame, content: bytes) -> bytes:
        if self._change is None and self._shape.table.is_piece(content, sealed=self._seals is not None):
            return self._encode(frame, content)
        event = expect(loose.loads(content), dict, "not an event of this dialect")
        if self._meter is not None:
            self._meter.event(content, event)
        self._halved = self._halved or loose.halved(content)
        meaning = self._read(frame, event)
        if meaning.fails:
            raise UpstreamError(_ERROR)
        self.complete = self.complete or meaning.ends
        self._whole = self._whole if meaning.whole is None else meaning.whole
        if self._seals is not None:
            self._seals.read(content, event, meaning)
        if self._change is None:
            return self._encode(frame, content)
        return self._event(frame, content, event, meaning, self._change)

    def _end(self, *, marked: bool) -> None:
        """Record the end of the reply. Where its events say whether it is complete, an end marker does not matter."""
        if not (marked if self._whole is None else self._whole or self.complete):
            raise ValueError("the stream has no end marker")
        self.complete = True

    def _read(self, frame: Frame, event: dict[str, Any]) -> Meaning:
        try:
            return self._shape.read(frame.name, event)
        except (TypeError, LookupError, AttributeError) as error:  # a member is missing, or of another type
            raise ValueError("not an event of this dialect") from error

    def _event(self, frame: Frame, content: bytes, event: dict[str, Any], meaning: Meaning, change: Change) -> bytes:
        """Write an event filtered; one that repeats a key anew, even if nothing in it changes."""
        pieces = [(piece, piece.holder[piece.key], _Filtered("")) for piece in meaning.pieces]
        for piece, text, filtered in pieces:
            filtered.text = self._piece(piece, text)
            piece.holder[piece.key] = filtered
        last = {piece.channel: filtered for piece, _, filtered in pieces}
        before = self._close(meaning.closes, last, event) if meaning.closes else []
        if meaning.droppable and not any(filtered.text for _, _, filtered in pieces):
            self._shift -= 1
            return b"".join(before)
        changes = reply.changes(event, change, self._shape.table, meaning.tool, self._plain)
        rewritten: dict[str, Any] = pointer.replace(event, changes)
        changed = meaning.changed or bool(changes) or any(filtered.text != text for _, text, filtered in pieces)
        changed = self._renumber(rewritten) or changed or repeats(content, rewritten, _text)
        written = self._encode(frame, self._dumped(rewritten) if changed else content)
        return b"".join([*before, written]) if before else written

    def _dumped(self, event: dict[str, Any]) -> bytes:
        return loose.dumps(event, _text, halves=self._halved)

    def _renumber(self, event: dict[str, Any]) -> bool:
        """Number an event among those that the client gets; return whether its number changed."""
        number = event.get(self._shape.number)
        if not self._shift or not isinstance(number, int):
            return False
        event[self._shape.number] = number + self._shift
        return True

    def _piece(self, piece: TextPiece, text: Any) -> str:
        expect(text, str, "a text that comes in pieces is not a text")
        text_filter = self._filters.get(piece.channel)
        if text_filter is None:
            if not text:
                return ""  # the name of a call may still grow
            if piece.channel in self._closed:
                raise ValueError("text after the end of its channel")
            if len(self._filters) >= MOST_OPEN:
                raise ValueError("too many texts of a stream are open at once")
            if piece.position.tool:
                self._called[piece.channel] = piece.position.tool
            assert self._make is not None  # noqa: S101 - no filter, no walk
            text_filter = self._filters[piece.channel] = self._make(piece.position)
        elif piece.position.tool != self._called.get(piece.channel, piece.position.tool):
            raise ValueError("a call got another name after it had begun")
        if self._halved:
            text, self._halves[piece.channel] = loose.split(self._halves.get(piece.channel, "") + text)
        return text_filter.feed(text)

    def _close(
        self, closes: Collection[Hashable], last: dict[Hashable, _Filtered], event: dict[str, Any]
    ) -> list[bytes]:
        """Release what closed channels still hold: with their last piece, else as events before this one."""
        written = []
        for channel in _ended(self._filters, closes):
            text_filter = self._filters.pop(channel)
            text = text_filter.feed(self._halves.pop(channel, "")) + text_filter.flush()
            self._closed.add(channel)
            if text and channel in last:
                last[channel].text += text
            elif text:
                written.append(self._tail(channel, text, event))
        return written

    def _tail(self, channel: Hashable, text: str, event: dict[str, Any]) -> bytes:
        """Return an event that adds filtered text to a channel; what it repeats of others is filtered too."""
        name, tail = self._shape.tail(channel, cast("str", _Filtered(text)))
        if self._change is not None:
            tail = pointer.replace(tail, reply.changes(tail, self._change, self._shape.table, None, self._plain))
        self._count(tail, event)
        return self._encode(Frame(name=name), self._dumped(tail))

    def _count(self, inserted: dict[str, Any], event: dict[str, Any]) -> None:
        """Number an event that is inserted before another."""
        number = event.get(self._shape.number) if self._shape.number else None
        if isinstance(number, int):
            inserted[self._shape.number] = number + self._shift
        self._shift += 1


class TextRewriter:
    """Implements ``StreamRewriter`` for a stream that is one text: unframed, or in events that are its pieces."""

    def __init__(self, framing: Framing, make_filter: FilterFactory | None) -> None:
        self.complete = False
        self._ends_with_body = framing.ends_with_body
        self.frames, self._encode = CountedFrames(framing.parser()), framing.encoder()
        self._filter = make_filter(WORDS) if make_filter else None

    def feed(self, chunk: bytes) -> bytes:
        return b"".join([self._frame(frame) for frame in self.frames.feed(chunk)])

    def finish(self) -> bytes:
        frames = [self._frame(frame) for frame in self.frames.finish()]
        if not (self.complete or self._ends_with_body):
            raise ValueError("the stream has no end marker")
        rest = b"" if self.complete else self._rest()
        self.complete = True
        return b"".join([*frames, rest])

    def _frame(self, frame: Frame) -> bytes:
        if frame.fails or frame.name == _FAILURE:
            raise UpstreamError(_ERROR)
        if frame.data is None:
            before = self._rest() if frame.ends and not self.complete else b""
            self.complete = self.complete or frame.ends
            return before + self._encode(frame, None)
        if self.complete:
            raise ValueError("text after the end of the stream")
        text = frame.data.decode()
        if self._filter is None:
            return self._encode(frame, frame.data)
        filtered = self._filter.feed(text)
        return self._encode(frame, filtered.encode()) if filtered else b""

    def _rest(self) -> bytes:
        text = self._filter.flush() if self._filter is not None else ""
        return self._encode(Frame(), text.encode()) if text else b""
