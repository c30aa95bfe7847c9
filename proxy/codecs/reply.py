"""A reply as a table: which of its keys hold the dialect's own words, and what in it must not change. Pure.

Every other string is a text: it is read, and filtered before the caller gets it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import orjson

from proxy.codecs import base64_text, numbers, places, pointer
from proxy.codecs.base import FilterFactory
from proxy.codecs.places import Step
from proxy.codecs.sites import LeafTable, Site
from proxy.core.replies.position import Position

#: A long number or account number: never a word of a dialect, whatever its key.
_VALUE = r"[\d./:+-]{7,}+|[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}"
_VALUES = re.compile(_VALUE)
#: Words and identifiers of a dialect: without white space, so neither sentence nor address; the date of a version may
#: follow ("claude@20240620").
_WORD = re.compile(rf"(?!(?:{_VALUE})\Z)[A-Za-z0-9._:/+-]{{0,128}}(?:@\d{{8}})?")
_ANY = "*"
_T = TypeVar("_T")
#: A reply that is an array is read as an object with this member alone, where the table's ``needs`` name it.
ARRAY = "array"


@dataclass(frozen=True, slots=True)
class ReplyTable:
    """What is the dialect's own in a reply, or in one event of a streamed reply. Tuples but the last are paths."""

    structural: frozenset[str]  # keys with words of the dialect, at any depth
    word: re.Pattern[str] = _WORD  # the form of such a word; anything else there is text
    #: Members with their types: a reply of this API has at least one of them.
    needs: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()  # keys of strings that are JSON themselves
    sealed: tuple[str, ...] = ()  # encrypted, or a signature: neither read nor changed
    unread: tuple[str, ...] = ()  # unread bytes, such as pictures: not changed either
    signed: tuple[str, ...] = ()  # signed text: read, never changed
    spelled: tuple[str, ...] = ()  # spells the unfiltered text: removed from a filtered reply
    free: tuple[str, ...] = ()  # the model's own content: keys below are texts too
    keys: frozenset[str] | None = None  # if set, every other key is a text, and so are long numbers
    encoded: tuple[str, ...] = ()  # base64: text in it is read, other bytes stay
    elsewhere: tuple[str, ...] = ()  # members that name another server which answered

    def may_seal(self, data: bytes) -> bool:
        """Whether anything in a reply or event of these bytes may be sealed or signed."""
        return any(mark in data for mark in _marks((*self.sealed, *self.signed)))

    def is_structural(self, key: str, value: Any) -> bool:
        """Whether a member is the dialect's own and not a text."""
        if key not in self.structural or isinstance(value, dict | list):
            return False
        return not isinstance(value, str) or self.word.fullmatch(value) is not None


def expect(node: Any, kind: type[_T], message: str) -> _T:
    """Return a value of a reply or event that has to be of one type.

    Raises:
        ValueError: it is of another.

    """
    if not isinstance(node, kind):
        raise ValueError(message)  # noqa: TRY004 - the reply is malformed, not the call
    return node


def parse(reply: bytes, table: ReplyTable) -> dict[str, Any]:
    """Return the document of a whole reply.

    Raises:
        ValueError: it is no reply of this API.

    """
    document = orjson.loads(reply)
    if isinstance(document, list) and ARRAY in table.needs:
        document = {ARRAY: document}
    check(document, table)
    return cast("dict[str, Any]", document)


def render(document: dict[str, Any]) -> bytes:
    """Return the bytes of a reply's document."""
    return orjson.dumps(document[ARRAY] if document.keys() == {ARRAY} else document)


def check(document: Any, table: ReplyTable) -> None:
    """Check that a document is a reply of this API, by the target itself.

    Raises:
        ValueError: it is not.

    """
    if not isinstance(document, dict) or not any(isinstance(document.get(k), kind) for k, kind in table.needs.items()):
        raise ValueError("not a reply of this API")
    check_sender(document, table)


