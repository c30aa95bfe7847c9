"""Decision cases over all regimes in force, written from the laws that each line names and not from the data or the Rego.

A case is who asks for what to leave where on which day, and what must come out: a mechanism on record, ``FREE`` (permitted, no
transfer), or the code of the denial. ``world`` makes one registry that all of them are decided with.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DAY = "2026-12-15"
FREE, NO_BASIS, LOCAL, QC_PIA = "free", "TRANSFER_NO_BASIS", "LOCALISATION", "QC_PIA_MISSING"
SCC = {"status": "signed", "signed_on": "2026-01-02", "decision": "(EU) 2021/914", "module": "2"}
TIA = {"result": "pass", "signed_on": "2026-01-02", "expires": "2027-06-30"}
IDTA = {"status": "signed", "signed_on": "2026-01-02"}
DPF = {"status": "active", "eu": True, "uk": True, "ch": True, "hr": False, "expires": "2027-05-01"}
HEALTH = {"categories": ["personal", "health"]}


@dataclass(frozen=True, slots=True)
class Case:
    """One question. ``to`` is the country of the target, ``changes`` are merged into registry entries and question."""

    origin: str
    to: str
    expect: str
    law: str
    day: str = DAY
    subjects: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        changed = json.dumps(self.changes, sort_keys=True) if self.changes else ""
        return (
            f"{self.origin}{self.subjects and '+' + self.subjects} to {self.to} on {self.day} {changed}: {self.expect}"
        )


def case(origin: str, to: str, expect: str, law: str, day: str = DAY, subjects: str = "", **changes: Any) -> Case:
    """Return a case. ``changes``: target, provider, tenant, activity, content, asked (the question), holds (instruments)."""
    return Case(origin, to, expect, law, day, subjects, changes)


def holding(*kinds: str, **more: Any) -> dict[str, Any]:
    """Return the tenant's instruments of some kinds for the target that is asked for."""
    return {"holds": [{"kind": kind, "status": "signed", "signed_on": "2026-11-20", **more} for kind in kinds]}


def places(scope: Iterable[str]) -> set[str]:
    """Return the places that a scope names, those of the EEA one by one."""
    return {*scope, *([*EEA, *TERRITORIES] if "EEA" in scope else ())}


