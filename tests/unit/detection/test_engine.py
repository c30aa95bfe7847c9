# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import base64
import io

import docx
import pytest

from proxy.core.findings import Finding, SegmentFindings, Status
from proxy.detection.engine import DetectionEngine
from proxy.detection.text.chunks import join, split
from testing import models

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def engine() -> DetectionEngine:
    return models.reader().engine


def read(engine: DetectionEngine, text: str) -> SegmentFindings:
    pieces = split(text)
    segments = engine.detect([part for _, part in pieces])
    return join([(offset, len(part), segment) for (offset, part), segment in zip(pieces, segments, strict=True)])


def test_models_are_described(engine):
    assert "spacy" in engine.describe()


def test_a_document_in_a_data_uri_is_read(engine):
    data = base64.b64encode(("Dear Dr. Ann Lee, your SSN is 521-44-9382. " * 40).encode()).decode()
    text = f"please summarise data:text/plain;base64,{data} thanks"
    segment = read(engine, text)
    assert {"US_SSN", "PERSON"} & {f.entity_type for f in segment.findings}
    assert segment.status is Status.COMPLETE
    assert all(
        text[f.start : f.end].startswith("data:") for f in segment.findings if f.recognizer.startswith("encoded:")
    )


def test_an_unread_encoded_part_is_partial(engine):
    noise = base64.b64encode(bytes(range(256)) * 4).decode()
    assert read(engine, f"see data:image/png;base64,{noise}").status is Status.PARTIAL


def test_a_short_encoded_part_is_read_in_place(engine):
    token = base64.b64encode(b"My SSN is 521-44-9382 and I live in Paris").decode()
    segment = read(engine, f"payload={token}")
    assert ("US_SSN", 8, 8 + len(token)) in {(f.entity_type, f.start, f.end) for f in segment.findings} or any(
        f.recognizer.startswith("encoded:") for f in segment.findings
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/?q=Write+to+Anna+Schmidt+today",
        "https://x.example/p/Please%20thank%20Anna%20Schmidt%2C%20she%20is%20kind",
        "Open https://x.example/s?text=Dear+Katarzyna+W%C3%B3jcik%2C+thank+you today",
    ],
)
def test_a_name_in_an_encoded_sentence_is_found_inside_its_address(engine, text):
    found = [text[f.start : f.end] for f in read(engine, text).findings if f.entity_type == "PERSON"]
    assert any("Schmidt" in one or "cik" in one for one in found)


def test_an_encoded_address_without_anybody_is_one(engine):
    text = "see https://x.example/?q=machine+learning%20basics now"
    assert [(f.entity_type, text[f.start : f.end]) for f in read(engine, text).findings] == [
        ("URL", "https://x.example/?q=machine+learning%20basics")
    ]


def test_a_batch_answers_in_order(engine):
    segments = engine.detect(["", "SSN 521-44-9382", "hello"])
    assert [len(segment.findings) for segment in segments] == [0, 1, 0]
    assert isinstance(segments[1].findings[0], Finding)


def test_names_of_drugs_and_eponyms_are_no_people(engine):
    text = "Management of Hashimoto thyroiditis with Levothyroxine and a positive Babinski sign"
    assert not {f.entity_type for f in engine.detect([text])[0].findings} & {"PERSON", "LOCATION"}


@pytest.mark.parametrize("times", [1, 12], ids=["short", "long"])
def test_an_encoded_part_tells_all_entity_types_that_it_holds(engine, times):
    note = "Anna Kowalska has diabetes and takes insulin; her SSN is 521-44-9382. " * times
    text = f"attached: {base64.b64encode(note.encode()).decode()} regards"
    segment = join([(at, len(part), engine.detect([part])[0]) for at, part in split(text)])
    whole = [f for f in segment.findings if f.recognizer.startswith("encoded:")]
    assert len(whole) == 1
    assert {f.entity_type for f in (*whole, *segment.inside)} >= {"PERSON", "HEALTH_CONDITION", "US_SSN"}
    assert {(f.start, f.end) for f in segment.inside} == {(whole[0].start, whole[0].end)}
    assert whole[0].entity_type not in {f.entity_type for f in segment.inside}


def test_what_is_encoded_too_deep_is_not_said_to_be_read(engine):
    token = "Anna Kowalska lives in Berlin, SSN 521-44-9382"
    for _ in range(17):
        token = base64.b64encode(token.encode()).decode()
    assert read(engine, f"payload={token}").status is Status.PARTIAL


