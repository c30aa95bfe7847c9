"""Tables of MCP messages of both sides.

Sources: the specification of 2025-11-25 and of 2026-07-28 and the types of its Python SDK (2.3). Omitted from the
methods on purpose, so that they are features: what a server keeps or continues after its reply (``tasks/*``,
``resources/subscribe``, ``subscriptions/listen``), and methods of extensions.
"""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable

#: Requests and notifications of clients.
METHODS = frozenset(
    """
    initialize ping server/discover tools/list tools/call prompts/list prompts/get resources/list
    resources/templates/list resources/read completion/complete logging/setLevel
    notifications/initialized notifications/cancelled notifications/progress notifications/roots/list_changed
    """.split()
)
VERSIONS = frozenset("2024-11-05 2025-03-26 2025-06-18 2025-11-25 2026-07-28".split())
_META = "io.modelcontextprotocol/"
_KEYS = frozenset(
    """
    jsonrpc id method params result error code message data name arguments uri cursor ref argument value context
    protocolVersion capabilities clientInfo version title description websiteUrl icons src mimeType sizes theme level
    progressToken progress total requestId reason _meta inputResponses requestState role content type text blob resource
    model stopReason action roots tools listChanged sampling elicitation form url experimental extensions isError
    structuredContent toolUseId input annotations audience priority lastModified traceparent tracestate baggage
    """.split()
) | {f"{_META}{name}" for name in ("protocolVersion", "clientInfo", "clientCapabilities", "logLevel")}
_LEVELS = frozenset("debug info notice warning error critical alert emergency".split())
_WORDS = {
    "jsonrpc": frozenset({"2.0"}),
    "method": METHODS,
    "protocolVersion": VERSIONS,
    f"{_META}protocolVersion": VERSIONS,
    f"{_META}logLevel": _LEVELS,
    "level": _LEVELS,
    "role": frozenset({"user", "assistant"}),
    "action": frozenset({"accept", "decline", "cancel"}),
    "stopReason": frozenset({"endTurn", "stopSequence", "maxTokens", "toolUse"}),
    "type": frozenset("ref/prompt ref/resource text image audio resource resource_link tool_use tool_result".split()),
}
_PARAMS = Members(
    any_of(
        """
        name arguments uri cursor ref argument context protocolVersion capabilities clientInfo level progressToken
        progress total message requestId reason _meta inputResponses
        """
    )
)
#: Answers of a client to a server's question: a completion, a form, its roots, nothing.
_RESULT = Members(any_of("role content model stopReason action roots _meta"))
MESSAGE = RequestTable(
    members=Members(
        any_of("jsonrpc id method")
        | {"params": _PARAMS, "result": _RESULT, "error": Members(any_of("code message data"))}
    ),
    keys=_KEYS,
    words=_WORDS,
    calls=frozenset({"method"}),
    keeping=frozenset({"task"}),
    model="",
    stream="",
)
#: Methods by which a server keeps something, if the catalog allows them.
KEEPING = ("tasks/", "resources/subscribe", "resources/unsubscribe", "subscriptions/")

_STRUCTURAL = frozenset(
    """
    jsonrpc method role type mimeType level action protocolVersion supportedVersions supported stopReason resultType
    cacheScope mode
    """.split()
)
#: Places of content in a server's message: in results, and in questions to its client.
_ASKED = ("params", "result.inputRequests.*.params")
_CONTENT = ("result.content", "result.messages[*].content", *(f"{path}.messages[*].content" for path in _ASKED))


def _blocks(*ends: str) -> tuple[str, ...]:
    """Return places in content blocks, which come as a list or as one."""
    return tuple(f"{path}{listed}{end}" for path in _CONTENT for listed in ("[*]", "") for end in ends)


#: A whole reply, and each event of a stream.
REPLY = ReplyTable(
    structural=_STRUCTURAL,
    needs={"result": dict, "error": dict},
    unread=("result.requestState",),
    calls=dict.fromkeys(_blocks("=tool_use.input"), "name"),
    free=(
        "error.data",
        "result._meta",
        "result.structuredContent",
        "result.toolResult",
        *(f"params.{name}" for name in ("data", "_meta", "metadata")),
        "result.inputRequests.*.params.metadata",
        *_blocks("=tool_result.structuredContent", "._meta"),
    ),
    encoded=("result.contents[*].blob", *_blocks("=image.data", "=audio.data", "=resource.resource.blob")),
)
