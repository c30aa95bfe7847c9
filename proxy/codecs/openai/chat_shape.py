"""The texts of a streamed chat completion: every string of a delta grows, identified by its path.

Elements of a list are told apart by their ``index`` (or their place if they have none) and by their ``id``: many
servers number all tool calls 0, or none, and send whole calls one after the other or pieces of several in turn. A piece
without an id continues the last element at its index. When another element takes over an index, what the filters of a
finished one (its JSON is complete) still hold goes out first; the others stay open, since more may come. Clients would
take such calls for one, with names put together, or count them, so calls are numbered in the order of their beginnings.

Content may be a list of chunks (Mistral's): these are told apart by their type, and what one kind of content still
holds goes out before another kind continues.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, cast

from proxy.codecs import pointer, reply
from proxy.codecs.calls import RECEIVED, is_call_key
from proxy.codecs.openai.dialect import is_error
from proxy.codecs.openai.tables import CHAT_REPLY
from proxy.codecs.reply import expect
from proxy.codecs.stream import Meaning, Shape, TextPiece
from proxy.core.replies.position import Position, Role
from proxy.core.search.json_context import JsonContext

_CONTENT, _THINKING = "content", "thinking"
#: Members of a delta that arrive in one piece even in a stream, and those that are not texts.
_UNDIVIDED = frozenset({"name", "signature"})
_BYTES = ("audio", "data")
#: What a called tool receives, by the key above it.
_RECEIVED = {"function": "arguments", "custom": "input", "function_call": "arguments"}
#: Open texts of one element: a call has two.
_MOST_TEXTS = 64
_MOST_CALLS = 1 << 31  # above all indices
#: Members that every event of one reply repeats.
_ENVELOPE = frozenset({"id", "object", "created", "model"})


def envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an event that an inserted one repeats."""
    repeated = {key: value for key, value in event.items() if key in _ENVELOPE}
    return {
        key: value for key, value in repeated.items() if isinstance(value, int) or CHAT_REPLY.is_structural(key, value)
    }


class _Element:
    """One element of a list in a delta; ``kind`` is the type of a chunk, which identifies it."""

    __slots__ = ("at", "begun", "channels", "id", "kind", "members", "name", "repeated")

    def __init__(self, at: int = 0, identity: str = "", kind: str = "") -> None:
        self.at, self.id, self.kind = at, identity, kind
        self.repeated = False  # its id came with more than its first piece
        self.name = ""  # of the tool it calls
        self.begun = False  # the tool has received something
        self.channels: list[_Channel] = []  # open ones below it
        self.members: dict[str, Any] | None = None  # by which a client recognizes it, once it is finished

    @property
    def complete(self) -> bool:
        """Whether its JSON is complete: the next piece at its index belongs to another."""
        documents = [channel.document for channel in self.channels if channel.document is not None]
        return bool(documents) and all(document.complete for document in documents)

    def named(self, name: str) -> None:
        """Take a piece of the tool's name; some servers repeat it.

        Raises:
            ValueError: the tool has received something under another name.

        """
        if name != self.name and self.name and self.begun:
            raise ValueError("a call got another name after it had begun")
        self.name = self.name if name == self.name else self.name + name


_Path = tuple["str | _Element", ...]


class _Channel:
    """One text of a choice."""

    __slots__ = ("call", "choice", "document", "outer", "path")

    def __init__(self, choice: _Choice, path: _Path, position: Position, call: _Element | None) -> None:
        self.choice, self.path, self.outer, self.call = choice, path, position, call
        self.document = JsonContext(document=True) if position.document else None

    @property
    def position(self) -> Position:
        return self.outer if self.call is None else self.outer._replace(tool=self.call.name)


class _Elements:
    """The elements of the lists at one path, and how the server identifies them."""

    __slots__ = ("by_id", "current", "last", "numbered", "size")

    def __init__(self) -> None:
        self.current: dict[int, _Element] = {}  # by the index that the server gives
        self.by_id: dict[str, _Element] = {}  # by id, or by the type of a chunk
        self.last = 0  # the index that the server gave last
        self.numbered = False  # the server sends indices
        self.size = 0

    def added(self, index: int, identity: str = "", *, calls: bool) -> _Element:
        """Return a new element; clients count calls in the order in which they begin."""
        self.size += 1
        return _Element(self.size - 1 if calls else index, identity)


