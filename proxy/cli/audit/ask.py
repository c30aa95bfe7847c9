"""``compliance-proxy audit ask``: questions from the catalogue, answered with a signed statement."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import Archives, AskedFiles, Language, Purpose, Since, Until, reference, utc, warn
from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.audit.sealing.keys import VerifierKey
    from proxy.reports.answer import SignedAnswer
    from proxy.reports.catalogue import Question

_FILE = typer.Option(metavar="FILE", dir_okay=False, help="Write it to this file, and its statement to FILE.sig.json.")


def ask(
    question: Annotated[str, typer.Argument(help="A number or name, such as AQ-14 or refusals.")] = "",
    every: Annotated[bool, typer.Option("--list", help="List all questions.")] = False,
    since: Since = None,
    until: Until = None,
    at: Annotated[str | None, typer.Option(help="As of this time (UTC), 2026-07-01 or 2026-07-01T12:00.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    activity: Annotated[str | None, typer.Option(help="Only this processing activity.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    provider: Annotated[
        str | None, typer.Option(help="Only this provider (its name in the registry, or its legal name).")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Only this target.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category of data.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only this type of entity.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this reason code.")] = None,
    mechanism: Annotated[str | None, typer.Option(help="Only this transfer mechanism.")] = None,
    exchange: Annotated[str | None, typer.Option(help="This exchange.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only this data subject (needs --tenant).")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How far ahead, in days.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many rows at most (1000).")] = None,
    archive: Archives = None,
    language: Language = "en",
    purpose: Purpose = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer with its statement.")] = False,
    csv: Annotated[Path | None, _FILE] = None,
    jsonl: Annotated[Path | None, _FILE] = None,
    parquet: Annotated[Path | None, _FILE] = None,
    html: Annotated[Path | None, _FILE] = None,
    pdf: Annotated[Path | None, _FILE] = None,
) -> None:
    """Answer a question from the evidence, with a statement that anybody can verify with 'audit check'.

    The statement is signed if this account has the audit signing key; the admin API always signs.
    """
    parameters = {
        "since": utc(since), "until": utc(until), "at": at, "tenant": tenant, "activity": activity, "service": service,
        "provider": provider, "target": target, "region": region, "category": category, "entity": entity,
        "action": action, "code": code, "mechanism": mechanism, "exchange": exchange, "subject": subject, "days": days,
        "limit": limit,
    }  # fmt: skip
    if every or not question:
        _list()
    else:
        formats = {"csv": csv, "jsonl": jsonl, "parquet": parquet, "html": html, "pdf": pdf}
        files = {kind: path for kind, path in formats.items() if path is not None}
        asked = AskedFiles(files, tuple(archive or ()), language)
        answered = _answer(_question(question), parameters, purpose, asked)
        _print(answered, is_filed=bool(files), as_json=as_json)


def rows(question: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the rows that answer a question; who asked is on record."""
    return _answer(_question(question), {"subject": None, "tenant": None, **parameters}, "", AskedFiles()).rows


def recompute(signed: Mapping[str, Any], key: VerifierKey, subject: str | None, archives: Sequence[Path] = ()) -> None:
    """Ask the log again what a statement answers, and say whether it makes the same rows. Exit with 1 if not."""
    from proxy.cli.installation import database_url, reading, run
    from proxy.reports import recomputing

    async def work() -> recomputing.Recomputed:
        references = await reference(subject, (signed.get("tenants") or [None])[0])
        async with reading(database_url()) as connection:
            return await recomputing.recomputed(connection, signed, key, references, archives)

    recomputed = run(work())
    if not recomputed.same:
        difference = (
            f"at {recomputed.size} seals it makes {recomputed.rows} other rows, and {signed['rows']} were signed"
        )
        raise fail(f"NOT WHAT THE LOG SAYS: {difference}")
    typer.echo(f"recomputed from the log at {recomputed.size} seals: the same {recomputed.rows} rows")


def _list() -> None:
    from proxy.cli.audit import tables
    from proxy.reports import catalogue

    rows = [
        {"id": entry.id, "name": entry.name, "for": entry.description.persona, "question": entry.description.title}
        for entry in catalogue.every()
    ]
    tables.show(tables.plain(rows, ("id", "name", "for", "question")))


def _question(chosen: str) -> Question:
    from proxy.reports import catalogue

    question = catalogue.named(chosen)
    if question is None:
        names = [name for entry in catalogue.every() for name in (entry.id.lower(), entry.name)]
        numbered = re.sub(r"^aq-?0*(\d+)$", lambda match: f"aq-{match[1]:0>2}", chosen.lower())
        near = difflib.get_close_matches(numbered, names, n=1, cutoff=1.0 if numbered.startswith("aq-") else 0.8)
        meant = f"did you mean {near[0].upper() if near[0].startswith('aq-') else near[0]}? " if near else ""
        raise typer.BadParameter(f"there is no question {chosen}; {meant}'audit ask --list' shows all")
    return question


def _answer(question: Question, parameters: Mapping[str, Any], purpose: str, asked: AskedFiles) -> SignedAnswer:
    from proxy.cli import installation

    async def work() -> SignedAnswer:
        from proxy.audit.upkeep.readings import Requester
        from proxy.reports import answer, render
        from proxy.reports.render import write_files
        from proxy.runtime.clock import SystemClock

        render.check(asked.files)
        subject = await reference(parameters["subject"], parameters["tenant"], purpose)
        arguments = {**parameters, "subject": list(subject) if subject is not None else None}
        requester = Requester(installation.operator(), purpose)
        about = answer.QueryContext(
            requester, datetime.fromtimestamp(SystemClock().now(), UTC), signing=installation.own_signing_key(),
            archives=asked.archives,
        )  # fmt: skip
        async with installation.reading(installation.database_url()) as connection:
            answer_signed = await answer.ask(connection, question, arguments, about)
        for kind, path in asked.files.items():
            write_files(answer_signed, kind, path, asked.language)
        return answer_signed

    return installation.run(work())


def _print(answer: SignedAnswer, *, is_filed: bool, as_json: bool) -> None:
    from proxy.cli.audit import tables
    from proxy.reports import statement

    if as_json:
        typer.echo(statement.canonical(answer.document()).decode())
    elif not is_filed:
        tables.show(tables.answer(answer.rows, answer.question.columns))
    if conclusion := answer.statement.get("conclusion"):
        typer.secho(conclusion, bold=True, err=as_json)
        if is_filed and answer.rows:
            typer.echo(f"the file has {len(answer.rows)} rows that say why", err=True)
    warn(answer.statement, "the answer", unsigned=answer.signing is None and (is_filed or as_json))
