"""Reads a bundle as the engine would.

Signature (with `--key`), manifest, roots, no null in the data, no impure builtin, compilation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy.answers import Answer


def command(
    path: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle file.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="KEY.pem", help="The public key that must have signed it.")
    ] = None,
) -> Answer:
    """Read a bundle as the engine would: signature, manifest, data without nulls, builtins, compilation."""
    from proxy.policy.bundles import bundle
    from proxy.policy.engine import syntax

    read = bundle.read(path, key.read_bytes() if key else None)
    syntax.load(read).close()
    signed = "signed with the key" if key else "signature not checked (no --key)"
    return Answer(
        {
            "bundle": read.name,
            "revision": read.revision,
            "digest": read.digest,
            "modules": len(read.modules),
            "signature_checked": key is not None,
        },
        lambda: typer.echo(f"{read.name} revision {read.revision}: {len(read.modules)} modules, {signed}"),
    )