def shifted(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()


OUTSIDE = "FR-BL FR-NC FR-PF FR-PM FR-TF FR-WF NL-AW NL-CW NL-SX NL-BQ1 NL-BQ2 NL-BQ3 NO-21 NO-22".split()
#: Regime -> list -> country or organisation -> the first day, "" where that was before the regime itself; the decision's
#: last day; what the recipient needs.
EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO".split()
TERRITORIES = "RE AX GF GP MQ YT MF".split()
EU_LIST = {
    **dict.fromkeys("AD AR CH FO GG IL IM JE NZ UY".split(), ("", "", {})),
    "CA": ("", "", {"provider": {"scope_flags": ["pipeda_commercial"]}}),
    "JP": ("2019-01-23", "", {}),
    "GB": ("2021-06-28", "2031-12-27", {}),
    "KR": ("2021-12-17", "", {}),
    "US": ("2023-07-10", "", {"target": {"dpf": DPF}}),
    "BR": ("2026-01-26", "", {}),
}
UK_LIST = {
    **dict.fromkeys([*EEA, *"GI AD AR FO GG IL IM JE JP NZ CH UY".split()], ("2021-01-01", "", {})),
    "CA": ("2021-01-01", "", {"provider": {"scope_flags": ["pipeda_commercial"]}}),
    "KR": ("2022-12-19", "", {}),
    "US": ("2023-10-12", "", {"target": {"dpf": DPF}}),
}
CH_LIST = {
    **dict.fromkeys([*EEA, *"GB GI GG JE IM FO AD AR IL MC NZ UY".split()], ("2023-09-01", "", {})),
    "CA": ("2023-09-01", "", {"provider": {"scope_flags": ["pipeda_commercial"]}}),
    "US": ("2024-09-15", "", {"target": {"dpf": DPF}}),
}
BR_LIST = dict.fromkeys(EEA, ("2026-01-27", "", {}))
AR_LIST = dict.fromkeys([*EEA, *"GB CH GG JE IM FO AD IL NZ UY".split()], ("2017-01-01", "", {}))
LISTS: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("DE", "eu-gdpr:A45-3", EU_LIST, NO_BASIS, "GDPR Art. 45(3)"),
    ("GB", "uk-gdpr:A45", UK_LIST, NO_BASIS, "UK GDPR Art. 45"),
    ("CH", "ch-fadp:A16-1", CH_LIST, NO_BASIS, "FADP Art. 16(1), DPO Annex 1"),
    ("BR", "br-lgpd:A33-I", BR_LIST, NO_BASIS, "LGPD Art. 33 I, Res. CD/ANPD 32/2026"),
    ("AR", "ar-ley:A12-list", AR_LIST, NO_BASIS, "Law 25.326 Art. 12, Disp. 60-E/2016"),
    ("JP", "jp-appi:A28-1a", dict.fromkeys([*EEA, "GB"], ("", "", {})), NO_BASIS, "APPI Art. 28(1)"),
    ("KR", "kr-pipa:A28-8-1-5", dict.fromkeys(EEA, ("2025-09-16", "", {})), NO_BASIS, "PIPA Art. 28-8(1)5"),
)
#: Where content of an origin may be without a mechanism.
HOMES = {
    "DE": [*EEA, *TERRITORIES], "GB": ["GB"], "CH": ["CH"], "BR": ["BR"], "CN": ["CN"], "RU": ["RU"],
    "SA": ["SA"], "CA-QC": ["CA-QC"], "IN": ["IN"], "JP": ["JP"], "KR": ["KR"], "TR": ["TR"], "EG": ["EG"], "CL": ["CL"], "SG": ["SG"],
    "AU": ["AU"], "NZ": ["NZ"], "ZA": ["ZA"], "IL": ["IL"], "CA-ON": ["CA-ON", "CA-AB", "CA"], "HK": ["HK"], "TW": ["TW"], "TH": ["TH"],
    "VN": ["VN"], "ID": ["ID"], "MY": ["MY"], "PH": ["PH"], "NG": ["NG"], "KE": ["KE"], "QA": ["QA"], "AR": ["AR"], "CO": ["CO"], "MX": ["MX"],
}  # fmt: skip
#: Origin, mechanism, kinds of instruments that it needs together, code where nothing carries, source.
INSTRUMENTS: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    ("JP", "jp-appi:A28-1b", ("jp_equivalent",), NO_BASIS, "APPI Art. 28(1), (3)"),
    ("KR", "kr-pipa:A28-8-1-3", ("kr_disclosed_contract",), NO_BASIS, "PIPA Art. 28-8(1)3"),
    ("KR", "kr-pipa:A28-8-1-4", ("kr_certified_recipient",), NO_BASIS, "PIPA Art. 28-8(1)4"),
    ("TR", "tr-kvkk:A9-4-b", ("tr_bcr",), NO_BASIS, "KVKK Art. 9(4)(b)"),
    ("TR", "tr-kvkk:A9-4-c", ("tr_standard_contract",), NO_BASIS, "KVKK Art. 9(4)(c), (5)"),
    ("TR", "tr-kvkk:A9-4-d", ("tr_approved_undertaking",), NO_BASIS, "KVKK Art. 9(4)(d)"),
    ("EG", "eg-pdpl:A14", ("eg_licence",), NO_BASIS, "Law 151/2020 Art. 14"),
    ("CL", "cl-ley:A27-clauses", ("cl_clauses",), NO_BASIS, "Law 21.719 Art. 27"),
    ("CL", "cl-ley:A27-bcr", ("cl_bcr",), NO_BASIS, "Law 21.719 Art. 27"),
    ("CL", "cl-ley:A27-certificate", ("cl_certificate",), NO_BASIS, "Law 21.719 Art. 27"),
    ("SG", "sg-pdpa:R11-contract", ("sg_contract",), NO_BASIS, "PDP Regulations 2021 reg. 11"),
    ("SG", "sg-pdpa:R11-bcr", ("sg_bcr",), NO_BASIS, "PDP Regulations 2021 reg. 11"),
    ("SG", "sg-pdpa:R12-certified", ("sg_certified_recipient",), NO_BASIS, "PDP Regulations 2021 reg. 12"),
    ("AU", "au-app:P8-2-a", ("au_similar_law",), NO_BASIS, "APP 8.2(a)"),
    ("AU", "au-app:P8-1", ("au_contract",), NO_BASIS, "APP 8.1"),
    ("ZA", "za-popia:S72-1-a", ("za_agreement",), NO_BASIS, "POPIA s. 72(1)(a)"),
    ("IL", "il-reg:R2-4", ("il_contract", "il_undertaking"), NO_BASIS, "Transfer Regulations 2001 reg. 2(4), 3"),
    ("SA", "sa-pdpl:A29-clauses", ("sa_clauses", "sa_risk_assessment"), LOCAL, "Saudi PDPL Art. 29"),
    ("SA", "sa-pdpl:A29-rules", ("sa_common_rules", "sa_risk_assessment"), LOCAL, "Saudi PDPL Art. 29"),
    ("SA", "sa-pdpl:A29-certificate", ("sa_certificate", "sa_risk_assessment"), LOCAL, "Saudi PDPL Art. 29"),
    ("TH", "th-pdpa:S29-safeguards", ("th_safeguards",), NO_BASIS, "PDPA s. 29"),
    ("TH", "th-pdpa:S29-bcr", ("th_bcr",), NO_BASIS, "PDPA s. 29"),
    ("VN", "vn-pdpl:dossier", ("vn_dossier",), NO_BASIS, "Law 91/2025 Art. 20"),
    ("ID", "id-pdp:A56-3", ("id_safeguards",), NO_BASIS, "Law 27/2022 Art. 56(3)"),
    ("MY", "my-pdpa:S129-2", ("my_tia",), NO_BASIS, "PDPA s. 129(2)"),
    ("MY", "my-pdpa:S129-3-f", ("my_contract",), NO_BASIS, "PDPA s. 129(3)(f)"),
    ("NG", "ng-ndpa:S42", ("ng_approved_instrument",), NO_BASIS, "NDPA s. 42"),
    ("KE", "ke-dpa:S48", ("ke_safeguards",), NO_BASIS, "DPA 2019 s. 48"),
    ("AR", "ar-ley:clauses", ("ar_clauses",), NO_BASIS, "Disp. 60-E/2016, Res. 198/2023"),
    ("AR", "ar-ley:bcr", ("ar_bcr",), NO_BASIS, "Res. 159/2018"),
)
#: Further members that an instrument of a kind must have to carry on ``DAY``.
MEMBERS = {
    "jp_equivalent": {"checked_on": "2026-06-01"},
    "my_tia": {"checked_on": "2025-01-01"},
    "tr_standard_contract": {"filed_on": "2026-11-24"},
    "vn_dossier": {"filed_on": "2026-12-01"},
}
#: Origins whose law asks for a contract with the processor and nothing more.
CONTRACTS = (
    ("NZ", "nz-pa:S11", "Privacy Act 2020 s. 11"),
    ("CA-ON", "ca-pipeda:P4-1-3", "PIPEDA Sch. 1 cl. 4.1.3"),
    ("PH", "ph-dpa:S21", "RA 10173 s. 21"),
    ("CO", "co-ley:transmision", "Decree 1377/2013 Art. 25"),
    ("MX", "mx-ley:remision", "law of 20 March 2025, remission"),
    ("QA", "qa-law:A15", "Law 13/2016 Art. 15"),
)
#: Origin, first day of its law, code where nothing carries from that day on.
BEGINNINGS = (
    ("TR", "2024-06-01", NO_BASIS, "KVKK Art. 9 as amended"),
    ("EG", "2026-11-02", NO_BASIS, "Decree 816/2025, grace over on 1 November 2026"),
    ("CL", "2026-12-01", NO_BASIS, "Law 21.719, first transitory article"),
    ("VN", "2026-01-01", NO_BASIS, "Law 91/2025 Art. 38"),
    ("ID", "2024-10-17", NO_BASIS, "Law 27/2022 Art. 74"),
    ("MY", "2025-04-01", NO_BASIS, "PDPA s. 129 as amended"),
    ("ZA", "2021-07-01", NO_BASIS, "POPIA s. 115"),
    ("TH", "2022-06-01", NO_BASIS, "PDPA, Royal Decree of 2022"),
    ("NG", "2023-06-12", NO_BASIS, "NDPA 2023"),
    ("KE", "2019-11-25", NO_BASIS, "DPA 2019"),
    ("JP", "2022-04-01", NO_BASIS, "APPI as amended in 2020"),
    ("KR", "2023-09-15", NO_BASIS, "PIPA Art. 28-8"),
    ("SG", "2021-02-01", NO_BASIS, "PDP Regulations 2021"),
    ("AU", "2014-03-12", NO_BASIS, "Privacy Amendment Act 2012"),
    ("IL", "2001-06-17", NO_BASIS, "Transfer Regulations 2001"),
    ("AR", "2000-11-02", NO_BASIS, "Law 25.326"),
    ("CH", "2023-09-01", NO_BASIS, "FADP of 25 September 2020"),
    ("GB", "2021-01-01", NO_BASIS, "UK GDPR"),
    ("BR", "2020-09-18", NO_BASIS, "LGPD"),
    ("DE", "2018-05-25", NO_BASIS, "GDPR Art. 99(2)"),
    ("RU", "2015-09-01", LOCAL, "242-FZ Art. 4"),
    ("CN", "2021-11-01", LOCAL, "PIPL Art. 74"),
    ("SA", "2024-09-14", LOCAL, "Saudi PDPL, enforced from"),
    ("CA-QC", "2023-09-22", QC_PIA, "Law 25 s. 17"),
)
#: Origin, first day of a law that lets content go freely or under the contract alone, its mechanism.
FREE_FROM = (
    ("IN", "2025-11-14", "in-dpdp:S16-1"), ("CA-ON", "2001-01-01", "ca-pipeda:P4-1-3"), ("HK", "1996-12-20", "hk-pdpo:S33"),
    ("TW", "2012-10-01", "tw-pdpa:A21"), ("NZ", "2020-12-01", "nz-pa:S11"), ("PH", "2012-09-08", "ph-dpa:S21"),
    ("QA", "2017-01-29", "qa-law:A15"), ("CO", "2012-10-18", "co-ley:transmision"), ("MX", "2025-03-21", "mx-ley:remision"),
)  # fmt: skip


def _lists() -> Iterator[Case]:
    for origin, mechanism, entries, code, law in LISTS:
        for place, (begins, until, changes) in entries.items():
            yield case(origin, place, mechanism, law, **changes)
            if begins:
                yield case(origin, place, mechanism, law, begins, **changes)
            if begins and begins not in {"2021-01-01", "2023-09-01"}:  # the regime's own first day
                yield case(origin, place, code, law, shifted(begins, -1), **changes)
            if until:
                lasting = {**changes, "target": {"dpa": {"status": "signed"}, **changes.get("target", {})}}
                yield case(origin, place, mechanism, law, until, **lasting)
                yield case(origin, place, code, law, shifted(until, 1), **lasting)


def _homes() -> Iterator[Case]:
    for origin, places in HOMES.items():
        for place in places:
            yield case(origin, place, FREE, "no transfer within the territory of the law")


