"""Names that things bear, by the words before and behind them, their list, their table, and other places of the text."""

from __future__ import annotations

import pytest

from proxy.core.findings import Finding, Status
from proxy.detection.people.nobody import without_weak_names
from proxy.detection.people.things import named_after, names_of_things

REST = "comes in four colours, ships within six weeks and has the same warranty as before"


def people(text: str, *values: str, recognizer: str = "classifier") -> list[Finding]:
    places = [text.index(value) for value in values]
    return [Finding("PERSON", at, at + len(value), 0.99, recognizer) for at, value in zip(places, values, strict=True)]


def things(text: str, *values: str, language: str = "") -> set[str]:
    return {text[f.start : f.end] for f in names_of_things(text, people(text, *values), language)}


def test_a_thing_keeps_its_name_at_every_place_of_the_text() -> None:
    text = "Modell Greta läuft aus; im Schaufenster steht Greta in Blau."
    last = text.rindex("Greta")
    name = Finding("PERSON", last, last + 5, 0.99, "classifier")
    assert names_of_things(text, [name]) == {name}
    assert names_of_things(text.replace("Modell Greta", "Modell Emil"), [name]) == set()


@pytest.mark.parametrize(
    ("text", "value", "language", "thing"),
    [
        ("Ley Beckham", "Ley Beckham", "es", True),
        ("Loi Evin", "Loi Evin", "fr", True),
        ("Lei Wang", "Lei Wang", "en", False),
        ("Ley Ingrid Weber", "Ley Ingrid Weber", "es", False),
    ],
)
def test_a_word_for_a_thing_in_the_language_of_the_text_makes_it_one(
    text: str, value: str, language: str, thing: bool
) -> None:
    assert (things(text, value, language=language) == {value}) is thing


def test_a_full_name_joined_to_that_of_a_thing_is_a_persons() -> None:
    assert things("The sofa Charlotte and Ingrid Weber", "Charlotte", "Ingrid Weber") == {"Charlotte"}


def test_a_thing_in_a_text_about_somebody_keeps_its_name_masked() -> None:
    text = f"Preisliste Sofas: Kasimir 890 Euro, Greta 1.090 Euro. My sister says that it {REST}."
    names = people(text, "Kasimir", "Greta")
    assert without_weak_names(text, names, Status.COMPLETE) == tuple(names)


#: Names that no program is keyed to: a rare one, one that is a family name, one that is a given name.
INVENTED = ("Vrombik", "Barlow", "Sonnet", "Quillo")


@pytest.mark.parametrize("name", INVENTED)
@pytest.mark.parametrize(
    "prompt",
    [
        "You are {}, an AI coding agent that edits files and runs commands in a terminal.",
        "You are {} v2.4, a non-interactive CLI that works on the files of a repository.",
        "{} is an open-source coding assistant that runs in the terminal of a machine.",
        "You are a {} agent, built to work on files in a repository without questions.",
        "Answer questions about the {} SDK from its manual, with one example for each.",
        "Du bist {}, ein KI-Agent, der Dateien bearbeitet und Befehle im Terminal ausführt.",
        "Eres {}, un asistente virtual que edita archivos y ejecuta comandos en la terminal.",
        "Tu es {}, un assistant virtuel qui modifie des fichiers et lance des commandes.",
        "Jesteś {}, wirtualny asystent, i zmieniasz pliki w repozytorium bez pytania o zgodę.",
    ],
)
def test_what_a_program_says_of_itself_is_nobody(name: str, prompt: str) -> None:
    text = prompt.format(name)
    assert without_weak_names(text, people(text, name), Status.COMPLETE) == ()


