"""Bundles of policies: built, and read as the engine reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.policy import options
from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies


def build(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The bundle to write.")] = Path("bundle.tar.gz"),
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEY.pem", help="Sign with this Ed25519 or RSA private key.")
    ] = None,
    key_id: Annotated[str, typer.Option("--key-id", help="Key id that verifiers look the key up by.")] = "policy",
    untested: Annotated[bool, typer.Option("--untested", help="Skip the checks and tests.")] = False,
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
) -> Answer:
    """Check, test and pack the policies with their data into one bundle, as an OPA server loads it.

    It contains `.manifest` with revision and roots, `data.json` and the modules without tests. Equal content gives
    equal bytes. The revision is a digest of the content. `--sign` adds `.signatures.json` (Ed25519 as `EdDSA`, RSA as
    `RS256`).
    """
    from proxy.policy.activation import gate
    from proxy.policy.bundles import bundle, tree

    folder, overlay_dir = options.folders(policies, overlay)
    proved = tree.read(folder, overlay_dir) if untested else gate.prove(folder, overlay_dir)
    signing = bundle.BundleSigningKey(sign.read_bytes(), key_id) if sign else None
    info, packed = bundle.build(proved, options.policy_data(data, folder), signing=signing)
    bundle.put(out, packed)
    return Answer(
        {"bundle": str(out), "revision": info.revision, "digest": info.digest},
        lambda: typer.echo(f"{out}\nrevision {info.revision}\nsha256   {info.digest}"),
    )


def verify(
    path: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle file.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="KEY.pem", help="The public key that must have signed it.")
    ] = None,
) -> Answer:
    """Read a bundle as the engine would.

    Signature (with `--key`), manifest, roots, no null in the data, no impure builtin, compilation.
    """
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


COMMANDS = {
    "build": build,
    "verify": verify,
}
