from __future__ import annotations

import math

import pytest
from presidio_analyzer import RecognizerResult

from proxy.core.findings import Finding
from proxy.detection.plugins.recognizers import Installed, load
from proxy.errors import ConfigurationError
from testing.acme_privacy.recognizers import Badge, Beyond

pytestmark = pytest.mark.heavy


def test_results_become_findings_under_the_name_of_the_entry_point(installed):
    installed("recognizers", acme_badge="Badge")
    (one,) = load(None)
    assert one.find("badge AC-123456 lost", None) == [Finding("EMPLOYEE_BADGE", 6, 15, 0.9, "acme_badge")]


def test_presidios_names_of_types_become_ours():
    (found,) = Installed("iban", Beyond(RecognizerResult("IBAN_CODE", 0, 4, 0.5))).find("AL47", None)
    assert found.entity_type == "BANK_ACCOUNT"


@pytest.mark.parametrize(
    "result",
    [
        None,
        RecognizerResult("EMPLOYEE_BADGE", -1, 2, 0.9),
        RecognizerResult("EMPLOYEE_BADGE", 2, 2, 0.9),
        RecognizerResult("EMPLOYEE_BADGE", 0, 2, 1.5),
        RecognizerResult("EMPLOYEE_BADGE", 0, 2, math.nan),
        RecognizerResult("employee badge", 0, 2, 0.9),
        RecognizerResult("EMPLOYEE_BADGE", 0, "2", 0.9),
    ],
)
def test_what_cannot_be_in_the_text_is_refused(result):
    with pytest.raises(ValueError, match="cannot be in this text"):
        Installed("beyond", Beyond(result)).find("text", None)


def test_what_is_no_list_is_refused():
    badge = Badge()
    badge.analyze = lambda *_: None
    with pytest.raises(TypeError):
        Installed("badge", badge).find("text", None)


@pytest.mark.parametrize("point", ["Missing", "RecognizerResult"])
def test_what_is_no_recognizer_ends_the_start(installed, point):
    installed("recognizers", acme=point)
    with pytest.raises(ConfigurationError, match="recognizers: acme: "):
        load(None)


def test_a_file_of_the_folder_is_one(tmp_path):
    (tmp_path / "recognizers").mkdir()
    (tmp_path / "recognizers" / "visitor.py").write_text(
        "from testing.acme_privacy.recognizers import Badge\n\nclass Visitor(Badge):\n    pass\n"
    )
    assert [one.name for one in load(tmp_path)] == ["visitor"]
