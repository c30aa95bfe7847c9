"""Whose the surrogates in earlier turns are, where a target keeps a conversation and later turns bring new texts alone.

A turn that sees only its own texts would give somebody new what somebody else has, and somebody known another one. What
is kept under the conversation's handle (``kept_state.Assignments``) names values by keyed digests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from proxy.core.deidentification.declension import NameForm, endings_of
from proxy.core.kept_state import Assignments

#: Names and numbers in earlier turns from which on new ones have tokens, so that the entry of a handle stays small.
MOST: Final = 2_000
_DIGESTS: Final = 1 << 96
_TOKEN = ("", "", "")  # the row of a name that has a token, as no surrogate was free


class EarlierTurns:
    """The surrogates in earlier turns; ``number(purpose, limit)`` is keyed and below ``limit``."""

    __slots__ = ("_digests", "_kept", "_number", "_owners", "is_full")

    def __init__(self, kept: Assignments, number: Callable[[str, int], int]) -> None:
        self._kept, self._number, self._owners = kept, number, frozenset(kept.numbers.values())
        self._digests: dict[str, str] = {}
        self.is_full = len(kept.names) + len(kept.numbers) >= MOST

    def has(self, role: str, base: str) -> bool:
        """Whether a base form is known, with a surrogate or a token."""
        return bool(self._kept.names) and self._person(role, base) in self._kept.names

    def name(self, role: str, base: str) -> tuple[str, NameForm] | None:
        """Return the surrogate of a base form, and what that is a form of; None if it has none."""
        row = self._kept.names[self._person(role, base)] if self.has(role, base) else _TOKEN
        if row == _TOKEN:
            return None
        surrogate, language, kind = row
        return surrogate, NameForm(language, kind, base, endings_of(language, kind, base), 0, listed=False)

    def number(self, line: str) -> str:
        """Return the digest of a number."""
        return self._digest(f"number\x1f{line}")

    def may_have_another(self, number: str) -> bool:
        """Whether a number, by its digest, may get a surrogate that no number has."""
        return not self.is_full and number not in self._owners

    def and_also(
        self, chosen: Mapping[tuple[str, str], tuple[str, NameForm] | None], numbers: Mapping[str, str]
    ) -> Assignments:
        """Return them with those of this turn: by role and base form, and of all numbers."""
        names = {
            self._person(*person): (name[0], name[1].language, name[1].kind) if name is not None else _TOKEN
            for person, name in chosen.items()
            if name is not None or not self.is_full
        }
        return replace(self._kept, names={**names, **self._kept.names}, numbers=numbers)

    def _person(self, role: str, base: str) -> str:
        return self._digest(f"{role}\x1f{base}")

    def _digest(self, value: str) -> str:
        digest = self._digests.get(value)
        if digest is None:
            digest = self._digests[value] = format(self._number(f"kept\x1f{value}", _DIGESTS), "x")
        return digest
