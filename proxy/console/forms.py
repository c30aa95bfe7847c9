"""Forms as browsers send them: read within limits of size and time, before anybody waits for a page's turn."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from proxy.errors import MalformedRequestError
from proxy.runtime.offload import run_in_thread_if_large
from proxy.web import body

MEDIA_TYPE = "application/x-www-form-urlencoded"
#: The largest form of somebody who is not logged in, bytes.
SMALL = 16 << 10
_ARRIVES_S = 10.0
_MOST_FIELDS = 5_000


async def fields_of(request: web.Request, most: int) -> Mapping[str, str]:
    """Return the fields of a form of at most so many bytes; the last of a name counts. None of another media type.

    Raises:
        PayloadTooLargeError, UnsupportedEncodingError: as they say.
        MalformedRequestError: it is cut, slow, no UTF-8, has too many fields, or U+0000, which no record can hold.

    """
    if request.content_type != MEDIA_TYPE:
        return {}
    content = await body.read(request.clone(client_max_size=most), _ARRIVES_S, _unbounded)
    try:
        fields = await run_in_thread_if_large(len(content), lambda: _parsed(content))
    except ValueError as error:
        raise MalformedRequestError("the form could not be read") from error
    if any("\0" in text for field in fields.items() for text in field):
        raise MalformedRequestError("the form could not be read")
    return fields


def _parsed(content: bytes) -> dict[str, str]:
    text = content.decode("utf-8")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))


def _unbounded(_more: int) -> None:
    """Forms are small: nothing is counted."""
