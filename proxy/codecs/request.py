"""A request as a table: which of its keys, words and numbers are the dialect's own. Everything else is text. Pure.

A security review reads the tables; this module is the same for every dialect. The default of every table is the safe
one: an unknown key or word is text, an unknown content part is opaque, an unknown member is a feature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import eq
from typing import Any

from proxy.codecs import files, media, numbers, parts, places, pointer
from proxy.codecs.members import Members, features, without
from proxy.codecs.parts import IMAGE, FoundPart, PartTable
from proxy.codecs.pointer import Leaf
from proxy.codecs.repeats import repeats
from proxy.codecs.sites import LeafTable, Site, escape
from proxy.core.decision.seals import SEALED
from proxy.core.documents import distinct
from proxy.core.records import (
    CHANGED,
    Document,
    OpaquePart,
    Operation,
    Payload,
    SealedPart,
    TextSpan,
    Unchanged,
)
from proxy.errors import MalformedRequestError

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}")
#: Names and types of declared tools in most dialects.
TOOLS = (
    *(f"tools[*]{below}" for below in (".name", ".type", ".function.name", ".custom.name")),
    *(f"tools[*].tools[*]{below}" for below in (".name", ".function.name")),
    "functions[*].name",
)
#: What follows the name in the type of a provider's own tool: "web_search_preview_2025_03_11", "bash_20250124".
_NAMED = frozenset({"function", "custom", "namespace"})  # types of tools that have names
_TOOL_VERSION = re.compile(r"(?:_use)?_preview.*|_\d{8}.*|_20\d\d_\d\d_\d\d.*")
_PARAMETER = re.compile(r"-?\d{1,10}(?:\.\d+)?")  # a longer number is not a parameter


@dataclass(frozen=True, slots=True)
class Keep:
    """A member by which the caller asks the target to keep something beyond the reply."""

    nothing: Sequence[Any] = (None,)  # values that ask for nothing
    default: bool = False  # if absent, the target keeps something: refused unless the caller asked for it
    refusal: Any = None  # the value that refuses, where leaving the member out does not


@dataclass(frozen=True, slots=True)
class RequestTable:
    """What is the dialect's own in a request.

    ``words`` and ``identifiers`` say which values of a key are the dialect's, at any depth; any other value is text.
    Values of ``identifiers`` and ``chosen`` are the caller's choice: they are not read, but searched for values removed
    elsewhere.
    """

    members: Members  # those that only tune the answer; any other is a feature
    keys: frozenset[str]  # of the dialect; any other key is text
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    identifiers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()  # paths of members whose numbers identify nobody
    chosen: frozenset[str] = frozenset()  # those of them that may be any number
    parts: PartTable = field(default_factory=PartTable)
    base64: frozenset[str] = frozenset()  # ends of paths to bytes, at any depth
    opaque: Mapping[str, str] = field(default_factory=dict)  # path -> kind of what strings at and below it hold
    keeps: Mapping[str, Keep] = field(default_factory=dict)  # members at the top
    keeping: frozenset[str] = frozenset()  # features by which the target keeps something, by their last member
    calls: frozenset[str] = frozenset()  # members at the top by which something may be called
    tools: tuple[str, ...] = TOOLS  # paths to the names of declared tools, or to objects whose keys are such names
    model: str = "model"  # "" where the body does not name it
    unnamed: str = ""  # the dialect's own default where a request names no model
    named: tuple[str, ...] = ()  # paths at which a body repeats the model named in the path
    stream: str = "stream"
    streams: bool = False  # the default of ``stream``
    root: Site = field(init=False, repr=False, compare=False)  # of the sites in its documents

    def __post_init__(self) -> None:
        """Plant the tree of sites."""
        leaves = LeafTable(
            keys=self.keys,
            words=self.words,
            identifiers=self.identifiers,
            parameters=self.parameters,
            chosen=self.chosen,
            base64=self.base64,
            opaque={places.expected(path): kind for path, kind in self.opaque.items()},
            pictures=tuple(map(places.expected, self.parts.pictures)),
            model=self.model,
        )
        object.__setattr__(self, "root", Site(leaves))


def parse(body: bytes, read: Callable[[bytes], Any] = numbers.loads) -> dict[str, Any]:
    """Return the body's JSON object; ``read`` raises ValueError for JSON that the dialect does not allow.

    Raises:
        MalformedRequestError: it is not an object, or an object in it repeats a key.

    """
    document = load(body, read)
    if not isinstance(document, dict):
        raise MalformedRequestError("the body must be a JSON object")
    return document


def load(body: bytes, read: Callable[[bytes], Any] = numbers.loads) -> Any:
    """Return the body's JSON value; ``read`` as in ``parse``.

    Raises:
        MalformedRequestError: it is not JSON, or an object in it repeats a key.

    """
    try:
        document = read(body)
    except ValueError as error:
        raise MalformedRequestError("the body is not valid JSON") from error
    if repeats(body, document if read is numbers.loads else None):
        raise MalformedRequestError("an object of the body has the same key twice")
    return document


def with_opaque(payload: Payload, opaque: Iterable[OpaquePart]) -> Payload:
    """Return a payload with further unread parts."""
    together = tuple(dict.fromkeys((*payload.opaque, *opaque)))
    return replace(payload, opaque=together, other_opaque=together)


def decode(document: dict[str, Any], table: RequestTable, operation: Operation, model: str = "") -> Payload:
    """Return the payload: every leaf that is not the dialect's own becomes a span, sought, opaque or sealed.

    ``model`` is the one named outside the body, which takes precedence. ``Payload.document`` is ``document``.

    Raises:
        MalformedRequestError, PayloadTooLargeError: no model is named, or as ``pointer.walked``.

    """
    named = model or (document.get(table.model) if table.model else None) or table.unnamed
    if type(named) is not str or not _MODEL.fullmatch(named):
        raise MalformedRequestError(f"'{table.model or 'model'}' must be the name of a model")
    _check_model_places(document, table, named)
    leaves = pointer.walked(document, table.root)
    content_parts = parts.find(document, table.parts)
    read = files.documents(content_parts, table.parts)
    texts = _Texts(table, document, content_parts, read)
    texts.take(leaves)
    opaque = [*_opaque_parts(document, table, content_parts, read), *texts.opaque]
    requested = tuple(
        dict.fromkeys((*features(document, table.members), *parts.requested_features(content_parts, table.parts)))
    )
    storing = _storing(document, table)
    keeps = any(name.rpartition(".")[2] in table.keeping for name in requested)
    return Payload(
        document=document,
        operation=operation,
        model=named,
        stream=bool(table.stream) and document.get(table.stream, table.streams) is True,
        stateful=bool(storing) or keeps,
        tools=any(document.get(name) for name in table.calls),
        tool_names=frozenset(_tool_names(document, table)),
        spans=tuple(texts.spans),
        opaque=distinct([*opaque, *(part for file in read.values() for part in file.opaque)]),
        documents=tuple(read.values()),
        other_opaque=distinct(opaque),
        storage_keys=storing,
        refusals={name: table.keeps[name].refusal for name in storing if table.keeps[name].refusal is not None},
        keeps_state=keeps,
        features=requested,
        links=parts.links(document, content_parts, table.parts),
        unread_numbers=tuple(texts.unread_numbers),
        seals=tuple(texts.seals()),
    )


def encode(payload: Payload, texts: Mapping[int, str], model: str, table: RequestTable) -> bytes:
    """Write the request with changed spans and the target's own model name."""
    return numbers.dumps(rewrite(payload, texts, model, table))


