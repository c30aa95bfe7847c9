"""What programs ask for beyond generation: passed, left out and said, or refused all at once, in every dialect concerned."""

from __future__ import annotations

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from proxy.audit.records.facts import Digests, intended
from proxy.core.findings import Finding
from proxy.core.records import Obligation
from proxy.core.targets import clients
from proxy.core.targets.capabilities import Capabilities
from proxy.core.wire import Incoming
from proxy.exchange.request import ClientRequest
from testing.fakes import CANARY, KEYRING, FakeDetector, FakePdp, Stage, catalog, exchange, target
from tests.dialects.conversations import APIS

MESSAGES, RESPONSES = APIS["anthropic_messages"], APIS["openai_responses"]
BETAS = (
    "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,per-turn-control-2026-07-01,"
    "effort-2025-11-24"
)
SHELL = {"name": "Bash", "description": "Runs a command.", "input_schema": {"type": "object", "properties": {}}}
#: As Claude Code 2.1 writes it, shortened.
CLAUDE_CODE = {
    "model": "m", "max_tokens": 32000, "stream": False, "thinking": {"type": "adaptive"},
    "output_config": {"effort": "medium"}, "system": [{"type": "text", "text": "You are a coding agent."}],
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "tools": [SHELL, {**SHELL, "name": "Read", "defer_loading": True}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "hello"}], "output_config": {"effort": "low"}},
        {"role": "system", "content": "The date is the first of May."},
    ],
}  # fmt: skip
COMMAND = {"type": "function", "name": "exec_command", "strict": False, "parameters": {"type": "object"}}
#: As Codex 0.171 writes it, shortened.
CODEX = {
    "model": "m", "store": False, "tool_choice": "auto", "include": ["reasoning.encrypted_content"],
    "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}],
    "tools": [{"type": "web_search", "external_web_access": True}, COMMAND],
    "client_metadata": {"workspaces": {f"/home/{CANARY}/src": {"has_changes": True}}, "session_id": "s1"},
}  # fmt: skip
DROPPED = "client_metadata, tools.external_web_access, tools.web_search"


def taking(*names, dialects=("anthropic_messages",), **more):
    return Capabilities(
        dialects=frozenset(dialects), features=clients.taken(names), droppable=clients.droppable(names), **more
    )


async def run(api, document, *accepts, headers=None, **stage):
    targets = [target(f"t{number}", accepts=each) for number, each in enumerate(accepts)]
    here = Stage(api=api, catalog=catalog(*targets), **stage)
    incoming = Incoming(orjson.dumps(document), headers=headers or {})
    asked = exchange(dialect=api.name, path=api.endpoints[0].path)
    await here.pipeline.handle(ClientRequest(asked, api, incoming, here.client))
    return here


def claude(*accepts, betas=BETAS, document=CLAUDE_CODE, **stage):
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": betas}
    return run(MESSAGES, document, *accepts, headers=headers, **stage)


def body(stage):
    [sent] = stage.upstreams.sent
    return orjson.loads(sent.wire.body)


async def test_a_target_of_the_program_gets_its_request_as_it_was_written():
    here = await claude(taking("claude-code"))
    assert body(here) == CLAUDE_CODE
    assert dict(here.upstreams.sent[0].wire.headers)["anthropic-beta"] == BETAS
    assert here.upstreams.sent[0].dropped == ()
    assert (here.pdp.asked[0].operation[3], here.pdp.asked[0].requirements.lacking) == (False, ()), "nothing is kept"


async def test_a_beta_that_nobody_knows_is_left_out_and_said():
    here = await claude(taking("claude-code"), betas=BETAS + ",brand-new-2027-01-01")
    [sent] = here.upstreams.sent
    assert dict(sent.wire.headers)["anthropic-beta"] == BETAS
    assert intended(sent, Digests(KEYRING), "acme")["dropped"] == ["anthropic-beta.brand-new"]


async def test_a_beta_by_which_the_target_keeps_something_is_refused():
    here = await claude(taking("claude-code"), betas=BETAS + ",files-api-2025-04-14")
    assert here.upstreams.sent == []
    assert b"anthropic-beta.files-api" in here.client.body


