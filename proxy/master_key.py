"""Where the master key comes from: a variable, a file or a command; and how a child gets it without an environment."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import SecretStr

from proxy.core.keyring import MASTER_BYTES, Keyring
from proxy.errors import ConfigurationError
from proxy.settings import Settings

_COMMAND_S = 30.0
_MAKE_ONE = "make one with: openssl rand -base64 32"


def keyring(settings: Settings) -> Keyring:
    """Return the keys of this installation.

    Raises:
        ConfigurationError: no master key, or not 32 bytes in base64.

    """
    text = read(settings)
    if not text:
        raise ConfigurationError(
            f"no master key: set PROXY_SECRET_KEY, PROXY_SECRET_KEY_FILE or PROXY_SECRET_KEY_COMMAND; {_MAKE_ONE}"
        )
    return decoded(text, source(settings))


def is_configured(settings: Settings) -> bool:
    """Whether the settings say where the master key is."""
    return any((settings.secret_key, settings.secret_key_file, settings.secret_key_command))


def read(settings: Settings) -> str | None:
    """Return the master key in base64 from where the settings say it is, None where they say nothing.

    Raises:
        ConfigurationError: the file cannot be read, or the command fails.

    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.secret_key_file is not None:
        try:
            return settings.secret_key_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"PROXY_SECRET_KEY_FILE cannot be read ({type(error).__name__})") from error
    return _printed(settings.secret_key_command) if settings.secret_key_command else None


def resolved(settings: Settings) -> Settings:
    """Return the settings with the key itself, so that a file or command is asked once.

    Raises:
        ConfigurationError: as ``keyring``.

    """
    text = read(settings)
    if not text:
        return settings
    update = {"secret_key": SecretStr(text), "secret_key_file": None, "secret_key_command": None}
    return settings.model_copy(update=update)


def source(settings: Settings) -> str:
    """Return where the key comes from, in words for people."""
    if settings.secret_key_file is not None:
        return str(settings.secret_key_file)
    return "PROXY_SECRET_KEY_COMMAND" if settings.secret_key_command else "PROXY_SECRET_KEY"


def decoded(text: str, where: str) -> Keyring:
    """Return the keys of a master key in base64.

    Raises:
        ConfigurationError: it is not 32 bytes or more in base64.

    """
    try:
        return Keyring(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(
            f"the master key in {where} must be {MASTER_BYTES} bytes or more in base64; {_MAKE_ONE}"
        ) from error


def _printed(command: str) -> str:
    """Return what the command prints; its error output goes to ours."""
    try:
        ended = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, timeout=_COMMAND_S, check=True, stdin=subprocess.DEVNULL
        )
        return ended.stdout.decode("ascii").strip()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigurationError(f"PROXY_SECRET_KEY_COMMAND failed ({type(error).__name__})") from error


@contextmanager
def handed(text: str) -> Iterator[tuple[Mapping[str, str], tuple[int, ...]]]:
    """Put the key into a pipe: give a child this environment and these descriptors (``pass_fds``), then leave."""
    reading, writing = os.pipe()
    try:
        os.write(writing, text.encode("ascii"))
        os.close(writing)
        yield {"PROXY_SECRET_KEY_FILE": f"/dev/fd/{reading}"}, (reading,)
    finally:
        os.close(reading)
