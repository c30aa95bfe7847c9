from __future__ import annotations

import pytest

from proxy.core.findings import PUBLIC, Finding, SegmentFindings, Status
from proxy.detection.people.impersonal import without_bare, without_weak_names


def found(text: str, value: str, kind: str, score: float = 0.7, recognizer: str = "classifier") -> Finding:
    start = text.index(value)
    return Finding(kind, start, start + len(value), score, recognizer)


def kept(text: str, *findings: Finding) -> list[str]:
    segment = without_bare(text, SegmentFindings(findings=findings))
    return [text[f.start : f.end] for f in segment.findings]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Plan a weekend in Ghent with one museum and a good bakery near the station.", "Ghent", "LOCATION"),
        (
            "Vergleiche die Speicherpreise von Wolkenlos und Nimbus für vierzig Gigabyte am Tag.",
            "Nimbus",
            "ORGANIZATION",
        ),
        ("Traduis ce paragraphe en allemand et garde le ton neutre du texte original.", "allemand", "NATIONALITY"),
        ("El tren sale de Lugo a las nueve y llega antes de la una, con transbordo.", "Lugo", "LOCATION"),
    ],
)
def test_a_guessed_place_or_firm_is_dropped_where_the_text_speaks_of_nobody(text: str, value: str, kind: str) -> None:
    assert kept(text, found(text, value, kind)) == []


@pytest.mark.parametrize(
    "text",
    [
        "She has moved twice since spring and now works from Ghent on most days of the week.",
        "Der Mieter wohnt seit dem Frühjahr in Ghent und zahlt die Miete pünktlich zum Ersten.",
        "Mi hermana trabaja en Ghent desde hace unos meses y quiere cambiar de piso pronto.",
        "Ghent, second floor",
    ],
)
def test_a_place_stays_beside_somebody_or_without_context(text: str) -> None:
    assert kept(text, found(text, "Ghent", "LOCATION")) == ["Ghent"]


@pytest.mark.parametrize(
    ("value", "kind", "role"),
    [("ann@example.org", "EMAIL_ADDRESS", ""), ("asthma", "HEALTH_CONDITION", ""), ("Ovid", "PERSON", "third_party")],
)
def test_a_place_stays_beside_any_finding_about_a_person(value: str, kind: str, role: str) -> None:
    text = f"The parcel for {value} goes out on Monday and should arrive in Ghent within two working days."
    other = found(text, value, kind)
    assert kept(text, other, found(text, "Ghent", "LOCATION")) == [value, "Ghent"]


def test_a_public_figure_is_nobody() -> None:
    text = "What did Ovid write during the years of the exile to Tomis on the Black Sea coast?"
    figure = found(text, "Ovid", "PERSON")
    public = Finding("PERSON", figure.start, figure.end, figure.score, figure.recognizer, PUBLIC)
    assert kept(text, public, found(text, "Tomis", "LOCATION")) == ["Ovid"]


def test_a_place_of_a_rule_and_a_firm_with_its_legal_form_stay() -> None:
    text = "Compare the tariffs of Brightwater Holdings with those of the suppliers in Landkreis Celle, please."
    ruled = found(text, "Celle", "LOCATION", recognizer="administrative_unit")
    assert kept(text, found(text, "Brightwater Holdings", "ORGANIZATION"), ruled) == ["Brightwater Holdings", "Celle"]


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Explain to a 12 year old why the moon does not fall", False),
        ("A 61 year old female complains of the long way", True),
        ("My birthday is on the weekend and it will be the 61 st", True),
    ],
)
def test_an_age_below_ninety_is_dropped_with_nobody_to_have_it(text: str, stays: bool) -> None:
    value = "12" if "moon" in text else "61"
    text = f"{text}, which the label on the back of the box repeats in eleven languages."
    assert kept(text, found(text, value, "AGE", 0.45, "age")) == [value] * stays


@pytest.mark.parametrize(("word", "stays"), [("Salinas", True), ("Transit", False), ("Bowers", True)])
def test_a_place_or_firm_by_the_name_of_people_stays(word: str, stays: bool) -> None:
    text = f"Is there a better made pop song on this list? {word} was a precision engineer of the form."
    assert kept(text, found(text, word, "ORGANIZATION")) == [word] * stays


