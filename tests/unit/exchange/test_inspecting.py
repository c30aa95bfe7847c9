from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.core.findings import Status
from proxy.errors import DetectionError, MalformedRequestError, UnsupportedDialectError
from proxy.exchange.deadline import Deadline
from proxy.exchange.inspecting import Inspector
from proxy.exchange.request import AddressedRequest
from testing.fakes import CANARY, KEYRING, FakeDetector, Stage, catalog, chat, target


async def inspected(body, detector=None, offered=None, **vault):
    stage = Stage(detector=detector or FakeDetector())
    await stage.vault.put("acme", vault)
    inspector = Inspector(stage.pipeline._ports, catalog() if offered is None else catalog(*offered), b"key")
    request = replace(AddressedRequest.of(stage.request(body), stage.catalog, KEYRING), domain="acme")
    async with Deadline(5.0) as deadline:
        _, inspection = await inspector.inspect(request, deadline)
    return inspection


async def test_what_a_request_holds_is_told_by_type():
    found = await inspected(chat(f"write to {CANARY}"))
    assert [(row.type, row.count) for row in found.entities] == [("EMAIL_ADDRESS", 1)]
    assert (found.status, found.categories) == (Status.COMPLETE, ("personal",))


async def test_a_pseudonym_of_ours_is_known_and_counts_as_personal():
    name = "Name_BCDFGHJKLM"
    found = await inspected(chat(f"what about {name}?"), **{name: "Ada"})
    assert (found.pseudonyms, found.categories) == ({name: "Ada"}, ("personal",))


async def test_answers_that_do_not_fit_the_texts_are_refused():
    with pytest.raises(DetectionError):
        await inspected(chat("hello"), FakeDetector(missing=1))


async def test_a_model_whose_name_identifies_somebody_is_refused():
    with pytest.raises(MalformedRequestError):
        await inspected(chat("hello", model=CANARY))


async def test_what_no_target_speaks_is_refused():
    with pytest.raises(UnsupportedDialectError):
        await inspected(
            chat("hello"),
            offered=[target("a", accepts=catalog().targets["a"].accepts.__class__(dialects=frozenset()))],
        )
