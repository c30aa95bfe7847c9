"""``make console-words``: bring the console's translations up to date with its texts, and say what is missing.

Texts that are gone are dropped, new ones stand without a translation, which ``tests/unit/console`` refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, extract, pofile

from proxy.catalog.models import RegistryDocument
from proxy.console import entries, faults, words
from proxy.console.pages.registry import SECTIONS
from proxy.reports import catalogue, composing, parameters
from testing import console_faults

ROOT = Path(words.__file__).parent
_KEYWORDS = {**extract.DEFAULT_KEYWORDS, "mark": None, "of": None}
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # a date of each run would be a change in each run
_METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2.ext:babel_extract")]


def texts() -> Iterator[str | tuple[str, ...]]:
    """Yield every text of sources, templates and catalogues; a tuple has the forms for one and many."""
    for _, _, text, _, _ in extract.extract_from_dir(ROOT, _METHODS, keywords=_KEYWORDS):
        yield text
    for question in catalogue.every():
        yield question.description.title
    for report in composing.every():
        yield report.description.title
    for name in parameters.offered(tuple(parameters.PARAMETERS)):
        yield parameters.PARAMETERS[name].meaning
    yield from sorted(entries.labels(RegistryDocument.model_json_schema(), SECTIONS))


def columns() -> Iterator[str]:
    """Yield the name of every column of an answer, and of every axis of its chart, in words."""
    for question in catalogue.every():
        chart = question.description.chart
        for name in (*question.description.columns, *((chart.x, chart.y) if chart is not None else ())):
            yield name.replace("_", " ")


def updated(path: Path, language: str) -> tuple[Catalog, list[str]]:
    """Return the catalog of a language with all texts, and those without a translation."""
    with path.open("rb") as source:
        kept = pofile.read_po(source, locale=language)
    made, missing = Catalog(locale=language, project="compliance-proxy console", fuzzy=False), []
    for text in dict.fromkeys(one for one in texts() if one):
        message = kept.get(text if isinstance(text, str) else text[0])
        string = message.string if message is not None else ""
        made.add(text, string or None)
        if not (all(string) if isinstance(string, tuple) else string):
            missing.append(text if isinstance(text, str) else text[0])
    for context, named in ((words.COLUMN, columns()), (faults.CONTEXT, console_faults.messages())):
        for name in dict.fromkeys(named):
            message = kept.get(name, context)
            string = message.string if message is not None else ""
            made.add(name, string or None, context=context)
            if not string:
                missing.append(name)
    return made, missing


def main() -> None:
    for language in sorted(set(words.LANGUAGES) - {words.ENGLISH}):
        path = words.LOCALES / language / "console.po"
        made, missing = updated(path, language)
        made.header_comment, made.creation_date = f"# The console in this language: {language}.", _NEVER
        with path.open("wb") as target:
            pofile.write_po(target, made, width=120, sort_output=True, no_location=True)
        print(f"{language}: {len(made)} texts, {len(missing)} without a translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()
