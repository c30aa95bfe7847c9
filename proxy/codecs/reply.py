"""A reply as a table: which of its keys, words and numbers are the dialect's own, and what in it must not change. Pure.

Everything else is a text: it is read, and filtered before the caller gets it. The walk is that of requests
(``pointer``), and so is the notation of paths (``places``); here each site has a role.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from proxy.codecs import base64_text, loose, places, pointer
from proxy.codecs.base import FilterFactory
from proxy.codecs.calls import PLAIN, TELLING, Variant, called, differs_by_case, is_call, is_call_key, tool_at
from proxy.codecs.places import Step
from proxy.codecs.pointer import Closed, Leaf
from proxy.codecs.repeats import RepeatedKeyError, repeats
from proxy.codecs.reply_keys import COUNTS, KEYS
from proxy.codecs.sites import INDEX, LeafTable, Site, dotted
from proxy.codecs.usage import NOTHING, UsageTable
from proxy.core.replies.position import WORDS, Position, ReplyText, Role

#: A long number or account number: never a word of a dialect, whatever its key.
_VALUE = r"[\d./:+-]{7,}+|[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}"
_VALUES = re.compile(_VALUE)
#: Numbers as long as those of cards, and those of social security: no word holds one.
_HELD = re.compile(
    r"\d{13}|\d{4}(?:[-._]\d{4}){3}(?!\d)|\d{4}[-._]\d{6}[-._]\d{5}|(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"
).search
#: Words and identifiers of a dialect: without white space, so neither sentence nor address; the date of a version may
#: follow ("claude@20240620").
_WORD = re.compile(rf"(?!(?:{_VALUE})\Z)[A-Za-z0-9._:/+-]{{0,128}}(?:@\d{{8}})?")
#: Keys of addresses in any dialect.
_ADDRESS = re.compile(
    r"(?:.*[_.-])?(?:url|uri|href|src|srcset|link|permalink|website|homepage|favicon|webhook|endpoint)s?"
    r"|.*[a-z](?:Url|URL|Uri|URI|Href|Src|Link)s?|.*(?:url|uri|link)",
    re.IGNORECASE,
).fullmatch
_ANY = "*"
#: Keys above those that callers choose.
_CHOSEN = frozenset("metadata _meta labels properties schema parameters".split())
_T = TypeVar("_T")
#: A reply that is an array is read as an object with this member alone, where the table's ``needs`` name it.
ARRAY = "array"
_SEALED, _UNREAD, _SIGNED, _SPELLED, _FREE, _ENCODED = _ROLES = (
    "sealed", "unread", "signed", "spelled", "free", "encoded"
)  # fmt: skip
_CALL = "call"
#: Of the roles of one place, the first counts.
_RANKS = {role: rank for rank, role in enumerate((_SEALED, _UNREAD, _SIGNED, _SPELLED, _CALL, _ENCODED, _FREE))}
#: Roles that are never walked, and those that are where nothing will change.
_CLOSED, READABLE = frozenset({_SEALED, _UNREAD, _SIGNED, _SPELLED}), frozenset({_SIGNED, _SPELLED})
#: In bytes of events that may report an error: its key, and an escape that may spell it.
_ERROR, _ESCAPE = b'"error"', b"\\u"
#: Roles of sealed content.
SEALS = frozenset({_SEALED, _SIGNED})

Change = Callable[[str, Position], str]


@dataclass(frozen=True, slots=True)
class ReplyTable:
    """What is the dialect's own in a reply, or in one event of a streamed reply. Tuples are paths."""

    structural: frozenset[str]  # keys with words of the dialect, at any depth
    word: re.Pattern[str] = _WORD  # the form of such a word; anything else there is text
    #: Members with their types: a reply of this API has at least one of them.
    needs: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()  # keys of strings that are JSON themselves
    fetched: frozenset[str] = frozenset()  # keys of addresses, besides those that show it (``_ADDRESS``)
    #: Path of what a called tool receives -> the member beside it that names the tool, or "=tool".
    calls: Mapping[str, str] = field(default_factory=dict)
    sealed: tuple[str, ...] = ()  # encrypted, or a signature: neither read nor changed
    unread: tuple[str, ...] = ()  # unread bytes, such as pictures: not changed either
    signed: tuple[str, ...] = ()  # signed text: read, never changed
    spelled: tuple[str, ...] = ()  # spells the unfiltered text: removed from a filtered reply
    free: tuple[str, ...] = ()  # the model's own content: no key or word below is the dialect's
    encoded: tuple[str, ...] = ()  # base64: text in it is read, other bytes stay
    keys: frozenset[str] = KEYS  # of the dialect, besides those that the table names elsewhere; any other is text
    counts: frozenset[str] = COUNTS  # keys of numbers that count, date or measure; a larger number is text
    elsewhere: tuple[str, ...] = ()  # members that name another server which answered
    usage: UsageTable = NOTHING  # where it says what it used
    #: A string of every event that brings a piece of a text and no end; b"" where none shows that.
    piece: bytes = b""
    leaves: LeafTable = field(init=False, repr=False, compare=False)
    root: Site = field(init=False, repr=False, compare=False)  # of the sites in its documents
    telling: frozenset[str] = field(init=False, repr=False, compare=False)  # of calls, in lower case
    words: Container[str] = field(init=False, repr=False, compare=False)  # those of the form ``word``
    #: The last keys of sealed and signed places as they stand in JSON; a key spelled otherwise seals nothing.
    marks: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Plant the tree of sites."""
        paths = (*self.calls, *(path for role in _ROLES for path in getattr(self, role)))
        named = {step.key for path in paths for step in places.steps(path)} - {_ANY}
        object.__setattr__(
            self, "leaves", LeafTable(self.keys.union(self.structural, self.needs, self.documents, named))
        )
        object.__setattr__(self, "words", _Words(self.word))
        object.__setattr__(self, "root", _root(self))
        ways = {step.key.lower() for path in self.calls for step in places.steps(path)}
        object.__setattr__(self, "telling", TELLING.union(ways) if self.calls else frozenset())
        ends = {places.steps(path)[-1].key for path in (*self.sealed, *self.signed)}
        object.__setattr__(self, "marks", tuple(f'"{key}"'.encode() for key in ends))

    def may_seal(self, data: bytes) -> bool:
        """Whether anything in a reply or event of these bytes may be sealed or signed."""
        return any(mark in data for mark in self.marks)

    def is_piece(self, event: bytes, *, sealed: bool) -> bool:
        """Whether its bytes show that an event neither ends a reply, fails nor counts (nor, if ``sealed``, seals)."""
        if not self.piece or self.piece not in event or _ERROR in event or _ESCAPE in event:
            return False
        for mark in self.usage.marks:
            if mark in event:
                return False
        return not (sealed and self.may_seal(event))

    def is_structural(self, key: str, value: Any) -> bool:
        """Whether a member is the dialect's own and not a text."""
        if key not in self.structural or isinstance(value, dict | list):
            return False
        if isinstance(value, int | float):
            return abs(value) < pointer.MOST_COUNTED
        return value is None or value in self.words

    def below(self, *prefixes: str) -> ReplyTable:
        """Return the table of documents that hold those of this one at these places."""
        paths: dict[str, Any] = {
            role: tuple(f"{prefix}{path}" for prefix in prefixes for path in getattr(self, role)) for role in _ROLES
        }
        calls = {f"{prefix}{path}": name for prefix in prefixes for path, name in self.calls.items()}
        return replace(self, calls=calls, elsewhere=(), usage=NOTHING, **paths)


