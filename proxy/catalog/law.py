"""The validated form of the law as data (``policies/data/legal.json``); a registry may override its sections.

A typo must not count: an unknown key ("revoked") would leave a decision in force, an unknown word of a list would match
nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from proxy.catalog.vocabulary import Country, IsoDate, Region, country, country_or_part
from proxy.core.entities import CATEGORIES

_CATEGORIES = (*CATEGORIES, "personal")
#: Special categories, GDPR Art. 9(1).
_SPECIAL = frozenset("biometric genetic health political racial_ethnic religious sex_orientation trade_union".split())
_CONTRACTS = Literal["dpa", "baa", "bcr", "dua", "scc", "tia", "uk_idta"]


def _category(value: str) -> str:
    if value not in _CATEGORIES:
        raise ValueError(f"'{value}' is not a category; known are {', '.join(_CATEGORIES)}")
    return value


def _special(value: str) -> str:
    if value not in _SPECIAL:
        raise ValueError(f"'{value}' is not a special category; known are {', '.join(sorted(_SPECIAL))}")
    return value


def _recipient(value: str) -> str:
    return value if value == "EEA" else country(value)


def _area(value: str) -> str:
    return value if value == "EEA" else country_or_part(value)


Category = Annotated[str, AfterValidator(_category)]
Area = Annotated[str, AfterValidator(_area)]


class Strict(BaseModel):
    """Unknown keys are refused, values are not coerced. A validator is built on first use."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, serialize_by_alias=True, defer_build=True)


class LegalArea(Strict):
    """Countries that a law counts as one, and territories that belong to them."""

    members: list[Country] | None = None
    territories: dict[str, Country] | None = None


class Adequacy(Strict):
    """A decision that recipients in a country, or an organisation, offer adequate protection (GDPR Art. 45)."""

    code: Annotated[str, AfterValidator(_recipient)] | None = None
    org: str | None = None
    scope: Literal["full", "commercial_pipeda", "dpf_certified", "private_sector", "organisation"]
    decision: str | None = None
    begins: Annotated[IsoDate, Field(alias="from")]
    until: IsoDate | None = None
    revoked_at: IsoDate | None = None
    exporters_except: list[Country] | None = None  # states of the list's law that have not taken up the decision
    note: str | None = None

    @model_validator(mode="after")
    def _names_a_recipient(self) -> Self:
        if (self.scope == "organisation") != (self.org is not None) or (self.code is None) == (self.org is None):
            raise ValueError("a decision has a country's code, or an org with scope 'organisation'")
        if self.until is not None and self.until < self.begins:
            raise ValueError("until is before from")
        return self


class EntityEntry(Strict):
    """What an entity type means in law."""

    kind: Literal["attr", "secret", "sad", "pan", "quasi", "direct", "fin", "govid"]
    categories: list[Category] | None = None
    identifies: list[Literal["HIPAA", "GDPR", "UK"]] | None = None


class Hipaa(Strict):
    """45 CFR 164.514(b)(2)(i)(B)."""

    zip3_restricted: list[Annotated[str, Field(pattern=r"^\d{3}$")]]


class Doj(Strict):
    """28 CFR Part 202: countries of concern, and persons above which data counts as bulk."""

    countries: list[Country]
    thresholds_more_than: dict[
        Literal[
            "human_genomic", "other_omic", "biometric", "precise_geolocation", "personal_health", "personal_financial",
            "covered_identifiers",
        ],
        Annotated[int, Field(ge=0)],
    ]  # fmt: skip


class RetentionDays(Strict):
    """The least days that records are kept."""

    default_min_days: Annotated[int, Field(ge=1)]
    hipaa_min_days: Annotated[int, Field(ge=1)]
    ai_act_high_min_days: Annotated[int, Field(ge=1)]


class Config(Strict):
    """How strictly the rules read findings, evidence and replies."""

    threshold: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    special: list[Annotated[str, AfterValidator(_special)]] | None = None
    break_glass_max_hours: Annotated[float, Field(gt=0, strict=False)] | None = None
    named_contracts: list[_CONTRACTS] | None = None
    no_transfer_law: list[Country] | None = None
    tia_max_age_days: Annotated[int, Field(ge=1)] | None = None  # of an assessment without a last day
    response_guard: list[str] | None = None


class LawSource(Strict):
    """Where a statement of law was read: an official or secondary text, general knowledge, or an open question."""

    mark: Literal["sourced", "known", "open"]
    title: str
    url: str | None = None
    checked: IsoDate


