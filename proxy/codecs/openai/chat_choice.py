"""The texts of one choice of a streamed chat completion, told apart by their paths in its deltas.

Elements of a list are told apart by their ``index`` (or their place if they have none) and by their ``id``: many
servers number all tool calls 0, or none, and send whole calls one after the other or pieces of several in turn. A piece
without an id continues the last element at its index. When another element takes over an index, what the filters of a
finished one (its JSON is complete) still hold goes out first; the others stay open, since more may come.

Content may be a list of chunks (Mistral's): these are told apart by their type, and what one kind of content still
holds goes out before another kind continues.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from proxy.codecs import pointer
from proxy.codecs.base import FilterFactory, TextFilter
from proxy.codecs.openai.tables import CHAT_REPLY
from proxy.codecs.reply import expect
from proxy.core.replies.position import Position
from proxy.core.search.json_context import JsonContext

#: Texts that arrive in one piece even in a stream.
_UNDIVIDED = frozenset({"name"})
_DOCUMENT = "arguments"
_CONTENT = ("content",)
#: Lists of chunks.
_CHUNKS = frozenset({"content", "thinking"})
_THOUGHT, _SIGNATURE = "thinking", "signature"


class _Place(NamedTuple):
    """One element of a list in a delta."""

    at: int  # its index
    id: str
    number: int = 0  # of the elements at this index that have no id
    kind: str = ""  # of a chunk: its type, which identifies it


_Path = tuple["str | _Place", ...]


class _Channel:
    """One text: its filter, and how complete the JSON is that it may be."""

    __slots__ = ("_document", "filter")

    def __init__(self, text_filter: TextFilter, *, document: bool) -> None:
        self.filter = text_filter
        self._document = JsonContext(document=True) if document else None

    def feed(self, text: str) -> str:
        if self._document is not None:
            self._document.feed(text)
        return self.filter.feed(text)

    @property
    def complete(self) -> bool:
        return self._document is not None and self._document.complete


class _Elements:
    """The elements of the lists at one path, and how the server identifies them."""

    __slots__ = ("current", "known", "numbered", "repeated")

    def __init__(self) -> None:
        self.current: dict[int, _Place] = {}
        self.known: dict[str, _Place] = {}  # by id
        self.numbered = False  # the server sends indices
        self.repeated: set[_Place] = set()  # elements whose id came with more than their first piece


def _is_seal(path: _Path, key: str) -> bool:
    """Whether a member is the signature of a thought, which passes unchanged."""
    return key == _SIGNATURE and len(path) > 1 and isinstance(path[1], _Place) and path[1].kind == _THOUGHT


class ChatChoice:
    """The texts of one choice."""

    def __init__(self, index: int, make_filter: FilterFactory) -> None:
        self.index = index
        self.finished = False
        self._make = make_filter
        self._kind: _Path = _CONTENT  # the kind of content that was last
        self._channels: dict[_Path, _Channel] = {}
        self._elements: dict[_Path, _Elements] = {}
        self._shown: dict[_Path, dict[str, Any]] = {}  # the objects of the current delta
        self._earlier: dict[_Path, dict[str, Any]] = {}  # those of a delta that must go out before it

    def delta(self, delta: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the delta that must go out before, and this one with its texts filtered."""
        self._shown, self._earlier = {}, {(): {}}
        filtered = self._object(delta, ())
        return self._earlier[()], filtered

    def flush(self, delta: dict[str, Any]) -> None:
        """Add what is still held back."""
        self._shown[()] = delta
        for path in list(self._channels):
            tail = self._channels.pop(path).filter.flush()
            if tail:
                self._append(self._shown, path, tail)

    def undivided(self, text: str, key: str) -> str:
        """Filter a text that comes in one piece."""
        text_filter = self._make(Position(document=key == _DOCUMENT))
        return text_filter.feed(text) + text_filter.flush()

    def _object(self, node: dict[str, Any], path: _Path) -> dict[str, Any]:
        if len(path) > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        filtered: dict[str, Any] = {}
        self._shown[path] = filtered
        for key, value in node.items():
            own = CHAT_REPLY.is_structural(key, value) or _is_seal(path, key)
            filtered[key] = value if own else self._value(value, (*path, key))
        return filtered

    def _value(self, node: Any, path: _Path) -> Any:
        if isinstance(node, str):
            return self._text(node, path)
        if isinstance(node, dict):
            return self._object(node, path)
        if isinstance(node, list):
            return [self._element(value, place, path) for place, value in enumerate(node)]
        return node

    def _element(self, value: Any, place: int, path: _Path) -> Any:
        if not isinstance(value, dict):
            return pointer.rewrite(value, self.undivided, CHAT_REPLY.is_structural)
        return self._object(value, (*path, self._chunk(value, path) or self._place_of(value, place, path)))

    def _chunk(self, value: dict[str, Any], path: _Path) -> _Place | None:
        """Return the chunk of content that this is a piece of, None for an element of another list."""
        kind = value.get("type")
        if path[-1] not in _CHUNKS or not isinstance(kind, str) or not kind:
            return None
        if not CHAT_REPLY.is_structural("type", kind):
            raise ValueError("not a chunk of content")
        place = _Place(0, "", kind=kind)
        if path == _CONTENT:
            self._turn((*path, place))
        return place

    def _turn(self, to: _Path) -> None:
        """Release what content of another kind holds, before this kind continues."""
        if to == self._kind:
            return
        self._kind = to
        for path in [
            channel_path for channel_path in self._channels if channel_path[:1] == _CONTENT and channel_path[:2] != to
        ]:
            tail = self._channels.pop(path).filter.flush()
            if tail:
                self._append(self._shown if path[:2] in self._shown else self._earlier, path, tail)

    def _place_of(self, value: dict[str, Any], place: int, path: _Path) -> _Place:
        """Return the element that this is a piece of; a finished one at its index is released first."""
        held = self._elements.setdefault(path, _Elements())
        own, name = value.get("index"), value.get("id")
        held.numbered = held.numbered or isinstance(own, int)
        index = own if isinstance(own, int) else place
        current = held.current.get(index)
        element = current or _Place(index, "")
        if isinstance(name, str) and name:
            known = held.known.get(name)
            element = held.known[name] = known or _Place(index, name)
            if known is not None:
                held.repeated.add(element)
            elif current is not None and not current.id and not self._is_complete((*path, current)):
                self._rename((*path, current), (*path, element))  # its id came late
        elif current is not None and _begins_call(value) and self._is_complete((*path, current)):
            element = _Place(index, "", current.number + 1)
        if current is not None and element != current:
            self._finish((*path, current))
        held.current[index] = element
        return element

    def _below(self, place: _Path) -> list[_Path]:
        return [path for path in self._channels if path[: len(place)] == place]

    def _is_complete(self, place: _Path) -> bool:
        """Whether an element's JSON is complete: the next piece at its index belongs to another."""
        documents = [self._channels[path] for path in self._below(place) if path[-1] == _DOCUMENT]
        return bool(documents) and all(channel.complete for channel in documents)

    def _finish(self, place: _Path) -> None:
        """Release what a complete element still holds, before the next one begins."""
        if not self._is_complete(place):
            return
        shown = self._shown if place in self._shown else self._earlier
        for path in self._below(place):
            tail = self._channels.pop(path).filter.flush()
            if tail:
                self._append(shown, path, tail)

    def _rename(self, old: _Path, new: _Path) -> None:
        for path in self._below(old):
            self._channels[(*new, *path[len(new) :])] = self._channels.pop(path)

    def _text(self, text: str, path: _Path) -> str:
        key = path[-1]
        if key in _UNDIVIDED:
            return self.undivided(text, "")
        if text and self.finished:
            raise ValueError("text after the end of a choice")  # what was held back is already out
        if text and path == _CONTENT:
            self._turn(path)
        channel = self._channels.get(path)
        if channel is None:
            document = key == _DOCUMENT
            channel = self._channels[path] = _Channel(self._make(Position(document=document)), document=document)
        return channel.feed(text)

    def _append(self, shown: dict[_Path, dict[str, Any]], path: _Path, tail: str) -> None:
        """Append text at a path of a delta."""
        node, key = self._node(shown, path[:-1]), str(path[-1])
        node[key] = expect(node.get(key) or "", str, "a text continues as something else") + tail

    def _node(self, shown: dict[_Path, dict[str, Any]], path: _Path) -> dict[str, Any]:
        """Return the object at a path of a delta, creating it and those above if missing."""
        if path in shown:
            return shown[path]
        place = path[-1]
        if isinstance(place, _Place):
            node = self._name(path[:-1], place)
            holder, key = self._node(shown, path[:-2]), str(path[-2])
            held = holder.get(key)
            holder[key] = [*(held if isinstance(held, list) else []), node]
        else:
            node = self._node(shown, path[:-1])[place] = {}
        shown[path] = node
        return node

    def _name(self, path: _Path, place: _Place) -> dict[str, Any]:
        """Return an element that a client takes for a further piece of this one, in the form of this server."""
        if place.kind:
            return {"type": place.kind}
        held = self._elements[path]
        members: dict[str, Any] = {"index": place.at} if held.numbered or place.at else {}
        if place.id and (place in held.repeated or held.current.get(place.at) != place):
            members["id"] = place.id
        return members


def _begins_call(value: dict[str, Any]) -> bool:
    """Whether a piece without an id names what is called: the first piece of a call does."""
    function = value.get("function")
    return bool(value.get("name") or (isinstance(function, dict) and function.get("name")))
