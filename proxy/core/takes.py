"""What a target takes beside text for its model, and what a request asks of it: the two halves of one comparison."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.core.dialects import DIALECTS, NATIVE

#: Kinds of content that a target may take.
INPUTS: frozenset[str] = frozenset({"text", "image", "audio", "video", "file"})


@dataclass(frozen=True, slots=True)
class Takes:
    """What the catalog declares of a target: kinds of content, features, hosts it may be asked to fetch from, dialects.

    ``operations`` (chat, embedding ...) is None where nothing is said: all that its dialects can say.
    """

    inputs: frozenset[str] = INPUTS
    features: frozenset[str] = frozenset()
    remote_hosts: frozenset[str] = frozenset()
    dialects: frozenset[str] = DIALECTS
    operations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for beside an answer, in names of the catalog, and which candidates lack what of it."""

    features: tuple[str, ...] = ()
    remote_hosts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    misplaced: tuple[str, ...] = ()  # candidates that answered from a region they are not registered for
    speaking: tuple[tuple[str, str], ...] = ()  # how candidates speak the request's dialect, where not as it is

    def speaks(self, target: str) -> str:
        """Return how a candidate speaks the request's dialect."""
        return dict(self.speaking).get(target, NATIVE)


EVERY_INPUT = Takes()
NOTHING_ASKED = Asked()
