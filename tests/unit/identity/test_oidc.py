from __future__ import annotations

import asyncio
import base64
import hmac
import time
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from proxy.errors import ForbiddenFactError, IdentityUnavailableError
from proxy.identity.oidc import Issuer, OidcIdentity
from proxy.web.declared import declared
from testing.fakes import FixedClock

NOW = int(FixedClock().now())
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "ec-1"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "rsa-1"}, private=True)
BOUND = {
    "tenant": "acme",
    "service": "crm",
    "activities": ["support", "sales"],
    "ingress_region": "DE",
    "subject_region": "FR",
    "country": "IE",
}
CLAIMS = {
    "iss": "https://idp.example",
    "aud": "proxy",
    "exp": NOW + 600,
    "iat": NOW,
    "sub": "u7",
    "jti": "j1",
    "compliance": BOUND,
}


def jwks(*keys):
    return orjson.dumps(KeySet(list(keys)).as_dict(private=False))


def token(key=RSA, alg="RS256", header=None, **changes):
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid} if header is None else header, claims, key, algorithms=[alg])


async def identity(tmp_path, keys=None, clock=None):
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(RSA, EC) if keys is None else keys)
    found = OidcIdentity(Issuer("https://idp.example", "proxy", str(path)), clock or FixedClock())
    await found.start()
    return found


async def test_a_valid_token(tmp_path):
    found = await identity(tmp_path)
    principal = await found.find(token(roles=["nurse"], amr=["pwd", "mfa"]))
    assert (principal.tenant, principal.service, principal.activities) == ("acme", "crm", ("support", "sales"))
    assert (principal.default_activity, principal.ingress_region, principal.default_subject_region) == (
        "support",
        "DE",
        "FR",
    )
    assert (principal.key_id, principal.actor_type, principal.actor_country) == ("oidc:j1", "service", "IE")
    assert (principal.roles, principal.authn_method, principal.mfa) == (("nurse",), "oidc", True)


@pytest.mark.parametrize("jti", [None, "", "j" * 300])
async def test_without_an_id_of_its_own_a_token_has_that_of_its_actor(tmp_path, jti):
    found, ids = await identity(tmp_path), []
    for tenant, sub in (("acme", "u7"), ("acme", "u8"), ("other", "u7")):
        bound = {**BOUND, "tenant": tenant, "service": ""}
        ids.append((await found.find(token(jti=jti, sub=sub, compliance=bound))).key_id)
    assert ids == [f"oidc:https://idp.example {actor}" for actor in ("acme/u7", "acme/u8", "other/u7")]


async def test_a_person(tmp_path):
    principal = await (await identity(tmp_path)).find(token(compliance={**BOUND, "service": ""}))
    assert (principal.declarable_regions, principal.may_declare_adult) == (("*",), False)
    assert (principal.actor_type, principal.service, principal.mfa) == ("user", "u7", False)


OFFICER = {"compliance": {"tenant": "acme"}, "roles": ["privacy-officer"]}


async def test_a_person_with_roles_needs_no_service_and_no_activities(tmp_path):
    principal = await (await identity(tmp_path)).find(token(**OFFICER))
    assert (principal.service, principal.actor_type, principal.activities) == ("u7", "user", ())
    with pytest.raises(ForbiddenFactError):  # no AI request is theirs, with whatever activity
        declared({}, principal)
    with pytest.raises(ForbiddenFactError):
        declared({"x-compliance-activity": "support"}, principal)


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": None}, {"roles": []}, {"roles": "privacy-officer"}, {"sub": None}, {"compliance": {}},
        {"compliance": {"tenant": "acme", "service": "crm"}}, {"compliance": {"tenant": "acme", "activities": "x"}},
    ],
)  # fmt: skip
async def test_less_than_tenant_login_and_roles_is_nobody(tmp_path, changes):
    assert await (await identity(tmp_path)).find(token(**OFFICER | changes)) is None


