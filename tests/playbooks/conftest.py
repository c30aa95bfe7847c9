"""Transcripts: what the client sends, what reaches the target, what the client gets. One file per story."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
import pytest

from proxy.core.records import Obligation
from testing.fakes import FakePdp, FakeReply, Stage

PSEUDONYMISE = (
    Obligation("o1", "pseudonymize"),
    Obligation("o2", "reidentify_response"),
    Obligation("o3", "residual_scan"),
    Obligation("o4", "response_scan"),
    Obligation("o5", "stream_guard"),
)


@dataclass
class Transcript:
    """One exchange. ``reply`` is a function from what the target received to the chunks it answers with."""

    obligations: tuple[Obligation, ...] = PSEUDONYMISE
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(pdp=FakePdp(self.obligations, guards=frozenset({"US_SSN"})))

    async def play(self, body, reply, content_type="application/json"):
        """Return (what the target received, the client)."""

        def answer(outbound):
            chunks = reply(orjson.loads(outbound.wire.body), list(outbound.pseudonyms))
            self.stage.upstreams.replies = {"a": FakeReply(200, content_type, chunks)}

        self.stage.upstreams.before = answer
        client = await self.stage.run(orjson.dumps(body))
        [sent] = self.stage.upstreams.sent
        return orjson.loads(sent.wire.body), client


@pytest.fixture
def transcript():
    """Return a transcript whose values leave as pseudonyms and come back."""
    return Transcript()
