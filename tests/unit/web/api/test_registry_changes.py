from __future__ import annotations

import asyncio
import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import AuditUnavailableError, RegistryConflictError, RegistryUnavailableError, SecondPersonError
from proxy.registry import edit
from proxy.web.api import registry_changes as changes
from proxy.web.api import requests
from proxy.web.api.faults import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionMissingError,
    ReadOnlyError,
    RefusedError,
)
from proxy.web.api.operations import AdminRequest
from testing.fakes import PRINCIPAL

PLACE = "targets.openai/us.dpa"
DPA = {"status": "signed", "ref": "dpa-1"}
EXCEPTION = {"id": "ex-1", "waives": ["NO_DPA"], "approved_by": ["a", "b"], "expires": "2027-01-01"}


@pytest.fixture
def stood(in_memory):
    """An Api over a filled registry, and a function that makes calls based on what is in force."""
    api, evidence, in_force, store, _ = in_memory()
    store.fill()

    def call(parameter="", body=None, principal=PRINCIPAL, base=None, **query):
        named = store.head if base is None else base
        return AdminRequest("c1", principal, parameter, query, if_match=f'"{named}"' if named else "", body=body)

    return api, evidence, in_force, store, call


async def test_a_place_is_replaced_merged_and_removed(stood):
    api, evidence, _, store, call = stood
    first = store.head
    made = await changes.put(api, call(PLACE, DPA))
    assert made.document["ok"]
    assert made.document["changes"] == [{"path": PLACE, "kind": "added"}]
    assert made.headers["ETag"] == f'"{store.head}"'
    await changes.patch(api, call(PLACE, {"ref": None, "expires": "2027-01-01"}))
    assert edit.get(store.stored[store.head].documents, PLACE) == {"status": "signed", "expires": "2027-01-01"}
    await changes.delete(api, call(PLACE))
    assert store.head == first
    recorded = evidence.named("registry_changed")
    assert [facts["paths"] for facts in recorded] == [[PLACE], [f"{PLACE}.expires", f"{PLACE}.ref"], [PLACE]]
    assert {facts["by"] for facts in recorded} == {"crm (key1)"}
    assert "dpa-1" not in str(evidence.events)


async def test_the_whole_document_is_replaced(stood):
    api, _, _, store, call = stood
    whole = copy.deepcopy(dict(store.stored[store.head].documents))
    whole["registry"]["targets"]["openai/us"]["models"] = ["gpt-4o"]
    made = await changes.put(api, call("", whole))
    assert made.document["changes"] == [{"path": "targets.openai/us.models", "kind": "added"}]
    with pytest.raises(RefusedError):
        await changes.put(api, call("", [1]))
    with pytest.raises(RefusedError):
        await changes.patch(api, call("", [1]))


async def test_a_first_registry_needs_if_none_match(in_memory, stood):
    _, _, _, filled, _ = stood
    api, _, _, store, _ = in_memory()
    whole = filled.stored[filled.head].documents
    with pytest.raises(ConflictError):
        await changes.put(api, AdminRequest("c1", PRINCIPAL, if_match='"x"', body=whole))
    await changes.put(api, AdminRequest("c1", PRINCIPAL, if_none_match="*", body=whole))
    assert store.head == filled.head


@pytest.mark.parametrize("if_match", ["", "*", '""', "W/"])
async def test_a_change_names_what_it_is_based_on(stood, if_match):
    api, *_ = stood
    with pytest.raises(PreconditionMissingError):
        await changes.put(api, AdminRequest("c1", PRINCIPAL, PLACE, if_match=if_match, body=DPA))


async def test_a_change_based_on_another_revision_is_refused(stood):
    api, _, _, store, call = stood
    before = store.head
    await changes.put(api, call(PLACE, DPA))
    with pytest.raises(ConflictError):
        await changes.put(api, call(PLACE, {"status": "expired"}, base=before))
    with pytest.raises(ConflictError):
        await changes.activate(api, call(body=requests.ActivateRegistry(revision=before), base=before))


