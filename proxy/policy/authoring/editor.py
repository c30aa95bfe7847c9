"""What an editor and ``opa check --schema`` need to check rules of the organisation: schemas, and Regal's settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from proxy.policy.authoring import typed

#: Marks that OPA does not know, or that would name the whole document where a part of it stands.
_MARKS: Final = frozenset({"$schema", "$id"})
_SCHEMAS: Final = "schemas"
_REGAL: Final = """# Regal (https://www.openpolicyagent.org/projects/regal): what differs from its defaults, and why.
project:
  rego-version: 1
rules:
  imports:
    use-rego-v1:
      level: ignore # import rego.v1 is asked for: every supported OPA reads it the same way
  style:
    line-length:
      max-line-length: 120
  idiomatic:
    directory-package-mismatch:
      level: ignore # a rule of org.NAME may stand in any folder of the overlay
"""


def package_metadata() -> str:
    """Return the metadata of a package whose references OPA checks, for ``opa check --schema schemas``."""
    sections = "".join(f"#   - data.{name}: schema.data.{name}\n" for name in sorted(_sections()))
    return f"# METADATA\n# scope: package\n# schemas:\n#   - input: schema.input\n{sections}"


def write(folder: Path) -> list[Path]:
    """Write schemas of input and data and a Regal configuration into a folder; one that is there stays.

    Raises:
        OSError: a file cannot be written.

    """
    written = []
    for name, content in _files():
        path = folder / name
        if path.suffix == ".json" or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(path)
    return written


def _files() -> Iterator[tuple[str, bytes]]:
    yield f"{_SCHEMAS}/input.json", _json(_bare(typed.schema("input")))
    for name, part in _sections().items():
        yield f"{_SCHEMAS}/data/{name}.json", _json(part)
    yield ".regal/config.yaml", _REGAL.encode()


def _sections() -> dict[str, Mapping[str, Any]]:
    sections: dict[str, Mapping[str, Any]] = typed.schema("data")["properties"]
    return sections


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in _MARKS}


def _json(schema: Any) -> bytes:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
