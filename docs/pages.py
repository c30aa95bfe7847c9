"""What mkdocs is given beside ``docs/``: the pages at the repository's root and the files that pages link to."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = (
    *("README.md", "ARCHITECTURE.md", "THREAT_MODEL.md", "LIMITATIONS.md", "CHANGELOG.md", "CONTRIBUTING.md"),
    *("SECURITY.md", "deploy/README.md"),
)
_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe|link(?![^>]*rel=[\"']?canonical))\b[^>]*\b(?:src|href)=[\"']?https?://[^>]*>"
)
_LINK = re.compile(r"(?P<open>\]\()(?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def source_of(page: str) -> str:
    """Return where a page lies in the repository, as a path below its root."""
    return page.removeprefix("project/") if page.startswith("project/") else f"docs/{page}"


def place_of(source: str) -> str:
    """Return where a file of the repository lies in the site: ``docs/`` at its root, all else below ``project/``."""
    return source.removeprefix("docs/") if source.startswith("docs/") else f"project/{source}"


def links(text: str, page: str) -> set[str]:
    """Return the files of the repository that a page links to, as paths below its root."""
    folder = posixpath.dirname(source_of(page))
    return {posixpath.normpath(posixpath.join(folder, found["path"])) for found in _LINK.finditer(text)}


def relinked(text: str, page: str) -> str:
    """Return a page's text with links that hold in the site."""
    folder = posixpath.dirname(source_of(page))

    def moved(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found["path"]))
        if not (ROOT / target).is_file():
            return found[0]
        return f"{found['open']}{os.path.relpath(place_of(target), posixpath.dirname(page))}{found['anchor'] or ''})"

    return _LINK.sub(moved, text)


def elsewhere(output: str) -> str:
    """Return the first element of a page by which a browser would fetch something from elsewhere, "" for none."""
    found = _ELSEWHERE.search(output)
    return found[0] if found else ""


def on_config(config: Any) -> Any:
    """List every decision record below the last entry of the navigation."""
    records = next(iter(config["nav"][-1]["Project"][-1].values()))
    records += sorted(f"adr/{path.name}" for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the root, and files elsewhere that a page links to."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - only there when a site is built

    pages = [place_of(source) for source in PAGES] + [one.src_uri for one in files.documentation_pages()]
    linked = {target for page in pages for target in links((ROOT / source_of(page)).read_text(), page)}
    wanted = {*PAGES, *(one for one in linked if not one.startswith(("docs/", "..")) and (ROOT / one).is_file())}
    for source in sorted(wanted):
        files.append(File.generated(config, place_of(source), abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links at where their files lie in the site."""
    return relinked(markdown, page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that loads something from elsewhere: the site is read offline."""
    from mkdocs.exceptions import PluginError  # noqa: PLC0415 - as above

    if loaded := elsewhere(output):
        raise PluginError(f"{page.file.src_uri} loads something from elsewhere: {loaded}")
    return output
