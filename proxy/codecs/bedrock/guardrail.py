"""ApplyGuardrail: a guardrail judges texts and pictures, and returns the texts as it would have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import request
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.bedrock import converse
from proxy.codecs.bedrock.dialect import DIALECT
from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.core.records import Operation

#: Where requests name no model, routes and targets know them by this name.
_MODEL = "bedrock-guardrail"
_PATH = "/guardrail/{guardrail}/version/{version}/apply"


def _check(document: Mapping[str, Any]) -> None:
    request.need_objects(document, "content", "part")


APPLY = TableApi(
    name="bedrock_apply_guardrail",
    dialect=DIALECT,
    endpoints=(Endpoint("POST", _PATH.replace("{guardrail}", "{guardrail:path}")),),
    operation=Operation.MODERATION,
    request=replace(
        converse.table(
            Members(any_of("source content outputScope")),
            source=frozenset({"INPUT", "OUTPUT"}),
            outputScope=frozenset({"INTERVENTIONS", "FULL"}),
        ),
        parts=replace(
            converse.PARTS,
            places=("content[*]",),
            kinds={name: converse.KINDS[name] for name in ("text", "image")},
        ),
        unnamed=_MODEL,
    ),
    reply=ReplyTable(structural=converse.STRUCTURAL, needs={"action": str}),
    address=Address(_PATH),
    check=_check,
    own=frozenset({"@path/guardrail", "@path/version"}),
)
