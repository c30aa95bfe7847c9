from __future__ import annotations

import pytest
from multidict import MultiDict

from proxy.console import table
from proxy.console.forms import check_address
from proxy.web.api.faults import InvalidRequestError


@pytest.mark.parametrize(
    "query", [{"actoin": "block"}, {"Action": "block"}, MultiDict([("action", "a"), ("action", "b")])]
)
def test_what_a_page_would_ignore_is_refused(query):
    with pytest.raises(InvalidRequestError):
        check_address(query, {"action"})


def test_what_it_knows_is_taken():
    check_address({"action": "block"}, {"action", "tenant"})


@pytest.mark.parametrize(
    "path",
    [
        "exchanges?actoin=block", "exchanges?action=block&action=forward", "exchanges?p=90d", "exchanges?since=yesterday",
        "exchanges?since=2026-12-01&until=2026-11-01", "exchanges/file/csv?actoin=block", "?tenants=acme", "usage?tenant=a",
        "access?since=2026-01-01", "questions/AQ-01?provder=x", "questions/AQ-01/file?days=3", "find?q=acton:block+code:X",
        "find?q=action:block+refused", "find?q=action:block+action:forward", "reports/monthly?since=2026-01-01&code=X",
    ],
)  # fmt: skip
async def test_a_page_never_shows_more_than_its_address_asks_for(served, path):
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get(table.ROOT + path)
        assert (status, "invalid_request" in text) == (400, True) or path.startswith("find?q=acton")
        status, text, _ = await browser.get(table.ROOT + path, headers={"Accept-Language": "de"})
        assert "This page cannot" not in text


async def test_a_data_subject_in_an_address_is_a_look_up(served):
    now = served.console.clock.now()
    for path in ("exchanges?tenant=acme&subject=p-1", "questions/AQ-10?tenant=acme&subject=p-1"):
        async with served.browser("privacy-officer", fresh_at=now - 301) as browser:
            status, text, _ = await browser.get(table.ROOT + path)
            assert (status, "second_factor" in text) == (403, True)
        async with served.browser("privacy-officer", fresh_at=now) as browser:
            assert (await browser.get(table.ROOT + path))[0] == 200