def _instruments() -> Iterator[Case]:
    """Each kind carries on its days, for its target and place, signed; a mechanism that needs two needs both."""
    for origin, mechanism, kinds, code, law in INSTRUMENTS:
        more = MEMBERS.get(kinds[0], {})
        yield case(origin, "US", mechanism, law, **holding(*kinds, **more))
        yield case(origin, "US", code, law, **holding(*kinds, **more, expires="2026-12-14"))
        yield case(origin, "US", mechanism, law, **holding(*kinds, **more, expires=DAY))
        yield case(origin, "US", code, law, **holding(*kinds, **{**more, "signed_on": "2026-12-16"}))
        yield case(origin, "US", mechanism, law, **holding(*kinds, **{**more, "signed_on": DAY}))
        yield case(origin, "US", code, law, **holding(*kinds, **{**more, "status": "revoked"}))
        yield case(origin, "US", code, law, **holding(*kinds, **{**more, "status": "missing"}))
        yield case(origin, "US", code, law, **holding(*kinds, **more, targets=["another"]))
        yield case(origin, "US", mechanism, law, **holding(*kinds, **more, places=["US"]))
        yield case(origin, "US", code, law, **holding(*kinds, **more, places=["IN"]))
        yield case(origin, "CN", code, law, **holding(*kinds, **more, places=["US"]))
        for kind in kinds if len(kinds) > 1 else ():
            yield case(origin, "US", code, law, **holding(kind, **more))


def _contracts() -> Iterator[Case]:
    for origin, mechanism, law in CONTRACTS:
        yield case(origin, "US", mechanism, law)
        yield case(origin, "US", NO_BASIS, law, target={"dpa": {"status": "missing"}})
        yield case(origin, "US", NO_BASIS, law, target={"dpa": {"status": "signed", "expires": "2026-12-14"}})
        yield case(origin, "US", mechanism, law, target={"dpa": {"status": "signed", "expires": DAY}})


def _beginnings() -> Iterator[Case]:
    for origin, day, code, law in BEGINNINGS:
        yield case(origin, "ZW", code, law, day)
        yield case(origin, "ZW", f"not {code}", law, shifted(day, -1))
    for origin, day, mechanism in FREE_FROM:
        yield case(origin, "ZW", mechanism, "its first day", day)
        yield case(origin, "ZW", f"not {mechanism}", "the day before", shifted(day, -1))


