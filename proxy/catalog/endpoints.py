"""The validated form of ``endpoints.yaml``: how each registered target is reached and what it accepts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from proxy.catalog.access import BEARER, Authorization, FileName, Tls
from proxy.catalog.law import Strict
from proxy.catalog.models import KnownOperation
from proxy.catalog.vocabulary import Region
from proxy.core.targets import capabilities, destinations
from proxy.core.targets.access import UNPROBED
from proxy.core.targets.attempts import NEVER, USUAL
from proxy.core.targets.clients import CLIENTS
from proxy.runtime.environment import is_address_variable, is_credential_name
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import Credential

#: ``${NAME}`` in a target's address: filled from the environment.
PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_NAMING = (
    "name the variable TARGET_..., or as the provider's own SDK does (OPENAI_API_KEY, ANTHROPIC_BASE_URL ...); "
    "settings of the proxy are never passed to a target"
)
_FEATURE = r"^[^\s.]+(\.[^\s.]+){0,7}$"


def _remote_host(value: str) -> str:
    if not destinations.listable(value):
        raise ValueError("must be a DNS name in lower case with at least one dot; no IP address, no local name")
    return value


def spoken(names: list[str], declared: Collection[str] | None = None) -> frozenset[str]:
    """Return the APIs for names in the catalog; ``declared`` are the installation's own, None for any.

    Raises:
        ValueError: one of them is unknown.

    """
    from proxy.codecs.endpoints import NAMES  # noqa: PLC0415 - a process that reads no catalog needs no codecs

    return capabilities.spoken(names, NAMES, declared)


def _known_dialects(names: list[str]) -> list[str]:
    spoken(names)
    return names


RemoteHost = Annotated[str, AfterValidator(_remote_host)]


class StreamLimitsEntry(Strict):
    """The limits of one streamed reply; beyond them the stream is cut, visibly and on record."""

    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = USUAL.seconds
    bytes: Annotated[int, Field(gt=0)] = USUAL.bytes
    events: Annotated[int, Field(gt=0)] = USUAL.events
    silence_s: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = USUAL.silence_s


class Retries(Strict):
    """Retries at this target if no other may serve a request: their number and the total wait."""

    attempts: Annotated[int, Field(ge=0, le=10)] = NEVER.attempts
    within_s: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False, strict=False)] = NEVER.within_s
    base_s: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False, strict=False)] = NEVER.base_s


class ProbeSettings(Strict):
    """The target's health probe: a GET with its credential, without content."""

    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/-]{0,255}$")]
    interval_s: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False, strict=False)] = UNPROBED.interval_s
    timeout_s: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False, strict=False)] = UNPROBED.timeout_s


class ReportSettings(Strict):
    """How a target reports its region: a header of its own, and region name -> ISO 3166 code."""

    header: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,64}$")] = ""
    regions: dict[str, Region] = Field({})


class TargetEndpoint(Strict):
    """How a registered target is reached and what it accepts.

    ``credential`` names an environment variable, ``credential_file`` a file in ``PROXY_TARGET_FILES`` instead.
    ``dialects`` are the APIs it speaks (``dialect`` is the former member for them), ``operations`` those it supports if
    fewer than these APIs have, ``inputs`` the kinds of content it accepts. ``features`` are members of a request beyond
    those that only tune generation ("web_search_options", "tools.mcp", "messages.content.file.file_id"), and
    ``clients`` the programs whose usual features it takes too (all in ``clients.toml`` unless given),
    ``drops`` further features that are left out of a request for it ("thinking": what another model has sealed),
    ``remote_hosts`` the hosts it may fetch from ("images.example.org", with a port unless it is the default). ``pins``
    maps the target's name of a model to the name that replies must report. ``translate`` allows requests in other
    dialects to be translated for it; by default only for a self-hosted target.
    """

    base_url: str
    dialect: Literal["openai"] = "openai"
    dialects: Annotated[list[str], Field(min_length=1), AfterValidator(_known_dialects)] = Field(["openai"])
    operations: Annotated[list[KnownOperation], Field(min_length=1)] | None = None
    credential: str = ""
    credential_file: FileName = ""
    authorization: Authorization = BEARER
    tls: Tls = Tls()
    models: dict[str, str] = Field({})
    inputs: Annotated[list[Literal["text", "image", "audio", "video", "file"]], Field(min_length=1)] = Field(["text"])
    translate: bool | None = None
    features: list[Annotated[str, Field(pattern=_FEATURE)]] = Field([])
    clients: list[str] = Field(sorted(CLIENTS))
    drops: list[Annotated[str, Field(pattern=_FEATURE)]] = Field([])
    remote_hosts: list[RemoteHost] = Field([])
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)] = 600.0
    stream: StreamLimitsEntry = StreamLimitsEntry()
    pins: dict[str, str] = Field({})
    reports: ReportSettings = ReportSettings()
    retry: Retries = Retries()
    probe: ProbeSettings | None = None

    @field_validator("base_url")
    @classmethod
    def _placeholders_are_for_addresses(cls, value: str) -> str:
        for name in PLACEHOLDER.findall(value):
            if not is_address_variable(name):
                raise ValueError(f"${{{name}}} may not be used here: {_NAMING}")
        return value

    @field_validator("clients")
    @classmethod
    def _clients_are_known(cls, value: list[str]) -> list[str]:
        unknown = sorted(set(value) - set(CLIENTS))
        if unknown:
            raise ValueError(f"'{unknown[0]}' is unknown; known are {', '.join(CLIENTS)}")
        return value

    @model_validator(mode="after")
    def _pins_are_of_models(self) -> Self:
        unknown = sorted(set(self.pins) - set(self.models.values()))
        if unknown and "*" not in self.models.values():
            raise ValueError(f"pins: '{unknown[0]}' is not a name of this target in 'models'")
        return self

    @field_validator("credential")
    @classmethod
    def _credential_is_for_targets(cls, value: str) -> str:
        if value and not is_credential_name(value):
            raise ValueError(f"{value!r} may not be used here: {_NAMING}")
        return value

    @model_validator(mode="after")
    def _credential_fits(self) -> Self:
        scheme = self.authorization.scheme
        if self.credential and self.credential_file:
            raise ValueError("credential or credential_file, not both")
        needs = SCHEMES[scheme].credential
        if needs in {Credential.NONE, Credential.CALLER} and (self.credential or self.credential_file):
            raise ValueError(f"authorization.scheme '{scheme}' takes no credential from the catalog")
        if needs is Credential.NEEDED and not (self.credential or self.credential_file):
            raise ValueError(f"authorization.scheme '{scheme}' needs a credential or a credential_file")
        if needs is Credential.CALLER and self.probe is not None:
            raise ValueError(f"probe: authorization.scheme '{scheme}' has no credential for probes")
        if self.tls != Tls() and self.base_url.startswith("http:"):
            raise ValueError("tls needs a base_url with https")
        return self


class Endpoints(Strict):
    """``endpoints.yaml``."""

    endpoints: dict[str, TargetEndpoint]
