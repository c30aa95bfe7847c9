"""The checks and tests that a policy must pass before it may decide. Runs in a process of its own.

``python -m proxy.policy.activation.gate POLICIES [overlay]`` reads a tree as JSON from standard input and prints one
JSON object: ``{"proved": DIGEST}`` or ``{"refused": REASON, "detail": TEXT}``. The caller reads the folder once, so
the proved tree is the activated one even if files change meanwhile. With ``overlay`` only the overlay's tests run: the
library's tests run without an overlay, so once passed they need not run again for another one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson

from proxy import __version__
from proxy.policy.activation import proof
from proxy.policy.bundles import tree
from proxy.policy.engine import engine
from proxy.policy.faults import BundleRefusedError
from proxy.runtime import private

_LONGEST_S = 300.0
_REMEMBERED = 100


def prove(
    policies_dir: Path, overlay: tree.Overlay | None, memo: Path | None = None, *, tested: bool = False
) -> tree.Tree:
    """Check and test a policy tree; return the proved tree. Blocks for seconds: call it in a thread.

    ``memo`` is a file of digests that this release and engine have proved, so that a tree is proved once, and a library
    tested once for all overlays.
    ``tested``: the release has tested the library.

    Raises:
        BundleRefusedError: a check or a test failed, or they took too long.

    """
    policies = tree.read(policies_dir, overlay)
    digest = policies.digest()
    if memo is not None and digest in _remembered(memo):
        return policies
    mark = library_mark(policies)
    only = ["overlay"] if tested or (memo is not None and mark in _remembered(memo)) else []
    command = [sys.executable, "-m", "proxy.policy.activation.gate", str(policies_dir), *only]
    try:
        verdict = orjson.loads(proof.run_child(command, _LONGEST_S, policies.packed()))
    except (subprocess.SubprocessError, ValueError) as error:
        raise BundleRefusedError("tests", "the checks did not complete") from error
    if "refused" in verdict:
        raise BundleRefusedError(verdict["refused"], verdict["detail"])
    if verdict.get("proved") != digest:
        raise BundleRefusedError("tests", "the checks ran on another policy")
    if memo is not None:
        remember(memo, mark)
        remember(memo, digest)
    return policies


def library_mark(policies: tree.Tree) -> str:
    """Return the mark of a library whose tests have passed; it does not stand for the checks."""
    return f"{policies.library().digest()}@tests"


def remembered(memo: Path, digest: str) -> bool:
    """Whether a tree or a bundle was proved before."""
    return digest in _remembered(memo)


def remember(memo: Path, digest: str) -> None:
    """Record that a tree is proved: by a run here, or by its release."""
    proved = _remembered(memo)
    if digest not in proved:
        private.write(memo, "\n".join([_prover(), *proved[-_REMEMBERED:], digest]).encode("ascii"))


def _remembered(memo: Path) -> list[str]:
    """Return what this release and this engine have proved: what others did says nothing about them."""
    prover, *proved = memo.read_text(encoding="ascii", errors="replace").split() if memo.is_file() else [""]
    return proved if prover == _prover() else []


def _prover() -> str:
    return f"{__version__}@{engine.version()}"


def _prove_here(policies: tree.Tree, policies_dir: Path, *, library: bool) -> str:
    from proxy.policy.authoring import check, suite, vacuous  # noqa: PLC0415  they load the engine, which only the child may

    check.refuse(policies, check.check(policies))
    report = suite.run(policies, suite.folder_data(policies_dir), library=library)
    if report.failed:
        first = report.failed[0]
        more = f" (and {len(report.failed) - 1} more)" if len(report.failed) > 1 else ""
        where = policies.where(first.case.module, first.case.row)
        raise BundleRefusedError("tests", f"{where}: {first.case.name} fails: {first.detail}{more}")
    check.refuse(policies, vacuous.problems(policies, suite.folder_data(policies_dir)))
    return policies.digest()


def main() -> None:
    """Prove a tree and print the verdict."""
    policies_dir, *only = sys.argv[1:]
    try:
        policies = tree.unpacked(sys.stdin.buffer.read())
        verdict = {"proved": _prove_here(policies, Path(policies_dir), library=not only)}
    except BundleRefusedError as error:
        verdict = {"refused": error.reason, "detail": error.detail}
    sys.stdout.write(orjson.dumps(verdict).decode() + "\n")


if __name__ == "__main__":
    main()