_EU = {"target": {"scc": SCC, "tia": TIA}}
SINGLE: tuple[Case, ...] = (
    # GDPR: instruments, their dates, their parties; the order of the ladder
    case("DE", "US", "eu-gdpr:A46-2-c", "GDPR Art. 46(2)(c)", **_EU),
    case("DE", "IN", "eu-gdpr:A46-2-c", "GDPR Art. 46(2)(c)", **_EU),
    case("DE", "US", "eu-gdpr:A45-3", "GDPR Art. 45 before Art. 46", target={"scc": SCC, "tia": TIA, "dpf": DPF}),
    case("DE", "US", "TIA_MISSING", "C-311/18", target={"scc": SCC}),
    case("DE", "US", NO_BASIS, "GDPR Art. 46: an assessment alone", target={"tia": TIA}),
    case("DE", "US", "eu-gdpr:A46-2-c", "last day", target={"scc": SCC, "tia": {**TIA, "expires": DAY}}),
    case("DE", "US", "TIA_EXPIRED", "C-311/18", target={"scc": SCC, "tia": {**TIA, "expires": "2026-12-14"}}),
    case("DE", "US", "TIA_MISSING", "C-311/18: a failed one", target={"scc": SCC, "tia": {**TIA, "result": "fail"}}),
    case("DE", "US", "eu-gdpr:A46-2-c", "EDPB Rec. 01/2020", target={"scc": SCC, "tia": {**TIA, "result": "pass_with_measures"}}),
    case("DE", "US", NO_BASIS, "signed tomorrow", target={"scc": {**SCC, "signed_on": "2026-12-16"}, "tia": TIA}),
    case("DE", "US", "eu-gdpr:A46-2-c", "signed today", target={"scc": {**SCC, "signed_on": DAY}, "tia": TIA}),
    case("DE", "US", NO_BASIS, "ended yesterday", target={"scc": {**SCC, "expires": "2026-12-14"}, "tia": TIA}),
    case("DE", "US", NO_BASIS, "revoked", target={"scc": {**SCC, "status": "revoked"}, "tia": TIA}),
    case("DE", "US", NO_BASIS, "certified tomorrow", target={"dpf": {**DPF, "signed_on": "2026-12-16"}}),
    case("DE", "US", "eu-gdpr:A45-3", "certified today", target={"dpf": {**DPF, "signed_on": DAY}}),
    case("DE", "US", "DPF_LAPSED", "(EU) 2023/1795 Art. 1", target={"dpf": {**DPF, "expires": "2026-12-14"}}),
    case("DE", "US", "eu-gdpr:A45-3", "(EU) 2023/1795, last day", target={"dpf": {**DPF, "expires": DAY}}),
    case("DE", "US", "DPF_LAPSED", "(EU) 2023/1795", target={"dpf": {**DPF, "status": "lapsed"}}),
    case("DE", "US", "ADEQUACY_SCOPE", "(EU) 2023/1795", target={"dpf": {**DPF, "eu": False}}),
    case("DE", "US", "DPF_HR_NOT_COVERED", "DPF, human resources data", target={"dpf": DPF}, activity={"hr_data": True}),
    case("DE", "US", "eu-gdpr:A45-3", "DPF with HR", target={"dpf": {**DPF, "hr": True}}, activity={"hr_data": True}),
    case("DE", "CA", "ADEQUACY_SCOPE", "2002/2/EC: commercial organisations"),
    case("DE", "CN", NO_BASIS, "GDPR Art. 44"),
    case("DE", "CN", "ART49_NOT_SYSTEMATIC", "GDPR Art. 49, recital 111", activity={"art49": "A49-1-a"}),
    case("DE", "US", "REGISTRY_STALE", "data older than 30 days", target={"dpf": DPF}, asked={"as_of": "2026-11-14"}),
    case("DE", "US", "eu-gdpr:A45-3", "data of 30 days", target={"dpf": DPF}, asked={"as_of": "2026-11-15"}),
    case("DE", "FR", FREE, "at home, however old the data", asked={"as_of": "2026-01-01"}),
    case("RE", "FR", FREE, "GDPR, outermost region of France"),
    case("IS", "DE", FREE, "EEA Agreement"),
    # Parts of a state that are no part of the Union, by their codes of subdivisions (TFEU Art. 355; EEA Agreement Art. 126)
    *(case("DE", part, NO_BASIS, "outside the Union and the EEA") for part in OUTSIDE),
    case("DE", "FI-01", FREE, "Åland, TFEU Art. 355(4)"),
    case("CN", "CN-HK", LOCAL, "Hong Kong is abroad for the PIPL"),
    case("CN", "CN-MO", LOCAL, "Macao is abroad for the PIPL"),
    *(case(origin, "BR", "ADEQUACY_SCOPE", "(EU) 2026/179 is no decision of the EEA Joint Committee yet") for origin in ("IS", "LI", "NO")),
    case("DE", "BR", "ADEQUACY_SCOPE", "people in Norway", subjects="NO"),
    case("NO", "AR", "eu-gdpr:A45-3", "2003/490/EC is in the EEA Agreement"),
    # An organisation with an adequacy decision of its own
    case("DE", "IN", "eu-gdpr:A45-3", "European Patent Organisation", "2025-07-15", provider={"legal_name": "EPO"}),
    case("DE", "IN", NO_BASIS, "before the decision", "2025-07-14", provider={"legal_name": "EPO"}),
    # Storage, retention and state are places; a global deployment has none
    case("DE", "FR", NO_BASIS, "stored abroad", target={"storage_regions": ["IN"], "retention_days": 30}),
    case("DE", "FR", FREE, "nothing is kept", target={"storage_regions": ["IN"]}),
    case("DE", "FR", NO_BASIS, "stateful", target={"storage_regions": ["IN"]}, asked={"operation": {"stateful": True}}, activity={"allow_stateful": True}),
    case("DE", "FR", "REGION_INDETERMINATE", "GDPR Art. 44", target={"deployment": "global"}),
    # UK
    case("GB", "US", "uk-gdpr:A46-idta", "UK GDPR Art. 46", target={"uk_idta": IDTA, "tia": TIA}),
    case("GB", "US", "TIA_MISSING", "UK GDPR Art. 46", target={"uk_idta": IDTA}),
    case("GB", "US", "TIA_EXPIRED", "UK GDPR Art. 46", target={"uk_idta": IDTA, "tia": {**TIA, "expires": "2026-12-14"}}),
    case("GB", "US", NO_BASIS, "EU clauses without the Addendum", **_EU),
    case("GB", "US", "ADEQUACY_SCOPE", "no UK Extension", target={"dpf": {**DPF, "uk": False}}),
    case("GB", "BR", NO_BASIS, "no UK regulations for Brazil"),
    case("GB", "IN", NO_BASIS, "UK GDPR Art. 44A"),
    # Switzerland
    case("CH", "JP", "ch-fadp:A16-2-d", "FADP Art. 16(2)(d)", **_EU),
    case("CH", "JP", NO_BASIS, "not in Annex 1 DPO"),
    case("CH", "KR", NO_BASIS, "not in Annex 1 DPO"),
    case("CH", "BR", NO_BASIS, "not in Annex 1 DPO"),
    case("CH", "US", "ADEQUACY_SCOPE", "no Swiss-US DPF", target={"dpf": {**DPF, "ch": False}}),
    # Brazil
    case("BR", "US", "br-lgpd:A33-II", "LGPD Art. 33 II, Res. 19/2024", tenant={"br_scc": ["$target"]}),
    case("BR", "US", NO_BASIS, "EU clauses are none of the ANPD", **_EU),
    case("BR", "GB", NO_BASIS, "LGPD Art. 33"),
    case("BR", "AR", NO_BASIS, "LGPD Art. 33"),
    # Quebec, China, Russia, Saudi Arabia
    case("CA-QC", "CA-ON", QC_PIA, "Law 25 s. 17: outside Quebec"),
    case("CA-QC", "US", "ca-qc:s17", "Law 25 s. 17", tenant={"qc_pia": ["$target"]}),
    case("CA-QC", "US", QC_PIA, "an assessment of another target", tenant={"qc_pia": ["another"]}),
    case("CN", "US", "cn-pipl:A38", "PIPL Art. 38", tenant={"cn_mechanism": {"type": "standard_contract_filed", "targets": ["$target"], "expires": DAY}}),
    case("CN", "US", LOCAL, "PIPL Art. 38", tenant={"cn_mechanism": {"type": "standard_contract_filed", "targets": ["$target"], "expires": "2026-12-14"}}),
    case("CN", "US", LOCAL, "PIPL Art. 38", tenant={"cn_mechanism": {"type": "standard_contract_filed", "targets": ["another"]}}),
    case("CN", "HK", LOCAL, "Hong Kong is abroad for the PIPL"),
    case("CN", "MO", LOCAL, "Macao is abroad for the PIPL"),
    case("CN", "TW", LOCAL, "PIPL Art. 38"),
    case("RU", "US", LOCAL, "152-FZ Art. 18(5)"),
    case("RU", "DE", LOCAL, "152-FZ Art. 18(5)"),
    case("RU", "KZ", LOCAL, "152-FZ Art. 18(5)"),
    case("SA", "US", LOCAL, "Saudi PDPL Art. 29"),
    case("SA", "FR", LOCAL, "no list of adequate countries is published"),
    # Korea, Japan, Turkey, Vietnam, Malaysia: what a list leaves out, filings, checks
    case("KR", "FR", NO_BASIS, "equivalence without resident registration numbers", content={"categories": ["personal", "national_id"]}),
    case("KR", "FR", NO_BASIS, "equivalence without personal credit information", content={"categories": ["personal", "financial"]}),
    case("KR", "GB", NO_BASIS, "no equivalence of the United Kingdom"),
    case("KR", "NO", "kr-pipa:A28-8-1-5", "equivalence of the EEA, 16 September 2025"),
    case("JP", "KR", NO_BASIS, "APPI Art. 28: no designation"),
    case("JP", "US", NO_BASIS, "APPI Art. 28(3): never checked", **holding("jp_equivalent")),
    case("JP", "US", "jp-appi:A28-1b", "checked 365 days ago", **holding("jp_equivalent", checked_on="2025-12-15", signed_on="2025-01-01")),
    case("JP", "US", NO_BASIS, "checked 366 days ago", **holding("jp_equivalent", checked_on="2025-12-14", signed_on="2025-01-01")),
    case("TR", "US", "tr-kvkk:A9-4-c", "to be notified within five working days", **holding("tr_standard_contract", signed_on="2026-12-10", due_on="2026-12-17")),
    case("TR", "US", "tr-kvkk:A9-4-c", "last day of notification", **holding("tr_standard_contract", signed_on="2026-12-08", due_on=DAY)),
    case("TR", "US", NO_BASIS, "not notified in time", **holding("tr_standard_contract", signed_on="2026-12-07", due_on="2026-12-14")),
    case("TR", "US", "tr-kvkk:A9-4-c", "notified", **holding("tr_standard_contract", due_on="2026-11-27", filed_on="2026-11-27")),
    case("TR", "US", NO_BASIS, "notified tomorrow", **holding("tr_standard_contract", due_on="2026-11-27", filed_on="2026-12-16")),
    case("TR", "FR", NO_BASIS, "no country is adequate"),
    case("TR", "US", NO_BASIS, "EU clauses are not valid", **_EU),
    case("VN", "US", "vn-pdpl:dossier", "day 60", **holding("vn_dossier", due_on=DAY)),
    case("VN", "US", NO_BASIS, "day 61", **holding("vn_dossier", due_on="2026-12-14")),
    case("VN", "US", NO_BASIS, "never filed, no first transfer noted", **holding("vn_dossier")),
    case("MY", "US", "my-pdpa:S129-2", "assessed three years ago", **holding("my_tia", signed_on="2023-12-01", checked_on="2023-12-16")),
    case("MY", "US", NO_BASIS, "assessed before that", **holding("my_tia", signed_on="2023-12-01", checked_on="2023-12-15")),
    # Free, and vetoes
    case("IN", "US", "in-dpdp:S16-1", "DPDP Act s. 16(1)"),
    case("IN", "CN", "in-dpdp:S16-1", "no country is restricted"),
    case("HK", "US", "hk-pdpo:S33", "s. 33 PDPO is not in force"),
    case("HK", "CN", "hk-pdpo:S33", "s. 33 PDPO is not in force"),
    case("TW", "US", "tw-pdpa:A21", "PDPA Art. 21"),
    case("TW", "CN", NO_BASIS, "PDPA Art. 21, orders on mainland China"),
    # Special content at a server of one's own abroad: what a mechanism needs besides
    *(case("ZA", "US", code, "POPIA s. 57(1)(d)", target={"operator": "self"}, content=HEALTH, **holding(*kinds))
      for code, kinds in ((NO_BASIS, ("za_agreement",)), (NO_BASIS, ("za_prior_authorisation",)),
                          ("za-popia:S72-1-a", ("za_agreement", "za_prior_authorisation")))),
    *(case("KE", "US", code, "DPA 2019 s. 49", target={"operator": "self"}, content=HEALTH, **holding(*kinds))
      for code, kinds in ((NO_BASIS, ("ke_safeguards",)), (NO_BASIS, ("ke_consent",)), ("ke-dpa:S48", ("ke_safeguards", "ke_consent")))),
    case("QA", "US", NO_BASIS, "Law 13/2016 Art. 16", target={"operator": "self"}, content=HEALTH),
    case("QA", "US", "qa-law:A15", "Law 13/2016 Art. 16", target={"operator": "self"}, content=HEALTH, **holding("qa_permit")),
    case("DE", "US", "RESIDENCY_VIOLATION", "a server of one's own abroad", target={"operator": "self"}),
    # A law in shadow denies nothing, and says what it would deny
    case("AE", "US", "shadow TRANSFER_NO_BASIS", "Federal Decree-Law 45/2021, regulations pending"),
    case("AE", "US", f"not shadow {NO_BASIS}", "Federal Decree-Law 45/2021 Art. 23", **holding("ae_contract")),
    case("AE", "AE", f"not shadow {NO_BASIS}", "at home"),
    # Overlap: every law must carry
    case("DE", "US", NO_BASIS, "GDPR and APPI", subjects="JP", target={"dpf": DPF}),
    case("DE", "US", "eu-gdpr:A45-3 jp-appi:A28-1b", "GDPR and APPI", subjects="JP", target={"dpf": DPF}, **holding("jp_equivalent", checked_on="2026-06-01")),
    case("JP", "US", NO_BASIS, "APPI carries, GDPR does not", subjects="DE", **holding("jp_equivalent", checked_on="2026-06-01")),
    case("DE", "FR", "jp-appi:A28-1a", "at home for one, listed for the other", subjects="JP"),
    case("DE", "FR", LOCAL, "GDPR and PIPL", subjects="CN"),
    case("DE", "FR", LOCAL, "GDPR and 152-FZ", subjects="RU"),
    case("GB", "FR", "uk-gdpr:A45", "UK and GDPR", subjects="FR"),
    case("CH", "FR", "ch-fadp:A16-1", "FADP and GDPR", subjects="DE"),
    case("CL", "FR", NO_BASIS, "Chile and GDPR", subjects="DE"),
    case("CL", "FR", "cl-ley:A27-clauses", "Chile and GDPR", subjects="DE", **holding("cl_clauses")),
    case("IN", "US", NO_BASIS, "India is free, GDPR is not", subjects="DE"),
    case("CA-QC", "CA-ON", QC_PIA, "Quebec and PIPEDA", subjects="CA-ON"),
    case("CA-ON", "CA-QC", FREE, "within Canada"),
    case("CA-ON", "CA-QC", FREE, "PIPEDA: a province is at home"),
    # Nothing personal is no transfer; guesses add laws and take none away
    case("DE", "CN", FREE, "GDPR recital 26", content={"entities": [], "categories": []}),
    case("RU", "US", FREE, "152-FZ Art. 3", content={"entities": [], "categories": []}),
    # Withdrawn consent and restriction
    *(case(origin, to, "CONSENT_WITHDRAWN", law, activity={"legal_basis": "A6-1-a"}, asked={"activity": {"consent": {"status": "withdrawn"}}})
      for origin, to, law in (("DE", "FR", "GDPR Art. 7(3)"), ("GB", "GB", "UK GDPR Art. 7(3)"), ("BR", "BR", "LGPD Art. 8 s. 5"), ("CH", "CH", "FADP Art. 6"))),
    *(case(origin, to, "SUBJECT_RESTRICTED", law, asked={"data_subjects": {"restricted": True}})
      for origin, to, law in (("DE", "FR", "GDPR Art. 18"), ("GB", "GB", "UK GDPR Art. 18"), ("BR", "BR", "LGPD Art. 18 IV"), ("CH", "CH", "FADP Art. 32"))),
    case("DE", "FR", FREE, "the basis is a contract", asked={"activity": {"consent": {"status": "withdrawn"}}}),
    # Special categories, criminal data, minors
    case("DE", "FR", "NO_ART9_CONDITION", "GDPR Art. 9", content=HEALTH, activity={"art9": None}),
    case("GB", "GB", "NO_ART9_CONDITION", "UK GDPR Art. 9", content=HEALTH, activity={"art9": None}),
    case("DE", "FR", "SPECIAL_CATEGORY_LOCAL_ONLY", "a condition, but a third party", content=HEALTH),
    case("DE", "FR", FREE, "allowed, at home, nothing kept", content=HEALTH, activity={"allow_third_party_special": True}, target={"zero_retention": True}),
    case("DE", "US", "SPECIAL_CATEGORY_LOCAL_ONLY", "allowed, but not at home", content=HEALTH, activity={"allow_third_party_special": True}, target={"zero_retention": True, "dpf": DPF}),
    case("DE", "FR", "NO_ART10_AUTHORITY", "GDPR Art. 10", content={"categories": ["personal", "criminal"]}),
    case("DE", "FR", "CRIMINAL_LOCAL_ONLY", "GDPR Art. 10", content={"categories": ["personal", "criminal"]}, activity={"art10": "national_law:DE"}),
    case("DE", "FR", "MINOR_LOCAL_ONLY", "GDPR Art. 8", asked={"data_subjects": {"minor": "yes"}}),
    case("DE", "FR", "MINOR_LOCAL_ONLY", "unknown age in a service for children", asked={"data_subjects": {"minor": "unknown"}}, tenant={"age_gate": "children_service"}),
    case("DE", "FR", FREE, "unknown age elsewhere", asked={"data_subjects": {"minor": "unknown"}}),
    case("DE", "FR", FREE, "minors allowed", asked={"data_subjects": {"minor": "yes"}}, activity={"minors_third_party_ok": True}),
    case("DE", "FR", "NO_LEGAL_BASIS", "GDPR Art. 6", activity={"legal_basis": None}),
    *(case("DE", "FR", "NO_ART9_CONDITION", f"GDPR Art. 9(1): {category}", content={"categories": ["personal", category]}, activity={"art9": None})
      for category in ("biometric", "genetic", "health", "political", "racial_ethnic", "religious", "sex_orientation", "trade_union")),
    # Singling out: special content and two quasi identifiers of different types about a described person
    *(case(origin, to, code, "GDPR recital 26 and its counterparts", content={"entities": ["AGE", "ZIP_CODE"], "categories": ["health"]})
      for origin, to, code in (("DE", "FR", "SPECIAL_CATEGORY_LOCAL_ONLY"), ("GB", "GB", "SPECIAL_CATEGORY_LOCAL_ONLY"))),
    case("DE", "FR", FREE, "one quasi identifier is nobody", content={"entities": ["AGE"], "categories": ["health"]}),
    # Contract and training
    case("DE", "FR", "NO_DPA", "GDPR Art. 28", target={"dpa": {"status": "missing"}}),
    case("DE", "FR", "NO_DPA", "GDPR Art. 28: ended", target={"dpa": {"status": "signed", "expires": "2026-12-14"}}),
    case("DE", "FR", FREE, "GDPR Art. 28: last day", target={"dpa": {"status": "signed", "expires": DAY}}),
    case("DE", "FR", "TRAINING_USE", "GDPR Art. 28(3)(a)", target={"training_use": True}),
    # AI Act Art. 5: each practice from its day
    *(case("DE", "FR", "AI_ACT_PROHIBITED", "AI Act Art. 5", "2025-02-02", activity={"ai_practices": [practice]})
      for practice in ("subliminal_manipulation", "exploiting_vulnerability", "social_scoring", "crime_prediction_by_profile", "face_scraping",
                       "emotion_at_work_or_school", "biometric_categorisation", "remote_biometric_identification")),
    *(case("DE", "FR", FREE, "AI Act Art. 113(a)", "2025-02-01", activity={"ai_practices": [practice]})
      for practice in ("subliminal_manipulation", "exploiting_vulnerability", "social_scoring", "crime_prediction_by_profile", "face_scraping",
                       "emotion_at_work_or_school", "biometric_categorisation", "remote_biometric_identification")),
    *(case("DE", "FR", expect, "AI Act Art. 5 as amended in 2026", day, activity={"ai_practices": [practice]})
      for practice in ("intimate_imagery_without_consent", "child_abuse_imagery")
      for day, expect in (("2026-12-01", FREE), ("2026-12-02", "AI_ACT_PROHIBITED"))),
    # 28 CFR 202
    *(case("US", country, "DOJ_BULK_DATA", "28 CFR 202.601", tenant={"us_person": True}, asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}})
      for country in ("CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE")),
    *(case("US", "CN", "DOJ_BULK_DATA", "28 CFR 202.205", tenant={"us_person": True}, asked={"data_subjects": {"us_bulk": {"category": category, "us_persons": most + 1}}})
      for category, most in (("human_genomic", 100), ("other_omic", 1000), ("biometric", 1000), ("precise_geolocation", 1000),
                             ("personal_health", 10000), ("personal_financial", 10000), ("covered_identifiers", 100000))),
    *(case("US", "CN", "not DOJ_BULK_DATA", "28 CFR 202.205: more than", tenant={"us_person": True}, asked={"data_subjects": {"us_bulk": {"category": category, "us_persons": most}}})
      for category, most in (("human_genomic", 100), ("other_omic", 1000), ("biometric", 1000), ("precise_geolocation", 1000),
                             ("personal_health", 10000), ("personal_financial", 10000), ("covered_identifiers", 100000))),
    case("US", "FR", "DOJ_BULK_DATA", "28 CFR 202.211: a covered person", tenant={"us_person": True}, provider={"doj_covered_person": True},
         asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    case("US", "FR", "DOJ_BULK_DATA", "28 CFR 202.211: owned from a country of concern", tenant={"us_person": True}, provider={"parent_country": "CN"},
         asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    case("US", "FR", FREE, "28 CFR 202: neither", tenant={"us_person": True}, asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    case("DE", "FR", FREE, "28 CFR 202.256: no US person", asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    # HIPAA, beside GDPR
    *(case("US", "US", code, law, tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True}, **changes)
      for code, law, changes in (
          ("NO_BAA", "45 CFR 164.504(e)", {}),
          (FREE, "45 CFR 164.504(e)", {"target": {"baa": {"status": "signed", "operations": ["chat"]}}}),
          (FREE, "last day", {"target": {"baa": {"status": "signed", "operations": ["chat"], "expires": DAY}}}),
          ("NO_BAA", "ended", {"target": {"baa": {"status": "signed", "operations": ["chat"], "expires": "2026-12-14"}}}),
          ("BAA_SCOPE", "another operation", {"target": {"baa": {"status": "signed", "operations": ["embedding"]}}}))),
    case("US", "FR", "PHI_OFFSHORE", "tenant does not allow offshore", tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True},
         target={"baa": {"status": "signed", "operations": ["chat"]}}),
    case("US", "FR", FREE, "tenant allows offshore", tenant={"hipaa_role": "covered_entity", "offshore_phi": True}, activity={"phi_context": True},
         target={"baa": {"status": "signed", "operations": ["chat"]}}),
    case("US", "US", NO_BASIS, "a German patient of an American clinic", subjects="DE", tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True},
         target={"baa": {"status": "signed", "operations": ["chat"]}}),
)  # fmt: skip
#: What the amendment of 30 November 2026 asks for: places of access, singling out everywhere, appointments, dated evidence.
AMENDED: tuple[Case, ...] = (
    case("DE", "FR", NO_BASIS, "EDPB 05/2021: remote access", target={"support_access_regions": ["IN"]}),
    case("DE", "FR", FREE, "EDPB 05/2021: access from the EEA", target={"support_access_regions": ["PL"]}),
    case("DE", "FR", "eu-gdpr:A45-3", "access from an adequate country", target={"support_access_regions": ["GB"]}),
    case("GB", "GB", NO_BASIS, "ICO, January 2026: access by another entity", target={"support_access_regions": ["IN"]}),
    case("CN", "CN", LOCAL, "PIPL: remote access", target={"support_access_regions": ["US"]}),
    case("RU", "RU", LOCAL, "152-FZ", target={"support_access_regions": ["KZ"]}),
    case("CA-QC", "CA-QC", QC_PIA, "Law 25 s. 17", target={"support_access_regions": ["CA-ON"]}),
    case("DE", "FR", NO_BASIS, "a subprocessor in China", provider={"subprocessors": [{"name": "S", "country": "CN"}]}),
    case("DE", "FR", FREE, "a subprocessor in Poland", provider={"subprocessors": [{"name": "S", "country": "PL"}]}),
    case("US", "US", "DOJ_BULK_DATA", "28 CFR 202: access from China", tenant={"us_person": True}, target={"support_access_regions": ["CN"]},
         asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    case("US", "US", "DOJ_BULK_DATA", "28 CFR 202: a subprocessor in China", tenant={"us_person": True}, provider={"subprocessors": [{"name": "S", "country": "CN"}]},
         asked={"data_subjects": {"us_bulk": {"category": "personal_health", "us_persons": 10001}}}),
    case("US", "US", "PHI_OFFSHORE", "access from India", tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True},
         target={"baa": {"status": "signed", "operations": ["chat"]}, "support_access_regions": ["IN"]}),
    *(case("US", place, FREE, "a territory is the United States for HIPAA", tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True},
           target={"baa": {"status": "signed", "operations": ["chat"]}}) for place in ("PR", "GU", "VI", "AS", "MP")),
    *(case("DE", place, "eu-gdpr:A45-3", "a territory is the United States for the DPF", target={"dpf": DPF}) for place in ("PR", "GU", "VI", "AS", "MP")),
    case("US", "US", "NO_BAA", "an appointment is PHI", tenant={"hipaa_role": "covered_entity"}, activity={"phi_context": True},
         content={"entities": ["ZIP_CODE", "DATE"], "categories": []}),
    *(case(origin, "US", code, "singling out, each by its own list", content={"entities": ["AGE", "ZIP_CODE", "DATE"], "categories": ["health"]})
      for origin, code in (("CH", NO_BASIS), ("BR", NO_BASIS), ("CN", LOCAL), ("RU", LOCAL), ("CA-QC", QC_PIA), ("SA", LOCAL), ("JP", NO_BASIS),
                           ("KR", NO_BASIS), ("TR", NO_BASIS), ("EG", NO_BASIS), ("CL", NO_BASIS), ("ZA", NO_BASIS), ("TH", NO_BASIS), ("ID", NO_BASIS))),
    case("DE", "US", NO_BASIS, "six quasi identifiers are somebody",
         content={"entities": ["AGE", "ZIP_CODE", "DATE", "LOCATION", "GENDER", "OCCUPATION"], "categories": []}),
    case("DE", "US", NO_BASIS, "2010/87/EU is repealed", target={"scc": {**SCC, "decision": "2010/87/EU"}, "tia": TIA}),
    case("DE", "US", NO_BASIS, "module 1 towards a processor", target={"scc": {**SCC, "module": "1"}, "tia": TIA}),
    case("DE", "US", "eu-gdpr:A46-2-c", "an assessment of 730 days without an end", target={"scc": SCC, "tia": {"result": "pass", "signed_on": "2024-12-15"}}),
    case("DE", "US", "TIA_EXPIRED", "an assessment of 731 days without an end", target={"scc": SCC, "tia": {"result": "pass", "signed_on": "2024-12-14"}}),
    case("DE", "KR", NO_BASIS, "(EU) 2022/254: no personal credit information", content={"categories": ["personal", "financial"]}),
    case("DE", "CA", NO_BASIS, "2002/2/EC: no data of staff", activity={"hr_data": True}, provider={"scope_flags": ["pipeda_commercial"]}),
    case("DE", "US", "eu-gdpr:A47", "GDPR Art. 47", target={"bcr": {"status": "signed", "signed_on": "2026-01-02"}, "tia": TIA}),
    case("CN", "CN", "CONSENT_WITHDRAWN", "PIPL Art. 15", activity={"legal_basis": "A6-1-a"}, asked={"activity": {"consent": {"status": "withdrawn"}}}),
    case("CA-QC", "CA-QC", "CONSENT_WITHDRAWN", "Law 25 s. 8", activity={"legal_basis": "A6-1-a"}, asked={"activity": {"consent": {"status": "withdrawn"}}}),
    case("CN", "CN", "SUBJECT_RESTRICTED", "PIPL Art. 44", asked={"data_subjects": {"restricted": True}}),
    case("SA", "FR", "sa-pdpl:A29-clauses", "Saudi PDPL Art. 29", **holding("sa_clauses", "sa_risk_assessment")),
    case("SA", "FR", LOCAL, "clauses without the assessment of risk", **holding("sa_clauses")),
    case("KZ", "KZ", FREE, "nothing crosses a border", target={"operator": "self"}),
    case("GB", "FR", "ACTOR_ACCESS_TRANSFER", "a reader in India", asked={"actor": {"country": "IN"}}),
    case("DE", "FR", "ACTOR_ACCESS_TRANSFER", "intra-group without BCR", asked={"actor": {"country": "IN"}}, tenant={"intra_group": ["IN"]}),
)  # fmt: skip
_ART9 = "biometric genetic health political racial_ethnic religious sex_orientation trade_union"
#: Origin -> what its law calls special or sensitive, the code for content that singles somebody out and goes to ZW,
#: "" where a contract or nothing more is asked and the content itself stays at home, source.
SENSITIVE: Mapping[str, tuple[str, str, str]] = {
    "DE": (_ART9, NO_BASIS, "GDPR Art. 9(1)"),
    "GB": (_ART9, NO_BASIS, "UK GDPR Art. 9(1)"),
    "CH": (f"{_ART9} criminal", NO_BASIS, "FADP Art. 5(c)"),
    "BR": (_ART9, NO_BASIS, "LGPD Art. 5 II"),
    "CA-QC": (_ART9, QC_PIA, "Law 25 s. 12: intimate by its nature"),
    "CN": ("biometric financial genetic health religious", LOCAL, "PIPL Art. 28"),
    "RU": (_ART9, LOCAL, "152-FZ Art. 10, 11"),
    "SA": (f"{_ART9} criminal", LOCAL, "Saudi PDPL Art. 1(11)"),
    "JP": ("criminal health racial_ethnic religious", NO_BASIS, "APPI Art. 2(3)"),
    "KR": (f"{_ART9} criminal", NO_BASIS, "PIPA Art. 23, Decree Art. 18"),
    "TR": (f"{_ART9} criminal", NO_BASIS, "KVKK Art. 6(1)"),
    "EG": ("biometric criminal financial genetic health political religious", NO_BASIS, "Law 151/2020 Art. 1"),
    "CL": (_ART9, NO_BASIS, "Law 21.719 Art. 2(g)"),
    "AU": (f"{_ART9} criminal", NO_BASIS, "Privacy Act 1988 s. 6(1)"),
    "ZA": (f"{_ART9} criminal", NO_BASIS, "POPIA s. 26"),
    "IL": ("biometric criminal financial genetic health political racial_ethnic religious sex_orientation", NO_BASIS, "Amendment 13, s. 3"),
    "TW": ("criminal genetic health sex_orientation", "", "PDPA Art. 6"),
    "TH": (f"{_ART9} criminal", NO_BASIS, "PDPA s. 26"),
    "VN": (f"{_ART9} criminal", NO_BASIS, "Law 91/2025 Art. 2"),
    "ID": ("biometric criminal financial genetic health", NO_BASIS, "Law 27/2022 Art. 4(2)"),
    "MY": ("biometric criminal health political religious", NO_BASIS, "PDPA s. 4"),
    "PH": (f"{_ART9} criminal", "", "RA 10173 s. 3(l)"),
    "NG": (_ART9, NO_BASIS, "NDPA s. 65"),
    "KE": (_ART9, NO_BASIS, "DPA 2019 s. 2"),
    "QA": ("criminal health racial_ethnic religious", "", "Law 13/2016 Art. 16"),
    "AR": ("health political racial_ethnic religious sex_orientation trade_union", NO_BASIS, "Law 25.326 Art. 2"),
    "CO": (_ART9, "", "Law 1581/2012 Art. 5"),
    "MX": ("genetic health political racial_ethnic religious sex_orientation trade_union", "", "law of 20 March 2025 Art. 2 VI"),
}  # fmt: skip
_KNOWN_CATEGORIES = f"{_ART9} criminal financial".split()
#: Laws whose withdrawn consent and restriction stop a request: origin, the section of consent, the section of restriction.
GATED = (
    ("DE", "GDPR Art. 7(3)", "GDPR Art. 18"), ("GB", "UK GDPR Art. 7(3)", "UK GDPR Art. 18"), ("CH", "FADP Art. 6", "FADP Art. 32"),
    ("BR", "LGPD Art. 8 s. 5", "LGPD Art. 18 IV"), ("CA-QC", "Law 25 s. 8", "Law 25 s. 28.1"), ("CN", "PIPL Art. 15", "PIPL Art. 44"),
    ("RU", "152-FZ Art. 9(2)", "152-FZ Art. 21"), ("SA", "Saudi PDPL Art. 5", "Saudi PDPL Art. 4"), ("US-WA", "MHMDA s. 5", ""),
    ("IN", "DPDP Act s. 6(4)", "DPDP Act s. 12"), ("JP", "APPI Art. 27", "APPI Art. 35"), ("KR", "PIPA Art. 37", "PIPA Art. 37"),
    ("TR", "KVKK Art. 5", "KVKK Art. 11"), ("EG", "Law 151/2020 Art. 2", "Law 151/2020 Art. 2"), ("CL", "Law 21.719 Art. 12", "Law 21.719 Art. 8 bis"),
    ("SG", "PDPA s. 16", "PDPA s. 25"), ("ZA", "POPIA s. 11(2)", "POPIA s. 14(6)"), ("CA-ON", "PIPEDA Sch. 1 cl. 4.3.8", "PIPEDA Sch. 1 cl. 4.5"),
    ("TW", "PDPA Art. 11", "PDPA Art. 11"), ("TH", "PDPA s. 19", "PDPA s. 34"), ("VN", "Law 91/2025 Art. 10", "Law 91/2025 Art. 14"),
    ("ID", "Law 27/2022 Art. 9", "Law 27/2022 Art. 11"), ("MY", "PDPA s. 38", "PDPA s. 42"), ("PH", "RA 10173 s. 12", "RA 10173 s. 16(e)"),
    ("NG", "NDPA s. 35", "NDPA s. 36"), ("KE", "DPA 2019 s. 32", "DPA 2019 s. 34"), ("QA", "Law 13/2016 Art. 5", "Law 13/2016 Art. 5"),
    ("AR", "Law 25.326 Art. 5", "Law 25.326 Art. 16"), ("CO", "Law 1581/2012 Art. 8(e)", "Law 1581/2012 Art. 8"), ("MX", "law of 20 March 2025 Art. 7", "law of 20 March 2025 Art. 24"),
)  # fmt: skip
#: Laws that permit processing only on a basis that they name.
BASED = (("DE", "GDPR Art. 6(1)"), ("GB", "UK GDPR Art. 6(1)"), ("CH", "FADP Art. 31"), ("BR", "LGPD Art. 7"))


