"""Command lines that start a policy engine on a bundle file: a real ``opa``, or the packaged engine."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from proxy.policy.bundles import bundle, signature
from proxy.runtime import private

#: The engine's environment. Heap growth in percent before Go's collector runs: 25 % less CPU per decision than with the
#: default of 100 (``bench/policy.py``), and per check, for some tens of MB. It can be set only before a process starts.
ENVIRONMENT: Final = {"GOGC": "300"}
#: Put before a command, it gives the command that environment.
IN_ENVIRONMENT: Final = ("/usr/bin/env", *(f"{name}={value}" for name, value in ENVIRONMENT.items()))


@dataclass(frozen=True, slots=True)
class Launch:
    """A command line and its engine: "opa" or "opa-embedded"."""

    command: tuple[str, ...]
    engine: str


def find_opa(opa_bin: Path | None) -> Path | None:
    """Return the configured ``opa`` executable, else the one on PATH, else None."""
    if opa_bin is not None:
        return opa_bin
    path = shutil.which("opa")
    return Path(path) if path else None


def configuration(path: Path, verification_key: Path | None = None, *, poll_s: int = 1) -> dict[str, Any]:
    """Return OPA's configuration for a bundle file: polling, last good bundle kept, status at ``/v1/status``.

    Decision logs are off: they would hold the whole input and may drop events.
    """
    resource: dict[str, Any] = {
        "resource": path.resolve().as_uri(),
        "polling": {"min_delay_seconds": poll_s, "max_delay_seconds": poll_s},
    }
    document: dict[str, Any] = {"bundles": {bundle.NAME: resource}, "status": {"prometheus": True}}
    if verification_key is not None:
        pem = verification_key.read_text(encoding="ascii")
        algorithm = signature.algorithm(signature.public_key(pem.encode()))
        resource["signing"] = {"keyid": bundle.KEY_ID}
        document["keys"] = {bundle.KEY_ID: {"algorithm": algorithm, "key": pem}}
    return document


def launch(
    path: Path,
    port: int,
    *,
    opa_bin: Path | None = None,
    config_path: Path | None = None,
    verification_key: Path | None = None,
    deadline_s: float = 5.0,
) -> Launch:
    """Return the command that serves the bundle at ``path`` on loopback: ``opa run --server`` if there is an opa.

    ``config_path`` (default: next to the bundle) is the file for OPA's configuration. With ``port`` 0 the packaged
    engine picks a free port and prints it; a real opa needs one.
    """
    binary = find_opa(opa_bin)
    if binary is None:
        command = [*IN_ENVIRONMENT, sys.executable, "-m", "proxy.policy.engine.server"]
        command += ["--bundle", str(path), "--port", str(port), "--deadline", str(deadline_s)]
        if verification_key is not None:
            command += ["--verification-key", str(verification_key)]
        return Launch(tuple(command), "opa-embedded")
    config = config_path or path.with_name("opa.json")
    private.write(config, orjson.dumps(configuration(path, verification_key)))
    address = f"127.0.0.1:{port}"
    arguments = ("run", "--server", "--addr", address, "--config-file", str(config), "--log-level", "error")
    return Launch((*IN_ENVIRONMENT, str(binary), *arguments, "--disable-telemetry"), "opa")
