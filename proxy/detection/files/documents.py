"""Implements the ``DocumentReader`` port: files are opened in a separate process, started for the first file.

Pictures have another such process, since they take seconds and no file should wait for them.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

from proxy.core.documents import is_picture
from proxy.core.findings import Status
from proxy.core.records import Document, Extracted
from proxy.detection.files import ocr as local_ocr
from proxy.detection.files.document_worker import PICTURES
from proxy.detection.pool.pool import PoolLimits, WorkerPool
from proxy.detection.pool.process import Lane, WorkerProcess
from proxy.errors import DetectionError
from proxy.runtime.offload import owner

_WAITING = 16
_START_S = 30.0
_LARGEST_WORKER = 400 << 20
_LARGEST_OCR = 900 << 20
#: A page that is a picture takes about ten seconds of one core.
_SLOWER = 3
_SEPARATOR = ";"
_PICTURE_UNREAD = Extracted("", Status.SKIPPED, "format")


class DocumentProcess(WorkerProcess):
    """One process that opens files, or pictures too. A batch is one file: ``media type;base64``."""

    def __init__(self, *more: str) -> None:
        super().__init__((sys.executable, "-m", "proxy.detection.files.document_worker", str(os.getpid()), *more))

    async def read_batch(self, lane: Lane, texts: Sequence[str]) -> Any:
        """Return the text of each file.

        Raises:
            WorkerGoneError: it died, or the answer is invalid.

        """
        documents = [text.split(_SEPARATOR, 1) for text in texts]
        return await lane.call({"documents": documents}, len(documents), _extracted)


def _extracted(row: Sequence[str]) -> Extracted:
    text, status, why = row
    return Extracted(str(text), Status(status), str(why))


class _Readers:
    """A pool of one kind; the first file starts it."""

    def __init__(self, limits: PoolLimits, *more: str) -> None:
        self.pool = WorkerPool(limits, lambda: DocumentProcess(*more))
        self._deadline_s = limits.batch_s
        self._opening = asyncio.Lock()
        self._open = False

    async def read(self, documents: Sequence[Document]) -> list[Extracted]:
        if not documents:
            return []
        try:
            await self._ensure_started()
        except DetectionError:
            return [Extracted("", Status.FAILED) for _ in documents]
        answers = await self.pool.run(
            [[f"{document.media}{_SEPARATOR}{document.data}"] for document in documents], self._deadline_s, owner()
        )
        return [Extracted("", answer) if isinstance(answer, Status) else _only(answer) for answer in answers]

    async def _ensure_started(self) -> None:
        async with self._opening:
            if not self._open:
                await self.pool.start()
                self._open = True


class PooledDocuments:
    """Reads files within ``deadline_s`` per request, and pictures within three times that; ``close`` after use.

    Raises:
        ConfigurationError: ``ocr`` without the extra of that name.

    """

    def __init__(self, deadline_s: float, *, ocr: bool = False) -> None:
        self._files = _Readers(_limits(deadline_s, _LARGEST_WORKER))
        self._pictures: _Readers | None = None
        if ocr:
            local_ocr.require()
            self._pictures = _Readers(_limits(_SLOWER * deadline_s, _LARGEST_OCR), PICTURES)

    @property
    def pools(self) -> tuple[WorkerPool, ...]:
        """The pool for files and, where pictures are read, the one for pictures."""
        return tuple(readers.pool for readers in (self._files, self._pictures) if readers is not None)

    @property
    def pool(self) -> WorkerPool:
        """The pool for files."""
        return self._files.pool

    async def start(self) -> None:
        """Nothing: the first file starts the process."""

    async def close(self) -> None:
        """End the processes."""
        for pool in self.pools:
            await pool.close()

    async def read(self, documents: Sequence[Document]) -> tuple[Extracted, ...]:
        """Return one answer per document, in order."""
        async with asyncio.TaskGroup() as group:
            files = group.create_task(
                self._files.read([document for document in documents if not is_picture(document)])
            )
            pictures = group.create_task(
                self._read_pictures([document for document in documents if is_picture(document)])
            )
        texts, picture_texts = iter(files.result()), iter(pictures.result())
        return tuple(next(picture_texts) if is_picture(document) else next(texts) for document in documents)

    async def _read_pictures(self, pictures: Sequence[Document]) -> list[Extracted]:
        return [_PICTURE_UNREAD] * len(pictures) if self._pictures is None else await self._pictures.read(pictures)


def _limits(deadline_s: float, worker_bytes: int) -> PoolLimits:
    return PoolLimits(workers=1, queue=_WAITING, batch_s=deadline_s, start_s=_START_S, worker_bytes=worker_bytes)


def _only(answer: Sequence[object]) -> Extracted:
    (extracted,) = answer
    return extracted if isinstance(extracted, Extracted) else Extracted("", Status.FAILED)
