"""Ways on are advised only where policy permits the request and the reply, and what it obliges to can be done."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import pytest

from proxy.core.records import Obligation
from proxy.errors import PolicyUnavailableError
from testing.fakes import SSN, FakePdp, Stage, chat, decision

ADVICE = "name an activity that covers it in x-compliance-activity (sales)"


@dataclass
class Purposes(FakePdp):
    """Denies "support"; permits "sales", with these obligations; ``replies`` says what becomes of replies."""

    replies: str = "deliver"

    async def decide(self, facts, exchange, now):
        if facts.phase == "response":
            return decision(None, (), self.replies, block_codes=("ORG_NO",) if self.replies == "block" else ())
        self.denied = frozenset({"a", "b", "local"} if facts.activity == "support" else ())
        return await super().decide(facts, exchange, now)


async def told(pdp, **changes):
    client = await Stage(pdp=pdp, **changes).run(chat(f"it is {SSN}"))
    assert client.status == 403
    return orjson.loads(client.body)["error"]["message"]


async def test_an_activity_is_named_that_policy_permits():
    assert ADVICE in await told(Purposes())


@pytest.mark.parametrize(
    "pdp",
    [
        Purposes(replies="block"),
        Purposes((Obligation("o", "account_disclosure"),)),
        Purposes((Obligation("o", "require_approval"),)),
        Purposes((Obligation("o", "notify"),)),
        Purposes((Obligation("o", "pseudonymize", method="unheard-of"),)),
    ],
)
async def test_an_activity_is_not_named_whose_request_would_be_refused(pdp):
    assert ADVICE not in await told(pdp)


async def test_where_policy_does_not_answer_nothing_is_advised():
    class Once(Purposes):
        async def decide(self, facts, exchange, now):
            if self.asked:
                raise PolicyUnavailableError
            return await super().decide(facts, exchange, now)

    assert "To go on: ask whoever" in await told(Once())


async def test_a_target_that_is_down_is_not_advised():
    class Narrow(Purposes):
        async def decide(self, facts, exchange, now):
            made = await super().decide(facts, exchange, now)
            return made if facts.activity == "support" else made._replace(selected="far")

    assert ADVICE not in await told(Narrow())
