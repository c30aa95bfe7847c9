"""``compliance-proxy audit verify``, ``checkpoint`` and ``adopt``: whether the evidence is what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from proxy.cli.audit.asking import Purpose, Since, Until, utc
from proxy.cli.audit.proving import Key, trusted_key

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from proxy.audit.sealing.keys import VerifierKey
    from proxy.audit.upkeep.anchors import Anchor
    from proxy.audit.verification.export import Manifest
    from proxy.audit.verification.findings import VerificationReport
    from proxy.settings import Settings

_ENDS = {"witnessed": 0, "damaged": 1, "unwitnessed": 3}


def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, help="Compare with this anchor file, not the configured ones."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="FILE|KEY", help="The installation's public key, as printed by 'audit key export'."),
    ] = None,
    offline: Annotated[
        Path | None,
        typer.Option(metavar="DIR", exists=True, file_okay=False, help="Verify this export, without the database."),
    ] = None,
    trusted: Annotated[
        Path | None,
        typer.Option(metavar="STATE", help="The log must continue the note in this file; the newest note replaces it."),
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A witness's key: the notes it cosigned confirm the log.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="Why you verify; recorded in the log.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute everything. Exit with 0: sound and witnessed; 3: sound, but no anchor confirms it; 1: damaged.

    With --key it needs no secret and no role but the reader's.
    """
    from proxy.cli.audit import report as audit_report
    from proxy.cli.installation import run

    before = run(_trusted(trusted))
    if offline is not None:
        report, unrecorded = run(_offline(offline, key, anchor, before)), ""
    else:
        report, unrecorded = run(_verified(key, purpose, OutsideWord(anchor, tuple(witness or ()), tuple(before))))
    if unrecorded:
        typer.secho(f"this verification is not recorded: {unrecorded}", fg="yellow", err=True)
    if as_json:
        typer.echo(audit_report.as_json(report))
    else:
        audit_report.show(report)
    if trusted is not None and report.sound and report.note:
        run(_trust(trusted, report.note))
    if status := _ENDS[report.state]:
        raise typer.Exit(status)


def checkpoint(
    anchor: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Anchor it in this file too, outside the database.")
    ] = None,
) -> None:
    """Sign the current size of the log now; a running proxy does so by itself."""
    from proxy.cli.installation import run

    typer.echo(run(_checkpoint(anchor)))


def export(
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is empty or new.")],
    since: Since = None,
    until: Until = None,
    key: Key = None,
    purpose: Purpose = "",
) -> None:
    """Export the records sealed in a period, with seals, notes, keys and certificates, to verify them elsewhere.

    The recipient verifies it with the public key: 'audit verify --offline DIR --key KEY'.
    """
    from proxy.cli.installation import run

    manifest = run(_exported(out, utc(since), utc(until), key, purpose))
    typer.echo(f"{manifest.records} records under the seals {manifest.start} to {manifest.end - 1} of the log in {out}")


def adopt(
    reason: Annotated[str, typer.Option(help="Why these chains are adopted; recorded in the log.")],
) -> None:
    """Adopt the chains of processes from releases without seals, once none of them runs any more."""
    from proxy.cli.installation import run

    chains, records = run(_adopt(reason))
    typer.echo(f"adopted {chains} chains with {records} records" if chains else "every chain is certified already")


def anchors_of(settings: Settings) -> tuple[Anchor, ...]:
    """Return the anchors that the settings name."""
    from proxy.audit.upkeep import anchors

    return anchors.opened(settings.audit_anchor, settings.state_dir)


async def _trusted(state: Path | None) -> list[str]:
    """Return the note in a state file as an anchor's line; nothing if there is no file yet.

    Raises:
        ConfigurationError: it is not a signed note.

    """
    from proxy.audit.sealing import notes
    from proxy.errors import ConfigurationError

    if state is None or not state.exists():  # noqa: ASYNC240 - one command, nothing else runs
        return []
    try:
        line = notes.anchor_line(state.read_text(encoding="utf-8"))  # noqa: ASYNC240
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{state} is not a signed note") from error
    return [line]


async def _trust(state: Path, note: str) -> None:
    from proxy.errors import ConfigurationError
    from proxy.runtime import private

    try:
        private.write(state, note.encode())
    except OSError as error:
        raise ConfigurationError(f"{state} cannot be written ({type(error).__name__})") from error


async def _offline(folder: Path, key: str | None, anchor: Path | None, before: Sequence[str]) -> VerificationReport:
    from proxy.audit.upkeep.anchors.file import FileAnchor
    from proxy.audit.verification import offline
    from proxy.audit.verification.export import ExportError
    from proxy.errors import ConfigurationError

    lines = [*before, *(FileAnchor(anchor).lines() if anchor is not None else ())]
    try:
        return offline.verify_export(folder, trusted_key(key), lines)
    except (OSError, ExportError) as error:
        raise ConfigurationError(f"{folder} is not an export: {error}") from error


class OutsideWord(NamedTuple):
    """What confirms the log from outside: an anchor file, keys of witnesses, lines of earlier verifications."""

    anchor: Path | None
    witnesses: Sequence[str]
    lines: Sequence[str]


