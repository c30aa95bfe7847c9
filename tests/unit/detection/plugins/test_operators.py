from __future__ import annotations

import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.detection.plugins.operators import factory, load
from proxy.errors import ConfigurationError

MINTER = Minter(b"k" * 32)


def test_none_is_installed_and_presidio_is_not_asked():
    assert load(None) == {}


def test_an_installed_operator_gets_its_parameters_the_type_and_a_keyed_code(installed):
    installed("operators", acme_token="Token")
    operate = load(None)["acme_token"]({"prefix": "ACME"})
    made = operate("EMPLOYEE_BADGE", "AC-123456", MINTER)
    assert made == f"ACME~{MINTER.digest('EMPLOYEE_BADGE', 'AC-123456')}"
    assert operate("EMPLOYEE_BADGE", "AC-123456", Minter(b"x" * 32)) != made


def test_parameters_are_checked_by_the_operator_itself(installed):
    installed("operators", acme_token="Token")
    with pytest.raises(ValueError, match="prefix"):
        load(None)["acme_token"]({})


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"acme_token": "Missing"}, "cannot be loaded .AttributeError"),
        ({"acme_other": "Misnamed"}, "one operator of Presidio's with this name"),
        ({"acme_token": "OperatorType"}, "one operator of Presidio's with this name"),
    ],
)
def test_what_is_no_operator_ends_the_start(installed, points, said):
    installed("operators", **points)
    with pytest.raises(ConfigurationError, match=said):
        load(None)


def test_no_name_of_presidios_or_ours_can_be_taken(tmp_path):
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "mask.py").write_text(
        "from testing.acme_privacy import operators\n\n"
        "class Mask(operators.Token):\n    def operator_name(self):\n        return 'mask'\n"
    )
    with pytest.raises(ConfigurationError, match="has an operator of this name"):
        load(tmp_path)


def test_ours_work_in_presidios_own_engine():
    from presidio_anonymizer import AnonymizerEngine, OperatorConfig, RecognizerResult

    engine = AnonymizerEngine()
    engine.operators_factory = factory()
    text = "to jane@clinic.org"
    found = [RecognizerResult("EMAIL_ADDRESS", 3, len(text), 0.9)]
    chosen = {"EMAIL_ADDRESS": OperatorConfig("proxy_pseudonymize", {"minter": MINTER})}
    assert engine.anonymize(text, found, chosen).text == f"to {MINTER.pseudonym('EMAIL_ADDRESS', 'jane@clinic.org')}"
