# METADATA
# title: Reason codes
# description: The public contract of reason codes. Which of them the organisation itself may waive is part of it.
package compliance.lib.codes

import rego.v1

# METADATA
# title: Waivable codes of the library
# description: Rules of the organisation, not of the law. An exception or break-glass can lift these and no others.
waivable := {"MINOR_LOCAL_ONLY", "SPECIAL_CATEGORY_LOCAL_ONLY", "STATEFUL_STORAGE"}

# METADATA
# title: Codes of the law
# description: No overlay can make one of these waivable.
law := {
	"ACTOR_ACCESS_TRANSFER",
	"ADEQUACY_EXPIRED",
	"ADEQUACY_NOT_IN_FORCE",
	"ADEQUACY_REVOKED",
	"ADEQUACY_SCOPE",
	"AI_ACT_PROHIBITED",
	"ART49_NOT_SYSTEMATIC",
	"BAA_SCOPE",
	"CACHE_SCOPE",
	"CLASSIFIER_FAILED",
	"CLASSIFIER_PARTIAL",
	"CONSENT_WITHDRAWN",
	"CRIMINAL_LOCAL_ONLY",
	"DOJ_BULK_DATA",
	"DPF_HR_NOT_COVERED",
	"DPF_LAPSED",
	"FINE_TUNE_PERSONAL_DATA",
	"LAW_UNKNOWN",
	"LOCALISATION",
	"NO_ART10_AUTHORITY",
	"NO_ART9_CONDITION",
	"NO_BAA",
	"NO_COMPLIANT_TARGET",
	"NO_DPA",
	"NO_DUA",
	"NO_LEGAL_BASIS",
	"OBLIGATION_UNSUPPORTED",
	"OPAQUE_CONTENT",
	"OPERATION_UNSUPPORTED",
	"PART2_NO_CONSENT",
	"PHI_OFFSHORE",
	"POLICY_UNAVAILABLE",
	"PSYCHOTHERAPY_NOTES",
	"PURPOSE_MISSING",
	"QC_PIA_MISSING",
	"REGION_INDETERMINATE",
	"REGISTRY_STALE",
	"RESIDENCY_VIOLATION",
	"RESIDUAL_PII",
	"SGBV_393",
	"SUBJECT_REGION_UNKNOWN",
	"SUBJECT_RESTRICTED",
	"TARGET_UNREGISTERED",
	"TENANT_UNKNOWN",
	"TIA_EXPIRED",
	"TIA_MISSING",
	"TRAINING_USE",
	"TRANSFER_NO_BASIS",
}

# METADATA
# title: Summary code
# description: No candidate is both permitted and available.
no_target := "NO_COMPLIANT_TARGET"

# METADATA
# title: Order of HTTP statuses
# description: The first gate in this order decides the status; any other refusal is 403.
statuses := [["POLICY_UNAVAILABLE", 503], ["TENANT_UNKNOWN", 403], ["PURPOSE_MISSING", 400]]
