"""What a target speaks and accepts besides text, and what a request requires: two sides of one comparison.

Names of APIs (dialects) in the catalog stand here; ``proxy.codecs`` defines which exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

#: Short names in the catalog. Their members never grow: a target does not gain a dialect because this build does.
FAMILIES: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"anthropic_count_tokens", "anthropic_messages"}),
    "bedrock": frozenset({"bedrock_apply_guardrail", "bedrock_converse", "bedrock_count_tokens", "bedrock_invoke"}),
    "cohere": frozenset({"cohere_chat", "cohere_embed", "cohere_rerank", "cohere_tokenize"}),
    "gemini": frozenset({"gemini_batch_embed", "gemini_count_tokens", "gemini_embed", "gemini_generate"}),
    "kserve": frozenset({"kserve_generate", "kserve_infer", "kserve_model"}),
    "openai": frozenset({"openai_chat", "openai_embeddings"}),
    "tfserving": frozenset(
        {"tfserving_classify", "tfserving_explain", "tfserving_model", "tfserving_predict", "tfserving_regress"}
    ),
}

#: Feature -> the API that implies it.
OFFERED_BY = {"background": "openai_responses_kept"}

#: How a target speaks the caller's dialect: natively, by translation, or not at all.
NATIVE, TRANSLATED, NO = "native", "translated", "no"


#: Prefix of the names of APIs that an installation declares itself.
OWN = "org."
_DECLARED = re.compile(rf"{re.escape(OWN)}[a-z][a-z0-9_]{{0,39}}")


def spoken(names: list[str], names_of_ours: Collection[str], declared: Collection[str] | None = None) -> frozenset[str]:
    """Return the dialects for names in the catalog.

    ``known`` are those of this build, ``declared`` the installation's own, None for any.

    Raises:
        ValueError: one of them is unknown.

    """
    for name in names:
        if _DECLARED.fullmatch(name):
            if declared is not None and name not in declared:
                listed = ", ".join(sorted(declared)) or "none"
                raise ValueError(f"'{name}' is not a declared API; declared are: {listed}")
        elif name not in names_of_ours and name not in FAMILIES:
            raise ValueError(f"'{name}' is not a dialect; known are {', '.join(sorted({*names_of_ours, *FAMILIES}))}")
    return frozenset().union(*(FAMILIES.get(name, {name}) for name in names))


#: Kinds of content that a target may accept.
INPUTS: frozenset[str] = frozenset({"text", "image", "audio", "video", "file"})
#: Member names that may appear in an error or a fact: single words without long numbers.
_WORD = re.compile(r"[A-Za-z_](?:[A-Za-z_-]|\d(?!\d\d)){0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The catalog's declaration of what a target accepts: content, features, hosts to fetch from, dialects.

    ``droppable`` are further features that may be left out of a request for it, which the caller is told.
    ``operations`` (chat, embedding ...) is None for all that its dialects have. ``translated``: requests in another
    dialect may be translated for it.
    """

    inputs: frozenset[str] = INPUTS
    features: frozenset[str] = frozenset()
    remote_hosts: frozenset[str] = frozenset()
    dialects: frozenset[str] = frozenset()
    operations: frozenset[str] | None = None
    translated: bool = False
    droppable: frozenset[str] = frozenset()

    def offers(self, feature: str) -> bool:
        """Whether the target has a feature: declared by name, or implied by an API."""
        return feature in self.features or OFFERED_BY.get(feature) in self.dialects


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """The part of a request that no dialect of a target can express: its path in the caller's words, and the reason."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Translations:
    """The targets to which one request can be translated, and those to which it cannot because of its content."""

    translated: AbstractSet[str] = frozenset()
    untranslatable: Mapping[str, Untranslatable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirements:
    """A request's requirements in names of the catalog, and the candidates that lack some of them."""

    features: tuple[str, ...] = ()
    remote_hosts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    misplaced: tuple[str, ...] = ()  # candidates that answered from a region they are not registered for
    speaking: tuple[tuple[str, str], ...] = ()  # how candidates speak the request's dialect, if not natively

    @property
    def speaks(self) -> Callable[[str], str]:
        """Return a function that returns how a candidate speaks the request's dialect."""
        ways = dict(self.speaking)
        return lambda target: ways.get(target, NATIVE)


NATIVELY = Translations()
NO_REQUIREMENTS = Requirements()


def shown(name: str) -> str:
    """Return the dotted name of a member for messages: "*" for a part that could be the caller's own text."""
    return ".".join(part if _WORD.fullmatch(part) else "*" for part in name.split(".")[:8])
