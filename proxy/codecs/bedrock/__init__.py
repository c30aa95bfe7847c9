"""Amazon Bedrock's runtime: what AWS's clients speak to ``bedrock-runtime``."""

from __future__ import annotations

from proxy.codecs.base import Api
from proxy.codecs.bedrock.count import COUNT
from proxy.codecs.bedrock.dialect import DIALECT
from proxy.codecs.bedrock.guardrail import APPLY
from proxy.codecs.bedrock.invoke import INVOKE
from proxy.codecs.bedrock.shape import CONVERSE

__all__ = ["APIS", "DIALECT"]

APIS: tuple[Api, ...] = (CONVERSE, INVOKE, COUNT, APPLY)
