"""The four requests of the tour: one for each possible outcome."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PATH = "/v1/chat/completions"
JOURNAL = "/_llmock/requests"  # of the provider stand-in: every body it received
EXCHANGE_HEADER = "x-compliance-exchange"


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request and its expected outcome."""

    name: str
    title: str
    text: str
    expected: str  # the decision's action
    model: str = "gpt-4o-mini"
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the chat completion request."""
        return {"model": self.model, "messages": [{"role": "user", "content": self.text}]}


DEMO_REQUESTS = (
    DemoRequest(
        name="untouched",
        title="Nothing personal in it: forwarded unchanged",
        text="Write one sentence about the sea.",
        expected="forward",
    ),
    DemoRequest(
        name="pseudonymised",
        title="A person in it: pseudonyms are sent, the reply gets the person back",
        text="Thank Anna Schmidt (anna.schmidt@example.com) for her order.",
        expected="redact_and_forward",
    ),
    DemoRequest(
        name="pinned",
        title="Health data: only the model server inside the region may see it",
        text="Please summarise: patient Anna Schmidt, MRN 4839201, has type 2 diabetes.",
        expected="pin_local",
    ),
    DemoRequest(
        name="refused",
        title="A practice the EU AI Act prohibits, Art. 5(1)(f): nobody may see it",
        text="Tell from this chat how stressed Anna Schmidt is at work.",
        expected="block",
        headers={"x-compliance-activity": "emotion-monitoring"},
    ),
)


def curl(request: DemoRequest, proxy_url: str, key: str) -> str:
    """Return a line to paste into a shell."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", **request.headers}
    words = ["curl", "-s", f"{proxy_url}{PATH}"]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, "-d", json.dumps(request.body())])


def sdk_client(proxy_url: str, key: str) -> str:
    """Return the line that creates the SDK's client."""
    return f'from openai import OpenAI; ai = OpenAI(base_url="{proxy_url}/v1", api_key="{key}")'


def sdk(request: DemoRequest) -> str:
    """Return a line to paste into Python after ``sdk_client``."""
    headers = f", extra_headers={dict(request.headers)!r}" if request.headers else ""
    arguments = f"model={request.model!r}, messages=[{{'role': 'user', 'content': {request.text!r}}}]{headers}"
    return f"ai.chat.completions.create({arguments}).choices[0].message.content"