@pytest.mark.parametrize(
    "text",
    [
        "You are Ingrid Weber, an AI researcher, and the letter to the bank is in your own words.",
        "Ingrid Weber is a software engineer and the letter to the bank is in her own words.",
        "Please ask Ingrid Weber, an agent of the insurer in Bremen, for the missing papers.",
    ],
)
def test_a_full_name_is_a_persons_whatever_it_is_said_to_be(text: str) -> None:
    names = people(text, "Ingrid Weber")
    assert without_weak_names(text, names, Status.COMPLETE) == tuple(names)


def test_lists_of_names_know_no_font_of_a_long_list_of_them() -> None:
    fonts = [f"{name} {style}" for name in ("Barlow", "Martin", "Rosa") for style in ("Sans", "Serif", "Mono")] * 9
    text = f"Fonts: {', '.join(fonts)}. She writes to her sister."
    names = people(text, "Barlow Sans", "Rosa Mono", recognizer="known_name")
    assert without_weak_names(text, names, Status.COMPLETE) == ()


MAIL = "\n\nThe customer is a@mill.example."


def left(text: str, *values: str, recognizer: str = "spacy", score: float = 0.6) -> set[str]:
    """Return which guesses of a text that holds an identifier of somebody are left."""
    text += MAIL
    mail = Finding("EMAIL_ADDRESS", text.index("a@mill"), text.index("a@mill") + 14, 0.95, "email")
    guesses = [Finding("PERSON", f.start, f.end, score, recognizer) for f in people(text, *values)]
    return {text[f.start : f.end] for f in without_weak_names(text, [*guesses, mail], Status.COMPLETE)} - {
        "a@mill.example"
    }


@pytest.mark.parametrize(
    "head",
    [
        "Fonts:", "You can write programs in", "Supported languages:", "Our product line:", "Use one of these tools:",
        "Schriftarten:", "Programmiersprachen:", "Lenguajes:", "Polices:", "Modelli:", "Rassen:", "Czcionki:", "Fontes:",
    ],
)  # fmt: skip
def test_items_of_a_list_of_things_are_nobody_beside_somebody(head: str) -> None:
    text = f"{head} Ada, Vrombik Slab, Julia, Barlow or Pascal."
    assert left(text, "Ada", "Vrombik Slab", "Julia", "Barlow") == set()
    assert left(text, "Julia", recognizer="classifier", score=0.95) == {"Julia"}


@pytest.mark.parametrize("head", ["Attendees:", "Please write to", "Guests:", "Gäste:"])
def test_items_of_another_list_are_somebody(head: str) -> None:
    assert left(f"{head} Ada, Vrombik, Julia and Barlow.", "Ada", "Julia") == {"Ada", "Julia"}


def test_a_full_name_in_a_list_of_things_is_a_persons() -> None:
    assert left("Fonts: Cinzel, Anna Kowalski, Rubik", "Anna Kowalski", recognizer="classifier") == {"Anna Kowalski"}


@pytest.mark.parametrize("name", INVENTED)
def test_a_name_that_stands_before_words_of_programs_twice_is_a_programs(name: str) -> None:
    text = f"Ask the {name} API first. The {name} Code CLI edits files; {name} is faster on {name} Large."
    assert left(text, name, f"{name} Large", recognizer="classifier", score=0.6) == set()
    assert left(text.replace("API", "way"), name, recognizer="classifier", score=0.6) == {name}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("Room Kepler", True), ("Kepler Building", True), ("Konrad-Adenauer-Allee", True), ("rondo Daszyńskiego", True),
        ("Ponte Vasco da Gama", True), ("Jane Park", False), ("Anna Allee", False), ("Mary-Ann Weber", False),
    ],
)  # fmt: skip
def test_a_value_with_the_word_of_a_place_is_called_after_somebody(value: str, place: bool) -> None:
    assert named_after(value) is place


def test_what_is_counted_behind_its_name_is_a_thing() -> None:
    text = "We need Greta 4 pcs., Olga: 12 szt., Emil 3 days and Ingrid Weber 2 Stk."
    assert things(text, "Greta", "Olga", "Emil", "Ingrid Weber") == {"Greta", "Olga"}
