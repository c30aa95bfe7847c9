"""The coding agents that can be pointed at the proxy: what each reads of its environment and of which settings file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proxy.cli.use.settings_files import DOTENV, JSON, TOML, YAML, Path_, SettingsFormat, Value
from proxy.runtime.environment import environment


@dataclass(frozen=True, slots=True)
class ProxyAccess:
    """Where the proxy is, a key of it, and whether the agent sends a token of its provider too."""

    root: str
    key: str = field(repr=False)
    subscribed: bool = False


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file below the home folder, or below the folder that ``folder_variable`` names instead of its first part.

    ``values`` by path of keys; "{root}" and "{key}" stand for the proxy's address and the caller's key. ``subscribed``:
    those where the agent sends a token of its provider, with the key beside it.
    """

    path: str
    form: SettingsFormat
    values: Mapping[Path_, Value]
    folder_variable: str = ""
    subscribed: Mapping[Path_, Value] | None = None

    def where(self, home: Path) -> Path:
        """Return where the file is."""
        folder = environment().get(self.folder_variable) if self.folder_variable else None
        return Path(folder, *Path(self.path).parts[1:]) if folder else home / self.path

    def filled(self, proxy: ProxyAccess) -> dict[Path_, Value]:
        """Return the values for an address and a key."""
        values = self.subscribed if proxy.subscribed and self.subscribed else self.values
        return {path: filled(value, proxy) for path, value in values.items()}

    @property
    def paths(self) -> set[Path_]:
        """Whatever may be written."""
        return {*self.values, *(self.subscribed or ())}


@dataclass(frozen=True, slots=True)
class Agent:
    """``variables`` are enough by themselves unless they are empty; ``starts`` is the command that starts it."""

    title: str
    starts: str
    variables: Mapping[str, str]
    files: Sequence[SettingsFile] = ()
    subscribed: Mapping[str, str] | None = None  # variables instead, as in ``SettingsFile``

    def exported(self, proxy: ProxyAccess) -> dict[str, str]:
        """Return the variables for an address and a key."""
        variables = self.subscribed if proxy.subscribed and self.subscribed else self.variables
        return {name: str(filled(value, proxy)) for name, value in variables.items()}

    @property
    def takes_subscriptions(self) -> bool:
        """Whether the agent can send the key beside a token."""
        return any(file.subscribed for file in self.files)


def filled(value: Value, proxy: ProxyAccess) -> Value:
    """Return a value with the address and the key in their places."""
    if isinstance(value, str):
        return value.replace("{root}", proxy.root).replace("{key}", proxy.key)
    if isinstance(value, bool):
        return value
    return {name: str(filled(member, proxy)) for name, member in value.items()}


def home() -> Path:
    """Return the home folder of this account."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none


_OPENAI = {"OPENAI_BASE_URL": "{root}/v1", "OPENAI_API_KEY": "{key}"}
_ANTHROPIC = {"ANTHROPIC_BASE_URL": "{root}", "ANTHROPIC_AUTH_TOKEN": "{key}"}
_SUBSCRIBED = {"ANTHROPIC_BASE_URL": "{root}", "ANTHROPIC_CUSTOM_HEADERS": "x-compliance-key: {key}"}
_GEMINI = {"GOOGLE_GEMINI_BASE_URL": "{root}", "GEMINI_API_KEY": "{key}"}
_PROVIDER = ("model_providers", "compliance-proxy")
_CODEX: Mapping[Path_, Value] = {
    ("model_provider",): "compliance-proxy",
    (*_PROVIDER, "name"): "compliance-proxy",
    (*_PROVIDER, "base_url"): "{root}/v1",
    (*_PROVIDER, "wire_api"): "responses",
}


def _within(variables: Mapping[str, str], *path: str) -> dict[Path_, Value]:
    return {(*path, name): value for name, value in variables.items()}


AGENTS: Mapping[str, Agent] = {
    "claude-code": Agent(
        "Claude Code",
        "claude",
        _ANTHROPIC,
        [
            SettingsFile(
                ".claude/settings.json",
                JSON,
                _within(_ANTHROPIC, "env"),
                "CLAUDE_CONFIG_DIR",
                _within(_SUBSCRIBED, "env"),
            )
        ],
        _SUBSCRIBED,
    ),
    "codex": Agent(
        "Codex",
        "codex",
        {},
        [
            SettingsFile(
                ".codex/config.toml",
                TOML,
                {**_CODEX, (*_PROVIDER, "http_headers"): {"Authorization": "Bearer {key}"}},
                "CODEX_HOME",
                {
                    **_CODEX,
                    (*_PROVIDER, "requires_openai_auth"): True,
                    (*_PROVIDER, "http_headers"): {"x-compliance-key": "{key}"},
                },
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
