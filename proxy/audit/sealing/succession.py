"""Which keys speak for the installation, one after the other. Pure.

A key takes the place of another by a note that both sign, and ends by a note that a later key signs:

    compliance-proxy/audit-key/v1
    <origin>
    replaced | ended
    <verifier key that is replaced, or has ended>
    <verifier key that takes its place, or says so>

    - <origin> <base64 of key id and Ed25519 signature>        (an em dash stands where the hyphen is here)

So whoever trusts one key of the line knows all of it. What a key signed stays good. A key that was replaced may go on
while processes that hold it run; once it has ended, its word counts only before the place in the log where that stands,
so a thief of the old key forges nothing new, and nothing old either: the log cannot be changed below a later note.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey, VerifierKey
from proxy.audit.sealing.notes import Note

EVENT = "audit_key_changed"
What = Literal["replaced", "ended"]
_KIND = "compliance-proxy/audit-key/v1"


class KeyChange(NamedTuple):
    """What happened to a key, and the key that says so."""

    what: What
    of: VerifierKey
    by: VerifierKey


@dataclass(frozen=True, slots=True)
class Speaker:
    """A key of the line. ``ended_at`` is the leaf of the log before which alone its word counts."""

    key: VerifierKey
    since: datetime | None = None  # when it took another's place
    replaced: bool = False
    ended: datetime | None = None
    ended_at: int | None = None

    def spoke(self, leaf: int | None) -> bool:
        """Whether its word counts for a seal at this place of the log; None: the log does not hold it yet."""
        return self.ended_at is None or (leaf is not None and leaf < self.ended_at)

    def signed(self, size: int) -> bool:
        """Whether its word counts for a note over so many seals."""
        return self.ended_at is None or size <= self.ended_at

    @property
    def state(self) -> str:
        """Its state in a word."""
        return "ended" if self.ended is not None else "replaced" if self.replaced else "in force"


@dataclass(frozen=True, slots=True)
class Succession:
    """The line of keys, oldest first; the last is in force."""

    line: tuple[Speaker, ...]
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, trusted: VerifierKey, changes: Iterable[Mapping[str, Any]] = ()) -> Succession:
        """Return the line that holds a trusted key; ``changes`` have note, at and leaf, in order of time."""
        read = [(change, row) for row in changes if (change := opened(row["note"], trusted.origin)) is not None]
        links = [(change, row) for change, row in read if change.what == "replaced"]
        line, problems = _line(trusted, links)
        for change, row in read:
            if change.what == "ended":
                line = [_ended(speaker, line, change, row) for speaker in line]
        return cls(tuple(line), tuple(problems))

    @property
    def origin(self) -> str:
        """The installation's name, which no key changes."""
        return self.line[-1].key.origin

    @property
    def in_force(self) -> VerifierKey:
        """The key that took the place of all others."""
        return self.line[-1].key

    def speaker(self, key: VerifierKey) -> Speaker | None:
        """Return what is known of a key, None where it is not of the line."""
        return next((speaker for speaker in self.line if str(speaker.key) == str(key)), None)

    def note(self, signed: str) -> tuple[Note, Speaker] | None:
        """Return what a note of the log says and who signed it, None where nobody of the line did."""
        opened = ((notes.opened(signed, speaker.key), speaker) for speaker in self.line)
        return next(((content, pair) for content, pair in opened if content is not None), None)

    def anchored(self, line: str) -> tuple[Note, Speaker] | None:
        """Return what a line of an anchor says and who signed it, None where nobody of the line did."""
        opened = ((notes.anchored(line, speaker.key), speaker) for speaker in self.line)
        return next(((content, pair) for content, pair in opened if content is not None), None)


def change_note(what: What, of: AuditSigningKey | VerifierKey, by: AuditSigningKey) -> str:
    """Return the note that a key is replaced (``of`` signs too) or has ended."""
    former = of.verifier if isinstance(of, AuditSigningKey) else of
    text = f"{_KIND}\n{by.origin}\n{what}\n{former}\n{by.verifier}\n"
    signers = [by, *([of] if isinstance(of, AuditSigningKey) else [])]
    return f"{text}\n" + "".join(f"{notes.DASH} {by.origin} {signer.sign(text)}\n" for signer in signers)


def opened(note: str | None, origin: str) -> KeyChange | None:
    """Return what a note says of a key, None where it is malformed or lacks a signature that it needs."""
    text, _, signatures = (note or "").partition("\n\n")
    text += "\n"
    prefix = f"{notes.DASH} {origin} "
    encoded = [line.removeprefix(prefix) for line in signatures.splitlines() if line.startswith(prefix)]
    try:
        kind, named, what, of, by = text.splitlines()
        change = KeyChange(cast("What", what), VerifierKey.parse(of), VerifierKey.parse(by))
    except ValueError:
        return None
    needed = {"replaced": (change.of, change.by), "ended": (change.by,)}.get(what, ())
    sound = (
        kind == _KIND and named == origin == change.of.origin == change.by.origin and str(change.of) != str(change.by)
    )
    spoke = needed and all(any(key.signed(signature, text) for signature in encoded) for key in needed)
    return change if sound and spoke else None


def _line(trusted: VerifierKey, links: list[tuple[KeyChange, Mapping[str, Any]]]) -> tuple[list[Speaker], list[str]]:
    """Follow the replacements from a trusted key to both ends; each key is replaced once and replaces one."""
    line, seen, problems = [Speaker(trusted)], {str(trusted)}, []
    while (before := next((link for link in links if str(link[0].by) == str(line[0].key)), None)) is not None:
        change, row = before
        if str(change.of) in seen:
            break
        seen.add(str(change.of))
        line[0] = replace(line[0], since=row["at"])
        line.insert(0, Speaker(change.of, replaced=True))
    while (after := next((link for link in links if str(link[0].of) == str(line[-1].key)), None)) is not None:
        change, row = after
        if str(change.by) in seen:
            break
        seen.add(str(change.by))
        line[-1] = replace(line[-1], replaced=True)
        line.append(Speaker(change.by, since=row["at"]))
    follows = {str(speaker.key): str(other.key) for speaker, other in itertools.pairwise(line)}
    for change, _ in links:
        is_listed = str(change.of) in seen or str(change.by) in seen
        if is_listed and follows.get(str(change.of)) != str(change.by):
            problems.append(f"key {change.of.id.hex()} was replaced by {change.by.id.hex()}, which is not of the line")
    return line, sorted(set(problems))


def _ended(speaker: Speaker, line: list[Speaker], change: KeyChange, row: Mapping[str, Any]) -> Speaker:
    """Let a key end where a later one says so; the first place in the log counts."""
    later = {str(other.key) for other in line[line.index(speaker) + 1 :]}
    if str(change.of) != str(speaker.key) or str(change.by) not in later:
        return speaker
    places = [end for end in (speaker.ended_at, row["leaf"]) if end is not None]
    return replace(speaker, ended=speaker.ended or row["at"], ended_at=min(places, default=None))
