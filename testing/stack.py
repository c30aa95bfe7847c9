"""The whole product as a user starts it: ``compliance-proxy run`` in a process of its own, on a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT
from proxy.embedded.probes import free_ports
from proxy.runtime import private
from testing import commands, models, rule_cache, trials

_START_S = 120
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")


class CommandLine:
    """Runs commands of the product against one state directory.

    Unless it loads its ``own_models``, it has those that this process keeps loaded for all, and makes no trial decisions
    with a bundle that was proved for another installation.
    """

    def __init__(self, state_dir: Path, *, own_models: bool = False, **environment: str) -> None:
        self.state_dir = state_dir
        self._own_models = own_models
        (port,) = free_ports(1)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PROXY_") and key not in _FOREIGN}
        self.environment = {**kept, "PROXY_STATE_DIR": str(state_dir), "PROXY_PORT": str(port), **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, in a forked process (see ``testing.commands``)."""
        return commands.run(*words, environment=self.environment, timeout=timeout)

    @property
    def output(self) -> str:
        """What ``run`` has printed so far."""
        return (self.state_dir / "output").read_text()

    @property
    def stack(self) -> state.RunningStack:
        """Where the running stack listens."""
        found = state.running(self.state_dir)
        assert found is not None, self.output
        return found

    @property
    def key(self) -> str:
        """The demo key."""
        return state.demo_keys(self.state_dir)[DEMO_TENANT]

    def start(self, *options: str) -> float:
        """Start everything, with options of ``run``; return how long it took, seconds."""
        began = time.monotonic()
        private.folder(self.state_dir)
        rule_cache.give(self.state_dir / "cache")
        if not self._own_models:
            trials.give(self.state_dir)
        variables, passed = ({}, ()) if self._own_models else models.handed()
        with (self.state_dir / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "proxy", "run", *options],
                env={**self.environment, **variables}, pass_fds=passed,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        while time.monotonic() - began < _START_S * (3 if options else 1):
            if state.running(self.state_dir) is not None:
                rule_cache.keep(self.state_dir / "cache")
                trials.keep(self.state_dir)
                return time.monotonic() - began
            assert self.process.poll() is None, self.output
            time.sleep(0.05)
        raise AssertionError(f"not up after {_START_S} s\n{self.output}")

    def stop(self, sent: signal.Signals = signal.SIGINT) -> float:
        """Stop everything; return how long it took, seconds."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(sent)
        self.process.wait(60)
        return time.monotonic() - began
