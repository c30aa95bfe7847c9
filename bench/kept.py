"""What a kept reply costs against a live one: calls to targets and statements, time on the way, and bytes that are kept.

Run: python -m bench.kept. Requests with two people in them, whole and streamed, are asked of a target in memory that answers at once, through the path with a
real PostgreSQL below the cache; live and kept ones alternate in one process, so only their ratio counts: of a real target's time a kept reply saves all.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from proxy.core.records import Obligation, Outbound
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.exchange.caching import ReplyCache
from proxy.runtime.clock import SystemClock
from proxy.runtime.migrations import migrate
from proxy.runtime.resources import shipped
from proxy.vault.postgres import PostgresVault
from proxy.vault.replies import PostgresReplies
from testing.fakes import DONE, KEYRING, FakeClient, FakePdp, FakeReply, Stage, chat, completion, delta

RULES = (
    Obligation("o1", "pseudonymize", entities=("EMAIL_ADDRESS",)),
    Obligation("o2", "reidentify_response"),
    Obligation("c", "cache_reply", params={"max_age_s": 3600}),
)
ASKED = "Write to anna.schmidt@lettermail.org and to ottilie.brandt@lettermail.org about the harbour. "
ROUNDS = 60
#: Of a reply: no two lines alike, so that it shrinks as prose does.
_NOUNS = "harbour master ship evening crane tide captain cargo letter order window street garden kitchen winter".split()
_VERBS = "sees moves finds writes loads opens counts leaves paints carries holds mends".split()
WORDS = " ".join(
    f"The {_NOUNS[n % 15]} {_VERBS[n % 12]} the {_NOUNS[n * 7 % 13]} {n * n % 97} times." for n in range(40)
)


def _reply(outbound: Outbound, *, streamed: bool) -> FakeReply:
    said = " and ".join(sorted(outbound.pseudonyms)) + ". " + WORDS
    if not streamed:
        return FakeReply(parts=[completion(said)])
    pieces = [delta(word + " ") for word in said.split(" ")]
    return FakeReply(content_type="text/event-stream", parts=[*pieces, delta(finish="stop"), DONE])


async def _measured(stage: Stage, *, streamed: bool) -> dict[str, list[float]]:
    """Return the seconds of requests that a target answered, and of those that the cache did."""

    def answer(outbound: Outbound) -> None:
        stage.upstreams.replies = {"a": _reply(outbound, streamed=streamed)}

    stage.upstreams.before = answer
    seconds: dict[str, list[float]] = {"live": [], "kept": []}
    body = chat(ASKED, stream=streamed)
    for number in range(2 * ROUNDS + 2):
        kind = "kept" if number % 2 else "live"
        stage.client = FakeClient(asked="no-store" if kind == "live" and number else "")
        began = time.perf_counter()
        await stage.run(body, id=f"x{streamed}{number}")
        seconds[kind].append(time.perf_counter() - began)
    return seconds


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        await migrate(server.dsn, shipped("migrations"))
        vault = PostgresVault(server.dsn, KEYRING, 7 * 86_400, SystemClock())
        await vault.start()
        try:
            print(
                "| reply | calls to the target of 61 live, 61 kept | median live | median kept | kept / live | bytes of the reply | bytes kept |"
            )
            print("|---|---|---|---|---|---|---|")
            for streamed in (False, True):
                await _row(vault, streamed=streamed)
        finally:
            await vault.close()
            await server.stop()


async def _row(vault: PostgresVault, *, streamed: bool) -> None:
    stage = Stage(pdp=FakePdp(RULES), vault=vault)
    cache = ReplyCache(PostgresReplies(vault, 64 << 20), stage.clock)
    stage.use(cache)
    seconds = await _measured(stage, streamed=streamed)
    live, kept = (statistics.median(seconds[kind][1:]) for kind in ("live", "kept"))
    size = len(b"".join(_reply(stage.upstreams.sent[0], streamed=streamed).parts))
    row = await vault.connected.fetchrow(
        "SELECT octet_length(sealed) AS sealed FROM vault.reply ORDER BY stored_at DESC LIMIT 1"
    )
    print(
        f"| {'streamed' if streamed else 'whole'} | {len(stage.upstreams.sent)} | {live * 1000:.1f} ms | {kept * 1000:.1f} ms "
        f"| {kept / live:.2f} | {size:,} | {row['sealed']:,} |"
    )


if __name__ == "__main__":
    asyncio.run(main())
