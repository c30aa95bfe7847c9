"""Against a server that checks what it receives, AWS signatures with botocore's own code."""

from __future__ import annotations

import base64
import json
import logging
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys

from proxy.core.records import Outbound, TargetVerdict
from proxy.core.routing.routing import Sender
from proxy.core.targets.access import Access, Authorization
from proxy.core.wire import Wire
from proxy.errors import TargetCredentialError, UpstreamError
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from testing.fakes import FixedClock, target

SECRET = "sk-Qx7/+ =&?plain"
AWS = {"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG", "SessionToken": "tok=/+"}
ANN = Sender("ann")
SIGV4 = Authorization("sigv4", service="bedrock", region="eu-central-1")
WIRE = Wire(
    "/model/arn%3Aaws%2Fx%3A0/converse",
    b'{"a": "\xc3\xa9"}',
    "POST",
    (("b", "s e/"), ("a", "1")),
    (("x-amzn-bedrock-trace", "on"),),
)


@pytest.fixture
def call(tmp_path):
    """Calls a server with a target's authorization; returns what the server received."""
    seen: list[web.Request] = []

    async def handler(request):
        await request.read()
        seen.append(request)
        return web.Response(text="{}")

    @asynccontextmanager
    async def served():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        upstreams = HttpUpstreams(Credentials(lambda _: None, tmp_path), TargetLimits(), FixedClock())
        await upstreams.start()
        try:
            yield upstreams, f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await upstreams.close()
            await runner.cleanup()

    async def made(authorization, secret=None, wire=WIRE, sender=ANN):
        access = Access(authorization, credential_file="secret" if secret else "")
        (tmp_path / "secret").write_text(secret or "")
        async with served() as (upstreams, base):
            chosen = target("a", base_url=base + "/v1", access=access)
            outbound = Outbound("x", chosen, TargetVerdict("a", True, 0), wire, False, {}, (), (), False)
            reply = await upstreams.send(outbound, sender)
            await reply.close()
        return seen[-1]

    return made


def resigned(request, body, keys):
    """Return the Authorization that botocore gives what the server received."""
    named = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: request.headers[name] for name in named if name not in {"host", "x-amz-date"}}
    again = AWSRequest(request.method, f"http://{request.host}{request.raw_path}", headers=headers, data=body)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    auth = SigV4Auth(
        Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken")), "bedrock", "eu-central-1"
    )
    again.headers["X-Amz-Date"] = request.headers["X-Amz-Date"]
    return auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)


@pytest.mark.parametrize(
    ("authorization", "secret", "received"),
    [
        (Authorization(), "sk-1", {"Authorization": "Bearer sk-1"}),
        (Authorization("header", name="api-key"), "sk-1", {"api-key": "sk-1"}),
        (Authorization("basic"), "ann:p w", {"Authorization": "Basic " + base64.b64encode(b"ann:p w").decode()}),
        (Authorization("none"), None, {}),
    ],
)
async def test_a_credential_stands_where_its_scheme_says(call, authorization, secret, received):
    request = await call(authorization, secret, Wire("/x", b"{}", headers=(("authorization", "Bearer of-the-caller"),)))
    usual = {"Host", "Content-Type", "Accept-Encoding", "Connection", "Content-Length"}
    assert {name: value for name, value in request.headers.items() if name not in usual} == received


@pytest.mark.parametrize(
    ("authorization", "account"),
    [
        (Authorization("caller_account", name="chatgpt-account-id"), "acc-1"),
        (Authorization("caller_account", name="openai-project"), None),
        (Authorization("caller"), None),
        (Authorization(), None),
    ],
)
async def test_an_account_goes_to_the_target_that_names_its_header_alone(call, authorization, account):
    sender = Sender("t", credential="sk-own", accounts={"chatgpt-account-id": "acc-1"})
    request = await call(authorization, None if authorization.scheme.startswith("caller") else "sk-1", sender=sender)
    assert request.headers.get("chatgpt-account-id") == account
    assert "openai-project" not in request.headers


async def test_a_secret_in_the_query_is_encoded_and_stands_beside_the_other_parameters(call):
    request = await call(Authorization("query", name="key"), SECRET)
    assert dict(request.query) == {"b": "s e/", "a": "1", "key": SECRET}
    assert request.raw_path.startswith("/v1/model/arn%3Aaws%2Fx%3A0/converse?b=s%20e%2F&a=1&key=")
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("secret", [orjson.dumps(AWS).decode(), "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG"])
async def test_an_aws_signature_is_over_what_leaves(call, secret):
    request = await call(SIGV4, secret)
    given = request.headers["Authorization"]
    assert given.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-central-1/bedrock/aws4_request" in given
    keys = AWS if secret.startswith("{") else {name: AWS[name] for name in ("AccessKeyId", "SecretAccessKey")}
    assert ("X-Amz-Security-Token" in request.headers) == ("SessionToken" in keys)
    signature = given.rpartition("Signature=")[2]
    assert signature == resigned(request, await request.read(), keys)
    assert signature != resigned(request, b"another body", keys)
    assert {"host", "content-type", "x-amzn-bedrock-trace"} <= set(
        given.split("SignedHeaders=")[1].split(",")[0].split(";")
    )


async def test_the_callers_own_credential_goes_to_targets_that_take_it(call):
    sender = Sender("ann", credential="sk-anns")
    assert (await call(Authorization("caller"), sender=sender)).headers["Authorization"] == "Bearer sk-anns"
    request = await call(Authorization(), "sk-ours", sender=sender)
    assert request.headers["Authorization"] == "Bearer sk-ours"
    assert not [value for value in request.headers.values() if "sk-anns" in value]


@pytest.mark.parametrize(
    ("authorization", "secret"),
    [
        (Authorization("caller"), None),
        (Authorization("header", name="api-key"), "sk-1\nX-Injected: yes"),
        (Authorization(), "sk-é"),
        (Authorization("basic"), "no-colon"),
        (SIGV4, "AKIDEXAMPLE"),
        (SIGV4, '{"AccessKeyId": 5}'),
        (SIGV4, "{broken"),
        (Authorization("oauth", scope="s"), "sk-not-json"),
        (
            Authorization("oauth", scope="s"),
            '{"client_email": "sk-a@b", "private_key": "sk-", "token_uri": "http://127.0.0.1:1/"}',
        ),
    ],
)
async def test_a_credential_that_does_not_fit_sends_nothing_and_is_not_told(call, authorization, secret, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(TargetCredentialError) as caught:
        await call(authorization, secret)
    assert "target a" in str(caught.value)
    assert "sk-" not in str(caught.value) + caplog.text
    assert "AKID" not in str(caught.value)


async def test_no_failure_tells_a_url_that_holds_a_secret(tmp_path, caplog):
    (tmp_path / "secret").write_text("sk-query")
    upstreams = HttpUpstreams(Credentials(lambda _: None, tmp_path), TargetLimits(), FixedClock())
    await upstreams.start()
    access = Access(Authorization("query", name="key"), credential_file="secret")
    away = target("a", base_url="http://127.0.0.1:9", access=access)
    outbound = Outbound("x", away, TargetVerdict("a", True, 0), WIRE, False, {}, (), (), False)
    with caplog.at_level(logging.DEBUG), pytest.raises(UpstreamError) as caught:
        await upstreams.send(outbound, Sender("ann"))
    await upstreams.close()
    assert "sk-query" not in str(caught.value) + repr(caught.value) + caplog.text + json.dumps(repr(outbound))
