from __future__ import annotations

import pytest

from proxy.codecs.members import ANYTHING, Members, features

INNER = Members({"name": ANYTHING})
MEMBERS = Members(
    {"stop": ANYTHING, "tools": Members({"type": ANYTHING, "function": INNER}, frozenset({"function"}), typed=True)}
)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"stop": {"anything": [["below"]]}}, ()),
        ({"Stop": 1, "st\u043ep": 1, "stop\u200b": 1, "STOP": 1}, ("Stop", "st\u043ep", "stop\u200b", "STOP")),
        ({"other": None, "off": False}, ()),
        ({"other": 0, "empty": {}, "none": [], "blank": ""}, ("other", "empty", "none", "blank")),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, ()),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "server_url": "x"}}]},
            ("tools.function.server_url",),
        ),
        ({"tools": [{"type": "mcp", "url": "x"}, {"type": "mcp"}]}, ("tools.mcp", "tools.url")),
        ({"tools": {"type": "mcp"}}, ("tools.mcp",)),
        ({"tools": [{"function": {"name": "f"}}]}, ("tools.untyped",)),
        ({"tools": [{"type": None}, {"type": ["function"]}, {"type": ""}]}, ("tools.untyped",)),
        ({"tools": [{"type": "Function"}]}, ("tools.Function",)),
        ({"tools": [[{"type": "function"}]]}, ("tools.untyped",)),
        ({"tools": ["web_search"]}, ("tools.untyped",)),
        ({"tools": "web_search"}, ("tools.untyped",)),
        ({"tools": [None, {"type": "function"}]}, ()),
        ({"stop": None}, ()),
    ],
)
def test_what_the_tables_do_not_name_is_a_feature(document, found):
    assert features(document, MEMBERS) == found


def test_where_a_model_names_its_members_only_what_asks_for_something_is_a_feature():
    members = Members({"inside": Members({}, asks=frozenset({"state"}))}, asks=frozenset({"state", "start"}))
    document = {"any": "thing", "start": False, "inside": {"state": 0, "else": {"state": 1}}, "state": "x"}
    assert features(document, members) == ("inside.state", "state")
    assert features({"any": 1}, Members({}, asks=frozenset())) == ()
