"""Every report's twin: a made world, the empty one, and whose evidence it shows."""

from __future__ import annotations

import pytest
import yaml

from proxy.errors import ConfigurationError
from proxy.reports import composing, parameters, report
from testing import twins

REPORTS = composing.every()
EMPTY = {"subject": ["x"], "since": "2026-01-01", "until": "2026-02-01", "at": "2026-02-01"}
by_name = pytest.mark.parametrize("form", REPORTS, ids=lambda one: one.name)


async def parts(form, twin, given, about):
    """Return the rows of each part."""
    questions = [part.question for part in form.parts]
    found = await twins.compose(questions, twin, [report.of_part(part, given) for part in form.parts], about)
    return {part.name: one for part, one in zip(form.parts, found, strict=True)}


@by_name
async def test_a_report_has_the_parts_that_its_twin_says(form):
    twin = twins.of(form)
    for case in twin["cases"]:
        found = await parts(form, twin, twins.narrowed(case["asked"]), twins.query_context())
        assert found.keys() == case["parts"].keys()
        for name, expected in case["parts"].items():
            rows = [twins.shown(row, one) for row, one in zip(found[name].rows, expected, strict=False)]
            assert (rows, len(found[name].rows)) == (expected, len(expected)), (name, case["asked"])


@by_name
async def test_a_report_of_the_empty_world_has_its_columns(form):
    given = {name: EMPTY[name] for name in form.description.required}
    found = await parts(form, {}, given, twins.query_context())
    for part in form.parts:
        assert found[part.name].complete
        assert sorted(found[part.name].types) == sorted(part.question.columns), part.name


@by_name
def test_a_part_of_its_own_X_and_some_case_narrows_by_each_parameter(form):
    narrowed = {name for case in twins.of(form)["cases"] for name in case["asked"]}
    of_own = {name for part in form.parts for name in parameters.offered(part.description.parameters)}
    assert of_own <= narrowed <= set(form.offered)


@by_name
async def test_a_reader_of_other_tenants_sees_no_traffic(form):
    twin = twins.of(form)
    given = {name: value for name, value in twins.narrowed(twin["cases"][0]["asked"]).items() if name != "tenant"}
    for found in (await parts(form, twin, given, twins.query_context(["someone-else"]))).values():
        assert [row for row in found.rows if row.get("exchanges") or row.get("tenant")] == []


FORM = {
    "title": "T", "persona": "P", "basis": ["B"], "parameters": ["since"],
    "parts": {"one": {"title": "One", "question": "AQ-14"}},
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"basis": []}, {"parts": {}}, {"unknown": 1}, {"parts": {"one": {"title": "One"}}},
        {"parts": {"one": {"title": "One", "question": "AQ-99"}}}, {"parts": {"one": {"title": "One", "question": "AQ-13"}}},
        {"parts": {"one": {"title": "One", "question": "AQ-14", "differs": ["none"]}}},
        {"parts": {"one": {"title": "One", "columns": {"a": "b"}, "parameters": ["tenants", "limit"]}}},
        {"parts": {"one": {"title": "One", "question": "AQ-14", "columns": {"a": "b"}}}},
    ],
)  # fmt: skip
def test_a_folder_that_does_not_follow_the_form_is_refused(changed, tmp_path):
    (tmp_path / "report.yaml").write_text(yaml.safe_dump({**FORM, **changed}))
    with pytest.raises(ConfigurationError, match="form of a report"):
        composing.read(tmp_path)


def test_a_folder_that_follows_it_is_read(tmp_path):
    (tmp_path / "report.yaml").write_text(yaml.safe_dump(FORM))
    assert [part.question.id for part in composing.read(tmp_path).parts] == ["AQ-14"]


def test_a_report_is_found_by_its_name_in_any_case():
    assert composing.named("ROPA").name == "ropa"
    assert composing.named("none") is None
    assert {one.name for one in REPORTS} >= {"ropa", "transfers", "disclosures", "baa", "breach", "monthly"}
