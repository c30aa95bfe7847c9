# METADATA
# title: Overlay
# description: |
#   The organisation's own rules: packages org.<name> beside the library, with the sets deny, oblige, prefer and
#   waivable.
#   Nothing they say lifts a denial or weakens a transform. Whatever is not of the agreed shape denies, and so does
#   a package
#   that data.bundle.org names and that answers nothing.
package compliance.lib.overlay

import rego.v1

import data.compliance.lib.codes
import data.compliance.lib.duties
import data.compliance.lib.entities

# METADATA
# title: Denials
# description: Well-formed denials. One without a target refuses the request.
denials contains denial if {
	some name
	some found in data.org[name].deny
	denies(found)
	denial := object.union(
		{"rule_id": concat(".", ["org", name]), "effect": "deny", "citation": [], "evidence": []},
		found,
	)
}

denies(found) if {
	is_string(found.code)
	regex.match(`^[A-Z][A-Z0-9_]*$`, found.code)
	strings_at(found, ["target", "rule_id", "message"])
	lists_at(found, ["citation", "evidence"])
	object.keys(found) - {"code", "rule_id", "target", "citation", "evidence", "message"} == set()
}

# METADATA
# title: Obligations
# description: |
#   Well-formed obligations, for one target or for all of them; a transform only for entities that were found.
obligations contains object.union({"rule_id": concat(".", ["org", name])}, found) if {
	some name
	some found in data.org[name].oblige
	obliges(found)
}

obliges(found) if {
	found.type in duties.types
	strings_at(found, ["target", "rule_id", "profile", "method", "when"])
	lists_at(found, ["entities"])
	is_object(object.get(found, "params", {}))
	object.get(found, "when", "always") in {"before_egress", "after_response", "always"}
	complete(found)
	object.keys(found) - {"type", "rule_id", "target", "entities", "params", "profile", "method", "when"} == set()
}

transforms := {"redact", "pseudonymize", "mask", "generalize", "block_content"}

complete(found) if not found.type in transforms | {"deidentify", "retain"}

complete(found) if {
	found.type in transforms
	count(found.entities) > 0
}

complete(found) if {
	found.type == "deidentify"
	count(found.entities) > 0
	is_string(found.profile)
}

complete(found) if {
	found.type == "retain"
	is_number(found.params.min_days)
}

# METADATA
# title: Preferences
# description: The rank the organisation gives a target; of several the last place holds.
preferences[id] := max(ranks) if {
	some example in preferred
	id := example.target
	ranks := [found.rank | some found in preferred; found.target == id]
}

preferred contains found if {
	some name
	some found in data.org[name].prefer
	prefers(found)
}

prefers(found) if {
	is_string(found.target)
	is_number(found.rank)
	found.rank == floor(found.rank)
	found.rank >= 0
	object.keys(found) == {"target", "rank"}
}

# METADATA
# title: Waivable codes
# description: The organisation's own codes that exceptions and break-glass may lift. A code of the law never is.
waivable contains code if {
	some name
	some code in data.org[name].waivable
	is_string(code)
	not code in codes.law
}

# METADATA
# title: Odd answers
# description: |
#   Package to its verbs whose answer is not a set, or holds an element of another shape; "nothing" for a package that
#   answers nothing.
odd[name] contains verb if {
	some name, answers in answered
	some [verb, answer] in answers
	not is_set(answer)
}

odd[name] contains "deny" if {
	some name
	some found in data.org[name].deny
	not denies(found)
}

odd[name] contains "oblige" if {
	some name
	some found in data.org[name].oblige
	not obliges(found)
}

odd[name] contains "prefer" if {
	some name
	some found in data.org[name].prefer
	not prefers(found)
}

odd[name] contains "waivable" if {
	some name
	some code in data.org[name].waivable
	not is_string(code)
}

odd[name] contains "nothing" if {
	some name in data.bundle.org
	not answered[name]
}

answered[name] contains ["deny", data.org[name].deny]

answered[name] contains ["oblige", data.org[name].oblige]

answered[name] contains ["prefer", data.org[name].prefer]

answered[name] contains ["waivable", data.org[name].waivable]

strings_at(found, keys) if {
	every key in keys { is_string(object.get(found, key, "")) }
}

lists_at(found, keys) if {
	every key in keys {
		list := object.get(found, key, [])
		is_array(list)
		every item in list { is_string(item) }
	}
}

# METADATA
# title: Entities of a transform
# description: Those of an obligation's entity types that were found.
found_entities(obligation) := [type | some type in obligation.entities; entities.kinds[type]]
