"""The head of a request, as far as its endpoint and dialect name it. What they do not name does not pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aiohttp import web

from proxy.codecs.endpoints import RouteMatch, Served
from proxy.core.wire import BINARY, JSON, Incoming
from proxy.errors import MalformedRequestError, UnsupportedMediaError

#: What clients say that do not say what they send: nothing, and what their libraries put there.
_SILENT = frozenset({"", BINARY, "application/x-www-form-urlencoded", "text/plain"})
_PARAMETER = re.compile(r";\s*([\w!#$%&'*+.^`|~-]+)=(?:\"([^\"\\]*)\"|([^\s;\"]+))\s*")


def read(request: web.BaseRequest, found: RouteMatch, served: Served) -> Incoming:
    """Return the request without its body.

    Raises:
        UnsupportedMediaError: its content type is none that the endpoint takes.
        MalformedRequestError: a parameter or header that passes is repeated, or not what its pattern says.

    """
    media, parameters = _media(request, served.endpoint.media)
    if served.endpoint.binary in request.headers:
        media, parameters = BINARY, {}
    return Incoming(
        body=b"",
        method="GET" if request.method == "HEAD" else request.method,
        template=found.template,
        stream=served.endpoint.stream,
        endless=served.endpoint.endless,
        batch=served.endpoint.batch,
        variables=found.variables,
        query=_query(request, served.endpoint.query),
        headers=_headers(request, served.dialect.passed),
        media=media,
        parameters=parameters,
        replies=served.endpoint.replies,
    )


def _media(request: web.BaseRequest, taken: frozenset[str]) -> tuple[str, Mapping[str, str]]:
    said = request.headers.getall("Content-Type", [""])
    if len(said) > 1:
        raise UnsupportedMediaError
    media, _, rest = said[0].partition(";")
    media = media.strip().lower()
    if media not in taken and f"{media.partition('/')[0]}/*" not in taken:
        if media not in _SILENT or JSON not in taken:
            raise UnsupportedMediaError
        return JSON, {}
    found = _PARAMETER.findall(f";{rest}") if rest else ()
    return media, {name.lower(): quoted or bare for name, quoted, bare in found}


def _query(request: web.BaseRequest, named: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    if not named or not request.query_string:
        return {}
    query = request.rel_url.query
    return {name: _one(name, query.getall(name), pattern) for name, pattern in named.items() if name in query}


def _headers(request: web.BaseRequest, named: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    headers = request.headers
    return {
        name: _one(told, [",".join(headers.getall(name))], pattern)  # a list may come in several lines (RFC 9110 5.3)
        for told, pattern in named.items()
        for name in _called(told, headers)
    }


def _called(told: str, headers: Mapping[str, str]) -> Iterable[str]:
    """Return the headers that came under a name of ours; one that ends in ``*`` stands for all that begin so."""
    if not told.endswith("*"):
        return (told,) if told in headers else ()
    return [name for name in dict.fromkeys(map(str.lower, headers)) if name.startswith(told[:-1])]


def _one(name: str, values: list[str], pattern: re.Pattern[str]) -> str:
    if len(values) != 1 or not pattern.fullmatch(values[0]):
        raise MalformedRequestError(f"'{name}' is repeated or has a value that is not understood")
    return values[0]
