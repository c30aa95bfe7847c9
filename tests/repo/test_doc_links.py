"""Links and anchors of the documentation lead somewhere, and every page is reachable from the site's navigation."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest
import yaml

from docs import pages as site
from tests.repo import pages

NAVIGATION = (pages.ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
_WEB = re.compile(r"[a-z]+:")


def broken(page: str, link: str) -> bool:
    """Whether a link of a page leads to no file, or to no heading of that page."""
    path, _, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if not (pages.ROOT / target).exists():
        return True
    return bool(anchor) and anchor not in pages.anchors(target)


@pytest.mark.parametrize("page", pages.PAGES)
def test_links_lead_to_files_and_headings(page):
    assert [link for link in pages.links(page) if not _WEB.match(link) and broken(page, link)] == []


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page in site.PAGES or page.startswith("docs/")])
def test_links_hold_in_the_site_too(page):
    place = site.place_of(page)
    for link in pages.links(page):
        moved = site.relinked(f"]({link})", place)[2:-1].partition("#")[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), moved))
        assert not moved or _WEB.match(moved) or (pages.ROOT / site.source_of(target)).is_file()


def test_the_navigation_has_every_page_once():
    def entries(node: object) -> list[str]:
        if isinstance(node, str):
            return [node]
        return [one for child in (node if isinstance(node, list) else node.values()) for one in entries(child)]

    named = entries(yaml.safe_load(NAVIGATION))
    records = {path.name for path in (pages.ROOT / "docs" / "adr").glob("[0-9]*.md")}
    wanted = {site.place_of(page) for page in pages.PAGES if Path(page).name not in records}
    laws = {place for place in wanted if place.startswith("reference/regimes/")}  # their overview leads to each
    assert sorted(named) == sorted(wanted - laws)


@pytest.mark.parametrize(
    ("element", "fetched"),
    [
        ('<script src="https://example.org/a.js"></script>', True),
        ('<link rel="stylesheet" href="https://example.org/a.css">', True),
        ("<img alt=x src=http://example.org/a.png>", True),
        ('<script src="assets/a.js"></script>', False),
        ('<link rel="canonical" href="http://127.0.0.1:8000/index.html">', False),
        ('<a href="https://example.org">x</a>', False),
    ],
)
def test_what_a_browser_would_fetch_from_elsewhere_is_noticed(element, fetched):
    assert bool(site.elsewhere(f"<p>{element}</p>")) is fetched
