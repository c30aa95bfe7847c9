# METADATA
# title: Derived facts
# description: |
#   What every rule may ask about one request. Complete rules, so that each is worked out once per decision; nothing
#   here
#   walks the registry.
package compliance.lib.facts

import rego.v1

import data.compliance.lib.entities
import data.compliance.lib.regimes as lawbook

# METADATA
# title: Registered tenant
# description: |
#   The tenant's registry entry; undefined when there is none, or none that says where the tenant is established.
# custom:
#   type: data.tenants.*
tenant := entry if {
	entry := data.tenants[input.tenant.id]
	is_array(entry.establishments)
	every code in entry.establishments { is_string(code) }
}

# METADATA
# title: Instruments
# description: What the tenant signed, filed or was granted for transfers.
instruments := array.concat(registered_instruments, filed_instruments)

default registered_instruments := []

registered_instruments := tenant.instruments if is_array(tenant.instruments)

default filed_instruments := []

filed_instruments := data.filed[input.tenant.id]

# METADATA
# title: Declared activity
# description: The record of processing of the activity; undefined when there is none.
# custom:
#   type: data.activities.*
activity := entry if {
	entry := data.activities[input.activity.id]
	is_object(entry)
}

# METADATA
# title: Categories
# description: Found by classification, set by attributes, or put on by the caller. Labels only raise.
# custom:
#   type: input.classification.categories
categories := ({category | some category in input.classification.categories} |
	{category | some category in input.classification.labels}) | entities.attribute_categories

# METADATA
# title: Unreadable
# description: Some part of the content was not read, so the worst is assumed of it.
unreadable if not input.classification.status == "complete"

unreadable if opaque

# METADATA
# title: Opaque parts
# description: The body holds parts that no extractor read, and not all of them return to whoever sealed them.
opaque if {
	parts := input.classification.opaque_parts
	parts != []
	not returned(parts)
}

returned(parts) if {
	is_array(parts)
	every part in parts { maker(part) }
}

# METADATA
# title: Maker
# description: The target that signed or encrypted a part for this tenant; undefined where that is not known.
maker(part) := part.sealed_by if {
	part.media == "sealed"
	is_string(part.sealed_by)
	part.sealed_by != ""
}

# METADATA
# title: Anonymised
# description: |
#   A recorded anonymisation assessment, and neither an identifier nor a residual entity to contradict it (GDPR
#   recital 26).
anonymised if {
	assessed
	input.classification.residual_entities == 0
	not entities.identified
}

assessed if referred(input.classification.anonymisation_ref)

assessed if referred(activity.anonymisation_ref)

referred(reference) if {
	is_string(reference)
	trim_space(reference) != ""
}

# METADATA
# title: Personal
# description: An identifier is present, the content is labelled personal, or it could not be read.
personal if entities.identified

personal if unreadable

personal if personal_category

personal if patient_told

personal if singled_out

personal_category if {
	"personal" in categories
	not anonymised
}

# METADATA
# title: Told apart as a patient
# description: |
#   A quasi identifier of the Safe Harbor list where the activity of a tenant under HIPAA declares a patient context (an
#   appointment is health information), two of different types beside health content where it declares nothing (45 CFR
#   164.514(b)(2)).
patient_told if {
	hipaa_tenant
	not activity.phi_context == false
	health
	count(entities.quasi("HIPAA")) >= 2
}

patient_told if {
	hipaa_tenant
	activity.phi_context == true
	entities.quasi("HIPAA") != set()
}

# METADATA
# title: Singled out
# description: |
#   Content that a law which reaches it lists as sensitive and two quasi identifiers of different types, or six of them without
#   such content (GDPR recital 26). Where nobody knows where the people live, the lists of Art. 9 GDPR count as well. A recorded
#   anonymisation assessment has looked at just that.
singled_out if {
	sensitive_lists != set()
	count(entities.quasi("GDPR")) >= quasi_single
	not anonymised
}

default quasi_single := 6

quasi_single := 2 if categories & sensitive_lists != set()

