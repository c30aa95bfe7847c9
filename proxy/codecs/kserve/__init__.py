"""The Open Inference Protocol (KServe v2) over HTTP, as KServe, Triton and MLServer speak it.

Sources: the protocol's REST specification; Triton's extensions for binary tensors, generation, classification,
sequences, parameters and shared memory; the types and endpoints of MLServer 1.7; the requests of tritonclient 2.73.

The description of a model comes from its target (``GET /v2/models/...``); readiness of server and model is answered
here. Loading models, sharing memory, tracing, configuration and statistics are not served.
"""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.kserve.apis import DESCRIPTION, GENERATE, INFER
from proxy.codecs.kserve.dialect import DIALECT

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (INFER, GENERATE, DESCRIPTION)
