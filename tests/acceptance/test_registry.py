"""The registry in the database, edited while two replicas serve: a contract goes, and the next request shows it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import asyncpg
import pytest

from proxy.catalog import documents
from proxy.core.keyring import Keyring
from proxy.embedded.probes import free_ports
from proxy.registry.store import RegistryStore
from testing import evidence, models
from testing.stack import CommandLine

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(300)]
TEXT = "Thank Anna Schmidt (anna.schmidt@example.com) for her order."
PATIENCE_S = 90


class Replicas:
    """The whole product as ``run`` starts it, and two further proxy processes that share its database and engine."""

    def __init__(self, folder):
        self.line = CommandLine(folder / "one", PROXY_REGISTRY="database")
        self.line.start()
        stack = self.line.stack
        (port,) = free_ports(1)
        self.urls = (stack.proxy_url, f"http://127.0.0.1:{port}")
        self.environment = self.line.environment | {
            "PROXY_STATE_DIR": str(folder / "two"),
            "PROXY_PORT": str(port),
            "PROXY_WORKERS": "2",
            "PROXY_SECRET_KEY": (folder / "one" / "secret.key").read_text().strip(),
            "PROXY_AUDIT_SIGNING_KEY": str(folder / "one" / "audit-signing.pem"),
            "DATABASE_URL": stack.database_url,
            "OPA_URL": stack.opa_url,
            "PROXY_LOCAL_MODEL_URL": stack.model_url,
            "PROXY_STANDIN_URL": stack.provider_url,
        }
        (folder / "two").mkdir()
        with (folder / "two" / "output").open("wb") as output:
            command = [sys.executable, "-m", "proxy", "serve"]
            variables, passed = models.handed()
            self.other = subprocess.Popen(
                command, env={**self.environment, **variables}, pass_fds=passed, stdout=output, stderr=output
            )
        self._until_serving(folder)

    def _until_serving(self, folder):
        until = time.monotonic() + PATIENCE_S
        while len(self.fleet()) < 3:
            assert self.other.poll() is None, (folder / "two" / "output").read_text()
            assert time.monotonic() < until, (folder / "two" / "output").read_text()
            time.sleep(0.5)

    def fleet(self):
        return json.loads(self.line.run("registry", "fleet", "--json").stdout)

    def registry(self, *words, status=0):
        done = self.line.run("registry", *words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def ask(self, url):
        """Return (action, target, exchange) of one request with a person in it."""
        body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": TEXT}]}).encode()
        given = {"authorization": f"Bearer {self.line.key}", "content-type": "application/json"}
        try:
            reply = urllib.request.urlopen(
                urllib.request.Request(f"{url}/v1/chat/completions", body, given), timeout=30
            )
        except urllib.error.HTTPError as refused:
            raise AssertionError(refused.read()) from refused
        with reply:
            said = reply.headers
            return said["x-compliance-action"], said["x-compliance-target"], said["x-compliance-exchange"]

    def decided(self, exchange):
        """Return (revision, data revision) of the recorded decision."""

        async def fetch():
            connection = await asyncpg.connect(self.line.stack.database_url)
            try:
                [one] = await evidence.recorded(connection, "kind = 'decision' AND exchange = $1", exchange)
                return one["revision"], one["data_revision"]
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def stop(self):
        self.other.terminate()
        self.other.wait(60)
        self.line.stop()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory):
    made = Replicas(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


def test_a_contract_that_goes_and_comes_back_decides_on_every_replica(replicas):
    assert "was empty: imported" in replicas.line.output
    first = {one["registry_revision"] for one in replicas.fleet()}
    assert len(first) == 1

    before = [replicas.ask(url) for url in replicas.urls]
    assert [answer[:2] for answer in before] == [("redact_and_forward", "standin/eu")] * 2

    said = replicas.registry("remove", "targets.standin/eu.dpa", "--comment", "terminated")
    assert "every proxy process runs it (3)" in said
    without = [replicas.ask(url) for url in replicas.urls]
    assert [answer[:2] for answer in without] == [("pin_local", "local/eu")] * 2

    assert "is null" in replicas.registry("set", "targets.standin/eu.dpa", "null", status=2)
    assert [replicas.ask(url)[:2] for url in replicas.urls] == [("pin_local", "local/eu")] * 2

    assert "every proxy process runs it (3)" in replicas.registry("activate", *first)
    again = [replicas.ask(url) for url in replicas.urls]
    assert [answer[:2] for answer in again] == [("redact_and_forward", "standin/eu")] * 2

    revisions = [{replicas.decided(exchange) for _, _, exchange in asked} for asked in (before, without, again)]
    assert all(len(found) == 1 for found in revisions), "replicas decided the same request over different data"
    assert revisions[0] == revisions[2] != revisions[1]
    replicas.registry("fleet")


def stored(replicas, rules):
    """Store a registry with these rules as one operator, put it in force as another; return its revision."""

    async def put():
        master = base64.b64decode((replicas.line.state_dir / "secret.key").read_text())
        store = RegistryStore(replicas.line.stack.database_url, Keyring(master))
        await store.start()
        try:
            before = await store.active()
            document = {**before.documents, "rules": rules}
            new = await store.put(document, by="ann", base=before.revision, activate=False)
            await store.activate(new.revision, by="dpo", base=before.revision, may_be_author=lambda _: False)
        finally:
            await store.close()
        return before.revision, new.revision

    return asyncio.run(put())


def followed(replicas, revision):
    """Wait until every process has this registry and all decide by one policy."""
    until = time.monotonic() + PATIENCE_S
    while True:
        fleet = replicas.fleet()
        ran = {(one["registry_revision"], one["data_revision"], one["policy_revision"]) for one in fleet}
        if len(ran) == 1 and {one["registry_revision"] for one in fleet} == {revision}:
            return ran
        assert time.monotonic() < until, fleet
        time.sleep(0.2)


def test_rules_that_are_refused_keep_the_registry_out_and_say_so(replicas):
    broken = {"broken/broken.rego": "package org.broken\n\nimport rego.v1\n\ndeny contains {\n"}
    before, _ = stored(replicas, broken)
    until = time.monotonic() + PATIENCE_S
    while not any("broken.rego" in replica["refused"] for replica in replicas.fleet()):
        assert time.monotonic() < until, replicas.fleet()
        time.sleep(0.2)
    with urllib.request.urlopen(f"{replicas.urls[0]}/readyz", timeout=5) as reply:
        shown = json.load(reply)
    assert shown["registry"] == {"kept_in": "database", "revision": before}
    assert replicas.ask(replicas.urls[0])[0] == "redact_and_forward"
    assert "every proxy process runs it (3)" in replicas.registry("activate", before)


def test_a_rule_in_the_registry_binds_every_replica_and_outlives_a_disk(replicas):
    overlay = replicas.line.state_dir / "draft"
    assert replicas.line.run("policy", "scaffold", "no_streams", "--overlay", str(overlay)).returncode == 0
    rules = {path: text.replace("\tinput.op", "\tnot input.op") for path, text in documents.sources(overlay).items()}
    test = "no_streams/no_streams_test.rego"
    rules[test] = rules[test].replace("true}}", "-}}").replace("false}}", "true}}").replace("-}}", "false}}")
    policies = {one["policy_revision"] for one in replicas.fleet()}
    before, revision = stored(replicas, rules)
    try:
        while policies & {one["policy_revision"] for one in replicas.fleet()}:
            time.sleep(0.2)
        followed(replicas, revision)
        assert [replicas.ask(url)[0] for url in replicas.urls] == ["pin_local"] * 2
        bundle = replicas.line.state_dir / "bundle.tar.gz"
        inode = bundle.stat().st_ino
        bundle.write_bytes(b"")
        os.kill(replicas.line.stack.pids["supervisor"], signal.SIGUSR1)
        until = time.monotonic() + PATIENCE_S
        while bundle.stat().st_ino == inode:
            assert time.monotonic() < until, "the bundle is not written again"
            time.sleep(0.2)
        assert [replicas.ask(url)[0] for url in replicas.urls] == ["pin_local"] * 2
    finally:
        assert "every proxy process runs it (3)" in replicas.registry("activate", before)


def test_another_machine_decides_again_as_then(replicas):
    """The second replica's folder never held a bundle: they come from the database."""
    _, _, exchange = replicas.ask(replicas.urls[0])
    revision, _ = replicas.decided(exchange)
    until = time.monotonic() + 20
    done = None
    while time.monotonic() < until and (done is None or "of today" in done.stderr):
        done = subprocess.run(
            [sys.executable, "-m", "proxy", "policy", "explain", exchange, "--json"],
            env=replicas.environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"revision {revision}" in done.stderr
    assert json.loads(done.stdout)["decision"]["policy"]["revision"] == revision
    assert os.listdir(f"{replicas.environment['PROXY_STATE_DIR']}/revisions") == [f"{revision}.tar.gz"]
