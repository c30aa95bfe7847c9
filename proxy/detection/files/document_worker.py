"""The process that opens files: what people upload is parsed here and nowhere else. It opens no socket, writes nothing.

Started as ``python -m proxy.detection.files.document_worker PARENT [pictures]``; speaks the frames of ``wire``: in come
documents as ``[media type, base64]``, out go ``[text, status, why]``. Its memory is bounded by the kernel.
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
#: The argument that asks for a process which reads pictures too.
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
            one = opened(document, look)
            answers.append([one.text, one.status.value, one.why])
        sink.write(frame({"id": message["id"], "rows": answers, "rss": resident_bytes()}))
        sink.flush()


def main() -> None:
    """Shut the doors, then serve."""
    source, sink = confined()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    look = ocr.load() if PICTURES in sys.argv else None
    sink.write(frame({"ready": {}, "rss": resident_bytes()}))
    sink.flush()
    serve(source, sink, look)


if __name__ == "__main__":
    main()
