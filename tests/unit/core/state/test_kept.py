from __future__ import annotations

import re
from dataclasses import replace

import pytest

from proxy.core.kept_state import NO_ASSIGNMENTS, Assignments, Batched, Kept
from proxy.core.records import EntitySummary
from proxy.core.state import kept
from proxy.core.wire import Wire
from proxy.errors import KeptChangedError
from testing.evidence import inspection

BEGINNINGS = (kept.RESPONSE, kept.CONVERSATION)

KEPT = Kept(
    "resp_cp_" + "b" * 32,
    "continue",
    "a",
    "resp_1",
    "m",
    ("health",),
    ("PERSON",),
    ("Name_B",),
    ("resp_cp_x", "resp_0"),
)


def test_a_handle_is_random_and_without_digits():
    made = {kept.fresh(begins) for begins in BEGINNINGS for _ in range(100)}
    assert len(made) == 200
    assert not any(map(str.isdigit, "".join(made)))
    assert {begins: sum(kept.is_handle(one, begins) for one in made) for begins in BEGINNINGS} == dict.fromkeys(
        BEGINNINGS, 100
    )
    assert all(kept.may_hold_one(f'{{"a":"{one}"}}'.encode()) for one in made)


@pytest.mark.parametrize(
    "other", ["resp_1", "resp_cp_", "resp_cp_" + "a" * 32, KEPT.handle + "b", KEPT.handle[:-1], None, 1]
)
def test_no_handle(other):
    assert not kept.is_handle(other, kept.RESPONSE)


@pytest.mark.parametrize(("identity", "known"), [("resp_68af", True), ("a.b:c-d", True), ("", False), ("a/b", False),
                                                  ("a" * 257, False), ('"', False), (None, False), (".", False)])  # fmt: skip
def test_identifiers_of_targets(identity, known):
    assert kept.is_id(identity) is known


def test_what_is_packed_opens_to_the_same():
    assert kept.opened(KEPT.handle, kept.packed(KEPT)) == KEPT
    batch = replace(KEPT, batched=Batched("/v1/embeddings", "openai_embeddings", ("Ada", "two")))
    assert kept.opened(batch.handle, kept.packed(batch)) == batch
    assert "Ada" not in repr(batch)


def test_a_derived_handle_is_the_same_each_time_and_hangs_on_all_it_is_made_of():
    made = kept.derived(b"k", kept.FILE, "a", "file-1")
    assert made == kept.derived(b"k", kept.FILE, "a", "file-1")
    assert kept.is_handle(made, kept.FILE)
    others = [(b"l", kept.FILE, "a", "file-1"), (b"k", kept.BATCH, "a", "file-1"), (b"k", kept.FILE, "b", "file-1"),
              (b"k", kept.FILE, "a", "file-2")]  # fmt: skip
    assert len({made[-32:], *(kept.derived(*one)[-32:] for one in others)}) == 5


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"id": "x", "deleted": True}, True),
        ({"id": "x", "type": "message_batch_deleted"}, True),
        ({"id": "x", "deleted": True, "output": []}, False),
        ({"id": "x", "type": "message_batch"}, False),
        ({"id": "x", "deleted": "yes"}, False),
    ],
)
def test_the_word_that_something_is_deleted(said, told):
    assert kept.says_deleted(said) is told


def test_a_request_holds_what_it_continues_too():
    made = inspection()
    assert kept.with_kept(made) is made
    found = kept.with_kept(replace(made, payload=replace(made.payload, kept=KEPT)))
    assert EntitySummary("PERSON", 1, 1.0, ("kept",)) in found.entities or "PERSON" in {r.type for r in made.entities}
    assert set(found.categories) == {*made.categories, "health"}


BOTH = {"openai_responses_kept", "openai_conversations"}


@pytest.mark.parametrize(
    ("api", "spoken", "body", "begins"),
    [
        ("openai_responses", BOTH, b'{"store":true}', kept.RESPONSE),
        ("openai_responses", {"openai_conversations"}, b'{"store":true}', ""),
        ("openai_responses", BOTH, b'{"store":false}', ""),
        ("openai_responses", BOTH, b"{}", ""),
        ("openai_responses_kept", BOTH, b"", ""),
        ("openai_conversations", BOTH, b"{}", kept.CONVERSATION),
    ],
)
def test_what_asks_to_be_kept(api, spoken, body, begins):
    payload = inspection().payload
    assert kept.handle_prefix(api, spoken, payload, Wire("/responses", body)) == begins


