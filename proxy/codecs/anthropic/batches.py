"""``/v1/messages/batches``: many messages to be answered later, and their results, a line each.

Batches are known by handles of ours alone. There is no list: callers have the handles they were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks, numbers, request
from proxy.codecs.anthropic import tables
from proxy.codecs.anthropic.dialect import DIALECT
from proxy.codecs.api import Address, OptionHeader, TableApi
from proxy.codecs.batches import upload
from proxy.codecs.batches.kept import KeptBatches, kept_batches
from proxy.codecs.batches.results import below
from proxy.codecs.batches.upload import BatchLine, LinesApi, Upload
from proxy.codecs.kept_api import Use
from proxy.codecs.members import Members
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation
from proxy.core.state import kept
from proxy.core.wire import JSON, Incoming
from proxy.errors import MalformedRequestError

_REQUESTS, _URL = "requests", "/v1/messages"
_ARE_OBJECTS = checks.objects(_REQUESTS, "request")
_MEMBERS = frozenset({"custom_id", "params"})
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BETA = "message-batches"


class Requests:
    """Implements ``Holder``: a list of requests in a JSON object."""

    def read(self, incoming: Incoming) -> Upload:
        body = request.parse(incoming.body)
        _ARE_OBJECTS(body)
        document = {name: value for name, value in body.items() if name != _REQUESTS}
        return Upload(document, list(upload.numbered(map(_parse_line, body[_REQUESTS]))))

    def write(
        self,
        incoming: Incoming,  # noqa: ARG002 - the object is written anew
        old: Mapping[str, Any],  # noqa: ARG002
        new: Mapping[str, Any],
        new_lines: Iterable[BatchLine],
    ) -> tuple[bytes, str]:
        lines = [{"custom_id": line.id, "params": line.body} for line in new_lines]
        return numbers.dumps({**new, _REQUESTS: lines}), JSON


def _parse_line(line: Mapping[str, Any]) -> BatchLine:
    upload.check_members(line, _MEMBERS)
    name, params = line["custom_id"], line["params"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise MalformedRequestError("'custom_id' must be 1 to 64 letters, digits, hyphens and underscores")
    if not isinstance(params, dict):
        raise MalformedRequestError("'params' must be an object")
    return BatchLine(name, _URL, params)


_KEPT = ReplyTable(structural=frozenset("id type processing_status results_url".split()), needs={"type": str})
_LINE = frozenset({"request_id"})
_NEEDS: Mapping[str, type] = {"custom_id": str}
_RESULT = below(tables.MESSAGE, "result.message", _LINE, needs=_NEEDS)
_FAILED = ReplyTable(structural=frozenset({"type"}) | _LINE, needs=_NEEDS)


def _table(line: Mapping[str, Any]) -> ReplyTable:
    result = line.get("result")
    return _RESULT if isinstance(result, dict) and "message" in result else _FAILED


_BELOW = "/messages/batches"
_USES = (
    Use("GET", "", "read"),
    Use("DELETE", "", "delete"),
    Use("POST", "/cancel", "cancel"),
    Use("GET", "/results", "read", streams=True),
)


def batches(messages: TableApi) -> KeptBatches:
    """Return the API that takes many messages at once, each read as by another API, and serves their results."""
    options = {"anthropic-beta": OptionHeader(tables.TUNING | {_BETA}, messages.options["anthropic-beta"].version)}
    creation = LinesApi(
        name=kept.MESSAGE_BATCHES,
        dialect=DIALECT,
        endpoints=tuple(replace(endpoint, path=f"/v1{_BELOW}", batch=True) for endpoint in messages.endpoints),
        operation=Operation.BATCH,
        request=RequestTable(members=Members({}), keys=frozenset(), model="", stream=""),
        reply=_KEPT,
        address=Address(_BELOW),
        options=options,
        dialect_values=messages.dialect_values,
        holder=Requests(),
        apis={_URL: messages},
    )
    passed = frozenset({"anthropic-version"})
    return kept_batches(creation, kept.MESSAGE_BATCH, _USES, ("/v1",), results=_table, passed=passed)