def merged(*tables: ReplyTable) -> ReplyTable:
    """Return one table for documents whose members show which of the tables applies."""
    paths: dict[str, Any] = {role: tuple(path for table in tables for path in getattr(table, role)) for role in _ROLES}
    return ReplyTable(
        structural=frozenset().union(*(table.structural for table in tables)),
        needs={name: kind for table in tables for name, kind in table.needs.items()},
        documents=frozenset().union(*(table.documents for table in tables)),
        fetched=frozenset().union(*(table.fetched for table in tables)),
        calls={path: name for table in tables for path, name in table.calls.items()},
        usage=NOTHING.otherwise(*(table.usage for table in tables)),
        **paths,
    )


def expect(node: Any, kind: type[_T], message: str) -> _T:
    """Return a value of a reply or event that has to be of one type.

    Raises:
        ValueError: it is of another.

    """
    if not isinstance(node, kind):
        raise ValueError(message)  # noqa: TRY004 - the reply is malformed, not the call
    return node


def load(reply: bytes) -> Any:
    """Return the value of a whole reply.

    Raises:
        RepeatedKeyError: an object in it repeats a key, so that readers disagree on it.
        ValueError: it is not JSON.

    """
    document = loose.loads(reply)
    if repeats(reply, document):
        raise RepeatedKeyError("an object of the reply has the same key twice")
    return document


def parse(reply: bytes, table: ReplyTable) -> dict[str, Any]:
    """Return the document of a whole reply.

    Raises:
        ValueError: it is not a reply of this API.

    """
    document = load(reply)
    if isinstance(document, list) and ARRAY in table.needs:
        document = {ARRAY: document}
    check(document, table)
    return cast("dict[str, Any]", document)


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


def filtering(make_filter: FilterFactory) -> Change:
    """Return the filter of texts that come in one piece."""

    def change(text: str, position: Position) -> str:
        text_filter = make_filter(position)
        return text_filter.feed(text) + text_filter.flush()

    return change