def test_what_is_added_to_what_is_kept_makes_nothing_new():
    payload = replace(inspection().payload, kept=KEPT)
    assert kept.handle_prefix("openai_conversations", BOTH, payload, Wire("/conversations/x/items", b"{}")) == ""


@pytest.mark.parametrize(
    ("api", "spoken", "named"),
    [
        ("openai_responses", {"openai_responses_kept"}, True),
        ("openai_responses", {"openai_conversations"}, True),
        ("openai_responses", {"openai_responses"}, False),
        ("openai_responses_kept", {"openai_conversations"}, False),
        ("openai_conversations", BOTH, True),
        ("openai_chat", BOTH, False),
    ],
)
def test_which_replies_name_what_is_kept(api, spoken, named):
    assert kept.may_name(api, spoken) is named


def test_a_conversation_grows_by_what_a_turn_was_decided_on():
    known = replace(KEPT, categories=("health",), entities=("PERSON",), names=("Name_B",))
    base = inspection()
    turn = kept.with_kept(replace(base, payload=replace(base.payload, kept=known)))
    made = kept.extended(known, turn, ["Name_A"])
    assert (set(made.categories), made.names) == ({*base.categories, "health"}, ("Name_A", "Name_B"))
    assert {"PERSON", *(row.type for row in base.entities)} == set(made.entities)
    assert kept.extended(made, turn, ["Name_A"]) == made


@pytest.mark.parametrize("more", [{"categories": ("health", "biometric")}, {"entities": ("PERSON", "IBAN_CODE")}])
def test_a_turn_that_was_decided_on_less_than_is_kept_by_now_is_refused(more):
    base = inspection()
    turn = kept.with_kept(replace(base, payload=replace(base.payload, kept=KEPT)))
    with pytest.raises(KeptChangedError):
        kept.extended(replace(KEPT, **more), turn, [])


MET = Assignments(-7, {"1a": ("antje", "de", "f")}, {"701740605": "2b"})


def added(made, *, stored=MET, known=MET):
    """Return what is kept once a turn, decided on what was ``known``, adds its stand-ins to what is ``stored``."""
    base = inspection()
    turn = kept.with_kept(replace(base, payload=replace(base.payload, kept=replace(KEPT, assigned=known))))
    return kept.extended(replace(KEPT, assigned=stored), turn, [], made).assigned


def test_stand_ins_that_look_like_values_are_added_to_those_that_a_turn_knew():
    more = replace(MET, names={**MET.names, "3c": ("anke", "de", "f")})
    assert added(more) == more
    assert added(MET, stored=more) == more
    assert added(more, stored=more) == more
    assert added(MET, stored=NO_ASSIGNMENTS, known=NO_ASSIGNMENTS) == MET


@pytest.mark.parametrize(
    "more",
    [
        {"names": {**MET.names, "3c": ("anke", "de", "f")}},
        {"names": {"1a": ("anke", "de", "f")}},
        {"numbers": {"701740606": "2b"}},
        {"days": -14},
    ],
)
def test_a_turn_that_chose_stand_ins_without_knowing_all_is_refused(more):
    with pytest.raises(KeptChangedError):
        added(replace(MET, **more), stored=replace(MET, names={**MET.names, "4d": ("anke", "de", "f")}))


def test_assignments_stand_in_the_vaults_entry():
    stored = replace(KEPT, assigned=MET)
    assert kept.opened(KEPT.handle, kept.packed(stored)) == stored


def test_the_vault_names_a_stand_in_that_looks_like_a_value_by_its_value_too():
    first = kept.vault_names({"Antje": "Anna", "Name_A": "Bert"}, {"Antje"}, lambda: b"k")
    second = kept.vault_names({"Antje": "Agnes", "Name_A": "Bert"}, {"Antje"}, lambda: b"k")
    assert "Name_A" in first.keys() & second.keys()
    assert len({*first, *second}) == 3
    assert not re.search("Anna|Agnes", "".join({*first, *second}))
    assert kept.restorable(first) == ({"Antje": "Anna", "Name_A": "Bert"}, frozenset({"Antje"}))
    assert kept.vault_names({"Name_A": "Bert"}, (), lambda: pytest.fail("no key is needed")) == {"Name_A": "Bert"}
