"""Growing conversations: each turn sends everything before it again and one more message, as agents do.

The texts of the history are known and no body repeats, so that only what is remembered of single texts helps.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from functools import cache

from bench.overhead import bodies

#: Texts of which conversations consist, and the bytes of each.
POOL, _BYTES = 256, 200
_PERSONAL = 5  # one text in so many holds personal data
_ROLES = ("user", "assistant")
_HEAD = b'{"model": "gpt-4o-mini", "temperature": 0.2, "messages": [{"role": "system", "content": "You are helpful."}, '


@cache
def pool() -> tuple[str, ...]:
    """Return the known texts, the same in every run."""
    chance = random.Random(11)
    return tuple(bodies.text(chance, _BYTES, int(number % _PERSONAL == 0)) for number in range(POOL))


def known(length: int) -> Iterator[bytes]:
    """Yield bodies of ``length`` messages that hold every known text once."""
    for at in range(0, POOL, length):
        yield _body([_message(text, number) for number, text in enumerate(pool()[at : at + length])])


def growing(length: int, seed: int, fresh: int = 0) -> Iterator[bytes]:
    """Yield the turns of one conversation after the other, each of ``length`` messages on average, without end.

    Args:
        length: messages.
        seed: conversations of different seeds differ.
        fresh: where it is > 0, the last message of each turn is a new text, numbered from here.

    """
    chance = random.Random(seed)
    numbers = itertools.count(fresh)
    while True:
        said = [_message(text, number) for number, text in enumerate(chance.choices(pool(), k=first(length)))]
        while len(said) < 2 * length - first(length):
            last = chance.choice(pool())
            said.append(_message(bodies.renewed(last, next(numbers)) if fresh else last, 0))
            yield _body(said)
            said.append(_message(chance.choice(pool()), 1))


def first(length: int) -> int:
    """Return the messages before the first turn that is sent: an even number, a fifth less than the average."""
    return max(length - max(length // 5, 2), 0) // 2 * 2


def _message(text: str, number: int) -> bytes:
    return json.dumps({"role": _ROLES[number % 2], "content": text}).encode()


def _body(messages: list[bytes]) -> bytes:
    return _HEAD + b", ".join(messages) + b"]}"