@pytest.mark.parametrize(
    ("email", "verified", "login"),
    [
        ("Ada@acme.example", True, "ada@acme.example"),
        ("ada@acme.example", None, None),
        ("ada@acme.example", "true", None),
    ],
)
async def test_a_person_is_named_by_an_address_only_where_the_issuer_verified_it(tmp_path, email, verified, login):
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(RSA))
    found = OidcIdentity(Issuer("https://idp.example", "proxy", str(path), "email"), FixedClock())
    await found.start()
    principal = await found.find(token(**OFFICER, email=email, email_verified=verified))
    assert (principal and principal.service) == login


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
async def test_algorithms(tmp_path, key, alg):
    assert await (await identity(tmp_path)).find(token(key, alg)) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "soon"},
        {"exp": [NOW + 600]},
        {"nbf": NOW + 60},
        {"nbf": "x"},
        {"iat": NOW + 3600},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"aud": 5},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": ["https://idp.example"]},
        {"compliance": None},
        {"compliance": "acme"},
        {"compliance": {**BOUND, "tenant": 5}},
        {"compliance": {**BOUND, "tenant": ""}},
        {"compliance": {**BOUND, "activities": []}},
        {"compliance": {**BOUND, "activities": "support"}},
        {"compliance": {**BOUND, "activities": ["support", None]}},
        {"compliance": {**BOUND, "ingress_region": None}},
    ],
)
async def test_claims_that_are_not_enough(tmp_path, changes):
    assert await (await identity(tmp_path)).find(token(**changes)) is None


async def test_a_little_clock_difference_is_allowed(tmp_path):
    found = await identity(tmp_path)
    assert await found.find(token(exp=NOW - 20)) is not None
    assert await found.find(token(aud=["x", "proxy"])) is not None


async def test_forged_tokens(tmp_path):
    found = await identity(tmp_path)
    forged = [
        token(OTHER),
        token(RSAKey.generate_key(2048, {"kid": "unknown"}, private=True)),
        keyed_with(RSA.as_pem(private=False)),
        unsigned(""),
        unsigned("rsa-1"),
        token()[:-4] + "AAAA",
        token(RSA, header={"alg": "RS256", "jwk": OTHER.as_dict(private=False), "kid": "nobody"}),
    ]
    assert [await found.find(one) for one in forged] == [None] * len(forged)


@pytest.mark.parametrize(
    "presented",
    ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "..", "\udce9.b.c", "é.é.é", "e30.e30.e30", "cp_x", "e30.W10.e30", "\x00"],
)
async def test_what_is_no_token(tmp_path, presented):
    assert await (await identity(tmp_path)).find(presented) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"keys": 5}', b'{"keys": [5]}', b'{"keys": [{"kty": "X"}]}', b'{"keys": []}', b"null"],
)
async def test_keys_that_cannot_be_read(tmp_path, content):
    found = await identity(tmp_path, content)
    with pytest.raises(IdentityUnavailableError):
        await found.find(token())


async def test_a_missing_file_is_read_when_it_is_there(tmp_path):
    clock = FixedClock()
    path = tmp_path / "jwks.json"
    found = OidcIdentity(Issuer("https://idp.example", "proxy", str(path)), clock)
    await found.start()
    with pytest.raises(IdentityUnavailableError):
        await found.find(token())
    path.write_bytes(jwks(RSA))
    with pytest.raises(IdentityUnavailableError):  # not asked again at once
        await found.find(token())
    clock.seconds += 10
    assert await found.find(token()) is not None


