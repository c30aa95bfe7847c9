"""Writes rules as a module of Rego."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from proxy.policy.forms.conditions import CONDITIONS, NOT_PINNED, SENT, Condition, quoted, term
from proxy.policy.forms.form import Conditions, HouseRule, HouseRules

#: Where a condition asks about the registry entry of a candidate.
_ENTRY: Final = re.compile(r"\btarget\b[.,]")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule on its way to Rego. ``row`` is its line, or that of a member by its path."""

    package: str
    form: HouseRule
    row: Callable[..., int]

    @property
    def rule_id(self) -> str:
        return f"{self.package}.{self.form.id}"

    @property
    def code(self) -> str:
        return f"{self.package}_{self.form.id}".upper()

    @property
    def verb(self) -> str:
        name, _ = self.form.effect
        return {"deny": "deny", "pin": "deny", "prefer": "prefer"}.get(name, "oblige")

    @property
    def duty(self) -> str:
        """The type of its obligation."""
        name, _ = self.form.effect
        return {"redact_reply": "redact", "cache": "cache_reply"}.get(name, name)

    @property
    def answers(self) -> str:
        """The set that holds its answers: preferences do not say whose they are, so each rule has a set of its own."""
        return f"{self.form.id}_prefers" if self.verb == "prefer" else self.verb

    def when(self) -> list[tuple[str, Condition, Any]]:
        """Return the conditions that must hold: name, condition, value."""
        name, form = self.form.effect
        pinned = [("pin", NOT_PINNED, form.to)] if name == "pin" else []
        sent = [("phase", SENT, None)] if self.verb == "deny" and not self.form.of_reply else []
        return [*sent, *_stated(self.form.when), *pinned]

    def unless(self) -> list[tuple[str, Condition, Any]]:
        """Return the conditions of which none must hold."""
        return _stated(self.form.unless)

    @property
    def of_target(self) -> bool:
        """Whether its answers name a candidate."""
        return self.verb == "prefer" or any(c.of_target for _, c, _ in chain(self.when(), self.unless()))

    def answer(self) -> dict[str, Any]:
        """Return the members of what it contributes, without the target."""
        name, form = self.form.effect
        if self.verb == "deny":
            message = {"message": form.message} if form.message else {}
            return {"code": self.code, "rule_id": self.rule_id, "citation": [self.form.source.title], **message}
        if name == "retain":
            return {"type": name, "rule_id": self.rule_id, "params": {"min_days": form.days}}
        if name == "cache":
            special = {"special_categories": "included"} if form.special_categories else {}
            params = {"max_age_s": form.seconds, **special}
            return {"type": self.duty, "rule_id": self.rule_id, "when": "before_egress", "params": params}
        duty = {"type": self.duty, "rule_id": self.rule_id, "entities": form.entities}
        if name == "redact_reply":
            return {**duty, "when": "after_response"}
        return {**duty, "when": "before_egress", **({"method": form.method} if form.method else {})}

    def lines(self) -> Iterator[str]:
        """Yield its Rego."""
        yield from self._metadata()
        _, form = self.form.effect
        if self.verb == "prefer":
            yield f"prefer contains preference if some preference in {self.answers}"
            yield ""
            yield f'{self.answers} contains {{"target": id, "rank": rank}} if {{'
            candidate = [f"\tsome rank, id in {term(form.targets)}"]
        else:
            yield f"{self.verb} contains {{"
            yield f"\t# {self.form.effect[0]}, line: {self.row(self.form.effect[0])}"
            yield from (f'\t"{member}": {term(value)},' for member, value in self.answer().items())
            if self.of_target:
                yield '\t"target": id,'
            yield "} if {"
            candidate = []
        of_target = [each for each in self.when() if each[1].of_target]
        of_request = [each for each in self.when() if not each[1].of_target]
        yield from self._written("when", of_request)
        if self.of_target:  # last, so that no candidate is looked at for a request that is not meant
            yield from self._of_candidate(candidate, list(self._written("when", of_target)))
        if self.unless():
            yield f"\tnot {self.form.id}_lifted{'(id)' if self.of_target else ''}"
        elif not of_request and not self.of_target:
            yield "\tinput"
        yield "}"
        for each in self.unless():
            argument = ("(id)" if each[1].of_target else "(_)") if self.of_target else ""
            yield ""
            yield f"{self.form.id}_lifted{argument} if {{"
            lines = list(self._written("unless", [each]))
            yield from self._of_candidate([""], lines) if each[1].of_target else lines
            yield "}"
        if self.verb == "deny" and form.waivable:
            yield ""
            yield f"waivable contains {term(self.code)}"

    def _of_candidate(self, named: list[str], lines: list[str]) -> Iterator[str]:
        """Yield lines below what names the candidate, and its registry entry if they ask about that."""
        entry = any(_ENTRY.search(line) for line in lines)
        if named:
            yield from filter(None, named)
            yield from ["\ttarget := facts.registered[id]"] * entry
        else:
            yield f"\tsome id, {'target' if entry else '_'} in facts.registered"
        yield from lines

    def _written(self, part: str, conditions: Sequence[tuple[str, Condition, Any]]) -> Iterator[str]:
        """Yield conditions of a part of the form, each below the line that it stands on there."""
        for name, condition, value in conditions:
            if condition is not SENT:
                steps = (part, name) if name in CONDITIONS else (name,)
                yield f"\t# {name}, line: {self.row(*steps)}"
            yield from (f"\t{line}" for line in condition.lines(value))

    def _metadata(self) -> Iterator[str]:
        lines = [f"title: {quoted(self.form.title)}", f"description: {quoted(self.form.description)}"]
        lines += ["related_resources:", f"  - ref: {quoted(self.form.source.url)}"]
        lines += [f"    description: {quoted(self.form.source.title)}", "custom:", f"  rule_id: {self.rule_id}"]
        lines += [f"  line: {self.row()}"]
        lines += [f"  codes: [{self.code}]"] if self.verb == "deny" else []
        lines += [f"  obligations: [{self.duty}]"] if self.verb == "oblige" else []
        yield "# METADATA"
        yield from (f"# {line}" for line in lines)

    def worlds(self) -> dict[str, Mapping[str, Any]]:
        """Return the worlds of its twin: "applies", and one for each condition that is not as it must be."""
        base = {c.path: c.holds(value) for _, c, value in self.when()}
        base |= {c.path: c.fails(value) for _, c, value in self.unless()}
        others = {f"{name} is otherwise": {**base, c.path: c.fails(value)} for name, c, value in self.when()}
        others |= {f"unless {name}": {**base, c.path: c.holds(value)} for name, c, value in self.unless()}
        return {"applies": base, **others}


def _stated(form: Conditions) -> list[tuple[str, Condition, Any]]:
    return [(name, CONDITIONS[name], value) for name, value in form.stated().items()]


def module(name: str, rules: HouseRules, written: Sequence[CompiledRule]) -> str:
    body = [line for rule in written for line in ("", *rule.lines())]
    text = "\n".join(body)
    libraries = [library for library in ("entities", "facts", "regions") if f"{library}." in text]
    head = ["# METADATA", f"# title: {quoted(rules.title)}", f"# description: {quoted(rules.description)}"]
    head += [f"package org.{name}", "", "import rego.v1"]
    head += ["", *(f"import data.compliance.lib.{library}" for library in libraries)] if libraries else []
    return "\n".join([*head, *body, ""])
