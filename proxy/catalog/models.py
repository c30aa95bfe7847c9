"""The validated form of ``config/*.yaml``: unknown keys and nulls are errors.

The registry follows ``contracts/data.schema.json`` key for key, so a data document can serve as ``registry.yaml``.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from proxy.catalog.law import Law, Strict
from proxy.catalog.limits import BudgetEntry, LimitEntry, unique
from proxy.catalog.prices import PricesEntry
from proxy.catalog.vocabulary import (
    Country,
    CriminalAuthority,
    Derogation,
    IsoDate,
    LegalBasis,
    Person,
    Region,
    SpecialCondition,
    persons,
)
from proxy.core import nearest
from proxy.core.obligations import LISTED
from proxy.core.records import Operation


def _operation(value: str) -> str:
    if value not in tuple(Operation):
        raise ValueError(f"'{value}' is not an operation; known are {', '.join(Operation)}")
    return value


def _origin(value: str) -> str:
    if LISTED.fullmatch(value) is None:
        raise ValueError(f"'{value}' is not an origin such as https://example.com or https://*.example.com:8443")
    return value


Origin = Annotated[str, AfterValidator(_origin)]
KnownOperation = Annotated[str, AfterValidator(_operation)]
#: 45 CFR 164.502, 506, 508, 510, 512, 514; those of 164.528(a)(1) first.
HipaaBasis = Literal[
    "treatment", "payment", "operations", "individual", "incidental", "authorization", "facility_directory",
    "involved_in_care", "national_security", "custody", "research_lds", "required_by_law", "public_health", "abuse",
    "health_oversight", "judicial", "law_enforcement", "decedents", "organ_donation", "research", "serious_threat",
    "government_functions", "workers_compensation", "none",
]  # fmt: skip
EvidenceStatus = Literal["signed", "missing", "expired", "active", "lapsed", "revoked"]


class Dated(Strict):
    """Something with days: it does not end, and nothing of it is due, before it begins."""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        days = self.model_dump(include={"signed_on", "effective_on", "created", "expires", "due_on"}, exclude_none=True)
        for first in ("signed_on", "effective_on", "created"):
            for last in ("expires", "due_on"):
                if days.get(first, "")[:10] > days.get(last, "9999")[:10]:
                    raise ValueError(f"{last} {days[last]} is before {first} {days[first]}")
        return self


class Evidence(Dated):
    """A contract or certificate with its dates of validity."""

    ref: str | None = None
    status: EvidenceStatus | None = None
    signed_on: IsoDate | None = None
    expires: IsoDate | None = None
    checked_on: IsoDate | None = None
    source: str | None = None


class Contract(Evidence):
    """A contract of tenants with a provider, valid for the named ones; see ``named_contracts`` in the legal data."""

    tenants: list[str] | None = None
    places: list[Country] | None = None  # that it covers beside the countries where the target processes


class Baa(Contract):
    """HIPAA business associate agreement, 45 CFR 164.504(e), and the operations it covers."""

    operations: list[KnownOperation] | None = None


class Dua(Contract):
    """Data use agreement, 45 CFR 164.514(e)(4)."""

    activities: list[str] | None = None


class Scc(Contract):
    """Standard contractual clauses, GDPR Art. 46(2)(c)."""

    module: Literal["1", "2", "3", "4"] | None = None
    decision: str | None = None


class Tia(Contract):
    """Transfer impact assessment (C-311/18)."""

    result: Literal["pass", "pass_with_measures", "fail"] | None = None


class Dpf(Evidence):
    """Data Privacy Framework listing: one flag per exporting regime, and one for HR data."""

    eu: bool | None = None
    uk: bool | None = None
    ch: bool | None = None
    hr: bool | None = None


class Encryption(Strict):
    """Encryption at a target."""

    in_transit: str | None = None
    at_rest: str | None = None
    customer_keys: bool | None = None


class Subprocessor(Strict):
    """A processor engaged by the provider, GDPR Art. 28(2)."""

    name: str | None = None
    country: Country | None = None
    purpose: str | None = None
    since: IsoDate | None = None


class Contacts(Strict):
    """Contacts at the provider."""

    dpo: str | None = None
    breach: str | None = None


class Provider(Strict):
    """The legal entity behind targets."""

    legal_name: str
    parent_country: Country | None = None
    role: Literal["processor", "controller", "joint"] | None = None
    doj_covered_person: bool | None = None
    establishments: list[Region] | None = None
    scope_flags: list[Literal["pipeda_commercial"]] | None = None
    subprocessors: list[Subprocessor] | None = None
    subprocessors_reviewed: IsoDate | None = None
    contacts: Contacts | None = None


class TargetEntry(Strict):
    """One registered deployment: provider account x region x model x endpoint."""

    provider: str
    operator: Literal["third_party", "self"]
    deployment: Literal["regional", "datazone", "global", "local"]
    processing_regions: list[Region]
    storage_regions: list[Region] | None = None
    support_access_regions: list[Region] | None = None
    operations: list[KnownOperation] | None = None
    models: list[str] | None = None
    dpa: Contract | None = None
    baa: Baa | None = None
    dua: Dua | None = None
    scc: Scc | None = None
    uk_idta: Contract | None = None
    tia: Tia | None = None
    bcr: Contract | None = None
    dpf: Dpf | None = None
    zero_retention: bool | None = None
    retention_days: Annotated[int, Field(ge=0)] | None = None
    training_use: bool | None = None
    human_review: bool | None = None
    encryption: Encryption | None = None
    attestations: list[str] | None = None
    reports_actual_region: bool | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.processing_regions and self.deployment != "global":
            raise ValueError("processing_regions: list where it processes; only a global deployment may have none")
        return self


class Mechanism(Strict):
    """A filed transfer mechanism for named targets (PIPL Art. 38)."""

    type: str
    targets: list[str]
    expires: IsoDate | None = None


class Instrument(Dated):
    """What a tenant signed, filed or was granted for transfers to targets, under a regime of the legal data."""

    kind: str
    targets: list[str] = Field(default_factory=list)
    providers: list[str] | None = None  # all of whose targets it is for
    places: list[Country] | None = None  # the countries that it names, beside those where the target processes
    result: Literal["pass", "pass_with_measures", "fail"] | None = None  # of an assessment
    module: Literal["1", "2", "3", "4"] | None = None  # of clauses
    decision: str | None = None
    ref: str | None = None
    status: EvidenceStatus
    signed_on: IsoDate | None = None
    expires: IsoDate | None = None
    checked_on: IsoDate | None = None
    effective_on: IsoDate | None = None
    due_on: IsoDate | None = None
    filed_on: IsoDate | None = None

    @model_validator(mode="after")
    def _is_for_something(self) -> Self:
        if not self.targets and not self.providers:
            raise ValueError("list the targets or providers that it is for: without any it carries nothing")
        return self


class Tenant(Strict):
    """An organisation, or a part of one, on whose behalf requests are made."""

    id: str | None = None
    establishments: Annotated[list[Region], Field(min_length=1)]
    role: Literal["controller", "joint_controller", "processor"] | None = None
    hipaa_role: Literal["none", "covered_entity", "business_associate", "hybrid"] = "none"
    us_person: bool | None = None  # 28 CFR 202.256; where nothing is said, whoever has an establishment in the US
    sector: str | None = None
    sgbv: bool = False
    offshore_phi: bool = False
    deid_without_baa: bool = False
    qc_pia: list[str] = Field(default_factory=list)
    br_scc: list[str] = Field(default_factory=list)
    cn_mechanism: Mechanism | None = None
    instruments: list[Instrument] | None = None
    intra_group: list[Region] = Field(default_factory=list)
    age_gate: Literal["adult", "children_service", "none"] | None = None
    restore_removed: bool | None = None
    reply_origins: list[Origin] | None = None
    linking_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    redact_public_figures: bool | None = None
    ext: dict[str, Any] | None = None


class Activity(Strict):
    """A record of processing, GDPR Art. 30: the purpose of a request."""

    id: str | None = None
    purpose: str
    legal_basis: LegalBasis | None = None
    art9: SpecialCondition | None = None
    art10: CriminalAuthority | None = None
    art49: Derogation | None = None
    hipaa_basis: HipaaBasis | None = None
    phi_context: bool | Literal["infer"] = "infer"
    necessary_entities: list[str] = Field(default_factory=list)
    response_allows: list[str] | None = None
    share_pseudonyms: bool | None = None
    restore_removed: bool | None = None
    date_shift: bool | None = None
    surrogates: Literal["tokens", "realistic"] | None = None
    redact_public_figures: bool | None = None
    allow_kept: bool | None = None
    hr_data: bool = False
    allow_third_party_special: bool = False
    minors_third_party_ok: bool = False
    allow_stateful: bool = False
    allow_training: bool = False
    ai_act: Literal["minimal", "limited", "high", "prohibited"] = "minimal"
    ai_practices: list[str] | None = None  # of AI Act Art. 5, refused from the day of each
    automated_decision: bool | None = None
    part2: bool = False
    part2_consent: bool = False
    psychotherapy_notes: bool = False
    dpia_ref: str | None = None
    anonymisation_ref: str | None = None
    ext: dict[str, Any] | None = None


class ExceptionGrant(Dated):
    """A registered waiver of an organisation rule; the law is never waived."""

    id: str
    tenant: str | None = None
    activity: str | None = None
    target: str | None = None
    waives: list[str]
    reason: str | None = None
    approved_by: Annotated[list[str], Field(min_length=2), AfterValidator(persons)]
    created: IsoDate | None = None
    expires: IsoDate


class ReviewedOrigin(Strict):
    """A country of which the data has no law, and that somebody looked at: its content may leave, on record."""

    country: Country
    who: Person
    until: IsoDate
    note: Annotated[str, Field(min_length=1)]


class RegistryDocument(Law):
    """``registry.yaml``: parties and their evidence. Its legal sections override the shipped legal data."""

    providers: dict[str, Provider] = Field(default_factory=dict)
    targets: dict[str, TargetEntry]
    tenants: dict[str, Tenant]
    activities: dict[str, Activity]
    exceptions: list[ExceptionGrant] = Field(default_factory=list)
    reviewed_origins: list[ReviewedOrigin] = Field(default_factory=list)
    limits: Annotated[list[LimitEntry], AfterValidator(unique)] = Field(default_factory=list)
    budgets: Annotated[list[BudgetEntry], AfterValidator(unique)] = Field(default_factory=list)
    prices: PricesEntry | None = None
    revision: str | None = None

    @model_validator(mode="after")
    def _prices_are_of_targets(self) -> Self:
        priced = self.prices
        named = set() if priced is None else {price.target for price in priced.models}
        named |= set() if priced is None else {name for server in priced.servers for name in server.targets}
        if unknown := [f"'{name}'{nearest.hint(name, self.targets)}" for name in sorted(named - self.targets.keys())]:
            raise ValueError(f"prices: not among the targets: {', '.join(unknown)}")
        if self.budgets and (priced is None or not priced.models):
            raise ValueError("budgets: without prices.models nothing costs anything, so no budget would ever end")
        return self


class MirrorEntry(Strict):
    """A target that gets copies of a share of a route's delivered requests; its replies are discarded."""

    target: str
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=False)] = 1.0


