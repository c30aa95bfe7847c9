from __future__ import annotations

from proxy.catalog.declared import NOTHING
from proxy.service import apis
from proxy.settings import Settings

SAID = "apis: {say: {operation: chat, paths: [{path: '/say/{model}'}]}}"


def test_the_configured_file_counts_else_the_one_beside_the_registry(tmp_path):
    settings = Settings(config_dir=tmp_path)
    assert (apis.path(settings), apis.read(settings), apis.names(settings)) == (None, NOTHING, frozenset())
    (tmp_path / "apis.yaml").write_text("# nothing yet\napis: {}")
    assert (apis.path(settings), apis.names(settings)) == (tmp_path / "apis.yaml", frozenset())
    (tmp_path / "own.yaml").write_text(SAID)
    configured = Settings(config_dir=tmp_path, apis_file=tmp_path / "own.yaml")
    assert apis.read(configured).names == apis.names(configured) == {"org.say"}


class Events:
    """Keeps what is recorded."""

    def __init__(self):
        self.kept = []

    def event(self, name, facts):
        self.kept.append((name, facts))
        return True


def test_what_is_declared_is_recorded_with_its_digest(tmp_path):
    events = Events()
    apis.record(NOTHING, events)
    (tmp_path / "apis.yaml").write_text(SAID)
    found = apis.read(Settings(config_dir=tmp_path))
    apis.record(found, events)
    assert events.kept == [("apis_declared", {"revision": found.revision, "names": ["org.say"]})]
