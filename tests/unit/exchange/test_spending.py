"""Requests at their limits: what is refused, what a reply says of it, and what remains taken."""

from __future__ import annotations

import orjson
import pytest

from proxy.codecs.anthropic import APIS
from proxy.core.limits import COST, MICRO, MONTH, REQUESTS, TOKENS, Limit
from proxy.core.usage import Price, PriceList
from proxy.errors import UpstreamError
from testing.fakes import (
    DONE,
    FakeClient,
    FakePdp,
    FakeReply,
    FakeUpstreams,
    Stage,
    catalog,
    chat,
    completion,
    delta,
)
from testing.memory_allowances import MemoryAllowances

USED = orjson.dumps({**orjson.loads(completion("x")), "usage": {"prompt_tokens": 40, "completion_tokens": 60}})
ANTHROPIC = next(api for api in APIS if api.name == "anthropic_messages")
MESSAGE = orjson.dumps({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]})


def limit(most, unit=REQUESTS, by=("tenant",), **more):
    return Limit("crm", unit, most, "minute", by, **more)


def stage(*limits, **more):
    more = {"upstreams": FakeUpstreams({"a": [FakeReply(parts=[USED]) for _ in range(9)]}), **more}
    return Stage(catalog=catalog(limits=limits), allowances=MemoryAllowances(), **more)


async def run(one, body=b"", **changes):
    one.client = FakeClient()
    return await one.run(body, **changes)


async def test_what_is_beyond_a_limit_is_refused_by_its_name_before_it_is_read():
    one = stage(limit(2))
    assert [(await run(one)).status for _ in range(3)] == [200, 200, 429]
    error = orjson.loads(one.client.body)["error"]
    assert error["code"] == "limit_reached"
    assert "limit 'crm' is used up: 2 requests per minute for tenant acme" in error["message"]
    assert one.client.headers["retry-after"] == "13"
    assert one.client.headers["x-ratelimit-remaining-requests"] == "0"
    assert len(one.upstreams.sent) == 2
    outcomes = one.audit.records("outcome")
    assert [record.codes for record in outcomes] == [(), (), ("limit_reached",)]


async def test_what_is_unknown_is_refused_honestly():
    one = stage(limit(2))
    one.allowances.away = True
    client = await run(one)
    assert (client.status, client.headers["retry-after"]) == (503, "1")
    error = orjson.loads(client.body)["error"]
    assert error["message"] == "what is left of limit 'crm' is unknown: the database is away, so nothing was sent."
    assert one.upstreams.sent == []


async def test_a_refusal_has_the_callers_dialect():
    one = stage(limit(1), api=ANTHROPIC, upstreams=FakeUpstreams())
    await run(one, MESSAGE)
    client = await run(one, MESSAGE)
    assert client.status == 429
    assert orjson.loads(client.body)["error"]["type"] == "rate_limit_error"
    assert client.headers["anthropic-ratelimit-requests-remaining"] == "0"


async def test_every_reply_says_what_is_left():
    one = stage(limit(5), limit(1000, TOKENS))
    client = await run(one)
    assert client.headers["x-ratelimit-limit-requests"] == "5"
    assert client.headers["x-ratelimit-remaining-requests"] == "4"
    assert client.headers["ratelimit"].startswith('"crm-requests";r=4;t=13')
    streamed = stage(limit(5), upstreams=FakeUpstreams({"a": FakeReply(200, "text/event-stream", [delta("a"), DONE])}))
    assert (await run(streamed, chat(stream=True))).headers["x-ratelimit-remaining-requests"] == "4"


async def test_tokens_are_settled_by_the_targets_count():
    one = stage(limit(1000, TOKENS))
    await run(one, chat("word " * 100))
    assert one.allowances.taken == {"crm\ntokens\nacme": 100}


