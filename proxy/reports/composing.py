"""Every report composed of several questions: the one list behind ``audit report``, the API and the reference page.

A report is a folder of ``composed/``: ``report.yaml`` (what it is for, by which law, its parameters, its parts, and
what the log does not know), a ``.sql`` file for each part that is not a question of the catalogue, and ``twin.yaml`` (a
made world, and the rows of each part). The folder is found by itself; its name is the report's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from proxy.errors import ConfigurationError
from proxy.reports import catalogue
from proxy.reports.catalogue import ChartDescription, Question, QuestionDescription
from proxy.runtime.resources import document

FOLDER = Path(__file__).parent / "composed"


class PartDescription(BaseModel):
    """A part of a report: a ``question`` of the catalogue, or a query of its own with ``parameters`` and ``columns``.

    ``shown``: as one table, or each row as a record of its own. ``differs`` are columns that say something only where
    what was observed is not what was declared; they are marked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    question: str = ""
    parameters: tuple[str, ...] = ()
    columns: Mapping[str, str] = {}
    shown: Literal["table", "records"] = "table"
    differs: tuple[str, ...] = ()
    chart: ChartDescription | None = None
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> PartDescription:
        if bool(self.question) == bool(self.columns):
            raise ValueError("a part has either a question or columns of its own")
        return self


class ReportDescription(BaseModel):
    """What ``report.yaml`` says. ``not_recorded``: what such a report must tell, and the log does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    persona: str
    basis: tuple[str, ...] = Field(min_length=1)
    version: int = Field(1, ge=1)
    parameters: tuple[str, ...]
    required: tuple[str, ...] = ()
    parts: Mapping[str, PartDescription] = Field(min_length=1)
    not_recorded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A part: its name, what is said of it, and the question that it answers."""

    name: str
    description: PartDescription
    question: Question


@dataclass(frozen=True, slots=True)
class ComposedReport:
    """One folder."""

    name: str
    folder: Path
    description: ReportDescription
    parts: tuple[ReportPart, ...]

    @property
    def is_of_tenants(self) -> bool:
        """Whether it can be narrowed to tenants; any other needs a reader of all of them."""
        return all(part.question.is_of_tenants for part in self.parts)

    @property
    def offered(self) -> tuple[str, ...]:
        """What somebody who asks may give."""
        tenant = ("tenant",) if self.is_of_tenants else ()
        return (*tenant, *self.description.parameters, "limit")


@cache
def every() -> tuple[ComposedReport, ...]:
    """Return all reports, by folder.

    Raises:
        ConfigurationError: a folder does not follow the form.

    """
    return tuple(read(folder) for folder in sorted(FOLDER.iterdir()) if (folder / "report.yaml").is_file())


def named(wanted: str) -> ComposedReport | None:
    """Return the report with this name in any case, None where there is none."""
    return next((report for report in every() if wanted.lower() == report.name), None)


def read(folder: Path) -> ComposedReport:
    """Return the report that a folder holds.

    Raises:
        ConfigurationError: it does not follow the form.

    """
    try:
        description = ReportDescription.model_validate(document(folder / "report.yaml"))
        parts = tuple(_part(folder, name, part, description) for name, part in description.parts.items())
    except (ValidationError, OSError, yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{folder.name} has not the form of a report: {error}") from error
    return ComposedReport(folder.name.replace("_", "-"), folder, description, parts)


def _part(folder: Path, name: str, part: PartDescription, report: ReportDescription) -> ReportPart:
    question = _question(folder, name, part, report)
    shown = {*part.differs, *(part.chart.names() if part.chart is not None else ())}
    if unknown := sorted(shown - set(question.columns)):
        raise ValueError(f"the part {name} has no column {unknown[0]}")
    taken = {"registry", "limit", *report.parameters}
    if missing := sorted(set(question.description.required) - set(report.required)):
        raise ValueError(f"the part {name} needs {missing[0]}, so the report does")
    if not {"tenants", *taken} >= set(part.parameters):
        raise ValueError(f"the part {name} takes what the report does not")
    return ReportPart(name, part, question)


def _question(folder: Path, name: str, part: PartDescription, report: ReportDescription) -> Question:
    """Return the catalogue's question, or one that is made of the part's own query."""
    if part.question:
        question = catalogue.named(part.question)
        if question is None:
            raise ValueError(f"the part {name} names no question: {part.question}")
        return question
    description = QuestionDescription(
        title=part.title, persona=report.persona, basis=report.basis, version=report.version, whole_days=True,
        parameters=part.parameters, columns=part.columns,
        scope="tenant" if "tenants" in part.parameters else "installation",
    )  # fmt: skip
    query = (folder / f"{name}.sql").read_text(encoding="utf-8")
    return Question(f"{folder.name}/{name}", name, folder, query, description)
