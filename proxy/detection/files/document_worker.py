"""The process that opens files: uploads are parsed here and nowhere else. It opens no socket and writes nothing.

Started as ``python -m proxy.detection.files.document_worker PARENT [pictures]``; reads and writes the frames of
``wire``: documents as ``[media type, base64]``, answers as ``[text, status, why]``. The kernel bounds its memory.
"""

from __future__ import annotations

import base64
import resource
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from proxy.core.findings import Status
from proxy.core.records import Extracted
from proxy.detection.files import ocr
from proxy.detection.files.attachments import extract
from proxy.detection.pool.wire import frame
from proxy.detection.pool.worker import confined, read_frame, resident_bytes

MOST_MEMORY = 2 << 30  # bytes of address space
#: The argument for a process that also reads pictures.
PICTURES = "pictures"


def opened(document: Sequence[str], look: ocr.Look | None = None) -> Extracted:
    """Return the text of one document."""
    media, encoded = document
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError:  # no base64, or no ASCII
        return Extracted("", Status.SKIPPED, "broken")
    return extract(media, data, look)


def serve(source: BinaryIO, sink: BinaryIO, look: ocr.Look | None = None) -> None:
    """Answer until the input ends."""
    while (message := read_frame(source)) is not None:
        answers: list[Any] = []
        for document in message["documents"]:
            extracted = opened(document, look)
            answers.append([extracted.text, extracted.status.value, extracted.why])
        sink.write(frame({"id": message["id"], "rows": answers, "rss": resident_bytes()}))
        sink.flush()


def main() -> None:
    """Confine the process, then serve."""
    source, sink = confined()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    look = ocr.load() if PICTURES in sys.argv else None
    sink.write(frame({"ready": {}, "rss": resident_bytes()}))
    sink.flush()
    serve(source, sink, look)


if __name__ == "__main__":
    main()
