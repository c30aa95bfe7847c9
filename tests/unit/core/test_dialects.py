from __future__ import annotations

import pytest

from proxy.codecs import endpoints
from proxy.core.dialects import DIALECTS, FAMILIES, spoken


def test_every_codec_is_a_dialect_that_a_target_can_be_declared_to_speak():
    assert {api.name for _, apis in endpoints.DIALECTS for api in apis} == DIALECTS


def test_families_stand_for_dialects():
    assert all(names <= DIALECTS for names in FAMILIES.values())
    assert not DIALECTS & FAMILIES.keys()


def test_names_of_the_catalog_are_read():
    assert spoken(["openai"]) == {"openai_chat", "openai_embeddings"}
    assert spoken(["openai_chat"]) == {"openai_chat"}
    with pytest.raises(ValueError, match="'telex' is no dialect"):
        spoken(["openai_chat", "telex"])


def test_names_that_the_installation_declares_itself_are_known_by_their_form_or_their_list():
    assert spoken(["org.say", "openai"]) == {"org.say", "openai_chat", "openai_embeddings"}
    assert spoken(["org.say"], {"org.say"}) == {"org.say"}
    with pytest.raises(ValueError, match=r"'org\.sing' is an API that nobody declared; declared are: org\.say"):
        spoken(["org.sing"], {"org.say"})
    with pytest.raises(ValueError, match="declared are: none"):
        spoken(["org.sing"], frozenset())
    with pytest.raises(ValueError, match=r"'org\.Sing' is no dialect"):
        spoken(["org.Sing"])
