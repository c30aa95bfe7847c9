"""What keeps a browser's session its owner's: response headers, cookies, and where a change may come from. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aiohttp import web

from proxy.core.targets.destinations import is_loopback
from proxy.web.api.faults import ForeignRequestError, NotHereError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types default"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class ConsoleSite:
    """Where browsers reach the console. ``url``: with scheme and host, "" for this machine alone."""

    url: str = ""

    @property
    def secure(self) -> bool:
        """Whether it is reached by TLS."""
        return self.url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session's cookie: under TLS bound to this host by its prefix (RFC 6265bis)."""
        return "__Host-cp_session" if self.secure else "cp_session"

    def check(self, request: web.BaseRequest) -> None:
        """Refuse a request to another host; one that changes something only comes from our own pages.

        Raises:
            NotHereError: without TLS, from another machine or for another name than this machine's.
            ForeignRequestError: another site sent it, or no page at all.

        """
        host = request.headers.get("Host", "")
        if self.secure:
            if host != urlsplit(self.url).netloc:
                raise NotHereError
        elif not (is_loopback(request.remote) and is_loopback(_name_of(host))):
            raise NotHereError
        if request.method in SAFE:
            return
        # Under "no-referrer" a browser calls the origin of its own form "null", and says by Sec-Fetch-Site what it is.
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        same = origin == (self.url or f"http://{host}")
        if not (site == "same-origin" and (same or origin == "null")) and not (site is None and same):
            raise ForeignRequestError

    def set_session(self, response: web.Response, token: str) -> None:
        """Hand the browser a session, or take it ("")."""
        if not token:
            response.del_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="Lax")
        else:
            response.set_cookie(self.cookie, token, path="/", secure=self.secure, httponly=True, samesite="Lax")


def _name_of(host: str) -> str | None:
    """Return the name of a host with its port, None for what is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def csrf_token(session: str) -> str:
    """Return what forms of a session carry: only who has the session's cookie can make it."""
    return hashlib.sha256(f"csrf {session}".encode()).hexdigest()


def check_csrf(session: str, shown: str) -> None:
    """Refuse a change without the session's token.

    Raises:
        ForeignRequestError: it is another one, or none.

    """
    if not hmac.compare_digest(csrf_token(session).encode(), shown.encode(errors="replace")):
        raise ForeignRequestError


def local_path(wanted: str) -> str:
    """Return a path of the console to go on to, its first page for anything else (no redirect leads elsewhere).

    What stands behind a question mark leads nowhere. A browser goes up at ``%2e%2e`` as at ``..``.
    """
    path = unquote(re.split("[?#]", wanted, maxsplit=1)[0])
    plain = wanted.isascii() and wanted.isprintable() and not any(part in path for part in ("\\", "..", "//"))
    return wanted if plain and wanted.startswith("/console/") else "/console/"
