"""Asks questions of the log, and makes a command of each question of ``proxy.audit.access.questions``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from proxy.audit.access.questions import Question
    from proxy.audit.access.reader import AuditReader

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
Since = Annotated[datetime | None, typer.Option(help="From this time on (UTC).", formats=_FORMATS)]
Until = Annotated[datetime | None, typer.Option(help="Before this time (UTC).", formats=_FORMATS)]
Purpose = Annotated[str, typer.Option(help="Why you read; kept in the log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, newest first.")]
#: The options of questions, by parameter: kind and default.
_OPTIONS: Mapping[str, tuple[Any, Any]] = {
    "since": (Since, None),
    "until": (Until, None),
    "tenant": (Annotated[str | None, typer.Option(help="Only this tenant.")], None),
    "activity": (Annotated[str | None, typer.Option(help="Only this processing activity.")], None),
    "target": (Annotated[str | None, typer.Option(help="Only at this target.")], None),
    "code": (Annotated[str | None, typer.Option(help="Only with this reason code.")], None),
    "subject": (Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")], None),
    "limit": (Limit, 50),
}
_ALWAYS: Mapping[str, tuple[Any, Any]] = {"purpose": (Purpose, ""), "as_json": (AsJson, False)}


def command(question: Question) -> Callable[..., None]:
    """Return the command that asks a question."""

    def run(*, purpose: str, as_json: bool, **given: Any) -> None:
        from proxy.cli import installation
        from proxy.cli.audit import tables

        if "subject" in given:
            given["subject"] = installation.run(reference(given["subject"], given["tenant"]))
        for name in ("since", "until"):
            if name in given:
                given[name] = utc(given[name])
        rows = installation.run(asked(purpose, lambda reader: reader.ask(question, given)))
        if as_json:
            typer.echo(tables.json_lines(rows))
        else:
            tables.show(tables.plain(rows, question.description.columns))

    options = {name: _OPTIONS[name] for name in question.parameters} | dict(_ALWAYS)
    run.__doc__ = question.description.help
    run.__annotations__ = {name: kind for name, (kind, _) in options.items()}
    run.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ])  # fmt: skip
    return run


async def asked(purpose: str, question: Callable[[AuditReader], Awaitable[Any]]) -> Any:
    """Connect, ask, and return the answer once there is word of the read."""
    from proxy.audit.access.reader import AuditReader
    from proxy.audit.upkeep.readings import Asker
    from proxy.cli.installation import database_url, operator, reading

    async with reading(database_url()) as connection:
        return await question(AuditReader(connection, Asker(operator(), purpose)))


def utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


async def reference(subject: str | None, tenant: str | None) -> tuple[str, ...] | None:
    """Return the keyed references under which a data subject is recorded, by every master key, the retired ones too."""
    if subject is None or subject.startswith("hmac-sha256:"):
        return None if subject is None else (subject,)
    if tenant is None:
        raise typer.BadParameter("--subject needs --tenant: the same reference is another subject for another tenant")
    from proxy.cli.installation import database_url, keyring, reading
    from proxy.core.keyring import digests
    from proxy.keys import generations, kept_keys

    keys = keyring()
    async with reading(database_url()) as connection:
        await generations.agree(connection, keys)
        kept = await kept_keys.read(connection, keys)
    retired = (
        digests(place.key_id, key, subject.encode())
        for place, key in kept.items()
        if (place.purpose, place.tenant) == (kept_keys.SUBJECT, tenant)
    )
    return (*keys.digests(subject.encode(), "subject", tenant), *(one for pair in retired for one in pair))