class OpenPoint(Strict):
    """What is unsettled in a regime, how it is decided until then, and when to look again."""

    question: str
    default: str
    recheck: IsoDate


class Recipient(Strict):
    """A place that a list of a regime names, and since when."""

    code: Annotated[str, AfterValidator(_recipient)]
    begins: Annotated[IsoDate, Field(alias="from")]
    until: IsoDate | None = None


class LadderStep(Strict):
    """One step of a ladder: adequacy decisions, listed places, instruments, or nothing more."""

    mechanism: Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]+:[A-Za-z0-9-]+$")]
    decisions: Annotated[str | None, Field(alias="list")] = None  # a list of ``adequacy``
    places: list[Recipient] | None = None
    without: list[Category] | None = None  # categories that a list does not cover
    without_at: dict[Country, list[Category]] | None = None  # the same of one place
    needs: list[str] | None = None  # kinds of contracts of the target, or of instruments of the tenant
    fresh: Literal[True] | None = None  # instruments carry only while the legal data is fresh
    special: list[str] | None = None  # further ones where special categories are in the content
    checked_days: Annotated[int, Field(ge=1)] | None = None  # how long a check of an instrument counts
    filing: Literal["before", "after"] | None = (
        None  # before: effective_on has come; after: due_on not over, or filed_on
    )
    free: Literal[True] | None = None

    @model_validator(mode="after")
    def _carries_somehow(self) -> Self:
        if sum(value is not None for value in (self.decisions, self.places, self.needs, self.free)) != 1:
            raise ValueError("a step has a list, or places, or needs, or is free")
        if self.needs == [] or self.places == []:
            raise ValueError("a step without places or needs carries everything or nothing: leave it out, or say free")
        return self


Gate = Literal[
    "legal_basis", "consent", "restriction", "special_condition", "criminal_authority", "reader", "special_at_home",
]  # fmt: skip
Refusal = Literal["TRANSFER_NO_BASIS", "RESIDENCY_VIOLATION", "LOCALISATION", "QC_PIA_MISSING"]


class Regime(Strict):
    """A data protection law: whom it reaches, from when, its gates, and its ladder of mechanisms for transfers.

    A law without a ladder has no transfer test; one with an empty ladder lets nothing leave.
    """

    name: str
    scope: list[Area]
    home: Annotated[list[Area], Field(min_length=1)]
    excluded: Annotated[list[Region] | None, Field(alias="except")] = None
    begins: Annotated[IsoDate, Field(alias="from")]
    until: IsoDate | None = None
    mode: Literal["enforce", "shadow"]
    as_of: IsoDate | None = None  # where it was read on another day than the rest of the law
    max_age_days: Annotated[int, Field(ge=0)] | None = None
    citation: Annotated[list[str], Field(min_length=1)]
    gates: list[Gate] | None = None
    sensitive: list[Category] | None = None  # with quasi identifiers: somebody
    restricted: list[Country] | None = None  # nothing goes there
    localised: list[Category] | None = None  # content that stays at home whatever the mechanism
    ladder: list[LadderStep] | None = None
    otherwise: Annotated[list[Refusal] | None, Field(min_length=1)] = None  # where no step carries
    otherwise_self: Annotated[list[Refusal] | None, Field(min_length=1)] = None  # the same, of a target of one's own
    derogation: Literal["ART49_NOT_SYSTEMATIC"] | None = None  # of one that the activity names, which never carries
    sources: Annotated[list[LawSource], Field(min_length=1)]
    open: list[OpenPoint] | None = None


class Practice(Strict):
    """A practice that the AI Act prohibits (Art. 5), and since when."""

    begins: Annotated[IsoDate, Field(alias="from")]
    citation: str


class Law(Strict):
    """The sections of the legal data, each optional: a registry overrides some."""

    as_of: IsoDate | None = None
    max_age_days: Annotated[int, Field(ge=0)] | None = None
    regions: dict[str, LegalArea] | None = None
    adequacy: dict[str, list[Adequacy]] | None = None
    regimes: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")], Regime] | None = None
    ai_practices: dict[str, Practice] | None = None
    entity_map: dict[str, EntityEntry] | None = None
    hipaa: Hipaa | None = None
    doj: Doj | None = None
    retention: RetentionDays | None = None
    config: Config | None = None
