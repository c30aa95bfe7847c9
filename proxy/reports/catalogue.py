"""Every question that can be asked of the evidence: the one list behind ``audit ask``, the API and the reference page.

A question is a folder of ``questions/``: ``question.yaml`` (what it answers, for whom, by which law, its parameters and
columns), ``question.sql`` (one statement, ``$1``, ``$2`` ... in the order of the parameters) and ``twin.yaml`` (a made
world, and the rows that each way of asking must give). The folder is found by itself: ``aq_14_refusals`` is question
AQ-14, and answers to ``refusals`` too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from proxy.errors import ConfigurationError
from proxy.reports.parameters import PARAMETERS
from proxy.runtime.resources import document

FOLDER = Path(__file__).parent / "questions"
#: A column of a row in a condition on the exchanges behind it: ``{code}``, or ``{categories[]}`` for a list.
COLUMN = re.compile(r"\{(\w+)(\[\])?\}")
_NAME = re.compile(r"(?:aq_(?P<number>\d\d)_)?(?P<name>(?!aq_)[a-z][a-z0-9_]*)")


class ChartDescription(BaseModel):
    """The chart of an answer: ``y`` summed for each ``x``, and within it for each ``stack`` ("": one series)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["bars", "lines"]
    x: str
    y: str
    stack: str = ""

    def names(self) -> frozenset[str]:
        """Return the columns that it shows."""
        return frozenset({self.x, self.y, self.stack} - {""})


class RowExchanges(BaseModel):
    """Which exchanges are behind a row: a condition on ``e``, an exchange, with columns of the row in braces.

    ``also`` narrows those behind one of its numbers. ``counts`` are the numbers that say how many exchanges these are,
    ``sums`` those of what they hold: values, transfers, people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: str
    also: Mapping[str, str] = {}
    counts: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()

    def names(self) -> frozenset[str]:
        """Return the columns that it names."""
        text = " ".join((self.where, *self.also.values()))
        return frozenset({*self.also, *self.counts, *self.sums, *(name for name, _ in COLUMN.findall(text))})


class QuestionDescription(BaseModel):
    """What ``question.yaml`` says. A question about no tenant in particular is of the scope ``installation``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    persona: str
    basis: tuple[str, ...] = Field(min_length=1)
    version: int = Field(1, ge=1)
    whole_days: bool = False  # counted per UTC day, so a moment within one would leave out what it should not
    scope: Literal["tenant", "installation"] = "tenant"
    parameters: tuple[str, ...]
    required: tuple[str, ...] = ()
    columns: Mapping[str, str] = Field(min_length=1)
    note: str = ""
    chart: ChartDescription | None = None
    behind: RowExchanges | None = None
    conclusion: str = ""  # what an answer without rows states, with its parameters in braces

    @model_validator(mode="after")
    def _consistent(self) -> QuestionDescription:
        names = self.parameters
        if names[-1:] != ("limit",) or len(set(names)) < len(names) or not set(names) <= PARAMETERS.keys() - {"tenant"}:
            raise ValueError("parameters are known ones of a query, each once, and limit is the last")
        if ("tenants" in names) != (self.scope == "tenant") or "tenants" in names[1:]:
            raise ValueError("a question of the scope tenant has tenants as its first parameter, no other has it")
        if not set(self.required) <= set(names):
            raise ValueError("what is required is a parameter")
        if self.chart is not None and not self.chart.names() <= self.columns.keys():
            raise ValueError("a chart shows columns")
        if self.behind is not None and not self.behind.names() <= self.columns.keys():
            raise ValueError("what is behind a row is told by its columns")
        return self


@dataclass(frozen=True, slots=True)
class Question:
    """One folder. ``id`` is its number ("AQ-14") where it has one, else its name."""

    id: str
    name: str
    folder: Path
    query: str
    description: QuestionDescription

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters, in the order of the query's."""
        return self.description.parameters

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in order."""
        return tuple(self.description.columns)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns whose numbers have exchanges behind them."""
        about = self.description.behind
        return () if about is None else (*about.counts, *about.sums)

    def behind(self, column: str) -> str | None:
        """Return the condition on the exchanges behind a number of a row, None where there are none."""
        about = self.description.behind
        if about is None or column not in self.numbers:
            return None
        return " AND ".join(filter(None, (about.where, about.also.get(column, ""))))

    @property
    def is_of_tenants(self) -> bool:
        """Whether the answer can be narrowed to tenants; any other needs a reader of all of them."""
        return self.description.scope == "tenant"

    @property
    def query_digest(self) -> str:
        """SHA-256 of the query, in hex."""
        return hashlib.sha256(self.query.encode()).hexdigest()


@cache
def every() -> tuple[Question, ...]:
    """Return all questions, by folder.

    Raises:
        ConfigurationError: a folder does not follow the form.

    """
    return tuple(read(folder) for folder in sorted(FOLDER.iterdir()) if (folder / "question.yaml").is_file())


def named(wanted: str) -> Question | None:
    """Return the question with this number or name in any case, None where there is none."""
    low = wanted.lower()
    return next((question for question in every() if low in {question.id.lower(), question.name}), None)


def read(folder: Path) -> Question:
    """Return the question that a folder holds.

    Raises:
        ConfigurationError: it does not follow the form.

    """
    match = _NAME.fullmatch(folder.name)
    if match is None:
        raise ConfigurationError(f"the folder {folder.name} is not named like a question (aq_14_refusals)")
    try:
        description = QuestionDescription.model_validate(document(folder / "question.yaml"))
        query = (folder / "question.sql").read_text(encoding="utf-8")
    except (ValidationError, OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{folder.name} has not the form of a question: {error}") from error
    name = match["name"].replace("_", "-")
    return Question(f"AQ-{match['number']}" if match["number"] else name, name, folder, query, description)
