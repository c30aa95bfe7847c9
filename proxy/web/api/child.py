"""Runs one policy command in a process of its own, with a private folder, a deadline and a minimal environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from proxy.keys.master_key import handed
from proxy.runtime import child_process
from proxy.runtime.child_process import TooLongError
from proxy.web.api.commands import PolicyCommand
from proxy.web.api.faults import CommandFailedError, DeadlineError

_LONGEST = 32 << 20  # of an answer, bytes
_PREFIX = "compliance-proxy-admin-"


@dataclass(frozen=True, slots=True)
class Children:
    """How commands run: their environment, and what is added for reading records or activating."""

    environment: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    deadline_s: float = 600.0
    master_key: str = field(default="", repr=False)  # passed with the secrets, through a pipe


async def run(plan: PolicyCommand, children: Children) -> bytes:
    """Return the JSON document that a command prints, b"" if it died. Cancellation kills the command.

    The private folder's path is removed from it.

    Raises:
        DeadlineError: the command took too long and was killed.
        CommandFailedError: it printed too much.

    """
    async with _private_folder(plan.files, plan.folders) as folder:
        try:
            async with asyncio.timeout(children.deadline_s):
                answer = await _answer(plan, folder, children)
        except TimeoutError as error:
            raise DeadlineError(f"the command did not end within {children.deadline_s:.0f} s") from error
        return answer.replace(f"{folder}/".encode(), b"")


async def _answer(plan: PolicyCommand, folder: Path, children: Children) -> bytes:
    variables = {**children.environment, **(children.secrets if plan.needs_secrets else {}), "TMPDIR": str(folder)}
    with _handed(plan, children) as (key, passed):
        try:
            return await child_process.answered(
                "proxy.web.api.confined", plan.encoded(folder), {**variables, **key}, longest=_LONGEST, passed=passed
            )
        except TooLongError as error:
            raise CommandFailedError("the command's answer is too large") from error


def _handed(
    plan: PolicyCommand, children: Children
) -> contextlib.AbstractContextManager[tuple[Mapping[str, str], tuple[int, ...]]]:
    if plan.needs_secrets and children.master_key:
        return handed(children.master_key)
    return contextlib.nullcontext(({}, ()))


class WarmChild:
    """One confined process that has read the policy library and waits for a draft; it serves one and ends.

    The next one is started as soon as one is taken, and ends if nobody asks for ``idle_s``.
    """

    def __init__(self, idle_s: float = 600.0) -> None:
        self._idle_s = idle_s
        self._next: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def run(self, plan: PolicyCommand, children: Children) -> bytes:
        """Return what a command prints that needs no secrets; as ``run``."""
        self.prepare(children)
        taken, self._next = self._next, None
        assert taken is not None and not plan.needs_secrets  # noqa: S101, PT018
        process = await taken
        self.prepare(children)
        async with _private_folder(plan.files, plan.folders) as folder:
            try:
                async with asyncio.timeout(children.deadline_s):
                    answer = await child_process.asked(process, plan.encoded(folder), _LONGEST)
            except TimeoutError as error:
                raise DeadlineError(f"the command did not end within {children.deadline_s:.0f} s") from error
            except TooLongError as error:
                raise CommandFailedError("the command's answer is too large") from error
            return answer.replace(f"{folder}/".encode(), b"")

    def prepare(self, children: Children) -> None:
        """Have a process wait, if none does."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            starting = child_process.started("proxy.web.api.confined", children.environment, "warm")
            self._next = loop.create_task(starting)
        if self._ending is not None:
            self._ending.cancel()
        self._ending = loop.call_later(self._idle_s, self._end)

    def _end(self) -> None:
        waiting, self._next = self._next, None
        if waiting is not None:
            closing = asyncio.get_running_loop().create_task(_ended(waiting))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End the one that waits."""
        if self._ending is not None:
            self._ending.cancel()
        self._end()
        for closing in tuple(self._closing):
            await closing


async def _ended(starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
    await child_process.ended(await starting)


@asynccontextmanager
async def _private_folder(files: Mapping[str, bytes], folders: tuple[str, ...]) -> AsyncIterator[Path]:
    """Write the files into a folder that only this account can read; remove it in any case."""
    root = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        await asyncio.to_thread(_write, root, files, folders)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _write(root: Path, files: Mapping[str, bytes], folders: tuple[str, ...]) -> None:
    for name in folders:
        (root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
            out.write(content)
