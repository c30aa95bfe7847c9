"""Facts that a request declares in headers. They only add protection, except for what key and activity leave open."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.core.explanation import ROLE
from proxy.core.obligations import SURROGATES
from proxy.core.records import DeclaredFacts, Principal
from proxy.core.targets import regions
from proxy.errors import ForbiddenFactError, MalformedRequestError

PREFIX = "x-compliance-"
#: Name after the prefix -> meaning.
HEADERS = {
    "activity": "the activity (purpose) of this request; one the key may use",
    "subject-regions": "ISO 3166 codes of the data subjects' regions that the key may declare; commas",
    "subject": "the caller's own reference of the data subject; stored only as a keyed HMAC",
    "minor": "yes, no or unknown; no counts as unknown unless the key may declare adults",
    "restricted": "yes: the subject restricted or objected (GDPR Art. 18, 21)",
    "consent": "withdrawn: consent was withdrawn (GDPR Art. 7(3))",
    "consent-ref": "the caller's reference of the consent, for the record; a name",
    "labels": "data categories known to the caller, comma separated",
    "surrogates": "what removed values become: tokens, date_shift (tokens, and dates that moved) or realistic (names "
    "and numbers that look real, and dates that moved); the strictest of header, activity and obligations holds",
    "conversation": "conversation id: pseudonyms link within it and nowhere else",
    "break-glass": "the id of an approved break-glass grant; needs the role break-glass",
    "target-credential": "the caller's own credential, for targets declared to accept one; never stored. A bearer "
    "token beside a key of this proxy counts as one",
    "key": "a key of this proxy, where `Authorization` holds the caller's own token for the target",
    "receipt": "yes: the receipt of the exchange is recorded when it ends, to be taken from "
    "`/v1/compliance/receipts/` some seconds later",
    "dry-run": "yes: everything but sending, answered by an explanation; needs the role dry-run",
}
#: What a header may say that has few values; the first stands for a header that is not there.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "minor": ("unknown", "yes", "no"),
    "restricted": ("no", "yes"),
    "consent": ("none", "given", "withdrawn"),
    "surrogates": ("", *SURROGATES),
    "receipt": ("no", "yes"),
    "dry-run": ("no", "yes"),
}
NAMES = frozenset(PREFIX + name for name in HEADERS)
#: The header that holds nothing but a key of this proxy (``credentials``).
KEY = PREFIX + "key"
CATEGORIES = frozenset(
    """
    personal national_id financial health genetic biometric racial_ethnic political religious trade_union
    sex_orientation criminal location_precise pan sad credentials public
    """.split()
)
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_NAME = re.compile(r"[\w.:/-]{1,128}", re.ASCII)
_MOST_VALUES = 64
_MOST_NAMED = 8  # unknown headers that a refusal names
_CREDENTIAL = re.compile(r"[\x21-\x7e]{1,8192}")
_HEADER = re.compile(r"[a-z-]{1,40}")
_GRANT = re.compile(r"bg_[a-z0-9]{12}")
_LONGEST_SUBJECT = 512
_ANY = "*"


def undeclared(principal: Principal) -> DeclaredFacts:
    """Return the facts of a request that declares nothing: the key's default activity."""
    return DeclaredFacts(activity=principal.default_activity)


def declared(headers: Mapping[str, str], principal: Principal, *, dry_run: bool = False) -> DeclaredFacts:
    """Read the headers, all but the data subject. ``dry_run``: the path already asks for a dry run.

    Raises:
        MalformedRequestError: headers are unknown or invalid, or repeated: which of two counts would be a guess.
        ForbiddenFactError: the key may not use this activity, declare this region or ask for a dry run.

    """
    names = [name.lower() for name, _ in headers.items() if name[: len(PREFIX)].lower() == PREFIX]
    facts = _read(names, headers, principal) if names else undeclared(principal)
    facts = replace(facts, dry_run=facts.dry_run or dry_run)
    if forbidden := _forbidden(facts, principal):
        raise ForbiddenFactError("; ".join(forbidden))
    return facts


def _forbidden(facts: DeclaredFacts, principal: Principal) -> list[str]:
    """Say what the key may not declare, and what it may: the key's own entry, which its holder may know."""
    faults = []
    if _ANY not in principal.activities and facts.activity not in principal.activities:
        activities = ", ".join(sorted(principal.activities)) or "none"
        faults.append(f"the activity in {PREFIX}activity is not one this key may use: its activities are {activities}")
    if facts.dry_run and ROLE not in principal.roles:
        faults.append(f"this key may not ask for dry runs: it needs the role {ROLE}")
    if not all(regions.covered(code, principal.declarable_regions) for code in facts.subject_regions):
        may = ", ".join(principal.declarable_regions) or "none"
        faults.append(f"a region in {PREFIX}subject-regions is not one this key may declare: it may declare {may}")
    return faults


