"""Where the master key comes from: a variable, a file or a command; and how a child gets it outside its environment.

The text of keys is one key in base64, or several on lines of their own: the first is in use, the others only read.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from proxy.core.keyring import MASTER_BYTES, Keyring
from proxy.errors import ConfigurationError
from proxy.settings import Settings

_COMMAND_S = 30.0
_GENERATE = "generate one with: openssl rand -base64 32"
#: What is said where an installation has none.
MISSING = f"no master key: set PROXY_SECRET_KEY, PROXY_SECRET_KEY_FILE or PROXY_SECRET_KEY_COMMAND; {_GENERATE}"


def keyring(settings: Settings) -> Keyring:
    """Return the keys of this installation.

    Raises:
        ConfigurationError: there is no master key, or it is not 32 bytes in base64.

    """
    text = read(settings)
    if not text:
        raise ConfigurationError(MISSING)
    return decoded(text, source(settings))


def of_installation(settings: Settings) -> Keyring:
    """Return the configured keys, else those that ``compliance-proxy run`` has made here; errors as ``keyring``."""
    path = settings.state_dir / "secret.key"
    if not is_configured(settings) and path.exists():
        return decoded(with_old_keys(path.read_text(encoding="ascii").strip(), settings), str(path))
    return keyring(settings)


def is_configured(settings: Settings) -> bool:
    """Whether the settings name a source of the master key."""
    return any((settings.secret_key, settings.secret_key_file, settings.secret_key_command))


def read(settings: Settings) -> str | None:
    """Return the text of keys from the source in the settings, None if they name none.

    Raises:
        ConfigurationError: the file cannot be read, or the command fails.

    """
    text: str | None = None
    if settings.secret_key is not None:
        text = settings.secret_key.get_secret_value()
    elif settings.secret_key_file is not None:
        text = _in_file(settings.secret_key_file, "PROXY_SECRET_KEY_FILE")
    elif settings.secret_key_command:
        text = _printed(settings.secret_key_command)
    return with_old_keys(text, settings) if text else text


def with_old_keys(text: str, settings: Settings) -> str:
    """Return the text of keys with the old keys that the settings name.

    Raises:
        ConfigurationError: their file cannot be read.

    """
    old_keys: list[str] = []
    if settings.old_secret_keys is not None:
        old_keys += re.split(r"[\s,]+", settings.old_secret_keys.get_secret_value().strip())
    if settings.old_secret_keys_file is not None:
        old_keys += _in_file(settings.old_secret_keys_file, "PROXY_OLD_SECRET_KEYS_FILE").split()
    return "\n".join(dict.fromkeys([*text.splitlines(), *filter(None, old_keys)]))


def resolved(settings: Settings) -> Settings:
    """Return the settings with the key itself, so that a file or command is read once.

    Raises:
        ConfigurationError: as ``keyring``.

    """
    text = read(settings)
    if not text:
        return settings
    update = {
        "secret_key": SecretStr(text), "secret_key_file": None, "secret_key_command": None,
        "old_secret_keys": None, "old_secret_keys_file": None,
    }  # fmt: skip
    return settings.model_copy(update=update)


def source(settings: Settings) -> str:
    """Return where the key comes from, for messages."""
    if settings.secret_key_file is not None:
        return str(settings.secret_key_file)
    return "PROXY_SECRET_KEY_COMMAND" if settings.secret_key_command else "PROXY_SECRET_KEY"


def decoded(text: str, where: str) -> Keyring:
    """Return the keys of a text of keys.

    Raises:
        ConfigurationError: one is not 32 bytes or more in base64.

    """
    first, *old_keys = text.splitlines() or [""]
    used = Keyring(_master(first, f"the master key in {where}"))
    further = (Keyring(_master(line, "an old master key (PROXY_OLD_SECRET_KEYS)")) for line in old_keys)
    return Keyring(used.master, read_only=tuple(ring for ring in dict.fromkeys(further) if ring != used))


def _master(text: str, label: str) -> bytes:
    try:
        return Keyring(base64.b64decode(text, validate=True)).master
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"{label} must be {MASTER_BYTES} bytes or more in base64; {_GENERATE}") from error


def _in_file(path: Path, setting: str) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{setting} cannot be read ({type(error).__name__})") from error


def _printed(command: str) -> str:
    """Return what the command prints; its standard error is ours."""
    try:
        result = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, timeout=_COMMAND_S, check=True, stdin=subprocess.DEVNULL
        )
        return result.stdout.decode("ascii").strip()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigurationError(f"PROXY_SECRET_KEY_COMMAND failed ({type(error).__name__})") from error


@contextmanager
def handed(text: str) -> Iterator[tuple[Mapping[str, str], tuple[int, ...]]]:
    """Write a text of keys into a pipe; yield the environment and the descriptors (``pass_fds``) for a child."""
    reading, writing = os.pipe()
    try:
        os.write(writing, text.encode("ascii"))
        os.close(writing)
        yield {"PROXY_SECRET_KEY_FILE": f"/dev/fd/{reading}"}, (reading,)
    finally:
        os.close(reading)
