"""Parts of paths: which of them may be an account, and files whose name is a convention."""

from __future__ import annotations

import re
from typing import Final

#: A file of convention: "CLAUDE.md", "AUTHORS.rst".
_CONVENTIONAL: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*[.](?:md|mdc|txt|rst|toml|lock)\b")
#: The folders of a path before a part of it, and those behind which an account stands.
_FOLDERS: Final = re.compile(r"(?:^|[\s\"'`(=])~?/(?P<folders>(?:[\w.@+-]+/)*)(?P<part>[\w.@+-]*)\Z")
_HOMES: Final = re.compile(r"(?i)(?:^|/)(?:home|users?|u|profiles?|accounts?|members?|people|staff|customers?|mail)/\Z")
_REACH: Final = 200
#: What joins a part to the rest of a name of code, a host or a logger: "o.e.jetty.server", "k8s.io", "GOSTR_94".
_JOINED_BEFORE: Final = re.compile(r"\w(?:[._]|::)\Z")
_JOINED_BEHIND: Final = re.compile(r"(?:[._]|::)\w")


def is_conventional(text: str, start: int) -> bool:
    """Whether a file whose name is a convention is mentioned at an offset."""
    return _CONVENTIONAL.match(text, start) is not None


def is_folder(text: str, start: int) -> bool:
    """Whether a part of a path begins at an offset that does not stand behind a folder of accounts."""
    path = _FOLDERS.search(text, max(0, start - _REACH), start)
    return path is not None and (bool(path["part"]) or _HOMES.search(path["folders"]) is None)


def is_member(text: str, start: int, end: int) -> bool:
    """Whether what stands between two offsets is only a part of a longer name with points or low lines."""
    before = _JOINED_BEFORE.search(text, max(0, start - 3), start)
    return before is not None or _JOINED_BEHIND.match(text, end) is not None
