"""The name that was probably meant."""

from __future__ import annotations

from proxy.core.nearest import hint


def test_names_the_name_that_is_most_alike() -> None:
    assert hint("redakt", ["deny", "redact", "redirect"]) == "; did you mean redact?"


def test_says_nothing_where_no_name_is_near() -> None:
    assert hint("zzz", ["deny", "redact"]) == ""


def test_says_nothing_where_there_are_no_names() -> None:
    assert hint("redact", []) == ""
