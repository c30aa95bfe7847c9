"""What a caller presents: a key or token, wherever its dialect's clients put one. It is never logged or passed on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from aiohttp import web

_BEARER, _BASIC = "bearer", "basic"


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
    headers = ("Authorization", *(place for place in places if place[0] != "?" and place not in {_BEARER, _BASIC}))
    if any(len(request.headers.getall(name, ())) > 1 for name in headers):
        return True
    return any(len(request.rel_url.query.getall(place[1:], ())) > 1 for place in places if place[0] == "?")


def _at(request: web.BaseRequest, place: str) -> str | None:
    if place in {_BEARER, _BASIC}:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != place:
            return None
        return value if place == _BEARER else _password(value)
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
