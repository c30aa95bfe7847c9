"""Names of APIs (dialects) in the catalog; ``proxy.codecs`` defines which exist."""

from __future__ import annotations

import re
from collections.abc import Collection

#: Short names in the catalog. Their members never grow: a target does not gain a dialect because this build does.
FAMILIES: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"anthropic_count_tokens", "anthropic_messages"}),
    "bedrock": frozenset({"bedrock_apply_guardrail", "bedrock_converse", "bedrock_count_tokens", "bedrock_invoke"}),
    "cohere": frozenset({"cohere_chat", "cohere_embed", "cohere_rerank", "cohere_tokenize"}),
    "gemini": frozenset({"gemini_batch_embed", "gemini_count_tokens", "gemini_embed", "gemini_generate"}),
    "kserve": frozenset({"kserve_generate", "kserve_infer", "kserve_model"}),
    "openai": frozenset({"openai_chat", "openai_embeddings"}),
    "tfserving": frozenset(
        {"tfserving_classify", "tfserving_explain", "tfserving_model", "tfserving_predict", "tfserving_regress"}
    ),
}

#: Feature -> the API that implies it.
OFFERED_BY = {"background": "openai_responses_kept"}

#: How a target speaks the caller's dialect: natively, by translation, or not at all.
NATIVE, TRANSLATED, NO = "native", "translated", "no"


#: Prefix of the names of APIs that an installation declares itself.
OWN = "org."
_DECLARED = re.compile(rf"{re.escape(OWN)}[a-z][a-z0-9_]{{0,39}}")


def spoken(names: list[str], names_of_ours: Collection[str], declared: Collection[str] | None = None) -> frozenset[str]:
    """Return the dialects for names in the catalog.

    ``known`` are those of this build, ``declared`` the installation's own, None for any.

    Raises:
        ValueError: one of them is unknown.

    """
    for name in names:
        if _DECLARED.fullmatch(name):
            if declared is not None and name not in declared:
                listed = ", ".join(sorted(declared)) or "none"
                raise ValueError(f"'{name}' is not a declared API; declared are: {listed}")
        elif name not in names_of_ours and name not in FAMILIES:
            raise ValueError(f"'{name}' is not a dialect; known are {', '.join(sorted({*names_of_ours, *FAMILIES}))}")
    return frozenset().union(*(FAMILIES.get(name, {name}) for name in names))
