"""The form: what a file of rules may hold."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from proxy.core.cached import ORDINARY

_EFFECTS: Final = (
    "deny", "pin", "redact", "pseudonymize", "mask", "generalize", "redact_reply", "prefer", "retain", "cache",
)  # fmt: skip
#: Effects that a rule about the reply can have.
_ON_REPLY: Final = frozenset({"deny", "pin", "redact_reply", "retain"})

Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=200)]
_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
_Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Conditions(_Form):
    """What a request, or a candidate target, must be like. A list holds if any of its words does."""

    tenants: Names | None = None
    sectors: Names | None = None
    activities: Names | None = None
    purposes: Names | None = None
    groups: Names | None = Field(None, description="Roles of the caller: of its API key, or its token's claim `roles`.")
    callers: Names | None = None
    countries: Names | None = Field(None, description="The caller's country.")
    operations: Names | None = None
    models: Names | None = Field(None, description="Patterns: `gpt-5*`.")
    features: Names | None = None
    streamed: bool | None = None
    personal: bool | None = None
    special: bool | None = None
    health: bool | None = None
    categories: Names | None = None
    labels: Names | None = None
    entities: Names | None = None
    registered: Names | None = Field(None, description="Lists of registered people of whom something stands in it.")
    regimes: Names | None = None
    origins: Names | None = None
    undeclared_calls: Literal[True] | None = Field(None, description="A reply calls a tool that nobody declared.")
    foreign_addresses: Literal[True] | None = Field(None, description="A reply leads elsewhere with stand-ins.")
    targets: Names | None = None
    providers: Names | None = None
    third_party: bool | None = None
    outside: Names | None = Field(None, description="Country codes or EEA: the target processes in another place.")
    without: Names | None = Field(None, description="Attestations of which the target has none.")

    def stated(self) -> dict[str, Any]:
        """Return the conditions that are there, in the order of this form."""
        return {name: value for name, value in self if value is not None}


class Deny(_Form):
    """Refuse the target, or the whole request if no condition is about targets. With one about the reply: the reply."""

    message: _Text | None = None
    waivable: bool = False


class Pin(Deny):
    """Refuse every target but these."""

    to: Names


class RedactReply(_Form):
    """Remove values of these entity types from the reply."""

    entities: Names


class Transform(RedactReply):
    """Change values of these entity types before they are sent."""

    method: _Id | None = None


class Prefer(_Form):
    """Put these targets first, in this order."""

    targets: Names


class Retain(_Form):
    """Keep the record for at least so many days."""

    days: Annotated[int, Field(ge=1, le=36_600)]


class Cache(_Form):
    """Let the reply answer equal requests for so many seconds; 0 forbids it, whatever other rules permit."""

    seconds: Annotated[int, Field(ge=0, le=604_800)]
    special_categories: bool = Field(False, description="Requests about special categories, or with unread parts, too.")

    @model_validator(mode="after")
    def _forbids_or_permits(self) -> Cache:
        if self.special_categories and not self.seconds:
            raise ValueError("0 seconds forbid every reply; leave out special_categories")
        return self


class RuleSource(_Form):
    """What the rule rests on."""

    title: _Text
    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]


class HouseRule(_Form):
    """One rule; exactly one of its effects."""

    id: _Id
    title: Annotated[str, Field(pattern=r"^[^\n]+$", max_length=200)]
    description: _Text
    source: RuleSource
    when: Conditions = Conditions()
    unless: Conditions = Conditions()
    deny: Deny | None = None
    pin: Pin | None = None
    redact: Transform | None = None
    pseudonymize: Transform | None = None
    mask: Transform | None = None
    generalize: Transform | None = None
    redact_reply: RedactReply | None = None
    prefer: Prefer | None = None
    retain: Retain | None = None
    cache: Cache | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> HouseRule:
        stated = [name for name in _EFFECTS if getattr(self, name) is not None]
        if len(stated) != 1:
            raise ValueError(f"a rule has exactly one of {', '.join(_EFFECTS)}; this one has {len(stated)}")
        return self

    @model_validator(mode="after")
    def _stated_once(self) -> HouseRule:
        targets = self.when.targets or self.unless.targets
        if targets and (self.pin or self.prefer):
            raise ValueError("pin and prefer name their targets; leave out the condition 'targets'")
        if both := self.when.stated().keys() & self.unless.stated().keys():
            raise ValueError(f"{', '.join(sorted(both))}: a condition is in 'when' or in 'unless', not in both")
        return self

    @model_validator(mode="after")
    def _can_apply(self) -> HouseRule:
        effect, form = self.effect
        if self.of_reply and effect not in _ON_REPLY:
            raise ValueError(f"{effect} is done before there is a reply; leave out undeclared_calls, foreign_addresses")
        special = [self.when.special, self.when.health, self.unless.special is False, self.unless.health is False]
        special += [ORDINARY.isdisjoint(names) for names in (self.when.categories, self.when.labels) if names]
        if effect == "cache" and any(special) and form.seconds and not form.special_categories:
            raise ValueError("cache is for special categories alone here; add special_categories: true, or seconds: 0")
        return self

    @property
    def of_reply(self) -> bool:
        """Whether a condition is about the reply."""
        stated = self.when.stated().keys() | self.unless.stated().keys()
        return not stated.isdisjoint({"undeclared_calls", "foreign_addresses"})

    @property
    def effect(self) -> tuple[str, Any]:
        """The effect's name and form."""
        return next((name, form) for name in _EFFECTS if (form := getattr(self, name)) is not None)


class HouseRules(_Form):
    """A file of rules."""

    title: Annotated[str, Field(pattern=r"^[^\n]+$", max_length=200)]
    description: _Text = "Compiled from YAML."
    rules: Annotated[list[HouseRule], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _distinct(self) -> HouseRules:
        ids = [rule.id for rule in self.rules]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"two rules have the id {', '.join(repeated)}")
        return self
