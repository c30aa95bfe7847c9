"""What an export is: who asked for what, in which format, for which tenants, and how far it is. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: The format of records with their proofs: the folder that ``audit verify --offline`` reads, as one archive.
ARCHIVE = "tar.gz"
#: The signed answer as ``audit check`` reads it.
JSON = "json"


class ExportKind(enum.StrEnum):
    """What is exported."""

    QUESTION = "question"
    REPORT = "report"
    RECORDS = "records"
    VERIFICATION = "verification"


class ExportState(enum.StrEnum):
    """How far an export is."""

    PENDING = "pending"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LAPSED = "lapsed"
    EXPIRED = "expired"


#: What each state means to whoever asked.
MEANINGS: Mapping[ExportState, str] = {
    ExportState.PENDING: "another person has to approve it within a day of the request",
    ExportState.WAITING: "it begins when a process is free",
    ExportState.RUNNING: "a process makes it",
    ExportState.DONE: "the result can be fetched until it expires",
    ExportState.FAILED: "it could not be made; `failure` says why",
    ExportState.LAPSED: "nobody approved it within a day: ask again",
    ExportState.EXPIRED: "the result was deleted: ask again",
}


@dataclass(frozen=True, slots=True)
class NewExport:
    """What somebody asks for. ``parameters`` names a data subject by keyed references alone.

    ``tenants``: those that who asks may read, None for all. ``person``: the service, whatever its key. ``language``: of
    what is printed. ``schedule``: the id of the one that it is of.
    """

    kind: ExportKind
    name: str
    parameters: Mapping[str, Any]
    format: str
    asked_by: str
    person: str
    tenant: str
    tenants: tuple[str, ...] | None
    purpose: str
    language: str = "en"
    schedule: str = ""

    @property
    def of_subject(self) -> bool:
        """Whether it is about a person, so that a second one has to approve it."""
        return self.parameters.get("subject") is not None


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What was asked, and how far it is. ``run`` counts from 1; ``failure`` is a fault's code; ``size``: bytes."""

    id: str
    asked: NewExport
    state: ExportState
    created: datetime
    run: int = 0
    stage: str = ""
    ended: datetime | None = None
    failure: str = ""
    rows: int | None = None
    size: int | None = None
    answer: str = ""
    expires: datetime | None = None
    companion: bytes = field(default=b"", repr=False)
    proven: bool = False  # what makes it may begin: holders of the master key asked and approved

    def document(self) -> dict[str, Any]:
        """Return it for whoever may see it; a data subject's references stay out."""
        asked = self.asked
        return {
            "id": self.id, "state": self.state, "meaning": MEANINGS[self.state], "stage": self.stage,
            "kind": asked.kind, "name": asked.name, "format": asked.format, "language": asked.language,
            "schedule": asked.schedule, "purpose": asked.purpose,
            "parameters": {name: value for name, value in asked.parameters.items() if name != "subject"},
            "of_subject": asked.of_subject, "asked_by": asked.asked_by, "made": self.created, "runs": self.run,
            "ended": self.ended, "failure": self.failure, "rows": self.rows, "bytes": self.size,
            "answer": self.answer, "expires": self.expires,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Return it for the log."""
        asked = self.asked
        return {
            "export": self.id, "kind": asked.kind, "name": asked.name, "format": asked.format,
            "of_subject": asked.of_subject, "by": asked.asked_by, "purpose": asked.purpose,
            **({"schedule": asked.schedule} if asked.schedule else {}),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadeExport:
    """What is said of the file of an export. ``answer``: SHA-256 of its statement, in hex; ``companion``: as JSON."""

    rows: int
    size: int
    answer: str
    companion: bytes = field(repr=False)
