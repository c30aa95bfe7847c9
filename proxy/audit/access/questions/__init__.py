"""Questions that officers and auditors ask of the log: each is a folder with a query, its description and its twin.

``question.yaml`` gives the title, the command's help, the articles that oblige to an answer (``basis``), the
parameters in the order of ``$1``, ``$2`` ... of the query, and the columns that a table shows. ``query.sql`` is one
statement over the schema ``audit``, run as the reader. ``twin.yaml`` holds records and, for what may be asked of
them, the rows of the answer. The command ``audit NAME`` follows from the folder, and that somebody asked is on durable
word before the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from proxy.errors import ConfigurationError

_HERE = Path(__file__).parent
#: What a question may have as parameters. ``subject``: keyed references of one person, by every key.
Parameter = Literal["since", "until", "tenant", "activity", "target", "code", "subject", "limit"]


class Description(BaseModel):
    """What ``question.yaml`` says. ``limit`` is the last parameter: how many rows at most, newest first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    help: str
    basis: tuple[str, ...] = Field(min_length=1)
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]

    @field_validator("parameters")
    @classmethod
    def _limited(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value[-1:] != ("limit",) or len(set(value)) < len(value):
            raise ValueError("each once, and limit last")
        return value


_FORM = TypeAdapter(Description)


@dataclass(frozen=True, slots=True)
class Question:
    """One folder."""

    name: str
    query: str
    description: Description

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters, in the order of the query's."""
        return self.description.parameters


@cache
def every() -> tuple[Question, ...]:
    """Return all questions, by name.

    Raises:
        ConfigurationError: a folder does not follow the form.

    """
    return tuple(_read(folder) for folder in sorted(_HERE.iterdir()) if (folder / "question.yaml").is_file())


def named(name: str) -> Question:
    """Return the question of this name."""
    return next(question for question in every() if question.name == name)


def _read(folder: Path) -> Question:
    try:
        said = _FORM.validate_python(yaml.safe_load((folder / "question.yaml").read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ConfigurationError(f"{folder.name}/question.yaml has not the form of a question: {error}") from error
    query = (folder / "query.sql").read_text(encoding="utf-8")
    return Question(folder.name.replace("_", "-"), query, said)
