"""The head of a request: only what its endpoint and dialect name is passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from aiohttp import web
from multidict import MultiMapping

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
    media, parameters = _media(request.headers.getall("Content-Type", [""]), served.endpoint.media)
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
        query=_query(request.rel_url.query, served.endpoint.query) if served.endpoint.query else {},
        headers=_headers(request.headers, served.dialect.forwarded),
        media=media,
        parameters=parameters,
        replies=served.endpoint.replies,
    )


def _media(values: Sequence[str], accepted: frozenset[str]) -> tuple[str, Mapping[str, str]]:
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


def _query(query: MultiMapping[str], patterns: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    return {name: _single(name, query.getall(name), pattern) for name, pattern in patterns.items() if name in query}


def _headers(headers: MultiMapping[str], patterns: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
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
