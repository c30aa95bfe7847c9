"""The way to an issuer and back, with an issuer of our own over HTTP."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from proxy.console.oidc import OidcLogin
from proxy.identity.console_logins import LoginKind
from proxy.web import server
from tests.unit.console.conftest import MovedClock

KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})


@asynccontextmanager
async def issuer(clock, **claims):
    """Yield an issuer; it notes the forms that it gets and answers with a token of these claims."""
    forms = []
    app = web.Application()
    sock = server.bound("127.0.0.1", 0, reuse=False)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"

    async def discovery(_):
        return web.json_response({
            "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
        })  # fmt: skip

    async def token(request):
        forms.append(dict(await request.post()))
        now = int(clock.now())
        told = {"iss": url, "aud": "console", "sub": "anna", "iat": now, "exp": now + 60, "auth_time": now, **claims}
        return web.json_response({"id_token": jwt.encode({"alg": "RS256", "kid": "k1"}, told, KEY)})

    async def jwks(_):
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    app.router.add_get("/.well-known/openid-configuration", discovery)
    app.router.add_post("/token", token)
    app.router.add_get("/jwks", jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    try:
        yield url, forms, claims
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asked(served, query="", **claims):
    """Yield a browser that was sent to the issuer, and what it was sent with."""
    async with issuer(served.console.clock, **claims) as (url, forms, told), served.browser() as browser:
        served.console.oidc = OidcLogin(url, "console", "s3cret", browser.url, MovedClock())
        status, _, headers = await browser.get(f"/console/login/issuer?next=/console/exchanges{query}")
        assert status == 303
        sent = {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}
        told.setdefault("nonce", sent["nonce"])
        yield browser, sent, forms


async def test_a_person_logs_in_with_a_code_and_its_verifier(served):
    claims = {"roles": ["auditor"], "amr": ["pwd", "otp"], "audit_tenants": ["acme"]}
    async with asked(served, **claims) as (browser, sent, forms):
        status, _, headers = await browser.get(f"/console/login/answer?code=c1&state={sent['state']}")
        assert (status, headers["Location"]) == (303, "/console/exchanges")
        (form,) = forms
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        assert (sent["code_challenge"], sent["code_challenge_method"]) == (challenge.decode(), "S256")
        assert (form["client_secret"], form["grant_type"]) == ("s3cret", "authorization_code")
        (session,) = [row for (kind, _), row in served.logins.rows.items() if kind == LoginKind.SESSION]
        assert (session.login["person"], session.login["roles"], session.login["tenant"]) == (
            "anna",
            ["auditor"],
            "acme",
        )
        assert (session.login["mfa"], session.login["fresh_at"] > 0) == (True, True)


async def test_an_answer_counts_once_and_in_the_browser_that_asked(served):
    async with asked(served) as (browser, sent, _), served.browser() as other:
        answer = f"/console/login/answer?code=c1&state={sent['state']}"
        assert (await other.get(answer))[0] == 401
        assert (await browser.get(answer))[0] == 303
        assert (await browser.get(answer))[0] == 401
        assert (await browser.get("/console/login/answer?code=c1&state=made-up"))[0] == 401


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": ""}]
)
async def test_another_token_is_nobodys(served, claims):
    async with asked(served, **claims) as (browser, sent, _):
        assert (await browser.get(f"/console/login/answer?code=c1&state={sent['state']}"))[0] == 401
        assert [kind for kind, _ in served.logins.rows] == []


async def test_a_second_factor_is_asked_for_anew(served):
    async with asked(served, "&fresh") as (_, sent, _):
        assert (sent["prompt"], sent["max_age"]) == ("login", "300")


async def test_one_factor_is_no_second(served):
    async with asked(served, amr=["pwd"], roles=["auditor"]) as (browser, sent, _):
        await browser.get(f"/console/login/answer?code=c1&state={sent['state']}")
        (session,) = served.logins.rows.values()
        assert (session.login["mfa"], session.login["fresh_at"]) == (False, 0)


async def test_who_has_to_confirm_is_sent_to_the_issuer_and_comes_back(served):
    path = "/console/exchanges?tenant=acme&subject=p-1"
    async with asked(served), served.browser("privacy-officer") as browser:
        status, text, _ = await browser.get(path)
        assert (status, "second_factor_needed" in text) == (403, True)
        confirm = html.unescape(re.search(r'<a class="btn main" href="([^"]+)"', text)[1])
        status, _, headers = await browser.get(confirm)
        assert (status, parse_qs(urlsplit(headers["Location"]).query)["prompt"]) == (303, ["login"])
        assert path in [
            row.login.get("next") for (kind, _), row in served.logins.rows.items() if kind == LoginKind.ASKING
        ]
