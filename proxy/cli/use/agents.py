"""The coding agents that can be pointed at the proxy: what each reads of its environment and of which settings file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from proxy.cli.use.settings_files import DOTENV, JSON, TOML, YAML, Path_, SettingsFormat, Value
from proxy.runtime.environment import environment


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file below the home folder, or below the folder that ``folder_variable`` names instead of its first part.

    ``values`` by path of keys; "{root}" and "{key}" stand for the proxy's address and the caller's key.
    """

    path: str
    form: SettingsFormat
    values: Mapping[Path_, Value]
    folder_variable: str = ""

    def where(self, home: Path) -> Path:
        """Return where the file is."""
        folder = environment().get(self.folder_variable) if self.folder_variable else None
        return Path(folder, *Path(self.path).parts[1:]) if folder else home / self.path

    def filled(self, root: str, key: str) -> dict[Path_, Value]:
        """Return the values for an address and a key."""
        return {path: filled(value, root, key) for path, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Agent:
    """``variables`` are enough by themselves unless they are empty; ``starts`` is the command that starts it."""

    title: str
    starts: str
    variables: Mapping[str, str]
    files: Sequence[SettingsFile] = ()


def filled(value: Value, root: str, key: str) -> Value:
    """Return a value with the address and the key in their places."""
    if isinstance(value, str):
        return value.replace("{root}", root).replace("{key}", key)
    return {name: str(filled(member, root, key)) for name, member in value.items()}


def home() -> Path:
    """Return the home folder of this account."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none


_OPENAI = {"OPENAI_BASE_URL": "{root}/v1", "OPENAI_API_KEY": "{key}"}
_ANTHROPIC = {"ANTHROPIC_BASE_URL": "{root}", "ANTHROPIC_AUTH_TOKEN": "{key}"}
_GEMINI = {"GOOGLE_GEMINI_BASE_URL": "{root}", "GEMINI_API_KEY": "{key}"}
_PROVIDER = ("model_providers", "compliance-proxy")


def _within(variables: Mapping[str, str], *path: str) -> dict[Path_, Value]:
    return {(*path, name): value for name, value in variables.items()}


AGENTS: Mapping[str, Agent] = {
    "claude-code": Agent(
        "Claude Code",
        "claude",
        _ANTHROPIC,
        [SettingsFile(".claude/settings.json", JSON, _within(_ANTHROPIC, "env"), "CLAUDE_CONFIG_DIR")],
    ),
    "codex": Agent(
        "Codex",
        "codex",
        {},
        [
            SettingsFile(
                ".codex/config.toml",
                TOML,
                {
                    ("model_provider",): "compliance-proxy",
                    (*_PROVIDER, "name"): "compliance-proxy",
                    (*_PROVIDER, "base_url"): "{root}/v1",
                    (*_PROVIDER, "wire_api"): "responses",
                    (*_PROVIDER, "http_headers"): {"Authorization": "Bearer {key}"},
                },
                "CODEX_HOME",
            )
        ],
    ),
    "gemini-cli": Agent(
        "Gemini CLI",
        "gemini",
        _GEMINI,
        [
            SettingsFile(".gemini/.env", DOTENV, _within(_GEMINI)),
            SettingsFile(".gemini/settings.json", JSON, {("security", "auth", "selectedType"): "gemini-api-key"}),
        ],
    ),
    "qwen-code": Agent(
        "Qwen Code",
        "qwen",
        _OPENAI,
        [
            SettingsFile(".qwen/.env", DOTENV, _within(_OPENAI)),
            SettingsFile(".qwen/settings.json", JSON, {("security", "auth", "selectedType"): "openai"}),
        ],
    ),
    "opencode": Agent(
        "opencode",
        "opencode",
        {},
        [
            SettingsFile(
                ".config/opencode/opencode.json",
                JSON,
                {
                    ("provider", provider, "options", name): value
                    for provider, below in (("openai", "/v1"), ("anthropic", "/v1"), ("google", "/v1beta"))
                    for name, value in (("baseURL", f"{{root}}{below}"), ("apiKey", "{key}"))
                },
            )
        ],
    ),
    "aider": Agent(
        "aider",
        "aider --model openai/MODEL",
        {"OPENAI_API_BASE": "{root}/v1", "OPENAI_API_KEY": "{key}"},
        [SettingsFile(".aider.conf.yml", YAML, {("openai-api-base",): "{root}/v1", ("openai-api-key",): "{key}"})],
    ),
    "env": Agent("any program that reads these", "", _OPENAI | _ANTHROPIC | _GEMINI),
}
