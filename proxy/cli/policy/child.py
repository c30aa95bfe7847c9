"""One policy command for the admin API: reads ``{"command", "given", "asker"}``, writes one JSON document, ends.

``proxy.web.api.confined`` runs it within bounds. Whatever else prints, the engine's runtime included, goes to standard
error, so that standard output is either the whole answer or none.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import orjson

from proxy.cli.policy import answers, options
from proxy.cli.policy.commands import COMMANDS
from proxy.settings import hear_parent, withdraw_master_key


def main() -> None:
    """Answer what standard input asks for."""
    withdraw_master_key()
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(document: dict[str, Any]) -> None:
        with os.fdopen(os.dup(out), "wb") as stream:
            stream.write(orjson.dumps(document, default=str))

    hear_parent()
    asked = orjson.loads(sys.stdin.buffer.read())
    options.ASKER.set(asked["asker"])
    options.LAST_WORD.set(lambda message: write({"refused": message}))
    write(answers.answered(COMMANDS[asked["command"]], asked["given"]))


if __name__ == "__main__":
    main()
