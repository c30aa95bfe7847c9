"""Process settings: the only reader of the environment, which ``proxy.runtime.environment`` passes to children.

Every setting is an environment variable with the prefix ``PROXY_`` (``PROXY_PORT``); ``DATABASE_URL``, ``OPA_URL`` and
``OPA_BIN`` are also read under these customary names. ``docs/reference/settings.md`` is generated from here.

An unknown variable ``PROXY_...`` is an error at start: a misspelt safety setting must not be ignored.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from proxy.errors import ConfigurationError
from proxy.runtime.environment import is_credential_name, overwrite
from proxy.runtime.resources import shipped

_PREFIX = "PROXY_"
_MASTER_KEY = "PROXY_SECRET_KEY"
_OLD_KEYS = "PROXY_OLD_SECRET_KEYS"
_HANDOVER = "COMPLIANCE_PROXY_HANDOVER"
#: Prefixes of all variables with master keys: children do not inherit them.
MASTER_KEYS = (_MASTER_KEY, _OLD_KEYS)
#: The variables that ``withdraw_master_key`` has removed from the environment.
_withdrawn: dict[str, str] = {}


def _default_state_dir() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "compliance-proxy"


class Handover(BaseModel):
    """What a parent process passes to a child at its start. Not settings: only the parent can provide it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worker_of: int | None = None  # process id of the serving process of which this is a worker
    detection_nursery: int | None = None  # file descriptor for requesting detection workers
    policy_status: Path | None = None  # the file with the result of the last activation, which 'run' carries out

    def environment(self) -> Mapping[str, str]:
        """Return the variables to add to a child's environment."""
        return {_HANDOVER: json.dumps({"by": os.getpid(), **self.model_dump(mode="json", exclude_none=True)})}


#: What ``receive_handover`` has received.
_received = Handover()


