from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Robert-Koch-Str. 17, 01334 Freudenstadt", "Robert-Koch-Str. 17", "STREET_ADDRESS"),
        ("wohnhaft Sporgasse 11, 8010 Graz", "8010", "ZIP_CODE"),
        ("12 rue de la Paix, 75002 Paris", "12 rue de la Paix", "STREET_ADDRESS"),
        ("Calle Carmen Romero, 23, 1D", "Calle Carmen Romero, 23, 1D", "STREET_ADDRESS"),
        ("Via Roma 12, 00184 Roma", "Via Roma 12", "STREET_ADDRESS"),
        ("Rua Augusta 1500, Lisboa", "Rua Augusta 1500", "STREET_ADDRESS"),
        ("Prinsengracht 263, 1016 GV Amsterdam", "1016 GV", "ZIP_CODE"),
        ("ul. Klonowa 12/4, 61-148 Poznań", "ul. Klonowa 12/4", "STREET_ADDRESS"),
        ("10 Downing Street, London SW1A 2AA", "SW1A 2AA", "ZIP_CODE"),
        ("Ottawa K1A 0B1", "K1A 0B1", "ZIP_CODE"),
        ("Boston, MA 02115-1234", "02115-1234", "ZIP_CODE"),
        ("zip: 90210", "90210", "ZIP_CODE"),
        ("gmina Wielopole, powiat jasielski", "Wielopole", "LOCATION"),
        ("gmina Wielopole, powiat jasielski", "jasielski", "LOCATION"),
        ("im Landkreis Miesbach", "Miesbach", "LOCATION"),
        ("nel comune di Anguillara", "Anguillara", "LOCATION"),
        ("40°26'46\"N 79°58'56\"W", "40°26'46\"N 79°58'56\"W", "GEO_COORDINATES"),
        ("wohnhaft in der lindenallee dreiundzwanzig hat heute", "lindenallee dreiundzwanzig", "STREET_ADDRESS"),
        ("van hoofdstraat honderdtwaalf heeft gebeld", "hoofdstraat honderdtwaalf", "STREET_ADDRESS"),
        ("zamieszkały ulica polna siedem telefon", "ulica polna siedem", "STREET_ADDRESS"),
        ("abita in via garibaldi ventidue interno quattro", "via garibaldi ventidue", "STREET_ADDRESS"),
        ("vive en la calle mayor número doce teléfono seis", "calle mayor número doce", "STREET_ADDRESS"),
        ("mora na rua das flores vinte e dois", "rua das flores vinte e dois", "STREET_ADDRESS"),
        ("seen at St. Mary's Hospital", "St. Mary's Hospital", "ORGANIZATION"),
    ],
)
def test_places(text, value, kind):
    assert (kind, value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Spring 2023",
        "scoring 3 points",
        "Engineering 101",
        "10000 Users online",
        "3.14159",
        "a monitoring 5 min window",
    ],
)
def test_no_places(text):
    assert SCANNER.scan(text) == ()


@pytest.mark.parametrize("address", ["Unit 3, Ferry Lane", "Flat 6, 210 Gloucester Road", "Apt 4b, 12 Hill Street"])
def test_a_unit_belongs_to_its_street(address):
    text = f"He lives at {address}; call him"
    assert ("STREET_ADDRESS", address) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    ("text", "place"),
    [('"geburtsort": "Niebüll"', "Niebüll"), ("Place of birth: Corby", "Corby"), ("naturalidade=Tefé", "Tefé")],
)
def test_the_place_behind_its_label(text, place):
    assert ("LOCATION", place) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize("text", ["the place of birth matters", "place of birth: 12", "city: Corby"])
def test_labels_of_no_place_of_birth(text):
    assert "LOCATION" not in {f.entity_type for f in SCANNER.scan(text)}


@pytest.mark.parametrize(
    "text",
    [
        "52.5200, 13.4049",
        "at 52.520008,13.404954",
        "52.520, 13.405",
        "GPS 52.520, 13.405",
        "coordinates: 52.500, 13.250",
    ],
)
def test_coordinates_are_found_by_their_decimals_or_a_word(text):
    assert [finding.entity_type for finding in models.scanner().scan(text)] == ["GEO_COORDINATES"]


@pytest.mark.parametrize("text", ["total([1.005, 2.339])", "x = 0.125, 2.375", "rates 1.005, 2.339 rose"])
def test_measurements_are_no_coordinates(text):
    assert models.scanner().scan(text) == ()


@pytest.mark.parametrize(
    ("text", "count"), [("when C/CXX use it", 0), ("C/C++ headers", 0), ("C/ MAYOR 5", 1), ("C/Sol", 1)]
)
def test_two_languages_of_programs_are_no_street(text, count):
    assert [f.entity_type for f in SCANNER.scan(text)] == ["STREET_ADDRESS"] * count
