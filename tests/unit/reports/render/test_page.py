from __future__ import annotations

from html.parser import HTMLParser

from proxy.reports.render import page

VOID = {"meta"}


class Outline(HTMLParser):
    """Notes elements, texts and whatever would be fetched; every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.names, self.texts, self.fetched = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def outline(found):
    parsed = Outline()
    parsed.feed(page.rendered(found).decode())
    parsed.close()
    return parsed


def test_a_page_shows_rows_and_statement_and_fetches_nothing(answer):
    parsed = outline(answer({"by": "crm", "rows": 3}))
    assert parsed.open == []
    assert parsed.fetched == []
    assert "script" not in parsed.names
    assert {"crm", "3", "officer", "2026-07-01T00:00:00Z", "no note yet", "1 rows"} <= set(parsed.texts)


def test_markup_in_a_value_is_text(answer):
    parsed = outline(answer({"by": "<script>alert(1)</script>"}, by='"><b>'))
    assert "script" not in parsed.names
    assert "b" not in parsed.names
    assert "<script>alert(1)</script>" in parsed.texts


def test_a_page_says_that_an_answer_was_cut(answer):
    assert "1 rows; there are more" in outline(answer({"by": "x"}, complete=False)).texts
