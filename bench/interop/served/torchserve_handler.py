"""A handler for TorchServe: it greets, and gives back what it was told; in pieces where the body asks for a stream."""

from __future__ import annotations

import json
from typing import Any

from ts.handler_utils.utils import send_intermediate_predict_response
from ts.utils.util import PredictionException

GREETING = "Good morning from the server, and good night."


def handle(data: list[dict[str, Any]] | None, context: Any) -> list[Any] | None:
    """Answer each request of a batch; TorchServe calls once without data to load the model."""
    if data is None:
        return None
    return [_answered(one.get("body", one.get("data")), context) for one in data]


def _answered(body: Any, context: Any) -> Any:
    request = json.loads(body) if isinstance(body, bytes | bytearray | str) else body
    if "be too busy" in request["text"]:
        raise PredictionException("slow down", 429)
    if not request.get("stream"):
        return {"greeting": GREETING, "echo": request["text"]}
    *words, last = f"{GREETING} {request['text']}".split(" ")
    for word in words:
        send_intermediate_predict_response([f"{word} "], context.request_ids, "part", 200, context)
    return last
