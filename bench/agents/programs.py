"""The programs: what is installed, how each is pointed at an address, and how it is run without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
#: Programs and the releases that are installed, in the order of the table.
_NODE, _PYTHON = "package.json", "requirements.txt"
#: What a program must not inherit: addresses and keys of a real account.
FOREIGN = ("ANTHROPIC", "OPENAI", "CLAUDE", "GEMINI", "GOOGLE", "CODEX", "QWEN", "OPENCODE", "AIDER")


@dataclass(frozen=True, slots=True)
class Program:
    """``command`` gives the words after the executable for a question; ``tools`` whether it calls tools, turn after turn."""

    name: str
    package: str
    executable: str
    command: Callable[[str, Sequence[str]], list[str]]
    tools: bool = True
    agent: str = ""  # the name that ``compliance-proxy use`` knows, if it is another one
    environment: Mapping[str, str] | None = None


_CODEX = ("exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox")

PROGRAMS = (
    Program("claude-code", "@anthropic-ai/claude-code", "node/node_modules/.bin/claude",
            lambda question, _: ["-p", question, "--allowedTools", "Read,Edit,Bash,Write,Grep,Glob"],
            environment={"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}),
    Program("codex", "@openai/codex", "node/node_modules/.bin/codex",
            lambda question, _: [*_CODEX, "-m", "gpt-5.1-codex", question]),
    Program("codex (code mode)", "@openai/codex", "node/node_modules/.bin/codex",
            lambda question, _: [*_CODEX, question], agent="codex"),
    Program("gemini-cli", "@google/gemini-cli", "node/node_modules/.bin/gemini",
            lambda question, _: ["-p", question, "--yolo", "-m", "gemini-2.5-flash"],
            environment={"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    Program("qwen-code", "@qwen-code/qwen-code", "node/node_modules/.bin/qwen",
            lambda question, _: ["-p", question, "--yolo"]),
    Program("opencode", "opencode-ai", "node/node_modules/.bin/opencode",
            lambda question, _: ["run", "-m", "openai/gpt-5.1", question],
            environment={"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_PERMISSION": '{"*":"allow"}', "OPENCODE_DISABLE_AUTOUPDATE": "1"}),
    Program("aider", "aider-chat", "aider/bin/aider",
            lambda question, files: ["--model", "openai/gpt-4o", "--message", question, "--yes-always", "--no-check-update",
                                     "--analytics-disable", "--no-show-model-warnings", "--no-auto-commits", "--no-gitignore", *files],
            tools=False),
)  # fmt: skip
