"""Every endpoint of the one table, sent and as a dry run: callers are told the same whatever their dialect."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import aiohttp
import orjson
import pytest

from proxy.codecs.endpoints import EXPLAIN, TABLE
from proxy.codecs.framing import Frame
from proxy.codecs.kept_api import KeptApi
from proxy.core.records import Obligation
from testing.dialects import samples
from testing.dialects.stand import DOMAIN, planted
from testing.fakes import CANARY, PRINCIPAL, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, target

#: Those that take a text, and do not need something that a target keeps already.
TAKING = {"POST", "PUT"}
SERVED = [
    one for one in TABLE.served
    if one.api is not None and one.endpoint.method in TAKING
    and not (isinstance(one.api, KeptApi) and "{id}" in one.endpoint.path)
]  # fmt: skip
SAMPLES = {api.name: sample for api, sample in reversed(samples.every())}  # the first of each
SAID = f"write to {CANARY}"
#: Requests and replies of the APIs whose samples stand elsewhere.
BODIES = {
    "ollama_chat": {"model": "m", "messages": [{"role": "user", "content": SAID}], "stream": False},
    "ollama_generate": {"model": "m", "prompt": SAID, "stream": False},
    "ollama_embed": {"model": "m", "input": SAID},
    "ollama_embeddings": {"model": "m", "prompt": SAID},
    "openai_speech": {"model": "m", "input": SAID, "voice": "alloy"},
}
FORMS = {
    "openai_image_edits": {"image": "a.png", "prompt": SAID},
    "openai_image_variations": {"image": "a.png", "user": SAID},
    "openai_transcriptions": {"file": "a.mp3", "prompt": SAID},
    "openai_translations": {"file": "a.mp3", "prompt": SAID},
}
PICTURES = {"created": 1, "data": [{"b64_json": "aGVsbG8="}]}
REPLIES = {
    "ollama_chat": {"model": "m", "message": {"role": "assistant", "content": "Yes."}, "done": True},
    "ollama_generate": {"model": "m", "response": "Yes.", "done": True},
    "ollama_embed": {"model": "m", "embeddings": [[0.5]]},
    "ollama_embeddings": {"embedding": [0.5]},
    "openai_image_edits": PICTURES,
    "openai_image_variations": PICTURES,
    "openai_transcriptions": {"text": "Yes."},
    "openai_translations": {"text": "Yes."},
}
OBLIGATIONS = tuple(Obligation(f"o{n}", kind) for n, kind in enumerate(("pseudonymize", "reidentify_response")))
TOLD = {"action", "decision", "target", "redacted", "exchange"}


def body(api):
    """Return the body of a request that holds a value, and what it says of itself."""
    if api.name in FORMS:
        form = aiohttp.FormData({"model": "m"})
        for name, value in FORMS[api.name].items():
            if name in {"image", "file"}:
                form.add_field(name, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", filename=value, content_type="image/png")
            else:
                form.add_field(name, value)
        return form, {}
    sample = SAMPLES.get(api.name)
    if sample is None:
        return orjson.dumps(BODIES[api.name]), {"Content-Type": "application/json"}
    data, media, parameters = sample.encoded.write(planted(sample.requests[0], sample.text, SAID))
    said = "; ".join([media, *(f"{name}={value}" for name, value in parameters.items())])
    return data, {"Content-Type": said, **sample.headers}


def reply(api, endpoint):
    """Return what a target answers, whole or (where the path alone tells) streamed."""
    if api.name == "openai_speech":
        return FakeReply(content_type="audio/mpeg", parts=[b"\xff\xf3\0\0"])
    sample = SAMPLES.get(api.name)
    if sample is not None and endpoint.stream:
        encode = api.framing.encoder()
        chunks = [encode(Frame(name=name), orjson.dumps(event)) for name, event in sample.streams[0]]
        return FakeReply(content_type=api.framing.media[0], parts=chunks)
    return FakeReply(parts=[orjson.dumps(sample.replies[0] if sample is not None else REPLIES[api.name])])


def path(served):
    """Return a path of an endpoint, with the variables of its API's sample."""
    sample = SAMPLES.get(served.api.name)
    given = sample.variables if sample is not None else {}
    return re.sub(r"\{(\w+)(?::path)?\}", lambda found: quote(given.get(found[1], "m"), safe=""), served.endpoint.path)


