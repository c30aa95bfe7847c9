"""Chat-completion bodies of a given size with some personal data in them, the same in every run."""

from __future__ import annotations

import json
import random
from functools import cache

SIZES = {"300": (300, 1, 1), "2k": (2048, 3, 4), "20k": (20480, 8, 24)}  # bytes, messages, personal data
COUNT = 64
_FIRST = "Maria James Aiko Omar Lena Priya Carlos Hannah Wei Fatima Tom Ingrid".split()
_LAST = "Schmidt Johnson Tanaka Haddad Novak Sharma Garcia Weber Zhang Rossi Miller Larsen".split()
_FILL = (
    "Please review the attached quarterly summary and tell me which of the open items still need a decision. "
    "The migration of the billing service went live on Tuesday and the error rate went back to normal. "
    "Our team would like a short explanation that a customer can understand without technical background. "
    "We compared three vendors on price, latency and support; the table below lists the figures for each month. "
    "Invoice 2024-00017 was paid in full, while order 83-1190 is still waiting for a delivery date. "
    "Summarize the conversation so far in five bullet points and keep the tone friendly but professional. "
).split(" ")


@cache
def make(size: str, *, stream: bool = False) -> list[bytes]:
    """Return ``COUNT`` bodies of about the named size."""
    chance = random.Random(7)
    length, turns, personal = SIZES[size]
    bodies = []
    for _ in range(COUNT):
        messages = [{"role": "system", "content": "You are a helpful assistant."}]
        body = {"model": "gpt-4o-mini", "messages": messages, "temperature": 0.2}
        if stream:
            body["stream"] = True
        room = (length - len(json.dumps(body)) - 40 * turns) // turns
        for turn in range(turns):
            role = "user" if turn % 2 == 0 else "assistant"
            messages.append({"role": role, "content": text(chance, room, max(1, personal // turns))})
        bodies.append(json.dumps(body).encode())
    return bodies


def fresh(body: bytes, number: int) -> bytes:
    """Return the body with every text made one that was never seen, so that no cache can answer."""
    document = json.loads(body)
    for message in document["messages"]:
        message["content"] = renewed(message["content"], number)
    return json.dumps(document).encode()


def renewed(known: str, number: int) -> str:
    """Return a text about as long with a word in each sentence that no other number has, so that no part of it repeats."""
    word = "".join("bcdfghjklm"[int(digit)] + "aeiou"[int(digit) % 5] for digit in str(number))
    head = f"For the {word} team. "
    return head + known.replace(". ", f" {word}. ")[: max(0, len(known) - len(head))]


def text(chance: random.Random, length: int, personal: int) -> str:
    """Return a text of at most so many characters with about so many pieces of personal data."""
    parts: list[str] = []
    size, word, every = 0, chance.randrange(len(_FILL)), max(1, length // personal) if personal else 2 * length
    following = every // 2
    while size < length:
        if size >= following:
            part = _personal(chance)
            following += every
        else:
            part = _FILL[word % len(_FILL)] + " "
            word += 1
        parts.append(part)
        size += len(part)
    return "".join(parts)[:length].rstrip()


def _personal(chance: random.Random) -> str:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    return chance.choice(
        [
            f"My name is {first} {last} and my email is {first.lower()}.{last.lower()}@example.org. ",
            f"Call {first} {last} at (415) 555-0{chance.randrange(100, 199)}. ",
            f"Server 10.{chance.randrange(255)}.3.{chance.randrange(1, 255)} is used by {first} {last}. ",
            f"{first} {last} was born on 0{chance.randrange(1, 9)}/1{chance.randrange(9)}/19{chance.randrange(50, 99)}. ",
        ]
    )
