"""One frozen type per stage: ``Payload`` -> ``Inspection`` -> ``Decision`` -> ``Outbound | Denial`` -> ``Outcome``."""

from __future__ import annotations

import enum
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from proxy.core.findings import Cause, DetectorVersion, SegmentFindings, Status
from proxy.core.kept_state import NO_ASSIGNMENTS, Assignments, Batched, Kept
from proxy.core.targets.canary import Split
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements
from proxy.core.targets.registered import Target
from proxy.core.wire import BODILESS, Incoming, Wire

KEPT, DONE = "kept", "done"  # what stays at a target after a reply: content that it keeps, or something that it did


class Operation(enum.StrEnum):
    """The kind of work that is asked for (``operation.name``): the one table of them."""

    does: str
    effect: str  # what stays at the target, whatever its reply says

    def __new__(cls, name: str, does: str = "", effect: str = "") -> Self:
        """Make a row."""
        row = str.__new__(cls, name)
        row._value_, row.does, row.effect = name, does, effect
        return row

    CHAT = "chat", "a model continues a conversation"
    COMPLETION = "completion", "a model continues a text, or works on tensors"
    EMBEDDING = "embedding", "texts become vectors"
    RERANK = "rerank", "texts are ordered by a query"
    IMAGE = "image", "pictures are made, changed or read"
    AUDIO = "audio", "speech is made, or becomes text"
    MODERATION = "moderation", "texts are classified"
    TOOL_CALL = "tool_call", "a message to a server of tools", DONE
    BATCH = "batch", "many requests at once, answered later, with results; each line is decided as what it asks for too"
    FILE_UPLOAD = "file_upload", "a target stores content (a declared API)", KEPT
    FINE_TUNE = "fine_tune", "a target trains a model on content (a declared API)", KEPT


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: an API key or a bearer token with its bindings."""

    key_id: str
    tenant: str
    service: str
    activities: tuple[str, ...]
    default_activity: str
    ingress_region: str
    default_subject_region: str | None = None
    declarable_regions: tuple[str, ...] = ("*",)  # regions a request may declare; "*" = any existing one
    may_declare_adult: bool = False  # whether "minor: no" is accepted from this key
    actor_type: str = "service"
    actor_country: str | None = None
    roles: tuple[str, ...] = ()
    authn_method: str = "api_key"
    mfa: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A data subject as we name them: by a keyed reference in records, by an unrelated mark in the vault."""

    reference: str
    mark: bytes = field(repr=False)
    restricted: bool = False  # on the list of restrictions and objections


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """Facts the caller declares about one request; they can add to the findings, never take away."""

    activity: str
    subject_regions: tuple[str, ...] = ()
    subject_refs: tuple[str, ...] = ()  # keyed HMACs, never the reference itself
    subject_mark: bytes = field(default=b"", repr=False)  # what marks the vault's entries as this subject's
    minor: str = "unknown"  # no | yes | unknown
    restricted: bool = False
    consent_withdrawn: bool = False
    consent_ref: str = ""  # for the record alone: no policy sees it, so it parts no cached decisions
    labels: tuple[str, ...] = ()
    surrogates: str = ""  # tokens | date_shift | realistic; "" for the activity's choice
    conversation: str = ""
    break_glass: str = ""  # the id of a grant, still to be looked up
    target_credential: str = field(default="", repr=False)  # the caller's own, for targets that use it
    target_accounts: Mapping[str, str] = field(default_factory=dict, repr=False)  # header -> account
    dry_run: bool = False  # every step but sending: nothing may leave


@dataclass(frozen=True, slots=True)
class Grant:
    """A break-glass grant that this caller may use now."""

    id: str
    ticket: str
    approver: str
    mfa: bool  # a second factor: the approver's, as attested, or the caller's own
    role_ok: bool
    expires: int  # Unix seconds


@dataclass(frozen=True, slots=True)
class Exchange:
    """The identity of one request and its reply."""

    id: str
    received_at: float  # Unix seconds, from the injected clock
    principal: Principal
    declared: DeclaredFacts
    dialect: str  # the codec's name, e.g. "openai_chat"
    path: str  # the route template, never a raw URL
    grant: Grant | None = None
    only: str = ""  # the only target allowed; "" for any of the route
    mirror_of: str = ""  # the exchange that this one copies; its reply is discarded
    split: Split | None = None  # its side of the route's split, once it is read