class CanaryEntry(Strict):
    """A target that ``percent`` of a route's conversations, and all of ``tenants``, have as their first choice."""

    target: str
    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, strict=False)] = 0.0
    tenants: list[str] = Field(default_factory=list)


class SplitEntry(Strict):
    """Which targets a route has, and what share of its requests goes to each.

    ``weights`` draw the order of the targets they name; the others, and those of weight 0, come after. ``canary`` need
    not be among the targets.
    """

    targets: Annotated[list[str], Field(min_length=1)]
    weights: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(default_factory=dict)
    canary: CanaryEntry | None = None

    @model_validator(mode="after")
    def _names_each_target_once(self) -> Self:
        if unknown := sorted(set(self.weights) - set(self.targets)):
            raise ValueError(f"weights: '{unknown[0]}' is not among the targets")
        if repeated := [name for name, times in Counter(self.targets).items() if times > 1]:
            raise ValueError(f"targets: '{repeated[0]}' is repeated")
        new = self.canary.target if self.canary is not None else ""
        if new == self.targets[0] and not self.weights:
            raise ValueError(f"canary.target: '{new}' is the first of the targets already; remove the canary")
        if self.weights.get(new):
            raise ValueError(f"weights: '{new}' is the canary, whose share is its percent; leave its weight out")
        return self


