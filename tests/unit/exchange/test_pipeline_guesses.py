"""A guess is replaced where it was guessed: not in definitions, keys, code or words of the dialect."""

from __future__ import annotations

import re

import orjson
import pytest

from proxy.core.findings import Finding
from proxy.core.records import Obligation
from testing.fakes import SSN, FakeDetector, FakePdp, Stage, chat

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "claude_shell",
            "description": "Runs Claude in a shell, see CLAUDE.md",
            "parameters": {
                "type": "object",
                "properties": {"claude": {"type": "string", "enum": ["claude", "Claude", "opus"]}, "Claude": {}},
                "required": ["claude"],
            },
        },
    }
]
CODE = "import claude\n\n\nclass Claude(Shell):\n    x = Claude.run('a/Claude/b', Claude=claude)\n    # Claude-code, @Claude\n"


class Detector(FakeDetector):
    """Finds a name in one sentence alone."""

    def __init__(self, name, recognizer):
        super().__init__()
        self.found = re.compile(rf"(?<=Please ask ){name}(?= about it)"), recognizer

    def scan(self, text, tenant=""):
        pattern, recognizer = self.found
        names = [
            Finding("USERNAME" if "mention" in recognizer else "PERSON", *match.span(), 0.8, recognizer)
            for match in pattern.finditer(text)
        ]
        return tuple(sorted((*super().scan(text, tenant), *names), key=lambda finding: finding.start))


async def sent(name, recognizer, *contents, tools=None):
    obligations = tuple(Obligation(f"o{n}", kind) for n, kind in enumerate(("pseudonymize", "residual_scan")))
    stage = Stage(detector=Detector(name, recognizer), pdp=FakePdp(obligations))
    body = orjson.loads(chat(f"Please ask {name} about it."))
    body["messages"] += [{"role": "user", "content": content} for content in contents]
    await stage.run(orjson.dumps({**body, "tools": tools or TOOLS}))
    assert stage.client.status == 200, stage.client.body
    left = orjson.loads(stage.upstreams.sent[0].wire.body)
    assert name not in left["messages"][1 - 1]["content"]
    return [message["content"] for message in left["messages"][1:]], left["tools"]


@pytest.mark.parametrize(("name", "recognizer"), [("Claude", "classifier"), ("Claude", "known_name"), ("Claude Dupont", "classifier"), ("Claude Dupont", "titled")])  # fmt: skip
async def test_definitions_stay_as_they_are(name, recognizer):
    assert (await sent(name, recognizer))[1] == TOOLS


@pytest.mark.parametrize("name", ["Claude", "Claude Dupont"])
async def test_a_checked_value_stays_in_no_definition(name):
    tools = orjson.loads(orjson.dumps(TOOLS).replace(b"Runs Claude", f"Runs Claude for {SSN}".encode()))
    _, left = await sent(name, "classifier", tools=tools)
    assert SSN not in orjson.dumps(left).decode()
    assert left[0]["function"]["parameters"] == TOOLS[0]["function"]["parameters"]


async def test_a_guessed_word_goes_where_it_stands_as_a_name_and_stays_in_code():
    spoken = [
        "Then Claude came.",
        "Claude, are you there?",
        "«Claude» said (Claude): hello",
        "Claude's mail",
        "for Claude",
    ]
    written = [
        CODE,
        "run claude-code --Claude",
        "see CLAUDE.md and /home/Claude/x",
        "the Claude_id",
        "`Claude`",
        "Claude-code",
    ]
    contents, _ = await sent("Claude", "classifier", *spoken, *written)
    assert [text for text in contents[: len(spoken)] if "Claude" in text] == []
    assert contents[len(spoken) :] == written


@pytest.mark.parametrize(
    ("name", "recognizer"), [("Claude", "titled"), ("Claude", "list"), ("Claude Dupont", "classifier")]
)
async def test_what_is_more_than_a_guess_goes_everywhere_else(name, recognizer):
    contents, _ = await sent(name, recognizer, "class Claude:", "/home/Claude/x", '{"Claude": 1}')
    assert [text for text in contents if "Claude" in text] == []


async def test_an_ordinary_word_that_was_taken_for_a_name_stays_elsewhere():
    contents, _ = await sent("Workflow", "classifier", "Workflow is a word.", "The Workflow tool")
    assert contents == ["Workflow is a word.", "The Workflow tool"]


async def test_a_word_that_a_label_confirms_later_goes_everywhere():
    class Both(Detector):
        def scan(self, text, tenant=""):
            confirmed = [Finding("PERSON", *m.span(), 0.9, "name_label") for m in re.finditer(r"(?<=Name: )\w+", text)]
            return (*super().scan(text, tenant), *confirmed)

    stage = Stage(
        detector=Both("Claude", "classifier"),
        pdp=FakePdp((Obligation("o", "pseudonymize"), Obligation("p", "residual_scan"))),
    )
    body = orjson.loads(chat("Please ask Claude about it."))
    body["messages"] += [{"role": "user", "content": "class Claude:"}, {"role": "user", "content": "Name: Claude"}]
    await stage.run(orjson.dumps(body))
    assert b"Claude" not in stage.upstreams.sent[0].wire.body


async def test_a_mention_in_a_comment_is_no_name_of_a_function_elsewhere():
    code = ["@functools.total_ordering\nclass A:", "def total_ordering(cls):", "The total ordering of x"]
    contents, _ = await sent("total_ordering", "mention_addressed", *code)
    assert contents == code
