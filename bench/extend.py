"""Add one of each new thing to a copy of the repository as its guide says, run the guide's checks, count the places.

``make extend-check`` (``ARGS='--kind setting'`` for one). A place is a file that the guide changes or adds; a new folder is
one. Tests and pages that ``docs.generate`` writes are counted apart.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docs import generate
from testing import guides
from testing.guides import ROOT, Guide, GuideError

#: Files that ``docs.generate`` and ``tests.dump_schema`` write, as paths below the root.
_STRUCTURE = "migrations/structure.json"
_GENERATED = frozenset({*(f"docs/{name}" for name in generate.FILES), *generate.OTHERS, _STRUCTURE})
_DEADLINE_S = 900


@dataclass(frozen=True, slots=True)
class Places:
    """What following a guide touched, as paths; a new folder is one path and ends with a slash."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    generated: tuple[str, ...]


def run(root: Path, *words: str) -> str:
    """Run a command in a folder with the packages of this environment and the sources of that folder.

    Raises:
        GuideError: it ended with another status than 0.

    """
    environment = {**os.environ, "PYTHONPATH": str(root), "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
    ended = subprocess.run(
        words,
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_DEADLINE_S,
    )
    if ended.returncode != 0:
        raise GuideError(f"{' '.join(words)}\n{(ended.stdout + ended.stderr)[-4000:]}")
    return ended.stdout


@contextmanager
def copy() -> Iterator[Path]:
    """Yield a copy of the working tree, with nothing changed since its only commit."""
    with tempfile.TemporaryDirectory(prefix="extend-") as folder:
        root = Path(folder)
        names = subprocess.run(
            ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for name in filter(None, names.split("\0")):
            if (source := ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(source.read_bytes())
                (root / name).chmod(source.stat().st_mode)
        (root / ".venv").symlink_to(ROOT / ".venv")
        run(root, "git", "init", "-q")
        (root / ".git" / "info" / "exclude").write_text("/.venv\n")
        run(root, "git", "add", "-A")
        run(root, "git", "-c", "user.name=x", "-c", "user.email=x@example", "commit", "-qm", "x")
        yield root


def clean(root: Path) -> None:
    """Take back what a guide did in a copy."""
    run(root, "git", "checkout", "-q", ".")
    run(root, "git", "clean", "-fdq")


def follow(guide: Guide, root: Path, *, commands: bool = True) -> Places:
    """Follow a guide in a copy, with its commands or without, and return what it touched.

    Raises:
        GuideError: a step cannot be followed, or a command of the guide fails.

    """
    if not guide.steps or guide.steps[-1].what != "check":
        raise GuideError(f"{guide.page}: the last step is not a check")
    touched: Places | None = None
    edited = frozenset(step.path for step in guide.steps if step.path)
    for step in guide.steps:
        if step.what not in {"run", "check"}:
            step.edit(root)
        elif commands:
            touched = touched or (places(root, edited) if step.what == "check" else None)
            run(root, "bash", "-euc", step.text)
    return touched or places(root, edited)


def places(root: Path, edited: Collection[str] = ()) -> Places:
    """Return what differs from the copy's commit; what a guide edits by hand is not a generated file."""
    sources, tests, generated = [], [], []
    for name in (line[3:] for line in run(root, "git", "status", "--porcelain").splitlines()):
        is_test = name.startswith(("tests/", "testing/", "bench/")) or name.endswith("_test.rego")
        (generated if name in _GENERATED and name not in edited else tests if is_test else sources).append(name)
    return Places(tuple(sources), tuple(tests), tuple(generated))


def row(guide: Guide, root: Path) -> tuple[str, bool]:
    """Return a guide's row of the table, and whether it holds."""
    try:
        touched = follow(guide, root)
    except (GuideError, subprocess.TimeoutExpired) as error:
        return f"| {guide.kind} | {guide.before} | {guide.should} | fails | | |\n\n{error}", False
    finally:
        clean(root)
    now, tests, pages = len(touched.sources), len(touched.tests), len(touched.generated)
    named = ", ".join(f"`{name}`" for name in touched.sources)
    return f"| {guide.kind} | {guide.before} | {guide.should} | {now} | {tests} + {pages} | {named} |", (
        now <= guide.should
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", help="only this kind of thing (repeatable)")
    kinds = parser.parse_args().kind
    chosen = [guide for guide in guides.every() if not kinds or guide.kind in kinds]
    if not chosen or (kinds and len(chosen) < len(set(kinds))):
        parser.error(f"the kinds are: {', '.join(guide.kind for guide in guides.every())}")
    print("| new | before | should | now | tests + generated pages | places |\n|---|---|---|---|---|---|")
    held = True
    with copy() as root:
        for guide in chosen:
            line, holds = row(guide, root)
            print(line, flush=True)
            held = held and holds
    sys.exit(not held)


if __name__ == "__main__":
    main()
