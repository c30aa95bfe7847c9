from __future__ import annotations

import base64

import pytest

from proxy.core.deidentification.installed import OperatorFailedError, UnknownOperatorError, installed
from proxy.core.deidentification.pseudonyms import Minter

MINTER = Minter(b"k" * 32)


def answer(made, value="4711 Hanna Weber", entity_type="PERSON"):
    operator = installed({"operator": "own"}, {"own": lambda _params: lambda *_: made})
    return operator(entity_type, value, MINTER)


def test_an_obligation_that_names_none_has_the_one_of_its_type():
    assert installed({"restore": "exchange"}, {}) is None


@pytest.mark.parametrize("name", ["own", "", None, 3, ["own"], "Own!"])
def test_a_name_that_is_not_installed_is_refused(name):
    with pytest.raises(UnknownOperatorError):
        installed({"operator": name}, {"other": lambda _params: lambda *_: "x"})


def test_it_gets_the_parameters_that_are_not_ours_and_may_refuse_them():
    seen = []

    def make(params):
        seen.append(params)
        raise KeyError("prefix")

    with pytest.raises(UnknownOperatorError, match="own is not installed or does not support its parameters") as fault:
        installed({"operator": "own", "restore": "exchange", "prefix": "A"}, {"own": make})
    assert seen == [{"prefix": "A"}]
    assert fault.value.__cause__ is None


def test_what_takes_the_value_out_stands():
    assert answer("token-1") == "token-1"


@pytest.mark.parametrize(
    "made",
    [
        None,
        7,
        b"token",
        type("Text", (str,), {})("token"),
        "x" * 5000,
        "lone \ud800",
        "4711 Hanna Weber",
        "<4711 HANNA WEBER>",
        "4-7-1-1 H a n n a Weber, 4711 Hanna  Weber",
        base64.b64encode(b"it is 4711 Hanna Weber, indeed").decode(),
    ],
)
def test_what_is_no_text_or_still_holds_the_value_fails(made):
    with pytest.raises(OperatorFailedError, match="operator own failed"):
        answer(made)


def test_a_short_value_is_looked_for_as_a_word():
    assert answer("T147X", value="47", entity_type="AGE") == "T147X"
    with pytest.raises(OperatorFailedError):
        answer("T 47", value="47", entity_type="AGE")


def test_a_fault_says_nothing_of_what_it_quotes():
    def broken(_entity_type, value, _minter):
        raise RuntimeError(value)

    with pytest.raises(OperatorFailedError) as fault:
        installed({"operator": "own"}, {"own": lambda _params: broken})("PERSON", "Hanna Weber", MINTER)
    assert "Hanna" not in repr(fault.value)
    assert fault.value.__cause__ is None