@pytest.mark.parametrize(
    ("value", "score", "stays"),
    [
        ("Shimano 105", 0.8, False),
        ("plaza de garaje", 0.8, False),
        ("Ruta", 0.95, False),
        ("Lindenhof 12", 0.95, True),
        ("Lindenhof 12", 0.8, False),
        ("Gartenstraße", 0.99, False),
        ("via Mazzini", 0.6, False),
        ("ulicą Puławską", 0.98, False),
        ("12 Orchard Lane", 0.5, True),
    ],
)
def test_a_guessed_street_needs_a_number_where_the_text_speaks_of_nobody(value: str, score: float, stays: bool) -> None:
    text = f"The frame with {value} {REST}."
    street = (found(text, value, "STREET_ADDRESS", score),)
    assert without_weak_names(text, street, Status.COMPLETE) == street * stays


@pytest.mark.parametrize(
    ("text", "value", "score"),
    [
        ("Vergleiche Zumbo und Krell nach Preis, Lieferzeit und Umfang der Garantie als Tabelle.", "Zumbo", 0.7),
        ("The tables in corner Zumbo stay folded until the new chairs have come in next week.", "Zumbo", 0.6),
    ],
)
def test_a_weak_guess_at_a_name_is_dropped_where_nothing_else_is_about_a_person(
    text: str, value: str, score: float
) -> None:
    assert without_weak_names(text, [found(text, value, "PERSON", score)], Status.COMPLETE) == ()


#: The rest of a text that speaks of nobody.
REST = "comes in four colours, ships within six weeks and has the same warranty as before"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"The sofa Charlotte {REST}.", ["Charlotte"]),
        (f"Der Sessel Amalia und das Sofa Charlotte, {REST}.", ["Amalia", "Charlotte"]),
        (f"Poltrona Beatriz {REST}.", ["Poltrona Beatriz"]),
        (f'Projekt "Agnieszka" {REST}.', ["Agnieszka"]),
        (f"Kolekcja: Wojciech {REST}.", ["Wojciech"]),
        (f"Der Gabelstapler Linde {REST}.", ["Linde"]),
        (f"A batedeira Beatriz {REST}.", ["Beatriz"]),
    ],
)
def test_a_thing_named_like_a_person_is_nobody(text: str, values: list[str]) -> None:
    names = [found(text, value, "PERSON", 0.99) for value in values]
    assert without_weak_names(text, names, Status.COMPLETE) == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"Please tell the supplier Megan Clark that it {REST}.", "Megan Clark"),
        (f"Le fournisseur Camille Laurent {REST}.", "Camille Laurent"),
        (f"Please ask Tom Garcia whether it {REST}.", "Tom Garcia"),
        (f"Bill Carter says that it {REST}.", "Bill Carter"),
        (f"Order it from Hanna Bosch, it {REST}.", "Hanna Bosch"),
        (f"Project Ingrid Weber {REST}.", "Ingrid Weber"),
    ],
)
def test_a_given_name_and_a_family_name_are_a_persons_whatever_stands_before_them(text: str, name: str) -> None:
    person = found(text, name, "PERSON", 0.99)
    assert without_weak_names(text, [person], Status.COMPLETE) == (person,)


@pytest.mark.parametrize(
    "text",
    [
        f"Charlotte {REST}.",
        f"The sofa that Charlotte ordered {REST}.",
        f"The sofa Charlotte {REST}, and the tenant wants it soon.",
    ],
)
def test_a_person_beside_a_thing_stays(text: str) -> None:
    names = (found(text, "Charlotte", "PERSON", 0.99),)
    assert without_weak_names(text, names, Status.COMPLETE) == names


def test_a_thing_named_like_a_person_stays_beside_contact_data() -> None:
    text = f"The sofa Charlotte {REST}, orders to 0161 496 0115."
    both = (
        found(text, "Charlotte", "PERSON", 0.99),
        found(text, "0161 496 0115", "PHONE_NUMBER", 0.9, "phone_national"),
    )
    assert without_weak_names(text, both, Status.COMPLETE) == both


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        ("Bosch Professional", False),
        ("Ufficio Acquisti", False),
        ("Cicha Noc", False),
        ("dawną", False),
        ("Agnieszka Bosch", True),
        ("Hope Summers", True),
        ("Zofia", True),
    ],
)
def test_a_brand_or_ordinary_words_are_nobody(value: str, stays: bool) -> None:
    text = f"The drill of {value} {REST}."
    names = (found(text, value, "PERSON", 0.93),)
    assert without_weak_names(text, names, Status.COMPLETE) == names * stays


