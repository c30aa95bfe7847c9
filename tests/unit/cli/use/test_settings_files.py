from __future__ import annotations

import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxy.cli.use.settings_files import DOTENV, JSON, TOML, YAML, changed, value_at
from proxy.errors import ConfigurationError

PROVIDER = ("model_providers", "ours")
CODEX = {
    ("model_provider",): "ours",
    (*PROVIDER, "base_url"): "http://proxy/v1",
    (*PROVIDER, "http_headers"): {"Authorization": "Bearer cp_x"},
}
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
DOCUMENTS = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, DOCUMENTS, max_size=4), st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_json_keeps_everything_else(document, keys, value):
    document.pop(keys[0], None)
    text = json.dumps(document, indent=2)
    after = changed(text, JSON, {tuple(keys): value})
    assert value_at(json.loads(after), tuple(keys)) == value
    assert json.loads(changed(after, JSON, {tuple(keys): None})) == document


TOML_TEXTS = [
    "",
    'model = "gpt-5" # mine\n',
    '# mine\nmodel = "x"\nmodel_provider = "theirs"\n\n[mcp_servers.a]\ncommand = "y" # c\n\n[[rules]]\nx = 1\n[[rules]]\nx = 2\n',
    '[model_providers.theirs]\nbase_url = "http://theirs"\n',
    'notify = [\n  "a",\n  "b"\n]\n[projects."/srv/x"]\ntrust_level = "trusted"',
]


@pytest.mark.parametrize("text", TOML_TEXTS)
def test_toml_keeps_comments_tables_and_order(text):
    after = changed(text, TOML, CODEX)
    document = tomllib.loads(after)
    assert document["model_provider"] == "ours"
    assert document["model_providers"]["ours"]["http_headers"] == {"Authorization": "Bearer cp_x"}
    for line in text.splitlines():
        assert line in after or line.startswith("model_provider")
    assert changed(after, TOML, CODEX) == after
    before = tomllib.loads(text)
    assert tomllib.loads(changed(after, TOML, {path: value_at(before, path) for path in CODEX})) == before


@pytest.mark.parametrize("text", ["", "A=b\n", "# c\nexport KEY='old'\nOTHER=1", "KEY = old\n"])
def test_lines_of_an_environment_are_replaced_or_added(text):
    after = changed(text, DOTENV, {("KEY",): "new"})
    assert after.count("KEY=new") == 1
    assert "old" not in after
    assert ("OTHER=1" in after, "A=b" in after) == ("OTHER=1" in text, "A=b" in text)


def test_yaml_keeps_comments():
    after = changed("# mine\nmodel: x  # c\nopenai-api-key: old\n", YAML, {("openai-api-key",): "cp_x"})
    assert after.startswith("# mine\nmodel: x  # c\n")
    assert yaml.safe_load(after) == {"model": "x", "openai-api-key": "cp_x"}


@pytest.mark.parametrize(
    ("text", "form", "change"),
    [
        ('{"a": 1} // mine', JSON, {("b",): "c"}),
        ("[1]", JSON, {("b",): "c"}),
        ('{"env": "text"}', JSON, {("env", "b"): "c"}),
        ("a = [", TOML, CODEX),
        ('x = """\nmodel_provider = "in a text"\n"""\n', TOML, CODEX),
        ('model_providers = {ours = {a = "b"}}\n', TOML, CODEX),
        ("- a\n", YAML, {("b",): "c"}),
        ("{openai-api-key: old}\n", YAML, {("openai-api-key",): "c"}),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text, form, change):
    with pytest.raises(ConfigurationError, match="edit it by hand"):
        changed(text, form, change)
