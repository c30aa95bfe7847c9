r"""The addresses in a text as any reader may take them: browsers, Markdown, terminals, agents. Pure.

Readers differ in what they decode and in where an authority ends: ``https:\/\/a@b``, ``&#104;ttps:/a``, ``http://a%2F@b``.
An address counts as permitted only if each reading of it leads to a permitted origin. What cannot be read strictly does
not.
"""

from __future__ import annotations

import enum
import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from importlib import resources
from urllib.parse import unquote

from proxy.core.obligations import LISTED
from proxy.core.replies.turns import ModelText

_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "ssh": "22"}
#: Schemes whose authority follows any number of slashes, or none (WHATWG URL, special schemes).
_SPECIAL = frozenset({"http", "https", "ws", "wss", "ftp"})
#: The schemes of an address without one.
_UNWRITTEN = ("https", "http", "ssh")
#: Stand for the scheme of a host by itself, and of one behind two slashes.
_BY_ITSELF, _RELATIVE = "", "//"
#: The scheme of the hosts in addresses of mail: these permit such hosts by themselves, and no address.
_MAIL = "mail"
_LONGEST_SCHEME = 32
#: Characters that readers ignore, besides controls: zero-width and directional ones, selectors, hyphens, tags, halves.
INVISIBLE = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\U0010f800-\U0010ffff"
)
#: Symbols, which readers that make links of bare hosts take for parts of one.
_PICTURES = (
    r"\u00a2-\u00a6\u00a8\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b8\u00d7\u00f7\u02c2-\u02ff\u20a0-\u20cf\u2100-\u2bff"
    r"\u2e80-\u2fff\u3200-\u33ff\ufffc\ufffd\U0001d000-\U0001faff\U000f0000-\U0010f7ff"
)
SYMBOLS = rf"\x00$+=~{_PICTURES}"
_IGNORED = re.compile(f"[\x00-\x1f\x7f{INVISIBLE}]")
DOTS = "\u3002\uff0e\uff61"
_DOTS = str.maketrans(DOTS, "...")
_ENCODED = re.compile(r"[&%\\\x00-\x1f\x7f]").search
_ESCAPE = re.compile(r"\\+(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([!-/:-@\[-`{-~]))")
#: The end of a line in JSON in JSON: no slashes, unless they may begin an address.
_LINE_ENDS = re.compile(
    r"(?<=[^\s\"'`=(<])(?<!http:)(?<!https:)(?<!ws:)(?<!wss:)(?<!ftp:)(?<!file:)\\{2,}(?:[nrt](?=[a-z0-9+.-]{2,31}://)|(?=[nrt]))"
    r"|(?<!:)\\{2,}(?=[nrt][^\\/\s]*\s)"
)
#: How often an encoding may be nested.
_DEEPEST = 2

