"""``/v1/files`` for batches: a form whose file holds one request per line (JSONL), and files of results.

Files of other purposes are refused: content belongs in the request that needs it, where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from proxy.codecs import numbers, request
from proxy.codecs.base import Api
from proxy.codecs.batches import upload
from proxy.codecs.batches.kept import kept_batches
from proxy.codecs.batches.upload import BatchLine, LinesApi, Upload
from proxy.codecs.bodies import FILES
from proxy.codecs.bodies.fields import Multipart, form_of
from proxy.codecs.form_api import MEDIA
from proxy.codecs.kept_api import Use
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import batch_tables as tables
from proxy.codecs.openai.apis import CHAT, COMPLETIONS, EMBEDDINGS, MODERATIONS
from proxy.codecs.openai.dialect import OPENAI, ROOTS, at
from proxy.codecs.openai.responses import RESPONSES
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation
from proxy.core.state import kept
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError, StatefulUnsupportedError

_PURPOSE, _FILE = "purpose", "file"
#: The name of every file at a target: its own is not needed, and may identify somebody.
_CALLED = "batch.jsonl"
_MEMBERS = frozenset({"custom_id", "method", "url", "body"})
_LONGEST_NAME = 512


class JsonLines:
    """Implements ``Holder``: one file of JSON lines in a form, for a batch alone."""

    _form = Multipart({_FILE: "file"})

    def read(self, incoming: Incoming) -> Upload:
        document = self._form.read(incoming).document
        if document.get(_PURPOSE) != "batch":
            raise StatefulUnsupportedError(
                "a file is taken for a batch alone (purpose 'batch'): send other content with the request that needs it"
            )
        files = [part for part in form_of(incoming).parts if not part.is_field]
        if len(files) != 1 or files[0].name != _FILE:
            raise MalformedRequestError("the form must hold one file, under the name 'file'")
        lines = files[0].content.rstrip().split(b"\n")
        document[FILES] = [{_FILE: _CALLED}]
        return Upload(document, list(upload.numbered(map(_parse_line, lines))))

    def write(
        self, incoming: Incoming, old: Mapping[str, Any], new: Mapping[str, Any], new_lines: Iterable[BatchLine]
    ) -> tuple[bytes, str]:
        return self._form.write(incoming, old, new, b"".join(map(_render_line, new_lines)))


def _parse_line(data: bytes) -> BatchLine:
    line = request.parse(data)
    upload.check_members(line, _MEMBERS)
    name, url, body = line["custom_id"], line["url"], line["body"]
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise MalformedRequestError(f"'custom_id' must be a string of 1 to {_LONGEST_NAME} characters")
    if line["method"] != "POST" or not isinstance(url, str) or not isinstance(body, dict):
        raise MalformedRequestError("'method' must be POST, 'url' a path and 'body' an object")
    return BatchLine(name, url, body)


def _render_line(line: BatchLine) -> bytes:
    document = {"custom_id": line.id, "method": "POST", "url": line.url, "body": line.body}
    return numbers.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


#: APIs that a line may be for, by the path of OpenAI; Azure omits the version.
_APIS: tuple[Api, ...] = (CHAT, RESPONSES, EMBEDDINGS, COMPLETIONS, MODERATIONS)
APIS = {path: api for api in _APIS for path in (api.endpoints[0].path, api.endpoints[0].path.removeprefix(OPENAI))}
_EXPIRES = frozenset({"expires_after[anchor]", "expires_after[seconds]"})
_UPLOADS = LinesApi(
    name=kept.FILES,
    operation=Operation.BATCH,
    request=RequestTable(
        members=Members(any_of(f"{_PURPOSE} {FILES}") | dict.fromkeys(_EXPIRES)),
        keys=_EXPIRES | {_PURPOSE, FILES, _FILE},
        words={
            _FILE: frozenset({_CALLED}),
            _PURPOSE: frozenset({"batch"}),
            "expires_after[anchor]": frozenset({"created_at"}),
        },
        identifiers={"expires_after[seconds]": re.compile(r"\d{1,7}")},
        model="",
        stream="",
    ),
    reply=tables.KEPT,
    **at("/files", dated=False, media=MEDIA, batch=True),
    holder=JsonLines(),
    apis=APIS,
)


def _table(line: Mapping[str, Any]) -> ReplyTable:
    """Return the table of one line of a file: of results, or of the requests sent."""
    if "body" in line:
        return tables.SENT
    response = line.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    kind = body.get("object", "") if isinstance(body, dict) else ""
    return tables.RESULTS.get(kind if isinstance(kind, str) else "", tables.RESULTS[""])


_USES = (Use("GET", "", "read"), Use("DELETE", "", "delete"), Use("GET", "/content", "read", streams=True))
FILES_API = kept_batches(_UPLOADS, kept.FILE, _USES, ROOTS, results=_table)
