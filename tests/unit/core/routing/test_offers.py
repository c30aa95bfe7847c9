from __future__ import annotations

import pytest

from proxy.codecs.openai.apis import CHAT
from proxy.core.routing import offers
from proxy.core.targets.access import Access, Authorization
from proxy.core.targets.capabilities import Capabilities, Translations, Untranslatable
from proxy.core.wire import Incoming
from proxy.errors import UnsupportedDialectError, UnsupportedFeatureError, UnsupportedReferenceError
from testing.fakes import CANARY, capabilities, chat, target

WEB = target("web", accepts=capabilities(features=frozenset({"web_search_options", "tools.mcp"})))
PLAIN = target("plain", accepts=capabilities(frozenset({"text"})))
EYES = target("eyes", accepts=capabilities(frozenset({"text", "image"}), remote_hosts=frozenset({"pictures.example"})))
PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}


def payload(content="hi", **more):
    return CHAT.decode(Incoming(chat(content, **more)))


def lacking(asked, targets):
    return offers.requirements(asked, targets, "openai_chat").lacking


def check(asked, targets):
    offers.check(asked, targets, "openai_chat")


def test_what_every_target_takes_lacks_nothing():
    assert lacking(payload(), (PLAIN, EYES)) == ()
    check(payload(), ())


def test_a_declared_feature_is_offered_where_it_is_declared():
    asked = payload(web_search_options={}, tools=[{"type": "mcp"}])
    check(asked, (PLAIN, WEB))
    assert dict(lacking(asked, (PLAIN, WEB)))["plain"] == ("web_search_options", "tools.mcp")
    assert [name for name, _ in lacking(asked, (PLAIN, WEB))] == ["plain"]


def test_an_undeclared_feature_is_named_and_refused():
    with pytest.raises(UnsupportedFeatureError, match=r"'provider'") as caught:
        check(payload(provider={"order": ["x"]}), (PLAIN, WEB))
    assert (caught.value.status, caught.value.code) == (400, "unsupported_feature")


def test_the_line_that_is_missing_is_named_for_a_target_that_can_be_reached():
    unset = target("unset", base_url="")
    with pytest.raises(UnsupportedFeatureError, match="added to plain in"):
        check(payload(provider={}), (unset, PLAIN))
    with pytest.raises(UnsupportedFeatureError, match="added to unset in"):
        check(payload(provider={}), (unset,))


@pytest.mark.parametrize("key", [CANARY, "078051120", "Anna Schmidt", "x" * 41])
def test_a_member_that_is_no_word_is_not_repeated(key):
    with pytest.raises(UnsupportedFeatureError) as caught:
        check(payload(**{key: 1}), (PLAIN,))
    assert key not in str(caught.value)


def test_a_target_that_speaks_another_dialect_does_not_speak_to_the_request():
    other = target("other", accepts=Capabilities(dialects=frozenset({"openai_embeddings"})))
    asked = offers.requirements(payload(), (PLAIN, other), "openai_chat")
    assert [(asked.speaks(name), offers.unfit(asked, name)) for name in ("plain", "other")] == [
        ("native", False),
        ("no", True),
    ]
    check(payload(), (PLAIN, other))
    with pytest.raises(UnsupportedDialectError):
        check(payload(), (other,))
    check(payload(), ())  # a model that nobody serves is another fault


def test_a_target_that_can_be_asked_in_other_words_speaks_by_translation_or_lacks_what_cannot_be_said():
    takes = Capabilities(dialects=frozenset({"anthropic_messages"}), translated=True)
    able, unable = target("able", accepts=takes), target("unable", accepts=takes)
    spoken = Translations({"able"}, {"unable": Untranslatable("messages.name", "is lost")})
    asked = offers.requirements(payload(), (PLAIN, able, unable), "openai_chat", spoken=spoken)
    assert asked.speaking == (("able", "translated"), ("unable", "no"))
    assert asked.lacking == (("unable", ("messages.name",)),)
    assert [offers.unfit(asked, name) for name in ("plain", "able", "unable")] == [False, False, True]
    offers.check(payload(), (able, unable), "openai_chat", spoken)
    with pytest.raises(UnsupportedDialectError, match=r"unable speaks another dialect.*'messages\.name' is lost"):
        offers.check(payload(), (unable,), "openai_chat", spoken)


def test_a_target_that_takes_the_callers_credential_lacks_it_where_none_is_given():
    own = target("own", access=Access(Authorization("caller")))
    assert [
        dict(offers.requirements(payload(), (PLAIN, own), "openai_chat", credential=given).lacking)
        for given in (False, True)
    ] == [
        {"own": ("caller_credential",)},
        {},
    ]


def test_targets_in_quarantine_are_told():
    assert offers.requirements(payload(), (PLAIN, EYES), "openai_chat", misplaced={"eyes", "other"}).misplaced == (
        "eyes",
    )


def test_an_operation_that_is_not_offered_is_lacked():
    only = target("only", accepts=capabilities(operations=frozenset({"embedding"})))
    assert dict(lacking(payload(), (PLAIN, only))) == {"only": ("chat",)}


def test_inputs_and_hosts_are_lacked_by_name():
    assert dict(lacking(payload([PICTURE]), (PLAIN, EYES))) == {"plain": ("image", "pictures.example")}
    check(payload([PICTURE]), (PLAIN, EYES))
    assert dict(lacking(payload([{"type": "hologram"}]), (EYES, target("all")))) == {"eyes": ("audio", "file", "video")}


@pytest.mark.parametrize("address", ["https://other.example/a", "http://169.254.169.254/", "file:///etc/passwd"])
def test_an_address_elsewhere_is_refused(address):
    asked = payload([{"type": "image_url", "image_url": {"url": address}}])
    with pytest.raises(UnsupportedReferenceError) as caught:
        check(asked, (PLAIN, EYES))
    assert address not in str(caught.value)
