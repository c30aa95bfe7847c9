"""Archives are the log: what was purged answers as it did before, and what is no archive of this log answers nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from proxy.audit.access import archiving
from proxy.audit.access.archiving import Month
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.verification import export
from proxy.audit.verification.archived import RecordRun, merged
from proxy.audit.verification.export import DERIVED, MANIFEST, RECORD_ROWS
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.core.wire import new_exchange_id
from proxy.reports import answer, catalogue, recomputing
from proxy.reports.parameters import InvalidParameterError
from proxy.reports.recomputing import NotRecomputableError
from testing import evidence, past, twins

KEY = evidence.SIGNING.verifier
EXCHANGES = DERIVED[0]
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
WHOLE = {"since": TODAY - timedelta(days=600), "until": TODAY - timedelta(days=401)}
ABOUT = twins.query_context(signing=evidence.SIGNING)
#: Questions about exchanges, and what they are narrowed to.
_PLAIN = ("AQ-01", "AQ-06", "AQ-28")
ASKED = dict.fromkeys(_PLAIN, WHOLE) | {"kept-until": {"at": TODAY}}


@pytest.fixture
async def begun() -> list[str]:
    """The exchange that ends in another month."""
    return []


@pytest.fixture
async def then(fresh_dsn, tmp_path, started, begun):
    """Two months with exchanges, of which one begins in the first and ends in the second."""
    then = past.Past(fresh_dsn, FileAnchor(tmp_path / "audit.anchor"))
    log = await then.log(520, started)
    begun.append(new_exchange_id(log.clock.seconds))
    async with log.entry(replace(evidence.exchange(begun[0]), received_at=log.clock.seconds)) as entry:
        entry.note(evidence.inspection(), evidence.facts(), past._kept(10))
        await entry.intend(evidence.outbound(begun[0]), 1)
        for _ in range(2):
            await past.serve(log, keep_days=10)
        await then.checkpoint()
        log.clock.seconds += 40 * past.DAY_S
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    await past.serve(log, keep_days=10, tenant="mercy")
    await log.close()
    await then.checkpoint()
    return then


@pytest.fixture
async def folders(then, reader, tmp_path):
    made = []
    for days in (520, 480):
        month = Month.parse(f"{past.day_ago(days):%Y-%m}")
        chosen = await archiving.stretch(reader, month, datetime.now(UTC))
        manifest = await archiving.write(reader, tmp_path / month.name, month, chosen, evidence.SIGNING, ())
        archiving.complete(tmp_path / month.name, manifest)
        made.append(tmp_path / month.name)
    return tuple(made)


async def rows(reader, question, about=ABOUT):
    return await answer.ask(reader, catalogue.named(question), ASKED.get(question, {}), about)


async def story(reader, exchange, about=ABOUT):
    return (await answer.ask(reader, catalogue.named("AQ-23"), {"exchange": exchange}, about)).rows


async def test_what_was_purged_answers_from_archives_as_it_did_before(then, folders, started, reader, begun):
    """One month alone says what it lacks; what began before it is told by the archive's own row."""
    before = {name: (await rows(reader, name)).rows for name in ASKED}
    told = await story(reader, begun[0])
    assert len(told) == 3
    assert sum(map(len, before.values())) > len(ASKED) / 2
    assert [done for done in await then.purge(started) if done.records]
    about = replace(ABOUT, archives=folders)
    for name, held in before.items():
        bare, found = await rows(reader, name), await rows(reader, name, about)
        assert (found.rows, found.statement["covers_all_records"]) == (held, True), name
        assert found.statement["coverage"]["purged"] == 0 < bare.statement["coverage"]["purged"]
        assert [one.split()[0] for one in found.statement["coverage"]["archives"]] == [one.name for one in folders]
    assert await story(reader, begun[0], about) == told
    again = await recomputing.recomputed(reader, found.statement, KEY, None, folders)
    assert again.same
    with pytest.raises(NotRecomputableError, match=folders[0].name):
        await recomputing.recomputed(reader, found.statement, KEY, None)
    second = await rows(reader, "AQ-28", replace(ABOUT, archives=folders[1:]))
    assert second.statement["coverage"]["purged"] > 0
    assert (second.statement["covers_all_records"], second.statement["coverage"]["left_out"]) == (False, 0)


def rewrite(folder, name, change) -> None:
    """Replace the rows of a file, and sign the manifest anew."""
    table = pq.read_table(folder / name)
    held = pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema)
    pq.write_table(held, folder / name)
    manifest = export.read((folder / MANIFEST).read_bytes())
    files = {**manifest.files, name: hashlib.sha256((folder / name).read_bytes()).hexdigest()}
    made = replace(manifest, files=files, rows={**manifest.rows, name: held.num_rows})
    made = replace(made, signature=evidence.SIGNING.sign(made.signed_text))
    (folder / MANIFEST).write_bytes(export.written(made))


async def test_an_archive_counts_once_and_what_is_none_of_this_log_is_refused_by_name(folders, reader):
    """Also where the thief of the signing key signs altered files anew: derived rows are not even read."""
    alone, both = [await rows(reader, "AQ-14", replace(ABOUT, archives=one)) for one in ((), folders)]
    assert (both.rows, both.statement["coverage"]["records"]) == (alone.rows, alone.statement["coverage"]["records"])
    with pytest.raises(InvalidParameterError, match="signing key"):
        await rows(reader, "AQ-14", replace(ABOUT, archives=folders, signing=None))
    rewrite(folders[0], EXCHANGES, lambda held: [])
    assert (await rows(reader, "AQ-14", replace(ABOUT, archives=folders))).rows == alone.rows
    manifest = export.read((folders[0] / MANIFEST).read_bytes())
    refused = {
        "holds no archive": (folders[0] / "nowhere",),
        "hold the same records": (folders[0], folders[0]),
        "some tenants alone": replace(manifest, tenants=("acme",)),
        "of another log": replace(manifest, keys=(str(AuditSigningKey.generate().verifier),)),
    }
    for reason, asked in refused.items():
        if isinstance(asked, export.Manifest):
            (folders[0] / MANIFEST).write_bytes(export.written(asked))
        with pytest.raises(InvalidParameterError, match=reason):
            await rows(reader, "AQ-14", replace(ABOUT, archives=asked if isinstance(asked, tuple) else folders[:1]))
    (folders[0] / MANIFEST).write_bytes(export.written(manifest))
    rewrite(
        folders[0],
        RECORD_ROWS,
        lambda held: [*held[:4], held[4] | {"body": held[4]["body"].replace("acme", "acne")}, *held[5:]],
    )
    with pytest.raises(EvidenceDamagedError, match=folders[0].name):
        await rows(reader, "AQ-14", replace(ABOUT, archives=folders))


def test_spans_that_follow_each_other_are_one():
    assert merged([RecordRun("b", 4, 5), RecordRun("a", 1, 2), RecordRun("b", 1, 3), RecordRun("a", 4, 4)]) == [
        RecordRun("a", 1, 2), RecordRun("a", 4, 4), RecordRun("b", 1, 5),
    ]  # fmt: skip
