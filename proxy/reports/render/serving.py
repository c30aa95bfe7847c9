"""Files in a serving process: rendered beside its event loop, and a PDF in a confined process of its own."""

from __future__ import annotations

import asyncio

from proxy.errors import ProxyError
from proxy.reports import render
from proxy.reports.answer import Signed
from proxy.reports.render import paper
from proxy.reports.render.languages import ENGLISH
from proxy.runtime import child_process
from proxy.runtime.child_process import TooLongError
from proxy.runtime.environment import environment

_DEADLINE_S = 120.0
_LONGEST = 64 << 20  # of a PDF, bytes
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


class NotRenderedError(ProxyError):
    """The file could not be made in the memory and time that one may take; narrow the question."""

    status = 422
    code = "not_rendered"


async def rendered(signed: Signed, kind: str, language: str = ENGLISH) -> bytes:
    """Return an answer or a report as a file; what is printed in a language.

    Raises:
        NotRenderedError: a PDF took too long or too much memory.
        ConfigurationError, ValueError: as ``render.rendered`` says.

    """
    if kind != "pdf":
        return await asyncio.to_thread(render.rendered, signed, kind, language)
    source = await asyncio.to_thread(lambda: paper.source(render.as_printed(signed, language)))
    variables = {name: value for name, value in environment().items() if name in _PASSED_ON}
    try:
        async with asyncio.timeout(_DEADLINE_S):
            pdf = await child_process.answered(paper.__name__, source.encoded(), variables, longest=_LONGEST)
    except (TimeoutError, TooLongError) as error:
        raise NotRenderedError from error
    if not pdf:
        raise NotRenderedError
    return pdf