def _read(names: Sequence[str], headers: Mapping[str, str], principal: Principal) -> DeclaredFacts:
    """Return what headers declare, whoever may declare it; all that is wrong with them is said at once."""
    reader = _Reader(headers)
    reader.faults += [f"the header {name} is repeated: it has one value" for name in _repeated(names)]
    reader.faults += _unknown(names)
    minor = reader.choice("minor")
    reader.choice("receipt")
    facts = DeclaredFacts(
        activity=reader.value("activity", _NAME) or principal.default_activity,
        subject_regions=reader.values("subject-regions", _REGION),
        minor="unknown" if minor == "no" and not principal.may_declare_adult else minor,
        restricted=reader.choice("restricted") == "yes",
        consent_withdrawn=reader.choice("consent") == "withdrawn",
        consent_ref=reader.value("consent-ref", _NAME),
        labels=reader.values("labels", _NAME),
        surrogates=reader.choice("surrogates"),
        conversation=reader.value("conversation", _NAME),
        break_glass=reader.value("break-glass", _GRANT),
        target_credential=reader.value("target-credential", _CREDENTIAL),
        dry_run=reader.choice("dry-run") == "yes",
    )
    if not all(map(regions.exists, facts.subject_regions)):
        reader.faults.append(f"the header {PREFIX}subject-regions names a region that ISO 3166 does not assign")
    if not CATEGORIES.issuperset(facts.labels):
        categories = ", ".join(sorted(CATEGORIES))
        reader.faults.append(f"the header {PREFIX}labels names an unknown category: there are {categories}")
    if reader.faults:
        raise MalformedRequestError("; ".join(reader.faults))
    return facts


def _unknown(names: Sequence[str]) -> list[str]:
    """Name headers that are none of ours, where they cannot be anything else, and the one that is near, or all."""
    faults = []
    for name in [name for name in dict.fromkeys(names) if name not in NAMES][:_MOST_NAMED]:
        near = difflib.get_close_matches(name.removeprefix(PREFIX), HEADERS, n=1)
        meant = f"did you mean {PREFIX}{near[0]}?" if near else f"after {PREFIX} there are {', '.join(HEADERS)}"
        shown = name if _HEADER.fullmatch(name) else f"{PREFIX}..."
        faults.append(f"the header {shown} is unknown: {meant}")
    return faults


def _repeated(names: Sequence[str]) -> list[str]:
    """Name the headers that are there twice, where their names cannot be anything else."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    return list(dict.fromkeys(name if name in NAMES else f"{PREFIX}..." for name in repeated))


class _Reader:
    """Reads values of headers, and collects what is wrong with them, without quoting it."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.faults: list[str] = []

    def value(self, name: str, shape: re.Pattern[str]) -> str:
        value = self._headers.get(PREFIX + name, "").strip()
        if value and not shape.fullmatch(value):
            self.faults.append(f"the header {PREFIX}{name} is not valid")
            return ""
        return value

    def values(self, name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
        items = {item.strip() for item in self._headers.get(PREFIX + name, "").split(",") if item.strip()}
        if len(items) > _MOST_VALUES or not all(map(shape.fullmatch, items)):
            self.faults.append(f"the header {PREFIX}{name} is not a list of valid values")
            return ()
        return tuple(sorted(items))

    def choice(self, name: str) -> str:
        choices = CHOICES[name]
        value = self._headers.get(PREFIX + name, "").strip().lower() or choices[0]
        if value in choices:
            return value
        self.faults.append(f"the header {PREFIX}{name} must be one of {', '.join(filter(None, choices))}")
        return choices[0]


def asks_for_receipt(headers: Mapping[str, str]) -> bool:
    """Whether a request asks for the receipt of its exchange."""
    return headers.get(PREFIX + "receipt", "").strip().lower() == "yes"


def named_subject(headers: Mapping[str, str]) -> str:
    """Return the caller's own reference of the data subject, "" without one; it must not be stored.

    Raises:
        MalformedRequestError: it is too long, or not UTF-8.

    """
    reference = headers.get(PREFIX + "subject", "").strip()
    if len(reference) > _LONGEST_SUBJECT:
        raise MalformedRequestError(f"the header {PREFIX}subject is too long")
    if not _encodable(reference):
        raise MalformedRequestError(f"the header {PREFIX}subject is not UTF-8")
    return reference


def _encodable(text: str) -> bool:
    """Whether the header's bytes were UTF-8: others arrive as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
