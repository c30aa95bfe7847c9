"""A run over parts: each is answered whole and its file appears at once, complete, so that twice is as good as once.

A folder of answers belongs to one plan and one kind of work, which its manifest names; a run that was stopped, whoever
was killed, goes on with the parts that have no file yet.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from proxy.bulk.parts import InputPart, as_document, lines, opened
from proxy.errors import ConfigurationError
from proxy.runtime import resources

MANIFEST = "manifest.json"
#: Bytes that a cluster of this machine keeps for what goes between processes: names of parts, and counts.
_STORE = 100 << 20
#: How often a part is tried again whose worker died.
_RETRIES = 3
Answering = Callable[[Sequence[str]], list[str]]


class Work(Protocol):
    """What is done with lines; it is sent to other processes, and opened there."""

    @property
    def identity(self) -> str:
        """What its answers depend on beside the lines."""
        ...

    def open(self) -> Answering:
        """Return what answers lines, one for each, in order."""
        ...


class Answers:
    """A folder of answers, local or in an object store."""

    def __init__(self, name: str) -> None:
        self.name = name.rstrip("/")
        self.identity = ""  # of the work that claimed it

    def begin(self, parts: Sequence[InputPart], work: Work) -> list[InputPart]:
        """Claim the folder for a plan; return the parts that are still to be answered.

        Raises:
            ConfigurationError: it holds the answers of another.

        """
        from pyarrow import fs  # noqa: PLC0415

        system, path = opened(self.name)
        document = [as_document(part) for part in parts]
        self.identity = work.identity
        digest = hashlib.sha256(json.dumps([document, self.identity]).encode()).hexdigest()
        manifest = {"run": digest, "parts": len(parts), "work": self.identity}
        try:
            system.create_dir(path, recursive=True)
            written = {info.base_name for info in system.get_file_info(fs.FileSelector(path))}
            if MANIFEST in written:
                with system.open_input_file(f"{path}/{MANIFEST}") as source:
                    former = json.loads(source.read())
                if former.get("run") != digest:
                    raise ConfigurationError(
                        f"{self.name} holds the answers of another run: other inputs, other rules or models"
                    )
            elif written:
                raise ConfigurationError(f"{self.name} is not empty, and no folder of answers")
            else:
                self.write(MANIFEST, json.dumps(manifest, indent=1))
        except OSError as error:
            raise ConfigurationError(f"{self.name}: {type(error).__name__}") from error
        return [part for part in parts if part.answers not in written]

    def write(self, file: str, content: str) -> None:
        """Have a file appear, whole."""
        from pyarrow import fs  # noqa: PLC0415

        system, path = opened(self.name)
        if not isinstance(system, fs.LocalFileSystem):  # an object appears when it is complete
            with system.open_output_stream(f"{path}/{file}") as sink:
                sink.write(content.encode("ascii"))
            return
        temporary = f"{path}/.{file}.{secrets.token_hex(4)}"
        with system.open_output_stream(temporary) as sink:
            sink.write(content.encode("ascii"))
        system.move(temporary, f"{path}/{file}")

    def read(self, parts: Sequence[InputPart]) -> Iterator[str]:
        """Yield every answer, in order."""
        system, path = opened(self.name)
        for part in parts:
            with system.open_input_file(f"{path}/{part.answers}") as source:
                yield from source.read().decode("ascii").splitlines()


class PartWorker:
    """Answers parts; opens its work with the first."""

    def __init__(self, work: Work, answers: Answers) -> None:
        self._work, self._answers = work, answers
        self._answering: Answering | None = None

    def answer(self, part: InputPart) -> int:
        """Answer a part and write its file; return how many lines it has.

        Raises:
            ConfigurationError: the work would be another here.

        """
        if self._answering is None:
            if self._work.identity != self._answers.identity:
                raise ConfigurationError(f"{platform.node()} has other rules or models than the run")
            self._answering = self._work.open()
        asked = lines(part)
        answered = self._answering(asked)
        if len(answered) != len(asked):
            raise RuntimeError("not as many answers as lines")
        self._answers.write(part.answers, "".join(f"{line}\n" for line in answered))
        return len(answered)


def here(work: Work, parts: Sequence[InputPart], answers: Answers) -> Iterator[int]:
    """Answer the parts in this process; yield the lines of each."""
    worker = PartWorker(work, answers)
    yield from map(worker.answer, parts)


def on_ray(work: Work, parts: Sequence[InputPart], answers: Answers, address: str, workers: int = 0) -> Iterator[int]:
    """Answer the parts on a Ray cluster; yield the lines of each as it is done.

    ``address`` is the cluster's, "" starts one on this machine; ``workers`` are processes with a core each, 0 for as
    many as there are cores. A worker that dies is started again and its part answered again, a few times.

    Raises:
        ConfigurationError: the extra is not installed, the cluster cannot be reached, a node has other work, or a part
            ends every worker.

    """
    ray = resources.library("ray", "ray")
    try:
        local = {} if address else {"num_cpus": workers or None, "object_store_memory": _STORE}
        ray.init(
            address=address or "local",  # never one that happens to run here
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            ignore_reinit_error=True,
            **local,
        )
    except (ConnectionError, ValueError) as error:
        raise ConfigurationError(f"no Ray cluster at {address}: {error}") from error
    try:
        count = min(workers or int(ray.cluster_resources().get("CPU", 1)), len(parts))
        remote = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=_RETRIES)(PartWorker)
        idle = [remote.remote(work, answers) for _ in range(count)]
        yield from _spread(ray, idle, list(parts))
    finally:
        ray.shutdown()


def _spread(ray: Any, idle: list[Any], waiting: list[InputPart]) -> Iterator[int]:
    """Keep every worker at one part; ``ray.util.ActorPool`` would not say which part failed."""
    waiting.reverse()
    running: dict[Any, tuple[Any, InputPart]] = {}
    while waiting or running:
        while waiting and idle:
            worker, part = idle.pop(), waiting.pop()
            running[worker.answer.remote(part)] = worker, part
        (reference,), _ = ray.wait(list(running))
        worker, part = running.pop(reference)
        idle.append(worker)
        try:
            count = int(ray.get(reference))
        except ray.exceptions.RayActorError as error:
            label = f"part {part.number} ({part.name}, {part.start} to {part.stop})"
            raise ConfigurationError(f"{label} ended its worker {1 + _RETRIES} times") from error
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error
        yield count
