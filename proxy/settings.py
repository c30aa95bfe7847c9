"""Process settings: the only reader of the environment, which ``proxy.runtime.environment`` hands to children.

Every setting is an environment variable with the prefix ``PROXY_`` (``PROXY_PORT``); ``DATABASE_URL``, ``OPA_URL``
and ``OPA_BIN`` are also read under these customary names. ``docs/reference/settings.md`` is generated from here.

A variable ``PROXY_...`` that is no setting ends the start: a misspelt safety setting must not be ignored.
"""

from __future__ import annotations

import ctypes
import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from proxy.errors import ConfigurationError
from proxy.runtime.resources import shipped

_PREFIX = "PROXY_"
_MASTER_KEY = "PROXY_SECRET_KEY"
_OLD_KEYS = "PROXY_OLD_SECRET_KEYS"
_HANDED = "COMPLIANCE_PROXY_HANDED"
#: How the names of all variables begin that say what the master keys are: no child gets one as it stands.
MASTER_KEYS = (_MASTER_KEY, _OLD_KEYS)
#: What a catalog may name: variables made for targets, and the customary ones of providers. Never a setting.
_TARGET_VARIABLE = re.compile(
    r"TARGET_[A-Z0-9_]{1,120}"
    r"|(?:ANTHROPIC|AZURE_OPENAI|COHERE|DEEPSEEK|FIREWORKS|GEMINI|GROQ|HF|MISTRAL|OLLAMA|OPENAI|OPENROUTER|TGI|TOGETHER"
    r"|VLLM|XAI)_(?:API_BASE|API_KEY|BASE_URL|ENDPOINT|TOKEN)"
)
_SECRET = re.compile(r"_(?:KEY|TOKEN|SECRET|PASSWORD)(?:_|$)")
#: Addresses that the embedded stack sets for its own parts; they hold no credential.
_ADDRESSES = frozenset({"PROXY_LOCAL_MODEL_URL", "PROXY_STANDIN_URL"})
#: What ``withdraw_master_key`` has taken out of the environment.
_withdrawn: dict[str, str] = {}


def is_credential_name(name: str) -> bool:
    """Whether a catalog may name this environment variable as a target's credential."""
    return _TARGET_VARIABLE.fullmatch(name) is not None


def is_address_variable(name: str) -> bool:
    """Whether a catalog may write ``${name}`` into a target's address: none whose name says that it is a secret.

    An address goes to name servers, into logs and into the record of each attempt.
    """
    return (is_credential_name(name) and _SECRET.search(name) is None) or name in _ADDRESSES


def _default_state_dir() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "compliance-proxy"


class Handed(BaseModel):
    """What a process told this one, its child, at its start. No settings: nobody but the parent can say it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worker_of: int | None = None  # a serving process keeps several, of which this is one: its process id
    detection_nursery: int | None = None  # the descriptor at which detection workers are asked for
    policy_status: Path | None = None  # 'run' puts policies in force, and says in this file how that ended

    def told(self) -> Mapping[str, str]:
        """Return what to add to a child's environment."""
        return {_HANDED: json.dumps({"by": os.getpid(), **self.model_dump(mode="json", exclude_none=True)})}


#: What ``hear_parent`` has taken out of the environment.
_heard = Handed()


