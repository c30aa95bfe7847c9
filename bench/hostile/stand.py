"""A whole stack on free ports of loopback, with tenants, keys and targets of its own, and what is needed to attack it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import yaml
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from bench.hostile.behaviours import BEHAVIOURS
from proxy.embedded import state
from proxy.runtime import private
from proxy.runtime.resources import shipped
from testing import commands, evidence, models, rule_cache, trials
from testing.processes import children, command_line, descendants, free_port, running

CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
ISSUER = "https://issuer.example"
#: Limits of a stream, small enough to be met within seconds.
STREAM = {"seconds": 15, "bytes": 4_000_000, "events": 20_000, "silence_s": 6}
_SIGNING = ECKey.generate_key("P-256", auto_kid=True)
_START_S, _ASK_S = 180.0, 130.0
_FOREIGN = ("DATABASE_URL", "OPA_URL", "OPA_BIN", "OPENAI_API_KEY", "OPENAI_BASE_URL")


@dataclass(frozen=True, slots=True)
class Caller:
    """A key: whose, for what, and from where."""

    tenant: str
    service: str
    activity: str
    region: str = "DE"
    subjects: str | None = "DE"
    roles: tuple[str, ...] = ()


#: Every key of the stand by the name the rows use.
CALLERS: Mapping[str, Caller] = {
    "quiet": Caller("quiet-eu", "desk", "support-chat"),
    "loud": Caller("loud-eu", "bot", "support-chat"),
    "loud-2": Caller("loud-2-eu", "bot", "support-chat"),
    "sales": Caller("house-eu", "sales", "support-chat"),
    "support": Caller("house-eu", "support", "support-chat"),
    "care": Caller("house-eu", "care", "care-eu"),
    "hiring": Caller("house-eu", "hiring", "hiring"),
    "clinic": Caller("clinic-us", "ward", "care-us", "US", "US"),
    "unknown": Caller("house-eu", "anybody", "support-chat", "DE", None),
}
_TENANTS: Mapping[str, Any] = {
    "quiet-eu": {"establishments": ["DE"]},
    "loud-eu": {"establishments": ["DE"]},
    "loud-2-eu": {"establishments": ["DE"]},
    "house-eu": {"establishments": ["DE"]},
    "clinic-us": {"establishments": ["US"], "hipaa_role": "covered_entity"},
    "limited-us": {"establishments": ["US"], "hipaa_role": "covered_entity", "linking_days": 90},
}
_ACTIVITIES: Mapping[str, Any] = {
    "care-eu": {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b", "art9": "A9-2-a", "allow_third_party_special": True},
    "care-us": {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b", "phi_context": True},
    "hiring": {"purpose": "dpv:HumanResourceManagement", "legal_basis": "A6-1-b", "ai_act": "high"},
}  # fmt: skip


@dataclass
class Answer:
    """A reply as the caller got it. ``status`` 0: none came; ``error`` says how it failed."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""

    @property
    def code(self) -> str:
        """The stable code of an error, "" when there is none."""
        with contextlib.suppress(ValueError, TypeError, LookupError):
            return str(json.loads(self.body)["error"]["code"])
        return ""

    @property
    def target(self) -> str:
        """The target that answered."""
        return self.headers.get("x-compliance-target", "")

    @property
    def text(self) -> str:
        """What was said, whole or streamed, in content and in arguments of calls; "" when it is not a completion."""
        if "event-stream" in self.headers.get("content-type", ""):
            return "".join(_streamed(self.body))
        try:
            return _spoken(json.loads(self.body)["choices"][0]["message"])
        except (ValueError, LookupError, TypeError):
            return ""

    def __str__(self) -> str:
        return f"{self.status or self.error or 'no reply'} {self.code}".strip()