def rewrite(payload: Payload, texts: Mapping[int, str], model: str, table: RequestTable) -> dict[str, Any]:
    """Return the request's document with changed spans and the target's own model name."""
    changes = files.replacements(payload, texts, table.parts)
    for placed in _model_places(payload.document, table):
        changes[placed.pointer] = str(placed.node).removesuffix(payload.model) + model
    changed = pointer.replace(payload.document, changes)
    document = dict(without(changed, table.members, payload.dropped) if payload.dropped else changed)
    document.update(_default_refusals(document, table))
    if table.model:
        document[table.model] = model
    return document


def body_texts(body: bytes, table: RequestTable, unchanged: Unchanged = CHANGED) -> list[str]:
    """Return every text, key and number of a written request that is not the dialect's own: what its reader sees.

    What is ``unchanged`` may be left out.
    """
    return document_texts(numbers.loads(body), table, unchanged)


def document_texts(document: Mapping[str, Any], table: RequestTable, unchanged: Unchanged = CHANGED) -> list[str]:
    """Return every text, key and number of a document that is not the dialect's own; see ``body_texts``."""
    rest = _apart_from(unchanged, document)
    texts = _Texts(table, rest, parts.find(rest, table.parts), {})
    return [leaf.text for leaf in pointer.walked(rest, table.root, unchanged.texts) if texts.is_seen(leaf)]


