"""The head of a request: only what its endpoint and dialect name is passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aiohttp import web

from proxy.codecs.endpoints import RouteMatch, Served
from proxy.core.wire import BINARY, JSON, Incoming
from proxy.errors import MalformedRequestError, UnsupportedMediaError

#: Content types that say nothing about the body: none, and defaults of client libraries.
_SILENT = frozenset({"", BINARY, "application/x-www-form-urlencoded", "text/plain"})
_PARAMETER = re.compile(r";\s*([\w!#$%&'*+.^`|~-]+)=(?:\"([^\"\\]*)\"|([^\s;\"]+))\s*")


def read(request: web.BaseRequest, match: RouteMatch, served: Served) -> Incoming:
    """Return the request without its body.

    Raises:
        UnsupportedMediaError: the endpoint does not accept the content type.
        MalformedRequestError: a parameter or header is repeated, or does not match its pattern.

    """
    media, parameters = _media(request, served.endpoint.media)
    if served.endpoint.binary in request.headers:
        media, parameters = BINARY, {}
    return Incoming(
        body=b"",
        method="GET" if request.method == "HEAD" else request.method,
        template=match.template,
        stream=served.endpoint.stream,
        endless=served.endpoint.endless,
        batch=served.endpoint.batch,
        variables=match.variables,
        query=_query(request, served.endpoint.query),
        headers=_headers(request, served.dialect.forwarded),
        media=media,
        parameters=parameters,
        replies=served.endpoint.replies,
    )


def _media(request: web.BaseRequest, accepted: frozenset[str]) -> tuple[str, Mapping[str, str]]:
    values = request.headers.getall("Content-Type", [""])
    if len(values) > 1:
        raise UnsupportedMediaError
    media, _, rest = values[0].partition(";")
    media = media.strip().lower()
    if media not in accepted and f"{media.partition('/')[0]}/*" not in accepted:
        if media not in _SILENT or JSON not in accepted:
            raise UnsupportedMediaError
        return JSON, {}
    parameters = _PARAMETER.findall(f";{rest}") if rest else ()
    return media, {name.lower(): quoted or bare for name, quoted, bare in parameters}


def _query(request: web.BaseRequest, patterns: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    if not patterns or not request.query_string:
        return {}
    query = request.rel_url.query
    return {name: _single(name, query.getall(name), pattern) for name, pattern in patterns.items() if name in query}


def _headers(request: web.BaseRequest, patterns: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    headers = request.headers
    return {
        name: _single(key, [",".join(headers.getall(name))], pattern)  # a list may span lines (RFC 9110 5.3)
        for key, pattern in patterns.items()
        for name in _matching(key, headers)
    }


def _matching(key: str, headers: Mapping[str, str]) -> Iterable[str]:
    """Return the request's headers for a name in the table; one that ends in ``*`` stands for a prefix."""
    if not key.endswith("*"):
        return (key,) if key in headers else ()
    return [name for name in dict.fromkeys(map(str.lower, headers)) if name.startswith(key[:-1])]


def _single(name: str, values: list[str], pattern: re.Pattern[str]) -> str:
    if len(values) != 1 or not pattern.fullmatch(values[0]):
        raise MalformedRequestError(f"'{name}' is repeated or has an unsupported value")
    return values[0]
