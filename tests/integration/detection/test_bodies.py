"""``compliance-proxy detect --body`` and the served path: the same findings for the same body."""

from __future__ import annotations

from http import cookiejar
from itertools import islice
from pathlib import Path

import orjson
import pytest

from bench.outbound import material
from proxy.codecs.endpoints import DIALECTS, TABLE
from proxy.core.wire import Incoming
from proxy.detection.detector import PooledDetector
from proxy.exchange.request import ClientRequest
from testing import models
from testing.fakes import FakeClient, Stage, exchange

pytestmark = pytest.mark.heavy
APIS = {api.name: api for _, apis in DIALECTS for api in apis}
CODE = "\n".join(Path(cookiejar.__file__).read_text().splitlines()[:110])
LISTING = "<file>\n" + "\n".join(f"{at}: {row}" for at, row in enumerate(CODE.split("\n"), 1)) + "\n</file>"
SHOWN = f"Script completed\nWall time 0.1 seconds\nOutput:\nTotal output lines: 2118\n\n{CODE}"
TEXTS = [*(document.text for document in islice(material.drawn(7, 1), 4)), LISTING]
RECORD = orjson.dumps({"patient": {"name": "Petra Vogt", "born": "1961-04-02"}, "ward": 3}).decode()


def tool(name):
    return {"type": "function", "function": {"name": name, "description": "Finds a person.", "parameters": {}}}


#: Path, API, and body around a text: as prose, as the arguments of a call, as a value in JSON, as caller's metadata.
BODIES = {
    "prose": ("/v1/chat/completions", "openai_chat", lambda text: {
        "model": "m", "messages": [{"role": "user", "content": text}, {"role": "user", "content": "4111 1111"},
                                   {"role": "user", "content": "1111 1111"}]}),
    "arguments": ("/v1/chat/completions", "openai_chat", lambda text: {
        "model": "m", "tools": [tool("find")], "messages": [{"role": "assistant", "tool_calls": [{
            "id": "call_a", "type": "function", "function": {
                "name": "find", "arguments": orjson.dumps({"note": text[:400], "customer": "Jonas Weber"}).decode()}}]},
            {"role": "tool", "tool_call_id": "call_a", "content": RECORD}]}),
    "blocks": ("/v1/messages", "anthropic_messages", lambda text: {
        "model": "m", "max_tokens": 9, "system": "You help.", "metadata": {"user_id": "u1"},
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}, {"type": "text", "text": RECORD}]}]}),
    "input": ("/v1/responses", "openai_responses", lambda text: {
        "model": "m", "store": False, "instructions": "You help.", "input": text, "metadata": {"owner": "Jonas Weber"}}),
    "output": ("/v1/responses", "openai_responses", lambda text: {
        "model": "m", "store": False, "input": [
            {"type": "function_call", "call_id": "call_a", "name": "read", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_a", "output": [
                {"type": "input_text", "text": "Done."}, {"type": "input_text", "text": text}]}]}),
    "response": ("/v1beta/models/m:generateContent", "gemini_generate", lambda text: {
        "contents": [{"role": "user", "parts": [{"functionResponse": {
            "name": "read", "response": {"output": text, "path": "src/cookies.py"}}}]}]}),
    "result": ("/v1/chat/completions", "openai_chat", lambda text: {
        "model": "m", "messages": [{"role": "assistant", "tool_calls": [{
            "id": "call_a", "type": "function", "function": {"name": "read", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_a", "content": orjson.dumps({"stdout": text, "code": 0}).decode()}]}),
}  # fmt: skip


#: Where a tool's result stands.
RESULTS = ("blocks", "input", "output", "response", "result")


class Workers:
    """Reads batches with the same models, in this process."""

    def admit(self, tenant, amount, within_s):
        pass

    async def run(self, batches, deadline_s, tenant):
        return [tuple(models.reader().engine.detect(batch)) for batch in batches]


class Recording(PooledDetector):
    async def detect(self, texts, tenant, within_s=None):
        self.detection = await super().detect(texts, tenant, within_s)
        return self.detection


async def served(name, path, body):
    detector = Recording(1, 60.0, 4, 1 << 24, b"k" * 32)
    detector.pool = Workers()
    stage = Stage(api=APIS[name], detector=detector)
    asked = exchange(dialect=name, path=stage.api.endpoints[0].path)
    incoming = Incoming(body, variables=TABLE.find("POST", path, ()).variables)
    await stage.pipeline.handle(ClientRequest(asked, stage.api, incoming, client := FakeClient()))
    assert stage.pdp.asked, client.body
    facts = stage.pdp.asked[0]
    return detector.detection.segments, {(e.type, e.count) for e in facts.entities}


@pytest.mark.cases(3)
@pytest.mark.parametrize("name", BODIES)
async def test_a_body_has_the_same_findings_here_and_there(name):
    path, api, around = BODIES[name]
    total, _ = 0, models.reader().engine  # loaded before any request has to wait for it
    for text in TEXTS:
        body = orjson.dumps(around(text))
        there, entities = await served(api, path, body)
        here = [segment for _, segment in models.reader().read_body(body, path)]
        spans = [[(f.entity_type, f.start, f.end) for f in segment.findings] for segment in here]
        assert spans == [[(f.entity_type, f.start, f.end) for f in segment.findings] for segment in there]
        assert [segment.status for segment in here] == [segment.status for segment in there]
        total += sum(map(len, spans))
        kinds = {f.entity_type for segment in here for f in (*segment.findings, *segment.inside)}
        assert kinds == {kind for kind, _ in entities}
    assert total


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("text", [CODE, LISTING, SHOWN], ids=["file", "listing", "shown"])
def test_code_is_nobodys_data_wherever_it_stands(name, text):
    path, _, around = BODIES[name]
    rows = models.reader().read_body(orjson.dumps(around(text)), path)
    [(span, segment)] = [(span, segment) for span, segment in rows if span.text == text]
    left = [f for f in segment.findings if f.entity_type in {"PERSON", "USERNAME", "HEALTH_PLAN_ID"}]
    assert {span.text[f.start : f.end] for f in left} <= {"Gisle Aas"}  # who wrote what it comes from
