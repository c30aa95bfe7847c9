from __future__ import annotations

import pytest

from proxy.codecs.ollama import tables
from proxy.codecs.ollama.tables import CHAT, EMBED, GENERATE


@pytest.mark.parametrize("table", [CHAT, GENERATE, EMBED])
def test_every_member_that_is_known_is_a_key_of_the_dialect(table):
    assert set(table.members.by_name) <= table.keys


@pytest.mark.parametrize("member", ["context", "_debug_render_only", "remote_host", "files", "from"])
def test_what_hides_text_or_changes_the_recipient_is_a_feature(member):
    assert member not in {*CHAT.members.by_name, *GENERATE.members.by_name, *EMBED.members.by_name}


def test_what_spells_the_reply_is_named():
    for table in (tables.CHAT_REPLY, tables.GENERATE_REPLY):
        assert {"logprobs", "context"} <= set(table.spelled)
