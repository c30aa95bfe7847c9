"""The distribution ``compliance-proxy-verify`` as its wheel holds it, run where nothing else of the product can be imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_COPYING = Path(__file__).parents[1] / "distributions" / "verify" / "copying.py"
#: What it may import besides the standard library: its dependencies and theirs.
_DEPENDENCIES = ("cryptography", "orjson", "cffi", "_cffi_backend", "compliance_proxy_verify")
_PROGRAM = """
import importlib.abc, sys
class Others(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {dependencies}:
            raise ImportError(f"{{name}} is not a dependency of the verifier")
sys.meta_path.insert(0, Others())
sys.path.insert(0, {folder!r})
from compliance_proxy_verify.main import main
main(sys.argv[1:])
"""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    spec = importlib.util.spec_from_file_location("copying", _COPYING)
    assert spec is not None
    assert spec.loader is not None
    copying = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copying)
    folder = tempfile.TemporaryDirectory()
    copying.copy(Path(folder.name, copying.PACKAGE))
    return folder


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run ``compliance-proxy-verify WORDS`` to its end."""
    program = _PROGRAM.format(dependencies=_DEPENDENCIES, folder=_folder().name)
    argv = [sys.executable, "-I", "-c", program, *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
