"""The filter of one text of a reply: guard first, then restore the originals.

The guard sees pseudonyms instead of originals, so a restored value is never mistaken for a leak.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core.deidentification.surrogates import LOOKS_LIKE_PSEUDONYM
from proxy.core.findings import Finding
from proxy.core.replies.guard import WINDOW, StreamGuard, never
from proxy.core.replies.own_values import OwnValues, squeezed
from proxy.core.replies.placement import ADDRESS, LOOKAHEAD, Permissions, Placement, undeclared
from proxy.core.replies.position import WORDS, Placed, Position, ReplyText, Role
from proxy.core.replies.removal import Removal
from proxy.core.replies.restore import RestorablePseudonyms, Restorer
from proxy.core.search import names

_RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.(?:com|net|org|edu))?|test|invalid|localhost)", re.IGNORECASE)
#: Local parts that name a role or nobody.
_NOBODY = frozenset(
    """
    abuse account accounts admin administrator alerts any anyone api app bar baz billing bot careers client contact
    customer demo dev developer devnull donotreply email employee example feedback firstname foo from guest hello help
    helpdesk hostmaster hr info it jobs legal mail me member name newsletter nobody noreply notifications office ops
    orders owner placeholder postmaster press privacy qux recipient root sales sample security sender service shop
    somebody someone staff student support team test tester testing to user username webmaster you your yourname
    firstnamelastname youremail janedoe johndoe jdoe maxmustermann erikamustermann
    """.split()
)
_PHONES = frozenset({"PHONE_NUMBER", "FAX_NUMBER"})
#: 555-01xx without an area code or with the unassigned area code 555; and 555-0100 with any.
_PHONE = re.compile(r"1?(?:555)?55501\d\d|1?\d{3}5550100")


def is_example(entity_type: str, value: str) -> bool:
    """Whether a value is a documentation example, or has the form of one of our pseudonyms."""
    if entity_type == "EMAIL_ADDRESS":
        local, _, host = value.lower().rpartition("@")
        if _RESERVED.fullmatch(host) is None:
            return False
        return "".join(filter(str.isalpha, local.partition("+")[0])) in _NOBODY or _is_ours(value)
    if entity_type in _PHONES:
        return _PHONE.fullmatch("".join(filter(str.isdigit, value))) is not None or _is_ours(value)
    return False


def _is_ours(value: str) -> bool:
    return LOOKS_LIKE_PSEUDONYM.fullmatch(value) is not None


#: A label; what follows an escape of JSON in JSON is another line.
_LABEL = re.compile(r"\[[A-Z][A-Z0-9_]*(?::[A-Z]+)?\](?:\\+[nrt\"'].*)?", re.DOTALL)

#: Least length (letters and digits) at which a part of a pseudonym is recognised as such.
_LEAST_PART = 6
_LONGEST_BEFORE = 6
#: The last keys of texts that clients join, those of one object too; none in the pieces of a stream.
_JOINED = frozenset({"", "text", "content", "refusal", "reasoning", "reasoning_content", "thinking"})
_MOST_COUNTED = 10


class ExpectedValues:
    """The values that a reply may hold although their type is guarded."""

    __slots__ = ("_ours", "_pseudonyms", "_request_values", "_whole")

    def __init__(self, request_values: OwnValues, pseudonyms: Mapping[str, str]) -> None:
        self._request_values = request_values
        self._pseudonyms = pseudonyms
        self._ours: str | None = None  # the pseudonyms, squeezed and joined
        self._whole: frozenset[str] = frozenset()

    def __call__(self, entity_type: str, value: str) -> bool:
        """Whether the value is one of our labels or pseudonyms, an example, or stood in the request."""
        if _LABEL.fullmatch(value) or self._is_ours(value):
            return True
        return is_example(entity_type, value) or self._request_values.hold(value)

    def _is_ours(self, value: str) -> bool:
        if self._ours is None:
            self._whole = frozenset(map(squeezed, self._pseudonyms))
            self._ours = "\0".join(self._whole)
        bare = squeezed(value)
        if value in self._pseudonyms or self._is_named(value):
            return True
        if len(bare) < _LEAST_PART:
            return False
        # What is written before a pseudonym may look like its beginning: an escape (\\n), "%20".
        return bare in self._ours or any(bare[at:] in self._whole for at in range(1, _LONGEST_BEFORE + 1))

    def _is_named(self, value: str) -> bool:
        """Whether every word of a name is a stand-in, or a title."""
        words = [part for part in names.parts(value) if not part.title]
        return bool(words) and all(part.text in self._pseudonyms for part in words)


#: Whole texts of a reply -> the types found in them that the request does not explain.
Searched = Mapping[str, Collection[str]]


@dataclass(slots=True)
class ReplyFilters:
    """Makes the filters of one reply's texts, and counts their changes."""

    pseudonyms: Mapping[str, str]  # may grow: filters made later restore the new ones too
    guarded: frozenset[str]
    scan: Callable[[str], tuple[Finding, ...]]
    expected: Callable[[str, str], bool] = never  # (entity type, value) -> the reply may hold it
    every_text: bool = False  # the guarded types include more than numbers, addresses and secrets
    removal: Removal | None = None  # of values that were found in the whole reply
    permissions: Permissions = field(default_factory=Permissions)
    _counts: Counter[str] = field(default_factory=Counter)  # of stand-ins, by why they stay; "" if they do not
    _redacted: Counter[str] = field(default_factory=Counter)
    _ends: dict[str, Placement] = field(default_factory=dict)  # of the last words, by the path of their object
    _alike: dict[tuple[str, bool], Placement] = field(default_factory=dict)  # those of members, and of pieces
    _begun: Placement | None = None  # the end of the turn that the reply goes on with
    _restorable: RestorablePseudonyms | None = None
    _size: int = 0  # number of pseudonyms in it
    clean: Container[str] = ()  # whole texts in which there is nothing to guard
    _restores: bool | None = None  # whether a text of the whole reply may hold one

    def needed(self) -> bool:
        """Whether any text could change; if not, the bytes may pass unchanged."""
        return bool(self.pseudonyms or self.guarded or self.removal)

    def change(self, texts: Sequence[ReplyText]) -> bool:
        """Whether one of these whole texts could change."""
        if self.removal or (self.guarded and any(text not in self.clean for text, _ in texts)):
            return True
        begun = self._before()
        return self._restore(texts) or (begun is not None and bool(begun.last))

    def _restore(self, texts: Iterable[ReplyText]) -> bool:
        """Whether one of the reply's whole texts may hold a stand-in; they are searched once."""
        find = self._pseudonyms().find
        if self._restores is None:
            self._restores = any(find(text) is not None for text, _ in texts)
        return self._restores

    def removing(
        self, types: frozenset[str], values: Mapping[str, str], searched: Searched, by_pattern: frozenset[str]
    ) -> ReplyFilters:
        """Return filters of the same stand-ins that guard types, or remove values with their types, too.

        Whole texts that were ``searched`` are guarded only where something of these types was found; every text is
        guarded unless all of them are found ``by_pattern``.
        """
        removal, every_text = Removal(values) if values else None, not types <= by_pattern
        others = ReplyFilters(self.pseudonyms, types, self.scan, self.expected, every_text, removal, self.permissions)
        others._restorable, others._size, others._restores = self._restorable, self._size, self._restores
        others.clean = (
            frozenset(text for text, present in searched.items() if types.isdisjoint(present)) if types else ()
        )
        return others

    def _pseudonyms(self) -> RestorablePseudonyms:
        if self._restorable is None or self._size != len(self.pseudonyms):
            self._restorable = RestorablePseudonyms(self.pseudonyms, self.permissions.removed, self.permissions.natural)
            self._size, self._restores = len(self.pseudonyms), None
        return self._restorable

    def make(self, position: Position) -> ReplyFilter:
        """Return a fresh filter for the text at a position."""
        restorer = self._restorer(position, self._counts) if self.pseudonyms else None
        guard = self._guard(position) if self.guarded else None
        fresh = ReplyFilter(guard, restorer, self.removal, self.clean)
        if restorer is not None and restorer.placement is not None:
            restorer.placement.pending = fresh.pending
        return fresh

    def placed(self, texts: Sequence[ReplyText]) -> Placed:
        """Return what policy may know of where a reply's texts stand; counts up to ``_MOST_COUNTED``."""
        called, foreign = set[str](), 0
        restores, restore = self._restore(texts), self._pseudonyms().restored
        for text, position in texts:
            if wrong := undeclared(position, self.permissions, restore):
                called |= wrong
            elif restores and foreign < _MOST_COUNTED:
                counts = Counter[str]()
                self._restorer(position, counts).whole(text)
                foreign += counts[ADDRESS]
        self._ends.clear()
        self._alike.clear()
        return Placed(min(len(called), _MOST_COUNTED), min(foreign, _MOST_COUNTED))

    def _restorer(self, position: Position, counts: Counter[str]) -> Restorer:
        above, _, key = position.path.rpartition(".")
        joins = position.role is Role.WORDS and not position.document and key in _JOINED
        placement = Placement(position, self.permissions)
        if joins:
            alike = (above, bool(position.path))  # in a stream, members repeat what stood in pieces
            begun = self._before()
            placement = Placement(
                position, self.permissions, self._ends.get(above, begun), self._alike.get(alike, begun), begun
            )
            self._ends[above] = self._alike[alike] = placement
        return Restorer(self._pseudonyms(), placement, document=position.document, counts=counts)

    def _before(self) -> Placement | None:
        """Return the end of the turn that the reply goes on with."""
        if self._begun is None:
            for text in self.permissions.continued:
                self._begun = self._ended(text, self._begun)
        return self._begun

    def _ended(self, text: str, before: Placement | None) -> Placement:
        """Return the end of a text of the request, and the originals there, of which a reply may make an address."""
        placement, done = Placement(WORDS, self.permissions, before), 0
        near = (
            (at, original, stand_in)
            for stand_in, original in self.pseudonyms.items()
            if (at := text.rfind(original, -LOOKAHEAD)) >= 0
        )
        for at, original, stand_in in sorted(near):
            placement.feed(text[done:at])
            removed = stand_in in self.permissions.removed
            placement.end_with(original, text[at + len(original) :], removed=removed)
            done = at
        placement.feed(text[done:])
        placement.ended = True
        return placement

    def _guard(self, position: Position) -> StreamGuard:
        every, document = self.every_text, position.document
        return StreamGuard(
            self.scan, self.guarded, self.expected, every_text=every, document=document, redacted=self._redacted
        )

    def restored(self) -> int:
        """Return the number of pseudonyms restored so far."""
        return self._counts[""]

    def masked(self) -> Mapping[str, int]:
        """Return the number of stand-ins that stay because of where they are, by reason."""
        return {reason: count for reason, count in sorted(self._counts.items()) if reason}

    def redacted(self) -> Mapping[str, int]:
        """Return the number of values removed so far, by type."""
        removed = self.removal.types if self.removal is not None else Counter[str]()
        return dict(sorted((self._redacted + removed).items()))


