"""The table as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.interop.processes import HERE
from bench.interop.servers import SERVERS, Server
from bench.interop.verdicts import CELLS, Result

PAGE = Path("docs/reference/interop.md")
_AT = " at "
_ABOUT = """# Clients and servers that were tried

Written whole by one `make interop`: real SDKs, each call made straight to a server and through the proxy, which has that server
registered as a third party. *works*: the service sees the same both ways, and nothing of the person in its prompt
reached the server. *differs*: it does not. *LEAKS*: something did. *stand-in*: the direct call fails as well. Empty: the
client has no such call.

## SDKs

The provider is a third party's stand-in, aimock; where it has no right answer (streams, structured answers and embeddings of
Bedrock, embeddings of Google and Ollama, all of Mistral) one of ours is, by the SDKs' own models: what an SDK cannot read fails in the direct
call. *X in Y*: the target speaks Y alone, so the call is translated. MCP's client calls a server made with its own SDK (chat: a prompt).
Triton, TensorFlow Serving, TGI and TEI are in no package registry: *tritonclient*, *http ...* and *huggingface_hub* (chat and stream
TGI's, embeddings TEI's) call a stand-in of ours by their documented shapes.
"""
_REAL = """## Real servers

Each runs on this machine: the toy model that the product ships, under greedy decoding, or a few lines that greet. Without a person in the prompt the answer
through the proxy is the direct one to the letter; with one, where the server reads a pseudonym instead, it is of the same kind, and
nothing of the person stood in any byte that reached the server. *http*: no SDK, its documented requests by hand. *clearer*: the
server's own error says nothing to the SDK, the proxy's says `context_length_exceeded`.
`ARGS='--install transformers vllm torchserve mlserver'` installs them.
"""


def page(results: Sequence[Result], absent: Sequence[Server]) -> str:
    """Return the page; servers that are not installed are named."""
    sdks = [one for one in results if _AT not in one.client]
    real = [one for one in results if _AT in one.client]
    pinned = [line for line in (HERE / "requirements.txt").read_text().splitlines() if "==" in line]
    packages = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    pinned += [f"{name}@{release}" for name, release in packages.items()]
    tried = {one.client.partition(_AT)[2] for one in real}
    servers = [" ".join([one.name, *_pins(one)]) for one in SERVERS if one.name in tried]
    missing = [f"Not installed, so not tried: {', '.join(one.name for one in absent)}.", ""] if absent else []
    return "\n".join(
        [
            _ABOUT,
            *_table(sdks),
            "",
            _REAL,
            *_table(real),
            "",
            *missing,
            "Ollama's server is in no package registry: its API is tried against the stand-in alone.",
            "",
            f"Clients: {', '.join(pinned)}. Servers: {', '.join(servers)}. Proxy {version('compliance-proxy')}.",
            "",
        ]
    )


def _pins(server: Server) -> list[str]:
    if not server.packages:
        return [f"(xllamacpp {version('xllamacpp')})"]
    return [f"({server.packages[0]})"]


def _table(results: Sequence[Result]) -> list[str]:
    names = list(dict.fromkeys(one.client for one in results))
    found = {(one.client, one.cell): one.verdict for one in results}
    return [
        "| client | " + " | ".join(CELLS) + " |",
        "|" + "---|" * (len(CELLS) + 1),
        *(f"| {client} | " + " | ".join(found.get((client, cell), "") for cell in CELLS) + " |" for client in names),
    ]
