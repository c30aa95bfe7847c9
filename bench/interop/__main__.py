"""``make interop``: every client and call twice, straight to the stand-in and through the proxy; writes the table.

A cell *works* when the service sees the same both ways and nothing of the person in the prompt reached the provider.
A cell whose direct call fails says nothing about the proxy ("stand-in"). The stand-in is a third party's, installed
from its registry together with the clients, into folders of their own below ``.interop``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bench.interop import clients
from proxy.core.dialects import DIALECTS
from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT
from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped

_HERE = Path(__file__).parent
_INSTALLED = Path(".interop")
_PAGE = Path("docs/reference/interop.md")
_CELLS = ("chat", "stream", "tools", "stream tools", "structured", "embeddings", "error")
#: What must not reach the provider: parts of the person in every prompt.
_PLANTED = ("wisniewska", "601 234 567", "601234567", "de89370400440532013000")
_NODE = "(node)"  # how the names of clients end that are Node's
_PATIENCE_S = 120
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
#: Clients whose calls go to a target that speaks another dialect alone; the target's model is called as the dialect.
_TRANSLATED = {
    "anthropic": "openai_chat",
    "google-genai": "openai_chat",
    "openai responses": "openai_chat",
    "ollama": "openai_chat",
    "openai chat": "anthropic_messages",
}
_BY = " in "
WORKS, STANDIN, LEAKS, DIFFERS = "works", "stand-in", "LEAKS", "differs"


@dataclass(frozen=True)
class Result:
    """What became of one cell."""

    client: str
    cell: str
    verdict: str
    note: str = ""


def installed() -> Path:
    """Return the Python that has the clients; both registries are asked the first time only."""
    python = _INSTALLED / "clients" / "bin" / "python"
    wanted = (_HERE / "requirements.txt").read_text()
    kept = _INSTALLED / "requirements.txt"
    if not python.exists() or not kept.exists() or kept.read_text() != wanted:
        print("installing the clients (a few minutes the first time)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", _INSTALLED / "clients"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", _HERE / "requirements.txt"], check=True)
        kept.write_text(wanted)
    return python


def node_installed() -> Path:
    """Return the folder with the stand-in and the clients of Node; the registry is asked where the lock has changed."""
    node = _INSTALLED / "node"
    lock = node / "node_modules" / "installed-lock.json"
    wanted = (_HERE / "node" / "package-lock.json").read_text()
    node.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "clients.mjs"):
        shutil.copy(_HERE / "node" / name, node / name)
    if not lock.exists() or lock.read_text() != wanted:
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=node, check=True)
        lock.write_text(wanted)
    return node


@contextmanager
def standin() -> Iterator[str]:
    """Run the provider stand-in; give its address."""
    node = node_installed()
    (port,) = free_ports(1)
    program = [node / "node_modules" / ".bin" / "llmock", "-p", str(port), "-f", _HERE / "fixtures.json"]
    with subprocess.Popen([*program, "--log-level", "silent"]) as process:
        root = f"http://127.0.0.1:{port}"
        try:
            _wait_for(root)
            yield root
        finally:
            process.terminate()


@contextmanager
def server(python: Path, program: str) -> Iterator[str]:
    """Run one of the servers in this folder; give its address."""
    (port,) = free_ports(1)
    with subprocess.Popen([python, _HERE / program, str(port)]) as process:
        root = f"http://127.0.0.1:{port}"
        try:
            _wait_for(root)
            yield root
        finally:
            process.terminate()


def _wait_for(root: str) -> None:
    for _ in range(200):
        try:
            _journal(root)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a stand-in did not start; node 20 or newer is needed")


def _journal(root: str) -> list[Any]:
    """Return what the stand-in has received."""
    with urllib.request.urlopen(f"{root}/__aimock/journal") as reply:
        received: list[Any] = json.load(reply)
    return received


@contextmanager
def product(provider: str, served: str, tools: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Run the product with the stand-ins (of providers, of a server of models and one of tools) as its targets.

    Gives its address and a key.
    """
    config = folder / "config"
    config.mkdir()
    registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
    families: dict[str, list[str]] = {}
    for name in sorted(DIALECTS):
        families.setdefault(name.partition("_")[0], []).append(name)
    roots = {"kserve": served, "tfserving": served, "mcp": tools}
    below = {
        "openai": "/v1",
        "anthropic": "/v1",
        "cohere": "",
        "mistral": "/v1",
        "gemini": "/v1beta",
        "mcp": "/mcp/records",
    }
    endpoints, targets = {}, {}
    for family, names in families.items():
        target = f"standin/{family}"
        address = roots.get(family, provider) + below.get(family, "")
        endpoints[target] = {"base_url": address, "models": {"*": "*"}, "dialects": names}
        targets[target] = registry["targets"]["standin/eu"] | {
            "operations": ["chat", "completion", "embedding", "tool_call"]
        }
    for dialect in sorted({*_TRANSLATED.values()}):
        target = f"standin/{dialect}"
        endpoints[target] = endpoints[f"standin/{dialect.partition('_')[0]}"] | {
            "dialects": [dialect],
            "translate": True,
        }
        targets[target] = targets["standin/openai"]
    registry["targets"] |= targets
    registry["activities"]["support-chat"]["allow_stateful"] = True  # sessions of tools
    written = {
        "registry": registry,
        "endpoints": {"endpoints": endpoints},
        # an answer of another target would differ
        "routes": {
            "routes": [
                *({"model": one, "targets": [f"standin/{one}"]} for one in sorted({*_TRANSLATED.values()})),
                {"model": "*", "targets": [f"standin/{family}" for family in families]},
            ]
        },
    }
    for name, content in written.items():
        (config / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    state_dir, (port,) = folder / "state", free_ports(1)
    state_dir.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PROXY_") and key not in _FOREIGN}
    own = {"PROXY_STATE_DIR": str(state_dir), "PROXY_CONFIG_DIR": str(config), "PROXY_PORT": str(port)}
    command = [sys.executable, "-m", "proxy", "run"]
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(command, env=kept | own, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process,
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


def asked(python: Path, *words: str) -> Any:
    """Return what a client prints, None where it prints nothing."""
    command = [str(python), str(_HERE / "clients.py"), *words]
    return _printed(command, dict(os.environ))


def asked_of_node(*words: str) -> Any:
    """Return what a client of Node prints, None where it prints nothing."""
    told = {
        "greet": clients.GREET, "weather": clients.WEATHER, "form": clients.FORM, "busy": clients.BUSY,
        "schema": clients.SCHEMA, "name": clients.TOOL["name"], "description": clients.TOOL["description"],
    }  # fmt: skip
    command = ["node", str(_INSTALLED / "node" / "clients.mjs"), *words]
    return _printed(command, {**os.environ, "INTEROP": json.dumps(told)})


def _printed(command: Sequence[str], environment: Mapping[str, str]) -> Any:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )  # fmt: skip
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError, subprocess.TimeoutExpired):
        return None


