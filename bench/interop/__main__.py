"""``make interop``: every client and call twice, straight to a server and through the proxy; writes the table.

A cell *works* when the service sees the same both ways and nothing of the person in the prompt reached the third party.
A cell whose direct call fails says nothing about the proxy ("stand-in"). The stand-in is a third party's, installed
from its registry together with the clients, into folders of their own below ``.interop``; where it has no right answer ours
gives one. Real servers of models are tried beside it where they are installed (``--install``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from bench.interop import processes
from bench.interop.clients import cells
from bench.interop.page import PAGE, page
from bench.interop.product import MISTRAL, Target, product, standins
from bench.interop.servers import PERSONAL, PLAIN, SERVERS, Server, install, python_for, started
from bench.interop.verdicts import CELLS, CLEARER, DIFFERS, LEAKS, STANDIN, WORKS, Result, judged, judged_alike, leaks

_NODE = "(node)"  # how the names of clients end that are Node's
_BY, _AT = " in ", " at "
#: Clients whose calls go to a target that speaks another dialect alone; the target's model is called as the dialect.
_TRANSLATED = (
    ("anthropic", "openai_chat"),
    ("google-genai", "openai_chat"),
    ("openai responses", "openai_chat"),
    ("ollama", "openai_chat"),
    ("openai chat", "anthropic_messages"),
    ("openai responses", "anthropic_messages"),
    ("openai chat", "gemini_generate"),
    ("anthropic", "gemini_generate"),
    ("openai chat", "openai_responses"),
    ("openai chat", "ollama_chat"),
)
_TRANSLATED_CELLS = tuple(cell for cell in CELLS if cell != "embeddings")  # those are not translated
_SERVED = ("tritonclient", "huggingface_hub", "http")  # clients of servers of models

Rows = list[Result]
Found = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A row: what a client gets straight and through the proxy (each by cell), and how a cell is judged."""

    row: str
    behind: str  # whose journal says what has arrived
    direct: Callable[[], Found]
    through: Callable[[], tuple[Found, ...]]
    judge: Callable[..., Result]  # a cell's direct and other findings
    cells: Sequence[str] = ()  # all that there are where none is named

    def results(self, direct: Found, through: Sequence[Found], *, leaked: bool) -> Rows:
        """Return what became of each cell."""
        names = self.cells or sorted(direct, key=CELLS.index)
        found = [(cell, [one.get(cell, {}) for one in (direct, *through)]) for cell in names]
        return [Result(self.row, cell, LEAKS) if leaked else self.judge(self.row, cell, *ways) for cell, ways in found]


@dataclass(frozen=True)
class Trial:
    """The product, what stands behind it, and who asks."""

    python: Path
    root: str
    key: str
    behind: Mapping[str, str]

    def asked(self, client: str, texts: Mapping[str, str], *where: str) -> Found:
        """Return what a client gets, by cell."""
        if client.endswith(_NODE):
            tool = {"schema": cells.SCHEMA, "name": cells.TOOL["name"], "description": cells.TOOL["description"]}
            return processes.node_cells({**tool, "person": cells.PERSON, **texts}, client, *where) or {}
        return processes.client_cells(self.python, texts, client, *where) or {}

    def standin(self, row: str) -> Call:
        """Return the calls of a row whose other side is a stand-in."""
        client, _, dialect = row.partition(_BY)
        behind = self.behind.get(client.partition(" ")[0], self.behind[""])
        model = dialect or (MISTRAL if "mistralai" in client else "")
        below, named = ("/mistral", (MISTRAL,)) if model == MISTRAL else ("", ())
        texts = cells.TEXTS | ({"choice": ""} if dialect == "ollama_chat" else {})
        through = partial(self.asked, client, texts, self.root, self.key, *filter(None, [model]))
        return Call(
            row,
            behind,
            partial(self.asked, client, texts, behind + below, "direct", *named),
            lambda: (through(),),
            judged,
            _TRANSLATED_CELLS if dialect else (),
        )

    def at(self, server: Server, recorded: str, client: str) -> Call:
        """Return the calls of a client at a real server: without a person straight and through, with one through."""
        ask = partial(self.at_server, server, client)
        models = (server.route, server.missing)
        return Call(
            f"{client}{_AT}{server.name}",
            recorded,
            partial(ask, PLAIN, recorded, "direct", (server.model, "missing")),
            lambda: tuple(ask(person, self.root, self.key, models) for person in (PLAIN, PERSONAL)),
            judged_alike,
            server.rows[client],
        )

    def at_server(
        self, server: Server, client: str, person: str, root: str, key: str, models: tuple[str, str]
    ) -> Found:
        """Return what a client gets of a server; its error by a model that is not there, where nothing else makes one."""
        model, missing = models
        found = self.asked(client, server.texts(person), root, key, model)
        if server.misses:
            found["error"] = self.asked(client, server.texts(person), root, key, missing).get("chat", {})
        return found


