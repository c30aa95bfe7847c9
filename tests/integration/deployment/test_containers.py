"""Every container of chart and compose runs with exactly its rendered command and environment: one installation of each.

What only an orchestrator has is replaced: folders of volumes, names of hosts, ports. PostgreSQL checks passwords, which have
every character that a URL knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import asyncpg
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.probes import free_ports
from proxy.policy.engine.launch import launch
from testing import commands, deployment, models, processes, rule_cache
from testing.deployment import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.heavy, pytest.mark.timeout(600)]
DUTIES = ("migrate", "import", "serve", "records", "auditor", "verify")
PASSWORDS = {f"PROXY_{duty.upper()}_PASSWORD": f"{duty}/@#?:%20 &=+'\"\\$x" for duty in DUTIES}
KEY = "K" * 43 + "="
#: Of the image.
IMAGE = {"PROXY_HOST": "127.0.0.1", "PROXY_STATE_DIR": "/state", "PROXY_PORT": "8080", "PATH": os.environ["PATH"]}
_START_S = 120


class Machine:
    """What the containers of one installation run on."""

    def __init__(self, folder, sockets):
        self.folder = folder
        ports = dict(zip(("8080", "9090", "8181", "8099", "8000"), free_ports(5), strict=True))
        self.port = ports
        self.serving = []
        hosts = {"postgres:5432/proxy": f"/proxy?host={sockets}", "127.0.0.1:8181": f"127.0.0.1:{ports['8181']}"}
        hosts |= {f"{name}:{port}": f"127.0.0.1:{ports[port]}" for name, port in (
            ("opa", "8181"), ("model", "8000"), ("selftest", "8099"), ("compliance-proxy-selftest", "8099"), ("0.0.0.0", "8099"),
            ("proxy", "8080"), ("compliance-proxy", "80"))
            if port in ports}  # fmt: skip
        self.hosts = {**hosts, "compliance-proxy:80": f"127.0.0.1:{ports['8080']}"}

    def here(self, text, mounts):
        """Return a text of a container as it is on this machine."""
        known = self.hosts | {mount: str(self.folder / mount[1:]) for mount in {"/state", "/tmp", *mounts}}
        names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.-])({names})(?![\w-])", lambda match: known[match[1]], text)
        return str(self.port[text]) if text in {"8080", "9090"} else text

    def environment(self, container):
        for mount in container.mounts:
            (self.folder / mount[1:]).mkdir(parents=True, exist_ok=True, mode=0o700)
        rule_cache.give(self.folder / "state" / "cache")
        return {name: value if "PASSWORD" in name or "SECRET" in name else self.here(value, container.mounts)
                for name, value in {**IMAGE, **container.environment}.items()}  # fmt: skip

    def run(self, container, *more, args=None):
        """Run a container's command to its end."""
        words = [self.here(word, container.mounts) for word in (container.args if args is None else args)]
        done = commands.run(*words, *more, environment=self.environment(container), timeout=300)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def serve(self, container, ready):
        """Start a container that serves; return once it says that it is ready."""
        variables, passed = models.handed()
        (self.folder / "said").mkdir(exist_ok=True)
        with (self.folder / "said" / container.name).open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "proxy", *(self.here(word, container.mounts) for word in container.args)],
                env={**self.environment(container), **variables}, pass_fds=passed, stdout=said, stderr=said,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.serving.append(process)
        self.awaited(f"http://127.0.0.1:{ready}", process)

    def engine(self):
        """Start the packaged engine where the OPA server of the installation would be."""
        command = launch(self.folder / "bundle" / "bundle.tar.gz", self.port["8181"])
        self.serving.append(subprocess.Popen(command.command, start_new_session=True))
        self.awaited(f"http://127.0.0.1:{self.port['8181']}/health?bundles", self.serving[-1])

    def awaited(self, url, process):
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            assert process.poll() is None, [path.read_text()[-3000:] for path in (self.folder / "said").glob("*")]
            try:
                with urllib.request.urlopen(url, timeout=5) as reply:
                    if reply.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(
            f"{url} is not ready: {[path.read_text()[-3000:] for path in (self.folder / 'said').glob('*')]}"
        )

    def key(self, container):
        """Create a key of the proxy, as by ``exec`` in its container."""
        words = ["keys", "create", "--tenant", "demo-eu", "--service", "selftest", "--activity", "support-chat",
                 "--ingress-region", "DE", "--subject-region", "DE"]  # fmt: skip
        done = self.run(container, args=words)
        return next(word for word in (done.stdout + done.stderr).split() if word.startswith("cp_"))

    def stop(self):
        for process in self.serving:
            everything = processes.descendants(process.pid)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
            for pid in filter(processes.running, everything):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def sockets(tmp_path, tmp_path_factory):
    """A PostgreSQL of its own that checks passwords, with the logins of deploy/roles.sql; return where it listens."""
    rules = tmp_path_factory.mktemp("hba") / "pg_hba.conf"
    rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    rules.parent.chmod(0o755)
    server = EmbeddedPostgres(tmp_path / "postgres", {"hba_file": str(rules)})
    loop = asyncio.new_event_loop()
    loop.run_until_complete(server.start())
    psql = [
        str(server._places.binaries / "psql"),
        "-v",
        "ON_ERROR_STOP=1",
        "-q",
        "-d",
        server.dsn_of("proxy"),
        "-f",
        "-",
    ]
    subprocess.run(
        psql, input=(ROOT / "deploy/roles.sql").read_bytes(), check=True, env={**os.environ, **PASSWORDS}, cwd="/"
    )
    yield server._places.sockets
    loop.run_until_complete(server.stop())
    loop.close()


