"""This process's environment, for code that runs without the settings; imports little."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import MutableMapping

#: Variables that a catalog may name: those for targets, and the customary ones of providers. Never a setting.
_TARGET_VARIABLE = re.compile(
    r"TARGET_[A-Z0-9_]{1,120}"
    r"|(?:ANTHROPIC|AZURE_OPENAI|COHERE|DEEPSEEK|FIREWORKS|GEMINI|GROQ|HF|MISTRAL|OLLAMA|OPENAI|OPENROUTER|TGI|TOGETHER"
    r"|VLLM|XAI)_(?:API_BASE|API_KEY|BASE_URL|ENDPOINT|TOKEN)"
)
_SECRET = re.compile(r"_(?:KEY|TOKEN|SECRET|PASSWORD)(?:_|$)")
#: Addresses that the embedded stack sets for its own parts; they hold no credential.
_ADDRESSES = frozenset({"PROXY_LOCAL_MODEL_URL", "PROXY_STANDIN_URL"})


def environment() -> MutableMapping[str, str]:
    """Return this process's environment, for starting children."""
    return os.environ


def overwrite(name: str) -> None:
    """Overwrite a variable's value in memory, where the kernel exposes it: unsetenv(3) only removes the reference."""
    try:
        pointer = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
    except (AttributeError, OSError, ValueError):  # no such symbol on this system, and no /proc either
        return
    prefix = f"{name}=".encode()
    index = 0
    while address := pointer[index]:
        entry = ctypes.string_at(address)
        if entry.startswith(prefix):
            ctypes.memset(address + len(prefix), ord("-"), len(entry) - len(prefix))
        index += 1


def is_credential_name(name: str) -> bool:
    """Whether a catalog may name this environment variable as a target's credential."""
    return _TARGET_VARIABLE.fullmatch(name) is not None


def is_address_variable(name: str) -> bool:
    """Whether a catalog may use ``${name}`` in a target's address: not if the name suggests a secret.

    An address reaches name servers, logs and the record of each attempt.
    """
    return (is_credential_name(name) and _SECRET.search(name) is None) or name in _ADDRESSES
