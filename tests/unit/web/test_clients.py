from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from proxy.core.targets.clients import CLIENTS
from proxy.web import clients
from testing.fakes import PRINCIPAL, Stage

CLAUDE = CLIENTS["claude-code"]


def catalog(dialects=(), features=(), *, translated=False, base_url="http://third.test"):
    kept = Stage().catalog
    changed = {
        name: replace(
            target,
            base_url=base_url,
            accepts=replace(
                target.accepts, dialects=frozenset(dialects), features=frozenset(features), translated=translated
            ),
        )
        for name, target in kept.targets.items()
    }
    return replace(kept, targets=changed)


@pytest.mark.parametrize(
    ("options", "served"),
    [
        ({"dialects": ["anthropic_messages"], "features": CLAUDE.takes}, "native"),
        ({"dialects": ["anthropic_messages"]}, "no"),
        ({"dialects": ["openai_chat"], "features": CLAUDE.takes}, "no"),
        ({"dialects": ["openai_chat"], "translated": True}, "translated"),
        ({"dialects": ["anthropic_messages"], "features": CLAUDE.takes, "base_url": ""}, "no"),
    ],
)
def test_a_program_is_served_where_a_target_speaks_and_takes_what_it_asks_for(options, served):
    described = clients.described(CLAUDE, catalog(**options), PRINCIPAL.tenant)
    assert described == {"title": CLAUDE.title, "speaks": list(CLAUDE.speaks), "served": served}


async def test_it_is_said_to_who_has_a_key_about_programs_that_exist(serve):
    async with serve() as running:
        root = f"{running.url}/v1/compliance/clients"
        async with running.session.get(f"{root}/codex") as response:
            assert (response.status, (await response.json())["speaks"]) == (200, ["openai_responses"])
        async with running.session.get(f"{root}/nobodys") as response:
            assert response.status == 404
        async with aiohttp.ClientSession() as nobody, nobody.get(f"{root}/codex") as response:
            assert response.status == 401
