"""What readers of a reply would fetch or open: Markdown chat windows, browsers, terminals, by real parsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

import html5lib
from linkify_it.tlds import TLDS  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

_CHAT = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["linkify", "strikethrough", "table"])
_CHAT.linkify.tlds(TLDS)
#: What a renderer of few lines takes for the address of a link, without its title.
_SIMPLE = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
_TITLE = re.compile(r"\s*\S*\s+[\"'(]")
#: A page on which a reply is shown; an address without an origin leads to its own.
PAGE = "https://chat.test/"
_OPENED = frozenset({"http", "https", "ws", "wss", "ftp", "file", "ssh"})
_FETCHED = frozenset(
    """
    action background cite data formaction href icon manifest ping poster src srcset xlink:href style content srcdoc
    """.split()
)
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_PARTS = re.compile(r"""url\(\s*['"]?([^)]*)|((?:https?:|(?<=[\s,='"])//)[^'"]*)""", re.IGNORECASE)
_TERMINAL = re.compile(r"(?:https?|ftp|ssh|git)://[^\s<>\"'`]+|\b(?:www\.)[^\s<>\"'`]+")


def addresses(text: str) -> Iterator[str]:
    """Yield every address that a reader of the text finds, with entities decoded."""
    yield from _TERMINAL.findall(text)
    yield from (found for found in _SIMPLE.findall(text) if not _TITLE.match(found))
    yield from _of_html(text)
    yield from _of_html(_rendered(text))


def _rendered(text: str) -> str:
    """Return a Markdown text as HTML, in which a link that was made of bare text ends at a tag (GFM, 6.9)."""
    tokens = _CHAT.parse(text)
    for token in (child for block in tokens for child in block.children or ()):
        if token.markup == "linkify" and "href" in token.attrs:
            token.attrSet("href", str(token.attrGet("href")).partition("%3C")[0])
    return str(_CHAT.renderer.render(tokens, _CHAT.options, {}))


def _of_html(text: str) -> Iterator[str]:
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    for element in tree.iter():
        for name, value in element.attrib.items():
            shown = name[1] if isinstance(name, tuple) else name
            if shown.rpartition("}")[2].lower() in _FETCHED or shown.endswith("href"):
                yield value
                if shown in {"style", "srcset", "srcdoc", "content", "ping"}:
                    yield from ("".join(found) for found in _PARTS.findall(value))


def foreign(address: str, permitted: frozenset[str]) -> bool:
    """Whether a browser that opens an address leaves the page for a host that is not permitted (WHATWG URL)."""
    written = re.sub(r"[\t\r\n]", "", address).strip("".join(map(chr, range(33))))
    scheme = re.match(r"(?i)(https?|wss?|ftp):[/\\]*", written)
    if scheme:
        written = f"{scheme[1]}://{written[scheme.end() :]}"
    if re.match(r"(?i)(?:https?|wss?|ftp|file):|[/\\]", written):
        written = re.sub(r"^([^?#]*)", lambda found: found[1].replace("\\", "/"), written)
    if written.startswith("//"):
        written = "//" + written.lstrip("/")
    try:
        parts = urlsplit(urljoin(PAGE, written))
        host = unquote(parts.hostname or "")
    except ValueError:
        return False  # opens nothing
    if parts.scheme in {"data", "javascript"}:
        return True
    return (
        parts.scheme in _OPENED
        and bool(parts.netloc)
        and not {"=", "`", "|", "^"} & set(host)
        and host.translate(_DOTS) not in permitted
    )
