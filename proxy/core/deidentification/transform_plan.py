"""Which operator the transform obligations demand for each entity type: the strictest rule of each. Holds no text."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.core.deidentification.installed import Make, UnknownOperatorError, installed
from proxy.core.deidentification.operators import (
    METHODS,
    NATURAL,
    OPERATORS,
    RANDOM,
    Operator,
    mask,
    realistic,
    redact,
)
from proxy.core.deidentification.profiles import LEAST_STRICT, Profile, profile
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import PUBLIC, Finding
from proxy.core.obligations import TRANSFORMS
from proxy.core.records import Obligation

_RESTORABLE = frozenset({redact, mask})
_SPREAD_LEAST = 4
_SHORT_KINDS = frozenset({"sad", "secret"})  # spread from three characters on
#: Characters of the shortest value that is searched for elsewhere.
SHORT_LEAST = 3


@dataclass(frozen=True, slots=True)
class TransformTerms:
    """What a transform needs besides the obligations: the current year, randomness, the deployment's operators."""

    year: int = 0  # 0 = unknown: no birth year stays
    entropy: Callable[[int], bytes] = secrets.token_bytes
    operators: Mapping[str, Make] = field(default_factory=dict)  # the deployment's own, by name


@dataclass(frozen=True, slots=True)
class TransformRule:
    """What one obligation says of the entity types that it covers."""

    rank: int
    name: str
    obligation: str
    operator: Operator
    profile: Profile | None = None
    restores: bool = False  # restored in the reply to the same exchange
    public: bool = False  # includes public figures
    custom: bool = False  # the operator is one of the deployment's own
    random: bool = False  # its pseudonyms are new each time


def _order(rule: TransformRule) -> tuple[int, bool, bool, bool]:
    """Sort key: the strictest first, then tokens, then one that does not restore, or includes public figures."""
    return rule.rank, rule.operator in NATURAL, rule.restores, not rule.public


class TransformPlan:
    """The operator for each entity type. Holds no text, so every request with the same obligations shares it."""

    __slots__ = ("_kinds", "_named", "_resolved", "_wide", "covered", "natural", "profiles", "realistic", "signature")

    def __init__(self, obligations: Iterable[Obligation], kinds: Mapping[str, str], terms: TransformTerms) -> None:
        transforms = [obligation for obligation in obligations if obligation.type in TRANSFORMS]
        inputs = (sorted(kinds.items()), terms.year, transforms)
        #: Digest of the plan's inputs: plans with equal signatures are equal.
        self.signature = hashlib.blake2b(repr(inputs).encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._kinds = kinds
        self._named: dict[str, TransformRule] = {}
        self._wide: list[TransformRule] = []
        self._resolved: dict[str, TransformRule | None] = {}
        self.profiles: list[Profile] = []
        self.realistic = False  # whether an obligation asks for realistic names
        self.natural = False  # whether one asks for stand-ins that look like values: they are made anew each time
        for obligation in transforms:
            chosen = None
            if obligation.type == "deidentify":
                chosen = profile(obligation.profile, terms.year)
                self.profiles.append(chosen)
            self._add(obligation, chosen, installed(obligation.params, terms.operators))
        types = {*kinds, *self._named}
        self.covered = frozenset(name for name in types if self._removes(name))

    @property
    def random(self) -> bool:
        """Whether an obligation asks for random pseudonyms."""
        return any(rule.random for rule in (*self._wide, *self._named.values()))

    def minters(self, minter: Minter, entropy: Callable[[int], bytes]) -> tuple[Minter, Minter]:
        """Return the exchange's minter, and the minter for random pseudonyms, if an obligation asks for them."""
        return minter, Minter(entropy(32), entropy) if self.random else minter

    def _add(self, obligation: Obligation, chosen: Profile | None, operator_of_deployment: Operator | None) -> None:
        if chosen is not None and operator_of_deployment is not None:
            raise UnknownOperatorError(None)  # a profile defines the operator of each type
        operator = operator_of_deployment or (
            METHODS[obligation.method] if obligation.method else OPERATORS.get(obligation.type, redact)
        )
        self.realistic |= operator is realistic
        self.natural |= operator in NATURAL
        random = chosen.random if chosen is not None else operator_of_deployment is None and obligation.method == RANDOM
        rank = TRANSFORMS.index(obligation.type)
        restores = operator in _RESTORABLE and obligation.params.get("restore") == "exchange"
        public = obligation.params.get("public_figures") == "included"
        rule = TransformRule(
            rank,
            obligation.type,
            obligation.id,
            operator,
            chosen,
            restores,
            public,
            operator_of_deployment is not None,
            random,
        )
        if chosen is not None or not obligation.entities:
            self._wide.append(rule)
            return
        for entity_type in obligation.entities:
            other = self._named.get(entity_type)
            if other is None or _order(rule) < _order(other):
                self._named[entity_type] = rule

    def _removes(self, entity_type: str) -> bool:
        rule = self.rule(entity_type)
        return rule is not None and (rule.profile is None or rule.profile.removes(entity_type, self.kind(entity_type)))

    def kind(self, entity_type: str) -> str:
        return self._kinds.get(entity_type, "")

    def rule(self, entity_type: str) -> TransformRule | None:
        """Return the strictest rule for the type, None if no obligation covers it."""
        if entity_type not in self._resolved:
            rules = [rule for rule in self._wide if self._widely(rule, entity_type)]
            if entity_type in self._named:
                rules.append(self._named[entity_type])
            self._resolved[entity_type] = min(rules, key=_order) if rules else None
        return self._resolved[entity_type]

    def _widely(self, rule: TransformRule, entity_type: str) -> bool:
        return rule.profile is not None or self.kind(entity_type) != "attr"

    def restores(self, rule: TransformRule, entity_type: str) -> bool:
        """Whether the value is restored in the reply; card authentication data never is (PCI DSS 3.3.1)."""
        return rule.restores and self.kind(entity_type) != "sad"

    def operator(self, rule: TransformRule, entity_type: str) -> Operator:
        """Return the rule's operator for the type: its own, or that of its profile."""
        if rule.profile is None:
            return rule.operator
        return rule.profile.operator(entity_type, self.kind(entity_type))

    def lasting_operator(self, entity_type: str) -> Operator | None:
        """Return the operator of a type if it makes the same of a value in every request of a domain, else None."""
        rule = self.rule(entity_type)
        if rule is None or rule.custom or self.random or self.restores(rule, entity_type):
            return None
        operator = self.operator(rule, entity_type)
        return None if operator in NATURAL else operator

    def spreads(self, entity_type: str, value: str) -> bool:
        """Whether a removed value is long enough to be searched for elsewhere."""
        least = SHORT_LEAST if self.kind(entity_type) in _SHORT_KINDS else _SPREAD_LEAST
        return len(value.strip()) >= least

    def reaches(self, finding: Finding) -> bool:
        """Whether a finding has to be replaced."""
        rule = self.rule(finding.entity_type)
        return rule is not None and (rule.public or finding.subject_role != PUBLIC)

    def rank(self, finding: Finding) -> int:
        """Return the strictness of what replaces a finding: lower is stricter."""
        rule = self.rule(finding.entity_type)
        if rule is None:
            return LEAST_STRICT * len(TRANSFORMS)
        if rule.profile is None:
            return LEAST_STRICT * rule.rank
        return LEAST_STRICT * rule.rank + rule.profile.strictness(finding.entity_type, self.kind(finding.entity_type))
