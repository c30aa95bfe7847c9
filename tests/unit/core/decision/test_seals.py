"""Who sealed a part is known where the vault knows it of everything under the seal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.decision import seals
from proxy.core.records import OpaquePart, SealedPart
from proxy.core.wire import Incoming
from testing.fakes import chat

PICTURE, SEALED = OpaquePart("a", "image"), OpaquePart("a", "sealed")
KNOWN = {seals.name("one"): "vendor", seals.name("two"): "vendor", seals.name("other"): "rival"}


def payload(*found: tuple[str, ...]):
    made = CHAT.decode(Incoming(chat()))
    opaque = (PICTURE, SEALED)
    return replace(made, opaque=opaque, other_opaque=opaque, seals=tuple(SealedPart("a", texts) for texts in found))


@pytest.mark.parametrize(
    ("found", "makers"),
    [
        ((("one", "two"),), ["vendor"]),
        ((("one",), ("two",)), ["vendor"]),
        ((("one",), ("other",)), ["rival", "vendor"]),
        ((("one", "other"),), [""]),
        ((("one", "nobody's"),), [""]),
        ((("one",), ("nobody's",)), ["", "vendor"]),
        (((),), [""]),
    ],
)
def test_every_maker_makes_a_part(found, makers):
    told = seals.attributed(payload(*found), KNOWN)
    expected = (PICTURE, *(replace(SEALED, sealed_by=maker) for maker in makers))
    assert (told.opaque, told.other_opaque, told.seals) == (expected, expected, ())


def test_names_hold_no_text_and_find_what_was_remembered():
    named = seals.names(payload(("one", "two"), ("two",)))
    assert set(named) == set(seals.SealedNames(["one", "two", "one"]).take())
    assert "one" not in "".join(named)


def test_the_first_sealed_texts_of_a_reply_are_named_once():
    sealed = seals.SealedNames(str(number) for number in range(seals.MOST))
    sealed("one more")
    assert sealed.take() == [seals.name(str(number)) for number in range(seals.MOST)]
    assert sealed.take() == []


def test_tenants_have_domains_of_their_own():
    assert seals.domain("acme") != seals.domain("other")
