"""``compliance-proxy audit verify`` and ``checkpoint``: whether the evidence is what was written."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from proxy.cli.audit.asking import Purpose, Since, Until, period
from proxy.cli.audit.proving import Key, trusted_key

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from proxy.audit.sealing.keys import VerifierKey
    from proxy.audit.upkeep.anchors import Anchor
    from proxy.audit.verification.export import Manifest
    from proxy.audit.verification.findings import Damage, VerificationReport
    from proxy.settings import Settings


def verify(
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|ANCHOR",
            help="Compare with this file, or this anchor as PROXY_AUDIT_ANCHOR names it (witness:URL#KEY), not with "
            "the configured ones.",
        ),
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
        typer.Option(
            metavar="STATE",
            help="The log must continue the note in this file, and only what came after it is read; the newest note "
            "replaces it.",
        ),
    ] = None,
    whole: Annotated[bool, typer.Option(help="With --trusted: read the whole log all the same.")] = False,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A witness's key: the notes it cosigned confirm the log.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="Why you verify; recorded in the log.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify the log: recompute hashes, seals, the tree and its notes, and compare them with the anchors.

    Exit with 0: sound and witnessed; 3: sound, but no anchor confirms it; 4: nothing signed was changed, but what
    protects the log is weakened; 1: the log is damaged.

    With --trusted, records that the trusted note covers are not read again: run it without, or with --whole, from time
    to time.

    With --key it needs no secret and no role but the reader's, or the verifier's.
    """
    from proxy.audit.verification import summary
    from proxy.cli.installation import run

    before = run(_trusted(trusted))
    if offline is not None:
        report, unrecorded = run(_offline(offline, key, anchor, before)), ""
    else:
        outside = OutsideWord(anchor, tuple(witness or ()), before)
        report, unrecorded = run(_verified(key, purpose, outside, whole=whole))
    if unrecorded:
        typer.secho(f"this verification is not recorded: {unrecorded}", fg="yellow", err=True)
    _show(report, as_json=as_json)
    if trusted is not None and report.sound and report.note:
        run(_trust(trusted, report.note))
    if status := summary.STATUSES[report.state]:
        raise typer.Exit(status)


def _show(report: VerificationReport, *, as_json: bool) -> None:
    from proxy.audit.verification import summary

    for line in [summary.Line(summary.as_json(report))] if as_json else summary.lines(report):
        typer.secho(line.text, fg=line.colour)


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

    manifest = run(_exported(out, *period(since, until), key, purpose))
    typer.echo(f"{manifest.records} records under the seals {manifest.start} to {manifest.end - 1} of the log in {out}")


def anchors_of(settings: Settings) -> tuple[Anchor, ...]:
    """Return the anchors that the settings name."""
    from proxy.audit.upkeep import anchors

    return anchors.opened(settings.audit_anchor, settings.state_dir)


def _named(anchor: str | None, settings: Settings) -> tuple[Anchor, ...]:
    """Return the anchors to compare with: the one that an option names, else those of the settings.

    Raises:
        ConfigurationError: it is neither an anchor nor a file.

    """
    from proxy.audit.upkeep import anchors
    from proxy.audit.upkeep.anchors.file import FileAnchor
    from proxy.errors import ConfigurationError

    if anchor is None:
        return anchors_of(settings)
    if anchor.partition(":")[0] in anchors.kinds():
        return anchors.opened(anchor, settings.state_dir)
    if not Path(anchor).is_file():
        raise ConfigurationError(f"--anchor: {anchor} is neither a file nor an anchor such as witness:URL#KEY")
    return (FileAnchor(Path(anchor)),)


async def _read(used: Sequence[Anchor], origin: str) -> list[str]:
    """Return what anchors say of a log.

    Raises:
        ConfigurationError: one cannot be read.

    """
    from proxy.errors import ConfigurationError

    lines: list[str] = []
    for anchor in used:
        try:
            lines += await anchor.every(origin)
        except OSError as error:
            raise ConfigurationError(f"the anchor {anchor.where} cannot be read ({error})") from error
    return lines


async def _trusted(state: Path | None) -> str:
    from proxy.audit.sealing import trusted

    return trusted.note_before(state)


async def _trust(state: Path, note: str) -> None:
    from proxy.audit.sealing import trusted

    trusted.replace_note(state, note)


async def _offline(folder: Path, key: str | None, anchor: str | None, before: str) -> VerificationReport:
    from proxy.audit.sealing import notes
    from proxy.audit.verification import offline
    from proxy.audit.verification.export import ExportError
    from proxy.errors import ConfigurationError
    from proxy.settings import Settings

    lines, trusted = [notes.anchor_line(before)] if before else [], trusted_key(key)
    read = await _read(_named(anchor, Settings()), trusted.origin) if anchor is not None else []
    try:
        return offline.verify_export(folder, trusted, [*lines, *read])
    except (OSError, ExportError) as error:
        raise ConfigurationError(f"{folder} is not an export: {error}") from error


class OutsideWord(NamedTuple):
    """What confirms the log from outside: an anchor or its file, keys of witnesses, the note verified before."""

    anchor: str | None
    witnesses: Sequence[str]
    before: str


