"""The bodies that callers send: validated, unknown keys refused. Their JSON schemas are in the OpenAPI document.

Folders of Rego are sent as ``{"files": {"org/x/x.rego": "..."}}``; a path on this machine cannot be named.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from proxy.web.api import text_forms

MOST_FILES = 2000
MOST_BYTES = 8 << 20
_LONGEST_PATH = 200
_FAIL = "Not ok if any decision changes."
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/){0,11}[A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:rego|yaml|json)", re.ASCII)


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that contain a path."""
    parts = path.split("/")
    yield from ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _tree(files: dict[str, str]) -> dict[str, str]:
    for path in files:
        if len(path) > _LONGEST_PATH or _PATH.fullmatch(path) is None:
            raise ValueError("a file name must be a relative path (letters, digits, _ - . /) to .rego, .yaml or .json")
    folders = {folder.lower() for path in files for folder in _folders(path)}
    names = [path.lower() for path in files]
    if len(set(names)) < len(names) or folders.intersection(names):
        raise ValueError("two files, or a file and a folder, have the same name")
    if len(files) > MOST_FILES or sum(len(source.encode()) for source in files.values()) > MOST_BYTES:
        raise ValueError(f"at most {MOST_FILES} files and {MOST_BYTES} bytes")
    return files


def _packed(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a bundle must be in base64") from None
    return text


def _day(text: str) -> str:
    if text and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is None:
        raise ValueError("a date must have the form 2026-12-31")
    return text


Sources = Annotated[dict[str, str], AfterValidator(_tree), Field(description="Relative path -> text.")]
Packed = Annotated[str, AfterValidator(_packed), Field(description="A bundle (tar.gz) in base64.")]
Revision = Annotated[str, text_forms.REVISION, Field(description="A revision that was once in force.")]
Name = Annotated[str, Field(max_length=200)]
Day = Annotated[str, AfterValidator(_day)]
Since = Annotated[str, text_forms.SINCE, Field(description="24h, 7d, 2w, or an ISO date or time.")]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Documents = Annotated[list[dict[str, Any]], Field(min_length=1, description="Input documents or decision records.")]


class RequestModel(BaseModel):
    """Unknown keys are refused, values are not coerced. A validator is built on first use."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
    #: Whether its command puts something in force, and so needs secrets and keys.
    signs: ClassVar[bool] = False
    #: Members whose parameter has another name.
    renamed: ClassVar[Mapping[str, str]] = {}

    @property
    def over_data(self) -> bool:
        """Whether its command uses the data document in force by default."""
        return "data" in type(self).model_fields

    def parameter(self, member: str) -> str:
        """Return the name of a member's parameter."""
        return self.renamed.get(member, member)


class Folder(RequestModel):
    """A folder of Rego with its tests, and of rules as YAML (and a library's data/legal.json)."""

    files: Sources


class Policies(RequestModel):
    """Policies: exactly one of a folder's files, a bundle, or a revision that was once in force."""

    files: Sources | None = None
    bundle: Packed | None = None
    revision: Revision | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Policies:
        return _exactly_one(self, "files", "bundle", "revision")


_Model = TypeVar("_Model", bound=RequestModel)


class _Read(RequestModel):
    policies: Folder | None = Field(None, description="A library instead of the configured one.")
    overlay: Folder | None = Field(None, description="An overlay instead of the configured one.")


class Check(_Read):
    """Check Rego: parse, compile, metadata, twin tests, reason codes."""

    quick: bool = Field(default=False, description="Only what the overlay's own files show: nothing is compiled.")


class Test(_Read):
    """Run the tests of library and overlay, with coverage on request."""

    coverage: bool = Field(default=False, description="Measure which lines of the library the tests reach.")
    floor: Annotated[float, Field(ge=0, le=100, strict=False)] = Field(
        95.0, description="With coverage: not ok below this percentage."
    )
    match: Name = Field("", description="Only tests whose package or name contains this.")


class _Decided(RequestModel):
    policies: Policies | None = Field(None, description="Policies instead of the configured ones.")
    overlay: Folder | None = Field(None, description="An overlay instead of the configured one.")
    data: dict[str, Any] | None = Field(None, description="A policy data document instead of the one in force.")


class Eval(_Decided):
    """Decide an input document, or check worked cases."""

    renamed = {"input": "document"}

    input: dict[str, Any] | None = Field(None, description="An input document.")
    cases: list[dict[str, Any]] | None = Field(None, description="Worked cases; not ok unless all pass.")

    @model_validator(mode="after")
    def _one_source(self) -> Eval:
        return _exactly_one(self, "input", "cases")


class Explain(_Decided):
    """Which rules fired, and which fact would have to change."""

    renamed = {"input": "subject", "request_id": "subject"}

    input: dict[str, Any] | None = Field(None, description="An input document.")
    request_id: Annotated[str, text_forms.EXCHANGE_ID] | None = Field(
        None, description="Explained by the policy and data that decided it, unless others are given."
    )
    today: bool = Field(default=False, description="With request_id: by the policy and data in force now.")

    @property
    def over_data(self) -> bool:
        """A recorded request uses the data that decided it, unless the body says otherwise."""
        return bool(self.input is not None or self.today or self.policies or self.overlay)

    @model_validator(mode="after")
    def _one_source(self) -> Explain:
        return _exactly_one(self, "input", "request_id")


class _Recorded(RequestModel):
    inputs: Documents | None = None
    since: Since | None = Field(None, description="Recorded inputs of the audit log since 24h, 7d, 2w or an ISO date.")
    overlay: Folder | None = Field(None, description="An overlay instead of the configured one.")
    data: dict[str, Any] | None = Field(None, description="A policy data document instead of the one in force.")

    @model_validator(mode="after")
    def _one_source(self) -> _Recorded:
        return _exactly_one(self, "inputs", "since")


class Diff(_Recorded):
    """Decide inputs with two policies and show the differences."""

    before: Policies = Field(description="One of the two.")
    after: Policies = Field(description="The other one.")
    fail_on_change: bool = Field(default=False, description=_FAIL)


class Replay(_Recorded):
    """Decide recorded inputs again with a candidate."""

    candidate: Policies | None = Field(None, description="Default: the configured library, to try an overlay.")
    at_recorded_data: bool = Field(default=False, description="Decide each with the data that was in force for it.")
    fail_on_change: bool = Field(default=False, description=_FAIL)

    @property
    def over_data(self) -> bool:
        """Not if the recorded data is used."""
        return not self.at_recorded_data


class Try(_Recorded):
    """How often each of the organisation's own rules applies to recorded inputs."""


class WhatIf(_Recorded):
    """The recorded traffic that would stop or move."""

    policies: Policies | None = Field(None, description="Policies instead of the configured ones.")
    cut_off: Name = Field("", description="Assume that this provider is unavailable.")
    dpf_falls: Day = Field("", description="Assume that the EU-US Data Privacy Framework falls on this day.")
    baa_lapses: Name = Field("", description="Assume that this provider's BAA lapses.")
    lapses: Annotated[str, text_forms.LAPSE] = Field(
        "", description="A contract or assessment of a provider that lapses, KIND=PROVIDER: scc=openai."
    )
    adequacy_falls: Annotated[str, text_forms.FALL] = Field(
        "", description="A decision that falls, LIST:PLACE=DATE: eu:GB=2027-01-01."
    )

    @model_validator(mode="after")
    def _event(self) -> WhatIf:
        if not (self.cut_off or self.dpf_falls or self.baa_lapses or self.lapses or self.adequacy_falls):
            raise ValueError("give one of cut_off, dpf_falls, baa_lapses, lapses or adequacy_falls")
        return self


class Shadow(RequestModel):
    """What the shadow policy decided differently on live traffic."""

    since: Since = "24h"
    fail_on_change: bool = Field(default=False, description=_FAIL)


class Moves(_Read):
    """Which activities policy would keep at the old target if the new one came first."""

    old: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The target tried first now.")
    new: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The one tried first then.")
    tenant: Name = Field("", description="Only this tenant.")
    operation: Name = Field("", description="Only this operation (else each of the old target's).")
    model: Name = Field("", description="The model that is asked for, for rules about models.")
    data: dict[str, Any] | None = Field(None, description="A policy data document instead of the one in force.")


class CanaryOfRoute(RequestModel):
    """A canary; what is left out stays as the route's canary has it."""

    target: Name = Field("", description="The new target; left out: the one that the route's canary has.")
    percent: Annotated[float, Field(ge=0, le=100, strict=False)] | None = Field(
        None, description="Percentage of the conversations; 0 pauses it."
    )
    tenants: list[Name] = Field(default_factory=list, description="All of theirs.")


class PromoteRoute(RequestModel):
    """Make the route's canary the first of its targets."""

    partly: bool = Field(default=False, description="Even though policy keeps some activities where they are.")


class ReturnRoute(RequestModel):
    """Take the route's last step back."""


class Activate(RequestModel):
    """A signed bundle; without one the configured folders are read again."""

    signs = True

    bundle: Packed | None = None


#: The policy commands of the admin API (``proxy.cli.policy.commands``), and the body of each.
COMMANDS: Mapping[str, type[RequestModel]] = {
    "check": Check,
    "test": Test,
    "eval": Eval,
    "explain": Explain,
    "diff": Diff,
    "replay": Replay,
    "try": Try,
    "what-if": WhatIf,
    "shadow": Shadow,
    "moves": Moves,
}


class ActivateRegistry(RequestModel):
    """A stored revision of the registry."""

    revision: Annotated[str, text_forms.REVISION]


class Ask(RequestModel):
    """A question to the evidence: why it is asked, and what it is narrowed to."""

    purpose: Annotated[str, Field(min_length=3, max_length=200, description="Why; kept in the log.")]
    parameters: dict[Name, str | int] = Field(
        default_factory=dict, max_length=32, description="As the question names them: since, until, activity ..."
    )
    language: Literal["en", "de"] = Field("en", description="Of what is printed: html and pdf.")


class Export(Ask):
    """An export: a question, a report, records with their proofs, or a verification; why, and narrowed to what."""

    kind: Literal["question", "report", "records", "verification"]
    name: Name = Field("", description="Of the question or report.")
    format: Literal["json", "csv", "jsonl", "parquet", "html", "pdf", "tar.gz"] = Field(
        description="A report: json, html or pdf. Records: tar.gz. A verification of the whole log: json."
    )


class ScheduleExport(Ask):
    """What is exported again after each day, week or month (UTC), about that time: a question or a report."""

    kind: Literal["question", "report"]
    name: Name = Field(description="Of the question or report.")
    format: Literal["json", "csv", "jsonl", "parquet", "html", "pdf"]
    every: Literal["day", "week", "month"]


_Unregistered = Annotated[bool, Field(description="Allow a tenant or activity that the registry does not know.")]


class Restrict(RequestModel):
    """A data subject for whom processing is restricted, or who objects; times are RFC 3339."""

    tenant: Annotated[str, Field(min_length=1, max_length=256)]
    subject: Annotated[str, Field(min_length=1, max_length=512, description="Your reference of the data subject.")]
    kind: Annotated[Literal["restriction", "objection"], Field(description="GDPR Art. 18 or Art. 21.")]
    ticket: Annotated[str, text_forms.TICKET, Field(description="The number of their request.")]
    since: Moment | None = None
    until: Moment | None = None
    unregistered: _Unregistered = False


_Tenant = Annotated[str, Field(min_length=1, max_length=256)]
_Text = Annotated[str, Field(min_length=1, max_length=20_000, repr=False, description="Kept nowhere.")]
_Region = Annotated[str, text_forms.REGION]
_Subject = Annotated[str, Field(min_length=1, max_length=512, description="Your reference of the data subject.")]
_Ticket = Annotated[str, text_forms.TICKET, Field(description="Its number; kept in the log.")]


class TryText(RequestModel):
    """A text as the message of a service that declares nothing else."""

    text: _Text
    tenant: _Tenant
    activity: _Tenant
    model: Name = Field("", description="Left out: the first of the tenant's models.")
    region: _Region = Field(description="Where the service is.")
    subject_regions: list[_Region] = Field(default_factory=list, max_length=20, description="The data subjects'.")


class CorrectText(RequestModel):
    """A place of a text that was found and is nobody's (``false``), or that was missed."""

    text: _Text
    tenant: _Tenant
    start: Annotated[int, Field(ge=0, description="In characters of the text.")]
    end: Annotated[int, Field(ge=1, description="Not included.")]
    type: Name = Field(description="The entity type that was found or missed.")
    false: bool = Field(description="True: to the allow-list. False: to the deny-list.")
    near: Name = Field("", description="Only near this word.")
    forced: bool = Field(default=False, description="Although it carries a checksum or a fixed form.")
    note: Name = Field("", description="Stored with the entry; no personal data.")

    @model_validator(mode="after")
    def _check_span(self) -> CorrectText:
        if not self.start < self.end <= len(self.text):
            raise ValueError("'start' and 'end' must be a place in the text")
        return self


class PlaceHold(RequestModel):
    """What a legal hold covers; what is left out is any. Times are RFC 3339."""

    matter: _Ticket
    tenant: _Tenant | None = None
    activity: _Tenant | None = None
    subject: _Subject | None = None
    since: Moment | None = None
    until: Moment | None = None
    unregistered: _Unregistered = False


class ReleaseHold(RequestModel):
    """A hold that may end."""

    hold: Name
    ticket: _Ticket


class Erase(RequestModel):
    """A data subject whose key is destroyed: the first person gives a ticket, the second one the request."""

    tenant: _Tenant
    subject: _Subject
    ticket: _Ticket | None = None
    request: Name | None = None

    @model_validator(mode="after")
    def _one_person(self) -> Erase:
        return _exactly_one(self, "ticket", "request")


class PurgeThrough(RequestModel):
    """Through which UTC day what policy no longer obliges to keep may go."""

    through: Annotated[date, Field(strict=False)]
    ticket: _Ticket


class RequestGrant(RequestModel):
    """A break-glass grant; what is left out is any activity, any service with the role, the longest time."""

    tenant: _Tenant
    ticket: _Ticket
    reason: Annotated[str, Field(min_length=1, max_length=500, description="No personal data.")]
    activity: _Tenant | None = None
    service: _Tenant | None = None
    hours: Annotated[float, Field(gt=0, le=24, strict=False)] | None = None


class ApproveGrant(RequestModel):
    """The second factor that the approver just used."""

    mfa: Annotated[str, Field(max_length=64, description="webauthn, totp ...; recorded as you state it.")] = ""


class ReviewGrant(RequestModel):
    """What the review of a break-glass grant found."""

    finding: Literal["justified", "unjustified"]
    note: Annotated[str, Field(max_length=500, description="No personal data; stored with the grant.")] = ""


class CloseOversight(RequestModel):
    """What a person decided about the use of an output (AI Act Art. 14(4))."""

    finding: Literal["accepted", "overridden", "stopped"]
    note: Annotated[str, Field(max_length=500, description="No personal data; kept in the log.")] = ""


def _exactly_one(model: _Model, *names: str) -> _Model:
    if sum(getattr(model, name) is not None for name in names) != 1:
        raise ValueError(f"give one of {', '.join(names)}")
    return model