def test_a_file_inside_a_text_is_never_read_completely(engine):
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Nothing personal in it. " * 20)
    document.save(out)
    text = f"see {base64.b64encode(out.getvalue()).decode()} please"
    segment = join([(at, len(part), engine.detect([part])[0]) for at, part in split(text)])
    assert segment.status is Status.PARTIAL


def test_texts_beside_an_encoded_one_are_read_in_one_batch(engine, monkeypatch):
    asked = []
    whole = engine._reader.find
    monkeypatch.setattr(engine._reader, "find", lambda texts: asked.append(list(texts)) or whole(texts))
    token = base64.b64encode(b"My SSN is 521-44-9382 and I live in Paris. " * 120).decode()
    engine.detect([f"payload={token}", "Anna Schmidt called", "Bob Lee wrote"])
    assert [len(texts) for texts in asked] == [1, 3]


SPELLED = {
    "json": ("Draft a reply to Katarzyna W\\u00f3jcik about her contract", "Katarzyna W\\u00f3jcik"),
    "html": ("Write to Ren&eacute;e L&uuml;tzow about the invoice", "Ren&eacute;e L&uuml;tzow"),
    "percent twice": ("Write to Ren%25C3%25A9e L%25C3%25BCtzow about the invoice", "Ren%25C3%25A9e L%25C3%25BCtzow"),
    "base64": ("Draft a reply to QW5uYSBTY2htaWR0 about her contract", "QW5uYSBTY2htaWR0"),
    "hexadecimal": ("Draft a reply to 416e6e61205363686d696474 about her contract", "416e6e61205363686d696474"),
    "base32": ("Draft a reply to IFXG4YJAKNRWQ3LJMR2A==== about her contract", "IFXG4YJAKNRWQ3LJMR2A===="),
    "backwards": ("Draft a reply to tdimhcS annA about her contract", "tdimhcS annA"),
    "small capitals": ("Draft a reply to Aɴɴᴀ Sᴄʜᴍɪᴅᴛ about her contract", "Aɴɴᴀ Sᴄʜᴍɪᴅᴛ"),
    "zero width": ("Draft a reply to An\u200bna Sch\u200bmidt about her contract", "An\u200bna Sch\u200bmidt"),
    "a line backwards": ("tcartnoc reh tuoba tdimhcS annA ot ylper a tfarD", "tdimhcS annA"),
}


@pytest.mark.parametrize("form", SPELLED)
def test_a_name_is_found_however_it_is_spelled(engine, form):
    text, name = SPELLED[form]
    found = [f for f in read(engine, text).findings if f.entity_type == "PERSON"]
    start = text.index(name)
    assert (min(f.start for f in found), max(f.end for f in found)) == (start, start + len(name))


def test_all_that_one_encoded_part_holds_is_told(engine):
    token = base64.b64encode(b"Anna Schmidt, SSN 521-44-9382").decode()
    segment = read(engine, f"Draft a reply to {token} please")
    kinds = {f.entity_type for f in (*segment.findings, *segment.inside)}
    assert {"PERSON", "US_SSN"} <= kinds
    assert all((f.start, f.end) == (17, 17 + len(token)) for f in segment.findings)


def test_bytes_that_nobody_reads_are_partly_read_and_a_token_is_not(engine):
    noise = base64.b64encode(bytes(range(256))).decode()
    assert read(engine, f"payload {noise} please").status is Status.PARTIAL
    assert (
        read(engine, "commit e57ba61c0f486981fb05aad7f0eff6bc9d2d3350 and run call_9pLzQ2mXvB4nKc7R").status
        is Status.COMPLETE
    )


def test_pattern_in_a_program_is_judged_as_code_where_the_text_is_decoded(engine):
    program = "import os\n\n\ndef read(pwd):\n    sep = '%20'\n    raise TypeError('pwd: expected bytes, got ' + sep)\n"
    assert [f for f in read(engine, program).findings if f.entity_type == "CREDENTIAL"] == []
    assert [f.entity_type for f in read(engine, program.replace("expected", "hunter2x")).findings] == ["CREDENTIAL"]


def test_names_in_a_program_are_no_unread_language(engine):
    names = "".join(f"    {at}wresize {at}ward_{at}hresize {at}eresize\n" for at in "abcdefgh")
    program = f"namespace eval ttk {{\n    variable Cursors\n    array set Cursors {{\n{names}    }}\n}}\nproc f {{x}} {{ return $x }}\n"
    assert read(engine, program).status is Status.COMPLETE
    foreign = "# Ohjelma lukee tiedoston ja kirjoittaa sen uudelleen toiseen kansioon.\n"
    assert read(engine, program + foreign).status is Status.PARTIAL
