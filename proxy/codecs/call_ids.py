"""Which call a result answers where a dialect may leave ids out: the first of that name without a result yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.codecs.conversation import Call, Conversation, UntranslatableError


class Ids:
    """Gives ids to the calls of one conversation in order; the same conversation gets the same ones."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._taken = set(given)
        self._number = 0
        self._waiting: list[tuple[str, str]] = []  # (name, id) of calls without a result

    def of_call(self, name: str, given: str = "") -> str:
        """Return the id of a call."""
        made = given
        while not made or (not given and made in self._taken):
            self._number += 1
            made = f"call_{self._number}"
        self._taken.add(made)
        self._waiting.append((name, made))
        return made

    def of_result(self, name: str, given: str, path: str) -> str:
        """Return the id of the call that a result answers; ``name`` is "" where it is not said.

        Raises:
            UntranslatableError: there is none.

        """
        for one in self._waiting:
            if one[1] == given or (not given and name in {"", one[0]}):
                self._waiting.remove(one)
                return one[1]
        raise UntranslatableError(path, "answers no call")


def names(conversation: Conversation) -> dict[str, str]:
    """Return the name of what each call calls, by the call's id."""
    parts = (part for turn in conversation.turns for part in turn.parts)
    return {part.id: part.name for part in parts if isinstance(part, Call)}
