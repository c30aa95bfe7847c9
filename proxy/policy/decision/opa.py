"""Decisions from an OPA server, or from the packaged engine's compatible server.

One path is queried, with provenance, through opa-python-client: no retries, our own deadline around the whole call.
Every failure to get a valid decision is a ``PolicyFaultError`` with a stable reason, counted in
``proxy_policy_failures_total``.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from opa_client.opa_async import AsyncOpaClient
from prometheus_client import Counter, Gauge, Histogram

from proxy.core.records import Decision, Facts
from proxy.policy.bundles.bundle import PATH
from proxy.policy.decision import answer as answers
from proxy.policy.decision.document import input_document
from proxy.policy.decision.health_check import HealthCheck
from proxy.policy.faults import PolicyFaultError
from proxy.runtime.log import logger
from proxy.runtime.recent import BoundedCache

FAILURES = Counter("proxy_policy_failures", "Policy calls without a valid decision, by reason.", ["reason"])
SECONDS = Histogram(
    "proxy_policy_seconds",
    "Time of one policy call.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0),
)
REFUSED = Gauge(
    "proxy_policy_bundle_refused",
    "1 while the engine refuses a newer bundle than the one it runs.",
    multiprocess_mode="livemax",
)
_ENGINE = "opa"
_EVALUATION_NS = "timer_rego_query_eval_ns"
_REMEMBERED = 64
_OK = 200
_CONFLICT = "eval_conflict_error"
_JSON = {"Content-Type": "application/json"}


class _Client(AsyncOpaClient):  # type: ignore[misc]
    """opa-python-client that keeps OPA's error body and encodes with orjson."""

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """POST and return status and body."""
        async with self._request("POST", url, data=body, headers=_JSON) as response:
            return response.status, await response.read()


def _client(url: str, deadline_s: float, token: str | None) -> _Client:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return _Client(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (443 if secure else 8181),
        ssl=secure,
        token=token,
        retries=0,
        timeout=deadline_s,
    )


#: Code of a decision that could not be made.
UNAVAILABLE = "POLICY_UNAVAILABLE"


