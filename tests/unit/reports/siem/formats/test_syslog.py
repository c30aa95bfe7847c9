"""Judged by the grammar of RFC 5424, section 6, written down here."""

from __future__ import annotations

import re
from datetime import datetime

from hypothesis import given

from proxy.reports.siem import formats
from proxy.reports.siem.formats import syslog
from testing import entries
from testing.examples import examples

_NAME = r"[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32}"  # SD-NAME: printable ASCII but = ] " and blanks
_VALUE = r'(?:[^"\\\]]|\\["\\\]])*'
_ELEMENT = rf'\[{_NAME}(?: {_NAME}="{_VALUE}")*\]'
MESSAGE = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?P<host>[\x21-\x7e]{1,255}) "
    rf"(?P<app>[\x21-\x7e]{{1,48}}) - (?P<id>[\x21-\x7e]{{1,32}}) (?P<data>-|{_ELEMENT})(?: (?P<text>.*))?",
    re.DOTALL,
)
_PARAM = re.compile(rf'({_NAME})="({_VALUE})"')


def read(line):
    found = MESSAGE.fullmatch(line.decode())
    assert found, line
    params = {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PARAM.findall(found["data"])}
    return found, params


def flat(text):
    return text.replace("\r", " ").replace("\n", " ")


def test_every_record_is_a_message_of_the_grammar(every):
    for one in every:
        found, params = read(syslog.line(one))
        assert datetime.fromisoformat(found["time"]) == one.at
        assert (params["log_writer"], params["log_seq"]) == (one.position.writer, str(one.position.seq))
        assert found["text"] == one.title


def test_priority_is_the_facility_of_audits_and_the_severity(named):
    assert read(syslog.line(named("decision", "x1")))[0]["priority"] == str(13 * 8 + 6)
    assert read(syslog.line(named("decision", "x2")))[0]["priority"] == str(13 * 8 + 4)
    assert read(syslog.line(named("checkpoints_refused")))[0]["priority"] == str(13 * 8 + 2)


def test_the_host_is_the_writers(named):
    assert read(syslog.line(named("decision", "x1")))[0]["host"] == "node-1"


@given(one=entries.any_event())
@examples(60)
def test_any_text_is_read_back_from_structured_data(one):
    _, params = read(syslog.line(one))
    for name in ("tenant", "service", "target", "revision"):
        assert params.get(name, "") == flat(getattr(one.columns, name))
    assert params.get("codes", "") == flat(" ".join(one.columns.codes))


@given(one=entries.any_event())
@examples(20)
def test_text_beyond_ascii_is_marked_as_utf_8(one):
    text = read(syslog.line(one))[0]["text"]
    assert text == ("" if one.title.isascii() else "\ufeff") + flat(one.title)


def test_another_format_becomes_the_text_of_a_message(named):
    found, params = read(syslog.enveloped(named("decision", "x1"), b'{"a":1}'))
    assert (found["data"], found["text"], params) == ("-", '{"a":1}', {})


def test_structured_data_is_named_by_the_organisations_number_or_else_by_the_one_for_examples(named):
    one = named("decision", "x1")
    assert b" [audit@32473 " in formats.chosen("syslog").line(one)
    assert b" [audit@4711 " in formats.chosen("syslog", 4711).line(one)
    assert formats.chosen("cef", 4711) is formats.by_name()["cef"]
