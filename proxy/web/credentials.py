"""The credential of a caller: a key or token, wherever its dialect's clients put one. Never logged or passed on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from proxy.codecs.base import SIGNED

_BEARER, _BASIC = "bearer", "basic"
_SCHEMES = frozenset({_BEARER, _BASIC, SIGNED})
#: The scope of an AWS signature begins with the id of the signing key.
_SCOPE = re.compile(r"(?:^|[,\s])Credential=([^/,\s]+)/")


def presented(request: web.BaseRequest, places: Sequence[str]) -> str:
    """Return the credential at the first of the places that has one, "" if none has.

    A place is a scheme of ``Authorization``, a header, or a parameter of the query ("?key").
    """
    for place in places:
        found = _at(request, place)
        if found is not None:
            return found.strip()
    return ""


def repeated(request: web.BaseRequest, places: Sequence[str]) -> bool:
    """Whether a credential may occur twice: which of the two counts would be a guess."""
    headers = ["Authorization", *[place for place in places if place[0] != "?" and place not in _SCHEMES]]
    if max([len(request.headers.getall(name, ())) for name in headers]) > 1:
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
    """Return the password of ``Basic`` (RFC 7617), or the user name if there is none: clients use either for keys."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or user


def _signer(signature: str) -> str:
    """Return the key in an AWS signature. The signature itself is not verified: no secret is stored for that."""
    found = _SCOPE.search(signature)
    return found[1] if found else ""


_READ: Mapping[str, Callable[[str], str]] = {_BEARER: str, _BASIC: _password, SIGNED: _signer}