@pytest.mark.parametrize(("code", "stays"), [("return total * 0.9", False), ("K. Zumbo, * 12.03.1970", True)])
def test_a_product_in_code_is_no_birth(code: str, stays: bool) -> None:
    text = f"{code}  # the discount for Ghent, with the same staggering as for all other towns"
    assert kept(text, found(text, "Ghent", "LOCATION")) == ["Ghent"] * stays


@pytest.mark.parametrize(
    ("text", "value", "score", "recognizer"),
    [
        (
            "Please send the revised drawings to Zumbo before the end of the working day today.",
            "Zumbo",
            0.97,
            "classifier",
        ),
        (
            "Please send the revised drawings to Agnieszka before the end of the day today.",
            "Agnieszka",
            0.6,
            "classifier",
        ),
        (
            "My neighbour Zumbo has lent the ladder to somebody and wants to have it back soon.",
            "Zumbo",
            0.6,
            "classifier",
        ),
        (
            "The revised drawings go out to Mr Zumbo before the end of the working day today.",
            "Zumbo",
            0.8,
            "name_titled",
        ),
        ("Ask Zumbo", "Zumbo", 0.6, "classifier"),
    ],
)
def test_a_name_stays_with_evidence_of_its_own_or_of_its_text(
    text: str, value: str, score: float, recognizer: str
) -> None:
    names = (found(text, value, "PERSON", score, recognizer),)
    assert without_weak_names(text, names, Status.COMPLETE) == names


def test_a_weak_name_stays_beside_contact_data() -> None:
    text = "Zumbo left a number for the service desk, 0161 496 0115, and asks for the drawings by noon."
    both = (found(text, "Zumbo", "PERSON", 0.6), found(text, "0161 496 0115", "PHONE_NUMBER", 0.9, "phone_national"))
    assert without_weak_names(text, both, Status.COMPLETE) == both


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.COMPLETE])
def test_nothing_is_dropped_of_a_text_that_was_not_read_to_its_end(status: Status) -> None:
    text = "Zkontrolujte prosím nabídku od Zumbo pro sklad v Ghent a pošlete ji zpět do pátku."
    name, place = found(text, "Zumbo", "PERSON", 0.6), found(text, "Ghent", "LOCATION")
    assert without_weak_names(text, (name, place), status) == (name, place)
    segment = SegmentFindings(findings=(place,), status=status)
    assert without_bare(text, segment) == segment
    assert without_bare(text, SegmentFindings(findings=(place,))).findings == ()


@pytest.mark.parametrize(
    ("text", "value", "kind", "recognizer", "stays"),
    [
        (f"Filter GK 540 HL {REST}.", "GK 540 HL", "VEHICLE_ID", "classifier", False),
        (f"The van GK 540 HL {REST}.", "GK 540 HL", "VEHICLE_ID", "classifier", True),
        (f"The join on r.kunde {REST}.", "r.kunde", "USERNAME", "classifier", False),
        (f"The account r.kunde {REST}.", "r.kunde", "USERNAME", "classifier", True),
        (f"sqlglot@4.2.1 is old: {REST}.", "sqlglot", "USERNAME", "classifier", False),
        (f"The join on r.kunde {REST}.", "r.kunde", "USERNAME", "username_context", True),
        (f"Rule 12 lets 192.168.14.22 pass and {REST}.", "192.168.14.22", "IP_ADDRESS", "ipv4", False),
        (f"Rule 12 lets 10.0.13.200:8080 pass and {REST}.", "10.0.13.200:8080", "IP_ADDRESS", "ipv4", False),
        (f"Rule 12 lets 10.42.1.203/32 pass and {REST}.", "10.42.1.203/32", "IP_ADDRESS", "ipv4", False),
        (f"Rule 12 lets fe80::4001:aff:fe80:2 pass and {REST}.", "fe80::4001:aff:fe80:2", "IP_ADDRESS", "ipv6", False),
        (f"Rule 12 lets ff02::1:ff80:2: pass and {REST}.", "ff02::1:ff80:2:", "IP_ADDRESS", "classifier", False),
        (
            f"The tile at 51.5322, -0.1265 is grey and {REST}.",
            "51.5322, -0.1265",
            "GEO_COORDINATES",
            "coordinates",
            False,
        ),
        (f"Rule 12 lets 185.24.96.17 pass and {REST}.", "185.24.96.17", "IP_ADDRESS", "ipv4", True),
        (f"The belt 12345 {REST}.", "12345", "ZIP_CODE", "us_zip", False),
        (f"ARP tells 02:42:0a:04:00:01, {REST}.", "02:42:0a:04:00:01", "DEVICE_ID", "mac", False),
        (f"ARP tells 3c:22:fb:04:00:01, {REST}.", "3c:22:fb:04:00:01", "DEVICE_ID", "mac", True),
    ],
)
def test_what_could_identify_somebody_needs_a_word_of_it(
    text: str, value: str, kind: str, recognizer: str, stays: bool
) -> None:
    held = (found(text, value, kind, 0.9, recognizer),)
    assert without_weak_names(text, held, Status.COMPLETE) == held * stays