def _sensitive() -> Iterator[Case]:
    """Two quasi identifiers beside a listed category are somebody; beside any other category, nobody."""
    for origin, (listed, outcome, law) in SENSITIVE.items():
        for category in _KNOWN_CATEGORIES:
            content = {"entities": ["AGE", "ZIP_CODE"], "categories": [category]}
            if not outcome and category == "criminal":
                continue  # stays at home whoever it is about
            code = outcome or "SPECIAL_CATEGORY_LOCAL_ONLY"
            expect = code if category in listed.split() else f"not {code}"
            yield case(origin, "ZW", expect, f"{law}: {category}", content=content)
    for category in ("health", "genetic", "biometric"):
        yield case(
            "US-WA", "US", "CONSENT_WITHDRAWN", f"RCW 19.373.010(8): {category}", content={"entities": ["AGE", "ZIP_CODE"], "categories": [category]},
            activity={"legal_basis": "A6-1-a"}, asked={"activity": {"consent": {"status": "withdrawn"}}},
        )  # fmt: skip


def _gates() -> Iterator[Case]:
    withdrawn = {"activity": {"legal_basis": "A6-1-a"}, "asked": {"activity": {"consent": {"status": "withdrawn"}}}}
    for origin, consent, restriction in GATED:
        content = {"categories": ["personal", "health"]} if origin == "US-WA" else {}
        yield case(origin, HOMES.get(origin, ["US"])[0], "CONSENT_WITHDRAWN", consent, content=content, **withdrawn)
        if restriction:
            yield case(
                origin,
                HOMES[origin][0],
                "SUBJECT_RESTRICTED",
                restriction,
                asked={"data_subjects": {"restricted": True}},
            )
    clinic: dict[str, Any] = {"content": HEALTH, **withdrawn}
    yield case("US-WA", "US", "CONSENT_WITHDRAWN", "MHMDA, first day", "2024-03-31", **clinic)
    yield case("US-WA", "US", "not CONSENT_WITHDRAWN", "MHMDA, the day before", "2024-03-30", **clinic)
    for origin, law in BASED:
        yield case(origin, HOMES[origin][0], "NO_LEGAL_BASIS", law, activity={"legal_basis": None})
    yield case("GB", "GB", "NO_ART10_AUTHORITY", "UK GDPR Art. 10", content={"categories": ["personal", "criminal"]})
    allowed: dict[str, Any] = {
        "content": HEALTH,
        "activity": {"allow_third_party_special": True},
        "target": {"zero_retention": True},
    }
    for origin, law in (("GB", "DPA 2018 s. 10"), ("CH", "FADP Art. 30(2)(c)")):
        yield case(origin, origin, FREE, law, **allowed)
        yield case(origin, "FR", "SPECIAL_CATEGORY_LOCAL_ONLY", law, **allowed)