def changes(
    document: dict[str, Any],
    change: Change,
    table: ReplyTable,
    tool: str | None = None,
    plain: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the new values of an event's document, by their addresses (``pointer.replace``).

    ``tool`` is the called tool if it is an event of a call. ``plain`` collects members without any text: those of an
    event are mostly those of the one before.

    Raises:
        ValueError: nested too deep.

    """
    read = document if plain is None else {key: node for key, node in document.items() if plain.get(key, plain) != node}
    if not read:
        return {}
    if not table.root.unpaired.issuperset(read):  # it may be a pair with one of the others
        read = document
    leaves, closed, _ = pointer.replied(read, table.root)
    tool = tool_of(document, table) if tool is None else tool  # by members that may not be among those that are read
    values = new_values(texts_at(leaves, document, tool), closed, change)
    if plain is not None and not leaves and not values:
        plain.update(read)
    return values


def tool_of(document: dict[str, Any], table: ReplyTable) -> str | None:
    """Return the tool that a document calls as a whole, if it does."""
    return called(document) if table.calls and is_call(document) else None


def texts_at(leaves: Iterable[Leaf], document: dict[str, Any], tool: str | None) -> list[tuple[Leaf, ReplyText]]:
    """Return the texts of leaves, with their positions."""
    texts = []
    for leaf in leaves:
        text = _decoded(leaf)
        if text is not None:
            texts.append((leaf, ReplyText(text, _position(leaf, document, tool))))
    return texts


def new_values(texts: Iterable[tuple[Leaf, ReplyText]], closed: Iterable[Closed], change: Change) -> dict[str, Any]:
    """Return the new values of texts, and of what spells them, by their addresses."""
    values: dict[str, Any] = {
        closing.pointer: None for closing in closed if closing.site.closed == _SPELLED and closing.node
    }
    for leaf, (text, position) in texts:
        changed = change(text, position)
        if changed != text:
            values[leaf.pointer] = changed if text is leaf.text else base64_text.write(changed, leaf.text)
    return values


def _decoded(leaf: Leaf) -> str | None:
    """Return the text of a leaf: decoded where base64 is due, None if there is none in it."""
    if leaf.kind != "value" or not cast("_ReplySite", leaf.site).encoded or not base64_text.is_base64(leaf.text):
        return leaf.text
    text = base64_text.read(leaf.text)
    return text if text is not None else leaf.text if _VALUES.fullmatch(leaf.text) else None


def _position(leaf: Leaf, document: dict[str, Any], tool: str | None = None) -> Position:
    """Return where a leaf stands; the called tool is named beside what it receives, unless all is of one ``tool``."""
    site = cast("_ReplySite", leaf.site)
    if tool is not None:
        return Position(Role.ARGUMENTS, site.position.document, tool)
    if site.named_by is None:
        return site.position
    depth, name = site.named_by
    return site.position._replace(tool=name[1:] if name[:1] == "=" else tool_at(document, leaf.pointer, depth, name))


class _Words(Container[str]):
    """The words of a dialect at one place."""

    def __init__(self, word: re.Pattern[str]) -> None:
        self._matches = word.fullmatch

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self._matches(text) is not None and _HELD(text) is None


class _Way:
    """A place named by the table, or one on the way there."""

    __slots__ = ("below", "name", "role")

    def __init__(self) -> None:
        self.role = self.name = ""
        self.below: dict[str, list[tuple[Step, _Way]]] = {}

    def at(self, step: Step) -> _Way:
        """Return the place one step on."""
        rules = next((way for known_step, way in self.below.get(step.key, ()) if known_step == step), None)
        if rules is None:
            rules = _Way()
            self.below.setdefault(step.key, []).append((step, rules))
        return rules


def _root(table: ReplyTable) -> _ReplySite:
    """Return the root of the sites of a table."""
    start = _Way()
    named = [(path, role, "") for role in _ROLES for path in getattr(table, role)]
    for path, role, name in [*((path, _CALL, name) for path, name in table.calls.items()), *named]:
        way = functools.reduce(_Way.at, places.steps(path), start)
        way.role, way.name = role, name
    return _ReplySite(table, (), None, None, [(_HERE, start)])


_HERE = Step("", listed=False, kind="")


class _ReplySite(Site):
    """A place in replies.

    ``position`` is that of its texts; ``named_by`` tells where their tool's name stands: the steps from the root to its
    object, and the member. ``encoded``: strings may be base64. ``free``: it is the model's own content.
    """

    plain = ""  # no text of a reply is a span
    free: bool
    position: Position
    named_by: tuple[int, str] | None

    def __init__(
        self,
        table: ReplyTable,
        keys: tuple[str | int, ...],
        room: Iterator[int] | None,
        above: _ReplySite | None,
        steps: Iterable[tuple[Step, _Way]],
        variant: Variant = PLAIN,
    ) -> None:
        """``steps`` lead here, or to elements of the list here."""
        Site.__init__(self, table.leaves, keys, room)
        self._reply, self._above, self._steps = table, above, tuple(steps)
        element = bool(keys) and keys[-1] == INDEX
        direct = [(step.kind, way) for step, way in self._steps if element or not step.listed]
        kind = variant.kind
        self._listed = () if element else tuple(part for part in self._steps if part[0].listed)
        self._ways = [way for step_kind, way in direct if step_kind in {"", kind}]
        self._kinds = frozenset(step_kind for step_kind, _ in direct if step_kind and not kind)
        self._variants: dict[Variant, _ReplySite] = {}
        self.key_path = (*(above.key_path if above is not None else ()), *keys[-1:], variant)
        self._settle(element)
        self._place_call(calls=variant.calls)

    def _settle(self, element: bool) -> None:
        above, table, key = self._above, self._reply, self.keys[-1] if self.keys else ""
        way = min((way for way in self._ways if way.role), key=lambda way: _RANKS[way.role], default=None)
        role = way.role if way is not None else ""
        inside = above is not None and above.free
        self.free = inside or role in {_FREE, _CALL}
        self.encoded = role == _ENCODED
        self.closed = role if role in _CLOSED else ""
        self.is_dialect_key = not inside and self.is_dialect_key
        if element and above is not None:
            self.counts, self.position, self.named_by = above.counts, above.position, above.named_by
            self.owned = () if self.free else above.owned
            return
        structural = not self.free and isinstance(key, str)
        self.counts = structural and key in table.counts
        self.owned = table.words if structural and key in table.structural else ()
        self.position, self.named_by = position(str(key), table)._replace(path=dotted(self.keys)), None
        if role == _CALL and way is not None:
            self.position = Position(Role.ARGUMENTS, document=key in table.documents)
            self.named_by = (len(self.keys) - 1, way.name)
        elif above is not None and above.position.role is Role.ARGUMENTS:
            self.position, self.named_by = (
                Position(Role.ARGUMENTS, structural and key in table.documents),
                above.named_by,
            )

    def _place_call(self, *, calls: bool) -> None:
        """Place what stands in a call of a tool: all of it is what the tool receives."""
        key, above, depth = self.keys[-1] if self.keys else "", self._above, len(self.keys)
        if above is not None and key == INDEX and above.named_by == (depth - 1, ""):  # of a list of calls
            self.named_by = (depth, "")
        self._placed = self.free or self.position.role is Role.ARGUMENTS or not self._reply.calls
        if self._placed:
            return
        below = (way for here in self._ways for steps in here.below.values() for _, way in steps)
        name = next((way.name for way in below if way.role == _CALL), None)
        if calls or name is not None or is_call_key(key):
            self.position, self.named_by, self._placed = Position(Role.ARGUMENTS), (depth, name or ""), True

    def of(self, node: Mapping[str, Any]) -> Site:
        if self._reply.telling and not self.free and not self._table.keys.issuperset(node) and self._disputed(node):
            raise ValueError("readers that ignore letter case take a key for another")
        kind = node.get("type") if self._kinds else None
        kind = kind if isinstance(kind, str) and kind in self._kinds else ""
        calls = not self._placed and is_call(node)
        return self._made_variant(Variant(kind, calls)) if kind or calls else self

    def _disputed(self, node: Mapping[str, Any]) -> bool:
        """Whether readers disagree on what the object here calls; keys that callers choose are not a dialect's."""
        names = [key for key in self.keys if isinstance(key, str)]
        chosen = not _CHOSEN.isdisjoint(names)
        alone = self._table.keys.issuperset(names)
        return not chosen and differs_by_case(node, self._table.keys, self._reply.telling, alone=alone)

    def _made_variant(self, variant: Variant) -> _ReplySite:
        """Return the site of an object that has a type, or calls a tool."""
        if variant not in self._variants:
            site = _ReplySite(self._reply, self.keys, self._room, self._above, self._steps, variant)
            self._variants[variant] = site
        return self._variants[variant]

    def _new_site(self, key: str | int, room: Iterator[int]) -> Site:
        steps: Iterable[tuple[Step, _Way]] = self._listed
        if isinstance(key, str):
            steps = [part for way in self._ways for name in (key, _ANY) for part in way.below.get(name, ())]
        return _ReplySite(self._reply, (*self.keys, key), room, self, steps)


def position(key: str, table: ReplyTable) -> Position:
    """Return the position of texts under a key."""
    address = key in table.fetched or _ADDRESS(key) is not None
    document = key in table.documents
    return Position(Role.ADDRESS, document=document) if address else Position(document=document) if document else WORDS
