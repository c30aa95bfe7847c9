"""``python -m proxy.reports.render.typesetter``: makes one PDF, confined, because a long one takes a gigabyte.

Standard input is a ``PaperSource`` as JSON, standard output the file.
"""

from __future__ import annotations

import sys

import orjson

from proxy.reports.render import paper
from proxy.reports.render.paper import PaperSource
from proxy.runtime.child_process import confine

_MEMORY = 3 << 30


def encoded(source: PaperSource) -> bytes:
    """Return a source as this process reads it."""
    return orjson.dumps({"shown": source.shown.decode(), "answer": source.answer.decode(), "at": source.at})


def main() -> None:
    """Make the file."""
    request = orjson.loads(sys.stdin.buffer.read())
    source = PaperSource(request["shown"].encode(), request["answer"].encode(), request["at"])
    sys.stdout.buffer.write(paper.typeset(source))


if __name__ == "__main__":
    confine(_MEMORY)
    main()