def judged(client: str, cell: str, direct: dict[str, Any], through: dict[str, Any]) -> Result:
    """Return what became of a cell."""
    if ("raised" in direct) != (cell == "error"):
        return Result(client, cell, STANDIN, str(direct.get("raised", "no error")))
    if all(direct.get(key) == through.get(key) for key in ("got", "raised", "status")):
        return Result(client, cell, WORKS)
    return Result(client, cell, DIFFERS, str(through.get("why") or through)[:200])


def run(python: Path, only: Sequence[str]) -> list[Result]:
    """Make every call both ways."""
    results = []
    with (
        standin() as provider,
        server(Path(sys.executable), "model_server.py") as served,
        server(python, "mcp_server.py") as tools,
        tempfile.TemporaryDirectory() as folder,
        product(provider, served, tools, Path(folder)) as (root, key),
    ):
        rows = [
            *asked(python),
            *asked_of_node(),
            *(f"{client}{_BY}{dialect}" for client, dialect in _TRANSLATED.items()),
        ]
        for row in only or rows:
            client, _, dialect = row.partition(_BY)
            behind = {"tritonclient": served, "mcp": tools}.get(client.partition(" ")[0], provider)
            ask = asked_of_node if client.endswith(_NODE) else partial(asked, python)
            direct = ask(client, behind, "direct") or {}
            before = len(_journal(behind))
            through = ask(client, root, key, *filter(None, [dialect])) or {}
            received = json.dumps(_journal(behind)[before:], ensure_ascii=False).lower()
            leaks = any(part in received for part in _PLANTED)
            for cell in sorted(direct, key=_CELLS.index):
                if dialect and cell == "embeddings":
                    continue  # not translated
                made = judged(row, cell, direct[cell], through.get(cell, {}))
                results.append(Result(row, cell, LEAKS) if leaks else made)
                one = results[-1]
                print(f"{one.client:36}{one.cell:14}{one.verdict}  {one.note}", flush=True)
    return results


def page(results: Sequence[Result]) -> str:
    """Return the table as a page."""
    names = list(dict.fromkeys(one.client for one in results))
    found = {(one.client, one.cell): one.verdict for one in results}
    rows = [f"| {client} | " + " | ".join(found.get((client, cell), "") for cell in _CELLS) + " |" for client in names]
    pinned = [line for line in (_HERE / "requirements.txt").read_text().splitlines() if "==" in line]
    pinned += [
        f"{name}@{release}"
        for name, release in json.loads((_HERE / "node" / "package.json").read_text())["dependencies"].items()
    ]
    return "\n".join(
        [
            "# Clients that were tried",
            "",
            "Written by `make interop`: real SDKs, each call made straight to a third party's stand-in (aimock, or one of",
            "our own for tritonclient) and through the proxy. *works*: the service sees the same both ways, and nothing of the person in",
            "its prompt reached the provider. *differs*: it does not. *stand-in*: the direct call fails as well.",
            "Empty: the client has no such call. *X in Y*: the target speaks Y alone, so the call is translated. MCP's client calls a server made with its own SDK (chat: a prompt).",
            "",
            "| client | " + " | ".join(_CELLS) + " |",
            "|" + "---|" * (len(_CELLS) + 1),
            *rows,
            "",
            f"Clients: {', '.join(pinned)}. Proxy {version('compliance-proxy')}.",
            "",
        ]
    )


def main() -> int:
    """Run the table; 1 where a cell leaks or differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.interop", description=__doc__)
    parser.add_argument("--python", type=Path, help="a Python that has the clients already")
    parser.add_argument("--only", nargs="*", default=(), help="clients to try")
    parser.add_argument("--write", action="store_true", help=f"write {_PAGE}")
    given = parser.parse_args()
    results = run(given.python or installed(), given.only)
    counts = {verdict: sum(one.verdict == verdict for one in results) for verdict in (WORKS, DIFFERS, LEAKS, STANDIN)}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if given.write:
        _PAGE.write_text(page(results))
    return 1 if counts[DIFFERS] or counts[LEAKS] else 0


if __name__ == "__main__":
    sys.exit(main())
