from __future__ import annotations

import pytest

from proxy.core.search.occurrences import Hit, Occurrences, is_meant


def found(values: list[str], text: str, *people: str) -> list[str]:
    occurrences = Occurrences([*values, *people], people)
    hits = occurrences.find(text)
    assert occurrences.among([text]) or not hits
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize("filler", ["", "word " * 500_000])
def test_few_and_many_values_are_found_alike(filler: str) -> None:
    values = [f"value{chr(97 + n % 26)} number{chr(97 + n // 26)}" for n in range(40)]
    assert found(values, filler + "VALUEA NUMBERA, valuen numberb.") == ["VALUEA NUMBERA", "valuen numberb"]


def test_overlaps_go_to_the_longer() -> None:
    assert found(["Maria", "Maria Schmidt"], "Maria Schmidt, Maria") == ["Maria Schmidt", "Maria"]


def test_escaped_forms() -> None:
    assert found(["a&b c"], "a%26b%20c a&amp;b c a%26b+c") == ["a%26b%20c", "a&amp;b c", "a%26b+c"]


def test_as_written() -> None:
    assert found([], "Price PRICE price", "Price") == ["Price", "PRICE"]


def test_script_without_spaces_needs_no_border() -> None:
    assert found(["田中太郎"], "私は田中太郎です") == ["田中太郎"]


def test_digits() -> None:
    assert found(["(512) 555-0142"], "+1 512 555 0142, 15125550142") == ["512 555 0142"]


def test_nothing_to_find() -> None:
    assert not Occurrences([])
    assert found([], "text") == []


PEOPLE = "Anna Schmidt|Anna Kowalska|Jörg Müller|Joerg Mueller|Monika Nowak|Иван Иванов|Jonathan Whitfield|Zoë Ångström"


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("/files/cv_anna_schmidt.pdf", ["anna_schmidt"]),
        ("linkedin.com/in/anna-schmidt-4711", ["anna-schmidt"]),
        ("/staff/Schmidt/2024 and staff/schmidt", ["Schmidt", "schmidt"]),
        ("Schmidt, Anna; SCHMIDT ANNA", ["Schmidt, Anna", "SCHMIDT ANNA"]),
        ("annaschmidt@firm.de cvannaschmidt2024", ["annaschmidt", "annaschmidt"]),
        ("AnnaSchmidt; getSchmidtAnna; anna.schmidt", ["AnnaSchmidt", "SchmidtAnna", "anna.schmidt"]),
        ("a.schmidt aschmidt A. Schmidt", ["a.schmidt", "aschmidt", "A. Schmidt"]),
        ("anna\nschmidt", ["anna\nschmidt"]),
        ("Schmidts Akte, Schmidt's file", ["Schmidt", "Schmidt"]),
        ("Anny Kowalskiej, dla Kowalskiego; anny kowalskiej", ["Anny Kowalskiej", "Kowalskiego", "anny kowalskiej"]),
        ("Monice Nowakowej", ["Monice Nowak"]),
        ("Ивану Иванову, Ивановым", ["Ивану Иванов", "Иванов"]),
        ("joerg.mueller JOERG MUELLER Jorg Muller", ["joerg.mueller", "JOERG MUELLER", "Jorg Muller"]),
        ("Jo\u0308rg Mu\u0308ller", ["Jo\u0308rg Mu\u0308ller"]),
        ("whitfield, j and jwhitfield", ["whitfield, j", "jwhitfield"]),
        ("zoe-angstrom zoe.aangstroem", ["zoe-angstrom", "zoe.aangstroem"]),
        ("M&uuml;ller, J&ouml;rg", ["M&uuml;ller, J&ouml;rg"]),
        (
            "J%C3%B6rg+M%C3%BCller J%25C3%25B6rg%2520M%25C3%25BCller",
            ["J%C3%B6rg+M%C3%BCller", "J%25C3%25B6rg%2520M%25C3%25BCller"],
        ),
        (r"{\"n\": \"J\u00f6rg M\u00fcller\"}", [r"J\u00f6rg M\u00fcller"]),
        (
            "in base64: SGVyciBKw7ZyZyBNw7xsbGVyIGtvbW10IG1vcmdlbg== ok",
            ["SGVyciBKw7ZyZyBNw7xsbGVyIGtvbW10IG1vcmdlbg=="],
        ),
        ("Hannah, Schmidthausen, ann; whit field, Manchester", []),
        ("pls tell schmidt, or ask anna; it is SCHMIDT!", ["schmidt", "anna", "SCHMIDT"]),
    ],
)
def test_forms_of_a_name(text: str, forms: list[str]) -> None:
    assert found([], text, *PEOPLE.split("|")) == forms


def test_words_of_two_people_do_not_make_a_third() -> None:
    assert found([], "anna nowak", "Anna Schmidt", "Monika Nowak") == ["anna", "nowak"]
    assert found([], "lang koch", "Anna Lang", "Monika Koch") == []


@pytest.mark.parametrize(
    ("person", "text"),
    [
        ("Anna Lang", "das dauert zu lang"), ("Mark Rose", "mark the rose in the list"), ("Otto Klein", "klein und fein"),
        ("Will May", "she will, or may not"), ("Lea Petit", "un petit peu"), ("Sanne Bakker", "bij de bakker"),
        ("Bob Page", "see page four"), ("Carlos Iglesias", "las iglesias del barrio"), ("Rosa Weiß", "er weiß es"),
        ("Jan Kowal", "janek"), ("Lang", "das dauert zu lang"), ("Ann Cooke", "cookery"),
    ],
)  # fmt: skip
def test_a_common_word_in_lower_case_is_no_name(person: str, text: str) -> None:
    assert found([], text, person) == []


