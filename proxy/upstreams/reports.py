"""What a reply says of itself beside its content: which model answered, in which region. Read from the target's bytes.

A region stands in a header, or in the usage that ends the reply; only members of the reply's own are read, never what
a model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from proxy.core.records import Target
from proxy.errors import UpstreamModelError

#: Headers that tell where a reply was made (Azure OpenAI); the catalog may name another.
_HEADERS = ("x-ms-region",)
_GEO, _MODEL = b'"inference_geo"', b'"model'
#: Members in which an event of a stream holds the reply as a whole.
_AROUND = ("message", "response")
_SHOWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_LONGEST_LINE = 256 << 10


class Reports:
    """Collects from one reply; fed with its whole body, or with a stream's bytes as they come."""

    def __init__(self, target: Target, headers: Mapping[str, str], pinned: str) -> None:
        self._target = target
        self._pinned = pinned
        self._open = b""  # the beginning of a line whose end has not come
        self._geo = target.operator == "third_party"
        self.region = ""
        self.model = ""
        for name in (target.expected.header, *_HEADERS):
            self._take_region(headers.get(name) if name else None)

    @property
    def misplaced(self) -> bool:
        """Whether the reply comes from a region that its target is not registered for."""
        return bool(self.region) and self._target.expected.misplaced(self.region)

    @property
    def held(self) -> bool:
        """Whether the reply may not be passed on yet: its model is pinned, and it has not said which it is."""
        return bool(self._pinned) and not self.model

    def whole(self, body: bytes) -> None:
        """Read a whole reply.

        Raises:
            UpstreamModelError: another model answered than the pinned one, or none that says its name.

        """
        if self._pinned or (self._geo and _GEO in body):
            self._read(body)
        self.ended()

    def piece(self, chunk: bytes) -> None:
        """Read the next bytes of a stream; raises as ``whole``."""
        if not (self._geo or self.held):
            return
        lines = (self._open + chunk).split(b"\n")
        self._open = lines.pop()
        if len(self._open) > _LONGEST_LINE:
            self._open = b""
        for line in lines:
            if _GEO in line or (self.held and _MODEL in line):
                self._read(line.removeprefix(b"data:"))
        if self.model:
            self._check()

    def ended(self) -> None:
        """Note that nothing follows; raises as ``whole``."""
        if self._pinned:
            self._check()

    def _read(self, text: bytes) -> None:
        try:
            document = orjson.loads(text.strip())
        except ValueError:
            return
        for part in (document, *(document.get(name) for name in _AROUND if isinstance(document, dict))):
            if isinstance(part, dict):
                self._take(part)

    def _take(self, part: Mapping[str, Any]) -> None:
        name = part.get("model") or part.get("modelVersion")
        if isinstance(name, str) and not self.model:
            self.model = name
        usage = part.get("usage")
        if isinstance(usage, dict):
            self._take_region(usage.get("inference_geo"))

    def _take_region(self, name: object) -> None:
        if isinstance(name, str) and not self.region and _SHOWN.fullmatch(name.strip()):
            self.region = name.strip()

    def _check(self) -> None:
        if self._pinned and self.model != self._pinned:
            raise UpstreamModelError(f"target {self._target.id} answered with another model than the pinned one")
