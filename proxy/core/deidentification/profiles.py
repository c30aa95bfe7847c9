"""De-identification profiles: the operator of each entity type under one law's list.

``hipaa_safe_harbor``: 45 CFR 164.514(b)(2)(i), identifiers A to R. ``hipaa_limited_data_set``: 164.514(e)(2), the
direct identifiers; dates, city, state, ZIP and ages stay. ``pci`` (also ``pci_mask``): PCI DSS 3.3.1 and 3.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from proxy.core import geography
from proxy.core.deidentification.notices import notice_safe_harbor
from proxy.core.deidentification.operators import Operator, label, mask, pseudonymize, redact
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.entities import ENTITIES, looked_up
from proxy.core.findings import Finding

#: ``strictness`` of a type whose values stay.
LEAST_STRICT = 9
_OLDEST_SHOWN = 89
#: Lower bound of the present year; a year further back than the oldest permitted age is taken for a birth year.
_YEAR_AT_LEAST = 2026
_YEAR = re.compile(r"(?<!\d)(?:1[89]|2[01])\d\d(?!\d)")
_DURATION = re.compile(
    r"(?:for|over|about|around|approximately|nearly|almost|the|past|last|next|every|each|\s)*+"
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|few|many|some)?"
    r"(?:\s*(?:to|-|\u2013)\s*\d+)?[\s-]*"
    r"(?:second|minute|hour|day|night|week|month|year|decade|yr|hr|min)s?(?:[\s-]old)?",
    re.IGNORECASE,
)
_STATE_ZIP = re.compile(rf"\b(?:(?P<state>{geography.STATE_PATTERN})\b[,\s]*)?(?P<zip>\d{{5}}(?:-\d{{4}})?)?\s*\Z")
_STATE_PLATE = re.compile(rf"(?P<state>(?:{'|'.join(sorted(geography.STATE_CODES))})[ :])(?=[0-9A-Z -]*[0-9])")


def keep(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Leave the value."""
    return value