@dataclass(slots=True)
class ReplyFilter:
    """Remove, guard, then restore. Removal needs the whole text, so it holds back everything until the end."""

    guard: StreamGuard | None
    restorer: Restorer | None
    removal: Removal | None = None
    clean: Container[str] = ()  # texts that need no guard, if they are the whole
    _withheld: list[str] = field(default_factory=list)

    def feed(self, text: str) -> str:
        """Return the text that no later text can change."""
        if self.removal is not None:
            self._withheld.append(text)
            return ""
        return self._filtered(text)

    def _filtered(self, text: str) -> str:
        if self.guard is not None and text in self.clean:
            self.guard = None
        if self.guard is not None:
            text = self.guard.feed(text)
        return self._restored(text) if self.restorer is not None else text

    def _restored(self, text: str) -> str:
        """Restore in parts: no search holds up other threads for long."""
        assert self.restorer is not None  # noqa: S101 - the caller's
        return "".join([self.restorer.feed(text[at : at + WINDOW]) for at in range(0, len(text), WINDOW)])

    def pending(self) -> str:
        """Return the text that is held back now."""
        restorable = self.restorer.pending if self.restorer is not None else ""
        return "".join((restorable, self.guard.pending if self.guard is not None else "", *self._withheld))

    def flush(self) -> str:
        """Return the text held back: the stream is complete."""
        before = self._filtered(self.removal("".join(self._withheld))) if self.removal is not None else ""
        self._withheld.clear()
        tail = self.guard.flush() if self.guard is not None else ""
        if self.restorer is not None:
            tail = self.restorer.feed(tail) + self.restorer.flush()
        return before + tail
