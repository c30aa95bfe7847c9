"""What a test starts is read through fixtures, helpers and modules; what it only names is not started."""

from __future__ import annotations

import pytest

from testing.surfaces import ROOT, surfaces


@pytest.mark.parametrize(
    ("file", "test", "reached"),
    [
        ("tests/acceptance/world/test_outcomes.py", "test_harmless_text_is_forwarded_as_it_is", {"product"}),
        ("tests/integration/mcp/test_sdk.py", "test_prompts_and_resources", {"product"}),
        (
            "tests/integration/detection/test_command.py",
            "test_lines_are_answered_one_by_one_and_in_batches",
            {"command"},
        ),
        ("tests/unit/cli/test_serve.py", "test_off_this_machine_it_needs_certificates", {"command"}),
        ("tests/integration/identity/test_holds.py", "test_nobody", set()),
        ("tests/unit/web/test_handlers.py", "test_unknown_paths_are_refused_and_recorded", set()),
        (
            "tests/unit/detection/remote/test_pool.py",
            "test_a_detector_elsewhere_answers_as_the_pool_does",
            {"detector"},
        ),
        ("tests/testing/test_surfaces.py", "test_a_test_has_before_it_what_it_starts", set()),
    ],
)
def test_a_test_has_before_it_what_it_starts(file, test, reached):
    assert surfaces(ROOT / file, test) == reached


def test_a_database_of_its_own_is_a_surface():
    path = ROOT / "tests/integration/vault/test_postgres.py"
    assert surfaces(path, "test_table_holds_neither_originals_pseudonyms_nor_domains") == {"database"}