async def test_a_streams_tokens_are_settled_at_its_end():
    usage = b"data: " + orjson.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}) + b"\n\n"
    reply = FakeReply(200, "text/event-stream", [delta("a", finish="stop"), usage, DONE])
    one = stage(limit(1000, TOKENS), upstreams=FakeUpstreams({"a": reply}))
    await run(one, chat(stream=True))
    assert one.allowances.taken == {"crm\ntokens\nacme": 12}


async def test_a_stream_that_its_caller_leaves_is_settled_by_what_came():
    reply = FakeReply(200, "text/event-stream", [delta("a")] * 40 + [DONE])
    one = stage(limit(1000, TOKENS), upstreams=FakeUpstreams({"a": reply}))
    one.client = FakeClient(gone_at=20)
    await one.run(chat(stream=True))
    [taken] = one.allowances.taken.values()
    assert 15 <= taken <= 60


@pytest.mark.parametrize("denied", [True, False])
async def test_what_was_not_answered_used_no_tokens_and_counts_as_a_request(denied):
    upstreams = FakeUpstreams({name: UpstreamError() for name in ("a", "b", "local")})
    one = stage(
        limit(9),
        limit(1000, TOKENS),
        upstreams=upstreams,
        **({"pdp": FakePdp(denied=frozenset({"a", "b", "local"}))} if denied else {}),
    )
    client = await run(one, chat("word " * 100))
    assert client.status >= 400
    assert one.allowances.taken == {"crm\nrequests\nacme": 1, "crm\ntokens\nacme": 0}


async def test_one_limit_that_is_used_up_takes_nothing_from_the_others():
    one = stage(limit(9), Limit("other", REQUESTS, 1, "day", ("tenant",)))
    assert [(await run(one)).status for _ in range(3)] == [200, 429, 429]
    assert one.allowances.taken["crm\nrequests\nacme"] == 1


async def test_only_whom_it_names_is_limited():
    one = stage(limit(0, only={"service": ("erp",)}), limit(0, only={"model": ("gpt-*",)}))
    assert (await run(one)).status == 200


async def test_an_unknown_path_or_a_copy_takes_nothing():
    one = stage(limit(9))
    await run(one, mirror_of="x0")
    assert one.allowances.taken == {}


PRICES = PriceList("EUR", (Price("a", "*", 0.0, {"input": 1000.0, "output": 1000.0}),))  # 0.1 for a reply of ``USED``


def budgeted(most, **more):
    budget = Limit("crm", COST, round(most * MICRO), MONTH, ("tenant",), soft=round(most * MICRO * 0.5), **more)
    one = stage(budget)
    one.catalog = catalog(limits=(budget,), prices=PRICES)
    one.__post_init__()
    return one


async def test_a_budget_tells_from_its_soft_end_on_and_refuses_at_its_hard_one():
    one = budgeted(0.25)
    clients = [await run(one) for _ in range(4)]
    assert [client.status for client in clients] == [200, 200, 200, 429]
    assert [client.headers.get("x-compliance-budget") for client in clients] == [
        None, None, '"crm";used=0.80', '"crm";used=1.00'
    ]  # fmt: skip
    error = orjson.loads(clients[3].body)["error"]
    assert error["code"] == "budget_reached"
    assert "budget 'crm' is used up: 0.25 of cost per month for tenant acme" in error["message"]
    assert clients[3].headers["x-should-retry"] == "false"


async def test_without_a_hard_end_it_only_tells():
    one = budgeted(0.15, hard=False)
    clients = [await run(one) for _ in range(4)]
    assert [client.status for client in clients] == [200] * 4
    assert clients[3].headers["x-compliance-budget"] == '"crm";used=1.00'


async def test_a_spent_budget_has_the_status_of_the_dialect():
    one = budgeted(0.01)
    one.api = ANTHROPIC
    one.allowances.taken["crm\ncost\nacme"] = MICRO
    client = await run(one, MESSAGE)
    assert client.status == 402
    assert orjson.loads(client.body)["error"]["type"] == "billing_error"