class RouteEntry(SplitEntry):
    """The targets that serve a model, in order of preference; the first matching entry applies.

    ``id`` names it in commands and paths. ``mirror`` need not be among the targets. ``former`` is the split that
    ``routes return`` puts back.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")] | None = None
    tenant: str = "*"
    model: str = "*"
    operation: Literal["*"] | KnownOperation = "*"
    mirror: MirrorEntry | None = None
    former: SplitEntry | None = None

    @property
    def splits(self) -> tuple[SplitEntry, ...]:
        """The split in force, and the former one."""
        return (self,) if self.former is None else (self, self.former)

    @model_validator(mode="after")
    def _has_tenants_of_its_own(self) -> Self:
        for split in self.splits if self.tenant != "*" else ():
            others = [] if split.canary is None else sorted({*split.canary.tenants} - {self.tenant})
            if others:
                raise ValueError(
                    f"canary.tenants: the route is for '{self.tenant}' alone, '{others[0]}' never gets here"
                )
        return self


class Routes(Strict):
    """``routes.yaml``."""

    routes: list[RouteEntry]

    @model_validator(mode="after")
    def _names_each_route_once(self) -> Self:
        names = Counter(route.id for route in self.routes if route.id is not None)
        if repeated := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"routes: the id '{repeated[0]}' is repeated")
        return self