def _ladders() -> Iterator[Case]:
    """Instruments need each of their parts, and clauses the law of the last thirty days."""
    stale = {"as_of": "2026-11-14"}
    bcr = {"bcr": {"status": "signed", "signed_on": "2026-01-02"}}
    for origin, mechanism, held, law in (
        ("DE", "eu-gdpr:A46-2-c", {"scc": SCC}, "GDPR Art. 46(2)(c)"),
        ("DE", "eu-gdpr:A47", bcr, "GDPR Art. 47"),
        ("GB", "uk-gdpr:A46-idta", {"uk_idta": IDTA}, "UK GDPR Art. 46"),
        ("GB", "uk-gdpr:A47", bcr, "UK GDPR Art. 47"),
        ("CH", "ch-fadp:A16-2-d", {"scc": SCC}, "FADP Art. 16(2)(d)"),
    ):
        yield case(origin, "IN", mechanism, law, target={**held, "tia": TIA})
        yield case(origin, "IN", NO_BASIS, law, target=held)
        yield case(origin, "IN", NO_BASIS, law, target={"tia": TIA})
        yield case(origin, "IN", "REGISTRY_STALE", law, target={**held, "tia": TIA}, asked=stale)
    for origin in ("GB", "CH"):
        yield case(
            origin, "CN", "ART49_NOT_SYSTEMATIC", "derogations are for the occasional", activity={"art49": "A49-1-a"}
        )


