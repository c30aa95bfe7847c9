"""The product itself, with stand-ins and real servers registered as third parties."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from proxy.codecs.endpoints import NAMES
from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT
from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped

_PATIENCE_S = 120
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
_BELOW = {
    "openai": "/v1",
    "anthropic": "/v1",
    "cohere": "",
    "mistral": "/mistral/v1",
    "gemini": "/v1beta",
    "mcp": "/mcp/records",
}
_OPERATIONS = ["chat", "completion", "embedding", "tool_call"]
#: Mistral's chat is OpenAI's dialect, so a model of its own leads there.
MISTRAL = "mistral-small"


@dataclass(frozen=True)
class Target:
    """A third party to register: what it speaks below its address, and the model that leads there."""

    name: str
    address: str
    dialects: Sequence[str]
    route: str
    model: str = "*"
    translate: bool = False


def standins(provider: str, served: str, tools: str, translated: Sequence[str]) -> list[Target]:
    """Return the stand-ins' targets, one for each family of dialects, and those that are asked in another dialect."""
    roots = dict.fromkeys(("kserve", "tfserving", "tgi", "tei"), served) | {"mcp": tools}
    families: dict[str, list[str]] = {}
    for name in sorted(NAMES):
        families.setdefault(name.partition("_")[0], []).append(name)
    families["mistral"] += ["openai_chat", "openai_embeddings"]

    def target(name: str, family: str, dialects: Sequence[str], route: str, *, translate: bool = False) -> Target:
        address = roots.get(family, provider) + _BELOW.get(family, "")
        return Target(f"standin/{name}", address, dialects, route, translate=translate)

    named = [target(one, one.partition("_")[0], [one], one, translate=True) for one in translated]
    named.append(target("mistral", "mistral", families.pop("mistral"), MISTRAL))
    return [*named, *(target(family, family, dialects, "*") for family, dialects in families.items())]


def _written(targets: Sequence[Target]) -> dict[str, Any]:
    registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
    party = registry["targets"]["standin/eu"] | {"operations": _OPERATIONS}
    registry["targets"] |= {one.name: party for one in targets}
    registry["activities"]["support-chat"]["allow_stateful"] = True  # sessions of tools
    endpoints: dict[str, Any] = {
        one.name: {
            "base_url": one.address,
            "models": {one.route: one.model},
            "dialects": list(one.dialects),
            **({"translate": True} if one.translate else {}),
        }
        for one in targets
    }
    routes: dict[str, list[str]] = {}
    for one in targets:
        routes.setdefault(one.route, []).append(one.name)
    written = [{"model": model, "targets": names} for model, names in routes.items() if model != "*"]
    return {
        "registry": registry,
        "endpoints": {"endpoints": endpoints},
        "routes": {"routes": [*written, {"model": "*", "targets": routes["*"]}]},
    }


@contextmanager
def product(targets: Sequence[Target], folder: Path) -> Iterator[tuple[str, str]]:
    """Run the product with the targets; give its address and a key."""
    config, state_dir, (port,) = folder / "config", folder / "state", free_ports(1)
    config.mkdir()
    state_dir.mkdir()
    for name, content in _written(targets).items():
        (config / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    own = {"PROXY_STATE_DIR": str(state_dir), "PROXY_CONFIG_DIR": str(config), "PROXY_PORT": str(port)}
    command = [sys.executable, "-m", "proxy", "run"]
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(
            command, env=_environment() | own, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            until = time.monotonic() + _PATIENCE_S
            while state.running(state_dir) is None:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the product did not start:\n{(folder / 'output').read_text()}")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", state.demo_keys(state_dir)[DEMO_TENANT]
        finally:
            process.send_signal(signal.SIGINT)


def _environment() -> Mapping[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PROXY_") and key not in _FOREIGN}
