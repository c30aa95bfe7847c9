from __future__ import annotations

import pytest

from proxy.detection.text.paths import is_conventional, is_folder, is_member


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("in /tmp/build-|zed/x", True), ("~/.|zed/settings", True), ("(/srv/|zed/x", True), ("/home/.|zed", True), ("/home/|zed/x", False),
        ("/Users/|zed/x", False), ("/srv/users/|zed", False), ("https://forum.example/|zed", False), ("user |zed", False), ("a/|zed", False),
    ],
)  # fmt: skip
def test_a_part_of_a_path_is_a_folder_unless_one_of_accounts_stands_before_it(text: str, folder: bool) -> None:
    assert is_folder(text.replace("|", ""), text.index("|")) is folder


@pytest.mark.parametrize(
    ("text", "conventional"), [("AGENTS.md", True), ("CLAUDE_LOCAL.md now", True), ("Claude.md", False), ("ADA", False)]
)
def test_files_of_convention(text: str, conventional: bool) -> None:
    assert is_conventional(text, 0) is conventional


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("[main] o.e.[jetty].server", True), ("c.[a.l].RateLimiter", True), ("a [k8s].io/client", True), ("_WITH_[3410_2001]", True),
        ("std::[panic]::catch", True), ("user [dragonfly88].", False), ("ask [j.doe], please", False),
    ],
)  # fmt: skip
def test_parts_of_longer_names(text: str, member: bool) -> None:
    start, end = text.index("[", 7 if text.startswith("[main]") else 0), text.rindex("]")
    assert is_member(text[:start] + text[start + 1 : end] + text[end + 1 :], start, end - 1) is member
