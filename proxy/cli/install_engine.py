"""``compliance-proxy install-engine``: add the packaged policy engine to this environment."""

from __future__ import annotations

import shlex
import subprocess
import sys

import typer

from proxy.cli.installation import fail


def command() -> None:
    """Install OPA as a library, for 'run' and the policy commands; not needed with an OPA server or executable.

    Its package declares a newer Python than it needs, so only the tested files are installed, by their hashes.
    """
    from proxy.policy.engine import engine
    from proxy.runtime.resources import shipped

    if engine.available():
        typer.echo(f"already installed: {engine.version()}")
        return
    words = [
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python",
        "--require-hashes", "--only-binary=:all:", "-r", str(shipped("requirements-engine.txt")),
    ]  # fmt: skip
    if subprocess.run(words, check=False).returncode:
        raise fail(f"pip could not install it; run it yourself: {shlex.join(words)}")