#: Top-level names: those of the root zone, and of private networks.
_TOPS = frozenset((resources.files(__package__) / "top_level.txt").read_text().split()).union(
    "corp example home internal intranet invalid lan local localdomain onion test web".split()
)
#: Country codes that are also the endings of files.
_FILES = frozenset("ai cc md pl ps py rs sh so".split())
#: Top-level names that end neither files nor members of objects; and those that name a host even without a path.
_COMMON = frozenset("com net org edu gov mil info biz xyz top site online club click test example onion".split())
_USUAL = _COMMON.union(
    """
    int name pro web xxx aero asia coop museum shop mobi app dev page store website tech cloud vip icu link live life
    world news blog email digital network host space fun press zone today win bid stream invalid local localdomain
    internal intranet lan home corp arpa
    """.split(),
    (name for name in _TOPS - _FILES if len(name) == len("eu")),
)
#: Top-level names of other scripts; of those without blanks between words, only the usual ones.
_HAN = "中国|中國|香港|台湾|台灣|公司|网络|網絡|在线|网址|商城|コム|みんな"
_FOREIGN_SCRIPT = rf"(?:[^\W\d_a-z\u0e00-\u0eff\u2e80-\ua000]{{2,63}}|{_HAN})(?<![\u0041-\u024f])"
_ALPHABETS = f"рф|рус|бел|укр|бг|мкд|срб|мон|қаз|онлайн|сайт|дети|орг|ком|ею|ευ|ελ|{_HAN}"  # noqa: RUF001
_LABEL = rf"(?:[^\W_]|[{_PICTURES}])[\w{_PICTURES}-]{{0,62}}\."
_TOP = "(?P<top>[a-z]{2,24})|xn--[a-z0-9-]+"
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{6,8}|\d{9,10}"
_BEFORE = r"(?<![\w/])(?<![\w/)\]]\.)(?:[\w.+-]{1,64}@)?"
#: An address without a scheme: ``host/path``, ``host:80/path``, and ``host:path`` as git and scp write it.
_BARE = re.compile(
    rf"{_BEFORE}((?:{_LABEL}){{1,127}}(?:{_TOP}|{_FOREIGN_SCRIPT})|{_NUMBER}|[a-z][\w-]{{0,62}}(?=:\d))\.?"
    rf"(?P<port>(?::\d{{1,5}})?(?=[/?#])|(?=:(?![\d\s])))|(?<![\w.-])(?P<www>www\.[^\s/?#:@]*)"
)
#: A host by itself.
_ALONE = re.compile(
    rf"{_BEFORE}((?:[^\W_][\w{SYMBOLS}-]{{0,62}}\.){{1,127}}(?:{_TOP}|{_ALPHABETS})|(?<=@){_NUMBER})(?![\w-]|\.\w)"
)
_MAY_BE_BARE = re.compile(r"\w\.?[:/?#]|www\.").search
#: A colon only where a special scheme, by its last letter, or two slashes are beside it.
_MARK = re.compile(r"(?:(?<=[ps]):|:(?=//))(/*)|/(?<![\w:/]/)/+")
#: A scheme behind what may be an escape of JSON begins behind it.
_SCHEME = re.compile(r"(?:(?<=[\\/])[nrt])?([a-z][a-z0-9+.-]*)\Z")
_AUTHORITY = re.compile(r"[^/?#\s]*")
_QUOTES = ('"', "'", "`")
_PARTS = re.compile(r"(?:[\w.~!$&'*+,;=:%-]*@)?(\[[0-9a-f:.]+\]|[^:@\[\]\\%]+)(?::(\d{0,5}))?")
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_AROUND = "\"'`*_)]}>.,;:!"
#: What a request calls an origin; punctuation of the prose around it is not part of it.
_WRITTEN = re.compile(
    r"([a-z][a-z0-9+.-]{1,31}):/{2,}(?:[^\s/?#@\"'<>]{1,256}@)?"
    r"(\[[0-9a-f:.]+\]|[^\s/?#\"'<>:()\[\]{},;|`*\\@]+)(?::(\d{1,5}))?"
)
_WRITTEN_BARE = re.compile(
    rf"{_BEFORE}((?:{_LABEL}){{1,127}}(?:{_TOP}|{_FOREIGN_SCRIPT})|{_NUMBER}|localhost)"
    r"(?::(?P<port>\d{1,5}))?(?![\w-])"
)
_LINE = re.compile(r"([^\\]+)(?:\\+[nrt])+([\w.-]*=.*)?", re.DOTALL).fullmatch
_THIS_MACHINE = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]").fullmatch
_LONGEST_RUN = 1024
#: An address as far as any reader goes on; where no scheme announces one, what may be a host and its user.
_RUN = re.compile(
    r"(?:(?:(?<![a-z0-9+.-])(?!(?<=\\)[nrt])|(?<=\\[nrt]))[a-z][a-z0-9+.-]{0,31}:|(?<!:))\\*/(?:\\*/)+"
    rf"[^\s\"'`<>]{{0,{_LONGEST_RUN}}}"
)
_HOST_RUN = re.compile(rf"[\w.@:%+-]{{1,{_LONGEST_RUN}}}")
_UNBROKEN = re.compile(r"[^\s\"'`<>]*").fullmatch
_ENDS_RUN = re.compile(r"[\s\"'`<>(){}\[\],;|=/?#]|\\+(?:[nrt](?![\w-]*[.@])|[\"'])|\Z").match
_ESCAPED = re.compile(r"(?<=\\)[nrt]").match
_STRICT = re.compile(r"((?:[a-z][a-z0-9+.-]*:)?)/{2,}([^/?#\\\s]*)").match
_STRICT_AS_WRITTEN = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?:\\*/){2,}[^/?#\\]*").match
_BEHIND_AT = re.compile(r"@([^/?#\\\s@]*)").findall
#: Says that the request has been read.
_COLLECTED = ""


class Standing(enum.IntEnum):
    """What a text says of the place behind it; the greater of two counts."""

    WORDS = 0  # no address is open
    PERMITTED = 1  # inside addresses of permitted origins
    UNFINISHED = 2  # inside an authority
    FOREIGN = 3


def readings(text: str) -> set[str]:
    """Return the text as its readers may decode it: entities, escapes, percent-encoding, compatibility characters."""
    if text.isascii() and not _ENCODED(text):
        return {text.lower()}
    forms: set[str] = set()
    fresh = {text}
    for _ in range(_DEEPEST + 1):
        decoded = {other for form in fresh for other in _decoded(form)}
        forms |= decoded
        fresh = {unquote(form) for form in decoded if "%" in form} - forms
    return forms


def _decoded(text: str) -> tuple[str, ...]:
    """Return the text with backslashes read as escapes, and as slashes; and without compatibility characters read."""
    for _ in range(_DEEPEST):
        text = html.unescape(text) if "&" in text else text
    written, text = text.lower(), _folded(text)
    others = () if written == text else (written,)
    slashed = _LINE_ENDS.sub(" ", text) if "\\\\" in text else text
    return *others, _ESCAPE.sub(_unescaped, text), slashed.replace(".\\\\", "./").replace("\\", "/")


def _folded(text: str) -> str:
    text = _IGNORED.sub("", text)
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).translate(_DOTS).lower()


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else escape[3]


