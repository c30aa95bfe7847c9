"""How much code the product is: lines that are neither blank, comment, docstring nor import, by package.

Run: python -m bench.size. Data (TOML, SQL, Rego, templates) and tests are not counted. The last line says how many files
hold fewer than 25 such lines.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Below so many net lines a file is a micro-file.
MICRO = 25
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def net_lines(path: Path) -> int:
    """Return how many lines of a file are neither blank, comment, docstring nor import."""
    text = path.read_text(encoding="utf-8")
    apart = set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            apart.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            apart.update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return sum(1 for number, line in lines if line and not line.startswith("#") and number not in apart)


def sizes() -> dict[str, int]:
    """Return the net lines of every file of the product, by its path."""
    return {path.relative_to(ROOT).as_posix(): net_lines(path) for path in sorted((ROOT / "proxy").rglob("*.py"))}


def micro_files() -> list[str]:
    """Return the files with little code of their own; those without any are not counted."""
    return [path for path, lines in sizes().items() if 0 < lines < MICRO]


def main() -> None:
    """Print the table."""
    packages: Counter[str] = Counter()
    for path, lines in sizes().items():
        packages["/".join(path.split("/")[:2]).removesuffix(".py")] += lines
    for name, lines in packages.most_common():
        print(f"{name:24s} {lines:6d}")
    print(f"{'together':24s} {packages.total():6d} net lines, {len(micro_files())} files with fewer than {MICRO}")


if __name__ == "__main__":
    main()
