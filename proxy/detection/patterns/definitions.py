"""Patterns as their files define them: ``recognizers/<field>.toml``, read once at import.

Members of a file:

- ``words``: name -> alternatives in any letter case, such as labels; ``{name}`` in an expression stands for them;
- ``forms``: name -> an expression, or a list of alternatives, in the letter case of the file; ``{name}`` likewise;
- ``context``: name -> words and phrases near a value; ``"{name}"`` among the ``words`` of a pattern stands for them;
- ``defaults``: members of each pattern of the file that does not have its own;
- ``pattern.<name>``: a ``Pattern``. ``border`` is "word", "digits", "open" or a pair of look-arounds; ``check`` and
  ``refine`` name functions of the recognizers' modules ("money.iban_length") or of python-stdnum ("stdnum.gb.nhs"),
  and of a list of checks the first that holds decides.

``{field.name}`` is a name of another file, ``{languages.name}`` a list of regular expressions of the languages. A line
break in an expression, with the blanks around it, is not part of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxy.core.entities import ENTITIES
from proxy.detection import languages
from proxy.detection.patterns.pattern import CHECKED_DIGITS, DIGITS, OPEN, WORD, Check, Pattern
from proxy.detection.text.context import ContextWords

_TABLES: Final = frozenset({"words", "forms", "context", "defaults", "pattern"})
_MEMBERS: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,), "country": (str,), "body": (str,), "trigger": (str,), "shape": (str,), "refine": (str,),
    "check": (str, list), "border": (str, list), "words": (list,), "width": (int,), "lead": (int,),
    "score": (float,), "boosted": (float,), "wary": (str,), "whole": (bool,),
}  # fmt: skip
_REQUIRED: Final = ("type", "body", "width", "score")
_BORDERS: Final = {"word": WORD, "digits": DIGITS, "open": OPEN}
_REFERENCE: Final = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Definitions:
    """All files by field. ``code_forms`` are defined by code; ``function`` resolves the name of a check or refinement.

    ``function`` raises ``LookupError`` or ``AttributeError`` for an unknown name.
    """

    files: Mapping[str, Mapping[str, Any]]
    code_forms: Mapping[str, str]
    function: Callable[[str], Function]

    @classmethod
    def parsed(
        cls, texts: Mapping[str, str], code_forms: Mapping[str, str], function: Callable[[str], Function]
    ) -> Definitions:
        """Read the files, field -> text.

        Raises:
            ValueError: a file is not TOML, or has an unknown table.

        """
        files = {field: tomllib.loads(text) for field, text in texts.items()}
        for field, document in files.items():
            for table in document.keys() - _TABLES:
                raise ValueError(f"{field}.toml: {table}: is none of {', '.join(sorted(_TABLES))}")
        return cls(files, code_forms, function)

    def patterns(self, field: str) -> Iterator[Pattern]:
        """Yield the patterns of a file, in its order.

        Raises:
            ValueError: a member is missing, unknown or of another kind, or a name stands for nothing; names its place.

        """
        document = self.files[field]
        for name, row in document.get("pattern", {}).items():
            try:
                yield self._pattern(field, name, {**document.get("defaults", {}), **row})
            except (LookupError, AttributeError, ValueError) as fault:
                raise ValueError(f"{field}.toml: pattern.{name}: {fault}") from fault

    def _pattern(self, field: str, name: str, row: Mapping[str, Any]) -> Pattern:
        _check(row)
        words = row.get("words")
        return Pattern(
            name=name,
            entity_type=row["type"],
            body=self._expanded(field, row["body"]),
            width=row["width"],
            score=row["score"],
            trigger=self._expanded(field, row.get("trigger", "")),
            check=self._checks(row["check"]) if "check" in row else None,
            words=None if words is None else ContextWords(*self._phrases(field, words)),
            boosted=row.get("boosted", 0.0),
            border=_border(row.get("border", "word"), checked="check" in row),
            wary=row.get("wary", ""),
            whole=row.get("whole", False),
            country=row.get("country", ""),
            shape=self._expanded(field, row.get("shape", "")),
            lead=row.get("lead", 0),
            refine=self.function(row["refine"]) if "refine" in row else None,
        )

    def _expanded(self, field: str, expression: str) -> str:
        if "\n" in expression:
            expression = "".join(line.strip(" ") for line in expression.splitlines())
        return _REFERENCE.sub(lambda reference: self._form(field, reference[1]), expression)

    def _form(self, field: str, name: str) -> str:
        """Return the expression of a name."""
        if name in self.code_forms:
            return self.code_forms[name]
        field, name = _file_of(field, name)
        if field == "languages":
            return f"(?i:{'|'.join(languages.patterns(name))})"
        document = self.files[field]
        words = document.get("words", {}).get(name)
        if words is not None:
            return f"(?i:{self._expanded(field, '|'.join(words))})"
        form = document.get("forms", {})[name]
        return self._expanded(field, form if isinstance(form, str) else f"(?:{'|'.join(form)})")

    def _phrases(self, field: str, phrases: Iterable[str]) -> Iterator[str]:
        for phrase in phrases:
            reference = _REFERENCE.fullmatch(phrase)
            if reference is None:
                yield phrase
            else:
                file, name = _file_of(field, reference[1])
                listed = languages.words(name) if file == "languages" else self.files[file]["context"][name]
                yield from self._phrases(file, listed)

    def _checks(self, names: str | list[str]) -> Check:
        if isinstance(names, str):
            return self.function(names)
        checks = [self.function(name) for name in names]
        return lambda value: next((length for check in checks if (length := check(value))), 0)


def _file_of(field: str, name: str) -> tuple[str, str]:
    """Return field and name of a reference in a field's file."""
    other, dot, inner = name.partition(".")
    return (other, inner) if dot else (field, name)


def _check(row: Mapping[str, Any]) -> None:
    for member in _REQUIRED:
        if member not in row:
            raise ValueError(f"{member}: required")
    for member, value in row.items():
        kinds = _MEMBERS.get(member)
        if kinds is None:
            raise ValueError(f"{member}: is none of {', '.join(_MEMBERS)}")
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{member}: {' or '.join(kind.__name__ for kind in kinds)} expected")
    if row["type"] not in ENTITIES:
        raise ValueError(f"{row['type']} is not an entity type of entities.toml")


def _border(border: str | list[str], *, checked: bool) -> tuple[str, str]:
    if isinstance(border, str):
        return CHECKED_DIGITS if border == "digits" and checked else _BORDERS[border]
    before, behind = border
    return before, behind
