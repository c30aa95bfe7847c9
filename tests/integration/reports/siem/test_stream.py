"""Every record arrives at least once, in order within its chain, whatever the collector, the process or the commits do."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from dataclasses import replace

import pytest

from proxy.audit.records.record import genesis
from proxy.audit.sealing.seal import BatchSealer
from proxy.audit.upkeep.readings import Requester
from proxy.audit.writing.session import Session, batched, chained
from proxy.reports.siem import address, sinks
from proxy.reports.siem.positions import StoredPositions
from proxy.reports.siem.sinks import SinkError
from proxy.reports.siem.stream import StreamGapError
from proxy.runtime import database
from testing import entries, evidence


async def drained(stream):
    await stream.begin()
    await stream.run(drain=True)
    return stream.state.sent


async def fill(*logs, count=20):
    for number, log in itertools.product(range(count), logs):
        await log.event_durable("catalog_loaded", {"revision": str(number)}, tenant="acme" if number % 2 else "other")


def in_order(places):
    chains = {}
    for writer, seq in places:
        chains.setdefault(writer, []).append(seq)
    return all(seqs == sorted(set(seqs)) for seqs in chains.values())


async def test_exactly_the_records_of_all_chains_arrive_in_order(streaming, open_log, collector, stored):
    await fill(*[await open_log() for _ in range(3)])
    assert await drained(streaming()) == 63
    assert sorted(collector.places) == await stored()
    assert in_order(collector.places)


async def test_a_stream_goes_on_where_it_stopped(streaming, log, collector):
    await fill(log, count=3)
    assert await drained(streaming()) == 4
    assert await drained(streaming()) == 0
    await fill(log, count=2)
    assert await drained(streaming()) == 2
    assert len(set(collector.places)) == len(collector.places) == 6


async def test_under_another_name_it_begins_anew(streaming, log):
    assert await drained(streaming()) == 1
    assert await drained(streaming("&name=other")) == 1


@pytest.mark.parametrize("answer", [500, 429, 403, "close"])
async def test_a_collector_that_fails_gets_the_records_when_it_is_back(streaming, log, collector, stored, answer):
    await fill(log, count=5)
    collector.answers = [answer, answer]
    reasons = []
    stream = streaming(failed=reasons.append)
    assert await drained(stream) == 6
    assert collector.places == await stored()
    assert len(reasons) == 2
    assert stream.state.error == ""


async def test_a_collector_that_does_not_answer_in_time_gets_the_records_again(streaming, log, collector, stored):
    async def hangs(self, body):
        await asyncio.sleep(1.0)
        return 200

    collector.answers = [hangs]
    stream = streaming()
    stream.sink = replace(stream.sink, timeout_s=0.2)
    assert await drained(stream) == 1
    assert collector.places[0] == (await stored())[0]


async def test_a_syslog_collector_that_breaks_the_connection_gets_every_message(
    streaming, log, syslog_collector, stored
):
    await fill(log, count=3)
    to = address.parse(f"syslog+tls://localhost:{syslog_collector.port}#roots={syslog_collector.roots}")
    syslog_collector.breaks = 2
    assert await drained(streaming(sink=sinks.opened(to))) == 4
    places = [re.findall(rb'log_writer="([^"]+)" log_seq="(\d+)"', one)[0] for one in syslog_collector.messages]
    assert [(writer.decode(), int(seq)) for writer, seq in places] == await stored()


async def test_a_slow_collector_that_gives_up_after_it_took_the_records_gets_them_again(
    streaming, log, collector, stored
):
    async def takes_and_fails(self, body):
        self.taken += body.splitlines()
        return 502

    await fill(log, count=2)
    collector.answers = [takes_and_fails]
    await drained(streaming())
    assert collector.places == [*(await stored()), *(await stored())]


async def test_a_drain_gives_up_and_loses_nothing(streaming, log, collector, stored):
    collector.answers = [503] * 2
    with pytest.raises(SinkError, match="answered 503"):
        await drained(streaming(tries=2))
    assert await drained(streaming()) == 1
    assert collector.places == await stored()


async def test_killed_between_the_collector_and_the_place_it_sends_again(streaming, log, collector, stored, fresh_dsn):
    await fill(log, count=4)
    connection = await database.connect(fresh_dsn, database.READER)

    async def kill(self, body):
        connection.terminate()
        return 200

    collector.answers = [kill]
    dying = streaming(connection=connection)
    with pytest.raises(database.UNAVAILABLE):
        await drained(dying)
    assert await drained(streaming()) == 5
    assert collector.places == [*(await stored()), *(await stored())]


async def test_killed_while_records_are_written_nothing_is_left_out(streaming, open_log, collector, stored, fresh_dsn):
    logs = [await open_log() for _ in range(2)]
    writing = asyncio.create_task(fill(*logs, count=60))
    while not writing.done():
        connection = await database.connect(fresh_dsn, database.READER)
        stream = streaming(connection=connection)
        await stream.begin()
        running = asyncio.create_task(stream.run())
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        connection.terminate()
    await drained(streaming())
    assert sorted(set(collector.places)) == await stored()


async def test_follows_what_is_written_while_it_runs(streaming, log, collector, stored):
    stream = streaming()
    await stream.begin()
    running = asyncio.create_task(stream.run())
    await fill(log, count=3)
    async with asyncio.timeout(20):
        while len(collector.places) < 4 or stream.state.behind:
            await asyncio.sleep(0.02)
    running.cancel()
    assert collector.places == await stored()
    assert stream.state.behind == 0
    assert stream.state.behind_since is None


async def late_batch(dsn, age="0 s"):
    """Return a chain's batch whose transaction stays open, and how to commit it."""
    session = await Session.open(dsn, "late-writer", 5.0)
    transaction = session._connection.transaction()
    await transaction.start()
    rows, _ = chained("late-writer", genesis("late-writer"), [entries.event("catalog_loaded")])
    await session.store(rows, BatchSealer(evidence.SIGNING).seal(batched(rows)), 5.0)

    async def commit():
        await transaction.commit()
        await session.close(2.0)

    return commit


