"""What each reason code of the contract is about, and what it says to the caller of a refused request. Pure data."""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import NamedTuple


class About(enum.Enum):
    """The part of a request, or of what surrounds it, for which a code refuses it."""

    SPECIAL = "special categories of personal data"
    HEALTH = "health data"
    CRIME = "data on criminal offences"
    PERSONAL = "personal data"
    MINOR = "a minor"
    UNREAD = "texts that were not read"
    OPAQUE = "parts that are not read"
    STORAGE = "what the provider would store"
    OFFER = "what the target does not offer"
    ACTIVITY = "the activity"
    CONSENT = "a withdrawn consent"
    RESTRICTION = "a restriction or objection"
    CALLER = "who asks"
    SETUP = "how this proxy is set up"
    ANYTHING = "anything"


class Matter(NamedTuple):
    """What a code is about, and its sentence without the full stop."""

    about: About
    says: str


_MATTERS: dict[str, tuple[About, str]] = {
    "ACTOR_ACCESS_TRANSFER": (About.CALLER, "personal data may not be read from the caller's country"),
    "ADEQUACY_EXPIRED": (About.PERSONAL, "the adequacy decision for the target's country has expired"),
    "ADEQUACY_NOT_IN_FORCE": (About.PERSONAL, "the adequacy decision for the target's country is not yet in force"),
    "ADEQUACY_REVOKED": (About.PERSONAL, "the adequacy decision for the target's country was revoked"),
    "ADEQUACY_SCOPE": (About.PERSONAL, "the adequacy decision for the target's country does not cover its provider"),
    "AI_ACT_PROHIBITED": (About.ACTIVITY, "the activity is a prohibited AI practice, whatever a request holds"),
    "ART49_NOT_SYSTEMATIC": (About.PERSONAL, "an exception for single transfers does not cover regular ones"),
    "BAA_SCOPE": (About.HEALTH, "the business associate agreement does not cover this operation"),
    "CACHE_SCOPE": (About.SETUP, "the stored reply belongs to another tenant or region, or holds personal data"),
    "CLASSIFIER_FAILED": (About.UNREAD, "reading failed, and what was not read goes to no third party"),
    "CLASSIFIER_PARTIAL": (About.UNREAD, "not everything could be read, and what was not read goes to no third party"),
    "CONSENT_WITHDRAWN": (About.CONSENT, "the person has withdrawn consent"),
    "CRIMINAL_LOCAL_ONLY": (About.CRIME, "data on criminal offences goes to no third party"),
    "DOJ_BULK_DATA": (About.PERSONAL, "it would be bulk data of US persons for a country of concern"),
    "DPF_HR_NOT_COVERED": (About.PERSONAL, "the provider's DPF certification does not cover employees' data"),
    "DPF_LAPSED": (About.PERSONAL, "the provider's DPF certification has lapsed"),
    "FINE_TUNE_PERSONAL_DATA": (About.PERSONAL, "the activity does not allow training on personal data"),
    "LAW_UNKNOWN": (
        About.PERSONAL,
        "no law of a country that the data comes from is known, and nobody has reviewed it",
    ),
    "LOCALISATION": (About.PERSONAL, "the law of the people concerned keeps their data in their country"),
    "MINOR_LOCAL_ONLY": (About.MINOR, "data of a minor goes to no third party under this activity"),
    "NO_ART10_AUTHORITY": (About.CRIME, "the activity has no authority for data on criminal offences"),
    "NO_ART9_CONDITION": (About.SPECIAL, "the activity has no condition for special categories of personal data"),
    "NO_BAA": (About.HEALTH, "there is no business associate agreement with the provider"),
    "NO_COMPLIANT_TARGET": (About.ANYTHING, "no target may receive this request"),
    "NO_DPA": (About.PERSONAL, "there is no data processing agreement with the provider"),
    "NO_DUA": (About.HEALTH, "there is no data use agreement with the provider for this activity"),
    "NO_LEGAL_BASIS": (About.PERSONAL, "the activity has no legal basis for personal data"),
    "OBLIGATION_UNSUPPORTED": (About.SETUP, "policy requires what cannot be done for this request"),
    "OPAQUE_CONTENT": (About.OPAQUE, "what cannot be read goes to no third party"),
    "OPERATION_UNSUPPORTED": (About.OFFER, "the target does not offer all that the request asks for"),
    "PART2_NO_CONSENT": (About.HEALTH, "records of treatment for substance use need the patient's consent"),
    "PHI_OFFSHORE": (About.HEALTH, "health data stays in the United States"),
    "POLICY_UNAVAILABLE": (About.SETUP, "policy gave no usable answer"),
    "PSYCHOTHERAPY_NOTES": (About.HEALTH, "psychotherapy notes go to no third party"),
    "PURPOSE_MISSING": (About.ACTIVITY, "the activity is not in the record of processing, or has no purpose there"),
    "QC_PIA_MISSING": (About.PERSONAL, "there is no privacy impact assessment for data of people in Quebec"),
    "REGION_INDETERMINATE": (About.PERSONAL, "it is not known where the target processes data"),
    "REGISTRY_STALE": (About.SETUP, "the evidence in the registry is out of date"),
    "RESIDENCY_VIOLATION": (About.PERSONAL, "the data may not leave its region"),
    "RESIDUAL_PII": (
        About.PERSONAL,
        "a value replaced in one text also stands where it cannot be: in a key, an identifier or a word of another",
    ),
    "SGBV_393": (About.HEALTH, "statutory health data needs a certified cloud in an adequate country"),
    "SPECIAL_CATEGORY_LOCAL_ONLY": (About.SPECIAL, "special categories of personal data go to no third party here"),
    "STATEFUL_STORAGE": (About.STORAGE, "the provider would store the request, which the activity does not allow"),
    "SUBJECT_REGION_UNKNOWN": (About.PERSONAL, "it is not known where the people concerned live"),
    "SUBJECT_RESTRICTED": (About.RESTRICTION, "the person has objected, or processing is restricted"),
    "TARGET_UNREGISTERED": (About.SETUP, "the target is not in the registry"),
    "TENANT_UNKNOWN": (About.SETUP, "the tenant is not in the registry"),
    "TIA_EXPIRED": (About.PERSONAL, "the transfer impact assessment has expired"),
    "TIA_MISSING": (About.PERSONAL, "there is no transfer impact assessment"),
    "TRAINING_USE": (About.PERSONAL, "the provider may train on what it receives"),
    "TRANSFER_NO_BASIS": (About.PERSONAL, "nothing on record allows the transfer to the target's country"),
}
#: Policy's code where no candidate is both permitted and available; the denials of each say why.
SUMMARY = "NO_COMPLIANT_TARGET"
#: Reason code -> what it is about and says.
MATTERS = MappingProxyType({code: Matter(*row) for code, row in _MATTERS.items()})
#: A code of the organisation's own rules: their author says the rest.
OTHER = Matter(About.ANYTHING, "")
#: Denials that no other activity lifts: whoever names one to get around them breaks the law.
FINAL = frozenset({"AI_ACT_PROHIBITED", "CONSENT_WITHDRAWN", "SUBJECT_RESTRICTED"})


def matter(code: str) -> Matter:
    """Return what a code is about."""
    return MATTERS.get(code, OTHER)
