"""The ``DocumentReader`` port: files are opened in a process of their own, started when the first one comes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

from proxy.core.records import Document, Extracted, Status
from proxy.detection.pool import PoolLimits, WorkerPool
from proxy.detection.process import WorkerGoneError, WorkerProcess
from proxy.detection.wire import frame
from proxy.errors import DetectionError

_WAITING = 16
_START_S = 30.0
_LARGEST_WORKER = 400 << 20
_SEPARATOR = ";"


class DocumentProcess(WorkerProcess):
    """One process that opens files. A batch is one file: ``media type;base64``."""

    def __init__(self) -> None:
        super().__init__((sys.executable, "-m", "proxy.detection.document_worker", str(os.getpid())))

    async def ask(self, texts: Sequence[str]) -> Any:
        """Return the text of each file.

        Raises:
            WorkerGoneError: it died meanwhile, or the answer is not one.

        """
        self._number += 1
        await self._write(frame({"id": self._number, "documents": [text.split(_SEPARATOR, 1) for text in texts]}))
        message = await self._read()
        try:
            rows = tuple(Extracted(str(text), Status(status), str(why)) for text, status, why in message["rows"])
            valid = message["id"] == self._number and len(rows) == len(texts)
            self.rss = int(message["rss"])
        except (KeyError, TypeError, ValueError) as error:
            raise WorkerGoneError("odd answer") from error
        if not valid:
            raise WorkerGoneError("odd answer")
        return rows


class PooledDocuments:
    """Reads files within ``deadline_s`` per request; ``close`` after use."""

    def __init__(self, deadline_s: float) -> None:
        limits = PoolLimits(
            workers=1, queue=_WAITING, batch_s=deadline_s, start_s=_START_S, worker_bytes=_LARGEST_WORKER
        )
        self.pool = WorkerPool(limits, DocumentProcess)
        self._deadline_s = deadline_s
        self._opening = asyncio.Lock()
        self._open = False

    async def start(self) -> None:
        """Wait for the first file."""

    async def close(self) -> None:
        """End the process."""
        await self.pool.close()

    async def read(self, documents: Sequence[Document]) -> tuple[Extracted, ...]:
        """Return one answer per document, in order."""
        try:
            await self._opened()
        except DetectionError:
            return tuple(Extracted("", Status.FAILED) for _ in documents)
        answers = await self.pool.run(
            [[f"{document.media}{_SEPARATOR}{document.data}"] for document in documents], self._deadline_s
        )
        return tuple(Extracted("", answer) if isinstance(answer, Status) else _only(answer) for answer in answers)

    async def _opened(self) -> None:
        async with self._opening:
            if not self._open:
                await self.pool.start()
                self._open = True


def _only(answer: Sequence[object]) -> Extracted:
    (one,) = answer
    return one if isinstance(one, Extracted) else Extracted("", Status.FAILED)
