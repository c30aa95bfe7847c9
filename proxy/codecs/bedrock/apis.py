"""Converse and ConverseStream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from proxy.codecs import checks
from proxy.codecs.anthropic import BETAS
from proxy.codecs.api import Address, OptionHeader, TableApi
from proxy.codecs.base import Endpoint
from proxy.codecs.bedrock import converse
from proxy.codecs.bedrock.dialect import DIALECT, GUARDRAIL, OWN
from proxy.codecs.bedrock.shape import ConverseShape
from proxy.codecs.framing.aws_event_stream import AwsEventStream
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

_BETA = re.compile(r"[a-z0-9-]{1,64}")


def betas(document: Mapping[str, Any]) -> Iterable[str]:
    """Return the betas of Claude requested by a body that are not known to only tune.

    Raises:
        MalformedRequestError: they are not a list of such names.

    """
    value = document.get("anthropic_beta")
    names = [] if value is None else value
    if not isinstance(names, list) or not all(isinstance(name, str) and _BETA.fullmatch(name) for name in names):
        raise MalformedRequestError("'anthropic_beta' must be a list of names of betas")
    return [f"anthropic_beta.{name}" for name in BETAS.unknown(names)]


def _additional(document: Mapping[str, Any]) -> Iterable[str]:
    fields = document.get("additionalModelRequestFields")
    return betas(fields) if isinstance(fields, dict) else ()


def with_statement(document: dict[str, Any], statement: str) -> dict[str, Any]:
    system = document.get("system")
    return {**document, "system": [{"text": statement}, *(system if isinstance(system, list) else ())]}


#: A guardrail named by the caller reads the text too, wherever it is located: a feature.
OPTIONS = {GUARDRAIL: OptionHeader(frozenset(), lambda name: "guardrail" if name else "")}


def at(verb: str, *, stream: bool = False) -> Endpoint:
    """Return the endpoint of an operation on a model, whose ARN may contain slashes."""
    return Endpoint("POST", f"/model/{{model:path}}/{verb}", stream=stream)


CONVERSE = TableApi(
    "bedrock_converse", Operation.CHAT, converse.CONVERSE, converse.REPLY, dialect=DIALECT,
    endpoints=(at("converse"), at("converse-stream", stream=True)), address=Address("/model/{model}/converse"),
    streamed_at=Address("/model/{model}/converse-stream"), framing=AwsEventStream(), shape=ConverseShape,
    check=checks.messages, add_statement=with_statement, options=OPTIONS, more_features=_additional,
    dialect_values=OWN | {"@path/model"},
)  # fmt: skip
