from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import aiohttp
import orjson
import pytest
from yarl import URL

from proxy.codecs import openai
from proxy.codecs.base import Endpoint
from proxy.codecs.endpoints import DIALECTS, Table
from proxy.core.records import Grant
from proxy.core.targets.registered import Route
from proxy.errors import GrantsUnavailableError, GrantUnusableError, IdentityUnavailableError
from testing import log_lines
from testing.fakes import CANARY, KEYRING, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, chat, completion


async def error(response, status, code):
    assert response.status == status
    assert response.content_type == "application/json"
    found = orjson.loads(await response.read())["error"]
    assert found["code"] == code
    assert found["request_id"] == response.headers["x-request-id"] == response.headers["x-compliance-exchange"]
    assert CANARY not in found["message"]
    return found


def recorded(stage, code):
    outcome, _ = stage.audit.outcome()
    assert outcome.codes == (code,)
    return outcome


async def test_a_plain_call_is_served(serve):
    async with serve() as running, running.post(chat()) as response:
        assert response.status == 200
        assert (await response.json())["choices"][0]["message"]["content"] == "Hello."
        assert response.headers["x-compliance-action"] == "forward"
        assert response.headers["x-request-id"] == running.stage.audit.outcome()[0].exchange


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic cp_demo"}, {"Authorization": "Bearer "},
     {"x-api-key": CANARY}, {"Authorization": "cp_demo"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/unknown", "/"])
async def test_unknown_callers(serve, headers, path):
    async with serve() as running, aiohttp.ClientSession() as session:
        async with session.get(running.url + path, headers=headers) as response:
            found = await error(response, 401, "invalid_api_key")
        assert found["type"] == "authentication_error"
        running.services.unauthenticated.record()
        [(name, facts)] = running.stage.audit.events
        assert (name, facts["count"]) == ("authentication_failed", 1)
        assert facts["path"] in {path, "unknown"}
        assert running.stage.audit.records() == []


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/v1/unknown"])
@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "api-key"])
async def test_a_credential_that_comes_twice_in_one_header_is_refused(serve, name, path):
    headers = [(name, "Bearer cp_demo"), (name, "Bearer other")]
    async with serve() as running, aiohttp.ClientSession() as session:
        async with session.post(running.url + path, data=chat(), headers=headers) as response:
            await error(response, 400, "malformed_request")
        running.services.unauthenticated.record()
        assert [facts["count"] for _, facts in running.stage.audit.events] == [1]
        assert running.stage.audit.records() == []


@pytest.mark.parametrize(
    ("path", "told"),
    [("/v1/models/secret-model", "/v1/models/{id:path}"), ("/admin/v1/policy", "admin"), (f"/{CANARY}", "unknown")],
)
async def test_who_is_unknown_is_counted_by_the_class_of_the_path(serve, path, told):
    async with serve() as running, aiohttp.ClientSession() as session, session.get(running.url + path) as response:
        assert response.status == 401
        running.services.unauthenticated.record()
        assert [facts["path"] for _, facts in running.stage.audit.events] == [told]


@pytest.mark.parametrize("name", ["x-api-key", "api-key"])
async def test_other_key_headers(serve, name):
    async with (
        serve() as running,
        aiohttp.ClientSession() as session,
        session.post(running.url + "/v1/chat/completions", data=chat(), headers={name: "cp_demo"}) as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(
    ("raises", "status", "code"),
    [(IdentityUnavailableError(), 503, "identity_unavailable"), (RuntimeError(CANARY), 503, "identity_unavailable")],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models"])
async def test_identity_faults(serve, raises, status, code, path):
    async with serve() as running:
        running.identities.raises = raises
        async with running.session.get(running.url + path) as response:
            await error(response, status, code)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"])
@pytest.mark.parametrize(
    "path", ["/v1/answers", "/answers", "/v1/chat/completions/", "/v1/../x", f"/v1/{CANARY}", "/%00", "//"]
)
async def test_unknown_paths_are_refused_and_recorded(serve, method, path):
    async with serve() as running, running.session.request(method, running.url + path, data=b"{}") as response:
        if method == "HEAD":
            assert response.status == 404
        else:
            await error(response, 404, "unknown_path")
        assert running.stage.upstreams.sent == []
        recorded(running.stage, "unknown_path")
        assert CANARY.encode() not in b"".join(record.body for record in running.stage.audit.records())


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/chat/completions", "POST"), ("PUT", "/v1/embeddings", "POST"), ("POST", "/v1/models", "GET"),
     ("TRACE", "/v1/chat/completions", "POST"), ("DELETE", "/v1/models/m", "GET")],
)  # fmt: skip
async def test_known_paths_with_another_method(serve, method, path, allowed):
    async with serve() as running, running.session.request(method, running.url + path) as response:
        await error(response, 405, "method_not_allowed")
        assert response.headers["Allow"] == allowed
        assert response.headers["x-should-retry"] == "false"
        recorded(running.stage, "method_not_allowed")


