"""The whole stack as a user starts it: four outcomes, restarts, one instance per folder, and a clean end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import openai
import psutil
import pytest

from proxy.embedded.probes import free_ports
from proxy.embedded.watchdog import alive
from proxy.runtime.resources import shipped
from testing.stack import CommandLine
from tests.node.sdk import exercise, why_not

pytestmark = pytest.mark.stack
PARTS = ("postgres", "detection", "policy", "model", "provider", "proxy")


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    root = tmp_path_factory.mktemp("stack")
    shutil.copytree(shipped("config"), root / "config")
    started = CommandLine(root / "state", own_models=True, PROXY_CONFIG_DIR=str(root / "config"))
    started.start()
    yield started
    groups = [group for part, group in started.stack.pids.items() if part != "supervisor"]
    assert started.stop() < 15
    assert started.process.returncode == 0
    assert "everything has stopped" in started.output
    assert not any(alive(group) for group in groups)


def eventually(condition, patience_s=60.0):
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.1)


def is_ready(proxy_url):
    try:
        with urllib.request.urlopen(f"{proxy_url}/readyz", timeout=5) as ready:
            return ready.status == 200
    except OSError:
        return False


def test_tour_shows_the_four_outcomes_from_both_ends(line):
    """README: forwarded untouched, pseudonymised and restored, pinned to the in-region model, refused."""
    ended = line.run("tour", "--json")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    untouched, pseudonymised, pinned, refused = json.loads(ended.stdout)
    assert untouched["received"]["provider"] == [untouched["sent"]["text"]]
    assert "Schmidt" not in pseudonymised["received"]["provider"][0]
    assert "anna.schmidt@example.com" not in pseudonymised["received"]["provider"][0]
    assert pseudonymised["sent"]["text"] in pseudonymised["returned"]["text"]
    assert (pinned["received"]["provider"], pinned["received"]["answered_by"]) == ([], "in-region-toy")
    assert (refused["received"]["provider"], refused["returned"]["status"]) == ([], 403)
    for stop in (untouched, pseudonymised, pinned, refused):
        assert [record["kind"] for record in stop["evidence"]].count("decision") == 1
        assert "Schmidt" not in json.dumps(stop["evidence"])


def test_nothing_of_a_run_can_be_read_by_others(line):
    """Bundles hold the organisation's own rules, logs and sockets what they hold: all is the owner's alone."""
    found = {path for path in (line.state_dir, *line.state_dir.rglob("*")) if path.name != "output"}  # the test's own
    assert {"bundle.tar.gz", "lock", "log", "proxy.log", "cache", "revisions"} <= {path.name for path in found}
    assert {path for path in found if not path.is_symlink() and path.lstat().st_mode & 0o077} == set()


def test_tour_for_people_fits_both_widths(line):
    for width in ("80", "200"):
        line.environment["COLUMNS"] = width
        shown = line.run("tour").stdout
        assert " ".join(shown.split()).count("as expected)") == 4, shown
        assert "nothing: the request was not sent" in shown
        assert "stand-in on this machine" in shown


def test_doctor_finds_everything_well(line):
    ended = line.run("doctor", "--json")
    found = {each["part"]: each for each in json.loads(ended.stdout)}
    assert ended.returncode == 0, ended.stdout
    assert {each["result"] for each in found.values()} <= {"ok", "warning"}
    assert "ready at" in found["proxy"]["detail"]


def test_second_instance_on_the_same_folder_is_refused(line):
    again = line.run("run")
    assert again.returncode == 1
    assert "already running" in again.stderr


def test_output_says_what_runs_where_and_that_the_provider_is_a_stand_in(line):
    said = line.output
    for address in (line.stack.proxy_url, line.stack.opa_url, line.stack.model_url, line.stack.provider_url):
        assert address in said
    assert "NOT a real provider" in said
    assert said.count("curl -s ") == 4
    assert said.count("ai.chat.completions.create(") == 4


def test_pasted_curl_and_sdk_lines_work(line):
    curls = [text.strip() for text in line.output.splitlines() if text.strip().startswith("curl ")]
    pasted = line.output.partition("from openai")[2].splitlines()
    script = "\n".join(["from openai" + pasted[0], *(f"print({text.strip()})" for text in pasted[1:4])])
    statuses = []
    for curl in curls:
        command = ["bash", "-c", f"{curl} -o /dev/null -w '%{{http_code}}'"]
        statuses.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert statuses == ["200", "200", "200", "403"]
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Anna Schmidt" in ended.stdout


def test_openai_sdk_streams_and_calls_tools(line):
    tool = {"type": "function", "function": {"name": "find_order", "parameters": {"type": "object", "properties": {}}}}
    asked = [{"role": "user", "content": "Thank Anna Schmidt (anna.schmidt@example.com) for her order."}]
    with openai.OpenAI(base_url=f"{line.stack.proxy_url}/v1", api_key=line.key, max_retries=0) as client:
        chunks = list(client.chat.completions.create(model="gpt-4o-mini", messages=asked, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert asked[0]["content"] in text
        called = client.chat.completions.create(model="gpt-4o-mini", messages=asked, tools=[tool])
        assert called.choices[0].message.tool_calls[0].function.name == "find_order"
        vectors = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
        assert len(vectors.data) == 2


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_node_sdk(line):
    ended = exercise(
        f"{line.stack.proxy_url}/v1",
        API_KEY=line.key,
        CHAT_MODEL="gpt-4o-mini",
        EMBEDDING_MODEL="text-embedding-3-small",
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def revision(line):
    with urllib.request.urlopen(f"{line.stack.opa_url}/v1/status") as status:
        return status.read()


def test_hangup_reads_the_configuration_again_and_refuses_a_bad_file(line):
    registry = Path(line.environment["PROXY_CONFIG_DIR"]) / "registry.yaml"
    good, before = registry.read_text(), revision(line)
    registry.write_text(good + "nonsense: true\n")
    os.kill(line.stack.pids["supervisor"], signal.SIGHUP)
    eventually(lambda: "not reloaded: registry.yaml" in line.output)
    assert revision(line) == before
    registry.write_text(good.replace("  demo-eu:\n", "  demo-eu-2: {establishments: [FR]}\n  demo-eu:\n"))
    os.kill(line.stack.pids["supervisor"], signal.SIGHUP)
    eventually(lambda: "are reloaded" in line.output and revision(line) != before)
    assert line.run("tour", "--json").returncode == 0


def accepts(proxy_url):
    at = urlsplit(proxy_url)
    try:
        with socket.create_connection((at.hostname, at.port), 1):
            return True
    except OSError:
        return False


def test_after_a_kill_the_port_takes_nobody_before_it_can_serve(line):
    """A caller is refused at once and can go elsewhere; the models stay loaded while the proxy is gone."""
    models, proxy_url, sent = (
        line.stack.pids["detection"],
        line.stack.proxy_url,
        {"role": "user", "content": "Ann Lee?"},
    )
    os.kill(line.stack.pids["proxy"], signal.SIGKILL)
    eventually(lambda: not accepts(proxy_url))
    eventually(lambda: accepts(proxy_url))
    assert is_ready(proxy_url)
    with openai.OpenAI(base_url=f"{proxy_url}/v1", api_key=line.key, max_retries=0) as client:
        assert client.chat.completions.create(model="gpt-4o-mini", messages=[sent]).choices
    assert line.stack.pids["detection"] == models


@pytest.mark.slow
def test_every_part_comes_back_after_a_kill(line):
    before = dict(line.stack.pids)
    for part in PARTS:
        os.killpg(before[part], signal.SIGKILL)
    eventually(lambda: all(line.stack.pids.get(part) not in {None, before[part]} for part in PARTS))
    eventually(lambda: is_ready(line.stack.proxy_url))
    ended = line.run("tour", "--json")
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert "sound" in line.run("audit", "verify").stdout


@pytest.mark.slow
def test_state_survives_and_the_second_start_is_quick(tmp_path):
    line = CommandLine(tmp_path / "state")
    line.start()
    key, (first, *_) = line.key, json.loads(line.run("tour", "--json").stdout)
    line.stop(signal.SIGTERM)
    assert line.start() < 60  # seconds, on a loaded machine; unloaded it takes about five
    assert line.key == key
    assert line.run("audit", "show", first["exchange"]).returncode == 0
    groups = [group for part, group in line.stack.pids.items() if part != "supervisor"]
    line.stop(signal.SIGKILL)
    eventually(lambda: not any(alive(group) for group in groups), 15)
    assert line.run("tour").returncode == 2


def beside(line, folder, *, own_models=False, **more):
    """A second installation that uses the parts of the first."""
    return CommandLine(
        folder,
        own_models=own_models,
        DATABASE_URL=line.stack.database_url,
        OPA_URL=line.stack.opa_url,
        PROXY_LOCAL_MODEL_URL=line.stack.model_url,
        OPENAI_API_KEY="sk-none",
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        PROXY_SECRET_KEY=(line.state_dir / "secret.key").read_text().strip(),
        PROXY_AUDIT_SIGNING_KEY=str(line.state_dir / "audit-signing.pem"),
        **more,
    )


@pytest.mark.slow
def test_configured_addresses_switch_embedded_parts_off(tmp_path, line):
    other = beside(line, tmp_path / "state", own_models=True)
    other.start()
    try:
        assert set(other.stack.pids) == {"detection", "proxy", "supervisor"}
        assert other.stack.provider_url == ""
        assert is_ready(other.stack.proxy_url)
    finally:
        other.stop()


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.slow
def test_workers_share_a_port_and_operators_have_their_own(tmp_path, line):
    """A worker that is killed is replaced while the other serves; the second service on the port is refused."""
    (port,) = free_ports(1)
    other = beside(line, tmp_path / "state", PROXY_WORKERS="2", PROXY_METRICS_PORT=str(port))
    other.start()
    try:
        public, theirs = other.stack.proxy_url, f"http://127.0.0.1:{port}"
        for path in ("/livez", "/readyz", "/metrics"):
            assert (status(public + path), status(theirs + path)) == (401, 200), path
        group = psutil.Process(other.stack.pids["proxy"])
        eventually(lambda: len(group.children()) == 2)
        killed = group.children()[0]
        killed.kill()
        eventually(lambda: len({child.pid for child in group.children()} - {killed.pid}) == 2)
        assert status(theirs + "/livez") == 200
        again = subprocess.run(
            [sys.executable, "-m", "proxy", "serve", "--workers", "2", "--port", public.rpartition(":")[2]],
            env={k: v for k, v in other.environment.items() if k != "PROXY_METRICS_PORT"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert again.returncode == 2
        assert "is taken" in again.stderr
        assert "Traceback" not in again.stderr
        assert line.run("doctor", "--json").returncode == 0
    finally:
        other.stop()
