"""How extension guides are read and followed: each form of step, what cannot be followed, what is counted."""

from __future__ import annotations

import pytest

from bench import extend
from testing import guides
from testing.guides import GuideError

PAGE = """<!-- extend: kind="thing" before="3" should="1" -->
# Add a thing

```python
shown = "only"
```

New file `proxy/new/thing.py`:

```python
THING = 1
```

In `proxy/old.py`, {where} `middle`:

```python
added()
if True:
    more()
```

At the end of `proxy/old.py`:

```text
last
```

Check that it is there:

```sh
{check}
```
"""
OLD = "first\n    middle one\nend\n"


def guide(where="below", check="true"):
    found = guides.read(PAGE.format(where=where, check=check), "page.md")
    assert found is not None
    return found


@pytest.fixture
def root(tmp_path):
    (tmp_path / "proxy").mkdir()
    (tmp_path / "proxy" / "old.py").write_text(OLD)
    extend.run(tmp_path, "git", "init", "-q")
    extend.run(tmp_path, "git", "add", "-A")
    extend.run(tmp_path, "git", "-c", "user.name=x", "-c", "user.email=x@example", "commit", "-qm", "x")
    return tmp_path


def test_a_page_without_the_head_is_no_guide():
    assert guides.read("# Rotate keys\n", "page.md") is None


def test_blocks_that_name_no_file_are_only_shown():
    assert [step.what for step in guide().steps] == ["new", "below", "end", "check"]
    assert (guide().kind, guide().before, guide().should) == ("thing", 3, 1)
    assert guide().new == {"proxy/new/thing.py"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("below", "first\n    middle one\n    added()\n    if True:\n        more()\nend\nlast\n"),
        ("above", "first\n    added()\n    if True:\n        more()\n    middle one\nend\nlast\n"),
        ("instead of", "first\n    added()\n    if True:\n        more()\nend\nlast\n"),
    ],
)
def test_each_edit_goes_where_it_says(root, where, expected):
    extend.follow(guide(where), root)
    assert (root / "proxy" / "old.py").read_text() == expected
    assert (root / "proxy" / "new" / "thing.py").read_text() == "THING = 1\n"


@pytest.mark.parametrize("text", ["no such line\n", "middle\nmiddle\n"])
def test_an_edit_without_one_place_for_it_fails(root, text):
    (root / "proxy" / "old.py").write_text(text)
    with pytest.raises(GuideError, match=r"lines of proxy/old\.py"):
        extend.follow(guide(), root)


def test_a_new_file_that_is_there_already_fails(root):
    (root / "proxy" / "new").mkdir()
    (root / "proxy" / "new" / "thing.py").write_text("")
    with pytest.raises(GuideError, match="there already"):
        extend.follow(guide(), root)


def test_a_check_that_fails_fails_the_row(root):
    row, holds = extend.row(guide(check="echo broken; false"), root)
    assert "fails" in row
    assert "broken" in row
    assert not holds


def test_a_row_over_its_figure_does_not_hold(root):
    row, holds = extend.row(guide(), root)
    assert row.startswith("| thing | 3 | 1 | 2 | 0 + 0 |")
    assert not holds


def test_a_row_takes_back_what_it_did(root):
    extend.row(guide(), root)
    assert extend.places(root).sources == ()


def test_tests_and_generated_pages_are_counted_apart(root):
    for name in ("tests/test_thing.py", "docs/reference/settings.md", "policies/thing/thing.rego"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "policies" / "thing" / "thing_test.rego").write_text("")
    extend.run(root, "git", "add", "docs/reference/settings.md")
    touched = extend.places(root)
    assert touched == extend.Places(("policies/",), ("tests/",), ("docs/reference/settings.md",))
