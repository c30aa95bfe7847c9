"""The members known to OpenAI's API and the model servers that speak its dialect. Tables only; see ``members``.

Sources: OpenAI's OpenAPI description (2026-08); for further members of servers the request types of vLLM, SGLang, TGI,
llama.cpp, Ollama and Mistral's Python SDK (3.7). Omitted on purpose, so that it is a feature, is what chooses another
recipient or model (``models``, ``provider``, ``api_base``, ``kv_transfer_params``), makes the target fetch or call
(``web_search_options``, ``data_sources``, tools of type ``mcp``), keeps or recalls state (``previous_response_id``,
``file_id``), loads code (``chat_template``, ``logits_processors``, ``lora_path``), or carries further members
(``extra_body``).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.members import Members, any_of
from proxy.core.records import Operation

_NAMED = Members(any_of("name"))
_FUNCTION = Members(any_of("name description parameters strict cache_control input_examples"))
_TOOL = Members(
    any_of("type name description parameters strict cache_control")
    | {"function": _FUNCTION, "custom": Members(any_of("name description format"))},
    frozenset({"function", "custom"}),
    typed=True,
)
_CHOSEN = Members(any_of("type name") | {"function": _NAMED, "custom": _NAMED}, frozenset({"function", "custom"}))
_TOOL_CHOICE = Members(
    any_of("type name mode disable_parallel_tool_use")
    | {"function": _NAMED, "custom": _NAMED, "tools": _CHOSEN}
    | {"allowed_tools": Members(any_of("mode") | {"tools": _CHOSEN})},
    frozenset("function custom allowed_tools auto none required any".split()),
)
_CALL = Members(
    any_of("id type index extra_content provider_specific_fields thought_signature")
    | {
        "function": Members(any_of("name arguments parsed_arguments thought_signature")),
        "custom": Members(any_of("name input")),
    },
    frozenset({"function", "custom"}),
)
_LINK = Members(any_of("url detail format"))
_TEXT = any_of("type text refusal annotations cache_control prompt_cache_breakpoint")
TEXT_PART = Members(_TEXT)
#: Mistral's chunks of text: thoughts, references to earlier results, resources read by a caller.
CHUNK = Members(any_of("type thinking signature closed reference_ids uri content"))
PART = Members(
    _TEXT
    | any_of("detail file_data file_url filename document_url document_name uri metadata")
    | {"image_url": _LINK, "audio_url": _LINK, "video_url": _LINK}
    | {"input_audio": Members(any_of("data format url")), "file": Members(any_of("file_data filename format file_url"))}
)
#: Members by which a part of any type names what the target keeps.
REFERENCES = frozenset({"file_id", "file_ids", "uuid", "container_id", "vector_store_ids"})
_MESSAGE = Members(
    any_of(
        """
        role content name refusal tool_call_id annotations images prefix partial tool_name parsed context cache_control
        reasoning reasoning_content reasoning_details thinking_blocks provider_specific_fields extra_content weight
        """
    )
    | {"tool_calls": _CALL, "function_call": Members(any_of("name arguments"))}
)
_FORMAT = Members(
    any_of("type schema value pattern regex grammar structures triggers format")
    | {"json_schema": Members(any_of("name description schema strict"))},
    frozenset("text json_object json_schema json regex grammar ebnf structural_tag".split()),
)
_OPENAI = any_of(
    """
    model stream metadata user safety_identifier prompt_cache_key prompt_cache_retention prompt_cache_options
    service_tier modalities verbosity reasoning_effort max_completion_tokens max_tokens frequency_penalty
    presence_penalty store stop logit_bias logprobs top_logprobs n seed temperature top_p parallel_tool_calls
    """
)
_SERVERS = any_of(
    """
    top_k min_p top_a typical_p tfs_z repetition_penalty repeat_penalty repeat_last_n penalize_nl length_penalty
    best_of use_beam_search early_stopping stop_token_ids include_stop_str_in_output no_stop_trim stop_regex
    min_tokens ignore_eos skip_special_tokens spaces_between_special_tokens add_special_tokens
    truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words echo add_generation_prompt
    continue_final_message chat_template_kwargs mm_processor_kwargs media_io_kwargs guided_json guided_regex
    guided_choice guided_grammar guided_decoding_backend guided_whitespace_pattern structural_tag priority request_id
    rid return_tokens_as_token_ids return_token_ids cache_salt include_reasoning separate_reasoning stream_reasoning
    thinking_token_budget enable_thinking think reasoning_format thinking_forced_open parse_tool_calls documents
    mirostat mirostat_tau mirostat_eta mirostat_lr dynatemp_range dynatemp_exponent xtc_probability xtc_threshold
    dry_multiplier dry_base dry_allowed_length dry_penalty_last_n dry_sequence_breakers grammar json_schema regex ebnf
    n_probs min_keep samplers n_predict n_keep n_discard cache_prompt timings_per_token return_progress
    post_sampling_probs t_max_predict_ms return_tokens random_seed safe_prompt prompt_mode tool_prompt guideline
    keep_alive prompt_truncate_len context_length_exceeded_behavior do_sample max_new_tokens top_n_tokens watermark
    """
)
_OLLAMA = Members(
    any_of(
        """
        num_ctx num_predict num_keep num_batch num_gpu main_gpu num_thread temperature top_k top_p min_p typical_p tfs_z
        repeat_last_n repeat_penalty presence_penalty frequency_penalty penalize_newline mirostat mirostat_tau
        mirostat_eta stop seed use_mmap use_mlock low_vram numa
        """
    )
)
_CHAT = Members(
    _OPENAI
    | _SERVERS
    | {
        "messages": _MESSAGE,
        "tools": _TOOL,
        "functions": _FUNCTION,
        "tool_choice": _TOOL_CHOICE,
        "function_call": _NAMED,
        "response_format": _FORMAT,
        "stream_options": Members(any_of("include_usage include_obfuscation continuous_usage_stats")),
        "prediction": Members(any_of("type content"), frozenset({"content"})),
        "audio": Members(any_of("format") | {"voice": Members({})}),
        "moderation": Members(any_of("model policy")),
        "reasoning": Members(any_of("effort max_tokens exclude enabled summary generate_summary")),
        "thinking": Members(any_of("type budget_tokens clear_thinking display")),
        "usage": Members(any_of("include")),
        "guardrails": Members(any_of("block_on_error moderation_llm_v1 moderation_llm_v2")),
        "options": _OLLAMA,
        "structured_outputs": Members(
            any_of(
                """
                json regex choice grammar json_object structural_tag whitespace_pattern disable_any_whitespace
                disable_additional_properties disable_fallback
                """
            )
        ),
    }
)
_EMBEDDING = Members(
    any_of(
        """
        input model encoding_format dimensions user truncate_prompt_tokens add_special_tokens priority request_id
        normalize truncate prompt_name input_type task late_chunking keep_alive metadata output_dimension output_dtype
        """
    )
    | {"options": _OLLAMA}
)
_COMPLETION = Members(
    _OPENAI
    | _SERVERS
    | any_of("prompt suffix")
    | {
        "response_format": _FORMAT,
        "stream_options": Members(any_of("include_usage include_obfuscation continuous_usage_stats")),
        "options": _OLLAMA,
    }
)
KNOWN: Mapping[Operation, Members] = {
    Operation.CHAT: _CHAT,
    Operation.COMPLETION: _COMPLETION,
    Operation.EMBEDDING: _EMBEDDING,
    Operation.MODERATION: Members(any_of("input model metadata")),
}
#: Features by which the target keeps something, or uses what it kept, by the last member of their path.
KEEPING = (
    frozenset(
        """
    previous_response_id conversation background deferred thread container session_params session_id
    prompt file_search code_interpreter attachments audio
    """.split()
    )
    | REFERENCES
)
