"""A worker that obeys its text: the faults that a real one may have, on demand and without a model.

"hang" never answers, "die" exits, "odd" answers rubbish, "slow:S" sleeps; anything else is one finding over the text.
"""

from __future__ import annotations

import os
import sys
import time

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.pool.wire import frame, pack
from proxy.detection.pool.worker import read_frame, twin


def main() -> None:
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode == "stillborn":
        sys.exit(3)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    twin([one for one in sys.argv[1:] if ":" in one], (source, sink), serve)
    sink.write(frame({"ready": {}, "rss": 1000}))
    sink.flush()
    serve(source, sink)


def serve(source, sink) -> None:
    grown = 1000
    while (message := read_frame(source)) is not None:
        for text in message["texts"]:
            if text == "hang":
                time.sleep(1000)
            elif text == "die":
                os._exit(9)
            elif text.startswith("slow:"):
                time.sleep(float(text[5:]))
            elif text == "grow":
                grown = 1 << 40
        rows = [pack(SegmentFindings((Finding("PERSON", 0, len(t), 0.9, str(os.getpid())),))) for t in message["texts"]]
        if "odd" in message["texts"]:
            rows = rows[1:]
        sink.write(frame({"id": message["id"], "rows": rows, "rss": grown}))
        sink.flush()


if __name__ == "__main__":
    main()
