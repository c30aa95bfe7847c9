"""The product's commands, each in a process of its own, forked from one that has imported what they need.

A command takes tens of milliseconds instead of the second that its imports cost. What is imported when, and that
``python -m proxy`` starts, is tested elsewhere.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_LENGTH = 4
_STARTING = threading.Lock()
_PACKAGES = ("proxy.cli", "proxy.audit", "proxy.policy", "proxy.registry", "proxy.reports", "proxy.service")
_ROOT = str(Path(__file__).parents[1])


def run(
    *words: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 120,
    as_user: str = "",
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run ``compliance-proxy WORDS`` to its end; its standard input is empty.

    ``as_user`` is the account whose real user id the command has; the effective one still reads the installation.

    Raises:
        TimeoutError: it did not end in time and was killed.

    """
    argv = [str(word) for word in words]
    request = {"argv": argv, "environment": dict(environment or os.environ), "cwd": str(cwd or Path.cwd())}
    request["uid"] = pwd.getpwnam(as_user).pw_uid if as_user else None
    with contextlib.ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        with _STARTING:
            path = _forker()
        status = _forked(path, request, [file.fileno() for file in files], timeout)
        out, error = (_text(file) for file in files[1:])
    return subprocess.CompletedProcess(["compliance-proxy", *argv], status, out, error)


_PROGRAM = """#!{python} -IS
import os, sys
sys.path.insert(0, {root!r})
from testing import commands
sys.exit(commands.forward({path!r}))
"""


def program(folder: Path) -> Path:
    """Write a ``compliance-proxy`` for scripts into a folder: it has its commands run by the forked processes."""
    written = folder / "compliance-proxy"
    written.write_text(_PROGRAM.format(python=sys.executable, root=_ROOT, path=_forker()))
    written.chmod(0o755)
    return written


def forward(path: str) -> int:
    """Have this process's words run with its environment, folder and three files; return the exit status."""
    request = {"argv": sys.argv[1:], "environment": dict(os.environ), "cwd": str(Path.cwd()), "uid": None}
    status = _forked(path, request, [0, 1, 2], None)
    return status if status >= 0 else 128 - status


def _forked(path: str, request: dict[str, Any], files: list[int], timeout: float | None) -> int:
    with socket.socket(socket.AF_UNIX) as call:
        call.connect(path)
        _send(call, request, files)
        return _ended(call, timeout)


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode(errors="replace"))


def _ended(call: socket.socket, timeout: float | None) -> int:
    pid, _ = _receive(call)
    call.settimeout(timeout)
    try:
        status, _ = _receive(call)
    except TimeoutError:
        os.kill(pid, signal.SIGKILL)
        raise
    return int(status)


@cache
def _forker() -> str:
    """Start the process that forks; return where it listens. It ends when this process does."""
    path = str(Path(tempfile.mkdtemp(prefix="commands-"), "socket"))
    hold, held = os.pipe()
    command = [sys.executable, "-m", "testing.commands", path, str(hold)]
    process = subprocess.Popen(command, pass_fds=(hold,), stdout=subprocess.PIPE, cwd=_ROOT)
    os.close(hold)
    assert process.stdout is not None
    assert process.stdout.read(1) == b"."
    process.stdout.close()

    def end() -> None:
        os.close(held)
        process.wait(10)

    atexit.register(end)
    return path


def _send(to: socket.socket, what: Any, descriptors: list[int] | None = None) -> None:
    text = json.dumps(what).encode()
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    to.sendmsg([len(text).to_bytes(_LENGTH, "big")], beside)
    to.sendall(text)


def _receive(call: socket.socket) -> tuple[Any, list[int]]:
    head, descriptors, _, _ = socket.recv_fds(call, _LENGTH, 3)
    left, text = int.from_bytes(head, "big"), b""
    while len(text) < left and (chunk := call.recv(left - len(text))):
        text += chunk
    return json.loads(text or b"null"), descriptors


# --- the process that forks -------------------------------------------------------------------------------------------


def _serve(path: str, hold: int) -> None:
    """Fork for every call, until the process that started this one is gone."""
    _import()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        _end_with(hold)
        sys.stdout.write(".")
        sys.stdout.flush()
        while True:
            call, _ = listening.accept()
            with call:
                if os.fork() == 0:
                    listening.close()
                    _answer(call)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _import() -> None:
    """Import what commands import, also what they import late, and nothing that starts a thread."""
    for package in _PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(found.name)
    gc.collect()
    gc.freeze()  # a fork that looks for garbage copies no page of it
    assert len(os.listdir("/proc/self/task")) == 1, "an import has started a thread: nothing can be forked safely"


def _end_with(hold: int) -> None:
    """Fork a process that waits for the end of the one that holds the other end, and ends this one."""
    pid = os.getpid()
    if os.fork() == 0:
        os.read(hold, 1)
        os.kill(pid, signal.SIGTERM)
        os._exit(0)
    os.close(hold)


def _answer(call: socket.socket) -> None:
    """Run one command, and say what it ended with."""
    request, descriptors = _receive(call)
    pid = os.fork()
    if pid == 0:
        call.close()
        _become(request, descriptors)
    _send(call, pid)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        _send(call, os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Be the command: its words, its environment, its folder and its three files; never return."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["cwd"])
    if request["uid"] is not None:
        os.setreuid(request["uid"], 0)
    os.environ.clear()
    os.environ.update(request["environment"])
    main = sys.modules["__main__"] = importlib.import_module("proxy.__main__")  # its name is in the usage
    sys.argv = [str(main.__file__), *request["argv"]]
    status = 1
    try:
        main.main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter shows it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
