"""Documents of the catalog with one changed member, and how they are refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import BaseModel

from proxy.catalog import documents
from proxy.errors import ConfigurationError


def put(document: Any, path: str, value: Any) -> Any:
    """Return a copy of a document with a value at a path ("tenants/acme/establishments/0")."""
    changed = copy.deepcopy(document)
    *parents, last = path.split("/")
    node = changed
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node.setdefault(part, {})
    node[int(last) if isinstance(node, list) else last] = value
    return changed


def refusal(document: Any, model: type[BaseModel]) -> str:
    """Return the message with which a document is refused."""
    with pytest.raises(ConfigurationError) as error:
        documents.valid(document, model, "")
    return str(error.value)
