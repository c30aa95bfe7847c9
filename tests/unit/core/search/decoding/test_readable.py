from __future__ import annotations

import zlib

import pytest

from proxy.core.search.decoding.readable import plausible, text_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_text_is_read_in_its_encoding(encoding):
    assert text_of("Jürgen Müßig".encode(encoding)) == "Jürgen Müßig"


def test_packed_text_is_unpacked_within_bounds():
    assert text_of(zlib.compress(b"Anna Schmidt")) == "Anna Schmidt"
    assert len(text_of(zlib.compress(b"a b " * 1_000_000)) or "") <= 20 * 5_000


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", bytes(range(128, 160)), b"\x9f\x86\xd0\x81"])
def test_bytes_are_no_text(data):
    assert text_of(data) is None


@pytest.mark.parametrize(("text", "is_text"), [("Anna", True), ("xKq", False), ("aBcD", False), ("7,$;", False)])
def test_a_short_text_is_made_of_words(text, is_text):
    assert plausible(text) is is_text


@pytest.mark.parametrize(
    "text",
    [
        "Иван Петров",
        "note for Иван",
        "محمد عبد الله",
        "王小明",
        "用户 Wang 王小明",
        "陳志強 黃",
        "山田太郎さん",
        "김철수 서울",
        "Γιώργος",
        "दिनेश",
    ],
)
def test_a_short_text_of_another_script_is_text(text):
    assert text_of(text.encode()) == text


@pytest.mark.parametrize("text", ["Ж7", "ИвАнПе", "Жאب", "睖뜡", "S蔌娲L", "鈦扙", "xkzv Иван", "🙂🙂"])
def test_letters_that_nobody_writes_are_no_text(text):
    assert not plausible(text)
