"""``/v1/batches``: have the requests of a file answered, and fetch their results.

Files and batches are known by handles of ours alone. There are no lists: callers have the handles they were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from proxy.codecs import numbers, request
from proxy.codecs.api import TableApi
from proxy.codecs.batches.kept import kept_batches
from proxy.codecs.kept_api import Use
from proxy.codecs.openai import batch_tables as tables
from proxy.codecs.openai.dialect import ROOTS, at
from proxy.core.kept_state import Batched, Kept
from proxy.core.records import CHANGED, Operation, Payload, Unchanged
from proxy.core.state import kept
from proxy.core.wire import Incoming, Wire
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

_INPUT, _ENDPOINT = "input_file_id", "endpoint"
#: Placeholder for the model, which the file determines.
_NO_MODEL = "batch"


@dataclass(slots=True, eq=False)
class BatchesApi(TableApi):
    """Creates batches."""

    def decode(self, incoming: Incoming) -> Payload:
        document = request.parse(incoming.body)
        handle, endpoint = document.get(_INPUT), document.get(_ENDPOINT)
        if not isinstance(handle, str) or not isinstance(endpoint, str) or document.get("completion_window") != "24h":
            raise MalformedRequestError(f"'{_INPUT}' must be a file, '{_ENDPOINT}' a path and 'completion_window' 24h")
        if not kept.is_handle(handle, kept.FILE):
            raise StatefulUnsupportedError(f"'{_INPUT}' is not a file that was uploaded here for a batch")
        members = {name: value for name, value in document.items() if name not in {_INPUT, _ENDPOINT}}
        payload = self.read(members, replace(incoming, variables={"model": _NO_MODEL}))
        return replace(
            payload, model="", kept=Kept(handle), stateful=True, must_store=True, batched=Batched(endpoint, "")
        )

    def encode(self, payload: Payload, texts: Mapping[int, str], model: str) -> Wire:
        """Write the request; the file goes under the target's own identifier."""
        wire = TableApi.encode(self, payload, texts, model)
        assert payload.kept is not None  # noqa: S101 - made above
        assert payload.batched is not None  # noqa: S101
        named = {_INPUT: payload.kept.id, _ENDPOINT: payload.batched.url}
        return replace(wire, body=numbers.dumps({**named, **numbers.loads(wire.body)}))

    def outgoing_texts(self, wire: Wire, unchanged: Unchanged = CHANGED) -> list[str]:
        """Return every text, key and number of a written request except the file and the endpoint."""
        document = {name: value for name, value in numbers.loads(wire.body).items() if name not in {_INPUT, _ENDPOINT}}
        return TableApi.outgoing_texts(self, replace(wire, body=numbers.dumps(document)), unchanged)


_BATCHES = BatchesApi(kept.BATCHES, Operation.BATCH, tables.CREATED, tables.KEPT, **at("/batches", dated=False))
_USES = (Use("GET", "", "read"), Use("POST", "/cancel", "cancel"))
BATCHES = kept_batches(_BATCHES, kept.BATCH, _USES, ROOTS)
