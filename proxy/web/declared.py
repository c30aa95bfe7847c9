"""Facts that a request declares in headers. They only add protection, except for what key and activity leave open."""

from __future__ import annotations

import difflib
import re
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
        MalformedRequestError: a header is unknown or invalid, or repeated: which of two counts would be a guess.
        ForbiddenFactError: the key may not use this activity, declare this region or ask for a dry run.

    """
    names = [name.lower() for name, _ in headers.items() if name[: len(PREFIX)].lower() == PREFIX]
    if len(names) != len(set(names)):
        raise MalformedRequestError(f"the header {_repeated(names)} is repeated: it has one value")
    if not NAMES.issuperset(names):
        raise MalformedRequestError(_unknown(next(name for name in names if name not in NAMES)))
    activity = headers.get(PREFIX + "activity") or principal.default_activity
    if _ANY not in principal.activities and activity not in principal.activities:
        raise ForbiddenFactError("the activity in x-compliance-activity is not one this key may use")
    dry_run = dry_run or _choice(headers, "dry-run") == "yes"
    if dry_run and ROLE not in principal.roles:
        raise ForbiddenFactError(f"this key may not ask for dry runs: it needs the role {ROLE}")
    _choice(headers, "receipt")
    if not names:
        return replace(undeclared(principal), dry_run=True) if dry_run else undeclared(principal)
    return DeclaredFacts(
        activity=_value(headers, "activity", _NAME) or principal.default_activity,
        subject_regions=_regions(headers, principal),
        minor=_minor(headers, principal),
        restricted=_choice(headers, "restricted") == "yes",
        consent_withdrawn=_choice(headers, "consent") == "withdrawn",
        consent_ref=_value(headers, "consent-ref", _NAME),
        labels=_labels(headers),
        surrogates=_choice(headers, "surrogates"),
        conversation=_value(headers, "conversation", _NAME),
        break_glass=_value(headers, "break-glass", _GRANT),
        target_credential=_value(headers, "target-credential", _CREDENTIAL),
        dry_run=dry_run,
    )


def _unknown(name: str) -> str:
    """Name a header that is none of ours, where its name cannot be anything else, and the nearest that is."""
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)[0]
    shown = name if _HEADER.fullmatch(name) else f"{PREFIX}..."
    return f"there is no header {shown}; the nearest is {near}"


def _repeated(names: Sequence[str]) -> str:
    """Name the first header that is there twice, where its name cannot be anything else."""
    name = next(name for number, name in enumerate(names) if name in names[:number])
    return name if name in NAMES else f"{PREFIX}..."


def _value(headers: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = headers.get(PREFIX + name, "").strip()
    if value and not shape.fullmatch(value):
        raise MalformedRequestError(f"the header {PREFIX}{name} is not valid")
    return value


def _many(headers: Mapping[str, str], name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
    value = headers.get(PREFIX + name)
    if not value:
        return ()
    values = sorted({item.strip() for item in value.split(",") if item.strip()})
    if len(values) > _MOST_VALUES or not all(shape.fullmatch(item) for item in values):
        raise MalformedRequestError(f"the header {PREFIX}{name} is not a list of valid values")
    return tuple(values)


def _regions(headers: Mapping[str, str], principal: Principal) -> tuple[str, ...]:
    codes = _many(headers, "subject-regions", _REGION)
    if not all(regions.exists(code) for code in codes):
        raise MalformedRequestError(f"the header {PREFIX}subject-regions names a region that ISO 3166 does not assign")
    if not all(regions.covered(code, principal.declarable_regions) for code in codes):
        raise ForbiddenFactError(f"a region in {PREFIX}subject-regions is not one this key may declare")
    return codes


def _minor(headers: Mapping[str, str], principal: Principal) -> str:
    value = _choice(headers, "minor")
    return "unknown" if value == "no" and not principal.may_declare_adult else value


def _labels(headers: Mapping[str, str]) -> tuple[str, ...]:
    labels = _many(headers, "labels", _NAME)
    unknown = [label for label in labels if label not in CATEGORIES]
    if unknown:
        raise MalformedRequestError(f"the header {PREFIX}labels names an unknown category")
    return labels


def _choice(headers: Mapping[str, str], name: str) -> str:
    choices = CHOICES[name]
    value = headers.get(PREFIX + name, "").strip().lower() or choices[0]
    if value not in choices:
        raise MalformedRequestError(f"the header {PREFIX}{name} must be one of {', '.join(filter(None, choices))}")
    return value


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