@pytest.fixture
def machine(tmp_path, sockets):
    made = Machine(tmp_path, sockets)
    yield made
    made.stop()


async def superusers(sockets):
    connection = await asyncpg.connect(f"postgresql://postgres@/proxy?host={sockets}")
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'proxy' AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    return {row["usename"] for row in rows}


def login(duty, **more):
    return {"DATABASE_URL": f"postgresql://proxy_{duty}@postgres:5432/proxy",
            "PROXY_DATABASE_PASSWORD": PASSWORDS[f"PROXY_{duty.upper()}_PASSWORD"], **more}  # fmt: skip


@pytest.mark.skipif(deployment.helm() is None, reason="no helm for this machine")
def test_the_chart_installs_serves_tests_itself_and_verifies(machine, sockets, tmp_path):
    catalog = {path.name: path.read_text() for path in (ROOT / "config").glob("*.yaml")}
    values = {
        "catalog": catalog, "importSecret": "import", "audit": {"anchorClaim": "notes"},
        "jobs": {name: {"secret": name} for name in ("records", "verify", "expiring", "selftest")},
        "environment": {"PROXY_REGISTRY": "database"}, "targetFilesSecret": "files",
        "existingSecret": "serve", "migrateSecret": "migrate",
    }  # fmt: skip
    key = {"PROXY_SECRET_KEY": KEY}
    secrets = {
        "migrate": login("migrate"), "import": login("import", **key), "serve": login("serve", **key), "verify": login("verify"),
        "records": login("records", **key), "expiring": login("serve", **key), "selftest": {"COMPLIANCE_PROXY_KEY": ""},
    }  # fmt: skip
    rendered = deployment.documents(values)
    built = deployment.containers(rendered, secrets)
    config = next(
        one["data"] for one in rendered if one["kind"] == "ConfigMap" and one["metadata"]["name"] == "compliance-proxy"
    )
    pod = next(pod for name, pod in deployment.pods(rendered) if name == "compliance-proxy")
    for item in next(volume["configMap"]["items"] for volume in pod["volumes"] if volume["name"] == "catalog"):
        path = tmp_path / "catalog" / item["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(config[item["key"]])
    (tmp_path / "audit-key").mkdir(mode=0o700)
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "audit-key" / "signing.pem").write_bytes(pem)

    assert machine.run(built["migrate"]).returncode == 0
    for words in ("is the registry now", "nothing changed"):  # a second installation leaves the registry as it is
        done = machine.run(built["import"])
        assert done.returncode == 0, done.stdout + done.stderr
        assert words in done.stdout
    done = machine.run(built["bundle"])
    assert done.returncode == 0, done.stdout + done.stderr
    machine.engine()
    machine.serve(built["proxy"], f"{machine.port['9090']}/readyz")
    assert asyncio.run(superusers(sockets)) == {"proxy_serve"}
    built["selftest"].environment["COMPLIANCE_PROXY_KEY"] = machine.key(built["proxy"])
    done = machine.run(built["selftest"], "--api", "openai_chat", "--api", "anthropic_messages")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    for name in ("verify", "records", "expiring"):
        done = machine.run(built[name])
        assert done.returncode == 0, (name, done.stdout, done.stderr)


