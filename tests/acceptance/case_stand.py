"""Worked cases end to end: a data document becomes the product's configuration, every target is captured.

A case is ``{"id", "facts", "payload", "expect", "data_overrides"}``: ``facts`` say who asks for what and which targets
routing would consider, ``expect`` what the decision must be and which strings no target may see. Dates of the data
document move with the calendar, so that evidence is as fresh as on the day the document was written.

``python -m tests.acceptance.case_stand CASES.json DATA.json`` runs further cases of the same shape.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from proxy.policy.authoring.cases import adjusted, differences
from testing.stack import CommandLine
from tests.acceptance.world.stand import Answer, World

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CHAT, _EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
_WHOLE_WORDS_BELOW = 5
_OPERATIONS = {"chat": _CHAT, "embedding": _EMBEDDINGS}
_HEADERS = {"labels": "labels", "subject_regions": "subject-regions"}
#: Facts of a case that a caller of the API cannot bring about, or that only the policy level knows.
_POLICY_LEVEL = frozenset(
    {"actor_country", "break_glass", "cache_entry", "residual_entities", "us_bulk", "unavailable", "pep_obligations",
     "policy_status", "request_entities", "anonymisation_ref", "caller_pseudonymised"}
)  # fmt: skip


class Captures:
    """Plays every target on one port and keeps what each received: path, headers, body as text."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []  # target, everything it received
        captures = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                target = self.path.rpartition("/v1/")[0].strip("/")
                captures.seen.append((target, f"{self.path}\n{self.headers}\n{readable(body)}"))
                message = {"role": "assistant", "content": "Noted."}
                choice = {"index": 0, "finish_reason": "stop", "message": message}
                answer = json.dumps({"id": "c", "model": "m", "choices": [choice], "data": []}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def readable(body: str) -> str:
    """Return a JSON body without escapes, so that a string is found as it reads."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body


class CaseStand:
    """The whole product on a data document."""

    def __init__(self, folder: Path, cases: list[dict[str, Any]], data: dict[str, Any]) -> None:
        self.cases = cases
        self.captures = Captures()
        self._data = today(data)
        self._config = folder / "config"
        self._config.mkdir(parents=True)
        self._write(self._data)
        self.line = CommandLine(
            folder / "state",
            PROXY_CONFIG_DIR=str(self._config),
            PROXY_STANDIN_URL=self.captures.url,
            PROXY_LOCAL_MODEL_URL=self.captures.url,
            PROXY_DECISION_CACHE_TTL_S="0.1",
        )
        self.line.start()
        self.world = World.__new__(World)  # its ways to look at records, without its provider
        self.world.line = self.line
        self._overrides: dict[str, Any] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def close(self) -> None:
        self.line.stop()
        self.captures.close()

    def _write(self, data: dict[str, Any]) -> None:
        targets = dict.fromkeys(data["targets"])
        takes = {"models": {"*": "m"}, "inputs": ["text", "image", "audio", "file"]}
        endpoints = {name: {"base_url": f"{self.captures.url}/{name}/v1", **takes} for name in targets}
        routes = [
            {"model": model(case), "tenant": case["facts"]["tenant"], "targets": case["facts"]["candidates"]}
            for case in self.cases
            if set(case["facts"].get("candidates") or [None]) <= set(targets)
        ]
        documents = {
            "registry": {key: value for key, value in data.items() if key != "revision"},
            "endpoints": {"endpoints": endpoints},
            "routes": {"routes": routes},
        }
        for name, document in documents.items():
            (self._config / f"{name}.yaml").write_text(json.dumps(document))

    def _configured(self, overrides: dict[str, Any]) -> None:
        if overrides == self._overrides:
            return
        before = self._revision()
        self._write(adjusted(self._data, overrides))
        assert self.line.process is not None
        self.line.process.send_signal(1)  # SIGHUP
        until = time.monotonic() + 20
        while self._revision() == before and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1.5)  # the engine and the decision cache follow within a second
        self._overrides = overrides

    def _revision(self) -> str:
        with urllib.request.urlopen(f"{self.line.stack.proxy_url}/readyz", timeout=5) as ready:
            return str(json.load(ready)["catalog_revision"])

    def _key(self, facts: dict[str, Any]) -> str:
        """Return a key of the case's tenant that enters where the case does."""
        about = (facts["tenant"], facts["ingress"])
        if about not in self._keys:
            same = [
                case["facts"] for case in self.cases if (case["facts"]["tenant"], case["facts"]["ingress"]) == about
            ]
            names = sorted({one["activity"] for one in same if one.get("activity")})
            words = [word for name in names for word in ("--activity", name)]
            made = self.line.run(
                "keys",
                "create",
                "--tenant",
                about[0],
                "--service",
                "cases",
                "--ingress-region",
                about[1],
                "--unregistered",
                *words,
                "--declares-adults",
            )
            assert made.returncode == 0, made.stderr
            self._keys[about] = made.stdout.strip().splitlines()[0]
        return self._keys[about]

    def check(self, case: dict[str, Any]) -> list[str]:
        """Run a case; return what is not as expected, safety first."""
        self._configured(case.get("data_overrides") or {})
        expect = case["expect"]
        self.captures.seen.clear()
        answer = self._ask(case)
        if answer.status != expect.get("http_status", answer.status):
            return [f"status {answer.status}: {answer.body[:200]!r}"]
        seen = list(self.captures.seen)
        decision = next(r for r in self.world.records(answer.exchange) if r["kind"] == "decision")
        document = decision["body"]["facts"].get("decision", {})
        wrong = [f"{d.field}: expected {d.expected}, got {d.actual}" for d in differences(document, expect)]
        return [*leaks(seen, expect, self._third_parties()), *wrong]

    def _third_parties(self) -> set[str]:
        return {name for name, entry in self._data["targets"].items() if entry["operator"] == "third_party"}

    def _ask(self, case: dict[str, Any]) -> Answer:
        facts, payload = case["facts"], case["payload"]
        path = _OPERATIONS[facts.get("operation", "chat")]
        if isinstance(payload, dict):
            body = dict(payload)
        elif path == _EMBEDDINGS:
            body = {"input": payload}
        else:
            body = {"messages": [{"role": "user", "content": payload}]}
        body["model"] = model(case)
        if facts.get("stream"):
            body["stream"] = True
        if facts.get("stateful"):
            body["store"] = True
        headers = {
            "authorization": f"Bearer {self._key(facts)}",
            "content-type": "application/json",
            **{f"x-compliance-{name}": value for name, value in declared(facts).items()},
        }
        asked = urllib.request.Request(self.line.stack.proxy_url + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=60) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())