async def test_of_two_changes_at_once_one_is_refused(stood, monkeypatch):
    api, evidence, _, store, call = stood

    async def late(*args, **named):
        raise RegistryConflictError("moved on")

    monkeypatch.setattr(store, "put", late)
    monkeypatch.setattr(store, "activate", late)
    with pytest.raises(ConflictError):
        await changes.put(api, call(PLACE, DPA))
    with pytest.raises(ConflictError):
        await changes.activate(api, call(body=requests.ActivateRegistry(revision=store.head)))
    assert evidence.events == []


@pytest.mark.parametrize(
    ("path", "value"), [(PLACE, {"status": "x"}), ("tenants.demo-eu.establishments", "DE"), ("nothing", 1), ("a..b", 1)]
)
async def test_what_is_not_valid_is_refused_whole(stood, path, value):
    api, evidence, _, store, call = stood
    before = store.head
    with pytest.raises(RefusedError):
        await changes.put(api, call(path, value))
    assert store.head == before
    assert evidence.events == []


async def test_files_are_not_changed_here(in_memory):
    api, *_ = in_memory(editable=False)
    for operation in (changes.put, changes.patch, changes.delete, changes.activate):
        with pytest.raises(ReadOnlyError, match="PROXY_REGISTRY=database"):
            await operation(api, AdminRequest("c1", PRINCIPAL, PLACE, if_match='"x"', body=DPA))


async def test_stored_only_then_activated(stood):
    api, _, _, store, call = stood
    before = store.head
    made = await changes.put(api, call(PLACE, DPA, activate="false"))
    assert (made.document["active"], store.head) == (False, before)
    assert "replicas" not in made.document
    body = requests.ActivateRegistry(revision=made.document["revision"])
    done = await changes.activate(api, call(body=body))
    assert (done.document["active"], store.head) == (True, made.document["revision"])
    with pytest.raises(NotFoundError):
        await changes.activate(api, call(body=requests.ActivateRegistry(revision="0" * 20)))


async def test_an_exception_needs_two_people(stood):
    api, _, _, store, call = stood
    second = replace(PRINCIPAL, key_id="key2", service="audit")
    for operation, path, body in (
        (changes.put, "exceptions", [EXCEPTION]),
        (changes.patch, "", {"registry": {"exceptions": [EXCEPTION]}}),
    ):
        with pytest.raises(SecondPersonError):
            await operation(api, call(path, body))
    made = await changes.put(api, call("exceptions", [EXCEPTION], activate="false"))
    body = requests.ActivateRegistry(revision=made.document["revision"])
    with pytest.raises(SecondPersonError):
        await changes.activate(api, call(body=body))
    await changes.activate(api, call(body=body, principal=second))
    longer = {**EXCEPTION, "expires": "2028-01-01"}
    with pytest.raises(SecondPersonError):
        await changes.put(api, call("exceptions.ex-1", longer))
    await changes.put(api, call(PLACE, DPA))
    await changes.delete(api, call("exceptions.ex-1"))
    assert edit.get(store.stored[store.head].documents, "exceptions") == []


@pytest.mark.parametrize(
    ("author", "activator"), [("oidc:1", "oidc:2"), ("key1", "key2"), ("key1", "oidc:1"), ("key1", "key1")]
)
async def test_another_credential_is_no_second_person(stood, author, activator):
    api, _, _, store, call = stood
    before = store.head
    one, other = replace(PRINCIPAL, key_id=author), replace(PRINCIPAL, key_id=activator)
    made = await changes.put(api, call("exceptions", [EXCEPTION], principal=one, activate="false"))
    body = requests.ActivateRegistry(revision=made.document["revision"])
    with pytest.raises(SecondPersonError):
        await changes.activate(api, call(body=body, principal=other))
    assert store.head == before
    await changes.activate(api, call(body=body, principal=replace(other, service="audit")))
    assert store.head == made.document["revision"]


async def test_an_exception_whose_author_cannot_be_told_needs_the_command_line(stood):
    api, _, _, store, call = stood
    waived = edit.put(store.stored[store.head].documents, "exceptions", [EXCEPTION])
    made = await store.put(waived, by="root", base=store.head, activate=False)
    with pytest.raises(SecondPersonError):
        await changes.activate(api, call(body=requests.ActivateRegistry(revision=made.revision)))


