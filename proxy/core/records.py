"""The records of the request path: one small frozen type per stage, so that a stage cannot be skipped.

``Exchange`` -> ``Payload`` -> ``Inspection`` -> ``Decision`` -> ``Outbound | Denial`` -> ``Outcome``.
Only ``proxy.core.decision.enforce`` makes an ``Outbound``; ``Upstreams.send`` takes nothing else.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.core.findings import DetectorVersion, SegmentFindings, Status
from proxy.core.kept_state import Batched, Kept
from proxy.core.targets.registered import Target
from proxy.core.targets.takes import NOTHING_ASKED, Requirements
from proxy.core.wire import BODILESS, Incoming, Wire


class Operation(enum.StrEnum):
    """What the caller asks a model to do (``operation.name``)."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    RERANK = "rerank"
    IMAGE = "image"
    AUDIO = "audio"
    MODERATION = "moderation"
    TOOL_CALL = "tool_call"  # what it does cannot be done twice


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: an API key or a bearer token, and what it is bound to."""

    key_id: str
    tenant: str
    service: str
    activities: tuple[str, ...]
    default_activity: str
    ingress_region: str
    default_subject_region: str | None = None
    declarable_regions: tuple[str, ...] = ("*",)  # regions a request may declare; "*" = any that exists
    may_declare_adult: bool = False  # "minor: no" counts only from a key bound to it
    actor_type: str = "service"
    actor_country: str | None = None
    roles: tuple[str, ...] = ()
    authn_method: str = "api_key"
    mfa: bool = False


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """Facts the caller declares about one request; they can only raise what detection finds."""

    activity: str
    subject_regions: tuple[str, ...] = ()
    subject_refs: tuple[str, ...] = ()  # keyed HMACs, never the reference itself
    minor: str = "unknown"  # no | yes | unknown
    restricted: bool = False
    consent_withdrawn: bool = False
    labels: tuple[str, ...] = ()
    conversation: str = ""
    break_glass: str = ""  # the id of a grant; whether it may be used is looked up
    target_credential: str = field(default="", repr=False)  # the caller's own, for targets that ask for it
    dry_run: bool = False  # everything but sending: nothing may leave


@dataclass(frozen=True, slots=True)
class Grant:
    """A break-glass grant that this caller may use now: on which ticket, by whose approval, until when."""

    id: str
    ticket: str
    approver: str
    mfa: bool  # a second factor: the approver's, as attested, or the caller's own
    role_ok: bool
    expires: int  # Unix seconds


@dataclass(frozen=True, slots=True)
class Exchange:
    """The shared identity of one request and its reply."""

    id: str
    received_at: float  # Unix seconds, from the injected clock
    principal: Principal
    declared: DeclaredFacts
    dialect: str  # the codec's name, e.g. "openai_chat"
    path: str  # the route template, never a raw URL
    grant: Grant | None = None
    only: str = ""  # the one target that it may go to; "" for any of its route
    mirror_of: str = ""  # the exchange of which this is a copy that nobody waits for


@dataclass(frozen=True, slots=True)
class TextSpan:
    """One string leaf (or object key, or long number) of the body.

    ``pointer`` is an RFC 6901 JSON pointer. A leaf inside a JSON document that is itself a string leaf (tool-call
    arguments) is addressed with a ``#`` between the outer and the inner pointer. ``kind`` is "value", "key", "number",
    "numbers" (several as one text), "document" (a file's text; the pointer is that of the content part) or "sought";
    ``path`` is the pointer in the policy documents' notation with indices generalised ("messages[*].content").
    """

    pointer: str
    path: str
    text: str
    kind: str = "value"


@dataclass(frozen=True, slots=True)
class OpaquePart:
    """A part of the body that is not text and was not read: an image, audio, a file, a remote reference.

    ``input`` is the kind of content that a model has to take for it, "unknown" for one nobody knows, "" for none.
    """

    path: str
    media: str
    input: str = field(default="", compare=False)
    sealed_by: str = ""  # the target that sealed it for this tenant, where that is known

    @property
    def told(self) -> tuple[str, ...]:
        """What policy knows of it: path, media type and, where known, who sealed it."""
        return (self.path, self.media, self.sealed_by) if self.sealed_by else (self.path, self.media)


@dataclass(frozen=True, slots=True)
class SealedPart:
    """What somebody has signed or encrypted in a body: the path of its ``OpaquePart``, and every text under it."""

    path: str
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A file inside the body whose text may be read. ``data`` is base64; ``opaque`` is what it counts as unread."""

    pointer: str  # of the content part that holds it
    path: str
    media: str
    data: str = field(repr=False)
    opaque: tuple[OpaquePart, ...] = ()
    outcome: str = "unread"  # "read", "cut" where a limit cut its text, else why it was not read


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document: complete; partial, cut by a limit; or skipped (failed, timeout), with the reason."""

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
    opaque: tuple[OpaquePart, ...] = ()  # a document that was not read completely is one
    documents: tuple[Document, ...] = ()
    opaque_otherwise: tuple[OpaquePart, ...] = ()  # the opaque parts that are no documents
    seals: tuple[SealedPart, ...] = ()
    storing: tuple[str, ...] = ()  # top-level keys by which the caller asks the target to keep something
    refusals: Mapping[str, Any] = field(default_factory=dict)  # what some of them must say, since leaving out does not
    keeping: bool = False  # it uses a feature by which the target keeps something, which cannot be taken out
    lasting: bool = False  # it is sent to be kept: nothing can be left out of it so that it is not
    features: tuple[str, ...] = ()  # what it asks for beside generation, as dotted paths; the caller's words
    links: tuple[str, ...] = ()  # addresses that the target would fetch, as the caller wrote them
    unread: tuple[OpaquePart, ...] = ()  # what of the reply nobody will read: a picture, a recording
    sought: tuple[TextSpan, ...] = ()  # unread numbers, searched for values that were replaced elsewhere
    incoming: Incoming = BODILESS  # what the dialect reads beside the body
    kept: Kept | None = None  # what a target keeps, and the request continues or asks for
    batched: Batched | None = None  # it holds many requests, or is about them
    parts: tuple[Payload, ...] = ()  # these requests, as they were decoded (``proxy.core.decision.lines``)
    line: int = 0  # the number of one of these, from 1

    @property
    def outgoing(self) -> tuple[TextSpan, ...]:
        """All spans, those that are read first: what the indices of new texts count."""
        return (*self.spans, *self.sought)


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
    """The classified payload: what policy may see, and where the findings lie."""

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
    known: Mapping[str, str] = field(default_factory=dict, repr=False)  # pseudonyms of ours in it -> originals
    names: tuple[bytes, ...] = ()  # keyed digests of the texts, aligned with the segments; () where there are none


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a policy can see of one request, hashable: the decision cache's key, so neither request id nor time."""

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
    opaque: tuple[tuple[str, ...], ...]  # as ``OpaquePart.told``
    language: str
    detectors: tuple[tuple[str, str, str], ...]
    entities: tuple[EntitySummary, ...]
    categories: tuple[str, ...]
    labels: tuple[str, ...]
    residual_entities: int
    ingress_region: str
    candidates: tuple[tuple[str, int, bool], ...]
    request_entities: tuple[str, ...] = ()  # response phase: entity types the request held, none with another value
    grant: Grant | None = None  # its end bounds what is remembered of the decision
    age_over_89: bool = False  # of the ages found, which identify from ninety on (45 CFR 164.514(b)(2)(i)(C))
    us_bulk: tuple[str, int | None] | None = None  # category of 28 CFR 202, distinct US persons (None: not counted)
    asked: Requirements = NOTHING_ASKED
    _hash: int = field(default=0, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Work it out once: a request's facts are looked up several times."""
        if not self._hash:
            object.__setattr__(self, "_hash", hash(tuple([getattr(self, name) for name in self.__slots__[:-1]])))
        return self._hash


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something the enforcement point must do; one it cannot do turns the permit into a denial."""

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
    """A cross-border disclosure and the mechanism it stands on."""

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


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy's answer for every candidate target. ``document`` is the decision as received, for the record."""

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
    path: str = ""  # the policy document that was asked, "compliance/decision"
    digest: str = ""  # SHA-256 over the bundle's content, 64 hex; the revision is its beginning
    evaluation_us: int = 0  # time of the evaluation, microseconds; 0 when cached

    def permitted(self) -> tuple[TargetVerdict, ...]:
        """The permitted targets in order of preference: routing and failover may use no other."""
        return tuple(sorted((verdict for verdict in self.targets if verdict.permit), key=lambda v: v.rank))


@dataclass(frozen=True, slots=True)
class Remark:
    """The note of one change: what was replaced by which operator, never the value."""

    path: str
    entity_type: str
    operator: str
    obligation: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Transformed:
    """A payload after the obligations' operators: new text per span, and how to put values back."""

    texts: Mapping[int, str]  # index into payload.spans -> new text; unchanged spans are absent
    pseudonyms: Mapping[str, str]  # pseudonym -> original value
    removed: tuple[str, ...]  # every original value that must not appear in the outgoing bytes
    remarks: tuple[Remark, ...]
    covered: frozenset[str] = frozenset()  # entity types that the obligations cover, found or not
    people: tuple[str, ...] = ()  # those of ``removed`` that are people's names
    sought: Any = field(default=None, compare=False, repr=False)  # Occurrences of ``removed``, where they are made
    placeholders: Mapping[str, str] = field(default_factory=dict)  # stand-in -> original, for this one reply


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request that may leave for exactly one target. Only ``proxy.core.decision.enforce`` makes one."""

    exchange_id: str
    target: Target
    verdict: TargetVerdict
    wire: Wire
    stream: bool
    pseudonyms: Mapping[str, str]  # what to restore in the reply
    remarks: tuple[Remark, ...]
    fulfilled: tuple[str, ...]  # ids of the obligations carried out before egress
    guarded: bool  # the reply must be scanned (response_scan or stream_guard)
    decision_id: str = ""  # the decision that authorised this very hop
    placeholders: Mapping[str, str] = field(default_factory=dict)  # restored too, and never stored
    recalled: int = 0  # how many of the pseudonyms were minted in earlier exchanges
    notice: str = ""  # the statement on redisclosure that the body holds, by its place in the law
    recipient: str = ""  # who receives the data, as the registry names the provider
    dialect: str = ""  # the codec's name, as the target is spoken to
    pinned: str = ""  # the model that the reply has to name; "" for any
    translated: bool = False  # the caller speaks another dialect


@dataclass(frozen=True, slots=True)
class Denial:
    """The request is refused; nothing left. A value, not an exception."""

    status: int
    code: str
    codes: tuple[str, ...]
    message: str
    decision_id: str = ""
    residual: int = 0  # entities the residual scan still found: policy is asked again
    retry_after_s: float = 0.0  # when asking again may help; 0 where nobody knows
    final: bool = False  # asking again cannot help