class OpaDecisionPoint:
    """The ``PolicyDecisionPoint`` port over OPA's REST API. Use between ``start`` and ``close``."""

    def __init__(
        self, url: str, deadline_s: float, *, path: str = PATH, token: str | None = None, counted: bool = True
    ) -> None:
        """Use the server at ``url``; one that is not ``counted`` (a shadow) stays out of metrics and log."""
        self._client = _client(url, deadline_s, token)
        self._deadline_s = deadline_s
        self._path = path
        self._counted = counted
        self._query = f"{self._client.root_url}/data/{path}?provenance=true&metrics=true"
        self._digests: BoundedCache[str, str] = BoundedCache(_REMEMBERED)
        self._health = HealthCheck(self._usable)
        self.refusal = ""  # why the engine refuses a newer bundle, as of the last ``revision``

    async def start(self) -> None:
        """Open the client session."""
        await self._client.__aenter__()

    async def close(self) -> None:
        """Close the client session."""
        await self._client.close_connection()

    async def ready(self) -> bool:
        """Whether the server has an active bundle and decides."""
        return bool(await self._client.check_health({"bundles": "true"})) and await self._health.is_healthy()

    async def revision(self) -> str:
        """Return the active bundle's revision, "" if unknown; update ``refusal``.

        Both come from ``/v1/status`` if the server's status plugin is on; without it the revision comes from the data
        document.
        """
        status = await self._status()
        self.refusal = str(status.get("message") or "bundle_error") if status.get("code") else ""
        if self._counted:
            REFUSED.set(1 if self.refusal else 0)
        return str(status.get("active_revision") or (await self._bundle()).get("revision") or "")

    async def _status(self) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._deadline_s):
                document = await self._client.get_status()
            (bundle,) = document["result"]["bundles"].values()
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        return bundle if isinstance(bundle, dict) else {}

    async def _bundle(self) -> Mapping[str, Any]:
        """Return name, revision and digest from the active bundle's data."""
        try:
            async with asyncio.timeout(self._deadline_s):
                _, raw = await self._client.post(f"{self._client.root_url}/data/bundle", b"{}")
            result = orjson.loads(raw).get("result")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, AttributeError):
            return {}
        return result if isinstance(result, dict) else {}

    async def digest(self, revision: str) -> str:
        """Return the digest of an active revision, "" if unknown."""
        cached = self._digests.get(revision)
        if cached is None:
            about = await self._bundle()
            self._digests[str(about.get("revision", ""))] = str(about.get("digest", ""))
            cached = self._digests.get(revision, "")
        return cached

    async def about(self) -> tuple[str, str]:
        """Return the active data's revision and the engine with its version, "" for each if unknown."""
        try:
            async with asyncio.timeout(self._deadline_s):
                _, raw = await self._client.post(f"{self._client.root_url}/data/revision?provenance=true", b"{}")
            reply = orjson.loads(raw)
            return str(reply.get("result", "")), _engine(reply.get("provenance"))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, AttributeError):
            return "", ""

    async def decide(self, facts: Facts, exchange: str, now: float) -> Decision:
        """Return one verdict per candidate target; ``now`` is Unix seconds.

        Raises:
            PolicyFaultError: unreachable, timeout, undefined, conflict, engine_error, malformed, wrong_shape ...

        """
        document = input_document(facts, exchange, now)
        try:
            decision, seconds = await self._decided(document)
        except PolicyFaultError as fault:
            self._health.failed(document)
            if self._counted:
                FAILURES.labels(fault.reason).inc()
                logger().error("policy_unavailable", reason=fault.reason, exchange=exchange)
            raise
        if UNAVAILABLE in decision.block_codes:
            self._health.failed(document)
        else:
            self._health.succeeded()
        if self._counted:
            SECONDS.observe(seconds)
        return decision if decision.digest else decision._replace(digest=await self.digest(decision.revision))

    async def _usable(self, document: Mapping[str, Any]) -> None:
        """Decide an input document.

        Raises:
            PolicyFaultError: as ``decide``, and where the policies say that they are unavailable (an odd answer).

        """
        decision, _ = await self._decided(document)
        if UNAVAILABLE in decision.block_codes:
            raise PolicyFaultError("odd_answer")

    async def _decided(self, document: Mapping[str, Any]) -> tuple[Decision, float]:
        """Return the decision on an input document and the duration of the call in seconds.

        Raises:
            PolicyFaultError: as ``decide``.

        """
        begun = perf_counter()
        reply = await self._query_engine(orjson.dumps({"input": document}))
        seconds = perf_counter() - begun
        stamp = answers.Stamp(
            decision_id=reply.get("decision_id") or secrets.token_hex(16),
            exchange=document["request_id"],
            time=document["time"],
            engine=_engine(reply.get("provenance")),
            path=self._path,
            digest=_digest(reply.get("provenance")),
            evaluation_us=_microseconds(reply.get("metrics"), seconds),
        )
        candidates = [candidate["target"] for candidate in document["candidates"]]
        return answers.decision(_result(reply), candidates, stamp, document["phase"]), seconds

    async def _query_engine(self, body: bytes) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._deadline_s):
                status, raw = await self._client.post(self._query, body)
        except TimeoutError as error:
            raise PolicyFaultError("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise PolicyFaultError("unreachable") from error
        try:
            reply = orjson.loads(raw)
        except ValueError as error:
            raise PolicyFaultError("malformed") from error
        if status != _OK:
            raise PolicyFaultError(_error_reason(reply))
        if not isinstance(reply, dict):
            raise PolicyFaultError("malformed")
        return reply


def _result(reply: Mapping[str, Any]) -> Any:
    if "result" not in reply:
        raise PolicyFaultError("undefined")
    return reply["result"]


def _error_reason(reply: Any) -> str:
    errors = reply.get("errors") if isinstance(reply, dict) else None
    codes = {error.get("code") for error in errors if isinstance(error, dict)} if isinstance(errors, list) else set()
    return "conflict" if _CONFLICT in codes else "engine_error"


def _digest(provenance: Any) -> str:
    """Return the digest of the bundle that decided; the packaged engine reports it, an OPA server does not."""
    bundles = provenance.get("bundles") if isinstance(provenance, Mapping) else None
    entries = bundles.values() if isinstance(bundles, dict) else ()
    digests = [entry.get("digest") for entry in entries if isinstance(entry, dict)]
    return digests[0] if len(digests) == 1 and isinstance(digests[0], str) else ""


def _microseconds(metrics: Any, seconds: float) -> int:
    """Return the engine's evaluation time, or that of the whole call if the engine does not report it."""
    reported = metrics.get(_EVALUATION_NS) if isinstance(metrics, Mapping) else None
    return max(1, round(reported / 1000 if isinstance(reported, int) else seconds * 1_000_000))


def _engine(provenance: Any) -> str:
    version = provenance.get("version", "") if isinstance(provenance, Mapping) else ""
    if not isinstance(version, str) or not version:
        return _ENGINE
    return version if "/" in version else f"{_ENGINE}/{version}"
