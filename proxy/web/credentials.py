"""What a caller presents: a key or token, wherever its dialect's clients put one. It is never logged or passed on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from proxy.codecs.base import SIGNED

_BEARER, _BASIC = "bearer", "basic"
_SCHEMES = frozenset({_BEARER, _BASIC, SIGNED})
#: The scope of an AWS signature begins with the id of the key that made it.
_SCOPE = re.compile(r"(?:^|[,\s])Credential=([^/,\s]+)/")


def presented(request: web.BaseRequest, places: Sequence[str]) -> str:
    """Return the credential at the first of the places that holds something, "" where none does.

    A place is a scheme of ``Authorization``, a header, or a parameter of the query ("?key").
    """
    for place in places:
        found = _at(request, place)
        if found is not None:
            return found.strip()
    return ""


def repeated(request: web.BaseRequest, places: Sequence[str]) -> bool:
    """Say whether a place that may hold a credential comes twice: which of them counts would be a guess."""
    headers = ("Authorization", *(place for place in places if place[0] != "?" and place not in _SCHEMES))
    if any(len(request.headers.getall(name, ())) > 1 for name in headers):
        return True
    return any(len(request.rel_url.query.getall(place[1:], ())) > 1 for place in places if place[0] == "?")


def _at(request: web.BaseRequest, place: str) -> str | None:
    if place in _SCHEMES:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        return _READ[place](value) if scheme.lower() == place else None
    if place.startswith("?"):
        return request.rel_url.query.get(place[1:]) or None
    return request.headers.get(place) or None


def _password(encoded: str) -> str:
    """Return the password of ``Basic`` (RFC 7617), or the user's name where there is none: keys come as either."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or user


def _signer(signature: str) -> str:
    """Return the key that stands in an AWS signature. The rest proves nothing: no secret is kept to check it with."""
    found = _SCOPE.search(signature)
    return found[1] if found else ""


_READ: Mapping[str, Callable[[str], str]] = {_BEARER: str, _BASIC: _password, SIGNED: _signer}
