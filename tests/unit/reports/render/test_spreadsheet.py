from __future__ import annotations

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.reports.render import spreadsheet


def test_columns_come_in_the_order_of_the_question(answer):
    assert spreadsheet.rendered(answer({"b": 1, "a": "x,y"}, b="", a="")) == b'b,a\r\n1,"x,y"\r\n'


@given(st.text(st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20;|\t\r\n' ab,")) | st.text())
def test_no_cell_is_a_formula_and_no_text_is_lost(text):
    file = spreadsheet.guarded(text)
    assert not file.startswith(("\t", "\r", "\n"))
    assert not [
        cell for cell in re.split(r"[;\t\r\n|]", file) if cell.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
    ]
    assert file.replace("'", "") == text.replace("'", "")


def test_where_semicolons_separate_no_cell_is_a_formula_either():
    assert spreadsheet.guarded("x;=HYPERLINK(1)") == "x;'=HYPERLINK(1)"


def test_a_negative_number_stays_a_number(answer):
    rows = list(csv.reader(io.StringIO(spreadsheet.rendered(answer({"a": -3, "b": "-3", "c": ["=1"]})).decode())))
    assert rows[1] == ["-3", "'-3", "'=1"]


def test_without_rows_there_is_still_the_header():
    assert spreadsheet.table(("at", "exchange"), []) == b"at,exchange\r\n"
