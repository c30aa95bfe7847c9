"""What somebody does to an export is named, with nothing but the public key."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json

import pytest

from proxy.audit.access import exporting
from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.upkeep import key_changes
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import export
from proxy.audit.verification.export import CONTEXT, MANIFEST, NOTES, RECORDS, SEALS, ExportError
from proxy.audit.verification.offline import verify_export
from proxy.runtime import database
from testing import evidence

OWN, NEW = evidence.SIGNING, AuditSigningKey.generate()


async def exported(dsn, folder, key=OWN):
    connection = await database.connect(dsn, database.READER)
    try:
        await exporting.write(connection, folder, await exporting.stretch(connection, None, None), key.verifier)
    finally:
        await connection.close()
    return folder


@pytest.fixture
async def folder(fresh_dsn, log, serve, tmp_path):
    anchor = FileAnchor(tmp_path / "audit.anchor")
    for number in range(3):
        await serve(log, f"x{number}")
        await log.event_durable("flush", {})
        await Checkpointer(fresh_dsn, OWN, (anchor,) if number < 2 else ()).once()
    return await exported(fresh_dsn, tmp_path / "out")


def rows(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def rewrite(folder, name, changed) -> None:
    """Replace a file, and its digest in the manifest too."""
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in changed).encode()
    (folder / name).write_bytes(text)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][name] = hashlib.sha256(text).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def manifest(folder, **changes) -> None:
    held = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(held | changes))


def what(folder, key=OWN) -> set[str]:
    return {damage.what for damage in verify_export(folder, key.verifier).damages}


async def test_an_export_is_sound_and_as_far_witnessed_as_an_anchor_says(folder, tmp_path):
    assert verify_export(folder, OWN.verifier).state == "unwitnessed"
    report = verify_export(folder, OWN.verifier, FileAnchor(tmp_path / "audit.anchor").lines())
    assert (report.state, report.damages) == ("witnessed", [])
    assert report.tail > 0
    assert report.tail_since > report.witnessed_to


ATTACKS = {
    "an edited record": lambda one: rewrite(one, RECORDS, edited(one)),
    "a removed record": lambda one: rewrite(one, RECORDS, rows(one, RECORDS)[:3] + rows(one, RECORDS)[4:]),
    "the last records gone": lambda one: rewrite(one, RECORDS, rows(one, RECORDS)[:-1]),
    "two records exchanged": lambda one: rewrite(
        one, RECORDS, [*rows(one, RECORDS)[:2][::-1], *rows(one, RECORDS)[2:]]
    ),
    "a removed seal": lambda one: rewrite(one, SEALS, rows(one, SEALS)[:-1]),
    "a removed first seal": lambda one: rewrite(one, SEALS, rows(one, SEALS)[1:]),
    "records and seals cut off together": lambda one: cut(one),  # noqa: PLW0108 - defined below
    "a removed note": lambda one: rewrite(one, NOTES, rows(one, NOTES)[:-1]),
    "the opening record gone": lambda one: rewrite(
        one, CONTEXT, [json.loads((one / CONTEXT).read_text()) | {"records": []}]
    ),
    "no proof of growth": lambda one: manifest(one, growth=[base64.b64encode(b"x" * 32).decode()]),
    "another beginning": lambda one: manifest(one, start=1, peaks=base64.b64encode(b"x" * 32).decode()),
}


def edited(folder):
    changed = rows(folder, RECORDS)
    changed[2]["body"] = changed[2]["body"].replace("acme", "acne")
    return changed


def cut(folder) -> None:
    """The export of a shorter log, with the note of the longer one."""
    seals, records = rows(folder, SEALS), rows(folder, RECORDS)
    last = seals[-1]
    rewrite(folder, SEALS, seals[:-1])
    rewrite(folder, RECORDS, [one for one in records if one["seq"] < last["first_seq"]])
    rewrite(folder, NOTES, [one for one in rows(folder, NOTES) if one["size"] < len(seals)])
    manifest(folder, end=len(seals) - 1, records=len(records) - 1)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_attack_is_named(folder, attack):
    ATTACKS[attack](folder)
    assert what(folder)


async def test_a_file_that_was_altered_since_is_named(folder):
    (folder / NOTES).write_bytes((folder / NOTES).read_bytes() + b"\n")
    assert "nothing more can be read" in verify_export(folder, OWN.verifier).damages[-1].detail
    (folder / NOTES).write_bytes((folder / NOTES).read_bytes()[:-1].replace(b"}", b" }"))
    assert "file" in what(folder)


async def test_another_key_believes_nothing(folder):
    assert what(folder, NEW) == {"key"}
    with pytest.raises(ExportError, match="the key is for"):
        verify_export(folder, AuditSigningKey.generate("another/log").verifier)


async def test_the_split_view_of_a_thief_contradicts_the_note_somebody_kept(folder):
    kept = rows(folder, NOTES)[-1]
    forged = notes.sign(notes.Note(kept["size"], b"x" * 32), OWN)
    report = verify_export(folder, OWN.verifier, [notes.anchor_line(forged)])
    assert [one.detail for one in report.damages] == [f"checkpoint {kept['size']} is not the one that was anchored"]


async def test_an_export_holds_over_a_change_of_keys(fresh_dsn, log, serve, open_log, tmp_path):
    await serve(log, "old")
    await log.event_durable("flush", {})
    await Checkpointer(fresh_dsn, OWN).once()
    await key_changes.replaced(log, NEW, "ops")
    later = await open_log(fresh_dsn, signing=NEW)
    await serve(later, "new")
    await later.event_durable("flush", {})
    await Checkpointer(fresh_dsn, NEW).once()
    for key in (OWN, NEW):
        out = await exported(fresh_dsn, tmp_path / key.verifier.id.hex(), key)
        assert await asyncio.to_thread(what, out, OWN) == await asyncio.to_thread(what, out, NEW) == set()


@pytest.mark.parametrize("text", [b"", b"{}", b'{"kind": "other"}', b"[1]"])
async def test_what_is_no_manifest_is_refused(folder, text):
    (folder / MANIFEST).write_bytes(text)
    with pytest.raises(ExportError):
        verify_export(folder, OWN.verifier)
    assert export.FILES