async def _verified(
    key: str | None, purpose: str, outside: OutsideWord, *, whole: bool
) -> tuple[VerificationReport, str]:
    """Return the report, and why the verification is not recorded, "" if it is."""
    import asyncpg

    from proxy.audit.access.reader import AuditReader
    from proxy.audit.upkeep.readings import Requester
    from proxy.audit.verification.reading import recomputed
    from proxy.audit.verification.since import verify_since
    from proxy.audit.verification.verify import verify as verified
    from proxy.cli.installation import database_url, operator, reading
    from proxy.runtime import database
    from proxy.settings import Settings

    settings, dsn = Settings(), database_url()
    trusted = trusted_key(key)
    async with reading(dsn, database.VERIFIER) as connection:
        lines = await _lines(connection, settings, outside, trusted.origin)
        if outside.before and not whole:
            report = await verify_since(connection, trusted, outside.before, lines)
        else:
            report = await verified(connection, trusted, lines)
            report.damages += await recomputed(connection, trusted)
        report.damages += [*await _unproven(connection, dsn), *await _keyless(dsn, trusted)]
        try:
            await AuditReader(connection, Requester(operator(), purpose)).verified(report)
        except asyncpg.ReadOnlySQLTransactionError:
            return report, "the database is a read-only copy"
        except asyncpg.PostgresError as error:  # a tampered database must not suppress the report
            return report, f"the database refuses it ({type(error).__name__})"
    return report, ""


async def _unproven(connection: asyncpg.Connection, dsn: str) -> list[Damage]:
    """Name rows that no holder of the master key made, if this account has that key and may read them.

    Raises:
        ConfigurationError: there is a master key, but it is not the installation's.

    """
    import asyncpg

    from proxy.audit.verification.findings import Damage
    from proxy.cli.installation import keyring
    from proxy.errors import ConfigurationError
    from proxy.keys import authority_check, generations
    from proxy.keys.authority import KINDS

    try:
        keys = keyring()
    except ConfigurationError:
        return []
    try:
        await generations.agree(connection, keys)
        named = await authority_check.against(dsn, keys, tuple(KINDS))
    except asyncpg.PostgresError:  # a login that may only verify, or a table that is gone, which is named elsewhere
        return []
    return [Damage("", 0, "protection", problem) for problem in named]


async def _keyless(dsn: str, trusted: VerifierKey) -> list[Damage]:
    """Name tenants of which keys of data subjects are missing or were moved, if this login may read them."""
    from proxy.audit.verification.findings import Damage
    from proxy.cli.installation import keyring, reading
    from proxy.errors import AuditUnavailableError, ConfigurationError
    from proxy.reports import gathering, subjects

    named: list[str] = []
    with contextlib.suppress(AuditUnavailableError, ConfigurationError):
        async with reading(dsn) as connection:
            named += await gathering.keyless(connection, trusted)
            named += await subjects.displaced(connection, keyring())
    return [Damage("", 0, "protection", problem) for problem in named]


async def _lines(connection: asyncpg.Connection, settings: Settings, outside: OutsideWord, origin: str) -> list[str]:
    """Return what the anchors say that can be read, and what witnesses cosigned."""
    from proxy.audit.sealing import notes

    lines = [notes.anchor_line(outside.before)] if outside.before else []
    used = _named(outside.anchor, settings)
    cosigned = await _cosigned(connection, [*anchors_of(settings), *used], outside.witnesses)
    return [*lines, *cosigned, *await _read(used, origin)]


async def _cosigned(connection: asyncpg.Connection, used: Sequence[Anchor], addresses: Sequence[str]) -> list[str]:
    """Return a line for each note that a used or given witness is said to have cosigned."""
    from proxy.audit.sealing.cosignature import WitnessKey
    from proxy.audit.upkeep.anchors import witness
    from proxy.errors import ConfigurationError

    try:
        more = [witness.WitnessAnchor("", WitnessKey.parse(key)) for key in addresses]
    except ValueError as error:
        raise ConfigurationError(f"--witness takes the key that a witness publishes: {error}") from error
    return await witness.cosigned(connection, [*used, *more])


async def _exported(
    out: Path, since: datetime | None, until: datetime | None, key: str | None, purpose: str
) -> Manifest:
    from proxy.audit.access import exporting
    from proxy.audit.upkeep import readings
    from proxy.audit.upkeep.log_tree import LogGapError
    from proxy.audit.upkeep.readings import Requester
    from proxy.audit.verification.export import ExportError
    from proxy.audit.verification.proof import ProofError
    from proxy.cli.installation import database_url, operator, reading
    from proxy.errors import ConfigurationError

    async with reading(database_url()) as connection:
        try:
            stretch = await exporting.stretch(connection, since, until)
            requester, bounds = Requester(operator(), purpose), {"since": since, "until": until}
            await readings.announce(connection, requester, "audit export", bounds, stretch.records)
            return await exporting.write(connection, out, stretch, trusted_key(key))
        except (ExportError, ProofError, LogGapError) as error:
            raise ConfigurationError(f"this is not a whole export: {error}") from error
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
