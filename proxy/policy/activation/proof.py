"""Trial decisions: before a bundle comes into force it must decide a grid of inputs and recent recorded ones.

``python -m proxy.policy.activation.proof BUNDLE [BEFORE]`` reads ``{"deadline_s": s, "time": t, "inputs": [...]}`` on
standard input, decides the grid over the bundle's own data and then the inputs, and prints a ``Proof`` as one JSON
object, with ``changes`` against the bundle BEFORE, or ``{"refused": REASON, "detail": TEXT}``.

An evaluation cannot be cancelled, so the process ends itself when one runs far beyond the live deadline.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from proxy.policy.activation import odd
from proxy.policy.bundles import bundle
from proxy.policy.decision import answer as answers
from proxy.policy.engine.launch import IN_ENVIRONMENT
from proxy.policy.faults import BundleRefusedError, PolicyFaultError

_RUNNING: set[subprocess.Popen[bytes]] = set()


def run_child(command: Sequence[str], timeout_s: float, stdin: bytes = b"") -> bytes:
    """Run a child to its end, in the engine's environment, and return its standard output.

    Raises:
        subprocess.SubprocessError: it ran longer than the timeout and was killed.

    """
    pipe = subprocess.PIPE
    with subprocess.Popen([*IN_ENVIRONMENT, *command], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        _RUNNING.add(process)
        try:
            stdout, _ = process.communicate(stdin, timeout=timeout_s)
        finally:
            _RUNNING.discard(process)
            process.kill()
    return stdout


def interrupt_children() -> None:
    """Kill the children of this process's threads, so that a shutdown need not wait for them."""
    for process in tuple(_RUNNING):
        process.kill()


#: Number of recorded inputs from the audit log that an activation decides again, newest first.
RECORDED = 200
_LONGEST_S = 300.0
#: All trial decisions together; beyond, a rule is slow although each decision is made in time.
_ENOUGH_S = 200.0
_STARTS_S = 10.0  # how long a child takes to load a bundle, at most
_TIMED = "--seconds"
#: One slow evaluation may be the machine's fault, three are the rule's.
_TRIES = 3
#: Multiple of the live deadline after which an evaluation is given up.
_GIVEN_UP = 3.0
_SHOWN = 20
_STAMP = answers.Stamp("proof", "proof", "1970-01-01T00:00:00Z", "proof")


@dataclass(frozen=True, slots=True)
class Proof:
    """Trial decisions: how many, and the differences from the bundle before, with their counts."""

    decided: int = 0
    changes: tuple[tuple[str, int], ...] = ()

    @property
    def changed(self) -> int:
        """The number of inputs that are decided differently."""
        return sum(count for _, count in self.changes)


@dataclass(frozen=True, slots=True)
class ProofTerms:
    """The terms of a trial: the live deadline in seconds, and recorded inputs."""

    deadline_s: float = 2.0
    inputs: Sequence[Mapping[str, Any]] = field(default=())


def prove(packed: Path, before: Path | None, terms: ProofTerms, at: str) -> Proof:
    """Make trial decisions with the bundle at ``packed``, as of ``at`` (RFC 3339). Blocks: call it in a thread.

    Raises:
        BundleRefusedError: an input stays undecided, conflicts, takes longer than the deadline, or gets an answer that
            the enforcement point cannot read.

    """
    command = [sys.executable, "-m", "proxy.policy.activation.proof", str(packed), *([str(before)] if before else [])]
    trial = orjson.dumps({"deadline_s": terms.deadline_s, "time": at, "inputs": list(terms.inputs)})
    try:
        verdict = orjson.loads(run_child(command, _LONGEST_S, trial))
    except (subprocess.SubprocessError, ValueError) as error:
        raise BundleRefusedError("decisions", "the trial decisions did not complete") from error
    if "refused" in verdict:
        slow = _slow_packages(packed, verdict["input"], terms.deadline_s) if "input" in verdict else []
        detail = f"{verdict['detail']}; slow: {', '.join(slow)}" if slow else verdict["detail"]
        raise BundleRefusedError(verdict["refused"], detail)
    changes = tuple((what, count) for what, count in verdict["changes"])
    return Proof(**{**verdict, "changes": changes})


def _slow_packages(packed: Path, document: Mapping[str, Any], deadline_s: float) -> list[str]:
    """Return the organisation's packages that take most of the deadline by themselves, each asked in a child."""
    slow = []
    about = bundle.read(packed).data.get("bundle") or {}
    for package in (f"org.{name}" for name in about.get("org") or ()):
        command = [sys.executable, "-m", "proxy.policy.activation.proof", str(packed), _TIMED, package]
        try:
            seconds = float(run_child(command, _STARTS_S + deadline_s, orjson.dumps(document)) or deadline_s)
        except subprocess.SubprocessError:
            seconds = deadline_s
        if seconds > deadline_s / 2:
            slow.append(package)
    return slow


def _seconds(packed: str, package: str, document: Mapping[str, Any]) -> float:
    """Return the CPU time of evaluating a package once it is compiled."""
    from proxy.policy.engine.evaluator import Evaluator  # noqa: PLC0415  it loads the engine, which only the child may

    with Evaluator.open(Path(packed), None, None) as evaluator:
        evaluator.query(f"answer := data.{package}", {})
        begun = time.process_time()
        evaluator.query(f"answer := data.{package}", document)
        return time.process_time() - begun