class Origins:
    """The origins that a reply's addresses may have: those of the request's texts, and listed ones.

    An origin is scheme, host and port. http in the request permits https; a bare host permits http, https and ssh.
    ``listed`` entries are origins, "https://*.example.com" those of every host below one.
    """

    __slots__ = ("_listed", "_local", "_seen", "_texts")

    def __init__(self, texts: Iterable[str] = (), listed: Collection[str] = ()) -> None:
        """Read ``texts`` once, when an address needs them. What a model named first is not an origin of the request."""
        self._texts = texts
        self._listed = listed
        self._local: Origins | None = None  # with those of the caller's machine
        self._seen = set[str]()

    def with_this_machine(self) -> Origins:
        """Return the same origins and those of the caller's own machine."""
        if self._local is None:
            self._local = copy(self)
            self._local._local = self._local  # noqa: SLF001 - of the same class
        return self._local

    def collect(self) -> set[str]:
        """Return the permitted origins; the first call reads the request's texts, linear in them."""
        origins = self._seen
        if _COLLECTED in origins:
            return origins
        for entry in self._listed:
            if (listed := LISTED.fullmatch(entry)) is not None:
                _add(origins, listed[1], listed[2], listed[3])
        theirs = set[str]()
        for written in self._texts:
            written_origins = _origins(written.lower())
            if isinstance(written, ModelText):
                theirs |= written_origins - origins
            else:
                origins |= written_origins - theirs
        origins.add(_COLLECTED)
        return origins

    def permit(self, scheme: str, authority: str) -> bool:
        """Whether an address with this authority may hold originals; a scheme may be unwritten."""
        origins = self.collect()
        line = _LINE(authority) if "\\" in authority else None
        if line is not None and all(f"@{host.rstrip(_AROUND)}" in origins for host in _BEHIND_AT(line[2] or "")):
            authority = line[1]  # another line follows, which no reader takes for part of a host
        if f"={'' if scheme == _RELATIVE else scheme + ':'}//{authority.rstrip(_AROUND)}" in origins:
            return True
        parts = _PARTS.fullmatch(authority)
        host = _host(parts[1]) if parts is not None else ""
        if parts is None or not host:
            return False
        if self._local is self and _THIS_MACHINE(host):
            return True
        names = [host, *(f"*{host[at:]}" for at, char in enumerate(host) if char == "." and self._listed)]
        schemes = {_BY_ITSELF: (*_UNWRITTEN, _MAIL), _RELATIVE: _UNWRITTEN}.get(scheme, (scheme,))
        return any(
            f"{scheme}://{name}:{parts[2] or _PORTS.get(scheme, '')}" in origins for scheme in schemes for name in names
        )

    def standing(self, text: str, *, markup: bool = False) -> Standing:
        """Return what a text that begins no earlier than an address says of what follows it.

        ``markup``: the text is one address, which needs neither a scheme nor a dot.
        """
        standing = Standing.WORDS
        for reading in readings(text):
            for scheme, authority, unfinished in _addresses(reading, markup=markup):
                if unfinished:
                    standing = Standing.UNFINISHED
                elif not self.permit(scheme, authority):
                    return Standing.FOREIGN
                else:
                    standing = max(standing, Standing.PERMITTED)
        return standing

    def repeat(self, before: str, original: str, behind: str, *, ended: bool, markup: bool) -> bool | None:
        """Whether the request holds the address or host that an original is part of, authority and all.

        ``before`` and ``behind`` have their originals. Every reader must see the request's. None: more of it is needed.
        """
        text, at = f"{before}{original}{behind}".lower(), len(before.lower())
        last = at + len(original.lower())
        run = next((run for run in _RUN.finditer(text) if run.end() > at), None)
        if run is None or run.start() >= last:
            bare = next((bare for bare in _written(text) if bare.end() > at), None)
            begin = bare.start() + bool(_ESCAPED(text, bare.start())) if bare is not None else last
            host = _HOST_RUN.match(text, begin)
            if begin < last and host is not None and _ENDS_RUN(text, host.end()):
                run = host
            elif run is None or not _UNBROKEN(text, last, run.start()):
                return False
        if run.end() == len(text) and not ended:
            return None
        run_text, start = self.collect(), run.start()
        if run.end() < last or len(run[0]) >= _LONGEST_RUN:
            return False
        authority = _STRICT_AS_WRITTEN(run[0])
        rest = text[start + authority.end() - 1 : run.end()] if authority is not None else ""
        beside = (self.standing(f"{text[:start]}/", markup=markup), self.standing(f"{rest} "))
        return max(beside) <= Standing.PERMITTED and all(
            mark in run_text or mark.replace("~", "=", 1) in run_text for mark in _marks(run[0])
        )

    def standing_of(self, text: str, start: int, end: int) -> Standing:
        """Return the standing of ``text[start:end]``, of which a host may be a part that no scheme announces."""
        glued = any(map(str.isalnum, text[start - 1 : start] + text[end : end + 1]))
        for read in (_folded,) if text.isascii() and text.isprintable() else (_folded, str.lower):
            first, last = len(read(text[:start])), len(read(text[:end]))
            hosts = (host for host in _alone(read(text), glued=glued) if host.start() < last and host.end() > first)
            if not all(self.permit(_BY_ITSELF, host[1]) for host in hosts):
                return Standing.FOREIGN
        standing = self.standing(text)
        return standing if standing is not Standing.UNFINISHED else self.closed(text)

    def closed(self, text: str) -> Standing:
        """Return the standing of an address whose authority ends with it."""
        return self.standing(text.rstrip(_AROUND) + "/", markup=True)


