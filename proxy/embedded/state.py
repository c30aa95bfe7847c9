"""What a running stack leaves for other commands: its addresses, its lock, the master key, the demo keys.

Everything is in the state directory, readable by its owner only.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from proxy.core.keyring import MASTER_BYTES
from proxy.errors import ConfigurationError
from proxy.runtime import private

_ONCE_OPEN = (
    "bundle.tar.gz*", "shadow*", "opa.json", "revisions", "revisions/*", "run/lock", "postgres/log", "postgres/lock",
)  # fmt: skip
_LOCK_TRIES = 5  # a reader holds the lock for microseconds


@dataclass(frozen=True, slots=True)
class RunningStack:
    """Where everything listens. An empty address means that the part neither runs here nor is configured."""

    proxy_url: str
    database_url: str
    opa_url: str
    model_url: str
    provider_url: str
    health_url: str = ""  # of /readyz, /livez and /metrics; empty: the proxy's own
    pids: Mapping[str, int] = field(default_factory=dict)  # part -> process id; its group has the same number

    @property
    def ready_url(self) -> str:
        """Where the proxy reports whether it is ready."""
        return f"{self.health_url or self.proxy_url}/readyz"


def _run_dir(state_dir: Path) -> Path:
    private.folder(state_dir)
    return private.folder(state_dir / "run")


def close(state_dir: Path) -> None:
    """Create the state directory, and restrict it and what earlier releases left open in it to its owner.

    Raises:
        ConfigurationError: it is a folder that all users share.
        OSError: it cannot be created or belongs to another user.

    """
    private.folder(state_dir)
    for pattern in _ONCE_OPEN:
        for path in state_dir.glob(pattern):
            private.close(path)


def _write(path: Path, text: str) -> None:
    private.write(path, text.encode())


def write(state_dir: Path, stack: RunningStack) -> None:
    """Record the running stack."""
    _write(_run_dir(state_dir) / "stack.json", json.dumps(asdict(stack), indent=2) + "\n")


def clear(state_dir: Path) -> None:
    """Forget the stack."""
    (state_dir / "run" / "stack.json").unlink(missing_ok=True)


def recorded(state_dir: Path) -> bool:
    """Whether a stack is recorded, alive or not."""
    return (state_dir / "run" / "stack.json").exists()


def running(state_dir: Path) -> RunningStack | None:
    """Return the stack running on this state directory, or None; the record of a dead one does not count."""
    if not in_use(state_dir):
        return None
    try:
        return RunningStack(**json.loads((state_dir / "run" / "stack.json").read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def in_use(state_dir: Path) -> bool:
    """Whether a supervisor, started or starting, holds the state directory."""
    try:
        with (state_dir / "run" / "lock").open("rb") as lock:
            return not _try_lock(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def already_running(state_dir: Path) -> ConfigurationError:
    """Return the error for a second supervisor on the same folder."""
    stack = running(state_dir)
    process = f" (process {stack.pids['supervisor']})" if stack is not None and "supervisor" in stack.pids else ""
    return ConfigurationError(
        f"another instance is already running on {state_dir}{process}: stop it or set another PROXY_STATE_DIR"
    )


@contextlib.contextmanager
def hold(state_dir: Path) -> Iterator[None]:
    """Hold the state directory for one supervisor; the lock is released with the process, however it ends.

    Raises:
        ConfigurationError: another one runs on it.

    """
    with private.opened(_run_dir(state_dir) / "lock", "ab") as lock:
        for _ in range(_LOCK_TRIES):
            if _try_lock(lock, fcntl.LOCK_EX):
                break
            time.sleep(0.02)
        else:
            raise already_running(state_dir)
        yield


def _try_lock(lock: IO[bytes], mode: int) -> bool:
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def secret_path(state_dir: Path) -> Path:
    """Return the file of the master keys: the first line is in use, further ones are for reading."""
    return state_dir / "secret.key"


def master_key(state_dir: Path) -> str:
    """Return the master keys in base64, creating the first if needed; whoever loses it loses the vault."""
    path = secret_path(state_dir)
    private.folder(state_dir)
    if not path.exists():
        _write(path, base64.b64encode(secrets.token_bytes(MASTER_BYTES)).decode() + "\n")
    return path.read_text().strip()


def save_demo_keys(state_dir: Path, keys: Mapping[str, str]) -> None:
    """Store the demo keys (name -> key) for the tour."""
    _write(_run_dir(state_dir) / "demo-keys.json", json.dumps(dict(keys), indent=2) + "\n")


def demo_keys(state_dir: Path) -> dict[str, str]:
    """Return the demo keys, if any."""
    try:
        loaded = json.loads((state_dir / "run" / "demo-keys.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {str(name): str(key) for name, key in loaded.items()}
