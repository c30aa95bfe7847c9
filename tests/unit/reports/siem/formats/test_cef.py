"""Judged by a reader of the specification's escapes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from proxy import __version__
from proxy.reports.siem.formats import cef
from testing import entries
from testing.examples import examples

_KEY = re.compile(r"(?:^| )([A-Za-z0-9]+)=")


def header(line):
    """Return the seven fields of the header and the extension."""
    parts = re.split(r"(?<!\\)((?:\\\\)*)\|", line, maxsplit=7)
    fields = [parts[at] + (parts[at + 1] if at + 1 < len(parts) else "") for at in range(0, len(parts), 2)]
    return [re.sub(r"\\(.)", r"\1", one) for one in fields[:7]], fields[7]


def extension(text):
    """Return the pairs: a key begins after a blank and ends at an equals sign without a backslash."""
    bounds = list(_KEY.finditer(text))
    ends = [*(match.start() for match in bounds[1:]), len(text)]
    told = {"n": "\n", "r": "\r"}
    return {
        match[1]: re.sub(r"\\(.)", lambda each: told.get(each[1], each[1]), text[match.end() : end])
        for match, end in zip(bounds, ends, strict=True)
    }


def test_header_and_pairs_say_what_happened(named):
    one = named("decision", "x2")
    head, rest = header(cef.line(one).decode())
    assert head[1:] == ["compliance-proxy", "compliance-proxy", __version__, "decision", one.title, "6"]
    read = extension(rest)
    assert (read["act"], read["outcome"], read["reason"]) == ("block", "failure", "GDPR_NO_TRANSFER")
    assert (read["externalId"], read["deviceFacility"], read["suid"]) == (one.position.name, "x2", "k1")


@given(one=entries.any_event())
@examples(60)
def test_any_text_is_read_back(one):
    head, rest = header(cef.line(one).decode())
    flat = str.maketrans({"\n": " ", "\r": " "})
    assert head[0] == "CEF:0"
    assert (head[4], head[5]) == (one.name.translate(flat), one.title.translate(flat))
    pairs = extension(rest)
    assert pairs["externalId"] == one.position.name
    assert pairs.get("cs1", "") == one.columns.tenant
    assert pairs.get("destinationServiceName", "") == one.columns.target
    assert pairs.get("reason", "") == " ".join(one.columns.codes)


@pytest.mark.parametrize(("text", "escaped"), [("a|b", "a\\|b"), ("a\\b", "a\\\\b"), ("a\nb", "a b")])
def test_a_header_escapes_pipes_and_backslashes_and_has_no_line_break(text, escaped):
    [one] = entries.told([entries.event(text)])
    assert (
        cef.line(one)
        .decode()
        .split("CEF:0|")[1]
        .startswith(f"compliance-proxy|compliance-proxy|{__version__}|{escaped}|")
    )


@pytest.mark.parametrize(
    ("text", "escaped"), [("a=b", "a\\=b"), ("a\\b", "a\\\\b"), ("a\r\nb", "a\\r\\nb"), ("a|b", "a|b")]
)
def test_a_value_escapes_equals_signs_backslashes_and_line_breaks(text, escaped):
    [one] = entries.told([entries.event("key_created", tenant=text)])
    assert f" cs1={escaped} " in cef.line(one).decode()