async def test_a_batch_that_is_committed_after_later_ones_of_other_chains_is_not_lost(
    streaming, log, collector, fresh_dsn
):
    commit = await late_batch(fresh_dsn)
    await fill(log, count=3)
    stream = streaming()
    assert await drained(stream) == 4
    await commit()
    await stream.run(drain=True)
    assert collector.places[-1] == ("late-writer", 1)


async def test_a_batch_older_than_every_look_by_time_is_found_by_a_look_at_all_chains(
    streaming, log, collector, fresh_dsn, superuser
):
    commit = await late_batch(fresh_dsn)
    stream = streaming(all_s=0.2)
    await drained(stream)
    await commit()
    await superuser.execute("ALTER TABLE audit.seal DISABLE TRIGGER USER")
    await superuser.execute(
        "UPDATE audit.seal SET stored_at = stored_at - interval '1 hour' WHERE writer = 'late-writer'"
    )
    await asyncio.sleep(0.2)
    await stream.run(drain=True)
    assert collector.places[-1] == ("late-writer", 1)


async def test_begins_at_what_comes_now(streaming, log, collector):
    await fill(log, count=2)
    assert await drained(streaming("&from=now")) == 0
    await fill(log, count=2)
    assert await drained(streaming("&from=now")) == 2


async def test_begins_at_a_time(streaming, log, collector, superuser):
    await fill(log, count=2)
    await asyncio.sleep(0.05)
    moment = await superuser.fetchval("SELECT clock_timestamp()")
    await fill(log, count=3)
    assert await drained(streaming(f"&from={moment.isoformat().replace('+', '%2B')}")) == 3


async def test_a_filter_passes_by_what_it_does_not_take(streaming, log, collector):
    await fill(log, count=4)
    assert await drained(streaming("&tenant=acme&kinds=event")) == 2
    assert await drained(streaming("&kinds=writer_started")) == 1
    assert await drained(streaming("&tenant=acme&kinds=event")) == 0


