from __future__ import annotations

import pytest

from proxy.codecs import paths
from proxy.codecs.endpoints import TABLE


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/a/b%20c", "/a/b c"),
        ("/a%2Fb", "/a\0b"),
        ("/a/../b", None),
        ("/a//b", None),
        ("/a/%2e%2e", None),
        ("/a/..%2Fb", None),
        ("/a/%zz", None),
        ("/a/%ff", None),
        ("/a/%0A", None),
        ("/a\\b", None),
    ],
)
def test_a_path_is_decoded_once_or_is_none(raw, path):
    assert paths.decoded(raw) == path


def test_a_template_is_filled_with_parts_of_one_segment():
    assert paths.filled("/m/{model}/v{version}", {"model": "a/b ä", "version": "1"}) == "/m/a%2Fb%20%C3%A4/v1"
    assert paths.names("/m/{model:path}/{version}:go") == ("model", "version")
    assert paths.literal("/m/{model:path}:go") == "/m/:go"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/m/a%2Fb", []),
        ("/m/a/versions/3", ["3"]),
        ("/m/a/versions/of%20Ada:go", ["of Ada"]),
        ("/x/Ada%20L", ["/x/Ada L"]),
        ("/m/a/b", ["/m/a/b"]),
    ],
)
def test_a_written_path_says_what_its_template_does_not(path, said):
    templates = ("/m/{model}", "/m/{model}/versions/{version}:go", "/m/{model}/versions/{version}")
    assert paths.path_texts(templates, path) == said


def test_paths_with_all_that_stands_below_them():
    assert paths.with_subpaths("/a", "/b/c") == ("/a", "/a/{rest:path}", "/b/c", "/b/c/{rest:path}")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("/a", "/a", True),
        ("/a", "/b", False),
        ("/a", "/a/b", False),
        ("/{x}", "/a", True),
        ("/a/{x}", "/{y}/b", True),
        ("/a/{x}/c", "/{y}/b", False),
        ("/a/{x}:go", "/a/{y}:stop", False),
        ("/a/{x}:go", "/a/{y}", True),
        ("/a/{x}:go", "/a/b:go", True),
        ("/a/{x}:go", "/a/:go", False),
        ("/a/{x}:go", "/a/b", False),
        ("/a/{x:path}", "/a/b/c/d", True),
        ("/a/{x:path}", "/a", False),
        ("/a/{x:path}/z", "/a/b/{y}/z", True),
        ("/a/{x:path}/z", "/a/b/c", False),
        ("/v1/{x}", "/v1/{id:path}", True),
    ],
)
def test_whether_two_templates_can_meet(one, other, meet):
    assert paths.overlap(one, other) is meet
    assert paths.overlap(other, one) is meet


def test_every_path_meets_itself():
    assert all(paths.overlap(one.endpoint.path, one.endpoint.path) for one in TABLE.served)