@pytest.mark.parametrize(("method", "path"), [("POST", "/healthz"), ("DELETE", "/metrics")])
async def test_paths_of_operators_with_another_method_are_unknown(serve, method, path):
    async with serve() as running, running.session.request(method, running.url + path) as response:
        await error(response, 404, "unknown_path")
        recorded(running.stage, "unknown_path")


async def test_faults_come_in_the_callers_own_dialect(serve):
    def told(status, code, message, request_id):
        return orjson.dumps({"said": [status, code]})

    other = replace(
        openai.DIALECT, name="other", error=told, listed=(Endpoint("GET", "/other/models"),), client_headers=frozenset({"x-other"}),
        credential_places=("?key",), id_headers=("request-id",), headers=lambda status, code: {"x-kind": code},
    )  # fmt: skip
    async with serve() as running:
        running.services.table = Table([*DIALECTS, (other, ())])
        for method, path, headers, status, code in [
            ("GET", "/other/models", {}, 401, "invalid_api_key"),
            ("GET", "/other/x", {}, 401, "invalid_api_key"),
            ("POST", "/other/models?key=cp_demo", {}, 405, "method_not_allowed"),
            ("POST", "/other/x?key=cp_demo", {}, 404, "unknown_path"),
            ("POST", "/elsewhere?key=cp_demo", {"X-Other": "1"}, 404, "unknown_path"),
        ]:
            async with running.session.request(method, running.url + path, headers=headers) as response:
                assert (response.status, await response.json()) == (status, {"said": [status, code]})
                assert response.headers["x-kind"] == code
                assert response.headers["request-id"] == response.headers["x-compliance-exchange"]
        async with running.session.get(running.url + "/other/models?key=cp_demo") as response:
            assert response.status == 200
        async with running.session.get(running.url + "/v1/models?key=cp_demo") as response:
            assert response.status == 200  # by its header


async def test_oversized_body(serve):
    async with serve() as running, running.post(chat("x" * 20_000)) as response:
        await error(response, 413, "payload_too_large")
        recorded(running.stage, "payload_too_large")


@pytest.mark.parametrize("body", [b"", b"{", CANARY.encode(), b"\xff\xfe", chat().replace(b"}", b"")])
async def test_not_json(serve, body):
    async with serve() as running, running.post(body) as response:
        await error(response, 400, "malformed_request")
        recorded(running.stage, "malformed_request")


async def test_tenant_concurrency(serve):
    go_on = asyncio.Event()

    class Slow(FakeReply):
        async def read(self):
            await go_on.wait()
            return completion("late")

    stage = Stage(upstreams=FakeUpstreams({"a": Slow()}))
    async with serve(stage, concurrency=2) as running, asyncio.TaskGroup() as group:

        async def call():
            async with running.post(chat()) as response:
                return response.status

        first = [group.create_task(call()) for _ in range(2)]
        while len(stage.upstreams.sent) < 2:
            await asyncio.sleep(0.005)
        async with running.post(chat()) as response:
            await error(response, 429, "tenant_concurrency_exceeded")
        go_on.set()
        assert [await task for task in first] == [200, 200]
        assert not running.services.admission.in_flight
        async with running.post(chat()) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({"x-compliance-minor": "maybe"}, 400, "malformed_request"),
     ({"x-compliance-activity": "espionage"}, 403, "not_allowed_for_key"),
     ({"x-compliance-labels": CANARY}, 400, "malformed_request")],
)  # fmt: skip
async def test_bad_facts_are_refused_and_recorded(serve, headers, status, code):
    async with serve() as running, running.post(chat(), **headers) as response:
        await error(response, status, code)
        assert running.stage.upstreams.sent == []
        recorded(running.stage, code)


async def test_facts_reach_policy(serve):
    headers = {"x-compliance-activity": "sales", "x-compliance-minor": "yes", "x-compliance-subject-regions": "FR, DE"}
    async with serve() as running, running.post(chat(), **headers) as response:
        assert response.status == 200
        facts = running.stage.pdp.asked[0]
        assert (facts.activity, facts.minor) == ("sales", "yes")
        assert [code for code, source, _ in facts.regions if source == "declared"] == ["DE", "FR"]


