"""A server for the packaged engine, with the part of OPA's REST API that the proxy uses.

``python -m proxy.policy.engine.server --bundle FILE --port 0`` prints one JSON line with its port.

- ``GET /health`` and ``GET /health?bundles`` (500 until a bundle is active; a refused newer bundle is named)
- ``POST /v1/data/<path>`` with ``{"input": ...}``, ``?provenance=true`` and ``?metrics=true`` (the time of the
  evaluation alone, nanoseconds); an undefined document is ``{}``
- ``GET /v1/status`` with the active revision and the last refusal

It is OPA-compatible, not OPA. Evaluations run one at a time in a thread, so other endpoints stay responsive. An
evaluation cannot be cancelled: past its hard deadline the process exits with status 70 and must be restarted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import secrets
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from proxy.policy.engine import engine
from proxy.policy.engine.active import Active
from proxy.runtime import log
from proxy.runtime.http_server import QuietRunner

EXIT_DEADLINE = 70
#: OPA's metric for the time of an evaluation, nanoseconds.
EVALUATION_NS = "timer_rego_query_eval_ns"
_MAX_BODY = 4 << 20
_SHUTDOWN_S = 1.0
_ERROR = re.compile(r"(?:(?P<file>[^\s:]+):(?P<row>\d+): )?(?P<code>[a-z]+_[a-z_]*error): (?P<message>.*)")


@dataclass(frozen=True, slots=True)
class PolicyServerOptions:
    """The command line."""

    bundle: Path
    host: str
    port: int
    socket: Path | None
    verification_key: Path | None
    poll_s: float
    deadline_s: float


def options(arguments: list[str]) -> PolicyServerOptions:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m proxy.policy.engine.server", description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="bundle file, or a folder of the same layout")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8181, help="port to listen on; 0 picks a free one")
    parser.add_argument("--socket", type=Path, help="listen on this unix socket instead of a port")
    parser.add_argument("--verification-key", type=Path, help="public key (PEM); refuse unsigned bundles")
    parser.add_argument("--poll", dest="poll_s", type=float, default=0.5, help="seconds between polls of the bundle")
    parser.add_argument("--deadline", dest="deadline_s", type=float, default=5.0, help="longest evaluation, seconds")
    return PolicyServerOptions(**vars(parser.parse_args(arguments)))


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(document), status=status, content_type="application/json")


def _failure(error: engine.EngineError) -> web.Response:
    match = _ERROR.search(str(error))
    detail: dict[str, Any] = {"code": error.code, "message": "evaluation failed"}
    if match is not None:
        detail = {"code": match["code"], "message": match["message"]}
        if match["file"]:
            detail["location"] = {"file": match["file"], "row": int(match["row"]), "col": 1}
    document = {
        "code": "internal_error",
        "message": "error(s) occurred while evaluating query",
        "errors": [detail],
    }
    return _json(document, 500)


class Server:
    """The handlers, the evaluation thread and the two watchers."""

    def __init__(self, active: Active, deadline_s: float, poll_s: float) -> None:
        self._active = active
        self._deadline_s = deadline_s
        self._poll_s = poll_s
        self._thread = ThreadPoolExecutor(1, "evaluate")
        self._evaluating_since: float | None = None
        self._version = engine.version()

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_get("/health", self.health)
        app.router.add_get("/v1/status", self.status)
        app.router.add_route("*", "/v1/data/{path:.*}", self.data)
        app.router.add_route("*", "/{rest:.*}", self.unknown)
        return app

    async def health(self, request: web.Request) -> web.Response:
        """Report liveness; with ``?bundles``, whether a bundle is active."""
        if "bundles" not in request.query:
            return _json({})
        document: dict[str, Any] = {}
        if refusal := self._active.refusal:
            document["refused"] = refusal.document()
        if self._active.loaded is None:
            return _json({**document, "error": "one or more bundles are not activated"}, 500)
        return _json(document)

    async def status(self, _request: web.Request) -> web.Response:
        """Return the active revision and the refusal of a newer one."""
        return _json({"result": {"bundles": self._active.status(), "labels": {"version": self._version}}})

    async def unknown(self, _request: web.Request) -> web.Response:
        """Answer 404."""
        return _json({"code": "resource_not_found", "message": "this path is not served"}, 404)

    async def data(self, request: web.Request) -> web.Response:
        """Evaluate one document."""
        if request.method not in {"GET", "POST"}:
            return _json({"code": "method_not_allowed", "message": "policy and data come from the bundle only"}, 405)
        try:
            body = orjson.loads(await request.read() or b"{}")
            document = orjson.dumps(body["input"]) if "input" in body else b""
        except (ValueError, TypeError):
            return _json({"code": "invalid_parameter", "message": "body contains malformed input document"}, 400)
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._thread, self._answer, request.match_info["path"], document)
        except engine.EngineError as error:
            return _failure(error)
        for part in ("provenance", "metrics"):
            if request.query.get(part) != "true":
                answer.pop(part, None)
        return _json(answer)

    def _answer(self, path: str, document: bytes) -> dict[str, Any]:
        loaded = self._active.loaded
        answer: dict[str, Any] = {"decision_id": secrets.token_hex(16)}
        if loaded is None:
            return answer
        answer["provenance"] = {
            "version": self._version,
            "bundles": {loaded.bundle.name: {"revision": loaded.bundle.revision, "digest": loaded.bundle.content}},
        }
        begun = time.perf_counter_ns()
        self._evaluating_since = time.monotonic()
        try:
            answer["result"] = loaded.engine.evaluate(path, document)
        except engine.UndefinedError:
            pass
        finally:
            self._evaluating_since = None
            answer["metrics"] = {EVALUATION_NS: time.perf_counter_ns() - begun}
        return answer

    def abandon(self) -> None:
        """End the process at once if an evaluation still runs: its thread could not be joined."""
        if self._evaluating_since is not None:
            os._exit(0)

    async def watch_deadline(self) -> None:
        """Exit the process when an evaluation runs too long: nothing else can stop it."""
        while True:
            await asyncio.sleep(min(0.1, self._deadline_s / 4))
            since = self._evaluating_since
            if since is not None and time.monotonic() - since > self._deadline_s:
                log.logger().error("evaluation_deadline_exceeded", deadline_s=self._deadline_s)
                sys.stderr.flush()
                os._exit(EXIT_DEADLINE)

    async def watch_bundle(self) -> None:
        """Load the bundle at once, then whenever its file changes."""
        loop = asyncio.get_running_loop()
        while True:
            if await asyncio.to_thread(self._active.changed):
                replaced = await asyncio.to_thread(self._active.reload)
                if replaced is not None:
                    await loop.run_in_executor(self._thread, replaced.close)
            await asyncio.sleep(self._poll_s)


async def _listen(runner: web.AppRunner, chosen: PolicyServerOptions) -> dict[str, Any]:
    if chosen.socket is not None:
        await web.UnixSite(runner, str(chosen.socket)).start()
        return {"event": "listening", "socket": str(chosen.socket)}
    await web.TCPSite(runner, chosen.host, chosen.port).start()
    return {"event": "listening", "host": chosen.host, "port": runner.addresses[0][1]}


async def serve(chosen: PolicyServerOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    key = chosen.verification_key.read_bytes() if chosen.verification_key else None
    server = Server(Active(chosen.bundle, key), chosen.deadline_s, chosen.poll_s)
    runner = QuietRunner(server.application(), handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with asyncio.TaskGroup() as tasks:
            watchers = [tasks.create_task(server.watch_deadline()), tasks.create_task(server.watch_bundle())]
            sys.stdout.write(orjson.dumps(await _listen(runner, chosen)).decode() + "\n")
            sys.stdout.flush()
            await stop.wait()
            for watcher in watchers:
                watcher.cancel()
    finally:
        await runner.cleanup()
        server.abandon()


def main() -> None:
    """Run the engine server."""
    log.configure()
    run = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  absent on some systems

        run = uvloop.run
    run(serve(options(sys.argv[1:])))


if __name__ == "__main__":
    main()
