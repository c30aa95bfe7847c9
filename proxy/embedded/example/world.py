"""What ``run`` needs of the example world: settings with a configuration of today, and the process that builds it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from proxy.embedded.parts import PartError
from proxy.keys import master_key
from proxy.runtime import private
from proxy.settings import Settings

SHIPPED = Path(__file__).parent
_DAY = re.compile(r"@([+-]\d+)")
_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class ExampleWorld:
    """The example world of a seed; ``share`` of the usual number of exchanges."""

    seed: int = 1
    share: float = 0.7

    def settings(self, settings: Settings) -> Settings:
        """Return the settings of an installation of its own: in a folder of its own, unless one is configured.

        Raises:
            OSError: the folder cannot be written.

        """
        chosen = "state_dir" in settings.model_fields_set
        folder = settings.state_dir if chosen else settings.state_dir / "demo"
        config = private.folder(private.folder(folder) / "config")
        today = datetime.now(UTC).date()
        for path in (SHIPPED / "config").iterdir():
            private.write(config / path.name, dated(path.read_text(encoding="utf-8"), today).encode())
        changes = {"state_dir": folder, "config_dir": config, "registry": "database"}
        return settings.model_copy(update={**changes, "shadow_dir": SHIPPED / "candidate"})

    async def build(
        self, environment: Mapping[str, str], master: str, descriptors: tuple[int, ...], say: Callable[[str], None]
    ) -> None:
        """Build it in a process of its own; ``say`` is told how far it is.

        Raises:
            PartError: it was not finished.

        """
        command = [sys.executable, "-m", "proxy.embedded.example", "--seed", str(self.seed), "--share", str(self.share)]
        with master_key.handed(master) as (variables, passed):
            process = await asyncio.create_subprocess_exec(
                *command, env={**environment, **variables}, pass_fds=(*passed, *descriptors), limit=_LIMIT,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_relay_output(process, say))
                errors = await _read(process.stderr)
            if await process.wait():
                raise PartError(f"the example world was not built: {errors.decode(errors='replace').strip()[-400:]}")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def _relay_output(process: asyncio.subprocess.Process, say: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    async for line in process.stdout:
        if not line.startswith(b"{"):
            say(line.decode().strip())


def dated(text: str, today: date) -> str:
    """Return a text with the day in place of each number of days from today, as "@-30"."""
    return _DAY.sub(lambda match: (today + timedelta(days=int(match[1]))).isoformat(), text)
