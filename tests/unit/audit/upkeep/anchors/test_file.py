from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.audit.upkeep import anchors
from proxy.audit.upkeep.anchors.file import FileAnchor
from proxy.errors import ConfigurationError


@pytest.fixture
def anchor(tmp_path):
    return FileAnchor(tmp_path / "new" / "audit.anchor")


def line(size: int) -> str:
    return f"origin {size} root signature"


def test_lines_are_kept_in_order_and_given_back(anchor):
    assert (anchor.last(), list(anchor.lines())) == ("", [])
    for size in (3, 5):
        anchor.add(line(size), size)
    assert anchor.last() == line(5)
    assert anchor.lines() == [line(3), line(5)]
    assert stat.S_IMODE(anchor.path.stat().st_mode) == 0o600


def test_what_is_kept_already_is_not_kept_again(anchor):
    for size in (5, 5, 3):
        anchor.add(line(size), size)
    assert anchor.lines() == [line(5)]


def test_processes_that_add_at_once_keep_the_order(anchor):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda size: anchor.add(line(size), size), range(1, 60)))
    sizes = [int(one.split(" ")[1]) for one in anchor.lines()]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == 59


def test_lines_of_former_checkpoints_stay_and_do_not_count(anchor):
    anchor.path.parent.mkdir()
    anchor.path.write_text(f"7 {'0' * 64}\n")
    assert anchor.last() == ""
    anchor.add(line(1), 1)
    assert len(anchor.lines()) == 2


def test_a_line_that_was_cut_off_does_not_take_the_next_with_it(anchor):
    anchor.path.parent.mkdir()
    anchor.path.write_text(f"{line(1)}\norigin 2 ro")
    anchor.add(line(3), 3)
    assert anchor.lines()[-1] == line(3)


def test_place_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        FileAnchor(tmp_path / "file" / "audit.anchor").add(line(1), 1)


def test_setting_names_anchors(tmp_path):
    assert [one.where for one in anchors.opened(None, tmp_path)] == [str(tmp_path / "audit.anchor")]
    assert [one.where for one in anchors.opened("file:/a, file:/b c", tmp_path)] == ["/a", "/b c"]
    assert anchors.opened("none", tmp_path) == ()


@pytest.mark.parametrize("setting", ["s3:bucket", "/path", "file:"])
def test_unknown_anchor_is_refused(setting, tmp_path):
    with pytest.raises(ConfigurationError, match="PROXY_AUDIT_ANCHOR"):
        anchors.opened(setting, tmp_path)
