"""How many calls a known request of 2 KB and its reply make on the way through the proxy: a gauge without noise.

Run: python -m bench.calls. Counted are the calls of functions in Python and in C by code of the product, by package; the
parts outside (detection, policy, vault, database, target, client) are stand-ins in memory. The second table says what
one more known message adds to a turn of a conversation.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

from proxy.core.records import Decision, Facts, Obligation
from testing.fakes import FakeClient, FakePdp, FakeReply, FakeUpstreams, Stage, chat, completion

OBLIGATIONS = (
    Obligation("o1", "pseudonymize", entities=("EMAIL_ADDRESS",)),
    Obligation("o2", "redact", entities=("US_SSN",)),
    Obligation("o3", "residual_scan"),
    Obligation("o4", "reidentify_response"),
)
#: The folder of the product.
PRODUCT = Path(__file__).parent.parent / "proxy"
_PROSE = "the harbour master wrote that ships arrive late in the evening when the tide allows it and the crane is free "
#: A request of 2 KB with two values to find, and its reply.
BODY = chat(f"Write to anna.schmidt@lettermail.org, whose number is 212-45-6789. {_PROSE * 17}")
REPLY = completion(f"Thank you. {_PROSE * 5}")
#: Messages of the conversations whose turns are compared: so few that no thread is asked, whose calls are not counted.
FEWER, MORE = 40, 80


class RepeatingPdp(FakePdp):
    """Answers the same question with the same decision, as the cache does."""

    def __init__(self) -> None:
        super().__init__(OBLIGATIONS, guards=frozenset({"US_SSN"}))
        self._known: dict[Facts, Decision] = {}

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        if facts not in self._known:
            self._known[facts] = await super().decide(facts, exchange, now)
        return self._known[facts]


def turn(messages: int) -> bytes:
    """Return the body of a conversation of so many messages, a fifth of them with an address."""
    texts = [f"{_PROSE}{number}" + (f" a{number % 40}@b.org" if number % 5 == 0 else "") for number in range(messages)]
    roles = ("user", "assistant")
    return orjson.dumps(
        {"model": "m", "messages": [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]}
    )


def counted(*bodies: bytes) -> tuple[Counter[str], Counter[str]]:
    """Return the calls in Python and in C of the last request, by package of the product.

    They are served in order; without any, the request of 2 KB is served three times.
    """
    requests = bodies or (BODY,) * 3
    python: Counter[str] = Counter()
    others: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        package = _package(frame)
        if package and event == "call":
            python[package] += 1
        elif package and event == "c_call":
            others[package] += 1

    async def serve() -> None:
        stage = Stage(pdp=RepeatingPdp(), upstreams=FakeUpstreams({"a": FakeReply(parts=[REPLY])}))
        for number, body in enumerate(requests, 1):
            stage.client = FakeClient()
            sys.setprofile(note if number == len(requests) else None)
            await stage.run(body)
            sys.setprofile(None)
        assert stage.client.status == 200, stage.client.body

    asyncio.run(serve())
    return python, others


def counted_per_message() -> tuple[Counter[str], Counter[str]]:
    """Return what each further known message adds to a turn: calls in Python and in C, of all of them, by package."""
    fewer, more = (counted(*map(turn, (messages, messages - 2, messages))) for messages in (FEWER, MORE))
    return more[0] - fewer[0], more[1] - fewer[1]


def _package(frame: FrameType) -> str:
    """Return the package of the product, "" for other code."""
    path = Path(frame.f_code.co_filename)
    return "/".join(path.relative_to(PRODUCT).parts[:2]) if path.is_relative_to(PRODUCT) else ""


def main() -> None:
    """Print the tables."""
    for calls, requests in ((counted(), 1), (counted_per_message(), MORE - FEWER)):
        python, others = calls
        for name, _ in (python + others).most_common():
            print(f"{name:32s} {python[name] / requests:8.6g} {others[name] / requests:8.6g}")
        print(f"{'together':32s} {python.total() / requests:8.6g} {others.total() / requests:8.6g}\n")


if __name__ == "__main__":
    main()
