"""What the APIs of TensorFlow Serving share: errors, and what a client may ask of a model."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from proxy.codecs.base import Dialect


def error(_status: int, _code: str, message: str, _request_id: str) -> bytes:
    """Render the dialect's error object."""
    return orjson.dumps({"error": message})


def error_event(_media: str, code: str, message: str, request_id: str) -> bytes:
    """Render an error; nothing streams here."""
    return error(500, code, message, request_id)


def models(names: Sequence[str]) -> bytes:
    """Render names; the dialect has no list of models."""
    return orjson.dumps({"models": list(names)})


def model(name: str) -> bytes:
    """Render that a model is there."""
    return orjson.dumps({"name": name, "ready": True})


DIALECT = Dialect(name="tfserving", error=error, error_event=error_event, models=models, model=model)
