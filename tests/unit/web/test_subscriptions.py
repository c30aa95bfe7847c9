"""A caller's own token for a target beside the key of this proxy, over a real socket."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.targets.access import Access, Authorization
from testing.fakes import Stage, catalog, target
from testing.serving import KEY

TOKEN = "sk-sub-Zebulon-Quark-0123456789"
MESSAGE = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
CALLS = {
    "/v1/messages": MESSAGE,
    "/v1/chat/completions": MESSAGE,
    "/v1/responses": {"model": "m", "input": "hello"},
    "/v1beta/models/m:generateContent": {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]},
}


def stage():
    return Stage(catalog=catalog(target("own", access=Access(authorization=Authorization("caller")))))


class Upstreams:
    """Notes who sends."""

    def __init__(self, inner):
        self.inner, self.senders = inner, []

    def __getattr__(self, name):
        return getattr(self.inner, name)

    async def send(self, outbound, sender):
        self.senders.append(sender)
        return await self.inner.send(outbound, sender)


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("place", ["x-compliance-key", "x-api-key", "path"])
async def test_the_token_goes_to_a_target_that_takes_the_callers(serve, path, place):
    upstreams = Upstreams(stage().upstreams)
    at, headers = (f"/key/{KEY}{path}", {}) if place == "path" else (path, {place: KEY})
    async with serve(Stage(catalog=stage().catalog, upstreams=upstreams)) as running:
        url, body = running.url + at, orjson.dumps(CALLS[path])
        headers = {"Authorization": f"Bearer {TOKEN}", **headers}
        async with running.session.post(url, data=body, headers=headers) as response:
            assert response.status in {200, 502}  # the stand-in answers in one dialect alone
        records = b"".join(record.body for record in running.stage.audit.records())
    [sender] = upstreams.senders
    assert sender.credential == TOKEN
    assert TOKEN not in repr(sender)
    assert TOKEN.encode() not in records
    assert KEY.encode() not in records


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({"x-compliance-key": KEY, "Authorization": f"Bearer {TOKEN}"}, {"chatgpt-account-id": "acc-Quirrel-1"}),
        ({"Authorization": f"Bearer {KEY}"}, {}),  # no token whose account it could be
    ],
)
async def test_the_account_goes_with_the_token_alone_and_into_no_record(serve, headers, sent):
    upstreams = Upstreams(stage().upstreams)
    registered = stage().catalog if sent else catalog(target("own"))
    async with serve(Stage(catalog=registered, upstreams=upstreams)) as running:
        headers = {**headers, "chatgpt-account-id": "acc-Quirrel-1"}
        async with running.session.post(
            f"{running.url}/v1/responses", data=orjson.dumps(CALLS["/v1/responses"]), headers=headers
        ) as response:
            assert response.status in {200, 502}
        records = b"".join(record.body for record in running.stage.audit.records())
    [sender] = upstreams.senders
    assert sender.accounts == sent
    assert "Quirrel" not in repr(sender)
    assert b"Quirrel" not in records


async def test_an_account_that_is_none_is_malformed(serve):
    headers = {"x-compliance-key": KEY, "Authorization": f"Bearer {TOKEN}", "chatgpt-account-id": "a b"}
    async with (
        serve(stage()) as running,
        running.session.post(
            f"{running.url}/v1/responses", data=b'{"model": "m", "input": "x"}', headers=headers
        ) as got,
    ):
        assert got.status == 400


async def test_a_target_that_takes_the_callers_token_gets_nothing_without_one(serve):
    async with serve(stage()) as running, running.post(orjson.dumps(MESSAGE), "/v1/messages"):
        assert running.stage.pdp.asked[0].requirements.lacking == (("own", ("caller_credential",)),)
        assert running.stage.upstreams.sent == []


@pytest.mark.parametrize("path", CALLS)
async def test_a_wrong_key_is_refused_in_the_dialect_wherever_it_stands(serve, path):
    async with serve() as running:
        url = f"{running.url}/key/cp_other{path}"
        async with running.session.post(url, data=b"{}", headers={"Authorization": f"Bearer {TOKEN}"}) as response:
            assert response.status == 401
            text = await response.text()
            assert TOKEN not in text
            assert "cp_other" not in text
            assert ("request_id" in text) == (path == "/v1/messages" or "chat" in path or "responses" in path)


async def test_models_are_listed_for_a_key_in_the_path(serve):
    async with serve() as running, running.session.get(f"{running.url}/key/{KEY}/v1/models?limit=1000") as response:
        assert response.status == 200
