"""What people write is what is stored: files, document and database text say the same, and a path leads back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from proxy.catalog import documents
from proxy.registry import edit
from testing.examples import examples

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=8)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
REGIONS = st.sampled_from(["DE", "IE", "US", "US-CA"])
DATES = st.dates().map(lambda day: day.isoformat())
EVIDENCE = st.fixed_dictionaries(
    {}, optional={"ref": TEXT, "status": st.sampled_from(["signed", "missing"]), "expires": DATES}
)
TARGET = st.fixed_dictionaries(
    {
        "provider": TEXT,
        "operator": st.sampled_from(["third_party", "self"]),
        "deployment": st.sampled_from(["regional", "local"]),
        "processing_regions": st.lists(REGIONS, min_size=1, max_size=2),
    },
    optional={"dpa": EVIDENCE, "retention_days": st.integers(0, 99), "models": st.lists(TEXT, max_size=2)},
)
TENANT = st.fixed_dictionaries(
    {"establishments": st.lists(REGIONS, min_size=1, max_size=2)},
    optional={"us_person": st.booleans(), "ext": st.dictionaries(TEXT, VALUES, max_size=3)},
)
GRANT = st.fixed_dictionaries(
    {
        "id": NAMES,
        "waives": st.lists(TEXT, max_size=2),
        "approved_by": st.just(["anna", "bob"]),
        "expires": DATES,
    }
)
ENDPOINT = st.fixed_dictionaries(
    {"base_url": TEXT},
    optional={"models": st.dictionaries(TEXT, TEXT, max_size=2), "timeout_s": st.floats(0.1, 1000)},
)


@st.composite
def registries(draw):
    endpoints = draw(st.dictionaries(NAMES, ENDPOINT, min_size=1, max_size=3))
    routes = st.fixed_dictionaries(
        {"targets": st.lists(st.sampled_from(sorted(endpoints)), min_size=1, max_size=3, unique=True)},
        optional={"model": TEXT, "tenant": TEXT},
    )
    return {
        "registry": {
            "targets": draw(st.dictionaries(NAMES, TARGET, max_size=3)),
            "tenants": draw(st.dictionaries(NAMES, TENANT, max_size=2)),
            "activities": {"support": {"purpose": draw(TEXT)}},
            "exceptions": draw(st.lists(GRANT, max_size=2, unique_by=lambda grant: grant["id"])),
        },
        "endpoints": endpoints,
        "routes": draw(st.lists(routes, max_size=3)),
    }


@given(registries())
def test_files_say_what_the_document_says(document):
    checked = documents.check(document)
    assert documents.check(checked.plain).revision == checked.revision
    with tempfile.TemporaryDirectory() as folder:
        documents.write(checked.plain, Path(folder))
        again = documents.read(Path(folder))
    assert (again.plain, again.revision) == (checked.plain, checked.revision)


@given(registries(), registries())
@examples(50)
def test_changes_are_what_differs_and_their_paths_lead_there(before, after):
    before, after = (dict(documents.check(one).plain) for one in (before, after))
    found = edit.changes(before, after)
    assert bool(found) is (documents.revision_of(before) != documents.revision_of(after))
    for change in found:
        for document, value in ((before, change.before), (after, change.after)):
            if value is not None:
                assert edit.get(document, change.path) == value


@given(registries(), registries())
def test_a_change_put_or_taken_out_is_made(before, after):
    before, after = (dict(documents.check(one).plain) for one in (before, after))
    for change in edit.changes(before, after):
        if change.kind == "changed":
            assert edit.get(edit.put(before, change.path, change.after), change.path) == change.after
        elif change.kind == "removed":
            paths = [one.path for one in edit.changes(before, edit.remove(before, change.path))]
            assert paths