class Settings(BaseSettings):
    """Everything that differs between installations, except the catalog and the policies."""

    model_config = SettingsConfigDict(
        env_prefix="PROXY_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    # listening
    host: str = Field("127.0.0.1", description="Address the proxy listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the proxy listens on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Proxy processes sharing the port (SO_REUSEPORT).")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="A separate port for /metrics, /readyz and /livez, which the main port then refuses; unset serves "
        "them on the main port.",
    )
    max_body_bytes: int = Field(16 << 20, description="Largest accepted request body after decompression, bytes.")
    max_text_bytes: int = Field(
        4 << 20,
        ge=1,
        description="Most text in a body of JSON, text or a form, known or new, without files and pictures in base64, "
        "bytes.",
    )
    max_header_bytes: int = Field(32 << 10, description="Largest accepted request head, bytes.")
    body_timeout_s: float = Field(
        60.0, description="Longest time for a client to send its body, or to stop reading the reply, seconds."
    )
    tenant_concurrency: int = Field(256, ge=1, description="Requests a tenant may have in flight per worker.")
    key_concurrency: int = Field(128, ge=1, description="Requests a key may have in flight per worker.")
    tenant_bytes: int = Field(
        64 << 20, ge=1, description="Bytes of request bodies a tenant may have in flight per worker; at least one body."
    )
    drain_s: float = Field(30.0, description="Longest wait for requests in flight after SIGTERM, seconds.")

    # files and folders
    state_dir: Path = Field(default_factory=_default_state_dir, description="Folder for the embedded parts' state.")
    config_dir: Path = Field(default_factory=lambda: shipped("config"), description="Registry, endpoints and routes.")
    plugins_dir: Path | None = Field(
        None,
        description="A folder whose `operators/` and `recognizers/` hold your own Python files: trusted code.",
    )
    classifier: str = Field(
        "accurate",
        description="Which token classifier reads: `accurate` (six layers), `fast` (fewer, distilled from it), or a "
        "folder with another: weights in their format, or a Hugging Face token classification model, in safetensors "
        "or ONNX (extra `local-model`).",
    )
    registry: Literal["files", "database"] = Field(
        "files", description="Where registry, endpoints and routes are stored: files in the folder above, or database."
    )
    apis_file: Path | None = Field(
        None,
        description="APIs that this installation declares; unset, apis.yaml in the folder above if it exists.",
    )
    policies_dir: Path = Field(default_factory=lambda: shipped("policies"), description="The policy library.")
    overlay_dir: Path | None = Field(
        None,
        description="The organisation's own rules beside the library; with the "
        "registry in the database a draft, until 'registry rules' stores it.",
    )
    secret_key: SecretStr | None = Field(
        default_factory=lambda: _withdrawn_secret(_MASTER_KEY),
        description="Master key, 32 bytes in base64; all other keys derive from it. Embedded runs create one. Removed "
        "from the process's environment at start.",
    )
    secret_key_file: Path | None = Field(None, description="A file with the master key, instead of the variable.")
    secret_key_command: str | None = Field(
        None, description="A command that prints the master key (a secrets manager's), run once at start."
    )
    old_secret_keys: SecretStr | None = Field(
        default_factory=lambda: _withdrawn_secret(_OLD_KEYS),
        description="Former master keys in base64, separated by spaces or commas, for reading existing data during a "
        "rotation of the master key. Removed from the process's environment at start.",
    )
    old_secret_keys_file: Path | None = Field(
        None, description="A file with former master keys, one per line, instead of or in addition to the variable."
    )

    # audit and vault
    database_password: SecretStr | None = Field(
        None,
        description="The password of DATABASE_URL as it is, not percent-encoded, where the URL names a login alone.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL of the audit log, keys and vault; unset starts the embedded one.",
    )
    audit_queue: int = Field(10_000, ge=1, description="Audit rows that may wait for Postgres before requests fail.")
    audit_timeout_s: float = Field(5.0, gt=0, description="Longest wait of a request for its durable record, seconds.")
    audit_recovery_grace_s: float = Field(
        20.0, gt=0, description="Time after a process is gone until its open exchanges are settled, seconds."
    )
    audit_signing_key: Path | None = Field(
        None,
        description="Private key (PEM, Ed25519) that certifies writers and signs the log's notes; unset, "
        "audit-signing.pem in the state folder, which embedded runs create.",
    )
    audit_origin: str = Field(
        "compliance-proxy/audit",
        pattern=r"^[A-Za-z0-9._/-]{1,128}$",
        description="Name of this installation in signed notes, e.g. audit.acme.example/eu1; it cannot change later.",
    )
    audit_checkpoint_s: float = Field(10.0, gt=0, description="Interval of signing new entries of the log, seconds.")
    audit_anchor: str | None = Field(
        None,
        description="Where signed notes are stored outside the database, several with commas, or none: file:/path, "
        "tsa:URL (RFC 3161), witness:URL#KEY, postgres://..., syslog:tls://host; unset, audit.anchor in the state "
        "folder.",
    )
    audit_anchor_max_age_s: float | None = Field(
        None, gt=0, description="Maximum time for which an anchor may lack what is signed, seconds; unset, unlimited."
    )
    audit_anchor_late: Literal["warn", "refuse"] = Field(
        "warn", description="Response to an anchor older than that: an error in the log, or also refusing all requests."
    )
    audit_log_published: bool = Field(
        False,
        description="Serve the log of seals to monitors at /audit/log/ (C2SP tlog-tiles), to whoever reaches the port: "
        "signed notes, hashes, and of each seal its writer, places and times; no records.",
    )
    audit_streams: str | None = Field(
        None,
        description="Collectors that get every record of the audit log, several with commas: https://, otlp+https://, "
        "syslog+tls://, syslog+tcp:// or file:/path, each with options after # (format, tenant, kinds, from, name, "
        "headers, roots, certificate, batch); unset, none.",
    )
    vault_ttl_s: int = Field(7 * 86400, ge=60, description="Time for which a pseudonym can be restored, seconds.")
    vault_purge_s: float = Field(3600.0, ge=1, description="Interval at which expired originals are removed, seconds.")

    reply_cache_bytes: int = Field(64 << 20, ge=0, description="Kept replies per tenant, bytes; 0: none, ever.")

    # detection
    detection_workers: int = Field(1, ge=1, le=64, description="Model processes per proxy process.")
    detection_deadline_s: float = Field(
        10.0,
        gt=0,
        description="Longest inspection of a request (decode to transform) or whole reply, seconds; 4x with images.",
    )
    batch_deadline_s: float = Field(
        120.0, gt=0, description="Longest inspection of a batch of requests, read in portions, seconds."
    )
    detection_queue: int = Field(
        64, ge=1, description="Requests of a tenant that may wait for detection; more get 429."
    )
    unread_requests: int = Field(
        8, ge=2, description="Requests in flight per worker whose texts were not read in time; half of them per tenant."
    )
    detection_cache_bytes: int = Field(32 << 20, ge=0, description="Memory for cached detection results, bytes.")
    detection_turn: int = Field(
        2_000, ge=500, le=1_000_000, description="Characters that a worker reads at once, of several requests."
    )
    detector_url: str | None = Field(
        None,
        description="Detectors that read instead of processes of this machine (`compliance-proxy detector`): "
        "https://host:port, several with commas; every address of a name is one. Unset, detection is here.",
    )
    detector_ca: Path | None = Field(
        None, description="Who signs the certificates of the other side, detector or proxy: a CA (PEM)."
    )
    detector_certificate: Path | None = Field(
        None, description="The certificate (PEM) of this side, detector or proxy. Read again when it changes."
    )
    detector_key: Path | None = Field(None, description="The private key (PEM) of that certificate.")
    file_parts: Literal["text", "opaque"] = Field(
        "text",
        description="'text' reads files in requests (PDF, Word, Excel, CSV, text) and sends third parties their text "
        "instead; 'opaque' does not.",
    )
    ocr: Literal["none", "local"] = Field(
        "none",
        description="'local' reads the text of images in requests locally (extra 'ocr') and sends third parties that "
        "text instead; 'none' leaves images opaque.",
    )

    # policy
    opa_url: str | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_OPA_URL", "OPA_URL"),
        description="Base URL of an OPA server that loads the bundle; unset starts an embedded engine.",
    )
    opa_bin: Path | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_OPA_BIN", "OPA_BIN"),
        description="An opa executable for the embedded engine; unset uses the one on PATH, else the packaged engine.",
    )
    bundle_path: Path | None = Field(
        None, description="File to which the policy bundle is written at start and on reload, for an OPA server."
    )
    policy_signing_key: Path | None = Field(
        None, description="Private key (PEM, Ed25519 or RSA) that signs every bundle that this installation writes."
    )
    policy_verification_key: Path | None = Field(
        None, description="Public key (PEM); the embedded engine then loads only bundles signed with its private key."
    )
    shadow_dir: Path | None = Field(
        None,
        description="A candidate library or overlay that 'run' evaluates in shadow mode: recorded, never enforced.",
    )
    shadow_opa_url: str | None = Field(
        None, description="Base URL of an OPA server with a candidate policy; differing decisions are recorded."
    )
    policy_deadline_s: float = Field(2.0, gt=0, description="Longest policy evaluation, seconds.")
    decision_cache_size: int = Field(10_000, ge=0, description="Cached decisions; 0 disables the cache.")
    decision_cache_ttl_s: float = Field(60.0, ge=0, description="Time to live of a cached decision, seconds.")

    # upstreams
    upstream_connect_s: float = Field(5.0, gt=0, description="Time to connect to a target, seconds.")
    upstream_max_bytes: int = Field(64 << 20, description="Largest accepted whole reply, bytes.")

    target_files: Path | None = Field(
        None, description="Folder of files named by endpoints: credentials, CA bundles, client certificates."
    )
    target_hosts: str | None = Field(
        None,
        description="Allowed hosts of targets and their token endpoints (host or host:port, with commas); unset allows "
        "all but link-local and metadata addresses, which must be listed.",
    )

    # addresses of targets that the demo catalog names
    local_model_url: str | None = Field(
        None, description="URL of the demo catalog's in-region model server, without /v1; unset starts a toy model."
    )
    standin_url: str | None = Field(
        None, description="URL of the demo catalog's provider stand-in, without /v1; unset starts one."
    )

    # identity
    oidc_issuer: str | None = Field(None, description="Accept bearer tokens of this issuer.")
    oidc_audience: str | None = Field(None, description="The audience a token must carry.")
    oidc_jwks: str | None = Field(None, description="JWKS URL or file; the cached one is used while it is unreachable.")
    oidc_login: Literal["sub", "email"] = Field(
        "sub", description="The claim of a token that names a person; one installation uses one, so that nobody is two."
    )

    # administration
    admin_api: bool = Field(
        False, description="Serve the admin API below /admin/v1/; 'run' enables it unless this is set to false."
    )
    admin_commands: int = Field(2, ge=1, le=16, description="Admin commands that may run at once per worker.")
    admin_deadline_s: float = Field(600.0, gt=0, description="Longest admin command, seconds.")
    export_keep_s: int = Field(
        86_400, ge=60, le=30 * 86_400, description="How long the file of an export can be fetched, seconds."
    )

    console: bool = Field(
        False, description="Serve the console below /console/; 'run' enables it unless this is set to false."
    )
    console_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#]+$",
        description="The address by which browsers reach this service, such as https://proxy.example.org; without one "
        "the console serves this machine alone.",
    )
    console_oidc_client_id: str | None = Field(
        None, description="Let officers log in at the issuer of PROXY_OIDC_ISSUER, as this client."
    )
    console_oidc_client_secret: SecretStr | None = Field(None, description="That client's secret, if it has one.")

    # not read from the environment
    handover: Handover = Field(default_factory=lambda: _received, description="From the parent process.")

    # observability
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    access_log: bool = Field(
        False, description="Log a line for each request: path, status, code, whose it is, tenant, model, target, time."
    )
    otel_endpoint: str | None = Field(None, description="OTLP/HTTP endpoint for traces; unset = no traces.")

    @model_validator(mode="before")
    @classmethod
    def _every_variable_is_a_setting(cls, values: Any) -> Any:
        """Refuse variables that would be ignored."""
        variables = set(cls.variables())
        for name in sorted(os.environ):
            if name.startswith(_PREFIX) and name not in variables:
                near = difflib.get_close_matches(name, variables, n=1, cutoff=0.0)[0]
                raise ValueError(
                    f"{name} is not a setting; the nearest is {near} (docs/reference/settings.md lists all)"
                )
        return values

    @field_validator("oidc_issuer", "oidc_audience", "oidc_jwks", "opa_url", "detector_url", mode="after")
    @classmethod
    def _empty_is_unset(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("database_url", mode="after")
    @classmethod
    def _with_password(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        password = info.data.get("database_password")
        if value is None or password is None:
            return value
        parts = urlsplit(value.get_secret_value())
        login, _, host = parts.netloc.rpartition("@")
        if not login or ":" in login:
            raise ValueError("PROXY_DATABASE_PASSWORD needs a DATABASE_URL with a login and without a password")
        return SecretStr(
            parts._replace(netloc=f"{login}:{quote(password.get_secret_value(), safe='')}@{host}").geturl()
        )

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        sources = [self.secret_key, self.secret_key_file, self.secret_key_command]
        if sum(source is not None for source in sources) > 1:
            raise ValueError("set only one of PROXY_SECRET_KEY, PROXY_SECRET_KEY_FILE and PROXY_SECRET_KEY_COMMAND")
        if self.oidc_issuer and not (self.oidc_audience and self.oidc_jwks):
            raise ValueError("PROXY_OIDC_ISSUER needs PROXY_OIDC_AUDIENCE and PROXY_OIDC_JWKS as well")
        if self.ocr == "local" and self.file_parts == "opaque":
            raise ValueError("PROXY_OCR=local needs PROXY_FILE_PARTS=text: otherwise no files are read")
        return self

    @classmethod
    def of_the_environment(cls) -> Iterator[tuple[str, FieldInfo]]:
        """Yield every setting from the environment with its name."""
        return ((name, field) for name, field in cls.model_fields.items() if name != "handover")

    @classmethod
    def variables(cls) -> Iterator[str]:
        """Yield every environment variable that is read."""
        for name, field in cls.of_the_environment():
            yield f"{_PREFIX}{name.upper()}"
            yield from (str(choice) for choice in getattr(field.validation_alias, "choices", ()))

    def credential(self, name: str) -> SecretStr | None:
        """Return a target's credential from an environment variable, None for names that a catalog may not use."""
        value = os.environ.get(name) if is_credential_name(name) else None
        return SecretStr(value) if value else None


def withdraw_master_key() -> None:
    """Remove the master keys from the environment: ``Settings`` finds them, children and /proc/PID/environ do not.

    A key from an inherited pipe (``proxy.keys.master_key.handed``) is read here, once.
    """
    source = os.environ.get(f"{_MASTER_KEY}_FILE", "")
    if source.startswith("/dev/fd/"):
        _withdrawn[_MASTER_KEY] = Path(source).read_text(encoding="ascii").strip()
        del os.environ[f"{_MASTER_KEY}_FILE"]
    for name in MASTER_KEYS:
        if os.environ.get(name):
            _withdrawn[name] = os.environ[name]
            overwrite(name)
            del os.environ[name]


def receive_handover() -> None:
    """Receive the parent's handover, and remove it from the environment so that no child inherits it.

    Raises:
        ConfigurationError: it is not from the parent, or the parent is gone.

    """
    global _received  # noqa: PLW0603 - it replaces the environment, which is global too
    text = os.environ.pop(_HANDOVER, None)
    if text is None:
        return
    try:
        document = json.loads(text)
        parent = document.pop("by")
        handover = Handover(**document)
    except (ValueError, TypeError, AttributeError, KeyError):
        parent, handover = None, Handover()
    if parent != os.getppid():
        raise ConfigurationError(f"{_HANDOVER} is not a setting: a process of this product sets it for its children")
    _received = handover


def _withdrawn_secret(name: str) -> SecretStr | None:
    value = _withdrawn.get(name)
    return SecretStr(value) if value else None
