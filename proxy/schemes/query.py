"""A parameter of the URL's query ("key"). That URL is in no log here, but may be in one of the target's."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from yarl import URL

from proxy.core.targets.access import Authorization
from proxy.schemes.scheme import Parameter, PreparedRequest, Scheme


def with_query(url: URL, pairs: tuple[tuple[str, str], ...]) -> URL:
    """Return a URL with further parameters, encoded as SigV4 reads them: a space is %20, never a plus sign."""
    added = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    query = "&".join(part for part in (url.raw_query_string, added) if part)
    return url.with_query(None) if not query else URL(f"{url.with_query(None)}?{query}", encoded=True)


def _present(call: PreparedRequest, how: Authorization, secret: str) -> PreparedRequest:
    return replace(call, url=with_query(call.url, ((how["name"], secret),)))


SCHEME = Scheme(parameters={"name": Parameter(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")}, present=_present)