class Settings(BaseSettings):
    """Everything that differs between two installations, apart from the catalog and the policies."""

    model_config = SettingsConfigDict(env_prefix="PROXY_", frozen=True, extra="ignore", populate_by_name=True)

    # where it listens
    host: str = Field("127.0.0.1", description="Address the proxy listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the proxy listens on; 0 picks a free one.")
    workers: int = Field(1, ge=1, le=64, description="Proxy processes sharing the port (SO_REUSEPORT).")
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="A port of its own for /metrics, /readyz and /livez, which the port above then refuses; unset "
        "leaves them there.",
    )
    max_body_bytes: int = Field(16 << 20, description="Largest accepted request body after decompression, bytes.")
    max_text_bytes: int = Field(
        4 << 20,
        ge=1,
        description="Most text in a body of JSON, text or a form, known or new, but for files and pictures in base64, "
        "bytes.",
    )
    max_header_bytes: int = Field(32 << 10, description="Largest accepted request head, bytes.")
    body_timeout_s: float = Field(
        60.0, description="How long a client may take to send its body, or take nothing of the reply, seconds."
    )
    tenant_concurrency: int = Field(256, ge=1, description="Requests a tenant may have in flight per worker.")
    key_concurrency: int = Field(128, ge=1, description="Requests a key may have in flight per worker.")
    tenant_bytes: int = Field(
        64 << 20, ge=1, description="Bytes of request bodies a tenant may have in flight per worker, one body always."
    )
    drain_s: float = Field(30.0, description="How long SIGTERM waits for requests in flight, seconds.")

    # where things lie
    state_dir: Path = Field(default_factory=_default_state_dir, description="Everything the embedded parts keep.")
    config_dir: Path = Field(default_factory=lambda: shipped("config"), description="Registry, endpoints and routes.")
    plugins_dir: Path | None = Field(
        None,
        description="A folder whose `operators/` and `recognizers/` hold your own Python files: trusted code.",
    )
    registry: Literal["files", "database"] = Field(
        "files", description="Where registry, endpoints and routes are kept: files in the folder above, or database."
    )
    apis_file: Path | None = Field(
        None,
        description="APIs that this installation declares; unset, apis.yaml in the folder above where there is one.",
    )
    policies_dir: Path = Field(default_factory=lambda: shipped("policies"), description="The policy library.")
    overlay_dir: Path | None = Field(None, description="The organisation's own Rego, beside the library.")
    secret_key: SecretStr | None = Field(
        default_factory=lambda: _kept(_MASTER_KEY),
        description="Master key, 32 bytes in base64; all other keys derive from it. Embedded runs make one. It is "
        "taken out of the process's environment at the start.",
    )
    secret_key_file: Path | None = Field(None, description="A file that holds the master key, instead of the variable.")
    secret_key_command: str | None = Field(
        None, description="A command that prints the master key (a secrets manager's), run once at the start."
    )
    old_secret_keys: SecretStr | None = Field(
        default_factory=lambda: _kept(_OLD_KEYS),
        description="Further master keys in base64, parted by spaces or commas, for reading what they made while the "
        "master key is rotated. Taken out of the environment at the start.",
    )
    old_secret_keys_file: Path | None = Field(
        None, description="A file that holds further master keys, one a line, instead of or beside the variable."
    )

    # audit and vault
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL of the audit log, keys and vault; unset starts the embedded one.",
    )
    audit_queue: int = Field(10_000, ge=1, description="Audit rows that may wait for Postgres before requests fail.")
    audit_timeout_s: float = Field(5.0, gt=0, description="How long a request waits for its durable record, seconds.")
    audit_recovery_grace_s: float = Field(
        20.0, gt=0, description="How long a process must be gone before its open exchanges are settled, seconds."
    )
    audit_signing_key: Path | None = Field(
        None,
        description="Private key (PEM, Ed25519) that certifies writers and signs how far the log has come; unset, "
        "audit-signing.pem in the state folder, which embedded runs make.",
    )
    audit_origin: str = Field(
        "compliance-proxy/audit",
        pattern=r"^[A-Za-z0-9._/-]{1,128}$",
        description="Name of this installation in signed notes, e.g. audit.acme.example/eu1; it cannot change later.",
    )
    audit_checkpoint_s: float = Field(10.0, gt=0, description="How often what is new in the log is signed, seconds.")
    audit_anchor: str | None = Field(
        None,
        description="Where signed notes are kept outside the database: file:/path (several with commas) or none; "
        "unset, audit.anchor in the state folder.",
    )
    vault_ttl_s: int = Field(7 * 86400, ge=60, description="How long a pseudonym can be put back, seconds.")
    vault_purge_s: float = Field(3600.0, ge=1, description="How often expired originals are removed, seconds.")

    # detection
    detection_workers: int = Field(1, ge=1, le=64, description="Model processes per proxy process.")
    detection_deadline_s: float = Field(
        10.0,
        gt=0,
        description="Longest inspection of a request (decode to transform), seconds; 4 times that if images are read.",
    )
    batch_deadline_s: float = Field(
        120.0, gt=0, description="Longest inspection of a file of requests (a batch), read in portions, seconds."
    )
    detection_queue: int = Field(64, ge=1, description="Requests of a tenant whose texts may wait; more means 429.")
    unread_requests: int = Field(
        8, ge=2, description="Requests under way per worker whose texts were not read in time; a tenant may have half."
    )
    detection_cache_bytes: int = Field(32 << 20, ge=0, description="Memory for results of texts already seen, bytes.")
    file_parts: Literal["text", "opaque"] = Field(
        "text",
        description="'text' reads files in requests (PDF, Word, Excel, CSV, text) and sends third parties their text "
        "instead; 'opaque' reads none.",
    )
    ocr: Literal["none", "local"] = Field(
        "none",
        description="'local' reads the text of images in requests here (extra 'ocr') and sends third parties that text "
        "instead; 'none' leaves images opaque.",
    )

    # policy
    opa_url: str | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_OPA_URL", "OPA_URL"),
        description="Base URL of an OPA server that loads the bundle; unset starts an engine here.",
    )
    opa_bin: Path | None = Field(
        None,
        validation_alias=AliasChoices("PROXY_OPA_BIN", "OPA_BIN"),
        description="An opa executable for the embedded engine; unset looks on PATH, then uses the packaged engine.",
    )
    bundle_path: Path | None = Field(
        None, description="Where to write the policy bundle at start and on reload, for an OPA server that loads it."
    )
    policy_signing_key: Path | None = Field(
        None, description="Private key (PEM, Ed25519 or RSA) that signs every bundle written here."
    )
    policy_verification_key: Path | None = Field(
        None, description="Public key (PEM); the engine started here then loads only bundles signed for it."
    )
    shadow_dir: Path | None = Field(
        None,
        description="A candidate library or overlay that 'run' evaluates in shadow mode: recorded, never enforced.",
    )
    shadow_opa_url: str | None = Field(
        None, description="Base URL of an OPA server with a candidate policy; its differing decisions are recorded."
    )
    policy_deadline_s: float = Field(2.0, gt=0, description="Longest policy evaluation, seconds.")
    decision_cache_size: int = Field(10_000, ge=0, description="Decisions kept; 0 switches the cache off.")
    decision_cache_ttl_s: float = Field(60.0, ge=0, description="Longest life of a cached decision, seconds.")

    # upstreams
    upstream_connect_s: float = Field(5.0, gt=0, description="Time to connect to a target, seconds.")
    upstream_idle_s: float = Field(120.0, gt=0, description="Longest silence of a target, seconds.")
    upstream_max_bytes: int = Field(64 << 20, description="Largest whole reply that is read, bytes.")

    target_files: Path | None = Field(
        None, description="Folder of the files that endpoints may name: credentials, CA bundles, client certificates."
    )
    target_hosts: str | None = Field(
        None,
        description="Hosts that targets and their token endpoints may have (host or host:port, commas between); unset "
        "allows all but link-local and metadata addresses, which must be listed.",
    )

    # addresses of targets that the demo catalog names
    local_model_url: str | None = Field(
        None, description="The in-region model server of the demo catalog, without /v1; unset starts a toy."
    )
    standin_url: str | None = Field(
        None, description="The provider stand-in of the demo catalog, without /v1; unset starts one."
    )

    # identity
    oidc_issuer: str | None = Field(None, description="Accept bearer tokens of this issuer.")
    oidc_audience: str | None = Field(None, description="The audience a token must carry.")
    oidc_jwks: str | None = Field(None, description="JWKS URL or file; cached, and used while unreachable.")

    # administration
    admin_api: bool = Field(
        False, description="Serve the admin API below /admin/v1/; 'run' switches it on unless this says otherwise."
    )
    admin_commands: int = Field(2, ge=1, le=16, description="Admin commands that may run at once per worker.")
    admin_deadline_s: float = Field(600.0, gt=0, description="Longest admin command, seconds.")

    # what no environment sets
    handed: Handed = Field(
        default_factory=lambda: _heard, description="What the process that started this one told it."
    )

    # observing
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    otel_endpoint: str | None = Field(None, description="OTLP/HTTP endpoint for traces; unset = no traces.")

    @model_validator(mode="before")
    @classmethod
    def _every_variable_is_a_setting(cls, given: Any) -> Any:
        """Refuse the start over a variable that would be ignored."""
        known = set(cls.variables())
        for name in sorted(os.environ):
            if name.startswith(_PREFIX) and name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
                raise ValueError(
                    f"{name} is not a setting; the nearest is {near} (docs/reference/settings.md lists all)"
                )
        return given

    @field_validator("oidc_issuer", "oidc_audience", "oidc_jwks", "opa_url", mode="after")
    @classmethod
    def _empty_is_unset(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        sources = [self.secret_key, self.secret_key_file, self.secret_key_command]
        if sum(source is not None for source in sources) > 1:
            raise ValueError("set one of PROXY_SECRET_KEY, PROXY_SECRET_KEY_FILE and PROXY_SECRET_KEY_COMMAND")
        if self.oidc_issuer and not (self.oidc_audience and self.oidc_jwks):
            raise ValueError("PROXY_OIDC_ISSUER needs PROXY_OIDC_AUDIENCE and PROXY_OIDC_JWKS as well")
        if self.ocr == "local" and self.file_parts == "opaque":
            raise ValueError("PROXY_OCR=local needs PROXY_FILE_PARTS=text: nothing is read otherwise")
        return self

    @classmethod
    def of_the_environment(cls) -> Iterator[tuple[str, FieldInfo]]:
        """Yield every setting with its name."""
        return ((name, field) for name, field in cls.model_fields.items() if name != "handed")

    @classmethod
    def variables(cls) -> Iterator[str]:
        """Yield every environment variable that is read."""
        for name, field in cls.of_the_environment():
            yield f"{_PREFIX}{name.upper()}"
            yield from (str(choice) for choice in getattr(field.validation_alias, "choices", ()))

    def credential(self, name: str) -> SecretStr | None:
        """Return the value of the environment variable that holds a target's credential, by its name.

        A name that a catalog may not use has no value, whatever the environment holds.
        """
        value = os.environ.get(name) if is_credential_name(name) else None
        return SecretStr(value) if value else None


def withdraw_master_key() -> None:
    """Take the master keys out of the environment: ``Settings`` still find it, children and /proc/PID/environ do not.

    A key that came through an inherited pipe (``proxy.keys.master_key.handed``) is read here, once.
    """
    source = os.environ.get(f"{_MASTER_KEY}_FILE", "")
    if source.startswith("/dev/fd/"):
        _withdrawn[_MASTER_KEY] = Path(source).read_text(encoding="ascii").strip()
        del os.environ[f"{_MASTER_KEY}_FILE"]
    for name in MASTER_KEYS:
        if os.environ.get(name):
            _withdrawn[name] = os.environ[name]
            _overwrite(name)
            del os.environ[name]


def hear_parent() -> None:
    """Take what this process's parent tells it out of the environment, so that nobody else's children hear it.

    Raises:
        ConfigurationError: somebody else says it, or the parent has gone.

    """
    global _heard  # noqa: PLW0603 - as the environment is, whose place it takes
    text = os.environ.pop(_HANDED, None)
    if text is None:
        return
    try:
        said = json.loads(text)
        parent = said.pop("by")
        told = Handed(**said)
    except (ValueError, TypeError, AttributeError, KeyError):
        parent, told = None, Handed()
    if parent != os.getppid():
        raise ConfigurationError(f"{_HANDED} is no setting: a process of this product sets it for its own children")
    _heard = told


def _kept(name: str) -> SecretStr | None:
    value = _withdrawn.get(name)
    return SecretStr(value) if value else None


def _overwrite(name: str) -> None:
    """Overwrite a variable's value where the kernel shows it: unsetenv(3) alone only forgets where it stands."""
    try:
        place = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    except (AttributeError, OSError, ValueError):  # no such symbol here, and no /proc either
        return
    wanted = f"{name}=".encode()
    index = 0
    while address := place[index]:
        entry = ctypes.string_at(address)
        if entry.startswith(wanted):
            ctypes.memset(address + len(wanted), ord("-"), len(entry) - len(wanted))
        index += 1
