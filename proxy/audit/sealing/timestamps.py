"""Time-stamps (RFC 3161) of signed notes: what they are about, and when an authority saw it. Pure."""

from __future__ import annotations

import hashlib

from cryptography import x509


def stamped(signed: str) -> bytes:
    """Return what of a note is stamped: its text and the installation's signature, without cosignatures."""
    return "".join(signed.splitlines(keepends=True)[:5]).encode()


def time_of(answer: bytes, text: bytes, roots: bytes) -> str:
    """Return the time (ISO 8601, UTC) that a response says for a text; verified where roots (PEM) are given.

    Raises:
        ValueError: it is about something else, or not signed under these roots.

    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 - an extra

    try:
        response = decode_timestamp_response(answer)
        info = response.tst_info
        if info.message_imprint.message not in {hashlib.sha256(text).digest(), hashlib.sha512(text).digest()}:
            raise ValueError("the token is about something else")
        if roots:
            builder = VerifierBuilder()
            for certificate in x509.load_pem_x509_certificates(roots):
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(response, text)
    except VerificationError as error:
        raise ValueError(f"the token is not the authority's: {error}") from error
    return str(info.gen_time.isoformat())
