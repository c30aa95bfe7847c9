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
