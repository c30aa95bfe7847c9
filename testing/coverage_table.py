"""Prints how much of each package the tests reach: ``python -m testing.coverage_table coverage.json``."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

_COUNTED = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def packages(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> dict[str, list[int]]:
    """Return, per package of two levels and in all, statements, those run, branches and those taken."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(_COUNTED))
    for file, entry in sorted(report["files"].items()):
        for name in (".".join(Path(file).parent.parts[:2]), "total"):
            counted = (entry["summary"][key] for key in _COUNTED)
            found[name] = [sum(pair) for pair in zip(found[name], counted, strict=True)]
    return dict(sorted(found.items(), key=lambda one: one[0] == "total"))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def main() -> None:
    """Print the table."""
    print(f"{'package':24}{'statements':>12}{'%':>8}{'branches':>12}{'%':>8}")
    for name, (statements, run, branches, taken) in packages(json.loads(Path(sys.argv[1]).read_text())).items():
        print(f"{name:24}{statements:12}{_percent(run, statements):>8}{branches:12}{_percent(taken, branches):>8}")


if __name__ == "__main__":
    main()