@pytest.mark.parametrize(("value", "stays"), [("61", False), ("94", True)])
def test_an_age_that_a_model_finds_is_dropped_below_ninety(value: str, stays: bool) -> None:
    text = f"The guarantee of {value} {REST}."
    assert kept(text, found(text, value, "AGE", 0.9, "classifier")) == [value] * stays


def test_beside_several_figures_pronouns_are_theirs_and_weak_names_are_none() -> None:
    text = "She compared Rembrandt with Vermeer, then Zumbo, in an essay about light and shade of the time."
    figures = tuple(found(text, value, "PERSON", 0.99) for value in ("Rembrandt", "Vermeer"))
    weak = found(text, "Zumbo", "PERSON", 0.6)
    assert without_weak_names(text, (*figures, weak), Status.COMPLETE) == figures
    assert without_weak_names(text, (figures[0], weak), Status.COMPLETE) == (figures[0], weak)


FAR = "The build runs the tests of each package in turn and writes what they print into a file. " * 14


@pytest.mark.parametrize("evidence", ["She lives in Bremen.", "Write to ida.thorn@web-post.de."])
def test_evidence_of_somebody_counts_near_a_guess_and_not_anywhere_in_a_long_text(evidence: str) -> None:
    guess = "Vrombik keeps the results."
    near, far = f"{FAR}{evidence} {guess}", f"{evidence} {FAR}{guess}"
    for text, stays in ((near, True), (far, False)):
        mail = (found(text, "ida.thorn@web-post.de", "EMAIL_ADDRESS", 1.0, "email"),) if "@" in text else ()
        weak = found(text, "Vrombik", "PERSON", 0.8)
        assert (weak in without_weak_names(text, [*mail, weak], Status.COMPLETE, "en")) is stays


@pytest.mark.parametrize("value", ["Barlow Code", "Barlow Command"])
def test_a_name_with_an_ordinary_word_is_as_weak_as_the_name(value: str) -> None:
    text = f"{value} runs in the terminal and reads the files of the repository before each change."
    weak, sure = found(text, value, "PERSON", 0.8), found(text, value, "PERSON", 0.99)
    assert without_weak_names(text, [weak], Status.COMPLETE, "en") == ()
    assert without_weak_names(text, [sure], Status.COMPLETE, "en") == (sure,)


@pytest.mark.parametrize(
    "local", ["10.4.0.17", "192.168.7.2", "198.51.100.4", "fe80::42:aff:fe04:11", "02:42:0a:04:00:11"]
)
@pytest.mark.parametrize(
    ("value", "kind", "stays"),
    [
        ("185.24.96.17", "IP_ADDRESS", False),
        ("3c:22:fb:04:00:01", "DEVICE_ID", False),
        ("neighbour", "", False),
        ("Anna Schmidt", "PERSON", True),
        ("jdoe", "USERNAME", True),
        ("anna@web-post.de", "EMAIL_ADDRESS", True),
    ],
)
def test_a_local_address_is_somebodys_beside_a_person_and_not_beside_machines_or_words(
    local: str, value: str, kind: str, stays: bool
) -> None:
    text = f"Seen {local} next to {value}, and {REST}."
    address = found(
        text, local, "DEVICE_ID" if local.count(":") == 5 and "::" not in local else "IP_ADDRESS", 0.9, "ipv4"
    )
    others = (found(text, value, kind, 0.95, "rule"),) if kind else ()
    assert without_weak_names(text, (address, *others), Status.COMPLETE) == ((address,) * stays + others)