class _Choice:
    """The state of one choice."""

    def __init__(self, index: int) -> None:
        self.index = index
        self._finished = False
        self._kind: _Path = (_CONTENT,)  # the kind of content that was last
        self._open: dict[_Path, _Channel] = {}
        self._content: dict[_Path, _Channel] = {}  # those of them that are content
        self._elements: dict[_Path, _Elements] = {}
        self.closed: list[Hashable] = []  # with the event that is read
        self.renumbered = False  # a call in it

    def pieces(self, choice: dict[str, Any]) -> list[TextPiece]:
        """Return the pieces of an event; ``closed`` are the channels that end with it."""
        self.closed, self.renumbered = [], False
        raw_delta = choice.get("delta")
        delta: dict[str, Any] = expect(
            {} if raw_delta is None else raw_delta, dict, "not a choice of a chat completion"
        )
        objects = list(self._object(delta, ()))
        if choice.get("finish_reason"):
            continued = {piece.channel for piece in objects}
            for path, channel in list(self._open.items()):
                if channel not in continued and len(path) == 1 and raw_delta is not None and path[0] not in raw_delta:
                    delta[str(path[0])] = ""  # what is still held goes out with the reason for the end
                    objects.append(TextPiece(channel, delta, str(path[0]), channel.position))
                self._close(channel)
            self._finished = True
        return objects

    def tail(self, channel: _Channel, text: str) -> dict[str, Any]:
        """Return a delta that adds text to a channel."""
        node: Any = text
        for number in range(len(channel.path) - 1, -1, -1):
            step = channel.path[number]
            node = {step: node} if isinstance(step, str) else [{**self._named(channel.path[:number], step), **node}]
        return cast("dict[str, Any]", node)

    def _object(self, node: dict[str, Any], path: _Path) -> Iterator[TextPiece]:
        if len(path) > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        for key, value in list(node.items()):
            below = (*path, key)
            if isinstance(value, dict):
                self._note_tool(value, key, path)
                yield from self._object(value, below)
            elif isinstance(value, list):
                elements = ((index, element) for index, element in enumerate(value) if isinstance(element, dict))
                for index, element in elements:
                    yield from self._object(element, (*below, self._element(element, index, below)))
            elif isinstance(value, str) and _grows(value, below):
                yield TextPiece(channel := self._channel(value, below), node, key, channel.position)

    def _note_tool(self, value: dict[str, Any], key: str, path: _Path) -> None:
        name = value.get("name")
        if key in _RECEIVED and isinstance(name, str) and name:
            self._holder(path).named(name)

    def _holder(self, path: _Path) -> _Element:
        """Return the element that holds a path; of a call outside a list, one made for it."""
        if path and isinstance(path[-1], _Element):
            return path[-1]
        return self._elements.setdefault((*path, ""), _Elements()).by_id.setdefault("", _Element())

    def _channel(self, text: str, path: _Path) -> _Channel:
        if text and self._finished:
            raise ValueError("text after the end of a choice")  # what was held back is already out
        if text and path == (_CONTENT,):
            self._turn(path)
        channel = self._open.get(path) or self._begin(path)
        if channel.document is not None:
            channel.document.feed(text)
        if text and channel.call is not None:
            channel.call.begun = True
        return channel

    def _begin(self, path: _Path) -> _Channel:
        position = reply.position(str(path[-1]), CHAT_REPLY)
        at, call = next((at for at, step in enumerate(path) if _is_call(step)), None), None
        if at is not None:
            call = next((step for step in path[at : at + 2] if isinstance(step, _Element)), None)
            call, position = call or self._holder(path[:at]), Position(Role.ARGUMENTS, position.document)
        channel = self._open[path] = _Channel(self, path, position, call)
        if path[0] == _CONTENT:
            self._content[path] = channel
        for step in path:
            if isinstance(step, _Element):
                step.channels.append(channel)
                if len(step.channels) > _MOST_TEXTS:
                    raise ValueError("an element of a delta has too many texts")
        return channel

    def _close(self, channel: _Channel) -> None:
        del self._open[channel.path]
        self._content.pop(channel.path, None)
        self.closed.append(channel)
        for step in channel.path:
            if isinstance(step, _Element):
                step.channels.remove(channel)

    def _turn(self, to: _Path) -> None:
        """Close content of another kind, before this kind continues."""
        if to == self._kind:
            return
        self._kind = to
        for path, channel in list(self._content.items()):
            if path[:2] != to:
                self._close(channel)

    def _element(self, value: dict[str, Any], index: int, path: _Path) -> _Element:
        """Return the element that this is a piece of; a finished one at its index is closed first."""
        elements = self._elements.setdefault(path, _Elements())
        kind = value.get("type")
        if path[-1] in {_CONTENT, _THINKING} and isinstance(kind, str) and kind:
            return self._chunk(elements, kind, path)
        calls = is_call_key(str(path[-1]))
        sent_index, name = _index(value, calls=calls), value.get("id")
        elements.numbered = elements.numbered or sent_index is not None
        if sent_index is None:
            sent_index = elements.last if calls and elements.numbered else index
        element = current = elements.current.get(sent_index)
        if isinstance(name, str) and name:
            element = _identified(elements, current, sent_index, name, calls=calls)
        elif current is not None and _begins_call(value) and current.complete:
            element = None
        element = element or elements.added(sent_index, calls=calls)
        if current is not None and element is not current and current.complete:
            current.members = self._named(path, current)
            for channel in list(current.channels):
                self._close(channel)
        elements.current[sent_index], elements.last = element, sent_index
        if calls:
            self._count(value, element, numbered=elements.numbered)
        return element

    def _count(self, call: dict[str, Any], element: _Element, *, numbered: bool) -> None:
        """Write the index of a call into its piece, and take its name, should it stand there."""
        if isinstance(call.get("name"), str):
            element.named(call["name"])
        if numbered or element.at:
            written, call["index"] = call.get("index"), element.at
            self.renumbered = self.renumbered or type(written) is not int or written != element.at

    def _chunk(self, elements: _Elements, kind: str, path: _Path) -> _Element:
        if not CHAT_REPLY.is_structural("type", kind):
            raise ValueError("not a chunk of content")
        element = elements.by_id.setdefault(kind, _Element(kind=kind))
        if path == (_CONTENT,):
            self._turn((*path, element))
        return element

    def _named(self, path: _Path, element: _Element) -> dict[str, Any]:
        """Return the members of an element by which a client recognizes it, in the form of this server."""
        if element.kind:
            return {"type": element.kind}
        if element.members is not None:
            return element.members
        elements = self._elements[path]
        members: dict[str, Any] = {"index": element.at} if elements.numbered or element.at else {}
        if element.id and (element.repeated or not (members or elements.current.get(elements.last) is element)):
            members["id"] = element.id
        return members