def test_compose_starts_serves_tests_itself_and_reads(machine, sockets, tmp_path):
    services = deployment.composed({**PASSWORDS, "POSTGRES_PASSWORD": "p", "PROXY_SECRET_KEY": KEY})
    (tmp_path / "catalog").mkdir()
    for path in (ROOT / "config").glob("*.yaml"):
        (tmp_path / "catalog" / path.name).write_text(path.read_text())
    for name in ("audit-key", "migrate"):
        done = machine.run(services[name])
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    model = services["model"]
    words = [sys.executable, "-m", "proxy.embedded.model_server", *model.args]
    words[words.index("0.0.0.0")] = "127.0.0.1"
    words[words.index("8000")] = str(machine.port["8000"])
    machine.serving.append(subprocess.Popen(words, env=machine.environment(model), start_new_session=True))
    machine.awaited(f"http://127.0.0.1:{machine.port['8000']}/health", machine.serving[-1])
    # OPA comes up beside the proxy, with the bundle that this writes as it starts.
    process = asyncio.run(_started_together(machine, services["proxy"]))
    assert process.poll() is None
    assert asyncio.run(superusers(sockets)) == {"proxy_serve"}
    key = machine.key(services["proxy"])
    body = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello there."}]}).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{machine.port['8080']}/v1/chat/completions", body,
        {"authorization": f"Bearer {key}", "content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=60) as reply:
        assert reply.headers["x-compliance-target"] == "local/eu"
        assert json.load(reply)["choices"][0]["message"]["content"]
    services["selftest"].environment["COMPLIANCE_PROXY_KEY"] = key
    done = machine.run(services["selftest"], "--api", "openai_chat")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "state/selftest/selftest.html").exists()
    for name in ("auditor", "records"):
        done = machine.run(services[name])
        assert done.returncode == 0, (name, done.stdout, done.stderr)


async def _started_together(machine, container):
    def serve():
        machine.serve(container, f"{machine.port['8080']}/readyz")

    async with asyncio.TaskGroup() as tasks:
        served = tasks.create_task(asyncio.to_thread(serve))
        while not (machine.folder / "bundle" / "bundle.tar.gz").exists() and not served.done():
            await asyncio.sleep(0.1)
        await asyncio.to_thread(machine.engine)
    return machine.serving[-1]


def test_the_generated_environment_is_all_that_compose_asks_for():
    said = subprocess.run([str(ROOT / "scripts/compose-env")], capture_output=True, text=True, check=True).stdout
    variables = dict(line.split("=", 1) for line in said.splitlines())
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(variables) == set(re.findall(r"\$\{(\w+):\?", text))
    assert len(set(variables.values())) == len(variables)
    assert not [value for value in variables.values() if "$" in value]
    assert yaml.safe_load(text)["services"]["proxy"]["depends_on"]["model"]["condition"] == "service_healthy"
    for mount in re.findall(r"\$\{\w+_DIR:-\./([\w/-]+)\}", text):
        assert Path(ROOT, mount).is_dir(), mount
