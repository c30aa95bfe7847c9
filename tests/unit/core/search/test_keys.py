from __future__ import annotations

from proxy.core.search.keys import keys_of_name, keys_of_value


def test_a_value_is_filed_under_its_skeleton() -> None:
    ((form, key),) = keys_of_value("AB-12 345", "AB-12 345")
    assert (form, key.cuts(), key.mixed) == ("ab12345", {2, 4}, True)
    assert not list(keys_of_value("TX", "TX"))
    assert [form for form, _ in keys_of_value("x", "Bär")] == ["bar", "baer"]


def test_a_name_is_filed_under_its_orders_and_words() -> None:
    forms = dict(keys_of_name("Dr Anna Maria Schmidt", "Dr Anna Maria Schmidt"))
    assert {
        "annamariaschmidt",
        "schmidtannamaria",
        "annaschmidt",
        "schmidtanna",
        "aschmidt",
        "schmidta",
    } <= forms.keys()
    assert forms["schmidtanna"].cuts() == {7}
    assert forms["schmidt"].alone
    assert not any(form.startswith("dr") for form in forms)


def test_an_everyday_word_does_not_stand_for_a_name() -> None:
    assert not dict(keys_of_name("Ann Price", "Ann Price"))["pric"].alone
