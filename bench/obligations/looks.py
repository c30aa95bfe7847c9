"""How the effect of each obligation type is looked for: in bytes that arrived or came back, in records, in events."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from bench.hostile.stand import Answer, Stand
from proxy.core.obligations import REDISCLOSURE
from proxy.embedded import state
from proxy.grants.grant import GrantRequest
from proxy.grants.store import GrantStore
from proxy.keys import master_key
from proxy.runtime.clock import SystemClock

ID = "org.obliged"
_MAIL, _SSN = "ottilie.brandt@canary-leak.example", "212-45-6789"
_PERSONAL = f"Please write to {_MAIL} about the boat."
_PLAIN = "What is a good name for a boat?"
MAILS = {"entities": ["EMAIL_ADDRESS"]}
DAYS = 3000


@dataclass(frozen=True, slots=True)
class Case:
    """How one type is shown: the model that obliges to it, with which parameters, and what looks at the effect."""

    type: str
    look: Callable[[Stand, Case], Awaitable[str]]
    model: str = ""
    more: Mapping[str, Any] | None = None
    how: str = "effect"
    id: str = ID  # of the obligation that carries it out

    @property
    def asked(self) -> str:
        """The model's name."""
        return self.model or f"local-oblige-{self.type}"


class NotShownError(Exception):
    """The effect is not there."""


def _must(holds: object, why: str) -> None:
    if not holds:
        raise NotShownError(why)


async def _facts(stand: Stand, answer: Answer, kind: str = "attempt") -> dict[str, Any]:
    records = await stand.records(answer.headers.get("x-compliance-exchange", ""))
    found = [one["body"]["facts"] for one in records if one["kind"] == kind]
    _must(found, f"there is no {kind} record; the answer was {answer}")
    return dict(found[-1])


async def _asked(
    stand: Stand, case: Case, text: str = _PLAIN, headers: Mapping[str, str] | None = None, **body: Any
) -> tuple[Answer, list[dict[str, Any]]]:
    """Ask; return the answer, 200 or 502, and the bodies that arrived. The obligation must be recorded as fulfilled."""
    since = await stand.count()
    answer = await stand.ask("me", text, case.asked, headers, **body)
    _must(answer.status in {200, 502}, f"answered {answer} {answer.body[:200]!r}")
    _must(case.id in (await _facts(stand, answer, "outcome"))["obligations_fulfilled"], "not recorded as fulfilled")
    return answer, [one | {"json": json.loads(one["body"])} for one in await stand.received(since)]


async def _denied(stand: Stand, case: Case, headers: Mapping[str, str] | None = None) -> str:
    since = await stand.count()
    answer = await stand.ask("me", _PLAIN, case.asked, headers)
    _must((answer.status, answer.code) == (403, "OBLIGATION_UNSUPPORTED"), f"answered {answer}")
    _must(await stand.count() == since, "something left")
    return f"403 {answer.code}, nothing left"


async def transformed(stand: Stand, case: Case) -> str:
    _, [received] = await _asked(stand, case, _PERSONAL)
    _must(_MAIL not in received["body"], "the address arrived")
    return "arrived: " + received["json"]["messages"][0]["content"]


async def blocked(stand: Stand, case: Case) -> str:
    since = await stand.count()
    answer = await stand.ask("me", _PERSONAL, case.asked)
    arrived = [one["target"] for one in await stand.received(since)]
    verdicts = {one["target"]: one["denials"] for one in (await _facts(stand, answer, "decision"))["verdicts"]}
    _must("OBLIGATION_UNSUPPORTED" in verdicts["standin/eu"], f"the target was not denied: {verdicts}")
    _must(arrived == ["local"], f"it arrived at {arrived}")
    return f"standin/eu denied {' '.join(verdicts['standin/eu'])}; {answer.target} served it"


async def scanned_again(stand: Stand, case: Case) -> str:
    answer, [received] = await _asked(stand, case, _PERSONAL)
    _must(ID in (await _facts(stand, answer))["obligations_fulfilled"], "not before egress")
    return f"searched before egress; {len(received['body'])} bytes left"


async def withheld(stand: Stand, case: Case) -> str:
    await stand.say(case.asked.removeprefix("local-do-say-"), f"Her number is {_SSN}.")
    answer, _ = await _asked(stand, case, stream=case.type == "stream_guard")
    redacted = (await _facts(stand, answer, "outcome"))["response_redacted"]
    _must(_SSN not in answer.text and redacted, f"the number came through: {answer.text}")
    return f"came back: {answer.text}"


async def restored(stand: Stand, case: Case) -> str:
    answer, [received] = await _asked(stand, case, _PERSONAL)
    _must(_MAIL in answer.text and _MAIL not in received["body"], f"came back: {answer.text}")
    return f"arrived: {received['json']['messages'][0]['content']}; the address came back"


async def unstored(stand: Stand, case: Case) -> str:
    _, [received] = await _asked(stand, case, store=True, prompt_cache_retention="24h")
    kept = {"store", "prompt_cache_retention"} & received["json"].keys()
    _must(not kept, f"arrived: {kept}")
    return "'store' and 'prompt_cache_retention' did not arrive"


async def untrained(stand: Stand, case: Case) -> str:
    answer, _ = await _asked(stand, case)
    return f"{answer.target} has training_use: false in the registry"


async def restricted(stand: Stand, case: Case) -> str:
    since = await stand.count()
    await stand.ask("me", _PLAIN, "do-no-http")
    usual = [one["target"] for one in await stand.received(since)]
    _must(usual == ["standin", "local"], f"without it {usual} are tried, so nothing is shown")
    answer, received = await _asked(stand, case)
    tried = [one["target"] for one in received]
    _must(tried == ["standin"], f"arrived at {tried}")
    return f"the target broke off; no other was tried ({answer.status}); without the obligation {usual} were"


