"""The report of a verification as lines for people, as JSON, and as an exit status. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import NamedTuple

import orjson

from proxy.audit.records.retention import Retention
from proxy.audit.verification.findings import VerificationReport

#: Exit status of each state.
STATUSES = {"witnessed": 0, "damaged": 1, "unwitnessed": 3, "unprotected": 4}
_PLAIN = (
    "sound", "state", "records", "writers", "since", "until", "open", "checkpoints", "seals", "witnessed_to", "tail",
    "tail_since", "readings", "readings_since", "trusted", "purged", "withheld", "purges_pending", "remarks",
)  # fmt: skip


class Line(NamedTuple):
    """One line for people; ``colour`` is a terminal's, or None."""

    text: str
    colour: str | None = None


def as_json(report: VerificationReport) -> str:
    """Return a report as one JSON object."""
    plain = {name: getattr(report, name) for name in _PLAIN} | {"retention": asdict(report.retention)}
    lists = {name: [asdict(row) for row in getattr(report, name)] for name in ("keys", "damages")}
    return orjson.dumps(plain | lists, option=orjson.OPT_UTC_Z).decode()


def lines(report: VerificationReport) -> Iterator[Line]:
    """Yield what is wrong, the result, and the period that it covers."""
    for damage in report.damages:
        where = f"{damage.writer} #{damage.seq}: " if damage.writer else ""
        yield Line(f"{where}{damage.what}: {damage.detail}", "red")
    for remark in report.remarks:
        yield Line(f"environment: {remark}", "yellow")
    yield from map(Line, _before(report))
    head, colour = _ended(report)
    yield Line(f"{head}: {_summary(report)}", colour)
    yield from map(Line, _after(report))


def _before(report: VerificationReport) -> Iterator[str]:
    for key in report.keys if len(report.keys) > 1 else ():
        ended = f" {key.ended:%F %T}" if key.ended else ""
        yield f"key {key.id} ({key.state}{ended}) certified {key.writers} writers and signed {key.notes} notes"


def _ended(report: VerificationReport) -> tuple[str, str]:
    if report.state == "damaged":
        return f"DAMAGED: {len(report.damages)} findings", "red"
    if report.state == "unprotected":
        return f"UNPROTECTED: {len(report.damages)} findings; what was signed is unchanged", "red"
    if report.witnessed_to is None:
        return "sound, but unwitnessed (no anchor confirms a checkpoint)", "yellow"
    return f"sound and witnessed to {report.witnessed_to:%F %T} UTC", "green"


def _summary(report: VerificationReport) -> str:
    checkpoints = f", {report.checkpoints} checkpoints" if report.checkpoints else ""
    still = f"; {report.open} exchanges are still open" if report.open else ""
    return f"{report.records} records in {report.writers} chains{checkpoints}{still}"


def _after(report: VerificationReport) -> Iterator[str]:
    if report.trusted:
        yield f"it continues the trusted note of {report.trusted} seals; the records under them were not read again"
    if report.sound and report.since is not None and report.until is not None:
        yield f"it covers {report.since:%F %T} to {report.until:%F %T} UTC; nothing that was signed in it is missing"
        if not report.trusted:
            yield _retained(report.retention)
    yield from _hashes(report)
    if report.purges_pending:
        yield f"{report.purges_pending} certified purges were not carried out: their records are there"
    if report.tail:
        yield f"the tail: {report.tail} records since {report.tail_since:%F %T} UTC are under no anchored checkpoint"
    if report.readings:
        yield f"{report.readings} readings since {report.readings_since:%F %T} UTC wait for a proxy to record them"


def _hashes(report: VerificationReport) -> Iterator[str]:
    if report.purged:
        yield f"{report.purged} of the records were purged; their hashes and certificates are left and were checked"
    if report.withheld:
        yield f"{report.withheld} of the records are of tenants that the archive is not of; their hashes were checked"


def _retained(retention: Retention) -> str:
    through = f", the last through {retention.through:%F}" if retention.kept else ""
    undated = f"; without a day: {retention.undated}" if retention.undated else ""
    head = f"retention: {retention.kept} exchanges must be kept{through}"
    return f"{head}; {retention.past} are past their last day{undated}"