async def test_the_data_subject_reaches_policy_and_records_by_our_name_alone(serve):
    async with serve() as running, running.post(chat(), **{"x-compliance-subject": CANARY}) as response:
        assert response.status == 200
        [reference] = running.stage.pdp.asked[0].subject_refs
        assert reference == KEYRING.digest(CANARY.encode(), "subject", "acme")
        assert CANARY not in str([unit.records for unit in running.stage.audit.writer.units])


async def test_a_subject_on_the_list_is_restricted_whatever_the_caller_says(serve):
    async with serve() as running:
        running.services.subjects.restricted.add("patient 7")
        for subject, said, restricted in (
            ("patient 7", "no", True),
            ("patient 8", "no", False),
            ("patient 8", "yes", True),
        ):
            headers = {"x-compliance-subject": subject, "x-compliance-restricted": said}
            async with running.post(chat(), **headers):
                assert running.stage.pdp.asked[-1].restricted is restricted


async def test_nothing_is_sent_while_the_data_subject_cannot_be_looked_up(serve):
    async with serve() as running:
        running.services.subjects = None
        async with running.post(chat(), **{"x-compliance-subject": "patient 7"}) as response:
            await error(response, 503, "identity_unavailable")
        assert running.stage.upstreams.sent == []
        recorded(running.stage, "identity_unavailable")
        async with running.post(chat()) as response:
            assert response.status == 200


async def test_models(serve):
    routes = (Route("acme", "gpt-x", "*", ("a",)), Route("rival", "secret-model", "*", ("a",)))
    stage = Stage(catalog=catalog(routes=routes))
    async with serve(stage) as running, running.session.get(running.url + "/v1/models") as response:
        listed = await response.json()
    assert [model["id"] for model in listed["data"]] == ["gpt-x"]


@pytest.mark.parametrize("name", ["gpt-x", "org/model:tag", "a%b"])
async def test_one_model_is_shown_to_the_tenant_that_may_ask_for_it(serve, name):
    stage = Stage(
        catalog=catalog(routes=(Route("acme", name, "*", ("a",)), Route("rival", "secret-model", "*", ("a",))))
    )
    async with serve(stage) as running:
        for path in (quote(name), quote(name, safe="")):
            async with running.session.get(URL(f"{running.url}/v1/models/{path}", encoded=True)) as response:
                assert (await response.json()) == {
                    "id": name, "object": "model", "created": 0, "owned_by": "compliance-proxy",
                    "type": "base", "capabilities": {},
                }  # fmt: skip
        for other in ("secret-model", "none", "gpt-x%2F"):
            async with running.session.get(URL(f"{running.url}/v1/models/{other}", encoded=True)) as response:
                assert response.status == 404
        async with running.session.get(running.url + "/v1/models/secret-model") as response:
            await error(response, 404, "model_not_found")


async def test_a_model_that_a_route_for_all_serves_is_shown_though_not_listed(serve):
    async with serve(Stage(catalog=catalog(routes=(Route("acme", "*", "*", ("a",)),)))) as running:
        async with running.session.get(running.url + "/v1/models/gpt-x") as response:
            assert (response.status, (await response.json())["id"]) == (200, "gpt-x")
        async with running.session.get(running.url + "/v1/models") as response:
            assert "gpt-x" not in {model["id"] for model in (await response.json())["data"]}


@pytest.mark.parametrize(
    "media", ["multipart/form-data; boundary=x", "text/xml", "image/png", "application/jsonx", "x"]
)
async def test_a_body_of_another_content_type_is_refused(serve, media):
    async with serve() as running, running.post(chat(), Content_Type=media) as response:
        await error(response, 415, "unsupported_media_type")
        recorded(running.stage, "unsupported_media_type")


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "Application/JSON", "text/plain"])
async def test_json_is_taken_as_clients_announce_it(serve, media):
    async with serve() as running, running.post(chat(), Content_Type=media) as response:
        assert response.status == 200


@pytest.mark.parametrize("log_level", [logging.DEBUG])
async def test_a_bug_is_answered_in_the_dialects_shape_without_payload_text(serve, capfd, caplog, log_level):
    caplog.set_level(log_level)
    stage = Stage(pdp=FakePdp(raises={"request": RuntimeError(CANARY)}))
    async with serve(stage) as running, running.post(chat(CANARY)) as response:
        await error(response, 500, "internal_error")
    assert recorded(stage, "internal_error").status == 500
    out, err = capfd.readouterr()
    assert CANARY not in out + err + caplog.text


async def test_a_refusal_that_cannot_be_recorded(serve):
    stage = Stage(pdp=FakePdp(denied=frozenset({"a", "b", "local"})))
    stage.audit.writer.down = True
    async with serve(stage) as running, running.post(chat()) as response:
        await error(response, 503, "audit_unavailable")


