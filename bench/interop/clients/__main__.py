"""Calls of real SDKs, run by the environment that has them: ``-m bench.interop.clients CLIENT ROOT KEY [MODEL]``.

``ROOT`` is the address without a path. The last line is a JSON object, cell -> what a service gets: the text, calls of
tools, whether it came in pieces, the size of an embedding, or the class of the error that the SDK raised and its status.
Without arguments it lists the clients. Nothing here knows the proxy.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from bench.interop.clients.cells import CELLS

for _name in ("of_openai", "frameworks", "of_anthropic", "of_google", "of_aws", "others", "servers", "of_mcp"):
    importlib.import_module(f"bench.interop.clients.{_name}")


def _status_of_aws(error: Exception) -> Any:
    response = getattr(error, "response", None)
    return response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None


def called(client: str, name: str, root: str, key: str) -> dict[str, Any]:
    """Return what a service would see of one call."""
    try:
        result = CELLS[client][name](root, key)
    except Exception as error:  # noqa: BLE001 - what an SDK raises is the result
        status = getattr(error, "status_code", None) or getattr(error, "code", None) or _status_of_aws(error)
        return {
            "raised": type(error).__name__,
            "status": status if isinstance(status, int) else None,
            "why": str(error),
        }
    return {"got": result}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        client, *where = sys.argv[1:4]
        print(json.dumps({name: called(client, name, *where) for name in CELLS[client]}))
    else:
        print(json.dumps(list(CELLS)))
