"""The options, the connection and the subject references of commands that read the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from proxy.audit.access.reader import AuditReader


def _checked_language(language: str) -> str:
    from proxy.reports.render.languages import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"pages are in {' and '.join(LANGUAGES)}")
    return language


def moment(text: str) -> datetime:
    """Return a day, or a time with or without an offset.

    Raises:
        typer.BadParameter: it is neither.

    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; write 2026-11-30, 2026-11-30T12:00 or 2026-11-30T13:00+01:00"
        ) from None


Since = Annotated[datetime | None, typer.Option(help="From this time on (UTC).", parser=moment, metavar="TIME")]
Until = Annotated[datetime | None, typer.Option(help="Before this time (UTC).", parser=moment, metavar="TIME")]
Purpose = Annotated[str, typer.Option(help="Why you read; recorded in the log.")]
Exchange = Annotated[str, typer.Argument(help="An exchange's id, as x-compliance-exchange and 'audit list' show it.")]
Archives = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR",
        file_okay=False,
        help="Also read this month's archive, for what the database no longer has; repeat for more.",
    ),
]
Language = Annotated[
    str, typer.Option(metavar="en|de", help="Language of --html and --pdf.", callback=_checked_language)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most, newest first.")]


class AskedFiles(NamedTuple):
    """Files to be written, by format, in a language; and the archives that are asked, too."""

    files: Mapping[str, Path] = MappingProxyType({})
    archives: tuple[Path, ...] = ()
    language: str = "en"


async def ask(purpose: str, question: Callable[[AuditReader], Awaitable[Any]]) -> Any:
    """Connect, ask, and return the answer once the reading is recorded."""
    from proxy.audit.access.reader import AuditReader
    from proxy.audit.upkeep.readings import Requester
    from proxy.cli.installation import database_url, operator, reading

    async with reading(database_url()) as connection:
        return await question(AuditReader(connection, Requester(operator(), purpose)))


def utc(moment: datetime | None) -> datetime | None:
    """Return a time as given in UTC: one without an offset is in UTC already."""
    if moment is None or moment.tzinfo is not None:
        return moment if moment is None else moment.astimezone(UTC)
    return moment.replace(tzinfo=UTC)


def period(since: datetime | None, until: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return both bounds of a time in UTC.

    Raises:
        typer.BadParameter: it ends before it begins.

    """
    from proxy.reports import parameters

    bounds = utc(since), utc(until)
    try:
        parameters.check_period(*bounds)
    except parameters.InvalidParameterError as error:
        raise typer.BadParameter(str(error)) from error
    return bounds


async def reference(subject: str | None, tenant: str | None, purpose: str = "") -> tuple[str, ...] | None:
    """Return the keyed references of a data subject. That somebody looked for an erased one is recorded.

    Raises:
        SubjectErasedError: nothing was recorded about the person since.

    """
    if subject is None or subject.startswith("hmac-sha256:"):
        return None if subject is None else (subject,)
    if tenant is None:
        raise typer.BadParameter("--subject needs --tenant: references differ between tenants")
    from proxy.audit.upkeep import readings
    from proxy.cli.installation import database_url, keyring, operator, reading
    from proxy.reports import subjects

    keys = keyring()
    async with reading(database_url()) as connection:
        try:
            key = await subjects.find(connection, keys, subject, tenant)
        except subjects.SubjectErasedError:
            requester = readings.Requester(operator(), purpose)
            await readings.announce(connection, requester, "audit: an erased subject", {"tenant": tenant}, 0)
            raise
    if key.erased is not None:
        typer.secho(f"erased on {key.erased:%Y-%m-%d}: what follows came after that", fg="yellow", err=True)
    return key.references


def warn(statement: Mapping[str, Any], what: str, *, unsigned: bool) -> None:
    """Say on the error stream what is missing from an answer or a report."""
    purged = statement["coverage"]["purged"]
    doubts = {
        "there are more rows: raise --limit, or narrow it": not statement["complete"],
        f"{purged} records of that time were purged, so nothing of them is counted": purged > 0,
        "no signed note of the log covers all of it yet": not statement["covers_all_records"] and not purged,
        f"{what} is not signed: this account does not have the audit signing key": unsigned,
    }
    for doubt in (doubt for doubt, holds in doubts.items() if holds):
        typer.secho(doubt, fg="yellow", err=True)
