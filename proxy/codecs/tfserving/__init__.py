"""TensorFlow Serving's REST API, and KServe's first protocol, which has the same shapes.

Sources: TensorFlow Serving's documentation of the API and the sources of its JSON reader; KServe's v1 protocol.

TensorFlow Serving accepts paths in any letter case and reads a body up to the end of its first value; here a path in
another letter case is unknown, and anything after a value is refused. ``GET /v1/models/{model}`` is OpenAI's.
"""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.tfserving.apis import CLASSIFY, DESCRIPTION, DIALECT, EXPLAIN, PREDICT, REGRESS

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (PREDICT, EXPLAIN, CLASSIFY, REGRESS, DESCRIPTION)