def check_sender(document: Mapping[str, Any], table: ReplyTable) -> None:
    """Check that the target itself answered.

    Raises:
        ValueError: it reports that another server did.

    """
    if any(document.get(name) for name in table.elsewhere):
        raise ValueError("another server answered for the target")


def texts(document: dict[str, Any], table: ReplyTable) -> list[str]:
    """Return every text of a reply's document, signed ones too."""
    found: list[str] = []

    def note(text: str, _key: str) -> str:
        found.append(text)
        return text

    Walk(table, note, reads=True).document(document)
    return found


def sealed(reply: bytes, table: ReplyTable) -> list[str]:
    """Return every text of a whole reply that its maker has signed or encrypted."""
    found: list[str] = []

    def note(_key: str, node: Any) -> None:
        found.extend(sealed_texts(node))

    if table.may_seal(reply):
        seal_walk(table, note).document(parse(reply, table))
    return found


@functools.cache
def _marks(paths: tuple[str, ...]) -> frozenset[bytes]:
    """Return the last keys of paths as they stand in JSON; a key spelled otherwise seals nothing."""
    return frozenset(f'"{places.steps(path)[-1].key}"'.encode() for path in paths)


def seal_walk(table: ReplyTable, note: Callable[[str, Any], None]) -> Walk:
    """Return a walk that changes nothing and reports the key and content of everything sealed or signed."""
    return Walk(table, lambda text, _key: text, note)


def sealed_texts(node: Any) -> list[str]:
    """Return the texts, keys and numbers of sealed content, as ``request.decode`` finds them when it comes back."""
    return [leaf.text for leaf in pointer.walked([node], Site(LeafTable())) if leaf.text]


def rewrite(document: dict[str, Any], make_filter: FilterFactory, table: ReplyTable) -> dict[str, Any]:
    """Return a reply's document with every text filtered."""
    return Walk(table, filtering(make_filter, table)).document(document)


def filtering(make_filter: FilterFactory, table: ReplyTable) -> Callable[[str, str], str]:
    """Return the filter of texts that come in one piece, by key."""

    def change(text: str, key: str) -> str:
        text_filter = make_filter(Position(document=key in table.documents))
        return text_filter.feed(text) + text_filter.flush()

    return change


@dataclass(slots=True)
class _Way:
    """A place named by the table, or one on the way there."""

    role: str = ""  # the name of the table's list that names it
    below: dict[str, list[tuple[Step, _Way]]] = field(default_factory=dict)

    def through(self, key: str) -> list[tuple[Step, _Way]]:
        return [*self.below.get(key, ()), *self.below.get(_ANY, ())]


_ROLES = ("sealed", "signed", "unread", "spelled", "free", "encoded")
#: Roles of sealed content.
_SEALS = frozenset({"sealed", "signed"})


