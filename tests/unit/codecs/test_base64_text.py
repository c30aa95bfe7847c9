from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.base64_text import read, standard, write


def test_text_is_read_in_every_usual_spelling() -> None:
    text = "Grüße?>~ an Max"
    for spelled in (base64.b64encode(text.encode()).decode(), base64.urlsafe_b64encode(text.encode()).decode()):
        for data in (spelled, spelled.rstrip("="), spelled[:8] + "\r\n" + spelled[8:] + "\n"):
            assert read(data) == text
    assert read("77u/YQ==") == "a"  # a byte order mark before it
    assert read("") == ""


@pytest.mark.parametrize("data", ["Max", "YR==", "Y", "YQ=", "YQ===", "Y=Q=", "/w==", "YWJj+_==", "Grüße", "YQ==YQ=="])
def test_what_is_no_base64_of_text_or_has_a_second_spelling_is_none(data: str) -> None:
    assert read(data) is None


@pytest.mark.parametrize("former", ["YQ==", "YQ", "-_-_", "+/+/", "Y\nQ\n==", "-_"])
def test_new_text_is_written_as_the_former_was(former: str) -> None:
    written = write("~~~>?ab", former)
    assert read(written) == "~~~>?ab"
    assert ("=" in written) == (len(former.replace("\n", "")) % 4 == 0)
    assert ("-" in written) == ("-" in former)


@given(
    st.text(st.characters(codec="utf-8")).filter(lambda text: text[:1] != "\ufeff"),
    st.sampled_from(["YQ==", "YQ", "-_"]),
)
def test_every_text_survives(text: str, former: str) -> None:
    assert read(write(text, former)) == text


@given(st.text("AZaz09+/-_= \n") | st.text())
def test_what_is_read_has_one_spelling(data: str) -> None:
    """Whatever is taken for text is what any reader of base64 takes it for."""
    text = read(data)
    if text is not None:
        assert base64.b64decode(write(text, "YQ=="), validate=True).decode() == text


@pytest.mark.parametrize(
    ("data", "made"),
    [("fn5-", "fn5+"), ("YQ", "YQ=="), ("_-8\n=", "/+8="), ("YQ==", "YQ=="), ("a+-b", "a+-b"), ("?", "?"), ("", "")],
)
def test_standard_spelling(data: str, made: str) -> None:
    assert standard(data) == made
