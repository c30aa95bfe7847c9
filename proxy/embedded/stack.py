"""Decides what runs on this machine and where it listens, and wires it for the supervisor.

A configured address replaces the embedded part: ``DATABASE_URL``, ``OPA_URL``, ``PROXY_LOCAL_MODEL_URL``,
``PROXY_STANDIN_URL``, or a credential of a third-party target in ``endpoints.yaml``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proxy.audit.sealing import signing_key as audit_key
from proxy.detection.pool.loading import NurseryPart
from proxy.embedded import first_start, state
from proxy.embedded.example.world import ExampleWorld
from proxy.embedded.model_server import TOY_MODEL
from proxy.embedded.parts import PostgresPart, ProcessPart, StackPart
from proxy.embedded.postgres import EmbeddedPostgres
from proxy.embedded.probes import answers, free_ports, is_free
from proxy.embedded.supervisor import PartEvent, Supervisor
from proxy.errors import ConfigurationError, RegistryUnavailableError
from proxy.keys import master_key
from proxy.policy.activation import activation, proof
from proxy.policy.engine.launch import find_opa, launch
from proxy.registry.watch import ActivationWatch
from proxy.runtime import example as example_mark
from proxy.runtime import migrations
from proxy.runtime.background import Background
from proxy.runtime.environment import environment
from proxy.runtime.log import logger
from proxy.service import rollout
from proxy.settings import MASTER_KEYS, Handover, Settings

STANDIN_URL = "PROXY_STANDIN_URL"
MODEL_URL = "PROXY_LOCAL_MODEL_URL"
#: Where ``compliance-proxy selftest`` listens, unless both are told otherwise.
SELFTEST_URL = {"TARGET_SELFTEST_URL": "http://127.0.0.1:8099"}
#: What a part that needs no secret inherits of this process's environment.
_PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_DRAIN_S = "5"  # Ctrl-C should not take longer


@dataclass(frozen=True, slots=True)
class Where:
    """One line of "what runs where"."""

    name: str
    what: str
    address: str
    embedded: bool


def _unheard(_event: PartEvent) -> None:
    """Take an event before anybody listens."""


class Stack:
    """Everything that ``compliance-proxy run`` keeps running."""

    def __init__(
        self,
        settings: Settings,
        model: Path = TOY_MODEL,
        nursery: NurseryPart | None = None,
        example: ExampleWorld | None = None,
    ) -> None:
        if state.in_use(settings.state_dir):
            raise state.already_running(settings.state_dir)
        self.settings = settings
        self.model = model
        self.example = example
        self._report: Callable[[PartEvent], None] = _unheard
        self._unbuilt = False  # the example world
        self._variables = dict(environment())
        self._ports = dict(zip(("proxy", "opa", "model", "provider", "shadow"), free_ports(5), strict=True))
        self.postgres = None if settings.database_url else EmbeddedPostgres(settings.state_dir / "postgres")
        self.proxy_url = f"http://{settings.host}:{self._proxy_port()}"
        metrics_port = settings.metrics_port
        self.health_url = f"http://{settings.host}:{metrics_port}" if metrics_port is not None else ""
        self.opa_url = settings.opa_url or self._loopback("opa")
        self.model_url = self._variables.get(MODEL_URL) or self._loopback("model")
        self._nursery = nursery
        self._asking = settings.handover.detection_nursery if nursery is None else nursery.clients
        self._reloading = asyncio.Lock()
        self.console_link = ""  # into the console, once everything runs
        self._imported = ""
        self._registry = ""
        self._wire(provider=settings.registry == "files" and first_start.provider_configured(settings))

    def _wire(self, *, provider: bool) -> None:
        """Decide on the stand-in and create the parts; ``provider`` is whether a real one is configured."""
        self.has_standin = not self._variables.get(STANDIN_URL) and not provider
        self.provider_url = self._variables.get(STANDIN_URL) or (self._loopback("provider") if self.has_standin else "")
        self.parts = self._parts()

    def _loopback(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def _proxy_port(self) -> int:
        """Return the configured port; a free one if that is only the default and taken.

        Raises:
            ConfigurationError: the configured port is taken.

        """
        host, port = self.settings.host, self.settings.port
        if port and is_free(host, port):
            return port
        if port and "port" in self.settings.model_fields_set:
            raise ConfigurationError(f"port {port} on {host} is taken; choose another with PROXY_PORT, or 0 for any")
        return self._ports["proxy"]

    @property
    def database_url(self) -> str:
        """The connection string, known once the embedded database has started."""
        if self.postgres is not None:
            return self.postgres.dsn
        return self.settings.database_url.get_secret_value() if self.settings.database_url else ""

    @property
    def bundle(self) -> Path:
        """The policy bundle that the engine here loads."""
        return self.settings.state_dir / "bundle.tar.gz"

    @property
    def shadow_bundle(self) -> Path:
        """The candidate's bundle, loaded by an engine of its own."""
        return self.settings.state_dir / "shadow.tar.gz"

    @property
    def has_shadow(self) -> bool:
        """Whether a candidate is configured and its engine runs here."""
        return self.settings.shadow_dir is not None and self.settings.shadow_opa_url is None

    @property
    def has_console(self) -> bool:
        """Whether the console is served: unless it is switched off, or its extra is not installed."""
        installed = all(importlib.util.find_spec(name) for name in ("babel", "jinja2"))
        return installed and self._variables.get("PROXY_CONSOLE", "true").lower() not in {"false", "0", "no", "off"}

    def where(self) -> tuple[Where, ...]:
        """Return what runs where, for people. Contains no password."""
        model = "toy model (shows the path, knows nothing)" if self.model == TOY_MODEL else self.model.name
        provider = "stand-in (llmock): NOT a real provider, it echoes what reaches it"
        engine = "OPA server" if self.settings.opa_url or find_opa(self.settings.opa_bin) else "OPA-compatible engine"
        embedded_model = not self._variables.get(MODEL_URL)
        database = self.postgres.root if self.postgres else "DATABASE_URL"
        rows = [
            Where("proxy", "what applications talk to", f"{self.proxy_url}/v1", embedded=True),
            Where("database", "PostgreSQL: audit, keys, vault", str(database), embedded=self.postgres is not None),
            self._where_registry(),
            Where("policy", engine, self.opa_url, embedded=not self.settings.opa_url),
            Where("model", f"in-region model: {model}", f"{self.model_url}/v1", embedded=embedded_model),
        ]
        if self.has_shadow:
            rows.append(
                Where(
                    "shadow", "candidate policy, recorded and never enforced", self._loopback("shadow"), embedded=True
                )
            )
        if self.provider_url:
            rows.append(Where("provider", provider, f"{self.provider_url}/v1", embedded=self.has_standin))
        return tuple(rows)

    def _where_registry(self) -> Where:
        if self.settings.registry == "files":
            return Where("registry", "providers, targets, routes: files", str(self.settings.config_dir), embedded=True)
        origin = f" (was empty: imported {self.settings.config_dir})" if self._imported else ""
        outcome = activation.last(activation.status_path(self.bundle))
        what = f"in the database, revision {outcome.registry if outcome is not None else 'unknown yet'}{origin}"
        return Where("registry", what, "compliance-proxy registry --help", embedded=True)

    def running(self) -> state.RunningStack:
        """Return what other commands need to know."""
        pids = {part.name: part.group for part in self.parts if part.group is not None}
        return state.RunningStack(
            proxy_url=self.proxy_url,
            database_url=self.database_url,
            opa_url=self.opa_url,
            model_url=self.model_url,
            provider_url=self.provider_url,
            health_url=self.health_url,
            pids={**pids, "supervisor": os.getpid()},
        )

    async def run(
        self, stopping: asyncio.Event, ready: Callable[[], None], report: Callable[[PartEvent], None]
    ) -> None:
        """Run everything until ``stopping`` is set.

        Raises:
            ConfigurationError: another instance runs on this state directory, or the configuration is invalid.
            PartError: a part did not start.

        """
        self._report = report
        state.close(self.settings.state_dir)
        with state.hold(self.settings.state_dir):
            try:
                await self._open_registry()
                await self._write_bundles(starting=True)
            except BaseException:
                if self.postgres is not None:
                    await self.postgres.stop()
                raise
            following = Background()

            async def announce() -> None:
                self.console_link = await self._console_link()
                state.write(self.settings.state_dir, self.running())
                ready()
                self._follow_registry(following)

            def observed(event: PartEvent) -> None:
                if event.state == "up" and state.recorded(self.settings.state_dir):
                    state.write(self.settings.state_dir, self.running())
                report(event)

            state.clear(self.settings.state_dir)
            try:
                await Supervisor(self.parts, observed).run(stopping, announce)
            finally:
                await following.stop()
                proof.interrupt_children()
                state.clear(self.settings.state_dir)

    async def _console_link(self) -> str:
        if not self.has_console:
            return ""
        return await first_start.console_link(self.proxy_url, self.database_url, self._master())

    async def _open_registry(self) -> None:
        """If the registry is in the database, start that first, and fill the registry if it is empty."""
        if self.settings.registry == "files":
            return
        if self.postgres is not None:
            await self.postgres.start()
        dsn, master = self.database_url, self._master()
        with self._naming_folder():
            if self.example is not None:
                self._unbuilt = await first_start.claim_example(dsn, master, self.example.seed)
            self._imported = await first_start.fill_registry(self.settings, dsn, master)
        self._wire(provider=await asyncio.to_thread(first_start.provider_configured, self._reading))

    @contextlib.contextmanager
    def _naming_folder(self) -> Iterator[None]:
        """Say in which folder a database here lies that another build made."""
        try:
            yield
        except migrations.OtherBuildError as error:
            if self.postgres is None:
                raise
            folder = self.settings.state_dir
            raise ConfigurationError(f"{folder}: {error} (another PROXY_STATE_DIR begins with one)") from error

    @property
    def _reading(self) -> Settings:
        """The settings, with the database's URL if the registry is in one."""
        return rollout.with_database(self.settings, lambda: self.database_url)

    def _follow_registry(self, following: Background) -> None:
        if self.settings.registry == "database":
            watch = ActivationWatch(self.database_url, self._registry)
            following.start("registry watch", watch.run(self._registry_changed))

    async def _registry_changed(self, revision: str) -> None:
        """Reload whenever a revision comes into force in the database."""
        try:
            await self.reload()
        except RegistryUnavailableError:
            raise
        except (ConfigurationError, OSError) as error:
            logger().error("registry_refused", revision=revision, reason=str(error), kept=self._registry)

    async def reload(self) -> None:
        """Prove the policies, put them in force and make the proxy reload its catalog.

        Raises:
            ConfigurationError: policies or catalog are refused; what was in force stays.

        """
        async with self._reloading:
            await self._write_bundles(starting=False)
        proxy = next(part for part in self.parts if part.name == "proxy")
        if proxy.group is not None:
            os.kill(proxy.group, signal.SIGHUP)

    async def _write_bundles(self, *, starting: bool) -> None:
        addresses = self._addresses()
        if self.has_shadow:
            await asyncio.to_thread(first_start.write_shadow, self._reading, self.shadow_bundle, addresses)
        log = "" if starting else self.database_url  # the embedded database starts after the first bundle is written
        catalog = await asyncio.to_thread(
            rollout.renew, self._reading, self.bundle, addresses, starting=starting, log_dsn=log
        )
        self._registry = catalog.registry_revision

    def _addresses(self) -> Mapping[str, str]:
        return {**SELFTEST_URL, **self._variables, STANDIN_URL: self.provider_url, MODEL_URL: self.model_url}

    def _parts(self) -> tuple[StackPart, ...]:
        parts: list[StackPart] = [PostgresPart(self.postgres)] if self.postgres else []
        if self._nursery is not None:
            parts.append(self._nursery)
        if not self.settings.opa_url:
            parts.append(self._plain("policy", self._engine, f"{self.opa_url}/health?bundles"))
        if self.has_shadow:
            parts.append(self._plain("shadow", self._shadow_engine, f"{self._loopback('shadow')}/health"))
        if not self._variables.get(MODEL_URL):
            parts.append(self._plain("model", self._model_server, f"{self.model_url}/health"))
        if self.has_standin:
            parts.append(self._plain("provider", self._standin, f"{self.provider_url}/health"))
        needs = [part.name for part in parts if self._unbuilt or part.name == "postgres"]
        return (*parts, self._proxy(tuple(needs)))

    def _plain(self, name: str, command: Callable[[], list[str]], health: str) -> ProcessPart:
        """Return a part that gets no secret of this process's environment."""
        plain = {key: self._variables[key] for key in _PLAIN if key in self._variables}
        return ProcessPart(name, command, answers(health), self._log(name), lambda: plain)

    def _log(self, name: str) -> Path:
        return self.settings.state_dir / "log" / f"{name}.log"

    def _engine(self) -> list[str]:
        """Return the command of an OPA server if there is one, else of the packaged engine."""
        settings = self.settings
        key = settings.policy_verification_key
        return list(launch(self.bundle, self._ports["opa"], opa_bin=settings.opa_bin, verification_key=key).command)

    def _shadow_engine(self) -> list[str]:
        config = self.shadow_bundle.with_name("shadow-opa.json")
        port, opa_bin = self._ports["shadow"], self.settings.opa_bin
        return list(launch(self.shadow_bundle, port, opa_bin=opa_bin, config_path=config).command)

    def _model_server(self) -> list[str]:
        return [sys.executable, "-m", "proxy.embedded.model_server", "--model", str(self.model),
                "--port", str(self._ports["model"])]  # fmt: skip

    def _standin(self) -> list[str]:
        return [sys.executable, "-m", "proxy.embedded.provider_standin", "--port", str(self._ports["provider"])]

    def _proxy(self, needs: tuple[str, ...]) -> ProcessPart:
        def command() -> list[str]:
            port, workers = self.proxy_url.rpartition(":")[2], str(self.settings.workers)
            return [sys.executable, "-m", "proxy", "serve", "--host", self.settings.host,
                    "--port", port, "--workers", workers]  # fmt: skip

        asking = () if self._asking is None else (self._asking,)
        return ProcessPart(
            name="proxy",
            descriptors=asking,
            command=command,
            probe=answers(f"{self.health_url or self.proxy_url}/readyz"),
            check=answers(f"{self.proxy_url}/healthz"),
            log=self._log("proxy"),
            environment=self._proxy_environment,
            master_key=self._master,
            needs=needs,
            preparation=lambda: self._prepare(asking),
        )

    async def _prepare(self, descriptors: tuple[int, ...]) -> None:
        """Make what the proxy needs in the database, and the example world where that is wanted."""
        if self.example is None:
            await example_mark.refuse(self.database_url)
        with self._naming_folder():
            await first_start.prepare_database(self._reading, self.database_url, self._master())
        if self.example is not None and self._unbuilt:
            say = partial(PartEvent, "example", "starting")
            environment = self._proxy_environment()
            await self.example.build(environment, self._master(), descriptors, lambda text: self._report(say(text)))
            await example_mark.finish(self.database_url)
            self._unbuilt = False
            self._report(PartEvent("example", "up"))

    def _proxy_environment(self) -> Mapping[str, str]:
        shadow = {"PROXY_SHADOW_OPA_URL": self._loopback("shadow")} if self.has_shadow else {}
        withheld = (*MASTER_KEYS, "PROXY_DATABASE_PASSWORD")  # DATABASE_URL below has it
        addresses = {name: value for name, value in self._addresses().items() if not name.startswith(withheld)}
        handover = Handover(detection_nursery=self._asking, policy_status=activation.status_path(self.bundle))
        return {
            **addresses,
            **shadow,
            **handover.environment(),
            "DATABASE_URL": self.database_url,
            "OPA_URL": self.opa_url,
            "PROXY_STATE_DIR": str(self.settings.state_dir),
            "PROXY_AUDIT_SIGNING_KEY": str(audit_key.ensured(self.settings)),
            "PROXY_REGISTRY": self.settings.registry,
            "PROXY_ADMIN_API": self._variables.get("PROXY_ADMIN_API", "true"),
            "PROXY_CONSOLE": str(self.has_console).lower(),
            "PROXY_DRAIN_S": self._variables.get("PROXY_DRAIN_S", _DRAIN_S),
        }

    def _master(self) -> str:
        configured = master_key.read(self.settings)
        return configured or master_key.with_old_keys(state.master_key(self.settings.state_dir), self.settings)
