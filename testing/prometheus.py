"""A real Prometheus that scrapes one address, with the rules of ``deploy/helm`` at shorter times.

``make prometheus`` unpacks Debian's packages below the environment; one in the path does as well.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from testing.processes import free_port

RULES = Path(__file__).parent.parent / "deploy" / "helm" / "compliance-proxy" / "rules.yaml"
_UNPACKED = Path(sys.prefix) / "share" / "prometheus" / "usr" / "bin"
_START_S = 60


def binary(name: str) -> str:
    """Return the path of ``prometheus`` or ``promtool``, "" where there is none."""
    return shutil.which(name) or shutil.which(name, path=str(_UNPACKED)) or ""


class Prometheus:
    """One server with a folder of its own."""

    def __init__(self, folder: Path, rules: Path = RULES) -> None:
        self._folder, self._rules, self._port = folder, rules, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, address: str) -> None:
        """Scrape ``address`` (host:port) once a second."""
        self._folder.mkdir()
        text = re.sub(r"\bfor: \w+", "for: 2s", self._rules.read_text())
        (self._folder / "rules.yaml").write_text(re.sub(r"interval: \w+", "interval: 1s", text))
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "compliance-proxy", "static_configs": [{"targets": [address]}]}],
        }
        (self._folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        command = [
            binary("prometheus"), f"--config.file={self._folder}/prometheus.yaml", f"--storage.tsdb.path={self._folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=error",
        ]  # fmt: skip
        self._process = subprocess.Popen(command, start_new_session=True)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what an expression yields now: labels (``metric``) and ``value``."""
        return list((await self._get("query", query=expression))["result"])

    async def faults(self) -> set[str]:
        """Return the faults that firing alerts name."""
        alerts = (await self._get("alerts"))["alerts"]
        return {each["labels"]["fault"] for each in alerts if each["state"] == "firing" and "fault" in each["labels"]}

    async def answers(self) -> Counter[str]:
        """Return the number of answers by whose fault it was that there was no reply."""
        found = await self.query("sum by (responsibility) (proxy_answers_total)")
        return Counter({each["metric"]["responsibility"]: int(float(each["value"][1])) for each in found})

    async def scraped(self) -> None:
        """Wait until two more scrapes were stored."""
        for _ in range(_START_S):
            try:
                if await self.query('up{job="compliance-proxy"} == 1'):
                    await asyncio.sleep(3)
                    return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(1)
        raise TimeoutError("Prometheus does not scrape")

    async def _get(self, what: str, **parameters: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._port}/api/v1/{what}"
        async with aiohttp.ClientSession() as session, session.get(url, params=parameters) as response:
            return dict((await response.json())["data"])
