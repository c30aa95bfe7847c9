from __future__ import annotations

import aiohttp
import orjson
import pytest

from proxy.audit.access.receipts import ReceiptPendingError
from proxy.audit.verification.proof import ProofError
from testing import proofs
from testing.fakes import PRINCIPAL
from testing.serving import KEY


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
