from __future__ import annotations

import codecs

import pytest

from proxy.core.findings import Status
from proxy.detection.text.turned import read_text

TEXT = "Draft a reply to Anna Schmidt about her invoice"


@pytest.mark.parametrize("written", [TEXT[::-1], codecs.encode(TEXT, "rot13"), f"First line.\n{TEXT[::-1]}"])
def test_a_turned_line_is_read_with_its_places(written):
    seen = read_text(written)
    assert seen.status is Status.COMPLETE
    assert seen.view is not None
    assert TEXT in seen.text
    at = seen.text.index("Anna")
    start, end = seen.view.span(at, at + 4)
    assert written[start:end] in {"annA", "Naan"}


def test_what_a_turned_line_holds_is_decoded():
    seen = read_text("Please write to Ren&eacute;e L&uuml;tzow tomorrow morning"[::-1])
    assert "Renée Lützow" in seen.text


@pytest.mark.parametrize("text", [TEXT, "", "Isälläni on rintasyöpä ja sokeritauti"])
def test_other_texts_stay(text):
    assert read_text(text).view is None
