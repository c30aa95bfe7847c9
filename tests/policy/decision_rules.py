"""Cases written from the decision rules alone, clause by clause, without a look at the Rego.

A case is a name, changes to an ordinary request (a name and an e-mail address of a German customer of ``acme-eu``),
changes to the data document, and what must come out: exact denials per target, exact ``block_codes``, and whatever else
the clause says.
"""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]

US, EU, IN_SCC, LOCAL = "us-alpha/us", "us-alpha/eu", "in-eta/in", "local/eu"
NONE = "NO_COMPLIANT_TARGET"
PEOPLE = {"PERSON": "personal", "EMAIL_ADDRESS": "personal"}
ALL_OBLIGATIONS = [
    "pseudonymize", "redact", "mask", "generalize", "deidentify", "residual_scan", "response_scan", "reidentify_response",
    "stream_guard", "no_store", "record_transfer", "redisclosure_notice", "account_disclosure", "notify", "post_review", "log", "retain",
    "human_oversight",
]  # fmt: skip


def entities(*types: str, score: float = 0.9) -> list[dict[str, Any]]:
    return [{"type": name, "count": 1, "max_confidence": score} for name in types]


def to(*targets: str, down: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"candidates": [{"target": t, "rank": n, "available": t not in down} for n, t in enumerate(targets)]}


def found(*types: str, categories: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"classification": {"entities": entities(*types), "categories": list(categories), **more}}


def who(tenant: str, activity: str = "support-chat", *regions: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"tenant": {"id": tenant}, "activity": {"id": activity}}
    if regions:
        asked["data_subjects"] = {"regions": [{"code": code, "source": "declared"} for code in regions]}
    return asked


def case(name: str, *changes: dict[str, Any], data: dict[str, Any] | None = None, **expect: Any) -> Case:
    asked: dict[str, Any] = {}
    for change in changes:
        asked = merged(asked, change)
    return {"name": name, "input": asked, "data": data or {}, "expect": expect}


def merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return new


