"""What a reply says about itself: which model answered, in which region, when to ask again. Read from bytes.

A region is in a header, in the usage at the end of the reply, or in the name of the model that AWS chose; only the
reply's own members are read, never what a model wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from proxy.codecs.framing import FrameParser
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.core.targets.registered import Target
from proxy.errors import UpstreamModelError

#: Headers with the region of a reply (Azure OpenAI); the catalog may name another.
_HEADERS = ("x-ms-region",)
_GEO, _MODEL, _ROUTED = b'"inference_geo"', b'"model', b'"invokedModelId"'
#: Members of a stream's event that contain the reply as a whole.
_AROUND = ("message", "response")
_SHOWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_LONGEST_LINE = 256 << 10
_AWS = AwsEventStream(chunks=True)
#: The name of a model with the region that it answers in.
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]{1,20}):.*")


class _Lines:
    """Cuts a stream into lines where any may tell something; a line that is too long is skipped."""

    def __init__(self) -> None:
        self._open = b""  # an incomplete line

    def feed(self, chunk: bytes, may_tell: Callable[[bytes], bool]) -> list[bytes]:
        text = self._open + chunk
        end = text.rfind(b"\n") + 1
        self._open = text[end:] if len(text) - end <= _LONGEST_LINE else b""
        lines = text[:end]
        return lines.split(b"\n") if may_tell(lines) else []


class _Messages:
    """Cuts an AWS event stream into the contents of its messages; after a broken message there are none."""

    def __init__(self) -> None:
        self._parser: FrameParser | None = _AWS.parser()

    def feed(self, chunk: bytes, _may_tell: Callable[[bytes], bool]) -> list[bytes]:
        if self._parser is None:
            return []
        try:
            return [frame.data for frame in self._parser.feed(chunk) if frame.data]
        except ValueError:
            self._parser = None
            return []


class ReplyReport:
    """Collects reports from one reply; fed with its whole body, or with a stream's bytes as they arrive."""

    def __init__(self, target: Target, headers: Mapping[str, str], pinned: str) -> None:
        self._target = target
        self._pinned = pinned
        media = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self._cut: _Lines | _Messages = _Messages() if media in _AWS.media else _Lines()
        self._geo = not target.self_hosted
        self.region = ""
        self.model = ""
        for name in (target.expected.header, *_HEADERS):
            self._take_region(headers.get(name) if name else None)

    @property
    def misplaced(self) -> bool:
        """Whether the reply comes from a region that its target is not registered for."""
        return bool(self.region) and self._target.expected.misplaced(self.region)

    @property
    def undecided(self) -> bool:
        """Whether the reply must be held back: its model is pinned, and the reply has not named its model yet."""
        return bool(self._pinned) and not self.model

    def read(self, body: bytes) -> None:
        """Read a whole reply.

        Raises:
            UpstreamModelError: another model than the pinned one answered, or one without a name.

        """
        if self._pinned or self._says_where(body):
            self._parse(body)
        self.ended()

    def piece(self, chunk: bytes) -> None:
        """Read the next bytes of a stream; raises as ``read`` does."""
        if not (self._geo or self.undecided):
            return
        for text in self._cut.feed(chunk, self._may_tell):
            if self._may_tell(text):
                self._parse(text.removeprefix(b"data:"))
        if self.model:
            self._check()

    def ended(self) -> None:
        """Note the end of the reply; raises as ``read`` does."""
        if self._pinned:
            self._check()

    def _says_where(self, text: bytes) -> bool:
        return self._geo and (_GEO in text or _ROUTED in text)

    def _may_tell(self, text: bytes) -> bool:
        return self._says_where(text) or (self.undecided and _MODEL in text)

    def _parse(self, text: bytes) -> None:
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
        trace = part.get("trace")
        router = trace.get("promptRouter") if isinstance(trace, dict) else None
        routed = _ARN.fullmatch(str(router.get("invokedModelId"))) if isinstance(router, dict) else None
        self._take_region(routed[1] if routed else None)

    def _take_region(self, name: object) -> None:
        if isinstance(name, str) and not self.region and _SHOWN.fullmatch(name.strip()):
            self.region = name.strip()

    def _check(self) -> None:
        if self._pinned and self.model != self._pinned:
            raise UpstreamModelError(f"target {self._target.id} answered with another model than the pinned one")


_LONGEST_S = 86_400.0
_MILLISECONDS = 1000


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that a reply asks to wait (RFC 9110 section 10.2.3, or OpenAI's milliseconds).

    A date counts from the reply's own. What cannot be read is 0.0; a day is the most.
    """
    if "retry-after-ms" in headers:
        return _seconds(headers["retry-after-ms"]) / _MILLISECONDS
    text = headers.get("retry-after", "")
    if not text:
        return 0.0
    return _seconds(text) or _until(text, headers.get("date", ""))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), _LONGEST_S) if math.isfinite(value) else 0.0


def _until(text: str, sent: str) -> float:
    try:
        end, start = (parsedate_to_datetime(date).replace(tzinfo=UTC) for date in (text, sent))
    except (TypeError, ValueError):
        return 0.0
    return min(max((end - start).total_seconds(), 0.0), _LONGEST_S)
