"""Against a token endpoint that checks the assertion as Google's does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from proxy.core.records import Outbound, TargetVerdict
from proxy.core.routing.routing import Sender
from proxy.core.targets.access import Access, Authorization
from proxy.core.wire import Wire
from proxy.errors import DownError, TargetCredentialError, TokenUnavailableError, UpstreamError
from proxy.upstreams.circuit import OPEN_S
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from testing.fakes import FixedClock, target

KEY = RSAKey.generate_key(2048)
LIMIT_S = 1.5
SCOPE = "https://scope.example/cloud"


@dataclass
class Provider:
    """A target and its token endpoint."""

    clock: FixedClock
    base: str = ""
    upstreams: HttpUpstreams | None = None
    asked: list[dict] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    status: int = 200  # of the token endpoint
    answer: bytes | None = None
    accepts: str = ""  # a token that the target refuses
    hangs: asyncio.Event | None = None  # what the token endpoint waits for

    async def token(self, request):
        form = dict(await request.post())
        self.asked.append(form)
        if self.hangs is not None:
            await self.hangs.wait()
        if self.status != 200 or self.answer is not None:
            return web.Response(status=self.status, body=self.answer or b'{"error": "sk-inner"}')
        if form["grant_type"].endswith("jwt-bearer"):
            claims = jwt.decode(form["assertion"], KEY, algorithms=["RS256"]).claims
            assert (claims["iss"], claims["aud"], claims["scope"]) == ("svc@p.example", self.base + "/token", SCOPE)
            assert claims["exp"] - claims["iat"] == 3600
            assert claims["iat"] == int(self.clock.now())
        return web.json_response({"access_token": f"token-{len(self.asked)}", "expires_in": 600})

    async def target(self, request):
        self.received.append(request.headers["Authorization"])
        return web.Response(status=401 if self.accepts and self.accepts not in self.received[-1] else 200)

    def account(self, **changes):
        return {
            "type": "service_account",
            "client_email": "svc@p.example",
            "private_key_id": "k1",
            "private_key": KEY.as_pem(private=True).decode(),
            "token_uri": self.base + "/token",
        } | changes

    async def call(self):
        access = Access(Authorization("oauth", scope=SCOPE), credential_file="account")
        chosen = target("a", base_url=self.base, access=access)
        outbound = Outbound("x", chosen, TargetVerdict("a", True, 0), Wire("/go", b"{}"), False, {}, (), (), False)
        reply = await self.upstreams.send(outbound, Sender("ann"))
        await reply.close()
        return reply.status


@pytest.fixture
def provider(tmp_path):
    @asynccontextmanager
    async def made(account=lambda it: it.account(), limit_s=30.0):
        it = Provider(FixedClock())
        app = web.Application()
        app.router.add_post("/token", it.token)
        app.router.add_post("/go", it.target)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        it.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        (tmp_path / "account").write_bytes(orjson.dumps(account(it)))
        it.upstreams = HttpUpstreams(Credentials(lambda _: None, tmp_path), TargetLimits(token_s=limit_s), it.clock)
        await it.upstreams.start()
        try:
            yield it
        finally:
            await it.upstreams.close()
            await runner.cleanup()

    return made


async def test_a_service_account_gets_a_token_once_and_again_before_its_end(provider):
    async with provider() as it:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(it.call())
        assert (len(it.asked), set(it.received)) == (1, {"Bearer token-1"})
        it.clock.seconds += 539
        await it.call()
        it.clock.seconds += 2
        await it.call()
        await renewed(it)
        await it.call()
        assert it.received[-3:] == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def renewed(it):
    """Wait until no token is being fetched."""
    while any(cached.fetching for cached in it.upstreams._authorizers._tokens._cached.values()):
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_token_is_used_while_its_early_renewal_fails(provider, hangs):
    async with provider() as it:
        it.upstreams.targets = {"a": target("a", base_url=it.base)}
        await it.call()
        tokens = it.upstreams._authorizers._tokens
        tokens._limit_s = 0.2 if hangs else 30
        it.clock.seconds += 541
        hanging = asyncio.Event()
        it.status, it.hangs = 500, hanging if hangs else None
        for _ in range(3):
            assert await called(it) == 200
            await renewed(it)
            assert it.upstreams.available("a", Sender("bob"))
            it.clock.seconds += OPEN_S
        assert (len(it.asked), set(it.received)) == (4, {"Bearer token-1"})
        it.clock.seconds += 3 * OPEN_S
        assert type(await called(it)) is (TokenUnavailableError if hangs else TargetCredentialError)
        it.clock.seconds += OPEN_S
        hanging.set()
        it.status, it.hangs, tokens._limit_s = 200, None, 30
        assert await called(it) == 200


async def test_a_client_gets_a_token_for_its_secret(provider):
    def client(it):
        return {"client_id": "c", "client_secret": "s", "token_uri": it.base + "/token"}

    async with provider(client) as it:
        await it.call()
        assert it.asked == [
            {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s", "scope": SCOPE}
        ]


async def test_a_token_that_the_target_refuses_is_fetched_anew(provider):
    async with provider() as it:
        it.accepts = "token-2"
        assert [await it.call(), await it.call()] == [401, 200]


@pytest.mark.parametrize(
    ("status", "answer"), [(400, None), (500, None), (302, None), (200, b"[]"), (200, b"{}"), (200, b"{")]
)
async def test_no_token_no_call(provider, status, answer):
    async with provider() as it:
        it.status, it.answer = status, answer
        with pytest.raises(TargetCredentialError, match="target a") as caught:
            await it.call()
        assert (it.received, "sk-inner" in str(caught.value)) == ([], False)


async def called(it):
    """Return how a call ended."""
    try:
        return await it.call()
    except UpstreamError as fault:
        return fault


async def test_an_endpoint_that_hangs_is_one_failure_and_opens_a_circuit(provider):
    async with provider(limit_s=LIMIT_S) as it:
        it.hangs = asyncio.Event()
        it.upstreams.targets = {"a": target("a", base_url=it.base)}
        loop = asyncio.get_running_loop()
        began = loop.time()
        ends = await asyncio.gather(*(called(it) for _ in range(10)))
        assert loop.time() - began < 3 * LIMIT_S
        assert {type(end) for end in ends} == {TokenUnavailableError}
        assert all(end.untried for end in ends)
        assert str(ends[0]) == "the token endpoint of target a did not answer in time"
        assert len(it.asked) == 1
        assert not it.upstreams.available("a", Sender("bob"))
        assert type(await called(it)) is DownError
        assert (len(it.asked), it.received) == (1, [])
        it.clock.seconds += OPEN_S
        it.hangs.set()
        assert [end for end in await asyncio.gather(*(called(it) for _ in range(10))) if end == 200] == [200]
        assert (len(it.asked), len(it.received), it.upstreams.available("a", Sender("bob"))) == (2, 1, True)


async def test_a_caller_that_leaves_takes_no_token_from_the_others(provider):
    async with provider() as it:
        it.hangs = asyncio.Event()
        calls = [asyncio.ensure_future(called(it)) for _ in range(3)]
        while not it.asked:
            await asyncio.sleep(0.005)
        calls[0].cancel()
        await asyncio.sleep(0.01)
        it.hangs.set()
        assert [await call for call in calls[1:]] == [200, 200]
        assert len(it.asked) == 1


async def test_what_the_endpoint_refuses_is_asked_again_only_after_a_while(provider):
    async with provider() as it:
        it.status = 400
        for _ in range(5):
            assert str(await called(it)) == "no token was issued for target a (status 400)"
        assert len(it.asked) == 1
        it.clock.seconds += OPEN_S
        it.status = 200
        assert await called(it) == 200