class _Watch:
    """Ends the process, with the verdict, when an evaluation runs far beyond the deadline."""

    def __init__(self, deadline_s: float) -> None:
        self._limit_s = deadline_s * _GIVEN_UP
        self._deadline_s = deadline_s
        self._since: float | None = None
        self.document: Mapping[str, Any] = {}
        self._ends = time.monotonic() + _ENOUGH_S
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, document: Mapping[str, Any]) -> None:
        """Begin an evaluation.

        Raises:
            BundleRefusedError: the evaluations so far have taken all the time that there is.

        """
        self.document, self._since = document, time.monotonic()
        if self._since > self._ends:
            raise BundleRefusedError("slow", f"{_named(document)}: the trial decisions take over {_ENOUGH_S:g} s")

    def end(self) -> float:
        """Return the seconds since ``begin``."""
        seconds = time.monotonic() - (self._since or 0.0)
        self._since = None
        return seconds

    def _run(self) -> None:
        while True:
            time.sleep(self._limit_s / 10)
            since = self._since
            if since is not None and time.monotonic() - since > self._limit_s:
                _print(_slow(self.document, self._deadline_s), self.document)
                os._exit(0)


def _slow(document: Mapping[str, Any], deadline_s: float) -> BundleRefusedError:
    detail = f"{_named(document)}: no decision within {deadline_s:g} s, the live deadline"
    return BundleRefusedError("slow", detail)


def _print(result: BundleRefusedError | Proof, last: Mapping[str, Any] | None = None) -> None:
    """Print the verdict, with the last input that was asked where it was slow."""
    if isinstance(result, BundleRefusedError):
        document: dict[str, Any] = {"refused": result.reason, "detail": result.detail}
        if result.reason == "slow" and last:
            document["input"] = last
    else:
        document = asdict(result)
    sys.stdout.write(orjson.dumps(document).decode() + "\n")
    sys.stdout.flush()


def _named(document: Mapping[str, Any]) -> str:
    """Describe an input without personal data."""
    tenant, activity = document["tenant"]["id"], document["activity"]["id"]
    regions = ",".join(sorted({region["code"] for region in document["data_subjects"]["regions"]})) or "nowhere"
    entities = document["classification"]["entities"]
    types = ",".join(sorted({entity["type"] for entity in entities})[:3]) or document["classification"]["status"]
    return f"{document['phase']} of {tenant}/{activity} from {regions} with {types}"


def _decide_here(arguments: Sequence[str], trial: Mapping[str, Any], watch: _Watch) -> Proof:
    from proxy.policy.decision import grid  # noqa: PLC0415
    from proxy.policy.engine.evaluator import Evaluator  # noqa: PLC0415  it loads the engine, which only the child may

    with Evaluator.open(Path(arguments[0]), None, None) as evaluator:
        inputs = [*grid.questions(evaluator.data, trial["time"]), *trial["inputs"]]
        after = [_answer(evaluator, document, watch, trial["deadline_s"]) for document in inputs]
    changes = Counter(_changes(arguments[1], inputs, after)) if len(arguments) > 1 else Counter()
    shown = tuple(changes.most_common(_SHOWN))
    return Proof(len(inputs), shown)


def _answer(evaluator: Any, document: Mapping[str, Any], watch: _Watch, deadline_s: float) -> Mapping[str, Any]:
    """Return a decision that the enforcement point accepts within the deadline.

    Raises:
        BundleRefusedError: undecided, conflicting, slow or unreadable.

    """
    question = _named(document)
    for _ in range(_TRIES):
        watch.begin(document)
        try:
            answer = evaluator.raw(orjson.dumps(document))
        except Exception as error:
            code = str(getattr(error, "code", "undecided"))
            reason = "conflict" if "conflict" in str(error) else "undecided"
            raise BundleRefusedError(reason, f"{question}: {code}: {str(error).splitlines()[0]}") from error
        finally:
            seconds = watch.end()
        if seconds <= deadline_s:
            _refuse_odd(evaluator, answer, document)
            return _accepted(question, answer, document)
    raise _slow(document, deadline_s)


def _refuse_odd(evaluator: Any, answer: Any, document: Mapping[str, Any]) -> None:
    faults = {odd.described(evaluator, *each, document) for each in odd.answers(answer)}
    if faults:
        raise BundleRefusedError("odd_answer", "\n".join(sorted(faults)))


def _accepted(question: str, answer: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        answers.decision(answer, [candidate["target"] for candidate in document["candidates"]], _STAMP)
    except (PolicyFaultError, KeyError) as fault:
        raise BundleRefusedError("unreadable_decision", f"{question}: {fault}") from fault
    return dict(answer)


def _changes(before: str, inputs: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    from proxy.policy.authoring.compare import Recorded, compare  # noqa: PLC0415
    from proxy.policy.engine.evaluator import Evaluator  # noqa: PLC0415

    with Evaluator.open(Path(before), None, None) as evaluator:
        old = [evaluator.outcome(document) for document in inputs]
    groups = compare([Recorded(document) for document in inputs], old, after).groups()
    for (_, _, moved, gained, lost), group in groups.items():
        yield from [
            " ".join(filter(None, [moved, *(f"+{c}" for c in gained.split()), *(f"-{c}" for c in lost.split())]))
        ] * group.count


def main() -> None:
    """Decide and print the verdict, or print how long a package takes."""
    trial = orjson.loads(sys.stdin.buffer.read())
    packed, *further = sys.argv[1:]
    if further[:1] == [_TIMED]:
        sys.stdout.write(f"{_seconds(packed, further[1], trial):.3f}\n")
        return
    watch = _Watch(trial["deadline_s"])
    try:
        _print(_decide_here([packed, *further], trial, watch))
    except BundleRefusedError as error:
        _print(error, watch.document)


if __name__ == "__main__":
    main()
