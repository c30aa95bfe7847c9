"""The credential of a caller: a key or token, wherever its dialect's clients put one. Never logged or passed on.

Beside it a caller may send a token of its own for the target, as programs with a subscription do: the key of this proxy
then stands in ``x-compliance-key``, in another header, or in the path (``/key/cp_.../v1/messages``).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from multidict import CIMultiDictProxy
from yarl import URL

from proxy.codecs.base import SIGNED
from proxy.core.targets.access import ACCOUNTS
from proxy.errors import MalformedRequestError
from proxy.web.declared import KEY

Headers = CIMultiDictProxy[str]
_BEARER, _BASIC = "bearer", "basic"
#: What keys of this proxy begin with, and the path before which one may stand.
_OURS, _PATH = "cp_", re.compile(r"/key/(cp_[A-Za-z0-9_-]{1,128})(?=/)")
#: Schemes of ``Authorization`` in which a credential may be.
SCHEMES = frozenset({_BEARER, _BASIC, SIGNED})
#: The scope of an AWS signature begins with the id of the signing key.
_SCOPE = re.compile(r"(?:^|[,\s])Credential=([^/,\s]+)/")


def presented(headers: Headers, url: URL, places: Sequence[str]) -> str:
    """Return the caller's key or token, "" if there is none.

    That is the first key of this proxy, else what stands at the first of the places that has anything. A place is a
    scheme of ``Authorization``, a header, or a parameter of the query ("?key").
    """
    values = [*_values(headers, url, places), ("", "")]
    return next((value for source, value in values if source == KEY or value.startswith(_OURS)), values[0][1])


def is_key(credential: str) -> bool:
    """Whether a credential has the form of a key of this proxy."""
    return credential.startswith(_OURS)


def beside(headers: Headers, url: URL, places: Sequence[str]) -> str:
    """Return the token beside the credential, for a target that takes its callers' own; "" for none."""
    ours = presented(headers, url, places)
    return next((value for source, value in _values(headers, url, places) if source == _BEARER and value != ours), "")


def accounts(headers: Headers) -> Mapping[str, str]:
    """Return the accounts that the caller names beside its own token, by their headers.

    Raises:
        MalformedRequestError: one is repeated or not the name of an account.

    """
    named = {name: headers.getall(name) for name in ACCOUNTS if name in headers}
    for name, values in named.items():
        if len(values) > 1 or not ACCOUNTS[name].fullmatch(values[0]):
            raise MalformedRequestError(f"the header {name} is repeated or not valid")
    return {name: values[0] for name, values in named.items()}


def path(url: URL) -> str:
    """Return the path of a request, percent-encoded as received, without the key before it."""
    key = _PATH.match(url.raw_path)
    return url.raw_path if key is None else url.raw_path[key.end() :]


def _values(headers: Headers, url: URL, places: Sequence[str]) -> Iterator[tuple[str, str]]:
    if key := _PATH.match(url.raw_path):
        yield KEY, key[1]
    for source in (KEY, *places):
        value = _at(headers, url, source)
        if value is not None:
            yield source, value.strip()


def repeated(headers: Headers, url: URL, places: Sequence[str]) -> bool:
    """Whether a credential may occur twice: which of the two counts would be a guess."""
    names = ["Authorization", KEY, *[source for source in places if source[0] != "?" and source not in SCHEMES]]
    if max([len(headers.getall(name, ())) for name in names]) > 1:
        return True
    return any(len(url.query.getall(source[1:], ())) > 1 for source in places if source[0] == "?")


def _at(headers: Headers, url: URL, source: str) -> str | None:
    if source in SCHEMES:
        scheme, _, value = headers.get("Authorization", "").partition(" ")
        return _READ[source](value) if scheme.lower() == source else None
    if source.startswith("?"):
        return url.query.get(source[1:]) or None
    return headers.get(source) or None


def _password(encoded: str) -> str:
    """Return the password of ``Basic`` (RFC 7617), or the user name if there is none: clients use either for keys."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or user


def _signer(signature: str) -> str:
    """Return the key in an AWS signature. The signature itself is not verified: no secret is stored for that."""
    match = _SCOPE.search(signature)
    return match[1] if match else ""


_READ: Mapping[str, Callable[[str], str]] = {_BEARER: str, _BASIC: _password, SIGNED: _signer}