async def _verified(key: str | None, purpose: str, outside: OutsideWord) -> tuple[VerificationReport, str]:
    """Return the report, and why the verification is not recorded, "" if it is."""
    import asyncpg

    from proxy.audit.access.reader import AuditReader
    from proxy.audit.upkeep.readings import Asker
    from proxy.audit.verification.verify import verify as verified
    from proxy.cli.installation import database_url, operator, reading
    from proxy.settings import Settings

    settings, dsn = Settings(), database_url()
    trusted = trusted_key(key)
    async with reading(dsn) as connection:
        lines = await _lines(connection, settings, outside)
        report = await verified(connection, trusted, lines, await _old_keys(connection))
        try:
            await AuditReader(connection, Asker(operator(), purpose)).verified(report)
        except asyncpg.ReadOnlySQLTransactionError:
            return report, "the database is a read-only copy"
        except asyncpg.PostgresError as error:  # a tampered database must not suppress the report
            return report, f"the database refuses it ({type(error).__name__})"
    return report, ""


async def _old_keys(connection: asyncpg.Connection) -> Sequence[VerifierKey]:
    """Return the keys that signed checkpoints before there were seals, if the master key is available.

    Raises:
        ConfigurationError: there is a master key, but it is not the installation's.

    """
    from proxy.audit.verification import former
    from proxy.cli.installation import keyring
    from proxy.errors import ConfigurationError
    from proxy.keys import generations, kept_keys

    try:
        keys = keyring()
    except ConfigurationError:
        return ()
    await generations.agree(connection, keys)
    return former.verifiers(keys, await kept_keys.read(connection, keys))


async def _lines(connection: asyncpg.Connection, settings: Settings, outside: OutsideWord) -> list[str]:
    """Return what the anchors say that can be read, and what witnesses cosigned."""
    from proxy.audit.upkeep.anchors.file import FileAnchor
    from proxy.errors import ConfigurationError

    used = (FileAnchor(outside.anchor),) if outside.anchor is not None else anchors_of(settings)
    try:
        read = [line for source in used for line in await source.every()]
    except OSError as error:
        raise ConfigurationError(f"the anchor cannot be read ({type(error).__name__})") from error
    return [*outside.lines, *await _cosigned(connection, settings, outside.witnesses), *read]


async def _cosigned(connection: asyncpg.Connection, settings: Settings, given: Sequence[str]) -> list[str]:
    """Return a line for each note that a configured or given witness is said to have cosigned."""
    import asyncpg

    from proxy.audit.sealing.cosignature import WitnessKey
    from proxy.audit.upkeep.anchors import witness
    from proxy.audit.writing.session import STATEMENTS
    from proxy.errors import ConfigurationError

    keys = {one.where: one.key for one in anchors_of(settings) if isinstance(one, witness.WitnessAnchor)}
    try:
        keys |= {witness.WitnessAnchor("", key).where: key for key in map(WitnessKey.parse, given)}
    except ValueError as error:
        raise ConfigurationError(f"--witness takes the key that a witness publishes: {error}") from error
    try:
        rows = await connection.fetch(STATEMENTS["words"], None) if keys else ()
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return []  # the comparison of the database's structure names that
    said = [row for row in rows if row["anchor"] in keys]
    return [witness.confirmed(row["note"], row["word"], [keys[row["anchor"]]]) for row in said]


async def _exported(
    out: Path, since: datetime | None, until: datetime | None, key: str | None, purpose: str
) -> Manifest:
    from proxy.audit.access import exporting
    from proxy.audit.upkeep import readings
    from proxy.audit.upkeep.log_tree import LogGapError
    from proxy.audit.upkeep.readings import Asker
    from proxy.audit.verification.export import ExportError
    from proxy.audit.verification.proof import ProofError
    from proxy.cli.installation import database_url, operator, reading
    from proxy.errors import ConfigurationError

    async with reading(database_url()) as connection:
        try:
            stretch = await exporting.stretch(connection, since, until)
            asker, bounds = Asker(operator(), purpose), {"since": since, "until": until}
            await readings.announce(connection, asker, "audit export", bounds, stretch.records)
            return await exporting.write(connection, out, stretch, trusted_key(key))
        except (ExportError, ProofError, LogGapError) as error:
            raise ConfigurationError(f"this is no whole export: {error}") from error
        except OSError as error:
            raise ConfigurationError(f"{out} cannot be written ({type(error).__name__})") from error


async def _checkpoint(anchor: Path | None) -> str:
    from proxy.audit.sealing import signing_key as audit_key
    from proxy.audit.upkeep.anchors.file import FileAnchor
    from proxy.audit.upkeep.checkpointer import Checkpointer
    from proxy.cli.installation import database_url
    from proxy.settings import Settings

    settings = Settings()
    used = (*anchors_of(settings), *((FileAnchor(anchor),) if anchor is not None else ()))
    checkpointer = Checkpointer(database_url(), audit_key.signing_key(settings), used)
    note = await checkpointer.once()
    if note is None:
        return "nothing is sealed yet"
    if checkpointer.unanchored:
        return f"checkpoint {note.size} is signed, but not written to {checkpointer.unanchored}"
    return f"checkpoint {note.size} is anchored in {', '.join(target.where for target in used) or 'nothing'}"


async def _adopt(reason: str) -> tuple[int, int]:
    from proxy.audit.verification.adopting import adopt as adopted
    from proxy.cli.installation import audit_log, installation, operator

    async with audit_log(installation()) as log:
        heads = await adopted(log, operator(), reason)
    return len(heads), sum(head.seq for head in heads.values())