def _coarse_place(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    return geography.coarse(value) or label(entity_type)


def _zip(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    return geography.zip3(value) or label(entity_type)


def _address(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Keep the permitted end of an address: the state and the first three digits of the ZIP code."""
    match = _STATE_ZIP.search(value)
    parts = [label(entity_type)]
    if match and match["state"]:
        parts.append(match["state"])
    if match and match["zip"]:
        parts.append(geography.zip3(match["zip"]))
    return ", ".join(parts)


def _vehicle(entity_type: str, value: str, minter: Minter) -> str:
    """Keep the state before a licence plate: the smallest permitted area."""
    state = _STATE_PLATE.match(value)
    if state is None:
        return pseudonymize(entity_type, value, minter)
    return state["state"] + pseudonymize(entity_type, value[state.end("state") :], minter)


def _age(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
    """Collapse ages over 89 into one category, keep the others."""
    capped = re.sub(r"\d+", lambda m: "90+" if int(m.group()) > _OLDEST_SHOWN else m.group(), value)
    if capped == value and not any(map(str.isdecimal, value)):
        return "90+"
    return capped


def _dates(year: int) -> Operator:
    oldest = max(year, _YEAR_AT_LEAST) - _OLDEST_SHOWN

    def date(entity_type: str, value: str, minter: Minter) -> str:
        if _DURATION.fullmatch(value.strip()):
            return _age(entity_type, value, minter) if any(map(str.isdecimal, value)) else value
        years = dict.fromkeys(year for year in _YEAR.findall(value) if int(year) >= oldest)
        return "-".join(years) or label(entity_type)

    return date


def _births(year: int) -> Operator:
    def birth(entity_type: str, value: str, minter: Minter) -> str:  # noqa: ARG001
        """Keep the birth year only if the present year is known and the age cannot be over 89."""
        match = _YEAR.search(value)
        if match is None or not year or year - int(match.group()) > _OLDEST_SHOWN:
            return label(entity_type)
        return match.group()

    return birth


def _nothing(text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:  # noqa: ARG001
    return ()


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. ``random``: surrogates are random; ``notice``: finds what the text around findings reveals."""

    name: str
    rules: Mapping[str, Operator]
    otherwise: Mapping[str, Operator]  # by kind, for types without a rule; "" = any other kind
    random: bool = False
    notice: Callable[[str, Sequence[Finding]], tuple[Finding, ...]] = _nothing

    def operator(self, entity_type: str, kind: str) -> Operator:
        """Return the operator for values of this type."""
        return self.rules.get(entity_type) or self.otherwise.get(kind) or self.otherwise[""]

    def removes(self, entity_type: str, kind: str) -> bool:
        """Whether values of this type may be changed at all."""
        return self.operator(entity_type, kind) is not keep

    def strictness(self, entity_type: str, kind: str) -> int:
        """Return the rank of the operator, 0 = strictest: decides between overlapping findings."""
        operator = self.operator(entity_type, kind)
        if operator is redact:
            return 0
        if operator in {pseudonymize, mask, _vehicle}:
            return 1
        if entity_type in _COMPOSED:
            return 2
        return LEAST_STRICT if operator is keep else 3


def profile(name: str, year: int = 0) -> Profile:
    """Return a profile by name; ``year`` is the present year, 0 if unknown.

    Raises:
        ValueError: there is no such profile.

    """
    make = _PROFILES.get(name)
    if make is None:
        raise ValueError("unknown de-identification profile")
    return make(year)


def _addresses(_year: int) -> Operator:
    return _address


_IN_PART: Final = (_addresses, _births)
#: Operators by their name in ``entities.toml``, given the present year.
_OPERATORS: Final[Mapping[str, Callable[[int], Operator]]] = {
    "keep": lambda _year: keep,
    "redact": lambda _year: redact,
    "pseudonymize": lambda _year: pseudonymize,
    "mask": lambda _year: mask,
    "state": lambda _year: _coarse_place,
    "zip3": lambda _year: _zip,
    "state_and_zip3": _addresses,
    "plate": lambda _year: _vehicle,
    "capped_age": lambda _year: _age,
    "year": _dates,
    "birth_year": _births,
}


def _rules(name: str) -> Mapping[str, Callable[[int], Operator]]:
    return {
        entity_type: looked_up(entity, f"profiles.{name}", entity.profiles[name], _OPERATORS)
        for entity_type, entity in ENTITIES.items()
        if name in entity.profiles
    }


_NAMES: Final = ("hipaa_safe_harbor", "hipaa_limited_data_set", "pci")
for _entity in ENTITIES.values():
    for _name in _entity.profiles:
        looked_up(_entity, "profiles", _name, dict.fromkeys(_NAMES))
_RULES: Final = {name: _rules(name) for name in _NAMES}
#: Types of which Safe Harbor keeps a part: stricter than those that it generalises as a whole.
_COMPOSED: Final = frozenset(name for name, make in _RULES["hipaa_safe_harbor"].items() if make in _IN_PART)


def _ruled(name: str, year: int) -> dict[str, Operator]:
    return {entity_type: make(year) for entity_type, make in _RULES[name].items()}


def _safe_harbor(year: int) -> Profile:
    rules = _ruled("hipaa_safe_harbor", year)
    return Profile("hipaa_safe_harbor", rules, {"attr": keep, "": redact}, random=True, notice=notice_safe_harbor)


def _limited_data_set(year: int) -> Profile:
    rules = _ruled("hipaa_limited_data_set", year)
    return Profile("hipaa_limited_data_set", rules, {"attr": keep, "quasi": keep, "": redact}, random=True)


def _pci(year: int) -> Profile:
    return Profile("pci", _ruled("pci", year), {"pan": mask, "sad": redact, "": keep})


_PROFILES: Mapping[str, Callable[[int], Profile]] = {
    "hipaa_safe_harbor": _safe_harbor,
    "hipaa_limited_data_set": _limited_data_set,
    "pci": _pci,
    "pci_mask": _pci,
}
PROFILES = tuple(_PROFILES)
