"""A request whose target speaks another dialect: decided as such, said in the target's words, recorded, or refused by name."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from proxy.audit.records.facts import Digests, intended
from proxy.core.records import DeclaredFacts, Obligation
from proxy.core.targets.capabilities import Capabilities
from testing.fakes import CANARY, KEYRING, FakePdp, FakeReply, FakeUpstreams, Stage, catalog, completion, target
from tests.dialects.conversations import APIS

ROOT = Path(__file__).parents[3]
MESSAGES = APIS["anthropic_messages"]
THOUGHT = {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "EqoB"}, {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]}  # fmt: skip
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}]}


def speaking(name, *dialects, translated=True, **more):
    return target(name, accepts=Capabilities(dialects=frozenset(dialects), translated=translated), **more)


def chat(name, **more):
    return speaking(name, "openai_chat", **more)


def asked(*messages, **more):
    said = messages or ({"role": "user", "content": f"to {CANARY}"},)
    return orjson.dumps({"model": "m", "max_tokens": 9, "messages": list(said), **more})


def staged(*targets, **more):
    return Stage(api=MESSAGES, catalog=catalog(*targets), **more)


async def run(stage, body, **more):
    return await stage.run(body, dialect=MESSAGES.name, path="/v1/messages", **more)


async def test_it_is_decided_as_translated_and_sent_in_the_targets_words():
    stage = staged(chat("a"), pdp=FakePdp((Obligation("o", "pseudonymize"), Obligation("r", "reidentify_response"), Obligation("s", "residual_scan"))))  # fmt: skip

    def answer(sent):
        [name] = sent.pseudonyms
        stage.upstreams.replies = {"a": FakeReply(parts=[completion(f"for {name}")])}

    stage.upstreams.before = answer
    client = await run(stage, asked())
    assert stage.pdp.asked[0].requirements.speaking == (("a", "translated"),)
    [sent] = stage.upstreams.sent
    assert (sent.dialect, sent.wire.path, sent.translated) == ("openai_chat", "/chat/completions", True)
    assert CANARY not in sent.wire.body.decode()
    assert [remark.path for remark in sent.remarks] == ["messages[*].content"]
    assert orjson.loads(client.body)["content"] == [{"type": "text", "text": f"for {CANARY}"}]
    assert client.headers["x-compliance-translated"] == "openai_chat"


async def test_the_evidence_says_who_asked_in_which_dialect_and_what_the_target_was_told_in():
    stage = staged(chat("a"))
    await run(stage, asked())
    [sent] = stage.upstreams.sent
    told = intended(sent, Digests(KEYRING), "acme")
    assert (told["dialect"], told["translated"]) == ("openai_chat", True)
    decided = b"".join(record.body for record in stage.audit.records("decision"))
    assert b'"dialect":"anthropic_messages"' in decided.replace(b" ", b"")


async def test_what_is_not_translated_says_nothing_of_it():
    stage = staged(speaking("a", "anthropic_messages"))
    reply = {
        "id": "i",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "x"}],
    }
    stage.upstreams.replies = {"a": FakeReply(parts=[orjson.dumps(reply)])}
    client = await run(stage, asked())
    assert "x-compliance-translated" not in client.headers
    assert "translated" not in intended(stage.upstreams.sent[0], Digests(KEYRING), "acme")
    assert orjson.loads(client.body) == reply


async def test_who_speaks_the_dialect_itself_comes_first_among_equal_ranks_alone():
    native, other = speaking("native", "anthropic_messages"), chat("other")
    stage = staged(other, native)
    stage.upstreams.replies = {"other": FakeReply(parts=[completion("x")])}
    await run(stage, asked())
    [facts] = stage.pdp.asked[:1]
    assert [(name, rank) for name, rank, _ in facts.candidates] == [("native", 1), ("other", 0)]
    assert stage.upstreams.sent[0].target.id == "other"  # the organisation's order holds


async def test_a_target_fails_and_another_takes_over_in_its_own_dialect():
    stage = staged(chat("a"), speaking("b", "gemini_generate"))
    gemini = APIS["gemini_generate"].conversation.from_reply(
        APIS["openai_chat"].conversation.to_reply(orjson.loads(completion("y"))), {}
    )
    stage.upstreams.replies = {"a": FakeReply(503), "b": FakeReply(parts=[orjson.dumps(gemini)])}
    client = await run(stage, asked())
    assert [sent.dialect for sent in stage.upstreams.sent] == ["openai_chat", "gemini_generate"]
    assert orjson.loads(client.body)["content"] == [{"type": "text", "text": "y"}]


async def test_what_has_no_translation_is_refused_by_name_before_anything_is_read():
    stage = staged(chat("a"))
    client = await run(stage, asked({"role": "user", "content": f"to {CANARY}"}, THOUGHT, RESULT))
    told = orjson.loads(client.body)["error"]
    assert (client.status, told["details"]["error_code"]) == (400, "unsupported_dialect")
    assert "'messages.content.thinking'" in told["message"]
    assert CANARY not in told["message"]
    assert (stage.detector.seen, stage.pdp.asked) == ([], [])


async def test_a_candidate_that_cannot_be_told_all_is_none_and_the_refusal_says_why():
    native = speaking("native", "anthropic_messages")
    stage = staged(native, chat("own"), pdp=FakePdp(denied=frozenset({"native", "own"})))
    client = await run(stage, asked({"role": "user", "content": "a"}, THOUGHT, RESULT))
    requirements = stage.pdp.asked[0].requirements
    assert (requirements.speaking, requirements.lacking) == (
        (("own", "no"),),
        (("own", ("messages.content.thinking",)),),
    )
    assert (client.status, stage.upstreams.sent) == (451, [])
    message = orjson.loads(client.body)["error"]["message"]
    assert "own speaks another dialect" in message
    assert "'messages.content.thinking' is sealed" in message


async def test_a_dry_run_says_why_too():
    native = speaking("native", "anthropic_messages")
    stage = staged(native, chat("own"), pdp=FakePdp(denied=frozenset({"native", "own"})))
    body = asked({"role": "user", "content": "a"}, THOUGHT, RESULT)
    client = await run(stage, body, declared=DeclaredFacts("support", dry_run=True))
    assert "'messages.content.thinking' is sealed" in orjson.loads(client.body)["outcome"]["message"]
    assert stage.upstreams.sent == []


async def test_a_policy_that_overlooks_it_sends_the_target_nothing():
    stage = staged(chat("own"), speaking("native", "anthropic_messages"))
    client = await run(stage, asked({"role": "user", "content": "a"}, THOUGHT, RESULT))
    assert (client.status, stage.upstreams.sent) == (451, [])


@pytest.mark.parametrize("translated", [False, True])
async def test_a_target_is_asked_in_other_words_only_where_it_may_be(translated):
    stage = staged(chat("a", translated=translated))
    assert (await run(stage, asked())).status == (200 if translated else 400)


async def test_a_value_that_would_be_left_in_what_the_target_reads_denies():
    """The residual scan reads the translated bytes: also what only the translation says."""
    stage = staged(chat("a"), pdp=FakePdp((Obligation("o", "redact"), Obligation("s", "residual_scan"))))
    body = asked(
        {"role": "user", "content": f"to {CANARY}"}, tools=[{"name": "f", "description": CANARY, "input_schema": {}}]
    )
    assert (await run(stage, body)).status == 200
    assert CANARY not in stage.upstreams.sent[0].wire.body.decode()


async def test_a_stream_that_another_dialect_cannot_say_is_cut_visibly():
    first = b'data: {"id":"i","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
    second = b'data: {"choices":[{"index":1,"delta":{"content":"b"}}]}\n\n'
    stage = staged(chat("a"), upstreams=FakeUpstreams({"a": FakeReply(200, "text/event-stream", [first, second])}))
    client = await run(stage, asked(stream=True))
    assert (client.ended, client.media) == ("aborted", "text/event-stream")
    assert b"event: error\n" in client.body
    assert b"message_stop" not in client.body


CALLED = {"role": "assistant", "content": [{"type": "tool_use", "id": f"toolu_{n}", "name": "f", "input": {}} for n in (1, 2)]}  # fmt: skip
SECOND = {"type": "tool_result", "tool_use_id": "toolu_2", "content": "y"}
SAID = {"type": "text", "text": "and then?"}
FIRST = RESULT["content"][0]


@pytest.mark.parametrize(
    "answered",
    [
        [{"role": "user", "content": [SAID, FIRST, SECOND]}],
        [{"role": "user", "content": [FIRST, SAID, SECOND]}],
        [{"role": "user", "content": [FIRST, SECOND, SAID]}],
        [{"role": "user", "content": "and then?"}, {"role": "user", "content": [FIRST, SECOND]}],
        [{"role": "user", "content": [FIRST]}, {"role": "user", "content": [SAID, SECOND]}],
    ],
)
@pytest.mark.parametrize("again", [False, True])
async def test_results_of_calls_stand_right_behind_them_whatever_else_is_said(answered, again):
    stage = staged(chat("a"))
    turns = [{"role": "user", "content": "go"}, CALLED, *answered]
    await run(stage, asked(*turns, *(turns[1:] if again else ())))
    said = orjson.loads(stage.upstreams.sent[0].wire.body)["messages"]
    rounds = ["assistant", "tool", "tool", "user"] * (1 + again)
    assert [message["role"] for message in said] == ["user", *rounds]
    assert [message["tool_call_id"] for message in said if message["role"] == "tool"][:2] == ["toolu_1", "toolu_2"]


async def test_a_limit_that_the_target_needs_is_added_and_documented():
    stage = Stage(api=APIS["openai_chat"], catalog=catalog(speaking("a", "anthropic_messages")))
    await stage.run(orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]}))
    limit = orjson.loads(stage.upstreams.sent[0].wire.body)["max_tokens"]
    assert f"gets {limit} if the caller\nsets no limit" in (ROOT / "docs/reference/translation.md").read_text()