def _is_call(step: str | _Element) -> bool:
    """Whether what stands below a step of a delta belongs to a call."""
    return step in RECEIVED or is_call_key(step.kind if isinstance(step, _Element) else step)


def _grows(text: str, path: _Path) -> bool:
    """Whether a string of a delta is a piece of a text."""
    key = str(path[-1])
    return not (key in _UNDIVIDED or path == _BYTES or CHAT_REPLY.is_structural(key, text))


def _identified(elements: _Elements, current: _Element | None, index: int, name: str, *, calls: bool) -> _Element:
    """Return the element with an id, which may come late."""
    rules = elements.by_id.get(name)
    if rules is not None:
        rules.repeated, rules.members = True, None
        return rules
    late = current is not None and not current.id and not current.complete
    element = elements.by_id[name] = (
        current if late and current is not None else elements.added(index, name, calls=calls)
    )
    element.id = name
    return element


def _index(value: Mapping[str, Any], *, calls: bool) -> int | None:
    """Return the index that an element has; clients take a float for the integer that it equals.

    Raises:
        ValueError: that of a call is none.

    """
    index = value.get("index")
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    if isinstance(index, int) and not isinstance(index, bool) and abs(index) < _MOST_CALLS:
        return index
    if calls and index is not None:
        raise ValueError("the index of a call is none")
    return None


def _begins_call(value: dict[str, Any]) -> bool:
    """Whether a piece without an id names what is called: the first piece of a call does."""
    function = value.get("function")
    return bool(value.get("name") or (isinstance(function, dict) and function.get("name")))


class ChoicesShape(Shape):
    """Implements ``Shape``."""

    table = CHAT_REPLY

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._last: dict[str, Any] = {}

    def read(self, _name: str, event: dict[str, Any]) -> Meaning:
        if is_error(event):
            return Meaning(fails=True)
        choices = expect(event.get("choices") or [], list, "not a chunk of a chat completion")
        self._last = event
        pieces: list[TextPiece] = []
        closed: list[Hashable] = []
        changed = False
        for value in choices:
            index = expect(expect(value, dict, "not a choice of a chat completion").get("index", 0), int, "no index")
            choice = self._choices.get(index)
            if choice is None:
                choice = self._choices[index] = _Choice(index)
            pieces += choice.pieces(value)
            closed += choice.closed
            changed = changed or choice.renumbered
        return Meaning(tuple(pieces), closes=closed, changed=changed)

    def tail(self, channel: Hashable, text: str) -> tuple[str, dict[str, Any]]:
        assert isinstance(channel, _Channel)  # noqa: S101 - made here
        choice = {"index": channel.choice.index, "delta": channel.choice.tail(channel, text), "finish_reason": None}
        return "", {**envelope(self._last), "choices": [choice]}
