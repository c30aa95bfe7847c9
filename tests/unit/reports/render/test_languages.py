"""Pages in the reader's language: every text that they may show is in it, and what is signed is the same."""

from __future__ import annotations

import ast
import io
from dataclasses import asdict
from pathlib import Path

import pypdf
import pytest

from proxy.reports import catalogue, composing, render
from proxy.reports.render import languages, printed, words

GERMAN = languages.spoken("de")
RENDER = Path(render.__file__).parent


def shown():
    """Yield every text that questions, reports and pages show in a language."""
    for question in catalogue.every():
        described = question.description
        yield from (described.title, described.note, described.conclusion, *described.columns.values())
    for report in composing.every():
        yield from (report.description.title, *report.description.not_recorded)
        for part in report.parts:
            yield from (part.description.title, part.description.note, *part.question.description.columns.values())
    yield from (*printed._LABELS.values(), *words._WORDS.values())
    for file in RENDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield node.args[0].value


def test_every_text_is_in_every_language():
    alike = {"Organisation"}
    assert {text for text in shown() if text and GERMAN(text) == text.strip()} == alike


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [
        ("A6-1-b", "GDPR Art. 6(1)(b)", "Art. 6 Abs. 1 lit. b DSGVO"),
        ("idta", "international data transfer agreement (UK GDPR Art. 46)", "internationale Datenübermittlungsvereinbarung (UK GDPR Art. 46)"),
        ("scc", "standard contractual clauses (GDPR Art. 46(2)(c))", "Standardvertragsklauseln (Art. 46 Abs. 2 lit. c DSGVO)"),
    ],
)  # fmt: skip
def test_codes_are_said_with_their_citation_as_it_is_written_there(code, english, german):
    assert (words.in_words(code), words.in_words(code, GERMAN)) == (english, german)


def test_a_page_in_german_has_the_same_rows_and_the_same_signed_answer(answer):
    found = answer({"by": "crm", "rows": 3})
    english, german = printed.document(found), printed.document(found, "de")
    assert (german.parts[0].table.rows, german.answer) == (english.parts[0].table.rows, english.answer)
    assert (german.result, german.parts[0].table.caption) == ("1 Zeile ist aufgezeichnet.", "1 Zeile")
    assert dict(german.facts)["Zeitraum"] == "Beginn des Protokolls bis Zeit dieser Antwort (UTC)"
    assert not {*asdict(german)["labels"].values()} & {*asdict(english)["labels"].values()}
    page = render.rendered(found, "html", "de").decode()
    assert '<html lang="de">' in page
    assert "Erklärung" in page
    assert "What the columns mean" not in page
    pdf = pypdf.PdfReader(io.BytesIO(render.rendered(found, "pdf", "de")))
    text = "".join(one.extract_text() for one in pdf.pages)
    assert "Was die Spalten bedeuten" in text
    assert "Statement" not in text


def test_a_conclusion_is_stated_in_the_language_from_what_is_signed():
    question = catalogue.named("no-transfer")
    text = languages.spoken("de")(question.description.conclusion)
    assert text.format(category="health", region="EEA", since="a", until="b").startswith(
        "Vom a bis zum b wurden keine Daten der Art health"
    )
