"""``compliance-proxy install-engine``: add the packaged policy engine to this environment."""

from __future__ import annotations

import shlex
import subprocess
import sys

import typer


def command() -> None:
    """Install OPA as a library, for 'run' and the policy commands; an OPA server or executable needs none.

    Its package asks for a newer Python than it needs, so only the files that were tested are taken, by their hashes.
    """
    from proxy.policy.engine import engine
    from proxy.runtime.resources import shipped

    if engine.available():
        typer.echo(f"already there: {engine.version()}")
        return
    words = [
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python",
        "--require-hashes", "--only-binary=:all:", "-r", str(shipped("requirements-engine.txt")),
    ]  # fmt: skip
    if subprocess.run(words, check=False).returncode:
        typer.secho(f"pip could not install it; by hand: {shlex.join(words)}", fg="red", err=True)
        raise typer.Exit(1)
