"""OpenAI's own OpenAPI document against the proxy, beside the same requests against the stand-in alone.

    python -m bench.conformance --data-dir DIR [--examples N] [--write]

DIR holds ``openapi.json``, as OpenAI publishes it; without it nothing is tried, and that is said. schemathesis, in a
folder of its own below ``.interop``, makes requests that the document allows at every path that the proxy serves. Each
goes to the stand-in and through the proxy. *Worse*: the stand-in served it, and the proxy did not answer, or answered
what the document does not allow where the stand-in's answer conforms; or an error came in another shape than OpenAI's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.interop.product import product, standins
from bench.overhead.targets import child, wait_for
from proxy import __version__
from proxy.codecs.endpoints import TABLE
from proxy.embedded.probes import free_ports

_HERE = Path(__file__).parent
_INSTALLED = Path(".interop/conformance")
_PAGE = Path("docs/reference/conformance.md")
_BELOW = "/v1"


def installed() -> Path:
    """Return a Python that has schemathesis; the registry is asked the first time only."""
    python = _INSTALLED / "bin" / "python"
    wanted = (_HERE / "requirements.txt").read_text()
    kept = _INSTALLED / "requirements.txt"
    if not kept.exists() or kept.read_text() != wanted:
        print("installing schemathesis", flush=True)
        subprocess.run([sys.executable, "-m", "venv", _INSTALLED], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", _HERE / "requirements.txt"], check=True)
        kept.write_text(wanted)
    return python


def served(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the operations that the proxy serves alone."""
    paths: dict[str, dict[str, Any]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            found = TABLE.find(method.upper(), _BELOW + path, {}).served
            if found is not None and found.api is not None and found.endpoint.path == _BELOW + path:
                paths.setdefault(path, {})[method] = operation
    return {name: part for name, part in document.items() if name != "webhooks"} | {"paths": paths}


@contextmanager
def standin(folder: Path) -> Iterator[str]:
    """Run the provider stand-in that the product brings; give its address."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "proxy.embedded.provider_standin", "--port", str(port)]
    with child(command, folder / "standin.log") as process:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"


def tried(document: dict[str, Any], examples: int) -> list[dict[str, Any]]:
    """Make the requests; return what became of them by operation."""
    python, results = installed(), []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "openapi.json").write_text(json.dumps(served(document)))
        with (
            standin(folder) as provider,
            product(standins(provider, provider, provider, ()), folder) as (root, key),
            subprocess.Popen(
                [python, _HERE / "pairs.py", folder / "openapi.json", provider + _BELOW, root + _BELOW, key, str(examples)],
                stdout=subprocess.PIPE, text=True,
            ) as process,
        ):  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                results.append(json.loads(line))
                print(line.strip(), flush=True)
        if process.returncode:
            raise SystemExit("the requests did not come to their end")
    return results


def page(results: list[dict[str, Any]], version: str, examples: int) -> str:
    """Return the results as a page."""
    rows = [
        f"| `{one['method']} {_BELOW}{one['path']}` | {one['cases']} | {one['alone']} | {one['through']}"
        f" | {sum(one['refused'].values())} | {sum(one['worse'].values())} |"
        for one in results
    ]
    why: dict[str, int] = {}
    for one in results:
        for reason, times in one["refused"].items():
            why[reason] = why.get(reason, 0) + times
    reasons = [f"- {times}: {reason}" for reason, times in sorted(why.items(), key=lambda told: (-told[1], told[0]))]
    worse = [f"- `{one['path']}`: {what}, {times}" for one in results for what, times in one["worse"].items()]
    return "\n".join(
        [
            "# OpenAI's own document",
            "",
            f"Written by `python -m bench.conformance --data-dir DIR --write`: requests that OpenAI's OpenAPI document ({version})",
            f"allows, made by schemathesis, {examples} at each path that is served. Each goes to the stand-in that the product brings,",
            "and through the proxy to it. *Worse*: the stand-in served it, and the proxy's answer is missing or not what the document",
            "allows where the stand-in's is; or an error came in another shape than OpenAI's. A refusal in OpenAI's shape is not",
            "worse: most requests that are drawn at random hold members or references that nobody here may send on.",
            "",
            "| path | requests | served alone | served through | refused | worse |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "Why requests were refused:",
            "",
            *reasons,
            "",
            *(["Worse:", "", *worse, ""] if worse else ["Nothing was worse.", ""]),
            f"Proxy {__version__}.",
            "",
        ]
    )  # fmt: skip


def main() -> int:
    """Try, print, and write where that is asked; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.conformance", description=str(__doc__).splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder with OpenAI's openapi.json")
    parser.add_argument("--examples", type=int, default=50, help="requests at each path (default 50)")
    parser.add_argument("--write", action="store_true", help=f"write {_PAGE}")
    options = parser.parse_args()
    path = options.data_dir / "openapi.json"
    if not path.is_file():
        print(f"SKIPPED: there is no {path}; nothing was tried")
        return 0
    document = json.loads(path.read_text())
    results = tried(document, options.examples)
    if options.write:
        _PAGE.write_text(page(results, str(document["info"]["version"]), options.examples))
    worse = sum(sum(one["worse"].values()) for one in results)
    print(f"{sum(one['cases'] for one in results)} requests at {len(results)} paths, {worse} worse")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