async def test_that_it_streams_and_to_whom_stands_in_the_log(streaming, log, superuser):
    await streaming("&tenant=acme").announce(Requester("officer", "why"))
    said = await superuser.fetchval("SELECT said::text FROM audit.reading")
    for part in ('"audit stream"', '"http 127.0.0.1', '"record"', '"tenant=acme"', '"officer"'):
        assert part in said


async def test_a_batch_larger_than_a_hand_over_is_sent_whole(streaming, log, collector, stored, superuser):
    units = [log.event("catalog_loaded", {"revision": str(number)}) for number in range(1200)]
    assert all(units)
    await log.event_durable("catalog_loaded", {})
    assert await drained(streaming("&batch=1000")) == 1202
    assert collector.places == await stored()


async def test_records_that_are_gone_stop_the_stream_until_a_person_passes_them_by(
    streaming, log, collector, superuser
):
    await fill(log, count=3)
    await superuser.execute("ALTER TABLE audit.record DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit.record WHERE seq = 2")
    with pytest.raises(StreamGapError, match=r"1 records of .* after 0 are gone"):
        await drained(streaming())
    with pytest.raises(StreamGapError):
        await drained(streaming())
    assert collector.places == []
    with pytest.raises(StreamGapError):
        await drained(streaming("&tenant=acme"))  # nobody knows whose it was
    await drained(streaming("&name=after&from=now"))
    await fill(log, count=1)
    assert await drained(streaming("&name=after")) == 1


async def test_a_record_that_the_collector_refuses_is_on_record_and_ends_nothing(
    streaming, log, collector, stored, superuser
):
    await fill(log, count=9)
    hashed = (await superuser.fetchval("SELECT hash FROM audit.record WHERE seq = 5")).hex().encode()

    async def refuses(_, body):
        return 400 if hashed in body else 200

    collector.answers = [refuses] * 50
    reasons = []
    await drained(streaming(failed=reasons.append))
    assert reasons == ["it answered 400"]
    assert sorted(set(collector.places)) == [place for place in await stored() if place[1] != 5]
    said = await superuser.fetchval("SELECT said FROM audit.reading WHERE said ->> 'command' = 'audit stream refused'")
    assert (json.loads(said)["filter"]["from"], json.loads(said)["rows"]) == (f"{log.writer_id}/5", 1)


@pytest.mark.parametrize("count", [1, 4])
async def test_a_collector_that_refuses_everything_loses_nothing(streaming, log, collector, stored, count):
    await fill(log, count=count - 1)
    collector.answers = [400] * 40
    with pytest.raises(SinkError, match="400"):
        await drained(streaming(tries=2))
    collector.answers = []
    await drained(streaming())
    assert collector.places == await stored()


async def test_another_login_does_not_move_the_place(streaming, log, superuser, fresh_dsn, reader):
    await drained(streaming())
    await superuser.execute("INSERT INTO audit.stream (login, name) VALUES ('other', 'theirs')")
    await superuser.execute("INSERT INTO audit.stream_position VALUES ('other', 'theirs', 'w', 1)")
    assert await StoredPositions(reader, "theirs").load() is None
    assert await reader.fetchval("SELECT count(*) FROM audit.stream WHERE login = 'other'") == 0
    assert await reader.execute("UPDATE audit.stream_position SET seq = 9 WHERE login = 'other'") == "UPDATE 0"


async def test_reads_by_index_alone(reader, log):
    from proxy.audit.access import following

    await reader.execute("SET enable_seqscan = off")
    values = {"$1": "'w'", "$2": "1", "$3": "9", "$4": "'2026-01-01'", "$5": "'2026-01-03'"}
    plans = []
    for name in ("records_between", "heads", "recent_heads", "next_seals"):
        text = following._SQL[name]
        for place, value in (values | {"$1": "30"} if name == "recent_heads" else values).items():
            text = text.replace(place, value)
        plans.append(await reader.fetch(f"EXPLAIN {text}"))
    assert not [line[0] for plan in plans for line in plan if "Seq Scan" in line[0]]