def _origins(lower: str) -> set[str]:
    """Return the origins of a text, and what readers of its addresses see."""
    origins = set[str]()
    for run in _RUN.finditer(lower):
        origins.update(_marks(run[0]))
    text = lower.replace("\\/", "/")
    for named in _WRITTEN.finditer(text):
        _add(origins, named[1], named[2].strip(_AROUND), named[3])
    for bare in _written(text):
        mailed = "@" in bare[0] and not text.startswith(":", bare.end())
        for scheme in (_MAIL,) if mailed else _UNWRITTEN:
            _add(origins, scheme, bare[1], bare["port"])
        host = _HOST_RUN.match(text, bare.start())
        origins.update(_marks(host[0]) if host is not None else ())
    return origins


def _marks(run: str) -> Iterator[str]:
    """Yield what readers may take for authorities in the run of an address, or for a host by itself."""
    for form in readings(run):
        start = _STRICT(form)
        if start is None:
            yield f"={form.rstrip(_AROUND)}"
        else:  # an authority that some reader takes to go on counts only in an address that stood in the request whole
            yield f"{'~' if '@' in form[start.end() :] else '='}{start[1]}//{start[2].rstrip(_AROUND)}"
        yield from (f"@{host.rstrip(_AROUND)}" for host in _BEHIND_AT(form))


