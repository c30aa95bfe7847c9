"""Real child processes: the model server and the provider stand-in, each started once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from proxy.embedded.probes import free_ports


def serve(module: str, log) -> tuple[subprocess.Popen[bytes], str]:
    (port,) = free_ports(1)
    command = [sys.executable, "-m", module, "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):
                return process, url
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"{module} does not answer")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    assert process.wait(10) in {0, -signal.SIGTERM}


@pytest.fixture(scope="module")
def model_url(tmp_path_factory):
    process, url = serve("proxy.embedded.model_server", tmp_path_factory.mktemp("model") / "log")
    yield url
    stop(process)


@pytest.fixture(scope="module")
def provider_url(tmp_path_factory):
    process, url = serve("proxy.embedded.provider_standin", tmp_path_factory.mktemp("provider") / "log")
    yield url
    stop(process)
