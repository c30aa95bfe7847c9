"""Forms as browsers send them: read within limits of size and time, before anybody waits for a page's turn.

An address says what its page knows, each name once: a page that ignored a part would show more, or something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl
from weakref import WeakValueDictionary

from aiohttp import web

from proxy.console.words import mark
from proxy.errors import MalformedRequestError
from proxy.runtime.offload import run_in_thread_if_large
from proxy.web import body
from proxy.web.api.faults import InvalidRequestError

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


_EVERYBODY, _EACH = 8, 3


@dataclass(slots=True)
class PageTurns:
    """Lets ``_EVERYBODY`` run at once, and ``_EACH`` of one person: who asks for more waits for its own pages."""

    _all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_EVERYBODY))
    _persons: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def taken(self, tenant: str = "", person: str = "") -> AsyncIterator[None]:
        """Hold a turn; without a person that of whoever logs in."""
        turns = self._persons.setdefault((tenant, person), asyncio.Semaphore(_EACH))
        async with turns, self._all:
            yield


#: What names a data subject in an address: a look-up, wherever it stands.
SUBJECT = "subject"
#: What says which time a page is about.
TIME = ("p", "since", "until")
UNKNOWN = mark("This page cannot be narrowed by all that its address says.")
TWICE = mark("The address says the same thing twice.")


def check_address(query: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse an address of which a page would ignore a part.

    Raises:
        InvalidRequestError: a name is not known here, or stands twice.

    """
    if not query.keys() <= frozenset(names):
        raise InvalidRequestError(UNKNOWN)
    if len(set(query)) < len(query):
        raise InvalidRequestError(TWICE)
