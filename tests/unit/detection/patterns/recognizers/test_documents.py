from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("driver's license number is F162823540116", "F162823540116", "DRIVER_LICENSE"),
        ("Führerschein B072RRE2I55", "B072RRE2I55", "DRIVER_LICENSE"),
        ("MORGA657054SM9IJ", "MORGA657054SM9IJ", "DRIVER_LICENSE"),
        ("Reisepass C01X00T47", "C01X00T47", "PASSPORT"),
        ("paszport ZS1234567", "ZS1234567", "PASSPORT"),
        ("Kennzeichen B-AB 1234", "B-AB 1234", "VEHICLE_ID"),
        ("IMEI 490154203237518", "490154203237518", "DEVICE_ID"),
        ("pacemaker serial number PM-884213", "PM-884213", "DEVICE_ID"),
        ("Infusion pump (serial 88271AC) alarmed", "88271AC", "DEVICE_ID"),
        ("His CPAP serial no. 22198X77 stopped", "22198X77", "DEVICE_ID"),
        ("IMEI: 490154203237519", "490154203237519", "DEVICE_ID"),
        ("UDI-DI 00844588003288", "00844588003288", "DEVICE_ID"),
        ("license plate: TX 7ABC123", "7ABC123", "VEHICLE_ID"),
        ("car reg AB12 CDE", "AB12 CDE", "VEHICLE_ID"),
        ("plaque AB-123-CD", "AB-123-CD", "VEHICLE_ID"),
        ("Nummernschild M-XY 99", "M-XY 99", "VEHICLE_ID"),
        ("Kennzeichen: HH-DÖ 1988", "HH-DÖ 1988", "VEHICLE_ID"),
        ("Kennzeichen TÜ-ÄÜ 7", "TÜ-ÄÜ 7", "VEHICLE_ID"),
        ("device id 01f4a9", "01f4a9", "DEVICE_ID"),
        ("auto o numerze rejestracyjnym KR 7K210", "KR 7K210", "VEHICLE_ID"),
        ("rej. KR 7K210", "KR 7K210", "VEHICLE_ID"),
        ("legitymuje się, dowód ABK 323847", "ABK 323847", "NATIONAL_ID"),
        ("dowodem osobistym nr ABK323847", "ABK323847", "NATIONAL_ID"),
    ],
)
def test_documents(text, value, kind):
    assert (kind, value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize("text", ["the device id field is optional", "device: sn-0x1f", "sensor id 0x7fff21"])
def test_a_device_without_number_or_with_an_address_of_memory_is_none(text):
    assert SCANNER.scan(text) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Aktenzeichen 22 Js 4471/25", "22 Js 4471/25"),
        ("Sygn. akt II K 447/25, oskarżony", "II K 447/25"),
        ("Processo 447/25.3PBLSB, arguido", "447/25.3PBLSB"),
        ("Diligencias previas 447/2025", "447/2025"),
        ("Parketnummer 05/447125-25", "05/447125-25"),
        ("das Verfahren 3 Js 118/26 ruht", "3 Js 118/26"),
    ],
)
def test_files_of_courts(text, value):
    assert ("CASE_NUMBER", value) in {(f.entity_type, text[f.start : f.end]) for f in SCANNER.scan(text)}


@pytest.mark.parametrize("text", ["processo 12", "dossier 2024", "die Autos 5 und 7", "3 Js 12", "autos nuevos 2025"])
def test_what_is_no_file_of_a_court(text):
    assert "CASE_NUMBER" not in {f.entity_type for f in SCANNER.scan(text)}
