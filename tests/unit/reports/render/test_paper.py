from __future__ import annotations

import io
import json
import os
from dataclasses import replace

import pypdf
import pytest

from proxy.errors import ConfigurationError
from proxy.reports import statement
from proxy.reports.catalogue import ChartDescription
from proxy.reports.render import chart, paper
from proxy.reports.render.printed import document
from proxy.runtime import child_process
from testing import evidence

pytest.importorskip("typst", reason="the extra 'reports' is not installed")


def opened(file):
    return pypdf.PdfReader(io.BytesIO(file))


def text(file):
    return "\n".join(page.extract_text() for page in opened(file).pages)


def alternatives(file):
    """The texts that stand for pictures."""
    objects = (opened(file).get_object(number) for number in range(1, len(opened(file).xref[0])))
    return [one["/Alt"] for one in objects if isinstance(one, dict) and "/Alt" in one]


def test_the_same_answer_gives_the_same_bytes_and_another_other_ones(answer):
    first, again, other = (paper.rendered(document(answer({"by": by}))) for by in ("crm", "crm", "ehr"))
    assert first == again
    assert first != other


def test_a_file_shows_rows_statement_and_signature(answer):
    found = answer({"by": "crm <b>#", "rows": 3})
    shown = text(paper.rendered(document(found)))
    assert all(one in shown for one in ("crm <b>#", "1 row", "2026-07-01 00:00:00"))
    assert found.document()["signature"] in shown.replace("\n", "")


def test_the_answer_is_attached_and_can_be_checked_by_itself(answer):
    [attached] = opened(paper.rendered(document(answer({"by": "crm"})))).attachments["answer.json"]
    assert statement.flaw(json.loads(attached), evidence.SIGNING.verifier) is None


def test_a_file_is_pdf_a_3a_and_pdf_ua_with_its_language_and_the_time_of_the_answer(answer):
    file = opened(paper.rendered(document(answer({"by": "crm"}))))
    metadata = file.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert file.trailer["/Root"]["/Lang"] == "en"
    assert str(file.metadata.creation_date) == "2026-07-01 00:00:00+00:00"


def test_a_letter_that_no_font_has_is_written_by_its_number(answer):
    shown = text(paper.rendered(document(answer({"by": "百 Łódź Ελλάς Київ \x07 €"}))))
    assert "U+767E  Łódź Ελλάς Київ U+0007  €" in shown


def test_every_letter_that_counts_as_displayable_is(answer):
    letters = "".join(one for one in map(chr, range(0x20, 0x2300)) if not paper._OTHER.match(one) and one.isprintable())
    paper.rendered(document(answer({"by": letters})))


def test_more_rows_than_anybody_reads_are_refused(answer):
    whole = document(answer({"by": "crm"}))
    part = whole.parts[0]
    long = replace(part, table=replace(part.table, rows=[["x"]] * (paper.MOST_ROWS + 1)))
    with pytest.raises(ConfigurationError, match="at most 5000 rows"):
        paper.rendered(replace(whole, parts=(long,)))


def test_a_chart_is_shown_with_its_sentence(answer):
    whole = document(answer({"by": "crm"}))
    drawn = chart.drawn(ChartDescription(kind="bars", x="by", y="n"), [{"by": "crm", "n": 3}])
    shown = paper.rendered(replace(whole, parts=(replace(whole.parts[0], chart=drawn),)))
    assert drawn.sentence in text(shown).replace("“", '"').replace("”", '"')
    assert alternatives(shown) == [drawn.sentence]


@pytest.mark.heavy
async def test_a_process_of_its_own_makes_the_same_bytes(answer):
    source = paper.source(document(answer({"by": "crm"})))
    variables = {"PATH": os.environ["PATH"]}
    pdf = await child_process.answered(paper.__name__, source.encoded(), variables, longest=1 << 24)
    assert pdf == paper.typeset(source)
