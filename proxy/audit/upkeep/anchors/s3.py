"""An S3 bucket as anchor: each note is an object that nobody can change or remove before its day (object lock).

``s3:<bucket>/<prefix>?region=<region>[&days=3650][&endpoint=<address>]``. The credential is found as AWS's tools do.
Keys count down, so that the newest object is listed first; the newest note covers all before it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from defusedxml import ElementTree

from proxy.audit.sealing import notes
from proxy.runtime import http
from proxy.runtime.clock import SystemClock

if TYPE_CHECKING:
    from proxy.audit.upkeep.anchors import NewNote

KIND = "s3"
_EXTRA = "pip install 'compliance-proxy[aws]'"
_OK, _EXISTS = 200, 412
_LAST = 10**15
_READ_BACK = 10


@dataclass(frozen=True, slots=True)
class S3Anchor:
    """Objects below a prefix of a bucket with object lock; ``days`` is how long each is locked."""

    speaks: ClassVar[bool] = False
    bucket: str
    prefix: str
    region: str
    days: int = 3650
    endpoint: str = ""

    @property
    def where(self) -> str:
        """Its place, for people."""
        return f"s3 {self.bucket}/{self.prefix}"

    async def put(self, note: NewNote) -> bytes:
        """Keep a note as an object that did not exist.

        Raises:
            OSError: it could not be kept, or another note of this size is.

        """
        key, body = self._key(note.size), note.signed.encode()
        until = datetime.fromtimestamp(SystemClock().now(), UTC) + timedelta(days=self.days)
        headers = {
            "if-none-match": "*",
            "x-amz-object-lock-mode": "COMPLIANCE",
            "x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        status, _ = await self._ask("PUT", quote(key), body, headers)
        if status == _EXISTS and (await self._read(key)) != note.signed:
            raise OSError(f"another note of {note.size} seals is there")
        if status not in {_OK, _EXISTS}:
            raise OSError(f"S3 returned {status}")
        return b""

    async def newest(self, _origin: str, /) -> str:
        """Return the newest line, "" when there is none.

        Raises:
            OSError: it cannot be read.

        """
        return next(iter(await self._newest(1)), "")

    async def every(self, _origin: str, /) -> Sequence[str]:
        """Return the newest lines, oldest first: the newest covers all before it.

        Raises:
            OSError: they cannot be read.

        """
        return (await self._newest(_READ_BACK))[::-1]

    async def _newest(self, number: int) -> list[str]:
        query = f"?list-type=2&max-keys={number}&prefix={quote(f'{self.prefix}/', safe='')}"
        status, content = await self._ask("GET", query, b"", {})
        if status != _OK:
            raise OSError(f"S3 returned {status}")
        try:
            keys = [node.text or "" for node in ElementTree.fromstring(content).iter() if node.tag.endswith("}Key")]
            return [notes.anchor_line(await self._read(key)) for key in keys]
        except (ElementTree.ParseError, ValueError) as error:
            raise OSError("the bucket holds something else") from error

    async def _read(self, key: str) -> str:
        status, content = await self._ask("GET", quote(key), b"", {})
        if status != _OK:
            raise OSError(f"S3 returned {status}")
        return content.decode(errors="replace")

    def _key(self, size: int) -> str:
        return f"{self.prefix}/{_LAST - size:015d}-{size}.note"

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        base = self.endpoint or f"https://s3.{self.region}.amazonaws.com"
        address = f"{base}/{self.bucket}/{path}" if not path.startswith("?") else f"{base}/{self.bucket}{path}"
        signed = await asyncio.to_thread(self._signed, method, address, body, headers)
        status, _, content = await http.request(method, address, body, signed)
        return status, content

    def _signed(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        """Return the headers with a signature (AWS Signature Version 4)."""
        from botocore.auth import S3SigV4Auth  # noqa: PLC0415 - an extra
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.session import get_session  # noqa: PLC0415

        credentials = get_session().get_credentials()
        if credentials is None:
            raise OSError("there is no AWS credential")
        request: Any = AWSRequest(method, address, headers=headers, data=body)
        S3SigV4Auth(credentials.get_frozen_credentials(), "s3", self.region).add_auth(request)
        return dict(request.headers.items())


def opened(where: str) -> S3Anchor:
    """Return the anchor in a bucket.

    Raises:
        ValueError: the place has another form, or the extra is not installed.

    """
    try:
        import botocore.auth  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise ValueError(f"needs a signer: {_EXTRA}") from None
    address, query = urlsplit(f"s3://{where}"), parse_qs(urlsplit(f"s3://{where}").query)
    options = {name: values[-1] for name, values in query.items()}
    prefix, region, days = address.path.strip("/"), options.get("region", ""), options.get("days", "3650")
    if not (address.netloc and prefix and region and days.isdigit()) or set(options) - {"region", "days", "endpoint"}:
        raise ValueError("write s3:bucket/prefix?region=eu-central-1&days=3650")
    return S3Anchor(address.netloc, prefix, region, int(days), options.get("endpoint", "").rstrip("/"))
