"""The self-test against the product as a user starts it: it passes, what it writes is signed, and a broken rule fails it."""

from __future__ import annotations

import json

import pytest
import yaml

from proxy.embedded.probes import free_ports
from proxy.runtime.resources import shipped
from testing.stack import CommandLine

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.heavy, pytest.mark.timeout(300)]
APIS = (
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
    "bedrock_converse",
    "ollama_chat",
    "tei_embed",
)


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    folder, (port,) = tmp_path_factory.mktemp("selftest"), free_ports(1)
    config = folder / "config"
    config.mkdir()
    for file in shipped("config").iterdir():
        (config / file.name).write_bytes(file.read_bytes())
    registry = yaml.safe_load((config / "registry.yaml").read_text())
    registry["activities"]["careless"] = {**registry["activities"]["support-chat"], "allow_third_party_special": True}
    (config / "registry.yaml").write_text(yaml.safe_dump(registry, sort_keys=False))
    made = CommandLine(folder / "state", TARGET_SELFTEST_URL=f"http://127.0.0.1:{port}", PROXY_CONFIG_DIR=str(config))
    made.start()
    made.listen = f"127.0.0.1:{port}"
    yield made
    made.stop()


def key(line, activity):
    words = (
        "--tenant",
        "demo-eu",
        "--service",
        "selftest",
        "--activity",
        activity,
        "--ingress-region",
        "DE",
        "--subject-region",
        "DE",
    )
    return next(word for word in line.run("keys", "create", *words).stdout.split() if word.startswith("cp_"))


def selftest(line, activity, apis, *words):
    chosen = [word for api in apis for word in ("--api", api)]
    return line.run(
        "selftest",
        "--url",
        line.stack.proxy_url,
        "--key",
        key(line, activity),
        "--listen",
        line.listen,
        *chosen,
        *words,
    )


def test_it_passes_in_every_dialect_and_is_signed(line, tmp_path):
    done = selftest(line, "support-chat", APIS, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "selftest.json").read_text())
    assert {row["api"].split()[0] for row in document["rows"]} == set(APIS)
    assert {row["on_record"] for row in document["rows"] if row["planted"] == "health"} == {"pin_local selftest/region"}
    for name in ("selftest.json", "selftest.html"):
        assert "as signed" in line.run("audit", "check", str(tmp_path / name)).stdout
    (tmp_path / "selftest.html").write_bytes((tmp_path / "selftest.html").read_bytes() + b" ")
    assert line.run("audit", "check", str(tmp_path / "selftest.html")).returncode == 1


def test_health_notes_that_may_leave_fail_it(line):
    done = selftest(line, "careless", ("openai_chat",))
    assert done.returncode == 1
    assert "health: the target outside received" in done.stdout


def test_a_wrong_key_fails_it(line):
    done = line.run(
        "selftest", "--url", line.stack.proxy_url, "--key", "cp_wrong", "--listen", line.listen, "--api", "openai_chat"
    )
    assert done.returncode == 1
    assert "not served: status 401" in done.stdout


def test_where_it_runs_here_nothing_is_to_be_named(line):
    done = line.run("selftest", "--listen", line.listen, "--api", "openai_embeddings")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_proxy_is_said(line):
    (port,) = free_ports(1)
    done = line.run(
        "selftest",
        "--url",
        f"http://127.0.0.1:{port}",
        "--key",
        "cp_x",
        "--listen",
        line.listen,
        "--api",
        "openai_chat",
    )
    assert done.returncode == 2
    assert "does not answer" in done.stderr


def test_no_proxy_here_is_said(tmp_path):
    done = CommandLine(tmp_path).run("selftest")
    assert done.returncode == 2
    assert "no proxy runs here" in done.stderr