def made(calls: Sequence[Call], workers: int) -> Iterator[Rows]:
    """Make the calls, some at a time: first all straight, then all through; yield what became of each row.

    Where a journal holds something of the person, its rows are made once more, one after the other, to tell which.
    """
    with ThreadPoolExecutor(workers) as pool:
        direct = list(pool.map(lambda call: call.direct(), calls))
        before = {call.behind: len(processes.journal(call.behind)) for call in calls}
        through = list(pool.map(lambda call: call.through(), calls))
    leaking = {one for one, length in before.items() if leaks(processes.journal(one)[length:])}
    for call, straight, others in zip(calls, direct, through, strict=True):
        yield call.results(straight, others, leaked=call.behind in leaking and _leaks(call))


def _leaks(call: Call) -> bool:
    before = len(processes.journal(call.behind))
    call.through()
    return leaks(processes.journal(call.behind)[before:])


def run(python: Path, servers: Path, only: Sequence[str], workers: int) -> tuple[Rows, list[Server]]:
    """Make every call both ways; return what became of it, and the servers that are not installed."""
    results: Rows = []
    pythons = {server.name: python_for(server, servers) for server in SERVERS}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = stack.enter_context(processes.standin())
        served = stack.enter_context(processes.server(Path(sys.executable), "model_server.py"))
        tools = stack.enter_context(processes.server(python, "mcp_server.py"))
        recorded: dict[str, str] = {}
        for server in SERVERS:
            there = pythons[server.name]
            if there is None or not _wanted(server, only):
                continue
            (scratch / server.name).mkdir()
            upstream = stack.enter_context(started(server, there, scratch / server.name))
            recorded[server.name] = stack.enter_context(processes.front(upstream))
        targets = standins(provider, served, tools, sorted({dialect for _, dialect in _TRANSLATED}))
        targets += [
            Target(f"{server.name}/{at}", recorded[server.name] + below, dialects, server.route, server.model)
            for server in SERVERS
            if server.name in recorded
            for at, (below, dialects) in enumerate(server.speaks.items())
        ]
        targets += [
            Target(f"{server.name}/missing", recorded[server.name] + below, dialects, server.missing, "missing")
            for server in SERVERS
            if server.misses and server.name in recorded
            for below, dialects in server.speaks.items()
        ]
        root, key = stack.enter_context(product(targets, scratch))
        behind = {"": provider, "mcp": tools} | dict.fromkeys(_SERVED, served)
        trial = Trial(python, root, key, behind)
        rows = [
            *processes.client_cells(python, {}),
            *processes.node_cells({}),
            *(f"{client}{_BY}{dialect}" for client, dialect in _TRANSLATED),
        ]
        calls = [trial.standin(row) for row in rows if row not in _AT_SERVERS_ALONE]
        calls += [
            trial.at(server, recorded[server.name], client)
            for server in SERVERS
            if server.name in recorded
            for client in server.rows
        ]
        for one in chain.from_iterable(made([call for call in calls if not only or call.row in only], workers)):
            results.append(one)
            print(f"{one.client:40}{one.cell:14}{one.verdict}  {one.note}", flush=True)
    return results, [server for server in SERVERS if pythons[server.name] is None]


#: Clients of servers that nothing stands in for.
_AT_SERVERS_ALONE = ("http llama.cpp", "http torchserve", "http kserve")


def _wanted(server: Server, only: Sequence[str]) -> bool:
    return not only or any(row.endswith(f"{_AT}{server.name}") for row in only)


def main() -> int:
    """Run the table; 1 where a cell leaks or differs."""
    parser = argparse.ArgumentParser(prog="python -m bench.interop", description=__doc__)
    parser.add_argument("--python", type=Path, help="a Python that has the clients already")
    parser.add_argument(
        "--servers",
        type=Path,
        default=processes.INSTALLED / "servers",
        help="the folder with the environments of real servers (default %(default)s)",
    )
    parser.add_argument(
        "--install",
        nargs="*",
        default=(),
        metavar="SERVER",
        choices=[server.name for server in SERVERS if server.packages],
        help="servers to install there first, of %(choices)s (0.4 to 3.4 GB each)",
    )
    parser.add_argument("--workers", type=int, default=3, help="clients at a time (default %(default)s)")
    parser.add_argument("--only", nargs="*", default=(), help="rows to try")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    given = parser.parse_args()
    for server in SERVERS:
        if server.name in given.install:
            install(server, given.servers)
    results, absent = run(given.python or processes.installed(), given.servers, given.only, given.workers)
    for server in absent:
        print(f"not installed: {server.name} (ARGS='--install {server.name}')")
    counts = {
        verdict: sum(one.verdict == verdict for one in results) for verdict in (WORKS, CLEARER, DIFFERS, LEAKS, STANDIN)
    }
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if given.write:
        PAGE.write_text(page(results, absent))
    return 1 if counts[DIFFERS] or counts[LEAKS] else 0


if __name__ == "__main__":
    sys.exit(main())