class Walk:
    """Rewrites documents by a table. ``reads``: nothing will change, so signed and spelled texts are visited too.

    ``note`` receives key and content of everything left unchanged because it is sealed or signed.
    """

    def __init__(
        self,
        table: ReplyTable,
        change: Callable[[str, str], str],
        note: Callable[[str, Any], None] | None = None,
        *,
        reads: bool = False,
    ) -> None:
        self._table, self._change, self._note = table, change, note
        self._kept = frozenset(("sealed", "unread") if reads else ("sealed", "unread", "signed"))
        self._dropped = frozenset(() if reads else ("spelled",))
        self._start = _ways(tuple(getattr(table, role) for role in _ROLES))

    def document(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the document with every text changed.

        Raises:
            ValueError: nested too deep.

        """
        if self._table.keys is not None:
            return cast("dict[str, Any]", self._free(node, "", 0, (self._start,)))
        return self._object(node, [self._start], 0, self._table.is_structural)

    def _object(
        self, node: dict[str, Any], ways: Sequence[_Way], depth: int, structural: Callable[[str, Any], bool]
    ) -> dict[str, Any]:
        if depth > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        rewritten: dict[str, Any] = {}
        for key, value in node.items():
            found = [step for way in ways for step in way.through(key)]
            itself = _fitting(found, value, listed=False)
            if found and isinstance(value, list) and not any(way.role for way in itself):
                rewritten[key] = [
                    self._node(step, key, _fitting(found, step, listed=True), depth + 2, structural) for step in value
                ]
            else:
                rewritten[key] = self._node(value, key, itself, depth + 1, structural)
        return rewritten

    def _node(
        self, node: Any, key: str, ways: Sequence[_Way], depth: int, structural: Callable[[str, Any], bool]
    ) -> Any:
        roles = {way.role for way in ways}
        if not roles.isdisjoint(self._kept):
            if self._note is not None and not roles.isdisjoint(_SEALS):
                self._note(key, node)
            return node
        if not roles.isdisjoint(self._dropped):
            return None if node else node
        if "free" in roles:
            return self._free(node, key, depth)
        if "encoded" in roles and isinstance(node, str) and base64_text.is_base64(node):
            return self._encoded(node, key)
        if isinstance(node, dict) and any(way.below for way in ways):
            return self._object(node, ways, depth, structural)
        return pointer.rewrite(node, self._change, structural, key, depth)

    def _free(self, node: Any, key: str, depth: int, ways: Sequence[_Way] = ()) -> Any:
        """Return texts, keys and long numbers of a model changed; keys that become equal are kept apart.

        ``ways`` lead to the dialect's own parts, where the table names all its keys.
        """
        if isinstance(node, str):
            own = self._table.keys is not None and self._table.is_structural(key, node)
            return node if own else self._change(node, key)
        if depth > pointer.DEPTH_LIMIT:
            raise ValueError("nested too deep")
        if isinstance(node, list):
            return [self._free(element, key, depth + 1) for element in node]
        if not isinstance(node, dict):
            return self._number(node)
        rewritten: dict[str, Any] = {}
        for name, value in node.items():
            new_name = name if name in (self._table.keys or ()) else self._change(name, "")
            while new_name in rewritten:
                new_name += "_"
            rewritten[new_name] = self._below(
                value, name, depth + 1, [element for way in ways for element in way.through(name)]
            )
        return rewritten

    def _below(self, node: Any, key: str, depth: int, found: Sequence[tuple[Step, _Way]]) -> Any:
        """Return a member of a free part, changed except for what the table seals."""
        itself = _fitting(found, node, listed=False)
        if found and isinstance(node, list) and not any(way.role for way in itself):
            return [self._open(element, key, depth + 1, _fitting(found, element, listed=True)) for element in node]
        return self._open(node, key, depth, itself)

    def _open(self, node: Any, key: str, depth: int, ways: Sequence[_Way]) -> Any:
        return node if any(way.role in self._kept for way in ways) else self._free(node, key, depth, ways)

    def _encoded(self, node: str, key: str) -> str:
        """Return base64 with its text changed; other bytes stay, and what is not base64 is a text."""
        text = base64_text.read(node)
        if text is None:
            return self._change(node, key) if _VALUES.fullmatch(node) else node
        changed = self._change(text, key)
        return node if changed == text else base64_text.write(changed, node)

    def _number(self, node: Any) -> Any:
        """Return a long number with its digits changed as a text, any other value unchanged."""
        if isinstance(node, bool) or not isinstance(node, int | float):
            return node
        text = numbers.plain(node)
        if sum(map(str.isdigit, text)) < pointer.NUMBER_DIGITS:
            return node
        changed = self._change(text, "")
        return node if changed == text else changed


def _fitting(found: Iterable[tuple[Step, _Way]], node: Any, *, listed: bool) -> list[_Way]:
    return [way for step, way in found if step.listed is listed and step.fits(node)]


@functools.cache
def _ways(paths: tuple[tuple[str, ...], ...]) -> _Way:
    start = _Way()
    for role, named in zip(_ROLES, paths, strict=True):
        for path in named:
            way = start
            for step in places.steps(path):
                known = next((next_way for own, next_way in way.below.get(step.key, ()) if own == step), None)
                if known is None:
                    known = _Way()
                    way.below.setdefault(step.key, []).append((step, known))
                way = known
            way.role = role
    return start
