"""Writes an agent's settings files, keeps what was there before beside each, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from proxy.cli.use.agents import Agent, ProxyAccess, SettingsFile
from proxy.cli.use.settings_files import changed, value_at
from proxy.errors import ConfigurationError
from proxy.runtime import private

_BEFORE = ".before-compliance-proxy"


def write(agent: Agent, home: Path, proxy: ProxyAccess) -> list[Path]:
    """Point an agent at the proxy by its own settings; return the files that were written.

    What was written before is taken back first. Every text is made before the first is written.

    Raises:
        ConfigurationError: a file is not plain settings of its format.
        OSError: one cannot be read or written.

    """
    undo(agent, home)
    texts = [(path, text, _changed(path, file, text, proxy)) for file, path, text in _read(agent, home)]
    for path, text, new in texts:
        _put(_backup(path), text)
        _put(path, new)
    return [path for path, _, _ in texts]


def undo(agent: Agent, home: Path) -> list[Path]:
    """Take back what was written; what else was changed in a file since then stays. Return the files.

    Raises:
        ConfigurationError: a file is no longer plain settings of its format.
        OSError: one cannot be read or written.

    """
    restored = []
    for file, path, text in _read(agent, home):
        backup = _backup(path)
        if not backup.exists():
            continue
        before = backup.read_text(encoding="utf-8")
        document = file.form.read(before)
        try:
            after = changed(text, file.form, {keys: value_at(document, keys) for keys in file.paths})
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}; it was before: {backup}") from error
        same = file.form.read(after) == document
        if same and not before:
            path.unlink(missing_ok=True)
        else:
            _put(path, before if same else after)
        backup.unlink()
        restored.append(path)
    return restored


def _read(agent: Agent, home: Path) -> Iterator[tuple[SettingsFile, Path, str]]:
    for file in agent.files:
        path = file.where(home).resolve()  # a link to where somebody keeps their settings stays one
        try:
            yield file, path, path.read_text(encoding="utf-8") if path.exists() else ""
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{path}: it is not UTF-8: edit it by hand") from error


def _changed(path: Path, file: SettingsFile, text: str, proxy: ProxyAccess) -> str:
    try:
        return changed(text, file.form, file.filled(proxy))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _backup(path: Path) -> Path:
    return path.with_name(path.name + _BEFORE)


def _put(path: Path, text: str) -> None:
    """Write a text for the owner alone: it holds a key."""
    private.write(path, text.encode())
    path.chmod(private.FILE)