async def test_no_client_header_reaches_the_target(serve):
    async with serve() as running, running.post(chat(), Cookie="session=1", X_Custom=CANARY) as response:
        assert response.status == 200
        sent = repr(running.stage.upstreams.sent[0])
        assert "session=1" not in sent
        assert CANARY not in sent


GRANT = Grant("bg_aaaaaaaaaaaa", "INC-9", "bob", mfa=True, role_ok=True, expires=1_790_003_600)


@dataclass
class Grants:
    """Knows one grant; raises on demand."""

    raises: Exception | None = None
    asked: list = field(default_factory=list)

    async def find(self, grant, principal, activity):
        self.asked.append((grant, principal.tenant, activity))
        if self.raises is not None:
            raise self.raises
        return GRANT


async def test_a_grant_reaches_policy_and_evidence(serve):
    async with serve() as running:
        running.services.grants = Grants()
        headers = {"x_compliance_break_glass": GRANT.id, "x_compliance_activity": "sales"}
        async with running.post(chat(), **headers) as response:
            assert response.status == 200
        assert running.services.grants.asked == [(GRANT.id, "acme", "sales")]
        assert running.stage.pdp.asked[0].grant == GRANT
        [decision] = running.stage.audit.records("decision")
        assert orjson.loads(decision.body)["facts"]["caller"]["break_glass"] == GRANT.id


async def test_a_grant_that_cannot_be_used_is_refused_recorded_and_told(serve):
    async with serve() as running:
        running.services.grants = Grants(GrantUnusableError("the break-glass grant has expired"))
        async with running.post(chat(), x_compliance_break_glass=GRANT.id) as response:
            found = await error(response, 403, "break_glass_unusable")
        assert found["message"] == "the break-glass grant has expired"
        outcome = recorded(running.stage, "break_glass_unusable")
        [(name, facts)] = running.stage.audit.events
        assert (name, facts["grant"], facts["exchange"]) == ("break_glass_refused", GRANT.id, outcome.exchange)
        assert (running.stage.pdp.asked, running.stage.upstreams.sent) == ([], [])


@pytest.mark.parametrize("grants", [None, Grants(GrantsUnavailableError())])
async def test_without_the_store_a_grant_fails_closed_and_others_pass(serve, grants):
    async with serve() as running:
        running.services.grants = grants
        async with running.post(chat(), x_compliance_break_glass=GRANT.id) as response:
            await error(response, 503, "break_glass_unavailable")
        recorded(running.stage, "break_glass_unavailable")
        assert running.stage.upstreams.sent == []
        async with running.post(chat()) as response:
            assert response.status == 200


async def test_no_header_asks_for_no_grant(serve):
    async with serve() as running:
        running.services.grants = Grants()
        async with running.post(chat()) as response:
            assert response.status == 200
        assert running.services.grants.asked == []


async def test_a_line_is_written_for_each_request_if_asked_for_and_holds_no_content(serve):
    async with serve() as running:
        for switched in (False, True):
            running.services.access_log = switched
            with log_lines.captured() as lines:
                async with running.post(chat(CANARY)) as response:
                    assert response.status == 200
                async with running.post(chat(CANARY), Authorization=f"Bearer {CANARY}") as response:
                    assert response.status == 401
            written = [each for each in lines if each["event"] == "request"]
            assert len(written) == 2 * switched
        served, refused = written
        assert served | {"ms": 0, "exchange": ""} == {
            "event": "request", "log_level": "info", "path": "/v1/chat/completions", "status": 200, "action": "forward",
            "code": "", "responsibility": "none", "tenant": "acme", "service": "crm", "key": "key1", "model": "",
            "target": "a", "ms": 0, "exchange": "",
        }  # fmt: skip
        assert (refused["status"], refused["code"], refused["responsibility"]) == (401, "invalid_api_key", "caller")
        assert CANARY not in str(lines)


@pytest.mark.parametrize(("credential", "words"), [
    ("", "no key or token was presented; this path takes one as 'Authorization: Bearer'"),
    ("Bearer cp_nobodys", "this key of the proxy is unknown, expired or revoked"),
    ("Bearer sk-proj-1", "this is neither a key of the proxy (cp_...) nor a valid token"),
])  # fmt: skip
async def test_a_caller_who_is_not_known_reads_why_as_far_as_that_is_safe(serve, credential, words):
    async with serve() as running:
        headers = {"Authorization": credential} if credential else {}
        async with (
            aiohttp.ClientSession() as nobody,
            nobody.post(f"{running.url}/v1/chat/completions", data=chat(), headers=headers) as response,
        ):
            said = orjson.loads(await response.read())["error"]["message"]
        assert (response.status, said.startswith(words)) == (401, True), said
