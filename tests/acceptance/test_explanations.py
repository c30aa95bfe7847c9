"""Each concept has an example that a reader can run: the commands of a page print what it shows, but for keyed values."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.acceptance import guide
from tests.repo import pages

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
#: Defines what the other pages use.
FIRST = "docs/explanation/life-of-a-request.md"
#: What differs in each installation: codes of pseudonyms and the dates they move, times, counts of records.
KEYED = (
    (r"(?i)(?<![a-z])([a-z]+)_[a-z]{10}\b", r"\1_CODE"), (r"\d{1,2} [A-Z][a-z]+ \d{4}", "DATE"),
    (r"[\d-]{10} [\d:]{8}", "TIME"), (r"\d+ (records|chains|checkpoints)", r"n \1"),
)  # fmt: skip


def examples():
    """The commands of each page's example, and what it shows below them."""
    for page in sorted(pages.PAGES, key=lambda page: (page != FIRST, page)):
        if page.startswith("docs/explanation/") and "\n## Try it\n" in pages.text(page):
            script, printed = pages.blocks(page)[:2]
            assert (script.language, printed.language) == ("sh", "text"), page
            yield page, script.text, printed.text


def unkeyed(text: str) -> str:
    for pattern, word in KEYED:
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


@pytest.fixture
def line(tmp_path):
    guide.needs("curl", "jq", "sed")
    line = guide.stack(tmp_path)
    line.start()
    yield line
    line.stop()


def test_every_example_prints_what_its_page_shows(line, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    shown = {page: (script, printed) for page, script, printed in examples()}
    assert len(shown) >= 7
    marked = "\n".join(f"echo '{guide.MARK}{page}'\n{script}" for page, (script, _) in shown.items())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", marked.replace(guide.URL, line.stack.proxy_url)],
        cwd=work, env=line.environment | {"COLUMNS": "120"}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    parts = re.split(rf"^{guide.MARK}(\S+)\n", done.stdout, flags=re.MULTILINE)[1:]
    printed = dict(zip(parts[::2], parts[1::2], strict=True))
    assert {page: unkeyed(text) for page, text in printed.items()} == {
        page: unkeyed(text) for page, (_, text) in shown.items()
    }