# METADATA
# title: Sensitive by law
# description: The categories that the laws which reach the content, or may reach it, list as sensitive.
sensitive_lists := listed_sensitive | {category | region_unknown; some category in data.config.special}

listed_sensitive := {category | some id in reaching; some category in data.regimes[id].sensitive}

# METADATA
# title: Special content
# description: The special categories of Art. 9 GDPR in the content, whoever it is about.
special_content := {category | some category in categories; category in data.config.special}

# METADATA
# title: Established from what was read
# description: Something identifies a person apart from parts that could not be read.
personal_read if entities.identified

personal_read if personal_category

personal_read if patient_told

personal_read if singled_out

# METADATA
# title: Special categories
# description: At least one of the eight categories of Art. 9 GDPR, in personal content.
special if {
	personal
	special_content != set()
}

criminal if "criminal" in categories

health if "health" in categories

# METADATA
# title: Under HIPAA
# description: The tenant is a covered entity, a business associate or a hybrid entity.
hipaa_tenant if tenant.hipaa_role != "none"

hipaa_tenant if {
	tenant
	input.tenant.hipaa_role != "none"
}

# METADATA
# title: Protected health information
# description: |
#   Identified or unreadable content of a tenant under HIPAA in a patient context; where the context is not
#   declared, health
#   content infers it (45 CFR 160.103).
phi if patient_told

phi if {
	hipaa_tenant
	not activity.phi_context == false
	identified_or_unreadable
	patient_content
}

identified_or_unreadable if unreadable

identified_or_unreadable if entities.identified

identified_or_unreadable if personal_category

identified_or_unreadable if singled_out

patient_content if unreadable

patient_content if health

patient_content if activity.phi_context == true

# METADATA
# title: Protected health information by declaration
# description: |
#   The activity itself declares the patient context, so that all personal content in it is protected. That a caller labels
#   content personal does not establish it.
phi_declared if {
	phi
	activity.phi_context == true
	not labelled_personal
}

# METADATA
# title: Protected health information by inference
# description: |
#   The content is nothing but health content, by detection, under no law that asks for a condition of its own. More content never makes
#   less of it, so that nothing is permitted by an addition.
phi_inferred if {
	phi
	special_content == {"health"}
	not "special_condition" in gates
	not labelled_personal
}

labelled_personal if "personal" in input.classification.labels

# METADATA
# title: Establishments
# description: Where the controller is established, as registered and as declared.
# custom:
#   items: country
establishments := {code | some code in tenant.establishments} | {code | some code in input.tenant.establishments}

# METADATA
# title: Origins
# description: The places whose law reaches the content - of the controller and of the people in it.
# custom:
#   items: country
origins := establishments | {region.code | some region in input.data_subjects.regions}

# METADATA
# title: Known origins
# description: Origins without what detection guessed from the content. A guess adds a law, it never relaxes one.
known_origins := establishments | stated

stated := {region.code | some region in input.data_subjects.regions; not guessed(region)}

guessed(region) if region.source in {"detected", "ip_geo"}

# METADATA
# title: Region of the subjects unknown
# description: Neither the key's profile nor a declaration says where the people live.
region_unknown if not region_known

region_known if {
	input.data_subjects.region_status in {"known", "mixed"}
	stated != set()
}

reaching := lawbook.of_places(origins)

# METADATA
# title: Regimes
# description: Those that apply, because the content is personal.
# custom:
#   keys: regimes
regimes := set() if not personal

else := reaching

# METADATA
# title: Regimes with a transfer test
# description: Those that apply and have a ladder.
transferring := {id | some id in regimes; data.regimes[id].ladder}

# METADATA
# title: Gates
# description: What the regimes that apply ask for beside the transfer test.
# custom:
#   values: [legal_basis, consent, restriction, special_condition, criminal_authority, reader, special_at_home]
gates := {gate | some id in regimes; some gate in data.regimes[id].gates}

# METADATA
# title: Candidate targets
# description: Their ids.
candidates := {candidate.target | some candidate in input.candidates}

