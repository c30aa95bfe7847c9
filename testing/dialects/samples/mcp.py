"""MCP over streamable HTTP: messages as the specifications of 2025-11-25 and 2026-07-28 and the Python SDK have them."""

from __future__ import annotations

from typing import Any

from testing.dialects.samples import Sample

_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "tester", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {"sampling": {}, "roots": {"listChanged": True}},
    "progressToken": 3,
}


def _asked(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def _result(**result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def _said(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


TEXT = {"type": "text", "text": "Some words.", "annotations": {"audience": ["user"], "priority": 1}}
LINK = {"type": "resource_link", "uri": "https://x.example/a", "name": "a page", "title": "A page", "description": "of words",
        "icons": [{"src": "https://x.example/i.png", "mimeType": "image/png"}]}  # fmt: skip
EMBEDDED = {"type": "resource", "resource": {"uri": "note://a", "mimeType": "text/plain", "text": "A note."}}
FILE = {"type": "resource", "resource": {"uri": "file:///a", "mimeType": "text/csv", "blob": "YSxiCg=="}}
PICTURE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
USED = {"type": "tool_use", "id": "call_1", "name": "look_up", "input": {"who": "anybody"}}
TOOL = {"name": "look_up", "title": "Look up", "description": "Looks up.", "icons": [{"src": "https://x.example/i.png"}],
        "inputSchema": {"type": "object", "properties": {"who": {"type": "string", "description": "whom"}}},
        "annotations": {"title": "A look"}}  # fmt: skip
SAMPLING = {"messages": [{"role": "user", "content": TEXT}, {"role": "assistant", "content": [USED]}], "systemPrompt": "Be brief.",
            "modelPreferences": {"hints": [{"name": "any"}]}, "maxTokens": 9, "metadata": {"for": "a test"}}  # fmt: skip
FORM = {"mode": "form", "message": "Who is it?", "requestedSchema": {
    "type": "object", "properties": {"who": {"type": "string", "title": "Who", "default": "nobody"}}}}  # fmt: skip
VISIT = {"mode": "url", "message": "Please visit.", "url": "https://x.example/form", "elicitationId": "e1"}

MESSAGE = Sample(
    requests=[
        _asked("tools/call", name="look_up", arguments={"who": "somebody", "deep": [{"note": "a word", "n": 12345}]}, _meta=_META),
        _asked("initialize", protocolVersion="2025-11-25", capabilities={"elicitation": {"form": {}}}, clientInfo={"name": "tester"}),
        _asked("prompts/get", name="greet", arguments={"who": "somebody"}),
        _asked("resources/read", uri="note://a"),
        _asked("completion/complete", ref={"type": "ref/prompt", "name": "greet"}, argument={"name": "who", "value": "some"},
               context={"arguments": {"tone": "warm"}}),
        _asked("tools/call", name="look_up", arguments={}, inputResponses={
            "first": {"role": "assistant", "model": "any", "content": TEXT, "stopReason": "endTurn"},
            "second": {"action": "accept", "content": {"who": "somebody"}},
            "third": {"roots": [{"uri": "file:///home", "name": "home"}]}}),
        {"jsonrpc": "2.0", "id": "ab", "result": {"role": "assistant", "model": "any", "content": [TEXT, USED]}},
        {"jsonrpc": "2.0", "id": 4, "result": {"action": "accept", "content": {"who": "somebody", "sure": True}}},
        {"jsonrpc": "2.0", "id": 5, "error": {"code": -1, "message": "The user refused.", "data": {"why": "no time"}}},
        _said("notifications/cancelled", requestId=1, reason="no time"),
    ],
    text=("params", "arguments", "who"),
    replies=[
        _result(content=[TEXT, LINK, EMBEDDED, FILE, PICTURE, {"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"}],
                structuredContent={"found": [{"who": "somebody"}]}, isError=False, _meta={"note": "a word"}),
        _result(tools=[TOOL], nextCursor="p2", ttlMs=9, cacheScope="private", resultType="complete"),
        _result(prompts=[{"name": "greet", "description": "Greets.", "arguments": [{"name": "who", "description": "whom"}]}]),
        _result(description="A greeting", messages=[{"role": "user", "content": TEXT}, {"role": "assistant", "content": EMBEDDED}]),
        _result(resources=[{"uri": "note://a", "name": "a", "title": "A", "description": "A note", "mimeType": "text/plain"}]),
        _result(contents=[{"uri": "note://a", "mimeType": "text/plain", "text": "A note."}, {"uri": "note://b", "blob": "QSBub3Rl"}]),
        _result(resourceTemplates=[{"uriTemplate": "note://{name}", "name": "notes"}]),
        _result(completion={"values": ["somebody", "someone"], "total": 2, "hasMore": False}),
        _result(protocolVersion="2025-11-25", capabilities={"tools": {"listChanged": True}}, instructions="Ask me.",
                serverInfo={"name": "demo", "version": "1", "icons": [{"src": "https://x.example/s.png"}]}),
        _result(supportedVersions=["2026-07-28"], capabilities={}, serverInfo={"name": "demo", "version": "1"}),
        _result(resultType="input_required", inputRequests={
            "first": {"method": "sampling/createMessage", "params": SAMPLING},
            "second": {"method": "elicitation/create", "params": FORM},
            "third": {"method": "elicitation/create", "params": VISIT}}),
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "No such tool.", "data": {"why": "it is not there"}}},
    ],
    calls={"result.inputRequests.*.params.messages[*].content[*]=tool_use.input": "look_up"},
    tools=("look_up",),
    undeclared=("look_up",),
    addresses=(
        "result.content[*]=resource_link.uri", "result.content[*]=resource_link.icons[*].src", "result.content[*]=resource.resource.uri",
        "result.messages[*].content=resource.resource.uri", "result.tools[*].icons[*].src", "result.resources[*].uri",
        "result.serverInfo.icons[*].src", "result.inputRequests.*.params.url",
        "params.url", "result.contents[*].uri",
    ),
    streams=[
        [("message", event) for event in (
            _said("notifications/progress", progressToken=3, progress=1, total=2, message="Half way."),
            _said("notifications/message", level="info", logger="demo", data={"note": ["a word"]}),
            {**_asked("sampling/createMessage", **SAMPLING), "id": 7},
            {**_asked("elicitation/create", **FORM), "id": "ask-1"},
            {**_asked("elicitation/create", **VISIT), "id": 8},
            {"jsonrpc": "2.0", "id": 9, "method": "roots/list"},
            _result(content=[TEXT, LINK, FILE], structuredContent={"found": "somebody"}),
        )],
    ],
    headers={"mcp-protocol-version": "2025-11-25"},
    variables={"model": "crm"},
)  # fmt: skip

SAMPLES = {"mcp": MESSAGE}
