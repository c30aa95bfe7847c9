from __future__ import annotations

from dataclasses import replace
from html import escape
from html.parser import HTMLParser

from proxy.reports.catalogue import ChartDescription
from proxy.reports.render import chart
from proxy.reports.render.printed import document, html

VOID = {"meta"}


class Outline(HTMLParser):
    """Notes elements, texts and whatever would be fetched; every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.names, self.texts, self.fetched, self.scopes = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href"}]
        self.scopes += [value for name, value in attrs if name == "scope"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def outline(found):
    parsed = Outline()
    parsed.feed(html(document(found)).decode())
    parsed.close()
    return parsed


def test_a_page_shows_rows_and_statement_and_fetches_nothing(answer):
    found = answer({"by": "crm", "rows": 3})
    parsed = outline(found)
    assert parsed.open == []
    assert parsed.fetched == []
    assert "script" not in parsed.names
    assert {"crm", "3", "officer", "2026-07-01 00:00:00", "no note yet", "1 row"} <= set(parsed.texts)
    assert {found.document()["signature"], found.document()["key"]} <= set(parsed.texts)


def test_a_screen_reader_finds_language_landmark_caption_and_heads(answer):
    parsed = outline(answer({"by": "crm", "rows": 3}))
    assert '<html lang="en">' in html(document(answer({"by": "crm"}))).decode()
    assert (parsed.names.count("main"), parsed.names.count("h1"), parsed.names.count("caption")) == (1, 1, 1)
    assert parsed.scopes == ["col", "col"]


def test_markup_in_a_value_is_text(answer):
    parsed = outline(answer({"by": "<script>alert(1)</script>"}, by='"><b>'))
    assert "script" not in parsed.names
    assert "b" not in parsed.names
    assert "<script>alert(1)</script>" in parsed.texts


def test_a_page_says_that_an_answer_was_cut_or_not_signed(answer):
    parsed = outline(answer({"by": "x"}, complete=False, key=None))
    assert {"1 row; there are more", "not signed"} <= set(parsed.texts)


def test_a_chart_is_shown_with_its_sentence(answer):
    whole = document(answer({"by": "crm"}))
    drawn = chart.drawn(ChartDescription(kind="bars", x="by", y="n"), [{"by": "crm", "n": 3}])
    shown = html(replace(whole, parts=(replace(whole.parts[0], chart=drawn),))).decode()
    assert drawn.svg in shown
    assert f"<figcaption>{escape(drawn.sentence).replace('&quot;', '&#34;')}</figcaption>" in shown