# METADATA
# title: Ids of registered candidates
# description: As a set.
known := {id | some id in candidates; is_object(data.targets[id])}

# METADATA
# title: Alike
# description: |
#   The first of the registered candidates with the same registry entry and the same instruments, to all of them: what depends on
#   nothing else is worked out once.
alike := {min(ids): ids | some ids in registered_alike} if instruments == []

else := {min(ids): ids |
	some registered_so in registered_alike
	some mine in {instruments_for(id) | some id in registered_so}
	ids := {id | some id in registered_so; instruments_for(id) == mine}
}

registered_alike := {ids |
	some entry in {data.targets[id] | some id in known}
	ids := {id | some id in known; data.targets[id] == entry}
}

# METADATA
# title: Instruments for a target
# description: Those of the tenant that name the target or its provider.
instruments_for(id) := {instrument | some instrument in instruments; concerns(instrument, id)}

concerns(instrument, id) if id in instrument.targets

concerns(instrument, id) if data.targets[id].provider in instrument.providers

# METADATA
# title: Registered candidates
# description: Registry entry per candidate target.
# custom:
#   type: data.targets
registered := {id: data.targets[id] | some id in known}

# METADATA
# title: Ids of third-party candidates
# description: Operated by anybody but the organisation itself; an unknown operator is a third party.
third_parties := known - union({ids | some first, ids in alike; data.targets[first].operator == "self"})

# METADATA
# title: Third-party candidates
# description: Registry entry per third-party candidate.
# custom:
#   type: data.targets
third_party := {id: data.targets[id] | some id in third_parties}

# METADATA
# title: Provider of a candidate
# description: The provider's registry entry, for candidates whose provider is registered.
# custom:
#   type: data.providers
provider := {id: data.providers[data.targets[id].provider] | some id in known}

# METADATA
# title: Places
# description: |
#   Where a target processes, where it is accessed from, and where it stores when it retains anything or the request is
#   stateful. Undefined for a target without a known place, and for one that answered from elsewhere than registered.
# custom:
#   lists: country
places := {id: codes |
	some first, codes in places_alike
	some id in alike[first] - misplaced
}

# METADATA
# title: Places of candidates alike
# description: Of the first of them, wherever one of them answered from.
# custom:
#   lists: country
places_alike := {id: codes |
	some id, _ in alike
	data.targets[id].deployment in {"regional", "datazone", "local"}
	is_array(data.targets[id].processing_regions)
	data.targets[id].processing_regions != []
	codes := reached(id)
	every code in codes {
		is_string(code)
		regex.match(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`, code)
	}
}

# Remote access and subprocessors are places as well (EDPB Guidelines 05/2021).
reached(id) := array.concat(stored(id), accessing(id))

stored(id) := data.targets[id].processing_regions if {
	data.targets[id].retention_days == 0
	input.operation.stateful == false
}

else := array.concat(data.targets[id].processing_regions, data.targets[id].storage_regions) if {
	is_array(data.targets[id].storage_regions)
	data.targets[id].storage_regions != []
}

# METADATA
# title: Places of access
# description: Where support staff of a target has access, and the countries of its provider's subprocessors.
accessing(id) := array.concat(
	object.get(data.targets[id], "support_access_regions", []),
	[country | some each in data.providers[data.targets[id].provider].subprocessors; country := each.country],
)

# METADATA
# title: Misplaced candidates
# description: Targets that answered from a region that they are not registered for. An odd value counts.
misplaced := {candidate.target |
	some candidate in input.candidates
	object.get(candidate, "misplaced", false) != false
}

# METADATA
# title: Indeterminate candidates
# description: Global deployments, and targets with a place that is not known.
indeterminate := known - object.keys(places)

# METADATA
# title: Human resources data
# description: The activity processes data of employees or applicants.
hr_data if activity.hr_data != false

# METADATA
# title: Health information that stays onshore
# description: Protected health information of a tenant that does not allow offshore processing.
onshore_phi if {
	phi
	not tenant.offshore_phi == true
}
