"""Runs ``exercise.mjs``; installs the SDK from the lock file the first time."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_HERE = Path(__file__).parent
_OLDEST_NODE = 20


def why_not() -> str:
    """Return why the script cannot run on this machine, or an empty string."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "node and npm are not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < _OLDEST_NODE:
        return f"node {_OLDEST_NODE} or newer is needed"
    return ""


def exercise(base_url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run all checks against a base URL that ends in /v1."""
    if not (_HERE / "node_modules" / "openai").exists():
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=_HERE, check=True, capture_output=True, timeout=120)
    return subprocess.run(
        ["node", "exercise.mjs"],
        cwd=_HERE,
        env={**os.environ, "BASE_URL": base_url, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
