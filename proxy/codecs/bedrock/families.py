"""Tables of the models' own bodies of InvokeModel.

Claude's bodies are Anthropic's, Nova's are those of Converse, other chats have OpenAI's shape. All the rest (Titan,
Llama, Mistral, Command, Jamba, DeepSeek ...) share one table: a member missing from it is a feature, and every string
is text. A reply shows by itself whose it is, so there is one table of replies.

Sources: AWS's documentation of inference parameters; LiteLLM's reading of them (1.110). Omitted from the members on
purpose: what spells the text (``return_likelihoods``), what is run or searched (``connectors``), other kinds of results
(``taskType`` of pictures).
"""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.anthropic import tables as anthropic
from proxy.codecs.bedrock import converse
from proxy.codecs.cohere import tables as cohere
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import tables as openai
from proxy.codecs.parts import PartTable
from proxy.codecs.reply import ReplyTable, merged
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable

_VERSIONS = frozenset({"bedrock-2023-05-31", "2026-10-21"})
_MESSAGES = anthropic.without_model(_VERSIONS, "anthropic_beta")
CLAUDE = replace(
    _MESSAGES,
    members=Members({name: nested for name, nested in _MESSAGES.members.by_name.items() if name != "stream"}),
    identifiers={**_MESSAGES.identifiers, "anthropic_beta": converse.BETA},
    stream="",
)
_NOVA = {
    name: nested
    for name, nested in converse.CONVERSE.members.by_name.items()
    if name in {"messages", "system", "toolConfig"}
}
NOVA = converse.table(
    Members(
        {
            **_NOVA,
            **any_of("schemaVersion"),
            "inferenceConfig": Members(
                any_of("maxTokens max_new_tokens temperature topP topK stopSequences")
                | {"reasoningConfig": Members(any_of("type maxReasoningEffort"))}
            ),
        }
    ),
    schemaVersion=frozenset({"messages-v1"}),
)
CHAT = replace(openai.CHAT, model="", named=("model",), stream="")

_PENALTY = Members(any_of("scale applyToWhitespaces applyToPunctuations applyToNumbers applyToStopwords applyToEmojis"))
_PROMPTED = Members(
    any_of(
        """
        inputText prompt message preamble chat_history documents texts inputImage images anthropic_version
        temperature top_p top_k topP p k max_tokens max_gen_len max_tokens_to_sample maxTokens stop stop_sequences
        stopSequences seed n numResults num_generations frequency_penalty presence_penalty truncate prompt_truncation
        citation_quality raw_prompting force_single_step tool_results response_format input_type embedding_types
        embeddingTypes output_dimension dimensions normalize stream
        """
    )
    | {
        "textGenerationConfig": Members(any_of("temperature topP maxTokenCount stopSequences")),
        "embeddingConfig": Members(any_of("outputEmbeddingLength")),
        "tools": Members(any_of("name description parameter_definitions")),
    }
    | dict.fromkeys(("countPenalty", "presencePenalty", "frequencyPenalty"), _PENALTY)
)
#: Members that only bodies of embedding models have.
EMBEDDED = frozenset(
    "texts input_type embedding_types embeddingTypes output_dimension dimensions normalize inputImage".split()
)
PROMPTED = RequestTable(
    members=_PROMPTED,
    keys=frozenset(_PROMPTED.by_name)
    | frozenset(
        """
        maxTokenCount outputEmbeddingLength name description parameter_definitions role scale applyToWhitespaces
        applyToPunctuations applyToNumbers applyToStopwords applyToEmojis type required
        """.split()
    ),
    words={
        "role": frozenset("USER CHATBOT SYSTEM TOOL user assistant system".split()),
        "anthropic_version": _VERSIONS,
        "type": frozenset({"json_object", "str", "int", "float", "bool", "list", "dict"}),
        "input_type": frozenset("search_document search_query classification clustering image".split()),
        "truncate": frozenset("NONE START END LEFT RIGHT".split()),
        "prompt_truncation": frozenset({"OFF", "AUTO_PRESERVE_ORDER"}),
        "citation_quality": frozenset({"fast", "accurate"}),
        "embedding_types": frozenset("float int8 uint8 binary ubinary".split()),
        "embeddingTypes": frozenset({"float", "binary"}),
    },
    parameters=frozenset({"seed"}),
    chosen=frozenset({"seed"}),
    parts=PartTable(pictures=("images", "inputImage")),
    calls=frozenset({"tools"}),
    model="",
    stream="",
)

#: Marks the last event, with token counts.
METRICS = "amazon-bedrock-invocationMetrics"
#: Spells the text of a choice, a completion or a generation again, by tokens.
SPELLED = frozenset({"logprobs", "token_likelihoods", "tokens", "token_ids"})
_OTHERS = ReplyTable(
    structural=openai.REPLY_WORDS
    | frozenset(
        """
        stop_reason completionReason finishReason reason event_type response_type generation_id response_id
        amazon-bedrock-guardrailAction
        """.split()
    ),
    needs=dict.fromkeys("results outputs generations completions choices embedding embeddings".split(), list)
    | dict.fromkeys("generation text completion outputText response_type".split(), str),
    documents=frozenset({"arguments"}),
    spelled=(
        *(
            f"{member}[*].{name}"
            for member in ("choices", "generations", "results", "outputs")
            for name in sorted(SPELLED)
        ),
        "completions[*].data.tokens",
        "prompt.tokens",
    ),
    calls={**openai.CHAT_REPLY.calls}
    | dict.fromkeys(("tool_calls[*].parameters", "chat_history[*].tool_calls[*].parameters"), "name"),
    free=("documents[*]",),
    usage=openai.USAGE.otherwise(
        UsageTable.of(
            input="inputTextTokenCount | prompt_token_count | @x-amzn-bedrock-input-token-count",
            output="results[*].tokenCount | totalOutputTextTokenCount | generation_token_count"
            " | @x-amzn-bedrock-output-token-count",
        ),
        UsageTable.of(input=f"{METRICS}.inputTokenCount", output=f"{METRICS}.outputTokenCount"),
    ).refusing(cohere.REFUSALS),
)


REPLY = merged(anthropic.MESSAGE, converse.REPLY, _OTHERS)
_NOVAS = converse.EVENT.below("contentBlockDelta.", "messageStop.")
EVENT = merged(anthropic.EVENT, replace(_NOVAS, usage=converse.EVENT.usage.within("metadata", "messageStop")), _OTHERS)
