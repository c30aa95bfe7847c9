from __future__ import annotations

import aiohttp
import orjson
import pytest

from proxy.core.decision.reasons import REASONS
from proxy.web import codes
from testing.fakes import FakePdp, Stage, chat


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
        _, _, said = await answered(running.url, codes.PATH)
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
