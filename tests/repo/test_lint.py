"""The layers of the architecture hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_import_contracts_are_kept():
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_environment_is_read_in_one_place():
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "proxy").rglob("*.py")
        if any(word in path.read_text() for word in ("os.environ.", "os.environ[", "os.getenv("))
    ]
    assert set(readers) <= {"proxy/settings.py", "proxy/web/metrics.py", "proxy/embedded/model_server.py"}


def test_nothing_runs_in_the_background_but_through_its_owner():
    for path in (ROOT / "proxy").rglob("*.py"):
        text = path.read_text()
        assert "asyncio.create_task(" not in text, path
        assert "asyncio.gather(" not in text, path
        assert "ensure_future(" not in text, path