async def test_a_target_of_another_dialect_gets_it_without_what_only_tunes():
    accepts = taking("claude-code", dialects=("openai_chat",), translated=True)
    here = await claude(accepts)
    sent = body(here)
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "system"]
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["Bash", "Read"]
    assert here.client.status == 200
    assert "messages.output_config" in here.client.headers["x-compliance-dropped"].split(", ")


async def test_what_codex_tells_of_itself_is_neither_read_nor_sent():
    here = await run(RESPONSES, CODEX, taking("codex", dialects=("openai_responses",)))
    assert body(here) == {k: v for k, v in CODEX.items() if k != "client_metadata"} | {"tools": [COMMAND]}
    assert not any(CANARY in text for text in here.detector.seen)
    assert ", ".join(here.upstreams.sent[0].dropped) == DROPPED


async def test_a_reply_says_what_was_left_out():
    accepts = taking("codex", dialects=("openai_chat",), translated=True)
    here = await run(RESPONSES, CODEX, accepts)
    assert (here.client.status, here.client.headers["x-compliance-dropped"]) == (200, DROPPED)


async def test_a_target_that_names_a_feature_gets_it():
    codex = taking("codex", dialects=("openai_responses",))
    named = Capabilities(dialects=codex.dialects, features=frozenset({"tools.web_search"}), droppable=codex.droppable)
    here = await run(RESPONSES, CODEX, named)
    assert body(here)["tools"] == [{"type": "web_search"}, COMMAND]
    here = await run(RESPONSES, CODEX, named, codex, pdp=FakePdp(denied=frozenset({"t0"})))
    assert (here.upstreams.sent[0].target.id, body(here)["tools"]) == ("t1", [COMMAND])


async def test_everything_that_is_missing_is_said_at_once_with_the_line_to_add():
    asked = {**CLAUDE_CODE, "container": {"id": "c"}, "mcp_servers": [{"type": "url"}]}
    here = await claude(taking(), document=asked)
    message = orjson.loads(here.client.body)["error"]["message"]
    assert (here.client.status, here.upstreams.sent) == (400, [])
    assert "to t0 in endpoints.yaml: features: [messages.output_config, container, mcp_servers]" in message


async def test_a_request_that_no_single_target_takes_names_what_the_nearest_lacks():
    near, far = taking("claude-code"), taking()
    here = await claude(far, near, document={**CLAUDE_CODE, "container": {"id": "c"}})
    assert "to t1 in endpoints.yaml: features: [container]" in orjson.loads(here.client.body)["error"]["message"]


async def test_a_customer_who_is_called_like_a_beta_is_no_remainder_in_the_header():
    class Names(FakeDetector):
        def scan(self, text, tenant=""):
            at = text.find("Claude Dupont")
            return (Finding("PERSON", at, at + 13, 0.95, "fake"),) if at >= 0 else ()

    asked = {**CLAUDE_CODE, "messages": [{"role": "user", "content": "Write to Claude Dupont."}]}
    pdp = FakePdp((Obligation("o", "pseudonymize"), Obligation("s", "residual_scan")))
    here = await claude(taking("claude-code"), document=asked, detector=Names(), pdp=pdp)
    [sent] = here.upstreams.sent
    assert "Dupont" not in sent.wire.body.decode()
    assert dict(sent.wire.headers)["anthropic-beta"] == BETAS


@given(st.lists(st.sampled_from(sorted(clients.CLIENTS)), unique=True), st.booleans())
def test_whatever_is_left_out_is_not_in_what_leaves(names, anthropic):
    """And everything else is."""
    api, document = (MESSAGES, CLAUDE_CODE) if anthropic else (RESPONSES, CODEX)
    headers = {"anthropic-beta": BETAS} if anthropic else {}
    payload = api.decode(Incoming(orjson.dumps(document), headers=headers))
    less = frozenset(name for name in payload.features if name in clients.droppable(names))
    wire = api.encode(replace(payload, dropped=less), {}, "m")
    again = api.decode(Incoming(wire.body, headers=dict(wire.headers)))
    assert set(again.features) == set(payload.features) - less
    if not less:
        assert orjson.loads(wire.body) == document
