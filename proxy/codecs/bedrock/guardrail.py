"""ApplyGuardrail: a guardrail judges texts and pictures, and returns the texts as it would change them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from proxy.codecs import checks
from proxy.codecs.api import Address, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.bedrock import converse
from proxy.codecs.bedrock.dialect import DIALECT
from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.core.records import Operation, Payload
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError

#: The model of these requests, which name none, for routes and targets.
_MODEL = "bedrock-guardrail"
_PATH = "/guardrail/{guardrail}/version/{version}/apply"
#: Guardrails in the path, as AWS names them: they are not read.
_GUARDRAIL = re.compile(
    r"[a-z0-9]{1,64}|arn:aws(?:-[a-z-]{1,16})?:bedrock:[a-z0-9-]{1,20}:\d{12}:guardrail/[a-z0-9]{1,64}"
)
_VERSION = re.compile(r"[1-9][0-9]{0,5}|DRAFT")


@dataclass(slots=True, eq=False)
class ApplyApi(TableApi):
    """Implements ``Api``."""

    def decode(self, incoming: Incoming) -> Payload:
        variables = incoming.variables
        if not (_GUARDRAIL.fullmatch(variables["guardrail"]) and _VERSION.fullmatch(variables["version"])):
            raise MalformedRequestError("the path must name a guardrail and its version")
        return TableApi.decode(self, incoming)


APPLY = ApplyApi(
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
    check=checks.objects("content", "part"),
    dialect_values=frozenset({"@path/guardrail", "@path/version"}),
)