class TextSpan(NamedTuple):
    """One string leaf (or object key, or long number) of the body.

    ``pointer`` is an RFC 6901 JSON pointer; "#" parts the outer from the inner one of a leaf in JSON that is itself a
    leaf (tool-call arguments). ``path`` has the notation of policy documents ("messages[*].content"). ``kind`` is
    "value", "key", "number", "numbers" (several as one text), "document" (a file's text) or "sought".
    """

    pointer: str
    path: str
    text: str
    kind: str = "value"


@dataclass(frozen=True, slots=True)
class OpaquePart:
    """An unread part of the body: an image, audio, a file, a remote reference."""

    path: str
    media: str
    input: str = field(default="", compare=False)  # content that a model has to accept for it; "unknown", "" for none
    sealed_by: str = ""  # the target that sealed it for this tenant; "" if unknown
    pointer: str = field(default="", compare=False)  # as of a ``TextSpan``

    @property
    def summary(self) -> tuple[str, ...]:
        """Path, media type and, if known, the target that sealed it: what policy sees."""
        return (self.path, self.media, self.sealed_by) if self.sealed_by else (self.path, self.media)


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A signed or encrypted part of a body: the path of its ``OpaquePart``, and every text under it."""

    path: str
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A file inside the body whose text may be read. ``data`` is base64; ``opaque`` are its parts while unread."""

    pointer: str  # of the content part that holds it
    path: str
    media: str
    data: str = field(repr=False)
    opaque: tuple[OpaquePart, ...] = ()
    outcome: str = "unread"  # "read", "cut" (a limit cut its text), else the reason why it was not read


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document: complete; partial, cut by a limit; or skipped (failed, timeout) with the reason."""

    text: str
    status: Status
    why: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded request body. ``document`` is the parsed JSON and is never mutated."""

    document: Mapping[str, Any]
    operation: Operation
    model: str
    stream: bool
    stateful: bool
    tools: bool
    spans: tuple[TextSpan, ...]
    opaque: tuple[OpaquePart, ...] = ()  # includes documents that were not read completely
    documents: tuple[Document, ...] = ()
    other_opaque: tuple[OpaquePart, ...] = ()  # the opaque parts that are not documents
    seals: tuple[SealedPart, ...] = ()
    storage_keys: tuple[str, ...] = ()  # top-level keys that request storage at the target
    refusals: Mapping[str, Any] = field(default_factory=dict)  # values of those keys that decline storage
    keeps_state: bool = False  # uses a feature that stores state at the target and cannot be removed
    must_store: bool = False  # the request exists to be stored: declining storage is impossible
    features: tuple[str, ...] = ()  # requested features beyond generation, as dotted paths in the caller's words
    optional: frozenset[str] = frozenset()  # those without which the rest of the request means the same
    dropped: frozenset[str] = frozenset()  # those that are not sent
    links: tuple[str, ...] = ()  # addresses that the target would fetch, as the caller wrote them
    unread: tuple[OpaquePart, ...] = ()  # parts of the reply that are never read: a picture, a recording
    unread_numbers: tuple[TextSpan, ...] = ()  # unread numbers, searched for values that were replaced elsewhere
    incoming: Incoming = BODILESS  # the request around the body: path, query, headers
    kept: Kept | None = None  # stored state that the request continues or refers to
    batched: Batched | None = None  # set if it holds many requests or refers to a batch of them
    parts: tuple[Payload, ...] = ()  # the requests of a batch as decoded (``proxy.core.decision.lines``)
    line: int = 0  # the line number of a request in a batch, from 1
    tool_names: frozenset[str] = frozenset()  # of the declared tools; the type of one that the target itself runs

    @property
    def outgoing(self) -> tuple[TextSpan, ...]:
        """All spans, ``spans`` first: indices of new texts count these."""
        return (*self.spans, *self.unread_numbers)


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """One row of ``classification.entities``."""

    type: str
    count: int
    max_confidence: float
    paths: tuple[str, ...] = ()
    subject_role: str = "data_subject"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The classified payload: what policy may see, and the findings by place."""

    payload: Payload
    segments: tuple[SegmentFindings, ...]  # aligned with payload.spans
    status: Status
    coverage: float
    entities: tuple[EntitySummary, ...]
    categories: tuple[str, ...]
    language: str
    minor: bool
    regions: tuple[tuple[str, float], ...]
    detectors: tuple[DetectorVersion, ...] = ()
    pseudonyms: Mapping[str, str] = field(default_factory=dict, repr=False)  # our pseudonyms in it -> originals
    names: tuple[bytes, ...] = ()  # keyed digests of the texts, aligned with the segments; or ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything policy can see of one request, hashable: the decision cache's key, so neither exchange id nor time."""

    phase: str
    tenant: str
    actor: tuple[str, str, str | None, tuple[str, ...], str, bool]  # type, id, country, roles, method, mfa
    activity: str
    consent_withdrawn: bool
    regions: tuple[tuple[str, str, float], ...]  # code, source, confidence
    region_status: str
    minor: str
    restricted: bool
    subject_refs: tuple[str, ...]
    operation: tuple[str, str, bool, bool, bool]  # name, model, stream, stateful, tools
    status: str
    coverage: float
    opaque: tuple[tuple[str, ...], ...]  # as ``OpaquePart.summary``
    language: str
    detectors: tuple[tuple[str, str, str], ...]
    entities: tuple[EntitySummary, ...]
    categories: tuple[str, ...]
    labels: tuple[str, ...]
    residual_entities: int
    ingress_region: str
    candidates: tuple[tuple[str, int, bool], ...]
    request_entities: tuple[str, ...] = ()  # response phase: entity types whose values all stood in the request
    placed: tuple[int, int] = (0, 0)  # response phase: undeclared calls, stand-ins in foreign addresses
    grant: Grant | None = None  # its end bounds how long the decision is cached
    age_over_89: bool = False  # ages of ninety and above identify (45 CFR 164.514(b)(2)(i)(C))
    us_bulk: tuple[str, int | None] | None = None  # category of 28 CFR 202, distinct US persons (None: not counted)
    requirements: Requirements = NO_REQUIREMENTS
    surrogates: str = ""  # what the caller asks removed values to become
    _hash: int = field(default=0, init=False, repr=False, compare=False)
    hypothetical: bool = field(default=False, compare=False)  # of a reply that is not read yet
    registered: tuple[tuple[str, tuple[str, ...]], ...] = ()  # lists of registered people in it, and types of values

    def __hash__(self) -> int:
        """Compute it once: the facts of a request are looked up several times."""
        if not self._hash:
            object.__setattr__(self, "_hash", hash(tuple([getattr(self, name) for name in self.__slots__[:-3]])))
        return self._hash


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the enforcement point must do; one that it cannot carry out turns the permit into a denial."""

    id: str
    type: str
    on: str = "permit"
    when: str = "always"
    entities: tuple[str, ...] = ()
    profile: str = ""
    method: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A cross-border disclosure and its transfer mechanism."""

    regime: str
    mechanism: str
    origin: str = ""
    destination: str = ""
    instrument: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetVerdict:
    """The decision for one candidate target."""

    target: str
    permit: bool
    rank: int
    denials: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    region: str = ""


