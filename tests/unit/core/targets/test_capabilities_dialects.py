from __future__ import annotations

import pytest

from proxy.codecs.endpoints import NAMES
from proxy.core.targets.capabilities import FAMILIES, OFFERED_BY, spoken


def test_families_and_what_offers_features_stand_for_dialects():
    assert all(names <= NAMES for names in FAMILIES.values())
    assert not NAMES & FAMILIES.keys()
    assert NAMES.issuperset(OFFERED_BY.values())


def test_names_of_the_catalog_are_read():
    assert spoken(["openai"], NAMES) == {"openai_chat", "openai_embeddings"}
    assert spoken(["openai_chat"], NAMES) == {"openai_chat"}
    with pytest.raises(ValueError, match="'telex' is not a dialect"):
        spoken(["openai_chat", "telex"], NAMES)


def test_names_that_the_installation_declares_itself_are_known_by_their_form_or_their_list():
    assert spoken(["org.say", "openai"], NAMES) == {"org.say", "openai_chat", "openai_embeddings"}
    assert spoken(["org.say"], NAMES, {"org.say"}) == {"org.say"}
    with pytest.raises(ValueError, match=r"'org\.sing' is not a declared API; declared are: org\.say"):
        spoken(["org.sing"], NAMES, {"org.say"})
    with pytest.raises(ValueError, match="declared are: none"):
        spoken(["org.sing"], NAMES, frozenset())
    with pytest.raises(ValueError, match=r"'org\.Sing' is not a dialect"):
        spoken(["org.Sing"], NAMES)