async def stage(api, endpoint):
    upstreams = FakeUpstreams({"third": reply(api, endpoint)})
    made = Stage(pdp=FakePdp(OBLIGATIONS), upstreams=upstreams, catalog=catalog(target("third")))
    if api.name in SAMPLES:
        await made.vault.put(DOMAIN, SAMPLES[api.name].held)
    return made


def told(response):
    prefix = "x-compliance-"
    return {name.lower().removeprefix(prefix) for name in response.headers if name.lower().startswith(prefix)}


def ids():
    return [f"{one.api.name} {one.endpoint.path}" for one in SERVED]


@pytest.mark.parametrize("served", SERVED, ids=ids())
async def test_callers_are_told_the_same_in_every_dialect(serve, served):
    data, headers = body(served.api)
    async with (
        serve(await stage(served.api, served.endpoint)) as running,
        running.session.request(
            served.endpoint.method, running.url + path(served), data=data, headers=headers
        ) as response,
    ):
        assert response.status == 200, await response.read()
        assert told(response) == TOLD
        assert response.headers["x-compliance-action"] == "redact_and_forward"
        assert response.headers["x-compliance-redacted"] == "EMAIL_ADDRESS"
        [sent] = running.stage.upstreams.sent
        assert CANARY.encode() not in sent.wire.body


@pytest.mark.parametrize("by_path", [False, True], ids=["header", "path"])
@pytest.mark.parametrize("served", SERVED, ids=ids())
async def test_every_request_can_be_explained(serve, served, by_path):
    data, headers = body(served.api)
    url = (EXPLAIN if by_path else "") + path(served)
    asked = {} if by_path else {"x-compliance-dry-run": "yes"}
    async with serve(await stage(served.api, served.endpoint)) as running:
        running.identities.principal = replace(PRINCIPAL, roles=("dry-run",))
        method = served.endpoint.method
        async with running.session.request(method, running.url + url, data=data, headers=headers | asked) as response:
            said = await response.json()
            assert response.status == 200, said
            assert told(response) == {"action", "decision", "exchange"}
        assert running.stage.upstreams.sent == []
        assert (said["dialect"], said["path"]) == (served.api.name, served.endpoint.path)
        assert said["headers"].keys() == {f"x-compliance-{name}" for name in TOLD - {"exchange"}}
        assert {row["type"] for row in said["findings"]} == {"EMAIL_ADDRESS"}
        assert ("body" in said["outbound"]) != said["outbound"]["media"].startswith("multipart/")
        assert CANARY not in orjson.dumps(said).decode()
        assert running.stage.audit.outcome()[0].action == "dry_run"


@pytest.mark.parametrize("url", ["/v1/chat/completions", EXPLAIN + "/v1/chat/completions"])
async def test_a_key_without_the_role_gets_no_explanation(serve, url):
    headers = {} if url.startswith(EXPLAIN) else {"x-compliance-dry-run": "yes"}
    data, _ = body(SERVED[0].api)
    async with serve() as running, running.session.post(running.url + url, data=data, headers=headers) as response:
        assert (response.status, running.stage.upstreams.sent) == (403, [])
        assert (await response.json())["error"]["code"] == "not_allowed_for_key"


@pytest.mark.parametrize(
    ("url", "status"), [("/v1/models", 404), ("", 404), ("/", 404), ("/v1/uploads", 400), ("/v1/answers", 404),
                        (EXPLAIN + "/v1/chat/completions", 404)],
)  # fmt: skip
async def test_what_takes_no_request_is_not_explained(serve, url, status):
    async with serve() as running, running.session.get(running.url + EXPLAIN + url) as response:
        assert response.status == status
