"""Tables of requests, replies and events of the Responses API.

Encrypted reasoning, compactions and fingerprints are sealed. Offsets in annotations count characters of the model's own
text, not of the restored one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from proxy.codecs.call_ids import RUN
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import responses_members as known
from proxy.codecs.openai.members import REFERENCES
from proxy.codecs.openai.tables import KEEPS, KNOWN_KEYS, REFUSES, WORDS
from proxy.codecs.parts import IMAGE, TEXT, FileMembers, PartTable, PartType
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import TOOLS, Keep, RequestTable
from proxy.codecs.usage import NOTHING, UsageTable

_KEYS = KNOWN_KEYS | frozenset(
    """
    instructions include truncation max_output_tokens max_tool_calls reasoning effort summary generate_summary
    background conversation previous_response_id prompt variables context_management include_obfuscation phase status
    call_id namespace output caller caller_id output_schema defer_loading allowed_callers file_url annotations
    encrypted_content action command commands env working_directory timeout_ms max_output_length stdout stderr outcome
    exit_code operation path diff execution actions keys pending_safety_checks acknowledged_safety_checks code
    fingerprint result queries query results attributes score outputs logs server_label error approval_request_id
    approve reason revised_prompt personality moderation policy prompt_cache_options prompt_cache_retention mode ttl
    prompt_cache_breakpoint grammar syntax definition environment context item_id output_index content_index
    """.split()
)
_TYPES = (
    frozenset(
        """
    message output_text reasoning_text summary_text namespace local_shell apply_patch shell allowed_tools exec
    computer_screenshot grammar regex lark local direct program programmatic item_reference mcp_approval_response
    compaction_trigger click double_click drag keypress move screenshot scroll type wait search open_page find_in_page
    url_citation file_citation container_file_citation file_path logs image exit timeout create_file update_file
    delete_file ephemeral web_search web_search_preview file_search code_interpreter image_generation computer
    computer_use_preview mcp tool_search programmatic_tool_calling input_tokens url
    """.split()
    )
    | known.ITEMS.keys()
)
_STATES = frozenset("in_progress completed incomplete failed searching interpreting generating calling".split())
_SAID = {
    "role": frozenset({"system", "user", "assistant", "developer"}),
    "status": _STATES,
    "phase": frozenset({"commentary", "final_answer"}),
    "effort": WORDS | {"xhigh", "max"},
    "summary": frozenset({"auto", "concise", "detailed"}),
    "generate_summary": frozenset({"auto", "concise", "detailed"}),
    "context": frozenset({"auto", "current_turn", "all_turns"}),
    "truncation": frozenset({"auto", "disabled"}),
    "execution": frozenset({"server", "client"}),
    "syntax": frozenset({"regex", "lark"}),
    "mode": frozenset({"auto", "required", "explicit", "implicit"}),
    "ttl": frozenset({"30m"}),
    "prompt_cache_retention": frozenset({"in_memory", "in-memory", "24h"}),
    "allowed_callers": frozenset({"direct", "programmatic"}),
    "include": frozenset(
        """
        file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url
        computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content
        message.output_text.logprobs
        """.split()
    ),
}
_OPENAI = "type format detail tool_choice verbosity service_tier".split()
_ID = re.compile(rf"(?:call|msg|rs|fc|fco|ctc|cto|resp|lsh|sh|apc|cmp|ci|ws|fs|ig|mcp|mcpl|mcpr|tsc|tso|cu|at)_{RUN}")
_TEXT_PART = PartType(TEXT, known.TEXT_PART)
_DETAIL = (None, "auto", "low", "high", "original")
#: Type of item -> places of its parts.
_INSIDE = {
    "": ("content[*]",),
    "message": ("content[*]",),
    "function_call_output": ("output[*]",),
    "custom_tool_call_output": ("output[*]",),
    "computer_call_output": ("output",),
}
_SEALED = {"reasoning": "encrypted_content", "compaction": "encrypted_content", "program": "fingerprint"}
_PICTURES = {"image_generation_call"}


def _of_item(kind: str) -> PartType:
    sealed = (_SEALED[kind],) if kind in _SEALED else ()
    return PartType(
        IMAGE if kind in _PICTURES else TEXT, known.ITEMS[kind], sealed=sealed, inside=_INSIDE.get(kind, ())
    )


_PARTS = PartTable(
    places=("input[*]",),
    kinds={
        **{kind: _of_item(kind) for kind in known.ITEMS},
        **{kind: PartType(TEXT, members) for kind, members in known.ASKING.items()},
        **dict.fromkeys(("input_text", "output_text", "text", "refusal", "summary_text", "reasoning_text"), _TEXT_PART),
        "input_image": PartType(IMAGE, known.PART, FileMembers("image_url", allowed={"detail": _DETAIL})),
        "computer_screenshot": PartType(IMAGE, known.PART),
        "input_audio": PartType("audio", known.PART),
        "input_file": PartType(
            "file", known.PART, FileMembers("file_data", name="filename", allowed={"detail": _DETAIL})
        ),
    },
    text={"type": "input_text"},
    references=REFERENCES,
    words=frozenset({"type", "detail", "filename", "text", "prompt_cache_breakpoint"}),
)
#: A response in the background is kept until it is fetched; without that the caller waits for it.
BACKGROUND = Keep((None, False))
RESPONSES = RequestTable(
    members=known.RESPONSES,
    keys=_KEYS,
    words=dict.fromkeys(_OPENAI, WORDS | _TYPES) | _SAID,
    identifiers={"id": _ID, "call_id": _ID, "caller_id": _ID, "approval_request_id": _ID},
    parameters=frozenset({"max_output_tokens", "max_tool_calls", "temperature", "top_p", "top_logprobs", "seed"}),
    chosen=frozenset({"seed"}),
    parts=_PARTS,
    base64=frozenset({"input_audio.data"}),
    keeps={**KEEPS, "store": Keep((False,), default=True, refusal=False), "background": BACKGROUND},
    keeping=known.KEEPING,
    calls=frozenset({"tools"}),
    tools=(*TOOLS, "input[*].tools[*].name", "input[*].tools[*].tools[*].name"),
)
#: The model of conversations, whose requests name none, for routes.
CONVERSATIONS_MODEL = "conversations"
CONVERSATION = replace(
    RESPONSES,
    members=Members(any_of("items metadata")),
    parts=replace(_PARTS, places=("items[*]",)),
    keeps={},
    calls=frozenset(),
    model="",
    unnamed=CONVERSATIONS_MODEL,
    stream="",
)
#: Places of items: in a reply, an event of one item, an event of the whole reply, a list of input items.
_ITEMS, _REPLIES = ("output[*]", "item", "response.output[*]", "data[*]"), ("", "response.")


#: Type of item and member that the called tool receives -> what names the tool (``ReplyTable.calls``).
_CALLS = {
    "function_call.arguments": "name",
    "custom_tool_call.input": "name",
    "mcp_call.arguments": "=mcp",
    "mcp_approval_request.arguments": "=mcp",
    "local_shell_call.action": "=local_shell",
    "shell_call.action": "=shell",
    "apply_patch_call.operation": "=apply_patch",
    "computer_call.action": "=computer",
    "computer_call.actions": "=computer",
    "code_interpreter_call.code": "=code_interpreter",
    "web_search_call.action": "=web_search",
    "file_search_call.queries": "=file_search",
    "tool_search_call.arguments": "=tool_search",
    "program.code": "=programmatic_tool_calling",
}
_FREE = (
    ("tool_search_output", "tools"),
    ("mcp_list_tools", "tools"),
    ("file_search_call", "results"),
)


def _below_items(ends: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{path}{end}" for end in ends for path in _ITEMS)


_USAGE = UsageTable.of(
    input="usage.input_tokens",
    cached="usage.input_tokens_details.cached_tokens",
    output="usage.output_tokens",
    reasoning="usage.output_tokens_details.reasoning_tokens",
).within("response")
_REFUSALS = {
    "incomplete_details.reason": REFUSES,
    **dict.fromkeys(("output[*].content[*].type", "part.type"), ("refusal",)),
}
RESPONSES_REPLY = ReplyTable(
    structural=frozenset(
        """
        id object model role type status phase item_id call_id response_id previous_response_id caller_id container_id
        file_id approval_request_id obfuscation service_tier truncation first_id last_id
        """.split()
    ),
    needs={"output": list},
    documents=frozenset({"arguments"}),
    calls={f"{path}={call}": name for path in _ITEMS for call, name in _CALLS.items()},
    sealed=(
        *_below_items(f"={kind}.{key}" for kind, key in _SEALED.items()),
        *_below_items(["=image_generation_call.result"]),
        "partial_image_b64",
    ),
    spelled=("logprobs", "part.logprobs", *_below_items([".content[*].logprobs"])),
    free=(
        *(
            f"{reply}{name}"
            for reply in _REPLIES
            for name in ("metadata", "tools", "text.format.schema", "prompt.variables")
        ),
        *_below_items(f"={kind}.{key}" for kind, key in _FREE),
    ),
    usage=_USAGE.refusing(_REFUSALS),
)
#: A kept response, or the list of its input items. What it used was counted when it was made.
KEPT_REPLY = replace(RESPONSES_REPLY, needs={"output": list, "data": list}, usage=NOTHING)
#: A conversation, a list of items, or one of them.
CONVERSATION_REPLY = replace(RESPONSES_REPLY, needs={"created_at": int, "data": list, "item": dict}, usage=NOTHING)
TOKENS_REPLY = ReplyTable(structural=frozenset({"object"}), needs={"input_tokens": int})