async def transfer(stand: Stand, case: Case) -> str:
    facts = await _facts(stand, (await _asked(stand, case))[0])
    _must(facts["host"] and facts["region"], "the attempt record does not say where")
    return f"attempt record: {facts['region']}, {facts['host']}, transfers {facts['transfers']}"


async def accounted(stand: Stand, case: Case) -> str:
    denial = await _denied(stand, case)
    answer, _ = await _asked(stand, case, _PERSONAL, {"x-compliance-subject": "patient-17"})
    status, said = await stand.command(
        "audit", "ask", "AQ-02", "--tenant", "house-eu", "--subject", "patient-17", "--json"
    )
    listed = json.JSONDecoder().raw_decode(said[said.index("{") :])[0]["rows"] if status == 0 else []
    _must(status == 0 and listed[0]["exchange"] == answer.headers["x-compliance-exchange"], f"not listed: {said[:200]}")
    return f"without a subject {denial}; with one: {listed[0]['recipient']}, {listed[0]['entities']}"


async def noticed(stand: Stand, case: Case) -> str:
    answer, [received] = await _asked(stand, case)
    first, *rest = received["json"]["messages"]
    _must(first == {"role": "system", "content": REDISCLOSURE}, f"the first message is {first}")
    _must([one["content"] for one in rest] == [_PLAIN], "the caller's message was changed")
    _must(REDISCLOSURE in answer.headers.get("x-compliance-notice", ""), "the caller is not told")
    return f"first message: {first['content']}; x-compliance-notice"


async def told(stand: Stand, case: Case) -> str:
    answer, _ = await _asked(stand, case)
    name = "oversight_required" if case.type == "human_oversight" else "policy_notice"
    exchange = answer.headers["x-compliance-exchange"]
    [row] = await stand.sql(
        "SELECT count(*) AS n FROM audit.record WHERE kind = 'event' AND action = $1 AND body #>> '{facts,exchange}' = $2",
        name, exchange,
    )  # fmt: skip
    _must(row["n"] == 1, f"{row['n']} events {name}")
    if case.type == "notify":
        return f"event {name}"
    return f"event {name}; {await _closed(stand, exchange)}{_header(answer)}"


def _header(answer: Answer) -> str:
    said = answer.headers.get("x-compliance-oversight")
    return f"; x-compliance-oversight: {said}" if said else ""


async def _closed(stand: Stand, exchange: str) -> str:
    _, listed = await stand.command("oversight", "list", "--json")
    _must(exchange in listed, "it is not on the list")
    status, said = await stand.command("oversight", "close", exchange, "--finding", "accepted")
    _, left = await stand.command("oversight", "list", "--json")
    _must(status == 0 and exchange not in left, f"it cannot be closed: {said}")
    return "listed and closed by name"


async def overseen(stand: Stand, case: Case) -> str:
    said = await told(stand, case)
    _must("x-compliance-oversight: required" in said, "the caller is not told")
    return said


async def approved(stand: Stand, case: Case) -> str:
    denial = await _denied(stand, case)
    found = state.running(stand.state_dir)
    _must(found, "the stack does not run")
    assert found is not None
    keys = master_key.decoded(state.master_key(stand.state_dir), "the state folder")
    store = GrantStore(found.database_url, keys, SystemClock())
    await store.start()
    try:
        asked = GrantRequest("house-eu", "T-1", "shows an approval", timedelta(hours=1), "alice")
        grant = await store.request(asked)
        await store.approve(grant, "bob", "webauthn", timedelta(hours=4))  # type: ignore[arg-type]
        await _asked(stand, case, headers={"x-compliance-break-glass": grant})
        stored = await store.get(grant)
    finally:
        await store.close()
    _must(stored and stored.uses == 1, "the use is not noted")
    return f"without a grant {denial}; with one that bob approved: served, its use noted"


async def answered_again(stand: Stand, case: Case) -> str:
    first, _ = await _asked(stand, case)
    hit, received = await _asked(stand, case)
    _must(not received, "the target was asked again")
    _must(hit.body == first.body, "the second answer differs")
    said = (await _facts(stand, hit, "outcome")).get("cache", {})
    _must(said.get("exchange") == first.headers["x-compliance-exchange"], f"the record says {said}")
    return (
        f"Cache-Status: {hit.headers['cache-status'].partition(';ttl')[0]}; no attempt; the record names the exchange"
    )


async def logged(stand: Stand, case: Case) -> str:
    answer, _ = await _asked(stand, case, _PERSONAL)
    records = await stand.records(answer.headers["x-compliance-exchange"])
    _must([one["kind"] for one in records] == ["decision", "attempt", "outcome"], "records are missing")
    _must(_MAIL not in str(records), "a record holds the address")
    return "decision, attempt and outcome; none holds text"


async def retained(stand: Stand, case: Case) -> str:
    answer, _ = await _asked(stand, case)
    until = (await _facts(stand, answer, "decision"))["retain_until"]
    _must(until >= f"{datetime.now(UTC) + timedelta(days=DAYS - 1):%Y-%m-%d}", f"kept until {until}")
    try:
        await stand.sql("DELETE FROM audit.record WHERE exchange = $1", answer.headers["x-compliance-exchange"])
    except asyncpg.PostgresError as refused:
        return f"retain_until {until}; DELETE by the owner: {type(refused).__name__}"
    raise NotShownError("the records could be deleted")