class Decision(NamedTuple):
    """Policy's answer: a verdict per candidate target. ``document`` is the decision as received, for the record."""

    id: str
    permit: bool
    action: str
    selected: str | None
    targets: tuple[TargetVerdict, ...]
    block_codes: tuple[str, ...]
    http_status: int
    bundle: str
    revision: str
    data_revision: str
    engine: str
    document: Mapping[str, Any]
    cached: bool = False
    path: str = ""  # the policy document that was queried, "compliance/decision"
    digest: str = ""  # SHA-256 of the bundle's content, 64 hex digits; the revision is a prefix of it
    evaluation_us: int = 0  # evaluation time, microseconds; 0 if cached
    original: Decision | None = None  # the answer that a cached one repeats, itself without one

    def again(self, id_: str, document: Mapping[str, Any]) -> Decision:
        """Return the same answer from the cache; its document differs in what is stamped on each use alone."""
        return self._replace(id=id_, document=document, cached=True, evaluation_us=0, original=self.original or self)

    def permitted(self) -> tuple[TargetVerdict, ...]:
        """Return the permitted targets in order of preference: routing and failover may use no other."""
        return tuple(sorted((verdict for verdict in self.targets if verdict.permit), key=lambda v: v.rank))


@dataclass(frozen=True, slots=True)
class Remark:
    """The note of one change: entity type and operator, never the value."""

    path: str
    entity_type: str
    operator: str
    obligation: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Transformed:
    """A payload after the obligations' operators: new text per span, and the originals to restore."""

    texts: Mapping[int, str]  # index into payload.spans -> new text; unchanged spans are absent
    pseudonyms: Mapping[str, str]  # pseudonym -> original value
    removed: tuple[str, ...]  # every original value that must not appear in the outgoing bytes
    remarks: tuple[Remark, ...]
    covered: frozenset[str] = frozenset()  # entity types that the obligations cover, found or not
    people: tuple[str, ...] = ()  # the names of people among ``removed``
    weak: frozenset[str] = frozenset()  # those of ``removed`` that were only guessed (``core.search.standing``)
    spared: frozenset[str] = frozenset()  # new texts of definitions and keys in which words of names stay
    occurrences: Any = field(default=None, compare=False, repr=False)  # Occurrences of ``removed``, if already built
    placeholders: Mapping[str, str] = field(default_factory=dict)  # stand-in -> original, for this reply alone
    named: Any = field(default=None, compare=False, repr=False)  # RemovedValues of ``removed``, if already worked out
    free: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)  # unchanged text -> memory key
    natural: frozenset[str] = frozenset()  # those of ``pseudonyms`` that look like values
    assigned: Assignments = NO_ASSIGNMENTS  # the same, and those of kept state, for the turns that go on with it
    labelled: Mapping[str, str] = field(default_factory=dict)  # new text -> the same with labels in place of these
    runs: tuple[str, ...] = field(default=(), compare=False, repr=False)  # short texts in a row, each row as one


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a transform left of a request as it was, having searched it for every removed value."""

    texts: Container[str] = frozenset()
    document: Mapping[str, Any] = field(default_factory=dict)  # the caller's, if the target speaks its dialect
    edited: frozenset[str] = frozenset()  # addresses of the elements of its members that hold a changed text


CHANGED = Unchanged()  # nothing of a request is as it was


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request that may leave for exactly one target. Only ``proxy.core.decision.enforce`` makes one."""

    exchange_id: str
    target: Target
    verdict: TargetVerdict
    wire: Wire
    stream: bool
    pseudonyms: Mapping[str, str]  # restored in the reply
    remarks: tuple[Remark, ...]
    fulfilled: tuple[str, ...]  # ids of the obligations carried out before egress
    guarded: bool  # the reply must be scanned (response_scan or stream_guard)
    decision_id: str = ""  # the decision that authorised this hop
    placeholders: Mapping[str, str] = field(default_factory=dict)  # restored too, and never stored
    natural: Mapping[str, str] = field(default_factory=dict)  # those that look like values, in other spellings too
    assigned: Assignments = NO_ASSIGNMENTS  # see ``Transformed``
    recalled: int = 0  # number of pseudonyms minted in earlier exchanges
    notice: str = ""  # citation of the redisclosure statement in the body
    recipient: str = ""  # the provider's name in the registry
    dialect: str = ""  # name of the codec for this target
    pinned: str = ""  # the model that the reply has to name; "" for any
    translated: bool = False  # the caller speaks another dialect
    effect: str = ""  # what stays after its reply: KEPT content, or something DONE; "" if it may be sent twice
    dropped: tuple[str, ...] = ()  # features of the request that were left out for this target
    causes: tuple[Cause, ...] = ()  # why third parties were denied, for a target of one's own
    caching: tuple[int, int] | None = None  # seconds for which its reply may answer again (``obligations.caching``)


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal by policy, or the answer to a fault. A value, not an exception."""

    status: int
    code: str
    codes: tuple[str, ...]
    message: str
    decision_id: str = ""
    residual: int = 0  # entities that the residual scan still found: policy decides again
    retry_after_s: float = 0.0  # seconds until a retry may succeed; 0 if unknown
    final: bool = False  # a retry cannot succeed
    causes: tuple[Cause, ...] = ()
    obligation: str = ""  # the type of the one that cannot be carried out