CASES: tuple[Case, ...] = (
    *SINGLE,
    *AMENDED,
    *_lists(),
    *_homes(),
    *_instruments(),
    *_contracts(),
    *_beginnings(),
    *_sensitive(),
    *_gates(),
    *_ladders(),
)

_TARGET = {
    "provider": "house", "operator": "third_party", "deployment": "regional", "operations": ["chat"], "retention_days": 0,
    "training_use": False, "dpa": {"status": "signed"},
}  # fmt: skip
_PROVIDER = {"legal_name": "House", "role": "processor", "parent_country": "FR", "doj_covered_person": False}
_TENANT = {"us_person": False}
_ACTIVITY = {"purpose": "dpv:CustomerCare", "legal_basis": "A6-1-b", "art9": "A9-2-h"}
_DUTIES = (
    "pseudonymize redact mask generalize deidentify residual_scan response_scan reidentify_response stream_guard no_store record_transfer"
    " redisclosure_notice account_disclosure notify post_review log retain human_oversight"
).split()


def _without(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def world(cases: Iterable[Case], special: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return one registry and the questions on it, in order. ``special``: the ``config`` of the law."""
    registry: dict[str, Any] = {
        "providers": {}, "targets": {}, "tenants": {}, "activities": {}, "config": {**special, "named_contracts": []},
    }  # fmt: skip
    questions = []
    for each in cases:
        target = _entry(registry, "targets", _target(registry, each))
        tenant = _entry(registry, "tenants", json.loads(json.dumps(_tenant(each)).replace("$target", target)))
        if "holds" in each.changes:
            holds = [{"targets": [target], **instrument} for instrument in each.changes["holds"]]
            tenant = _entry(registry, "tenants", {**registry["tenants"][tenant], "instruments": holds})
        activity = _entry(registry, "activities", _without({**_ACTIVITY, **each.changes.get("activity", {})}))
        questions.append(_question(each, tenant, activity, target))
    registry["targets"]["another"] = {
        **_TARGET,
        "provider": next(iter(registry["providers"])),
        "processing_regions": ["US"],
    }
    return registry, questions


def _target(registry: dict[str, Any], each: Case) -> dict[str, Any]:
    provider = _entry(registry, "providers", {**_PROVIDER, **each.changes.get("provider", {})})
    return {
        **_TARGET,
        "provider": provider,
        "processing_regions": [each.to],
        "storage_regions": [each.to],
        **each.changes.get("target", {}),
    }


def _tenant(each: Case) -> dict[str, Any]:
    return {**_TENANT, "establishments": [each.origin], **each.changes.get("tenant", {})}


def _entry(registry: dict[str, Any], section: str, entry: dict[str, Any]) -> str:
    """Return the name of an entry, which is added if no other is equal."""
    entries = registry[section]
    name = next((name for name, other in entries.items() if other == entry), f"{section[:2]}{len(entries)}")
    entries[name] = entry
    return name


def _question(each: Case, tenant: str, activity: str, target: str) -> dict[str, Any]:
    content = {"entities": ["PERSON"], "categories": ["personal"], **each.changes.get("content", {})}
    people = [{"code": code, "source": "declared"} for code in (each.origin, each.subjects) if code]
    document = {
        "schema_version": "1", "request_id": "law", "time": f"{each.day}T10:00:00Z", "phase": "request",
        "tenant": {"id": tenant}, "actor": {"type": "service", "id": "svc"}, "activity": {"id": activity},
        "data_subjects": {"regions": people, "region_status": "known", "minor": "no", "restricted": False},
        "operation": {"name": "chat", "stream": False, "stateful": False},
        "classification": {
            "status": "complete", "labels": [], "opaque_parts": [], "residual_entities": 0, "categories": content["categories"],
            "entities": [{"type": name, "count": 1, "max_confidence": 0.9, "subject_role": "unknown"} for name in content["entities"]],
        },
        "ingress": {"region": "DE"}, "candidates": [{"target": target, "rank": 0, "available": True}],
        "pep": {"obligations_supported": _DUTIES},
    }  # fmt: skip
    asked = dict(each.changes.get("asked", {}))
    data = {"as_of": asked.pop("as_of", each.day)}
    return {"document": _merged(document, asked), "data": data}


#: A decision that is revoked counts until the day before; clauses and an assessment carry from then on.
REVOKED = "2026-12-10"
REVOCATION: tuple[Case, ...] = (
    case("DE", "US", "eu-gdpr:A45-3", "the day before", "2026-12-09", target={"dpf": DPF}),
    case("DE", "US", "ADEQUACY_REVOKED", "from its day", REVOKED, target={"dpf": DPF}),
    case("DE", "US", NO_BASIS, "from its day", REVOKED, target={"dpf": DPF}),
    case("DE", "US", "eu-gdpr:A46-2-c", "clauses behind it", REVOKED, target={"scc": SCC, "tia": TIA, "dpf": DPF}),
)


def fault(each: Case, decision: Mapping[str, Any]) -> str:
    """Return how a decision differs from what the case expects, "" if it does not."""
    verdict = decision["targets"][0] if decision["targets"] else {"permit": False, "denials": [], "transfers": []}
    codes = {*verdict["denials"], *decision["block_codes"]} - {"NO_COMPLIANT_TARGET"}
    mechanisms = " ".join(sorted({crossing["mechanism"] for crossing in verdict["transfers"]}))
    outcome = f"{mechanisms or FREE}" if verdict["permit"] else " ".join(sorted(codes))
    shadow = {f"shadow {code}" for entry in decision.get("legal", {}).get("shadow", ()) for code in entry["codes"]}
    if each.expect.startswith("shadow "):
        return "" if verdict["permit"] and each.expect in shadow else f"{outcome} {shadow}"
    if each.expect.startswith("not "):
        return outcome if each.expect.removeprefix("not ") in codes | shadow | set(mechanisms.split()) else ""
    if each.expect == FREE or ":" in each.expect:
        return "" if verdict["permit"] and outcome == each.expect else outcome
    return "" if each.expect in codes and not verdict["permit"] else outcome