@asynccontextmanager
async def provider(answers, pause_s=0.0):
    asked = []

    async def answer(_request):
        asked.append(time.monotonic())
        await asyncio.sleep(pause_s)
        status, body = answers[min(len(asked), len(answers)) - 1]
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_get("/jwks", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/jwks", asked
    finally:
        await runner.cleanup()


async def test_keys_are_cached_and_used_while_the_issuer_is_unreachable():
    clock = FixedClock()
    async with provider([(200, jwks(RSA)), (500, b"")]) as (url, asked):
        found = OidcIdentity(Issuer("https://idp.example", "proxy", url), clock)
        await found.start()
        for _ in range(3):
            assert await found.find(token()) is not None
        assert len(asked) == 1
        clock.seconds += 301
        assert await found.find(token(exp=NOW + 900)) is not None
        assert len(asked) == 2
    clock.seconds += 11
    assert await found.find(token(exp=NOW + 900)) is not None


async def test_new_keys_replace_old_ones():
    clock = FixedClock()
    async with provider([(200, jwks(RSA)), (200, jwks(EC))]) as (url, _):
        found = OidcIdentity(Issuer("https://idp.example", "proxy", url), clock)
        await found.start()
        assert await found.find(token(EC, "ES256")) is None
        clock.seconds += 301
        assert await found.find(token(EC, "ES256", exp=NOW + 900)) is not None
        assert await found.find(token(exp=NOW + 900)) is None


def unsigned(kid):
    head = {"alg": "none", "kid": kid} if kid else {"alg": "none"}
    return f"{_b64(orjson.dumps(head))}.{token().split('.')[1]}."


def keyed_with(public):
    """Sign with the public key as if it were a shared secret."""
    signed = f"{_b64(orjson.dumps({'alg': 'HS256', 'kid': 'rsa-1'}))}.{token().split('.')[1]}"
    return f"{signed}.{_b64(hmac.digest(public, signed.encode(), 'sha256'))}"


def _b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


async def test_a_token_bounds_what_its_requests_may_declare(tmp_path):
    bound = {**BOUND, "declarable_regions": ["DE"], "declares_adults": True, "subject_region": "AQ"}
    principal = await (await identity(tmp_path)).find(token(compliance=bound))
    assert (principal.declarable_regions, principal.may_declare_adult) == (("DE",), True)
    assert principal.default_subject_region is None
    odd = {**BOUND, "declarable_regions": "*", "declares_adults": "yes"}
    principal = await (await identity(tmp_path)).find(token(compliance=odd))
    assert (principal.declarable_regions, principal.may_declare_adult) == ((), False)


async def test_a_key_of_an_unknown_kind_does_not_take_the_others_along(tmp_path):
    listed = orjson.loads(jwks(RSA))
    listed["keys"] += [{"kty": "OKP", "crv": "Ed4711", "x": "AA", "kid": "new"}, {"kty": "PQ", "kid": "newer"}]
    found = await identity(tmp_path, keys=orjson.dumps(listed))
    assert (await found.find(token())).tenant == "acme"


async def test_a_token_that_cannot_be_judged_is_no_refusal(tmp_path):
    """503 tells the caller to come again; 401 would tell it that the token is bad."""
    never = OidcIdentity(Issuer("https://idp.example", "proxy", str(tmp_path / "no.json")), FixedClock())
    await never.start()
    with pytest.raises(IdentityUnavailableError):
        await never.find(token())
    assert await never.find("no token at all") is None
    clock = FixedClock()
    found = await identity(tmp_path, keys=jwks(EC), clock=clock)
    (tmp_path / "jwks.json").unlink()
    clock.seconds += 400
    with pytest.raises(IdentityUnavailableError):
        await found.find(token())  # signed by a key that the issuer may have added
    assert await found.find(token(key=EC, alg="ES256", aud="another")) is None
    assert (await found.find(token(key=EC, alg="ES256"))).tenant == "acme"


async def test_a_caller_that_leaves_does_not_postpone_the_next_refresh():
    async with provider([(200, jwks(RSA))], pause_s=0.3) as (url, asked):
        found = OidcIdentity(Issuer("https://idp.example", "proxy", url), FixedClock())
        waits = [asyncio.ensure_future(found.find(token())) for _ in range(8)]
        await asyncio.sleep(0.1)
        waits[0].cancel()
        answers = await asyncio.gather(*waits[1:])
        assert {answer.tenant for answer in answers} == {"acme"}
        assert len(asked) == 1
        await found.close()
