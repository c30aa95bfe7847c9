from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.audit.records import packing
from proxy.audit.records.packing import packed, unpacked, zstd
from proxy.audit.records.record import Columns, beside, make
from proxy.errors import ConfigurationError

ENDED = Columns(at=1, kind="outcome", exchange="x", tenant="acme", action="forward")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FACTS = st.dictionaries(
    st.sampled_from(["retain_until", "caller", "input", "x"]) | TEXT,
    TEXT | st.integers(-9, 9) | st.fixed_dictionaries({"subject_refs": st.lists(TEXT, max_size=3)}),
    max_size=4,
)


@given(FACTS)
def test_a_record_is_read_as_it_was_made_and_what_stands_beside_it_follows_from_it(facts):
    if not isinstance(facts.get("caller", {}), dict):
        facts["caller"] = {}
    record = make(ENDED, facts)
    asked, content = packed(record)
    assert unpacked(content) == record.body
    assert beside("outcome", record.body) == asked.encode()


def test_what_the_database_is_asked_of_stands_beside_a_record():
    record = make(ENDED, {"retain_until": "2028-01-05", "caller": {"subject_refs": ["s-1"], "path": "/v1"}})
    assert orjson.loads(packed(record)[0])["facts"] == {
        "retain_until": "2028-01-05", "caller": {"subject_refs": ["s-1"]},
    }  # fmt: skip


def test_an_event_is_stored_as_it_is():
    record = make(Columns(at=1, kind="event", action="served"), {"n": 1})
    assert packed(record) == (record.body.decode(), b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\x28\xb5\x2f\xfd",
        packed(make(ENDED, {}))[1][:-1],
        zstd.compress(b"a" * (packing.MOST_BYTES + 1)),
        packed(make(ENDED, {}))[1] * 2,
    ],
    ids=[
        "nothing",
        "no object",
        "the beginning of a frame",
        "a frame cut off",
        "a frame of more than a record",
        "two frames",
    ],
)
def test_what_is_no_record_reads_as_none(content):
    assert unpacked(content) == b""


def test_the_dictionary_is_the_one_under_which_records_were_packed():
    """Whoever trains another one leaves this one where it is: its id stands in every frame."""
    assert (
        zstd.ZstdDict(packing.DICTIONARY.read_bytes()).dict_id
        == zstd.get_frame_info(packed(make(ENDED, {}))[1]).dictionary_id
        == 1713420095
    )


def test_a_damaged_dictionary_is_refused(tmp_path):
    (tmp_path / "dictionary.zst").write_bytes(packing.DICTIONARY.read_bytes()[:-1])
    with pytest.raises(ConfigurationError, match="damaged"):
        packing._loaded(tmp_path / "dictionary.zst")
