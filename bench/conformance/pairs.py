"""Run by a Python that has schemathesis: ``pairs.py DOCUMENT DIRECT THROUGH KEY EXAMPLES``.

Makes requests that an OpenAPI document allows, sends each to both addresses, and prints a line of JSON for each
operation: how many each served, why the second refused some, and what of its answers the document does not allow where
it allows the first's. Members that the document does not name are left out, the model is one that both
have, and where token ids or nothing would be read stands a text.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

CHECKS = [content_type_conformance, response_schema_conformance]
MODEL, TEXT = "gpt-4o-mini", "Hello there."
_PATIENCE_S = 30


def named(node: Any) -> Iterator[str]:
    """Yield the names of all members that a document knows."""
    if isinstance(node, dict):
        yield from node["properties"] if isinstance(node.get("properties"), dict) else ()
        for child in node.values():
            yield from named(child)
    elif isinstance(node, list):
        for child in node:
            yield from named(child)


def pruned(node: Any, known: frozenset[str]) -> Any:
    """Return a body without the members that the document does not name."""
    if isinstance(node, dict):
        return {name: pruned(child, known) for name, child in node.items() if name in known}
    return [pruned(child, known) for child in node] if isinstance(node, list) else node


def readable(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with a text where it has token ids, or nothing, to be read."""
    name = "prompt" if path == "/completions" else "input"
    asked = path in {"/completions", "/embeddings"} or path.startswith("/responses")
    given = body.get(name)
    rows = given if isinstance(given, list) else [given]
    sayable = bool(rows) and all(isinstance(row, str | dict) and row for row in rows)
    return body | {name: TEXT} if asked and not sayable else body


def found(case: Any, root: str, key: str) -> tuple[int, frozenset[str], Any]:
    """Send one request; return its status, which checks its answer fails, and the body as a document."""
    response = case.call(base_url=root, headers={"authorization": f"Bearer {key}"}, timeout=_PATIENCE_S)
    failed = set()
    for check in CHECKS:
        try:
            case.validate_response(response, checks=[check])
        except (Exception, BaseExceptionGroup):  # noqa: BLE001 - it raises groups of its own
            failed.add(check.__name__)
    try:
        return response.status_code, frozenset(failed), json.loads(response.content)
    except ValueError:
        return response.status_code, frozenset(failed), None


def said(body: Any) -> str:
    """Return code and message of an error in the document's own shape, "" of anything else.

    The proxy's messages hold nothing of a request.
    """
    told = body.get("error") if isinstance(body, dict) else None
    if not isinstance(told, dict) or not {"message", "type", "code", "param"} <= set(told):
        return ""
    return f"{told['code']}: {str(told['message']).partition('. ')[0]}"


def tried(operation: Any, known: frozenset[str], roots: tuple[str, str], key: str, examples: int) -> dict[str, Any]:
    """Return what became of the requests of one operation."""
    made = Counter({"cases": 0, "alone": 0, "through": 0})
    refused: Counter[str] = Counter()
    worse: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Any) -> None:
        if isinstance(case.body, dict):
            case.body = readable(operation.path, pruned(case.body, known) | {"model": MODEL})
        alone, failed_alone, _ = found(case, roots[0], "direct")
        status, failed, body = found(case, roots[1], key)
        made.update({"cases": 1, "alone": alone < 400, "through": status < 400})
        if 400 <= status < 500:
            refused[said(body) or f"{status} in another shape"] += 1
            worse.update(["an error in another shape"] if not said(body) else [])
        elif status >= 500 and alone < 400:
            worse[said(body) or str(status)] += 1
        elif status < 400 and alone < 400:
            worse.update(failed - failed_alone)

    run()
    return {"path": operation.path, "method": operation.method.upper(), **made, "refused": refused, "worse": worse}


def main() -> None:
    """Try every operation of the document."""
    path, direct, through, key, examples = sys.argv[1:]
    known = frozenset(named(json.loads(Path(path).read_text())))
    for result in schemathesis.openapi.from_path(path).get_all_operations():
        print(json.dumps(tried(result.ok(), known, (direct, through), key, int(examples))), flush=True)


if __name__ == "__main__":
    main()
