"""The APIs that this build knows by name: what a codec reads and writes, and what a target may be declared to speak."""

from __future__ import annotations

import re
from collections.abc import Collection

#: One line per codec, by its ``name``.
DIALECTS: frozenset[str] = frozenset(
    {
        "anthropic_batches",
        "anthropic_count_tokens",
        "anthropic_messages",
        "anthropic_vertex",
        "bedrock_apply_guardrail",
        "bedrock_converse",
        "bedrock_count_tokens",
        "bedrock_invoke",
        "cohere_chat",
        "cohere_embed",
        "cohere_rerank",
        "cohere_tokenize",
        "gemini_batch_embed",
        "gemini_count_tokens",
        "gemini_embed",
        "gemini_generate",
        "llamacpp_completion",
        "llamacpp_embedding",
        "llamacpp_infill",
        "llamacpp_template",
        "llamacpp_tokenize",
        "mistral_chat_classifications",
        "mistral_chat_moderations",
        "mistral_classifications",
        "mistral_fim",
        "mistral_ocr",
        "mcp",
        "kserve_generate",
        "kserve_infer",
        "kserve_model",
        "ollama_chat",
        "ollama_embed",
        "ollama_embeddings",
        "ollama_generate",
        "openai_batches",
        "openai_chat",
        "openai_files",
        "openai_image_edits",
        "openai_image_variations",
        "openai_images",
        "openai_speech",
        "openai_transcriptions",
        "openai_translations",
        "openai_completions",
        "openai_conversations",
        "openai_embeddings",
        "openai_moderations",
        "openai_responses",
        "openai_responses_compact",
        "openai_responses_kept",
        "openai_responses_tokens",
        "tei_embed",
        "tei_embed_all",
        "tei_embed_sparse",
        "tei_predict",
        "tei_rerank",
        "tei_similarity",
        "tgi_generate",
        "tgi_root",
        "sglang_generate",
        "tgi_tokenize",
        "torchserve_explanations",
        "torchserve_predictions",
        "vllm_classify",
        "vllm_pooling",
        "vllm_rerank",
        "vllm_score",
        "vllm_tokenize",
        "tfserving_classify",
        "tfserving_explain",
        "tfserving_model",
        "tfserving_predict",
        "tfserving_regress",
    }
)
#: Short names in the catalog. What one stands for never grows: a target speaks no more because this build does.
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

#: Feature -> the API by which a target that is declared to speak it offers that feature too.
OFFERED_BY = {"background": "openai_responses_kept"}

#: How a target speaks the caller's dialect: as it is, by way of another one, or not at all.
NATIVE, TRANSLATED, NO = "native", "translated", "no"


#: How the names of APIs begin that an installation declares itself, beside those that this build knows.
OWN = "org."
_DECLARED = re.compile(rf"{re.escape(OWN)}[a-z][a-z0-9_]{{0,39}}")


def spoken(names: list[str], declared: Collection[str] | None = None) -> frozenset[str]:
    """Return the dialects that names of the catalog stand for; ``declared`` are the installation's own, None for any.

    Raises:
        ValueError: nobody knows one of them.

    """
    for name in names:
        if _DECLARED.fullmatch(name):
            if declared is not None and name not in declared:
                known = ", ".join(sorted(declared)) or "none"
                raise ValueError(f"'{name}' is an API that nobody declared; declared are: {known}")
        elif name not in DIALECTS and name not in FAMILIES:
            raise ValueError(f"'{name}' is no dialect; known are {', '.join(sorted({*DIALECTS, *FAMILIES}))}")
    return frozenset().union(*(FAMILIES.get(name, {name}) for name in names))
