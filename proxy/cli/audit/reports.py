"""``compliance-proxy audit report``: reports that are composed of several questions, signed like an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import Archives, AskedFiles, Language, Purpose, Since, Until, reference, utc, warn

if TYPE_CHECKING:
    from proxy.reports.composing import ComposedReport
    from proxy.reports.report import SignedReport

_FILE = typer.Option(metavar="FILE", dir_okay=False, help="Write it to this file, and its statement to FILE.sig.json.")


def report(
    name: Annotated[str, typer.Argument(help="A report, such as ropa or breach.")] = "",
    every: Annotated[bool, typer.Option("--list", help="List all reports.")] = False,
    since: Since = None,
    until: Until = None,
    at: Annotated[str | None, typer.Option(help="When you became aware (UTC), 2026-07-01T12:00.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only this provider.")] = None,
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category of data.")] = None,
    mechanism: Annotated[str | None, typer.Option(help="Only this transfer mechanism.")] = None,
    subject: Annotated[str | None, typer.Option(help="This data subject (needs --tenant).")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many rows of each part at most (1000).")] = None,
    archive: Archives = None,
    language: Language = "en",
    purpose: Purpose = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report with its statement.")] = False,
    html: Annotated[Path | None, _FILE] = None,
    pdf: Annotated[Path | None, _FILE] = None,
) -> None:
    """Compose a report from the evidence, with a statement that anybody can verify with 'audit check'.

    The statement is signed if this account has the audit signing key; the admin API always signs.
    """
    if every or not name:
        _list()
        return
    options = {
        "since": utc(since), "until": utc(until), "at": at, "tenant": tenant, "activity": activity,
        "provider": provider, "target": target, "region": region, "category": category, "mechanism": mechanism,
        "subject": subject, "limit": limit,
    }  # fmt: skip
    files = {kind: path for kind, path in (("html", html), ("pdf", pdf)) if path is not None}
    asked = AskedFiles(files, tuple(archive or ()), language)
    composed = _composed(_named(name), options, purpose, asked)
    _print(composed, is_filed=bool(files), as_json=as_json)


def _list() -> None:
    from proxy.cli.audit import tables
    from proxy.reports import composing

    rows = [
        {"name": form.name, "for": form.description.persona, "report": form.description.title, "takes": form.offered}
        for form in composing.every()
    ]
    tables.show(tables.plain(rows, ("name", "for", "report", "takes")))


def _named(chosen: str) -> ComposedReport:
    from proxy.reports import composing

    report_named = composing.named(chosen)
    if report_named is None:
        raise typer.BadParameter(f"there is no report {chosen}; 'audit report --list' shows all")
    return report_named


def _composed(chosen: ComposedReport, parameters: Mapping[str, Any], purpose: str, asked: AskedFiles) -> SignedReport:
    from proxy.cli import installation

    async def work() -> SignedReport:
        from proxy.audit.upkeep.readings import Requester
        from proxy.reports import render
        from proxy.reports import report as composed
        from proxy.reports.answer import QueryContext
        from proxy.reports.render import write_files
        from proxy.runtime.clock import SystemClock

        render.check(asked.files)
        subject = await reference(parameters["subject"], parameters["tenant"])
        arguments = {**parameters, "subject": list(subject) if subject is not None else None}
        now = datetime.fromtimestamp(SystemClock().now(), UTC)
        requester, signing = Requester(installation.operator(), purpose), installation.own_signing_key()
        about = QueryContext(requester, now, signing=signing, archives=asked.archives)
        async with installation.reading(installation.database_url()) as connection:
            signed = await composed.compose(connection, chosen, arguments, about)
        for kind, path in asked.files.items():
            write_files(signed, kind, path, asked.language)
        return signed

    return installation.run(work())


def _print(signed: SignedReport, *, is_filed: bool, as_json: bool) -> None:
    from proxy.cli.audit import tables
    from proxy.reports import statement

    if as_json:
        typer.echo(statement.canonical(signed.document()).decode())
    elif not is_filed:
        for part, answer in zip(signed.report.parts, signed.answers, strict=True):
            typer.secho(part.description.title, bold=True)
            tables.show(tables.plain(answer.rows, part.question.columns))
        for gap in signed.report.description.not_recorded:
            typer.echo(f"not recorded: {gap}")
    warn(signed.statement, "the report", unsigned=signed.signing is None and (is_filed or as_json))