def document(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the input document of a case."""
    base = {
        "schema_version": "1", "request_id": "rule", "time": "2026-11-24T10:00:00Z", "phase": "request",
        "tenant": {"id": "acme-eu"}, "actor": {"type": "service", "id": "svc"}, "activity": {"id": "support-chat"},
        "data_subjects": {
            "regions": [{"code": "DE", "source": "declared"}], "region_status": "known", "minor": "no",
            "restricted": False,
        },
        "operation": {"name": "chat", "stream": False, "stateful": False},
        "classification": {
            "status": "complete", "entities": entities("PERSON", "EMAIL_ADDRESS"), "categories": ["personal"], "labels": [],
            "opaque_parts": [], "residual_entities": 0,
        },
        "ingress": {"region": "DE"}, "candidates": [{"target": LOCAL, "rank": 0, "available": True}],
        "pep": {"obligations_supported": ALL_OBLIGATIONS},
    }  # fmt: skip
    result: dict[str, Any] = merged(base, changes)
    return result


PATIENT = who("mercy-us", "phi-operations", "US")
INFERRED = who("mercy-us", "support-chat", "US")
GRANT = {
    "ticket": "INC-1", "approver": "bob", "mfa": True, "role_ok": True, "expires_at": "2026-11-24T11:00:00Z",
}  # fmt: skip
EXCEPTION = {
    "id": "ex-1", "tenant": "acme-eu", "activity": "support-chat", "target": "us-tau/eu", "waives": ["STATEFUL_STORAGE"],
    "approved_by": ["a", "b"], "expires": "2026-12-31",
}  # fmt: skip
STATEFUL = {"operation": {"stateful": True}}
OPEN = {"activities": {"clinical-coding": {"allow_third_party_special": True}}}

CASES: tuple[Case, ...] = (
    # Gates
    case("a withdrawn consent", who("acme-eu", "newsletter-consent"), {"activity": {"consent": {"status": "withdrawn"}}},
         codes=["CONSENT_WITHDRAWN"], status=403),
    case("withdrawn, but the basis is a contract", {"activity": {"consent": {"status": "withdrawn"}}}, permitted=[LOCAL]),
    case("a restricted subject without personal data", found(), {"data_subjects": {"restricted": True}}, permitted=[LOCAL]),
    case("several gates are all reported", who("acme-eu", "marketing-nobasis"), found("PERSON", categories=("health", "criminal")),
         {"data_subjects": {"restricted": True}},
         codes=["NO_ART10_AUTHORITY", "NO_ART9_CONDITION", "NO_LEGAL_BASIS", "SUBJECT_RESTRICTED"], status=403),
    case("no purpose declared", {"activity": {"id": "nowhere"}}, codes=["NO_LEGAL_BASIS", "PURPOSE_MISSING"], status=400),
    case("no legal basis needed outside the four laws", who("shop-us", "marketing-nobasis", "US"), to("local/us"),
         permitted=["local/us"]),
    case("no legal basis in Brazil", who("sao", "marketing-nobasis", "BR"), codes=["NO_LEGAL_BASIS"]),
    case("special content in Switzerland needs no Art. 9", who("alpine-ch", "support-chat", "CH"), to("local/ch"),
         found("PERSON", categories=("health",)), permitted=["local/ch"]),
    case("special content, somebody read, something not", found("PERSON", categories=("health",), status="partial"),
         codes=["NO_ART9_CONDITION"]),
    case("unreadable, and nothing special in the rest", found("PERSON", status="partial"), permitted=[LOCAL]),
    case("a reader in India", {"actor": {"country": "IN"}}, codes=["ACTOR_ACCESS_TRANSFER"]),
    case("a reader in a fully adequate country", {"actor": {"country": "CH"}}, permitted=[LOCAL]),
    case("a reader in a country of private-sector scope", {"actor": {"country": "JP"}}, codes=["ACTOR_ACCESS_TRANSFER"]),
    case("a reader of the group", {"actor": {"country": "IN"}}, data={"tenants": {"acme-eu": {"intra_group": ["IN"], "instruments": [
        {"kind": "bcr", "status": "signed", "places": ["IN"]}]}}}, permitted=[LOCAL]),
    case("a reader of the group without corporate rules", {"actor": {"country": "IN"}},
         data={"tenants": {"acme-eu": {"intra_group": ["IN"]}}}, codes=["ACTOR_ACCESS_TRANSFER"]),
    case("fine tuning with personal data", {"operation": {"name": "fine_tune"}}, codes=["FINE_TUNE_PERSONAL_DATA"]),
    case("fine tuning without", found(), {"operation": {"name": "fine_tune"}}, permitted=[LOCAL]),
    case("a prohibited use without personal data", who("acme-eu", "emotion-monitoring"), found(), codes=["AI_ACT_PROHIBITED"]),
    # Derived facts
    case("a finding at the threshold counts", {"classification": {"entities": entities("PERSON", score=0.35), "categories": []}},
         to("us-gamma/us"), codes=[NONE, "ADEQUACY_SCOPE", "NO_DPA", "TRAINING_USE", "TRANSFER_NO_BASIS"]),
    case("a finding below it does not", {"classification": {"entities": entities("PERSON", score=0.34), "categories": []}},
         to("us-gamma/us"), permitted=["us-gamma/us"]),
    case("a label raises", found(labels=["personal"]), to("eu-omicron/eu"), codes=[NONE, "NO_DPA"]),
    case("a label public lowers nothing", found("PERSON", labels=["public"]), to("eu-omicron/eu"), codes=[NONE, "NO_DPA"]),
    case("one quasi identifier of a patient", PATIENT, found("HEALTH_CONDITION", "ZIP_CODE"), to("us-beta/us", US),
         permitted=[US], denied={"us-beta/us": ["NO_BAA"]}),
    case("an age of a patient", PATIENT, found("HEALTH_CONDITION", "AGE"), to("us-beta/us"), permitted=["us-beta/us"]),
    case("an age above 89 of a patient", PATIENT, found("HEALTH_CONDITION", "AGE"), {"ext": {"age_over_89": True}},
         to("us-beta/us"), codes=[NONE, "NO_BAA"]),
    case("undeclared context, one quasi identifier", INFERRED, found("HEALTH_CONDITION", "DATE"), to("us-beta/us"),
         permitted=["us-beta/us"]),
    case("undeclared context, two", INFERRED, found("HEALTH_CONDITION", "DATE", "LOCATION"), to("us-beta/us"),
         codes=[NONE, "NO_BAA"]),
    case("undeclared context, two, no health", INFERRED, found("URL", "DATE", "LOCATION"), to("us-beta/us"),
         permitted=["us-beta/us"]),
    case("no patient context at all", who("mercy-us", "employee-services", "US"), found("HEALTH_CONDITION", "DATE", "ZIP_CODE"),
         to("us-beta/us"), permitted=["us-beta/us"]),
    case("somebody singled out", who("acme-eu", "clinical-notes"), found("HEALTH_CONDITION", "AGE", "LOCATION"), to(EU, LOCAL),
         permitted=[LOCAL], denied={EU: ["SPECIAL_CATEGORY_LOCAL_ONLY"]}),
    case("nobody singled out by one", who("acme-eu", "clinical-notes"), found("HEALTH_CONDITION", "AGE"), to(EU, LOCAL),
         permitted=[EU, LOCAL]),
    # Denials per target
    case("unregistered", to("nobody/xx"), codes=[NONE, "TARGET_UNREGISTERED"]),
    case("an operation that is not offered", {"operation": {"name": "audio"}}, codes=[NONE, "OPERATION_UNSUPPORTED"]),
    case("causes stand in the order of the candidates", to("eu-pi/eu", "eu-omicron/eu", "nobody/xx"),
         codes=[NONE, "TRAINING_USE", "NO_DPA", "TARGET_UNREGISTERED"]),
    case("causes once, however many targets give them", to("eu-omicron/eu", "us-gamma/us"),
         codes=[NONE, "NO_DPA", "ADEQUACY_SCOPE", "TRAINING_USE", "TRANSFER_NO_BASIS"]),
    case("down is not refused", to(EU, "nobody/xx", down=(EU,)), codes=[NONE], status=503),
    case("an opaque part", found(opaque_parts=[{"path": "x", "media": "image/png"}]), to(EU, LOCAL), permitted=[LOCAL],
         denied={EU: ["OPAQUE_CONTENT"]}),
    case("a failed classifier", found(status="timeout"), to(EU, LOCAL), permitted=[LOCAL], denied={EU: ["CLASSIFIER_FAILED"]}),
    case("a skipped classifier", found(status="skipped"), to(EU, LOCAL), permitted=[LOCAL], denied={EU: ["CLASSIFIER_PARTIAL"]}),
    case("something residual, nothing personal", found(residual_entities=1), to(EU, LOCAL), permitted=[LOCAL],
         denied={EU: ["RESIDUAL_PII"]}),
    case("a region that detection guessed", {"data_subjects": {"regions": [{"code": "DE", "source": "detected"}]}}, to(EU, LOCAL),
         permitted=[LOCAL], denied={EU: ["SUBJECT_REGION_UNKNOWN"]}),
    case("an unknown region without personal data", found(), {"data_subjects": {"regions": [], "region_status": "unknown"}}, to(EU),
         permitted=[EU]),
    case("special, allowed, at home", who("acme-eu", "clinical-coding"), found("PERSON", categories=("health",)), to(EU),
         permitted=[EU]),
    case("special, allowed, retained", who("acme-eu", "clinical-coding"), found("PERSON", categories=("health",)), to("us-tau/eu", LOCAL),
         permitted=[LOCAL], denied={"us-tau/eu": ["ADEQUACY_SCOPE", "SPECIAL_CATEGORY_LOCAL_ONLY", "TRANSFER_NO_BASIS"]}),
    case("criminal", who("acme-eu", "court-admin"), found("PERSON", categories=("criminal",)), to(EU, LOCAL), permitted=[LOCAL],
         denied={EU: ["CRIMINAL_LOCAL_ONLY"]}),
    case("a child of unknown age in a service for children", who("edtech-eu", "tutoring", "FR"), {"data_subjects": {"minor": "unknown"}},
         to(EU, LOCAL), permitted=[LOCAL], denied={EU: ["MINOR_LOCAL_ONLY"]}),
    case("somebody of unknown age elsewhere", {"data_subjects": {"minor": "unknown"}}, to(EU), permitted=[EU]),
    case("a statutory-health tenant without the attestation", who("clinic-eu", "clinical-coding"), found("PERSON", categories=("health",)),
         to("eu-rho/eu", LOCAL), permitted=[LOCAL], denied={"eu-rho/eu": ["SGBV_393"]}),
    case("health information abroad", PATIENT, found("PERSON"), to(EU), codes=[NONE, "PHI_OFFSHORE"]),
    case("psychotherapy notes come before the agreement", who("mercy-us", "psych-notes", "US"), found("PERSON"), to("us-beta/us"),
         codes=[NONE, "PSYCHOTHERAPY_NOTES"]),
    case("an operation the agreement leaves out", PATIENT, found("PERSON"), {"operation": {"name": "batch"}}, to(US),
         codes=[NONE, "BAA_SCOPE"]),
    case("an agreement past its last day", PATIENT, found("PERSON"), {"time": "2027-01-01T00:00:00Z"}, to(US),
         data={"as_of": "2026-12-31"}, codes=[NONE, "NO_BAA"]),
    case("de-identified without an agreement", who("optin-us", "phi-operations", "US"), found("PERSON"), to("us-beta/us"),
         permitted=["us-beta/us"], duties=["deidentify"], without=["pseudonymize"]),
    case("the opt-in holds for readable content only", who("optin-us", "phi-operations", "US"), found("PERSON", status="partial"),
         to("us-beta/us"), codes=[NONE, "CLASSIFIER_PARTIAL", "NO_BAA"]),
    case("an obligation that nobody carries out", {"pep": {"obligations_supported": ["log", "retain"]}}, to(EU),
         codes=[NONE, "OBLIGATION_UNSUPPORTED"]),
    # Transfer test
    case("the last day of a decision", {"time": "2031-12-27T10:00:00Z"}, to("uk-epsilon/uk"),
         data={"as_of": "2031-12-20", "targets": {"uk-epsilon/uk": {"dpa": {"expires": "2032-01-01"}}}},
         permitted=["uk-epsilon/uk"], mechanisms=["eu-gdpr:A45-3"]),
    case("a lapsed listing", to("us-beta/us"), codes=[NONE, "DPF_LAPSED", "TRANSFER_NO_BASIS"]),
    case("a revoked decision falls back on clauses", to(US), data={"adequacy": {"eu": [
        {"code": "US", "scope": "dpf_certified", "from": "2023-07-10", "revoked_at": "2026-11-24"}]}},
         permitted=[US], mechanisms=["eu-gdpr:A46-2-c"]),
    case("an assessment past its day", to("in-zeta/in"), codes=[NONE, "TIA_EXPIRED", "TRANSFER_NO_BASIS"]),
    case("clauses without an assessment", to("in-sigma/in"), codes=[NONE, "TIA_MISSING", "TRANSFER_NO_BASIS"]),
    case("storage abroad counts when something is kept", to("us-tau/eu"), codes=[NONE, "ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"]),
    case("storage at home does not help processing abroad", to("us-phi/eu-storage"),
         codes=[NONE, "ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"]),
    case("a global deployment", to("us-alpha/global"), codes=[NONE, "REGION_INDETERMINATE"]),
    case("self-hosted abroad is a residency matter", to("local/us"), codes=[NONE, "ADEQUACY_SCOPE", "RESIDENCY_VIOLATION"]),
    case("legal data of a month and a day", to(US), data={"as_of": "2026-10-24"}, codes=[NONE, "REGISTRY_STALE", "TRANSFER_NO_BASIS"]),
    case("a derogation is not systematic", who("acme-eu", "intl-consent"), to("br-kappa/br", "cn-theta/cn"),
         permitted=["br-kappa/br"], denied={"cn-theta/cn": ["ART49_NOT_SYSTEMATIC", "TRANSFER_NO_BASIS"]}),
    case("the UK Extension is a flag of its own", who("finco-uk", "support-chat", "GB"), to("us-lambda/us", US),
         permitted=[US], denied={"us-lambda/us": ["ADEQUACY_SCOPE", "TRANSFER_NO_BASIS"]}, mechanisms=["uk-gdpr:A45"]),
    case("Brazil to the EEA", who("sao", "support-chat", "BR"), to("eu-xi/eu"), permitted=["eu-xi/eu"], mechanisms=["br-lgpd:A33-I"]),
    case("Brazil to the EEA before the decision", who("sao", "support-chat", "BR"), to("eu-xi/eu"), {"time": "2026-01-26T12:00:00Z"},
         data={"as_of": "2026-01-20"}, codes=[NONE, "ADEQUACY_NOT_IN_FORCE", "TRANSFER_NO_BASIS"]),
    case("Brazilian clauses for the target", who("sao", "support-chat", "BR"), to(US), data={"tenants": {"sao": {"br_scc": [US]}}},
         permitted=[US], mechanisms=["br-lgpd:A33-II"]),
    case("Quebec to Ontario", who("maple-qc", "support-chat", "CA-QC"), to("ca-delta/ca"), codes=[NONE, "QC_PIA_MISSING"]),
    case("a Chinese mechanism past its day", who("pekin2", "support-chat", "CN"), to(US), {"time": "2027-01-02T00:00:00Z"},
         data={"as_of": "2027-01-01"}, codes=[NONE, "LOCALISATION"]),
    case("two laws, both must hold", who("acme-eu", "support-chat", "DE", "RU"), to(EU), codes=[NONE, "LOCALISATION"]),
    # Waivers
    case("stateful", STATEFUL, to("eu-xi/eu", LOCAL), permitted=[LOCAL], denied={"eu-xi/eu": ["STATEFUL_STORAGE"]}),
    case("stateful, waived", STATEFUL, to("eu-xi/eu"), data={"exceptions": [{**EXCEPTION, "target": "eu-xi/eu"}]}, permitted=["eu-xi/eu"]),
    case("stateful, the exception of another activity", STATEFUL, to("eu-xi/eu"),
         data={"exceptions": [{**EXCEPTION, "target": "eu-xi/eu", "activity": "faq"}]}, codes=[NONE, "STATEFUL_STORAGE"]),
    case("stateful, an exception past its day", STATEFUL, to("eu-xi/eu"),
         data={"exceptions": [{**EXCEPTION, "target": "eu-xi/eu", "expires": "2026-11-23"}]}, codes=[NONE, "STATEFUL_STORAGE"]),
    case("break-glass adds its duties", STATEFUL, to("eu-xi/eu"), {"break_glass": GRANT}, permitted=["eu-xi/eu"],
         duties=["notify", "post_review"]),
    case("break-glass that has run out", STATEFUL, to("eu-xi/eu"), {"break_glass": {**GRANT, "expires_at": "2026-11-24T09:59:59Z"}},
         codes=[NONE, "STATEFUL_STORAGE"]),
    case("break-glass without a second factor", STATEFUL, to("eu-xi/eu"), {"break_glass": {**GRANT, "mfa": False}},
         codes=[NONE, "STATEFUL_STORAGE"]),
    case("the law is never waived", to("eu-omicron/eu"), {"break_glass": GRANT},
         data={"exceptions": [{**EXCEPTION, "target": "eu-omicron/eu", "waives": ["NO_DPA"]}]}, codes=[NONE, "NO_DPA"]),
    # Obligations
    case("kinds and their transforms", found("PERSON", "US_SSN", "CREDIT_CARD", "CVV", "CREDENTIAL"), to(EU), permitted=[EU],
         duties=["pseudonymize", "redact", "mask", "residual_scan", "reidentify_response", "response_scan", "no_store", "log", "retain"]),
    case("nothing to transform", found(categories=("personal",)), to(EU), permitted=[EU], without=["residual_scan", "pseudonymize"]),
    case("a secret without anybody", found("CREDENTIAL"), to(EU), permitted=[EU], duties=["redact", "residual_scan"],
         without=["pseudonymize"]),
    case("authentication data even at home", found("CVV"), permitted=[LOCAL], duties=["redact"]),
    case("a stream is guarded", {"operation": {"stream": True}}, to(EU), permitted=[EU], duties=["stream_guard"]),
    case("a high-risk use", who("acme-eu", "recruiting"), to(EU), permitted=[EU], duties=["human_oversight"], min_days=400),
    case("records under HIPAA", PATIENT, found("PERSON"), to("local/us"), permitted=["local/us"], min_days=2190),
    case("a notice with a substance use record", who("mercy-us", "sud-care-consented", "US"), found("PERSON"), to(US), permitted=[US],
         duties=["redisclosure_notice"]),
    case("a transfer is recorded", to(US), permitted=[US], duties=["record_transfer"], mechanisms=["eu-gdpr:A45-3"]),
    # Replies and cached answers
    case("a reply with a number of its own", {"phase": "response", "ext": {"request_entities": ["US_SSN"]}}, found("US_SSN", "CREDIT_CARD"),
         to(EU), action="redact_and_deliver", duties=["redact"]),
    case("a reply with the request's own number", {"phase": "response", "ext": {"request_entities": ["US_SSN"]}}, found("US_SSN"), to(EU),
         action="deliver", without=["redact"]),
    case("a reply read in Japan", {"phase": "response", "actor": {"country": "JP"}}, to(EU), action="block", codes=["ACTOR_ACCESS_TRANSFER"]),
    case("a reply of an American tenant read in India", who("shop-us", "shop-support", "US"), {"phase": "response", "actor": {"country": "IN"}},
         found(), to(US), action="deliver"),
    case("a cached answer of the same tenant", {"phase": "cache_lookup", "cache_entry": {"tenant": "acme-eu", "region": "DE", "personal": False}},
         action="cache_hit"),
    case("a cached answer of another region", {"phase": "cache_lookup", "cache_entry": {"tenant": "acme-eu", "region": "FR", "personal": False}},
         action="cache_bypass", codes=["CACHE_SCOPE"]),
    case("a cached answer with something personal", {"phase": "cache_lookup", "cache_entry": {"tenant": "acme-eu", "region": "DE", "personal": True}},
         action="cache_bypass", codes=["CACHE_SCOPE"]),
    case("a cached answer of unknown content", {"phase": "cache_lookup", "cache_entry": {"tenant": "acme-eu", "region": "DE"}},
         action="cache_bypass", codes=["CACHE_SCOPE"]),
)  # fmt: skip
