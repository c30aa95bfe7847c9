from __future__ import annotations

import base64

from proxy.core.search.decoding import holds_binary, nested


def test_base64_text_is_found_and_noise_is_not():
    note = "My SSN is 521-44-9382, thank you. " * 120
    token = base64.b64encode(note.encode()).decode()
    text = f"data:text/plain;base64,{token} and aGVsbG8="
    (part,) = nested(text)
    assert text[part.start : part.end] == token
    assert part.text == note
    assert nested("a" * 64) == []
    assert nested("deadbeefdeadbeefdeadbeefdeadbeef") == []


def wrapped(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def test_base64_in_lines_is_one_part():
    note = "Anna Kowalska, SSN 521-44-9382, takes insulin every morning. " * 4
    text = f"see below\n{wrapped(note.encode())}\nthanks"
    (part,) = nested(text)
    assert part.text == note
    assert text[part.start : part.end] + "\n" == wrapped(note.encode())
    assert not holds_binary(text)


def test_a_file_in_lines_of_base64_is_noticed_and_pem_is_none():
    lines = wrapped(bytes(range(256)) * 2)
    assert holds_binary(f"attached:\n{lines}\nregards")
    assert not holds_binary(f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----")
    assert not holds_binary("\n".join(["3f" * 32] * 5))
    assert not holds_binary("plain lines\n" * 40)
