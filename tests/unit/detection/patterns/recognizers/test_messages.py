"""Fields of HL7 messages."""

from __future__ import annotations

from testing import models

SCANNER = models.scanner()
MESSAGE = (
    "MSH|^~\\&|ADT|HOSP|||202602110822||ADT^A01|77|P|2.5\r"
    "PID|1||00451298^^^MRN||BRANNIGAN^DEIRDRE^M||19640229|F|||9 ORCHARD MEWS^^GALWAY^^H91 X2K4||0878123456\r"
    "NK1|1|BRANNIGAN^TOM|SPO\r"
    "PV1|1|I|W^389^1||||004777^ADEYEMI^OLU^A\r"
)


def test_the_patient_the_relative_and_the_doctor_of_a_message_are_found():
    found = {(f.recognizer, f.entity_type, MESSAGE[f.start : f.end]) for f in SCANNER.scan(MESSAGE)}
    assert {
        ("hl7_record_number", "MEDICAL_RECORD_NUMBER", "00451298"),
        ("hl7_patient", "PERSON", "BRANNIGAN^DEIRDRE^M"),
        ("hl7_birth", "DATE_OF_BIRTH", "19640229"),
        ("hl7_address", "STREET_ADDRESS", "9 ORCHARD MEWS^^GALWAY^^H91 X2K4"),
        ("hl7_phone", "PHONE_NUMBER", "0878123456"),
        ("hl7_relative", "PERSON", "BRANNIGAN^TOM"),
        ("hl7_attending", "PERSON", "004777^ADEYEMI^OLU^A"),
    } <= found


def test_other_bars_are_no_message():
    assert not [f for f in SCANNER.scan("a|b||c||d^e||20240101|x PIDS|1||2||n^m") if f.recognizer.startswith("hl7")]