def _spoken(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls") or ()
    return (message.get("content") or "") + "".join(one["function"].get("arguments") or "" for one in calls)


def _streamed(body: bytes) -> list[str]:
    found = []
    for line in body.decode(errors="replace").split("\n"):
        if line.startswith("data: {"):
            with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
                found.append(_spoken(json.loads(line[6:])["choices"][0]["delta"]))
    return found


def messages(text: str) -> list[dict[str, str]]:
    """Return one message of a user."""
    return [{"role": "user", "content": text}]


@dataclass
class Stand:
    """One running stack. ``environment`` adds settings to the defaults; a target of ``elsewhere`` is asked by its name.

    With ``shared_models`` it uses the models that this process keeps loaded for several stacks, and makes no trial decisions
    with a bundle that was proved for another.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    overlay: Path | None = None
    shared_models: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # further targets and their addresses
    url: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    started_s: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    provider: subprocess.Popen[bytes] | None = None
    provider_url: str = ""
    _session: aiohttp.ClientSession | None = None

    @property
    def state_dir(self) -> Path:
        """Where the stack keeps everything."""
        return self.folder / "state"

    @property
    def output(self) -> Path:
        """What the stack printed."""
        return self.folder / "output"

    @property
    def session(self) -> aiohttp.ClientSession:
        """The callers' connections, as many as are asked for."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)
        return self._session

    def settings(self) -> dict[str, str]:
        """Return the environment of every command on this stack."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PROXY_") and key not in _FOREIGN}
        overlay = {"PROXY_OVERLAY_DIR": str(self.overlay)} if self.overlay else {}
        return {
            **kept,
            "PROXY_STATE_DIR": str(self.state_dir),
            "PROXY_CONFIG_DIR": str(self.folder / "config"),
            "PROXY_STANDIN_URL": f"{self.provider_url}/standin",
            "PROXY_UPSTREAM_CONNECT_S": "2",
            "PROXY_OIDC_ISSUER": ISSUER,
            "PROXY_OIDC_AUDIENCE": ISSUER,
            "PROXY_OIDC_JWKS": str(self.folder / "config" / "jwks.json"),
            "TARGET_HANG_KEY": json.dumps(
                {"client_id": "a", "client_secret": "b", "token_uri": f"{self.provider_url}/hang"}
            ),
            "PROXY_PORT": self.url.rpartition(":")[2],
            **overlay,
            **self.environment,
        }

    async def start(self, callers: Mapping[str, Caller] = CALLERS) -> None:
        """Start the targets and the product, and make a key for every caller.

        Raises:
            RuntimeError: the product did not start; the message says what it printed.

        """
        rule_cache.give(private.folder(self.state_dir) / "cache")
        ports = free_port(), free_port()
        self.url, self.provider_url = (f"http://127.0.0.1:{port}" for port in ports)
        self._write_config()
        with (self.folder / "provider").open("wb") as said:
            self.provider = subprocess.Popen(
                [sys.executable, "-m", "bench.hostile.provider", str(ports[1])], stdout=said, stderr=said,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        await self.start_product()
        async with asyncio.TaskGroup() as tasks:
            made = {name: tasks.create_task(self._key(caller)) for name, caller in callers.items()}
        self.keys = {name: one.result() for name, one in made.items()}

    async def start_product(self) -> None:
        """Start everything but the targets; ``started_s`` says how long it took until it was ready.

        Raises:
            RuntimeError: it did not start.

        """
        began = time.monotonic()
        variables, passed = models.handed() if self.shared_models else ({}, ())
        if self.shared_models:
            trials.give(self.state_dir)
        with self.output.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "proxy", "run"], env={**self.settings(), **variables}, pass_fds=passed,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        while not (state.running(self.state_dir) and await self.ready()):
            if self.process.poll() is not None or time.monotonic() - began > _START_S:
                raise RuntimeError(f"the stack did not start:\n{self.output.read_text(errors='replace')[-3000:]}")
            await asyncio.sleep(0.05)
        self.started_s = time.monotonic() - began
        trials.keep(self.state_dir)

    async def _key(self, caller: Caller) -> str:
        words = ["--tenant", caller.tenant, "--service", caller.service, "--activity", caller.activity]
        words += ["--ingress-region", caller.region]
        words += ["--subject-region", caller.subjects] if caller.subjects else ["--declare-region", caller.region]
        for role in caller.roles:
            words += ["--role", role]
        status, said = await self.command("keys", "create", *words)
        found = [word for word in said.split() if word.startswith("cp_")]
        if status or not found:
            raise RuntimeError(f"no key for {caller.tenant}: {said}")
        return found[0]

    def token(self, tenant: str) -> str:
        """Return a token of the stand's issuer for a service of a tenant, without an identifier of its own."""
        bound = {
            "tenant": tenant,
            "service": "bot",
            "activities": ["support-chat"],
            "ingress_region": "DE",
            "subject_region": "DE",
        }
        claims = {"iss": ISSUER, "aud": ISSUER, "exp": int(time.time()) + 3600, "sub": "a", "compliance": bound}
        return jwt.encode({"alg": "ES256", "kid": _SIGNING.kid}, claims, _SIGNING)

    def _write_config(self) -> None:
        folder = self.folder / "config"
        folder.mkdir(exist_ok=True)
        (folder / "jwks.json").write_text(json.dumps(KeySet([_SIGNING]).as_dict(private=False)))
        registry = yaml.safe_load((shipped("config") / "registry.yaml").read_text())
        endpoints = yaml.safe_load((shipped("config") / "endpoints.yaml").read_text())
        third, local = registry["targets"]["standin/eu"], registry["targets"]["local/eu"]
        places = {"processing_regions": ["US"], "storage_regions": ["US"]}
        baa = {"status": "signed", "expires": "2099-12-31", "operations": ["chat", "embedding"]}
        registry["targets"] |= {"third/us": third | places | {"baa": baa}, "local/us": local | places}
        registry["tenants"] |= _TENANTS
        registry["activities"] |= _ACTIVITIES
        for target, path in (("local/eu", "local"), ("third/us", "third-us"), ("local/us", "local-us")):
            endpoints["endpoints"][target] = {"base_url": f"{self.provider_url}/{path}/v1", "models": {"*": "*"}}
        for target in ("standin/eu", "local/eu"):
            endpoints["endpoints"][target]["stream"] = STREAM
        evil = [f"evil/{name}" for name in BEHAVIOURS]  # one each: what one does must not close the road to another
        for target in evil:
            registry["targets"][target] = third
            endpoints["endpoints"][target] = {
                "base_url": f"{self.provider_url}/{target}/v1",
                "models": {"*": "*"},
                "stream": STREAM,
            }
        registry["targets"]["hang/eu"] = third
        endpoints["endpoints"]["hang/eu"] = {
            "base_url": f"{self.provider_url}/hang/v1", "models": {"*": "*"}, "credential": "TARGET_HANG_KEY",
            "authorization": {"scheme": "oauth", "scope": "a"},
        }  # fmt: skip
        for target, address in self.elsewhere.items():
            registry["targets"][target] = third
            endpoints["endpoints"][target] = {"base_url": address, "models": {"*": "*"}}
        for endpoint in endpoints["endpoints"].values():
            endpoint["timeout_s"] = 6
        routes = [
            *({"model": target.replace("/", "-"), "targets": [target]} for target in self.elsewhere),
            *({"model": f"evil-do-{target.removeprefix('evil/')}", "targets": [target]} for target in evil),
            *(
                {"tenant": tenant, "model": "local-*", "targets": ["local/us"]}
                for tenant in ("clinic-us", "limited-us")
            ),
            *(
                {"tenant": tenant, "model": "*", "targets": ["third/us", "local/us"]}
                for tenant in ("clinic-us", "limited-us")
            ),
            {"model": "hang", "targets": ["hang/eu"]},
            {"model": "third-*", "targets": ["standin/eu"]},
            {"model": "local-*", "targets": ["local/eu"]},
            {"model": "*", "targets": ["standin/eu", "local/eu"]},
        ]
        for name, content in (("registry", registry), ("endpoints", endpoints), ("routes", {"routes": routes})):
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    # --- asking ---------------------------------------------------------------------------------------------------

    async def ask(
        self, caller: str, text: str, model: str = "say", headers: Mapping[str, str] | None = None, **extra: Any
    ) -> Answer:
        """Ask a model with one message."""
        return await self.chat(caller, {"model": model, "messages": messages(text), **extra}, headers)

    async def chat(self, caller: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
        """Post a chat request."""
        return await self.post(caller, json.dumps(body).encode(), headers)

    async def post(
        self,
        caller: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        path: str = CHAT,
        patience_s: float = _ASK_S,
    ) -> Answer:
        """Post bytes and read the whole reply; never raises for what the proxy does."""
        given = {"authorization": f"Bearer {self.keys.get(caller, caller)}", "content-type": "application/json"}
        began, answer = time.monotonic(), Answer()
        try:
            async with self.session.post(
                self.url + path, data=body, headers={**given, **(headers or {})},
                timeout=aiohttp.ClientTimeout(total=patience_s), allow_redirects=False,
            ) as reply:  # fmt: skip
                lower = {name.lower(): value for name, value in reply.headers.items()}
                answer = Answer(reply.status, lower)
                answer.body = await reply.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            answer.error = type(error).__name__
        answer.seconds = time.monotonic() - began
        return answer

    async def ready(self) -> bool:
        """Whether the proxy says that it is ready."""
        return await self.status("/readyz") == 200

    async def status(self, path: str) -> int:
        """Return the status of a GET, 0 when nobody answers."""
        try:
            async with self.session.get(self.url + path, timeout=aiohttp.ClientTimeout(total=3)) as reply:
                await reply.read()
                return reply.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            return 0

    async def settled(self, patience_s: float = 60.0) -> bool:
        """Wait until it is ready."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if await self.ready():
                return True
            await asyncio.sleep(0.1)
        return False

    # --- looking --------------------------------------------------------------------------------------------------

    async def _get(self, path: str) -> Any:
        async with self.session.get(self.provider_url + path) as reply:
            return json.loads(await reply.read())

    async def count(self) -> int:
        """Return how many requests all targets received."""
        return int((await self._get("/count"))["count"])

    async def received(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what targets received, from a count on."""
        return list(await self._get(f"/journal?from={since}"))

    async def say(self, name: str, text: str) -> None:
        """Let the model ``do-say-NAME`` say a text."""
        async with self.session.post(f"{self.provider_url}/say/{name}", data=text.encode()) as reply:
            await reply.read()

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        """Ask the database as its owner."""
        async with self._owner() as connection:
            return list(await connection.fetch(statement, *arguments))

    async def recorded(self, where: str, *values: Any) -> list[dict[str, Any]]:
        """Return the records of a condition: their columns and bodies."""
        async with self._owner() as connection:
            return await evidence.recorded(connection, where, *values)

    @contextlib.asynccontextmanager
    async def _owner(self) -> AsyncIterator[Any]:
        stack = state.running(self.state_dir)
        if stack is None:
            raise RuntimeError("the stack does not run")
        connection = await asyncpg.connect(stack.database_url, timeout=5)
        try:
            yield connection
        finally:
            connection.terminate()

    async def records(self, exchange: str, patience_s: float = 10.0) -> list[dict[str, Any]]:
        """Return the records of an exchange once its outcome is there."""
        until = time.monotonic() + patience_s
        while True:
            found = await self.recorded("exchange = $1", exchange)
            if any(one["kind"] == "outcome" for one in found) or time.monotonic() > until:
                return found
            await asyncio.sleep(0.1)

    async def command(self, *words: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run a command of the product, in a forked process; return its status and what it said."""
        try:
            done = await asyncio.to_thread(commands.run, *words, environment={**self.settings(), **(environment or {})})
        except TimeoutError:
            return 124, "it did not end within 120 s"
        return done.returncode, done.stdout + done.stderr

    def serving(self) -> list[int]:
        """Return the processes that serve requests."""
        stack = state.running(self.state_dir)
        pid = stack.pids.get("proxy", 0) if stack else 0
        return [one for one in (pid, *children(pid)) if b" serve" in command_line(one)]

    # --- the end --------------------------------------------------------------------------------------------------

    async def stop_product(self) -> None:
        """Stop everything but the targets."""
        if self.process is None:
            return
        everything = descendants(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.process.wait, 40)
        for pid in filter(running, everything):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process = None

    async def stop(self) -> None:
        """Stop everything."""
        await self.stop_product()
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self.provider is not None:
            self.provider.kill()
            self.provider.wait()