def declared(facts: dict[str, Any]) -> dict[str, str]:
    """Return what the caller declares of a case's facts."""
    found = {header: ",".join(facts[name]) for name, header in _HEADERS.items() if facts.get(name)}
    found |= {name: facts[name] for name in ("activity", "minor") if facts.get(name)}
    if facts.get("restricted"):
        found["restricted"] = "yes"
    if facts.get("consent_withdrawn"):
        found["consent"] = "withdrawn"
    return found


def leaks(seen: list[tuple[str, str]], expect: dict[str, Any], third_parties: set[str]) -> Iterator[str]:
    """Yield where a string went that must not go there, and calls to third parties where there must be none."""
    for target, received in seen:
        third = target in third_parties
        if third and expect.get("action") in {"pin_local", "block"}:
            yield f"{target} was called"
        kept = (expect.get("must_not_reach_third_party") or []) if third else []
        for value in (*kept, *(expect.get("must_not_reach_any_model") or [])):
            if occurs(value, received):
                yield f"{target} received {value!r}"
        if target == expect.get("selected_target"):
            for value in expect.get("should_reach_selected_model") or ():
                if not occurs(value, received):
                    yield f"{target} did not receive {value!r}"


def occurs(value: str, text: str) -> bool:
    """Case-insensitively; a short string as a whole word."""
    if len(value) >= _WHOLE_WORDS_BELOW:
        return value.lower() in text.lower()
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE) is not None


def model(case: dict[str, Any]) -> str:
    """Return the model name that routes to the case's candidates."""
    return f"case-{case['id'].lower()}"


def runnable(case: dict[str, Any]) -> bool:
    """Whether the case has a payload and says nothing that only the policy level knows."""
    facts = case["facts"]
    known = not _POLICY_LEVEL & {name for name, value in facts.items() if value}
    return bool(case.get("payload")) and known and facts.get("operation", "chat") in _OPERATIONS


def today(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data document with every date moved as far as its ``as_of`` is from today."""
    moved = dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(data["as_of"])

    def shift(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: shift(value) for key, value in node.items()}
        if isinstance(node, list):
            return [shift(value) for value in node]
        if isinstance(node, str) and _DAY.fullmatch(node):
            return (dt.date.fromisoformat(node) + moved).isoformat()
        return node

    shifted: dict[str, Any] = shift(data)
    return shifted


@contextmanager
def stand(folder: Path, cases: list[dict[str, Any]], data: dict[str, Any]) -> Iterator[CaseStand]:
    """Start the product for the cases, stop it after them."""
    made = CaseStand(folder, cases, data)
    try:
        yield made
    finally:
        made.close()


def main() -> None:
    """Run the cases of a file against the data document of another."""
    document = json.loads(Path(sys.argv[1]).read_text())
    cases = [case for case in (document["cases"] if isinstance(document, dict) else document) if runnable(case)]
    data = json.loads(Path(sys.argv[2]).read_text())
    failed = 0
    with tempfile.TemporaryDirectory() as folder, stand(Path(folder), cases, data) as made:
        for case in sorted(cases, key=lambda one: json.dumps(one.get("data_overrides") or {})):
            wrong = made.check(case)
            failed += bool(wrong)
            print(case["id"], "; ".join(wrong) or "ok")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