def _apart_from(unchanged: Unchanged, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document with an empty object in place of each in its lists that is as it was."""
    rest = dict(document)
    for name, before in unchanged.document.items():
        now = document.get(name)
        if isinstance(before, list) and isinstance(now, list) and now and isinstance(now[0], dict):
            address = f"/{escape(name)}/"
            edited = {int(each.removeprefix(address)) for each in unchanged.edited if each.startswith(address)}
            rest[name] = [
                {} if same and isinstance(new, dict) and index not in edited else new
                for index, (new, same) in enumerate(zip(now, map(eq, now, before), strict=False))
            ] + now[len(before) :]
    return rest


def _model_places(document: Mapping[str, Any], table: RequestTable) -> Iterator[places.PlacedNode]:
    return (placed for path in table.named for placed in places.at(document, path))


def _check_model_places(document: Mapping[str, Any], table: RequestTable, model: str) -> None:
    for placed in _model_places(document, table):
        if placed.node not in (model, f"models/{model}"):
            raise MalformedRequestError("the body names another model than the path")


def _tool_names(document: Mapping[str, Any], table: RequestTable) -> Iterator[str]:
    """Yield the names of declared tools; of a type with a version also its name without."""
    for path in table.tools:
        for placed in places.at(document, path):
            for name in placed.node if isinstance(placed.node, dict) else (placed.node,):
                if isinstance(name, str) and not (name in _NAMED and path.endswith(".type")):
                    yield from (name, _TOOL_VERSION.sub("", name))


def _storing(document: Mapping[str, Any], table: RequestTable) -> tuple[str, ...]:
    """Return the members by which the caller asks the target to keep something."""
    return tuple(name for name, keep in table.keeps.items() if _is_kept(document.get(name), keep))


def _is_kept(value: Any, keep: Keep) -> bool:
    if value is None and keep.default:
        return keep.refusal is None
    return value not in keep.nothing


def _default_refusals(document: Mapping[str, Any], table: RequestTable) -> dict[str, Any]:
    """Return the members that stop a target from keeping by default what the caller did not ask it to keep."""
    by_default = {name: keep.refusal for name, keep in table.keeps.items() if keep.default and keep.refusal is not None}
    return {name: refusal for name, refusal in by_default.items() if document.get(name) is None}


class _Texts:
    """Sorts the leaves of one request."""

    def __init__(
        self,
        table: RequestTable,
        document: Mapping[str, Any],
        content_parts: Sequence[FoundPart],
        read: Mapping[str, Document],
    ) -> None:
        self.spans: list[TextSpan] = []
        self.unread_numbers: list[TextSpan] = []
        self.opaque: list[OpaquePart] = []
        self._read = read
        self._sealed = parts.sealed(content_parts)  # address -> path
        self._under: dict[str, list[str]] = {address: [] for address in self._sealed}
        self._bytes = dict(_byte_media(content_parts))
        self._names = {placed.pointer for placed in _model_places(document, table)}
        #: Whether no address matters: what a leaf is, its site and its text say.
        self._anywhere = not (self._sealed or self._read or self._bytes or self._names)

    def take(self, leaves: Sequence[Leaf | TextSpan]) -> None:
        """Add every leaf to the group it belongs to."""
        for leaf in leaves:
            if isinstance(leaf, TextSpan):
                if self._anywhere or self._is_span(leaf):
                    self.spans.append(leaf)
                continue
            address, site, text, _ = leaf
            if seal := self._seal(address):
                if text and (leaf.kind != "value" or not self._is_own(leaf)):
                    self._under[seal].append(text)
            elif address in self._read or self._is_own(leaf):
                if site.rules.chosen:
                    self.unread_numbers.append(TextSpan(address, site.rules.path, text, pointer.SOUGHT))
            else:
                self._add(leaf)

    def _is_span(self, span: TextSpan) -> bool:
        """Whether plain text is read by itself, by its address; if not, it is added to where it belongs."""
        address, path, text, _ = span
        structural = address in self._names
        if seal := self._seal(address):
            if text and not structural:
                self._under[seal].append(text)
        elif not structural and address not in self._read:
            if address not in self._bytes:
                return True
            self.opaque.append(OpaquePart(path, self._bytes[address], pointer=address))
        return False

    def seals(self) -> Iterator[SealedPart]:
        """Yield what is sealed, with the texts under each seal."""
        yield from (SealedPart(path, tuple(self._under[address])) for address, path in self._sealed.items())

    def is_seen(self, leaf: Leaf | TextSpan) -> bool:
        """Whether a leaf is anything but the dialect's own."""
        if isinstance(leaf, TextSpan):
            return self._anywhere or self._is_span(leaf)
        if self._seal(leaf.pointer):
            return False
        return (leaf.site.rules.chosen or not self._is_own(leaf)) and not self._media(leaf)

    def _add(self, leaf: Leaf) -> None:
        media_type, rules = self._media(leaf), leaf.site.rules
        if media_type:
            kind = IMAGE if rules.picture else rules.declared
            self.opaque.append(OpaquePart(rules.path, media_type, kind, pointer=leaf.pointer))
        else:
            texts = self.unread_numbers if leaf.kind == pointer.SOUGHT else self.spans
            texts.append(TextSpan(leaf.pointer, rules.path, leaf.text, leaf.kind))

    def _seal(self, address: str) -> str:
        """Return the address of the sealed part that is or holds this leaf, else ""."""
        if not self._sealed:
            return ""
        cut = len(address)
        while cut > 0 and address[:cut] not in self._sealed:
            cut = max(address.rfind("/", 0, cut), address.rfind("#", 0, cut), address.rfind("~", 0, cut))
        return address[: max(cut, 0)]

    def _is_own(self, leaf: Leaf) -> bool:
        """Whether a leaf is a word or a parameter of the dialect."""
        rules = leaf.site.rules
        if rules.model or leaf.pointer in self._names:
            return True  # a name, see _MODEL; each target gets its own name for it
        if leaf.kind == "key":
            return False
        if leaf.kind == pointer.SOUGHT:
            return rules.top or rules.parameter  # a parameter: what it may be is narrow
        if leaf.kind == "number":
            return rules.parameter and _PARAMETER.fullmatch(leaf.text) is not None
        if rules.words is not None:
            return leaf.text in rules.words
        return rules.identifier is not None and rules.identifier.fullmatch(leaf.text) is not None

    def _media(self, leaf: Leaf) -> str:
        """Return the media type of a leaf that holds binary content, else ""."""
        if leaf.kind != "value":
            return ""
        media_type = media.data_url_media(leaf.text)
        if media_type is not None:
            return media_type
        rules = leaf.site.rules
        known_media = self._bytes.get(leaf.pointer) or rules.declared
        return known_media or (media.UNSPECIFIED if rules.base64 or media.is_binary(leaf.text) else "")


def _byte_media(content_parts: Sequence[FoundPart]) -> Iterator[tuple[str, str]]:
    """Yield the addresses at which parts hold bytes, with their media types."""
    for part in content_parts:
        where = part.part.file
        if where is not None and where.media:
            media_type = where.media_of(part.value)
            yield part.pointer + places.address(where.data), media.policy_media(str(media_type).lower())


def _opaque_parts(
    document: Mapping[str, Any], table: RequestTable, content_parts: Sequence[FoundPart], read: Mapping[str, Document]
) -> list[OpaquePart]:
    documents = {part.pointer for part in read.values()}
    opaque = [
        OpaquePart(part.path, part.part.kind, part.input, pointer=part.pointer)
        for part in content_parts
        if not (part.is_text or part.pointer in documents or part.part.kind == SEALED)
    ]
    first_path = table.parts.places[0] if table.parts.places else ""
    opaque += [OpaquePart(first_path, kind, kind) for kind in parts.outside_kinds(document, table.parts)]
    return [*opaque, *(OpaquePart(path, SEALED, pointer=at) for at, path in parts.sealed(content_parts).items())]
