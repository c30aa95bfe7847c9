"""Access to a target: its credential and how it is presented. Names only, never a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxy.core.targets.attempts import NEVER, Retry

#: The schemes that present the caller's own credential, and the name of what is lacking without one.
CALLERS, NO_CREDENTIAL = frozenset({"caller", "caller_account"}), "caller_credential"
#: Headers in which programs name an account of theirs beside a token -> the pattern of its value.
ACCOUNTS = {
    name: re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{0,127}")
    for name in ("chatgpt-account-id", "openai-organization", "openai-project", "x-goog-user-project")
}


@dataclass(frozen=True, slots=True, init=False)
class Authorization:
    """How a credential is presented to a target: a scheme (``proxy.schemes``) with its parameters."""

    scheme: str
    parameters: tuple[tuple[str, str], ...]

    def __init__(self, scheme: str = "bearer", **parameters: str) -> None:
        """Take the scheme's parameters by name."""
        object.__setattr__(self, "scheme", scheme)
        object.__setattr__(self, "parameters", tuple(sorted(parameters.items())))

    def __getitem__(self, name: str) -> str:
        """Return a parameter's value."""
        return dict(self.parameters)[name]


@dataclass(frozen=True, slots=True)
class Probe:
    """A path on the target's host that answers below 500 while the target is healthy; "" for none."""

    path: str = ""
    interval_s: float = 10.0
    timeout_s: float = 2.0


UNPROBED = Probe()


@dataclass(frozen=True, slots=True)
class Access:
    """The catalog's access data of a target; files are names in the folder ``PROXY_TARGET_FILES``."""

    authorization: Authorization = Authorization()
    credential: str = ""  # an environment variable
    credential_file: str = ""
    ca: str = ""  # a file of authorities that are trusted instead of the machine's
    certificate: str = ""  # a file with the client's certificate, and its key unless ``key`` names another
    key: str = ""
    retry: Retry = NEVER
    probe: Probe = UNPROBED


DIRECT = Access()


def is_file_name(name: str) -> bool:
    """Whether this is a plain file name: not a path, not hidden."""
    return bool(name) and not name.startswith(".") and not {"/", "\\", "\0"} & set(name)
