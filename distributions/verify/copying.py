"""Copies what the verifier imports of the product, under the name of the verifier's package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE, PRODUCT = "compliance_proxy_verify", "proxy"
#: An import of the product, at the beginning of a line.
_IMPORT = re.compile(rf"(?m)^(\s*(?:from|import)) {PRODUCT}(?=[. ])")


def copy(into: Path) -> None:
    """Write the modules that ``main.py`` needs, whether at its start or when a function is called, and ``main.py``."""
    here = Path(__file__).parent
    root = here.parents[1]
    for module in (here / "main.py", *closure(here / "main.py", root)):
        target = into / (module.relative_to(root / PRODUCT) if module.parent != here else module.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(renamed(module.read_text()))


def renamed(source: str) -> str:
    """Return a module's source with its imports of the product from the verifier's package."""
    return _IMPORT.sub(rf"\1 {PACKAGE}", source)


def closure(entry: Path, root: Path) -> list[Path]:
    """Return the files of the product that a file imports, directly or through others, packages of each included."""
    files: dict[Path, None] = {}
    pending = list(_imports(entry))
    while pending:
        name = pending.pop()
        parts = name.split(".")
        pending += [".".join(parts[:count]) for count in range(1, len(parts))]
        path = root.joinpath(*parts)
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if file.is_file() and file not in files:
            files[file] = None
            pending += _imports(file)
    return list(files)


def _imports(file: Path) -> Iterator[str]:
    """Yield the modules of the product that a file imports when it runs; names of members may be among them."""
    pending: list[ast.AST] = [ast.parse(file.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        pending += ast.iter_child_nodes(node)
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.split(".")[0] == PRODUCT)
            case ast.ImportFrom(module=str(module), names=names) if module.split(".")[0] == PRODUCT:
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