async def test_an_exception_that_is_in_force_stays_without_a_second_person(stood):
    api, _, _, store, call = stood
    waived = edit.put(store.stored[store.head].documents, "exceptions", [EXCEPTION])
    draft = await store.put(waived, by="root", base=store.head, activate=False)
    made = await store.activate(draft.revision, by="ben", base=store.head, may_be_author="ben".__eq__)
    await changes.put(api, call(PLACE, DPA))
    await changes.activate(api, call(body=requests.ActivateRegistry(revision=made.revision)))
    assert store.head == made.revision


async def test_who_does_not_run_it_is_waited_for_and_told(stood):
    api, _, _, store, call = stood
    store.slow, store.refusal = True, "refused long ago"
    late = await changes.put(api, call(PLACE, DPA, wait="1"))
    assert late.document["ok"] is False
    assert late.document["replicas"][0]["registry_revision"] == "old"
    assert store.asked > 2


async def test_an_engine_that_decides_over_other_data_is_not_everywhere(stood):
    api, _, _, store, call = stood
    store.lags = True
    made = await changes.put(api, call(PLACE, DPA, wait="0"))
    assert (made.document["ok"], made.document["replicas"][0]["data_revision"]) == (False, "old")


async def test_a_refusal_of_the_new_revision_ends_the_wait(stood):
    api, _, _, store, call = stood
    store.slow, store.refusal, store.then = True, "refused long ago", "refused now"
    async with asyncio.timeout(60):
        late = await changes.put(api, call(PLACE, DPA, wait="120"))
    assert late.document["ok"] is False
    assert late.document["replicas"][0]["refused"] == "refused now"


async def test_what_everybody_runs_is_asked_before_the_change(stood):
    api, evidence, _, store, call = stood
    before, store.down = store.head, True
    with pytest.raises(RegistryUnavailableError):
        await changes.put(api, call(PLACE, DPA))
    assert (store.head, evidence.events) == (before, [])


async def test_a_change_is_answered_and_recorded_though_nobody_can_tell_who_runs_it(stood):
    api, evidence, _, store, call = stood
    store.fails = True
    made = await changes.put(api, call(PLACE, DPA, wait="0"))
    assert (made.status, made.document["ok"], made.document["replicas"]) == (200, False, [])
    (recorded,) = evidence.named("registry_changed")
    assert recorded["revision"] == store.head == made.document["revision"]


async def test_one_that_is_only_stored_asks_nobody_what_it_runs(stood):
    api, _, _, store, call = stood
    store.down = True
    assert (await changes.put(api, call(PLACE, DPA, activate="false"))).document["ok"]


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("recordable", [True, False])
async def test_a_caller_that_leaves_gets_no_change_without_its_record(stood, monkeypatch, times, recordable):
    api, evidence, _, store, call = stood
    before, recording, go_on = store.head, asyncio.Event(), asyncio.Event()
    record = evidence.event_durable

    async def slow(*args, **named):
        recording.set()
        await go_on.wait()
        if not recordable:
            raise AuditUnavailableError
        await record(*args, **named)

    monkeypatch.setattr(evidence, "event_durable", slow)
    asked = asyncio.ensure_future(changes.put(api, call(PLACE, DPA)))
    await recording.wait()
    for _ in range(times):
        asked.cancel()
        await asyncio.sleep(0)
    assert (store.head != before, asked.done()) == (True, False)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert len(evidence.named("registry_changed")) == recordable


@pytest.mark.parametrize("query", [{"wait": "121"}, {"wait": "x"}, {"activate": "maybe"}])
async def test_a_wrong_parameter_changes_nothing(stood, query):
    api, _, _, store, call = stood
    before = store.head
    with pytest.raises(InvalidRequestError):
        await changes.put(api, call(PLACE, DPA, **query))
    assert store.head == before


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(before, change, after):
    kept = copy.deepcopy(before)
    assert changes.merged(before, change) == after
    assert before == kept


@given(st.dictionaries(st.text(), st.integers()), st.dictionaries(st.text(), st.integers()))
def test_a_patch_without_nulls_is_an_update(before, change):
    assert changes.merged(before, change) == {**before, **change}
