"""What a reader of the log trusts, as text or in a file: a public key, and the note that was verified before."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from proxy.audit.sealing import notes
from proxy.audit.sealing.keys import VerifierKey
from proxy.errors import ConfigurationError
from proxy.runtime import private


def verifier_key(text: str, origin: str) -> VerifierKey:
    """Return the public key that a text is, or that the file of this name holds (a verifier key, or PEM).

    Raises:
        ConfigurationError: it is neither.

    """
    try:
        if not Path(text).is_file():
            return VerifierKey.parse(text)
        content = Path(text).read_bytes()
        if not content.lstrip().startswith(b"-----"):
            return VerifierKey.parse(content.decode("ascii"))
        public = load_pem_public_key(content)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            "--key takes what 'compliance-proxy audit key export' prints, or a file that holds it or a public key (PEM)"
        ) from error
    if not isinstance(public, Ed25519PublicKey):
        raise ConfigurationError(f"{text} is no Ed25519 public key")
    return VerifierKey(origin, public)


def note_before(state: Path | None) -> str:
    """Return the note in a state file, "" if there is no file yet.

    Raises:
        ConfigurationError: it is not a signed note.

    """
    if state is None or not state.exists():
        return ""
    try:
        note = state.read_text(encoding="utf-8")
        notes.anchor_line(note)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{state} is not a signed note") from error
    return note


def replace_note(state: Path, note: str) -> None:
    """Write a note into a state file, whole or not at all.

    Raises:
        ConfigurationError: it cannot be written.

    """
    try:
        private.write(state, note.encode())
    except OSError as error:
        raise ConfigurationError(f"{state} cannot be written ({type(error).__name__})") from error
