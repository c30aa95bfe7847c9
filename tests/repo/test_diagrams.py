"""The diagrams say what the code does; that the files are those of today is ``python -m docs.generate --check``."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from docs import diagrams
from tests.repo import pages


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_each_is_one_picture_that_loads_nothing_and_says_what_it_shows(name):
    text = diagrams.DIAGRAMS[name]()
    root = ET.fromstring(text)
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_each_stands_on_a_page_with_words_for_those_who_do_not_see_it(name):
    shown = [page for page in pages.PAGES if f"diagrams/{name})" in pages.text(page)]
    assert shown
    assert all(f"![](../diagrams/{name})" not in pages.text(page) for page in shown)


def test_the_request_path_has_every_step_of_the_code_and_no_other():
    assert set(diagrams.steps()) == set(diagrams.STEPS)


def test_a_step_that_nobody_drew_is_noticed(monkeypatch):
    monkeypatch.setattr(diagrams, "PREPARING", set())
    with pytest.raises(ValueError, match="_facts"):
        diagrams.steps()


def test_an_obligation_stands_in_one_phase():
    drawn = diagrams.obligations()
    assert all(drawn.count(f">{one.type}<") + drawn.count(f">{one.type} ↩<") == 1 for one in diagrams.TABLE)


def test_the_restored_stream_lets_out_the_whole_reply():
    assert "".join(out for _, out, _ in diagrams.restored()) == "Dear Anna, thank you"


def test_the_spread_text_holds_nothing_of_what_was_found():
    assert not [text for text in diagrams.changed() if "maria" in text.lower() or "schmidt" in text.lower()]
