from __future__ import annotations

from proxy.catalog.declared import NOTHING
from proxy.service.rollout import apis_path, declared_names, read_apis, record_apis
from proxy.settings import Settings

SAID = "apis: {say: {operation: chat, paths: [{path: '/say/{model}'}]}}"


def test_the_configured_file_counts_else_the_one_beside_the_registry(tmp_path):
    settings = Settings(config_dir=tmp_path)
    assert (apis_path(settings), read_apis(settings), declared_names(settings)) == (None, NOTHING, frozenset())
    (tmp_path / "apis.yaml").write_text("# nothing yet\napis: {}")
    assert (apis_path(settings), declared_names(settings)) == (tmp_path / "apis.yaml", frozenset())
    (tmp_path / "own.yaml").write_text(SAID)
    configured = Settings(config_dir=tmp_path, apis_file=tmp_path / "own.yaml")
    assert read_apis(configured).names == declared_names(configured) == {"org.say"}


class Events:
    """Keeps what is recorded."""

    def __init__(self):
        self.kept = []

    def event(self, name, facts):
        self.kept.append((name, facts))
        return True


def test_what_is_declared_is_recorded_with_its_digest(tmp_path):
    events = Events()
    record_apis(NOTHING, events)
    (tmp_path / "apis.yaml").write_text(SAID)
    found = read_apis(Settings(config_dir=tmp_path))
    record_apis(found, events)
    assert events.kept == [("apis_declared", {"revision": found.revision, "names": ["org.say"]})]
