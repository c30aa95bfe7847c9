"""The members that the Responses API knows. Tables only; see ``members``.

Sources: OpenAI's OpenAPI description (2026-08), the types of its Python SDK (2.54). Omitted on purpose, so that they
are features: what recalls or keeps state (``previous_response_id``, ``conversation``, ``background``, the stored
``prompt``, references to items), what the provider itself calls or runs (tools of type
``web_search``, ``file_search``, ``mcp`` with servers and connectors, ``code_interpreter``, ``image_generation``,
``shell`` ...), and consent to such a call (``mcp_approval_response``).
"""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import members

#: Tools that only the caller carries out.
_OWN_TOOLS = frozenset("function custom namespace local_shell apply_patch".split())
_TOOL_WORDS = """
    type name description parameters strict output_schema defer_loading allowed_callers format
"""


def _item(words: str, **below: Members) -> Members:
    return Members(any_of(f"type id status {words}") | below)


_TOOL = Members(
    any_of(_TOOL_WORDS) | {"tools": Members(any_of(_TOOL_WORDS), frozenset({"function", "custom"}), typed=True)},
    _OWN_TOOLS,
    typed=True,
)
_CHOSEN = Members(any_of("type name namespace"), _OWN_TOOLS)
_TOOL_CHOICE = Members(any_of("type name mode") | {"tools": _CHOSEN}, _OWN_TOOLS | {"allowed_tools"})
_FORMAT = Members(any_of("type name description schema strict"), frozenset({"text", "json_object", "json_schema"}))
_CALLER = Members(any_of("type caller_id"))
#: By the type of an item. One without a type is a message, and with an id alone a reference.
ITEMS = {
    "": Members(any_of("type role content phase status")),
    "message": _item("role content phase"),
    "function_call": _item("call_id name namespace arguments parsed_arguments", caller=_CALLER),
    "function_call_output": _item("call_id name namespace output", caller=_CALLER),
    "custom_tool_call": _item("call_id name namespace input", caller=_CALLER),
    "custom_tool_call_output": _item("call_id output", caller=_CALLER),
    "local_shell_call": _item("call_id action"),
    "local_shell_call_output": _item("call_id output"),
    "shell_call": _item("call_id action", caller=_CALLER, environment=Members(any_of("type"), frozenset({"local"}))),
    "shell_call_output": _item("call_id output max_output_length", caller=_CALLER),
    "apply_patch_call": _item("call_id operation", caller=_CALLER),
    "apply_patch_call_output": _item("call_id output", caller=_CALLER),
    "tool_search_call": _item("call_id execution arguments"),
    "tool_search_output": _item("call_id execution", tools=_TOOL),
    "additional_tools": _item("role", tools=_TOOL),
    "computer_call": _item("call_id action actions pending_safety_checks"),
    "computer_call_output": _item("call_id output acknowledged_safety_checks"),
    "reasoning": _item("summary content encrypted_content"),
    "compaction": _item("encrypted_content"),
    "program": _item("call_id code fingerprint"),
    "program_output": _item("call_id result"),
    "web_search_call": _item("action"),
    "file_search_call": _item("queries", results=Members(any_of("text filename attributes score"))),
    "code_interpreter_call": _item("code outputs"),
    "image_generation_call": _item("result revised_prompt size quality background output_format action"),
    "mcp_call": _item("server_label name arguments output error approval_request_id"),
    "mcp_list_tools": _item("server_label tools error"),
    "mcp_approval_request": _item("server_label name arguments"),
}
#: Items that request something: each is a feature by its type.
ASKING = {
    kind: Members(any_of("type id approval_request_id approve reason"), frozenset({"none"}))
    for kind in ("item_reference", "mcp_approval_response", "compaction_trigger")
}
_TEXT = any_of("type text annotations logprobs refusal prompt_cache_breakpoint parsed")
TEXT_PART = Members(_TEXT)
PART = Members(_TEXT | any_of("detail image_url file_data file_url filename input_audio"))
_MEMBERS = any_of(
    """
        model input instructions stream metadata user safety_identifier prompt_cache_key prompt_cache_retention
        prompt_cache_options service_tier max_output_tokens max_tool_calls parallel_tool_calls store temperature top_p
        top_logprobs truncation include personality seed stop top_k min_p repetition_penalty frequency_penalty
        presence_penalty priority request_id cache_salt
        """
) | {
    "tools": _TOOL,
    "tool_choice": _TOOL_CHOICE,
    "text": Members(any_of("verbosity") | {"format": _FORMAT}),
    "reasoning": Members(any_of("effort summary generate_summary mode context")),
    "stream_options": Members(any_of("include_obfuscation")),
    "context_management": Members(any_of("type compact_threshold"), frozenset({"compaction"}), typed=True),
    "moderation": Members(any_of("model policy")),
}
RESPONSES = Members(_MEMBERS)
#: Features by which the target keeps something, or uses what it kept; an id alone refers to an item. A response in the
#: background is kept by a member (``Keep``), which can be left out.
KEEPING = (members.KEEPING - {"background"}) | {
    "item_reference",
    "compaction_trigger",
    "id",
    "shell",
    "mcp_approval_response",
}