@pytest.mark.parametrize(
    "person", ["Anna Schmidt", "Marek Kowalski", "Giulia Bianchi", "Claire Dupont", "Lucy Threlfall", "Inês Pereira"]
)
def test_parts_of_a_name_are_found_in_every_letter_case(person: str) -> None:
    first, last = person.split()
    for word in (last, last.lower(), last.upper(), first.lower(), first.upper()):
        for text in (f"pls tell {word} now", f"{word}?", f"({word}) ok", f"@{word}: hi", f"{word}'s notes"):
            assert found([], text, person)


def test_an_account_without_its_country_stands_for_its_iban() -> None:
    for iban, account in (
        ("DE89 3704 0044 0532 0130 00", "370400440532013000"), ("GB29NWBK60161331926819", "NWBK 6016 1331 9268 19"),
    ):  # fmt: skip
        assert [hit.value for hit in Occurrences([iban]).find(f"account {account} at the bank")] == [iban]
        assert [hit.value for hit in Occurrences([iban]).find(f"IBAN {iban}.")] == [iban]


@pytest.mark.parametrize(
    ("value", "text", "forms"),
    [
        ("4111 1111 1111 1111", "4111\n1111__1111,1111", ["4111\n1111__1111,1111"]),
        ("4111 1111 1111 1111", "4111\u20091111\u20071111 · 1111", ["4111\u20091111\u20071111 · 1111"]),
        ("DE89 3704 0044 0532 0130 00", "DE89.3704.0044.0532.0130.00, de89370400440532013000", 2),
        ("maria@firm.de", "MARIA@FIRM.DE maria%40firm.de maria&#64;firm.de", 3),
        ("12 High Street", "12\nHigh  Street, 12_high_street", 2),
        ("Acme Forge", "AcmeForge acme-forge ACME FORGE", 3),
        ("482913", "482 913 or 482913.0", 2),
        ("737", "a737 7371 1737 737a", 0),
        ("J&ouml;rg Str. 5", "Jörg Str. 5", 1),
        ("Ann Chester", "manchester Ann Chester", 1),
    ],
)
def test_forms_of_other_values(value: str, text: str, forms: list[str] | int) -> None:
    hits = found([value], text)
    assert hits == forms if isinstance(forms, list) else len(hits) == forms


def test_a_long_text_with_one_escape_is_read_around_it() -> None:
    assert found([], "word " * 2_000 + "J%C3%B6rg.M%C3%BCller " + "word " * 2_000, "Jörg Müller") == [
        "J%C3%B6rg.M%C3%BCller"
    ]


@pytest.mark.parametrize("text", ["titled DELL'ORTO.", "q=Dell%27Orto", "dell orto", "o&#39; Dell&#39;Orto"])
def test_a_joined_family_name_is_found_by_itself_however_it_is_joined(text):
    assert Occurrences(["Gennaro Dell'Orto"], ["Gennaro Dell'Orto"]).among([text])


def meant(text, word="Kaminski", value="Kaminski", *, weak=True, prose=True, defined=False):
    at = text.index(word)
    return is_meant(text, Hit(at, at + len(word), value), weak=weak, prose=prose, defined=defined)


@pytest.mark.parametrize(
    "text",
    ["Kaminski", "ask Kaminski.", "Kaminski's", "(Kaminski)", '"Kaminski"', "„Kaminski“, sagt er", "Kaminski: hello", "¿Kaminski?", "x—Kaminski—y", "a,Kaminski, b"],
)  # fmt: skip
def test_a_guessed_word_stands_as_a_name(text):
    assert meant(text)
    assert not meant(text, prose=False)


@pytest.mark.parametrize(
    "text",
    ["x.Kaminski", "Kaminski.x", "Kaminski()", "/Kaminski/", "Kaminski_x", "@Kaminski", "#Kaminski", "`Kaminski`", "$Kaminski", "Kaminski=1", "--Kaminski", "Kaminski-x", "<Kaminski>", "xKaminski"],
)  # fmt: skip
def test_a_guessed_word_stays_in_code(text):
    assert not meant(text)
    assert meant(text, weak=False)


def test_words_in_lower_case_and_ordinary_words_are_no_names_elsewhere():
    assert not meant("ask kaminski", "kaminski")
    assert not meant("the Workflow here", "Workflow", "Workflow")


def test_one_word_of_a_name_stays_in_definitions():
    assert not meant("Kaminski", value="Jan Kaminski", weak=False, prose=False, defined=True)
    assert meant("Kaminski", value="Jan Kaminski", weak=False, prose=False)
    assert meant("Jan Kaminski", "Jan Kaminski", "Jan Kaminski", weak=False, prose=False, defined=True)
    assert meant("219-09-9999", "219-09-9999", "219-09-9999", weak=False, prose=False, defined=True)
    assert meant("Kaminski", weak=False, prose=False, defined=True)


@pytest.mark.parametrize("word", ["shell", "merge", "table"])
def test_an_ordinary_word_in_lower_case_stays_in_keys_and_definitions(word):
    for defined in (True, False):
        assert not meant(word, word, word, weak=False, prose=False, defined=defined)
        assert meant(word.title(), word.title(), word, weak=False, prose=False, defined=defined)
    assert meant(f"login={word}", word, word, weak=False)
    assert meant("jdoe22", "jdoe22", "jdoe22", weak=False, prose=False, defined=True)
