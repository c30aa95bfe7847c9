"""``python -m bench.system_checks.offline FOLDER``: a stack where no network is but loopback; a line of JSON says what was found."""

from __future__ import annotations

import asyncio
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from bench.hostile.stand import CALLERS, Stand

_SIOCSIFFLAGS, _UP_RUNNING = 0x8914, 0x41
_TEXT = "Ottilie Brandt (ottilie.brandt@lettermail.org) has type 2 diabetes and takes metformin."


def loopback_up() -> None:
    """Switch on the loopback interface of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        fcntl.ioctl(own, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _UP_RUNNING, b""))


def outside() -> str:
    """Try to leave; documentation addresses (RFC 5737) belong to nobody."""
    try:
        socket.create_connection(("192.0.2.1", 443), 2).close()
    except TimeoutError:
        return "it waits"
    except OSError:
        return "no way out"
    return "it connects"


async def main(folder: str) -> None:
    """Start, ask, and say what was found."""
    loopback_up()
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    stand = Stand(place)
    try:
        await stand.start({"quiet": CALLERS["quiet"]})
        answer = await stand.ask("quiet", _TEXT)
        found = await stand.recorded(
            "kind = 'decision' AND exchange = $1",
            await _ended(stand, answer.headers.get("x-compliance-exchange", "")),
        )
        entities, categories = (
            found[0]["body"]["facts"]["input"]["classification"][name] if found else []
            for name in ("entities", "categories")
        )
        told = {
            "status": answer.status,
            "answer": str(answer),
            "entities": sorted({one["type"] for one in entities}),
            "categories": categories,
            "outside": outside(),
        }
        sys.stdout.write(json.dumps(told) + "\n")
    finally:
        await stand.stop()


async def _ended(stand: Stand, exchange: str) -> str:
    await stand.records(exchange)
    return exchange


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
