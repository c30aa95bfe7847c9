"""``compliance-proxy detect FILE --false N | --missed START:END``: a list entry, and a regression case."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import typer

from proxy.core.findings import SegmentFindings, Status
from proxy.errors import ConfigurationError, DetectionError

if TYPE_CHECKING:
    from proxy.catalog.lists import ListEntry
    from proxy.core.findings import Finding
    from proxy.core.keyring import Keyring
    from proxy.detection.correction import Correction
    from proxy.detection.pool.process import WorkerProcess
    from proxy.detection.regression import LabelledSpan, LabelledText

_START_S = 120.0


@dataclass(frozen=True, slots=True)
class Marked:
    """The request: which place in which file, and what to do about it."""

    file: str
    tenant: str
    false: str = ""  # a number, or "start:end"
    missed: str = ""  # "start:end"
    type: str = ""
    near: str = ""
    note: str = ""
    forced: bool = False
    clear: bool = False
    lists: Path | None = None
    cases: Path | None = None
    keep_text: bool = False
    unrecorded: bool = False


def correct(marked: Marked) -> None:
    """Correct a finding and print what was done; nothing printed quotes the text."""
    from proxy.catalog.load import legal_data
    from proxy.cli.installation import run
    from proxy.runtime.resources import shipped

    try:
        text = Path(marked.file).read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise typer.BadParameter(f"cannot be read ({type(error).__name__})", param_hint="FILE") from error
    for line in run(_corrected(text, marked, legal_data(shipped("policies"))["entity_map"])):
        typer.echo(line)


async def _corrected(text: str, marked: Marked, entities: Mapping[str, Any]) -> list[str]:
    from proxy.cli.installation import keyring
    from proxy.service import corrections, tenant_lists

    where, keys = _lists_path(marked), keyring()
    secret = tenant_lists.key(keys)
    async with _Models() as models:
        needed = marked.false or (marked.cases and not marked.keep_text)
        read = await models.read(text) if needed else SegmentFindings()
        list_filter = tenant_lists.filter_for(where, entities, secret, marked.tenant, tenant_lists.keys(keys)[1:])
        findings = read.findings if list_filter is None else list_filter.apply(text, read.findings)
        correction = _correction(marked, findings, entities, len(text))
        entry = _entry(text, correction, keys, marked.note)
        case = await _case(models, text, read, correction, (marked, entities)) if marked.cases else None
    if not marked.unrecorded:
        await _record(keys, correction, entry)
    lines = [_summary(correction, where, new=corrections.add(where, entry, entities))]
    if case is not None and marked.cases is not None:
        with marked.cases.open("a", encoding="utf-8") as out:
            out.write(case.line() + "\n")
        lines.append(f"case {case.id} is in {marked.cases}{' (open: it does not hold yet)' if case.open else ''}")
    return lines


def _lists_path(marked: Marked) -> Path:
    from proxy.service import corrections
    from proxy.settings import Settings

    return marked.lists if marked.lists is not None else corrections.lists_path(Settings())


def _correction(marked: Marked, findings: Sequence[Finding], entities: Mapping[str, Any], size: int) -> Correction:
    from proxy.detection.correction import Correction
    from proxy.detection.regression import LabelledSpan

    if marked.missed:
        if marked.type not in entities:
            raise typer.BadParameter("give an existing entity type", param_hint="--type")
        start, end = _range(marked.missed, size, "--missed")
        span = LabelledSpan(start, end, marked.type)
    else:
        span = _named(marked.false, findings, size)
    return Correction(span, not marked.missed, marked.tenant, marked.near, marked.forced, marked.clear)


def _named(name: str, findings: Sequence[Finding], size: int) -> LabelledSpan:
    from proxy.detection.regression import LabelledSpan

    if ":" in name:
        span = _range(name, size, "--false")
        matching = [finding for finding in findings if (finding.start, finding.end) == span]
    else:
        matching = [finding for number, finding in enumerate(findings, 1) if str(number) == name]
    if not matching:
        raise typer.BadParameter("no such finding; see: detect FILE --tenant TENANT", param_hint="--false")
    return LabelledSpan(matching[0].start, matching[0].end, matching[0].entity_type)


def _range(text: str, size: int, hint: str) -> tuple[int, int]:
    from proxy.runtime.integers import whole_number

    start, end = (whole_number(bound, size) for bound in text.partition(":")[::2])
    if start is None or end is None or start >= end:
        raise typer.BadParameter("give START:END in characters of the text", param_hint=hint)
    return start, end


def _entry(text: str, correction: Correction, keys: Keyring, note: str) -> ListEntry:
    from proxy.detection.correction import CorrectionRefusedError
    from proxy.service import corrections

    try:
        return corrections.entry(text, correction, keys, note)
    except CorrectionRefusedError as error:
        raise typer.BadParameter(str(error)) from None


async def _case(
    models: _Models,
    text: str,
    read: SegmentFindings,
    correction: Correction,
    about: tuple[Marked, Mapping[str, Any]],
) -> LabelledText:
    """Return the case; it is not open if the recognizers already find such a value."""
    from proxy.core.deidentification.pseudonyms import Minter
    from proxy.detection import correction as corrections
    from proxy.detection.regression import differences

    marked, entities = about
    if marked.keep_text:
        return corrections.case(text, correction)
    if read.status is not Status.COMPLETE:
        raise ConfigurationError("the text was not read in full: the case could contain personal data (--keep-text)")
    kinds = {name: str(entity["kind"]) for name, entity in entities.items()}
    case = corrections.surrogate(
        text, (*read.findings, *read.inside), correction, kinds, Minter(secrets.token_bytes(32))
    )
    findings = (await models.read(case.text)).findings
    if correction.false and not differences(case, findings):
        typer.secho(
            "with its context replaced, the value is no longer found: the case proves little (--keep-text)",
            fg="yellow",
            err=True,
        )
    return replace(case, open=case.open and bool(differences(case, findings)))


async def _record(keys: Keyring, correction: Correction, entry: ListEntry) -> None:
    """Record who changed which tenant's list for which type; never the value."""
    from proxy.cli.installation import audit_log, installation, operator
    from proxy.service import corrections

    here = replace(installation(), keyring=keys)
    async with audit_log(here) as log:
        facts = corrections.facts(correction, entry, operator())
        await log.event_durable(corrections.EVENT, facts, tenant=entry.tenant)


def _summary(correction: Correction, where: Path, *, new: bool) -> str:
    span = correction.span
    name = "allow-list" if correction.false else "deny-list"
    state = "is now" if new else "was already"
    return f"{span.entity_type} at {span.start}:{span.end} {state} on the {name} of {correction.tenant} in {where}"


class _Models:
    """A worker process with the models, which opens no socket; this process must reach the audit log."""

    def __init__(self) -> None:
        from proxy.detection.pool.process import WorkerProcess

        self._worker: WorkerProcess = WorkerProcess()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._worker.kill()

    async def read(self, text: str) -> SegmentFindings:
        """Return the findings in a text of any length, without lists.

        Raises:
            DetectionError: the models did not start, or failed.

        """
        from proxy.detection import documents
        from proxy.detection.patterns.scanner import PatternScanner
        from proxy.detection.pool.process import WorkerGoneError

        asked = documents.units([text])
        try:
            if not self._worker.ready:
                await self._worker.start(_START_S)
            segments = await self._worker.ask(documents.parts(asked))
        except WorkerGoneError as error:
            raise DetectionError("the models failed") from error
        (reading,) = documents.finished(asked, segments, PatternScanner().scan)
        if reading.status is Status.FAILED:
            raise DetectionError("the models failed")
        return reading