def _add(origins: set[str], scheme: str, host: str, port: str | None) -> None:
    name = _host(host)
    origins.add(f"{scheme}://{name}:{port or _PORTS.get(scheme, '')}")
    if scheme == "http":
        origins.add(f"https://{name}:{port or _PORTS['https']}")


def _host(written: str) -> str:
    """Return a host in the form in which two are compared, "" for what is none."""
    host = unicodedata.normalize("NFKC", written).translate(_DOTS).lower().removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host if _HOST.fullmatch(host) or host.startswith("*.") else ""


def _addresses(text: str, *, markup: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield scheme, authority, and whether the authority may go on, of every address in a reading."""
    behind = 0
    spans = [*_announced(text, markup=markup)]
    for scheme, start, end in spans:
        yield scheme, text[start:end], end == len(text)
    for bare in _bare(text) if _MAY_BE_BARE(text) else ():
        while behind < len(spans) and spans[behind][2] < bare.start():
            behind += 1
        if behind == len(spans) or bare.start() < spans[behind][1]:
            yield (
                _BY_ITSELF,
                bare[1] + bare["port"] if bare[1] else bare["www"],
                not bare[1] and bare.end() == len(text),
            )


def _bare(text: str) -> Iterator[re.Match[str]]:
    """Yield the addresses without a scheme."""
    for bare in _BARE.finditer(text):
        tops = _USUAL | _FILES if bare[1] and text.startswith(":", bare.end()) else _TOPS
        if bare["top"] is None or bare["top"] in tops:
            yield bare


def _alone(text: str, *, glued: bool) -> Iterator[re.Match[str]]:
    """Yield the hosts by themselves, and those of mail; ``glued`` to a value, one of two labels is one too."""
    for host in _ALONE.finditer(text):
        top = host["top"]
        named = (glued or host[1].count(".") > 1) and top not in _FILES
        if top is None or top in _COMMON or (top in _TOPS and (named or "@" in host[0])):
            yield host


def _written(text: str) -> Iterator[re.Match[str]]:
    """Yield the hosts that a request may name."""
    for bare in _WRITTEN_BARE.finditer(text):
        top = bare["top"]
        if top is None or top in _USUAL or (top in _TOPS and text.startswith(("/", "?", "#", ":"), bare.end(1))):
            yield bare


def _announced(text: str, *, markup: bool) -> Iterator[tuple[str, int, int]]:
    """Yield scheme, start and end of the authorities that slashes, or a scheme that needs none, announce."""
    for mark in _MARK.finditer(text):
        start, scheme = mark.end(), ""
        if mark[1] is not None:
            scheme, slashes = _scheme(text, mark.start()), len(mark[1])
            if scheme not in _SPECIAL:
                if len(scheme) <= 1 or slashes <= 1:
                    continue  # a drive, a label
                if scheme != "file" or slashes == len("///"):
                    start = mark.start() + len("://")
        authority = _AUTHORITY.match(text, start)
        end = authority.end() if authority is not None else start
        if end == start and end < len(text) and scheme not in _SPECIAL:
            continue  # a path of this machine
        whole = markup and not text[: mark.start()].strip()
        quoted = text[start : start + 1] in _QUOTES  # as code in code is: no host
        if mark[1] is not None or (not quoted and (whole or _names_host(text[start:end]))):
            yield scheme or _RELATIVE, start, end


def _names_host(authority: str) -> bool:
    return "." in authority or "[" in authority or "@" in authority or ":" in authority or authority.isdecimal()


def _scheme(text: str, colon: int) -> str:
    written = _SCHEME.search(text, max(0, colon - _LONGEST_SCHEME), colon)
    return written[1] if written is not None else ""
