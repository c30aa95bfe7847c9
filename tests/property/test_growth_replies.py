"""Whatever there is much of in a reply: it costs at most as many times more, and holds nobody else up."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.records import Obligation
from testing import growth
from testing.fakes import DONE, FakePdp, FakeReply, FakeUpstreams, chat, completion, delta
from tests.property.test_growth_requests import Served, mail

OBLIGATIONS = (Obligation("o1", "pseudonymize", entities=("EMAIL_ADDRESS",)), Obligation("o2", "reidentify_response"))
#: Characters of one time of a text.
SIZE = 3_000
OURS = ", ".join(map(mail, range(20)))
#: What a reply repeats; ``{}`` is a stand-in for a value of the request.
UNITS = {
    "numbers": "Call 0228 55 47 11 or 219-09-9999 now. ",
    "stand-ins": "Write to {} today. ",
    "addresses": "See https://firm1.de/?of={} or <a href='https://evil.test/{}'>here</a>. ",
    "marks": "a@",
    "escapes": '{\\"a\\":\\"\\u0041\\"}',
    "keys": '{"name": "Ada", "n": 12345678}, ',
}
SHAPES = {
    "one text": completion,
    "many choices": lambda text: orjson.dumps(
        {
            "object": "chat.completion",
            "choices": [
                {"index": at, "message": {"role": "assistant", "content": text[at : at + 50]}, "finish_reason": "stop"}
                for at in range(0, len(text), 50)
            ],
        }
    ),
    "one event": lambda text: delta(text) + DONE,
    "many events": lambda text: b"".join(delta(text[at : at + 50]) for at in range(0, len(text), 50)) + DONE,
    "many calls": lambda text: b"".join(
        delta(tool_calls=[{"index": at, "id": f"c{at}", "function": {"name": "f", "arguments": text[at : at + 50]}}])
        for at in range(0, len(text), 50)
    ) + DONE,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("unit", UNITS)
def test_a_reply_with_much_of_something(unit, shape):
    streamed = "event" in shape or "calls" in shape

    def prepare(times):
        served = Served(chat(f"hello {OURS}", stream=streamed))
        served.stage.pdp = FakePdp(OBLIGATIONS, guards=frozenset({"US_SSN"}))
        served.stage.__post_init__()
        served.again()
        [stand_in, *_] = served.stage.upstreams.sent[0].pseudonyms
        text = (UNITS[unit].replace("{}", stand_in) * (SIZE * times))[: SIZE * times]
        media = "text/event-stream" if streamed else "application/json"
        served.stage.upstreams = FakeUpstreams({"a": FakeReply(content_type=media, parts=[SHAPES[shape](text)])})
        served.stage.__post_init__()
        return served.again

    growth.check_served(prepare)
