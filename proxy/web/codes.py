"""What a reason code means, whose it is and what to do: ``GET /v1/compliance/codes/CODE``, for anyone.

Every refusal names this address in its header ``Link``. It holds what this release says of a code, and nothing of an
installation, so it needs no key: a browser has none.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache

from aiohttp import web

from proxy import errors
from proxy.core.decision.reasons import MEANINGS, REASONS, Reason, reason
from proxy.core.response_headers import CODES
from proxy.errors import ProxyError
from proxy.web.api import faults

PATH, ONE = CODES, CODES + "/{code}"
_OWN = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OF_OWN_RULES = "A rule of the organisation's own refuses this; the message of the refusal says which."


@cache
def meanings() -> Mapping[str, str]:
    """Return the sentence of every code."""
    documented = {kind.code: inspect.getdoc(kind) or "" for kind in every()}
    return {code: MEANINGS.get(code) or documented[code] for code in REASONS}


def every() -> Iterator[type[ProxyError]]:
    """Yield all faults, the admin API's too."""
    for module in (faults, errors):
        kinds = (kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ProxyError))
        yield from (kind for kind in kinds if kind.__module__ == module.__name__)


async def listed(_request: web.Request) -> web.Response:
    """List all codes."""
    rows = (_explained(code, meanings()[code], each) for code, each in REASONS.items())
    return web.Response(text="\n".join(rows))


async def explained(request: web.Request) -> web.Response:
    """Explain one code; 404 for what can be no code."""
    code = request.match_info["code"]
    if code not in REASONS and not _OWN.fullmatch(code):
        return web.Response(status=404, text="no such code\n")
    return web.Response(text=_explained(code, meanings().get(code, _OF_OWN_RULES), reason(code)))


def _explained(code: str, meaning: str, row: Reason) -> str:
    return f"{code}\n  {meaning}\n  Responsible: {row.responsibility}\n  What to do: {row.advice}.\n"
