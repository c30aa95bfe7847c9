from __future__ import annotations

import pytest

from proxy.core.replies.holding import RUN_WINDOW, safe_cut


@pytest.mark.parametrize(
    ("text", "released"),
    [
        ("the quick fo", "the quick "), ("so said Ma", "so said "), ("so Maria Sch", "so "), ("so Maria said th", "so Maria said "),
        ("at 12 Main Str", "at "), ("at 12 Main Street, Apt 5", "at "), ("12 rue des M", ""), ("in der Langen Straße ", "in der "),
        ("call 0231 555", "call "), ("call 0231 5558123 and ", "call "), ("call 0231 5558123 and then we shall see about it all ", "call 0231 5558123 and then we shall see about it all "),
        ("on page 7 they ", "on page 7 they "), ("of the ", "of the "), ("Paseo de la ", ""), ("see (+49) 231 ", "see "),
        ("Key:\n-----BEGIN X-----\nabc def\n", "Key:\n"), ("one\n\nTwo ", "one\n\n"), ("What? Why ", "What? "), ("你好世界", "你好世界"),
    ],
)  # fmt: skip
def test_what_can_be_let_go(text, released):
    assert text[: safe_cut(text, 0)] == released


def test_a_long_run_is_let_go_at_the_window():
    assert safe_cut("a" * (RUN_WINDOW + 100), 0) == 100
    assert safe_cut("A b " * RUN_WINDOW, 0) > 0


def test_nothing_before_what_has_gone_is_held():
    assert safe_cut("12 Main Street ", 8) == 8
