"""One policy command for the admin API: reads ``{"command", "parameters", "actor"}``, writes one JSON document.

``proxy.web.api.confined`` confines it. All other output, that of the engine's runtime included, goes to standard error,
so that standard output is either the whole answer or empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

import orjson

from proxy.cli.policy import answers, options
from proxy.cli.policy.commands import COMMANDS
from proxy.settings import receive_handover, withdraw_master_key

#: Has the library read before a request comes.
WARM = "warm"


def main() -> None:
    """Answer the request on standard input."""
    withdraw_master_key()
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(document: dict[str, Any]) -> None:
        with os.fdopen(os.dup(out), "wb") as stream:
            stream.write(orjson.dumps(document, default=str))

    receive_handover()
    if WARM in sys.argv[1:]:
        answers.answered(COMMANDS["check"], {"quick": True})
    request = orjson.loads(sys.stdin.buffer.read())
    if folder := request.get("folder"):
        tempfile.tempdir = folder
    options.ACTOR.set(request["actor"])
    options.LAST_WORD.set(lambda message: write({"refused": message}))
    write(answers.answered(COMMANDS[request["command"]], request["parameters"]))


if __name__ == "__main__":
    main()
