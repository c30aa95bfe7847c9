"""A detection worker: reads frames of texts on standard input, writes frames of findings, opens no socket.

Started as ``python -m proxy.detection.pool.worker PARENT CACHE [IN:OUT ...]``. CACHE is a private folder for what is
compiled, empty for none; each pair of descriptors is a further lane, served by a twin. The worker sends
``{"ready": ...}`` once its models are loaded, and ends with its parent. Nothing it prints can reach a log: its parent
closes standard error.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from proxy.core.findings import SegmentFindings, Status
from proxy.detection.models import arithmetic
from proxy.detection.pool.wire import HEAD, TWIN_ENDED, frame, pack
from proxy.detection.text.plain import Ruled

_PR_SET_PDEATHSIG = 1
_BETWEEN_TRIMS = 50
#: After so long without a question a worker is at rest.
_REST_S = 0.25
Way = tuple[BinaryIO, BinaryIO]
_SOCKET_EVENTS = ("socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")


def refuse_sockets() -> None:
    """Make creating a socket or resolving a name raise in this process, irrevocably."""

    def hook(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in _SOCKET_EVENTS:
            raise PermissionError("detection opens no sockets")

    sys.addaudithook(hook)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends (Linux; elsewhere the closed pipe ends it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


def _opened(lane: str) -> Way:
    source, sink = map(int, lane.split(":"))
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def twin(lanes: Sequence[str], streams: Way, work: Callable[[BinaryIO, BinaryIO], None]) -> None:
    """Fork a twin for every further lane; it shares the models' memory and ends with this process.

    Loaded objects are frozen, so that garbage collection does not write to them. This process ends with its first
    twin, whose lane would be dead.
    """
    if not lanes:
        return
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: os._exit(TWIN_ENDED))
    for lane in lanes:
        parent = os.getpid()
        opened = _opened(lane)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with_parent(parent)
            for stream in streams:
                stream.close()
            work(*opened)
            os._exit(0)
        for stream in opened:
            stream.close()


def confined() -> tuple[BinaryIO, BinaryIO]:
    """Tie this process to its parent (the first argument); return the streams of incoming and outgoing frames.

    Afterwards nothing else can be written or read, and no socket opened.
    """
    die_with_parent(int(sys.argv[1]))
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    silence()
    refuse_sockets()
    return source, sink


def silence() -> None:
    """Discard everything that this process prints from now on."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def resident_bytes() -> int:
    """Return this process's resident memory, 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Return free memory to the system (glibc only); loading models leaves much of it."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next message, None at the end of input."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    body = stream.read(length)
    if len(body) < length:
        return None
    document: dict[str, Any] = json.loads(body)
    return document


def answer(engine: Any, texts: list[str]) -> list[list[Any]]:
    """Detect; a text on which a recognizer raises is FAILED, the others are unaffected."""
    try:
        return [pack(segment) for segment in engine.detect(texts)]
    except Exception:  # noqa: BLE001 -- whatever a recognizer raises, the answer is "not read"
        if len(texts) == 1:
            return [pack(SegmentFindings(status=Status.FAILED))]
        return [row for text in texts for row in answer(engine, [text])]


def serve(engine: Any, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends, returning free memory to the system at rest, and now and then."""
    engine.settle()
    number = 0
    while (message := read_frame(source)) is not None:
        rows = answer(engine, _texts(message))
        sink.write(frame({"id": message["id"], "rows": rows, "rss": resident_bytes()}))
        sink.flush()
        number += 1
        if number % _BETWEEN_TRIMS == 0 or _at_rest(source):
            give_back()


def _texts(message: dict[str, Any]) -> list[str]:
    texts: list[str] = message["texts"]
    for at in message["ruled"]:
        texts[at] = Ruled(texts[at])
    return texts


def _at_rest(source: BinaryIO) -> bool:
    """Whether no question comes for a while; the next one is sent only once this one is answered."""
    try:
        return not select.select([source], [], [], _REST_S)[0]
    except OSError:  # no pipe
        return False


def announce(engine: Any, sink: BinaryIO) -> None:
    """Report that the models are loaded, and which."""
    sink.write(frame({"ready": engine.describe(), "rss": resident_bytes(), "pid": os.getpid()}))
    sink.flush()


def main() -> None:
    """Load the engine, then serve."""
    source, sink = confined()
    arithmetic.skip_meta_registrations()
    try:
        from proxy.detection.engine import DetectionEngine  # noqa: PLC0415 -- its failure is reported

        engine = DetectionEngine.load(Path(sys.argv[2]) if sys.argv[2] else None)
    except Exception as error:  # noqa: BLE001 -- reported by name to the parent
        sink.write(frame({"failed": type(error).__name__}))
        sink.flush()
        sys.exit(1)
    give_back()
    twin(sys.argv[3:], (source, sink), partial(serve, engine))
    announce(engine, sink)
    serve(engine, source, sink)


if __name__ == "__main__":
    main()
