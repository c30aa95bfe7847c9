from __future__ import annotations

from dataclasses import replace

import aiohttp
import orjson
import pytest

from proxy.audit.access.receipts import ReceiptPendingError
from proxy.audit.verification.proof import ProofError
from proxy.core.decision.reasons import REASONS
from proxy.core.targets.clients import CLIENTS
from proxy.web import compliance
from testing import proofs
from testing.fakes import PRINCIPAL, FakePdp, Stage, chat
from testing.serving import KEY

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
    described = compliance.described(CLAUDE, catalog(**options), PRINCIPAL.tenant)
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


async def answered(url, path):
    async with aiohttp.ClientSession() as nobody, nobody.get(url + path) as response:
        return response.status, response.content_type, await response.text()


async def test_a_code_is_explained_to_anyone(serve):
    async with serve() as running:
        status, media, said = await answered(running.url, "/v1/compliance/codes/NO_BAA")
        assert (status, media) == (200, "text/plain")
        assert "Responsible: policy" in said
        assert "no business associate agreement" in said
        assert "What to do:" in said
        status, _, said = await answered(running.url, "/v1/compliance/codes/NIGHT_SHIFT")
        assert (status, "organisation's own" in said) == (200, True)


@pytest.mark.parametrize("name", ["nobodys", "A-B", "A" * 65, "%0d%0aX", "<b>"])
async def test_what_can_be_no_code_is_not_repeated(serve, name):
    async with serve() as running:
        assert await answered(running.url, f"/v1/compliance/codes/{name}") == (404, "text/plain", "no such code\n")


async def test_all_codes_are_listed(serve):
    async with serve() as running:
        _, _, said = await answered(running.url, compliance.CODES_PATH)
        assert [code for code in REASONS if f"{code}\n  " not in said] == []


async def test_every_refusal_says_whose_it_is_and_leads_to_its_code(serve):
    denied = FakePdp(denied=frozenset({"a", "b", "local"}))
    async with serve(Stage(pdp=denied)) as running:
        url = f"{running.url}/v1/chat/completions"
        async with running.session.post(url, data=chat("hello")) as response:
            body, headers = orjson.loads(await response.read()), response.headers
            assert (response.status, headers["x-compliance-responsibility"]) == (403, "policy")
            link = f'</v1/compliance/codes/{body["error"]["code"]}>; rel="help"'
            assert (headers["link"], headers["x-should-retry"]) == (link, "false")
        async with running.session.post(url, data=b"{") as response:
            assert (response.status, response.headers["x-compliance-responsibility"]) == (400, "caller")
            assert response.headers["link"] == '</v1/compliance/codes/malformed_request>; rel="help"'


class Given:
    """Implements ``Receipts``: raises or returns what it is told, and keeps what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    async def of(self, exchange, tenant, service):
        self.asked.append((exchange, tenant, service))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "key", "status"),
    [
        (proofs.some().proof("x3"), KEY, 200),
        (None, KEY, 404),
        (ReceiptPendingError("wait"), KEY, 202),
        (ProofError("damaged"), KEY, 409),
        (None, "cp_wrong", 401),
    ],
)
async def test_who_asks_gets_the_receipt_of_its_own_exchange(serve, answer, key, status):
    given = Given(answer)
    async with serve(given=given) as running, aiohttp.ClientSession() as session:
        headers = {"authorization": f"Bearer {key}"}
        async with session.get(f"{running.url}/v1/compliance/receipts/x3", headers=headers) as response:
            assert response.status == status
            document = orjson.loads(await response.read())
            assert ("retry-after" in response.headers) == (status == 202)
    assert given.asked == ([] if status == 401 else [("x3", PRINCIPAL.tenant, PRINCIPAL.service)])
    assert (document.get("exchange") == "x3") == (status == 200)


@pytest.mark.parametrize(("header", "status", "asked"), [("yes", 200, 1), ("no", 200, 0), ("perhaps", 400, 0)])
async def test_a_request_asks_for_the_receipt_of_its_own_exchange(serve, header, status, asked):
    asks = []
    async with serve(receipt=lambda *one: asks.append(one)) as running, aiohttp.ClientSession() as session:
        headers = {"authorization": f"Bearer {KEY}", "x-compliance-receipt": header}
        document = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
        async with session.post(f"{running.url}/v1/chat/completions", headers=headers, json=document) as response:
            assert response.status == status
            exchange = response.headers["x-compliance-exchange"]
    assert asks == [(exchange, PRINCIPAL.tenant, PRINCIPAL.service)] * asked
