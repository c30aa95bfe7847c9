"""Generated clinical notes and letters in eight languages, with the role of every person named: text, (start, end, role)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from proxy.core.findings import Finding

_NAMES = {
    "en": ("Mary Harper,John Whitfield,Priya Nair,Samuel Osei,Laura Bennett,Tomás Reilly", "Harper,Whitfield,Nair,Osei,Bennett,Reilly"),
    "de": ("Erika Brandt,Klaus Weidner,Sabine Kühl,Mehmet Aydin,Jutta Rohde,Ulf Petersen", "Brandt,Weidner,Kühl,Aydin,Rohde,Petersen"),
    "fr": ("Chloé Girard,Hugo Lefèvre,Amina Diallo,Luc Perrot,Inès Marchand,Paul Roussel", "Girard,Lefèvre,Diallo,Perrot,Marchand,Roussel"),
    "es": ("Lucía Ferrer Gil,Andrés Molina Paz,Carmen Rubio,Iván Soler,Marta Vidal,Jorge Prieto", "Ferrer,Molina,Rubio,Soler,Vidal,Prieto"),
    "it": ("Giulia Ferri,Marco Bellini,Anna Conti,Luca Moretti,Sara Galli,Paolo Riva", "Ferri,Bellini,Conti,Moretti,Galli,Riva"),
    "pt": ("Beatriz Nunes,Rui Carvalho,Inês Matos,Tiago Lobo,Ana Pires,Nuno Faria", "Nunes,Carvalho,Matos,Lobo,Pires,Faria"),
    "nl": ("Sanne Visser,Bram Jansen,Lotte Mulder,Daan Kuiper,Femke Prins,Joost Hoekstra", "Visser,Jansen,Mulder,Kuiper,Prins,Hoekstra"),
    "pl": ("Anna Kowalczyk,Piotr Zając,Ewa Wrona,Marek Sikora,Zofia Lis,Adam Bielak", "Kowalczyk,Zając,Wrona,Sikora,Lis,Bielak"),
}  # fmt: skip
#: p: patient, d: provider, k: relative or contact, o: nobody told.
_NOTES = {
    "en": (
        "DISCHARGE SUMMARY\nPatient Name: {p}\nAttending: Dr. {d}\nThe hospital course was uneventful. Emergency contact: {k} (wife).",
        "{p} is a 54-year-old patient with asthma seen today. Her husband, {k}, reports wheezing at night. Signed: {d}, MD",
        "Pt: {p}. Admitting diagnosis pneumonia. Consulting physician {d} advised antibiotics. Reviewed by {d2}, RN.",
        "Dear Dr. {d},\nthank you for referring the patient {p} to our clinic. His son {k} came along.",
        "Nurse {d} called the patient's daughter {k} about the discharge. Next of kin: {k}.",
    ),
    "de": (
        "Arztbrief\nPatientin: {p}\nDiagnose: Asthma bronchiale. Behandelnder Arzt: Dr. med. {d}. Ehemann: {k}.",
        "Wir berichten über den Patienten {p}, der in unserer Klinik lag. Oberärztin Dr. {d} hat ihn entlassen. Seine Tochter {k} holte ihn ab.",
        "Sehr geehrte Frau Dr. {d}, Ihr Patient {p} stellte sich mit Diabetes vor. Kontaktperson: {k}.",
        "Befund: unauffällig. Versicherte: {p}. gez. Dr. {d}, Facharzt für Innere Medizin",
    ),
    "fr": (
        "Compte rendu d'hospitalisation\nPatient : {p}\nMédecin traitant : Dr {d}\nPersonne à prévenir : {k}",
        "La patiente {p} a été vue à l'hôpital par le Dr {d} pour une pneumonie. Son mari {k} était présent.",
        "Ordonnance. Patiente : {p}. Infirmière {d}. Sa fille {k} viendra demain.",
    ),
    "es": (
        "Datos del paciente.\nNombre: {p}\nMédico: {d}\nDiagnóstico: neumonía. Contacto de emergencia: {k}",
        "La paciente {p} ingresa en el hospital por asma. Atendida por la Dra. {d}. Su hija {k} la acompaña.",
        "Paciente: {p}. Remitido por: Dr. {d}. Su esposa, {k}, refiere fiebre.",
    ),
    "it": (
        "Paziente: {p}\nMedico curante: Dott. {d}\nDiagnosi: polmonite. Persona di contatto: {k}",
        "La paziente {p} è stata visitata in ospedale dalla Dott.ssa {d}. Sua figlia {k} era presente.",
        "Assistita: {p}. Infermiera {d}. Il marito {k} riferisce febbre.",
    ),
    "pt": (
        "Utente: {p}\nMédico: Dr. {d}\nDiagnóstico: pneumonia. Pessoa de contacto: {k}",
        "A paciente {p} foi observada no hospital pela Dra. {d}. O marido {k} refere febre.",
        "Paciente: {p}. Enfermeira {d}. A filha {k} vem amanhã.",
    ),
    "nl": (
        "Patiënt: {p}\nHuisarts: Dr. {d}\nDiagnose: longontsteking. Contactpersoon: {k}",
        "Patiënte {p} werd in het ziekenhuis gezien door arts {d}. Haar man {k} was erbij.",
        "Verzekerde: {p}. Verpleegkundige {d}. Zijn dochter {k} komt morgen.",
    ),
    "pl": (
        "Pacjent: {p}\nLekarz prowadzący: dr {d}\nRozpoznanie: zapalenie płuc. Osoba do kontaktu: {k}",
        "Pacjentka {p} została przyjęta do szpitala. Lekarz {d} zalecił antybiotyk. Mąż {k} był obecny.",
        "Pacjent {p}. Pielęgniarka {d}. Jego córka {k} przyjdzie jutro.",
    ),
}  # fmt: skip
_NEITHER = {
    "en": (
        "Hi {o}, please send the quote to {o2} before Friday.",
        "Minutes: {o} and Dr. {o2} discussed the sales plan. {o} will call our supplier.",
        "Ask {o} about the nurse rota. Patience, {o2}!",
    ),
    "de": ("Hallo {o}, bitte schick das Angebot an {o2}.", "Frau {o} und Dr. {o2} besprachen den Vertrieb."),
    "fr": ("Bonjour {o}, merci d'envoyer le devis à {o2}.",),
    "es": ("Hola {o}, envía el presupuesto a {o2}.",),
    "it": ("Ciao {o}, manda il preventivo a {o2}.",),
    "pt": ("Olá {o}, envia o orçamento a {o2}.",),
    "nl": ("Hallo {o}, stuur de offerte naar {o2}.",),
    "pl": ("Cześć {o}, wyślij ofertę do {o2}.",),
}
_ROLES = {"p": "patient", "d": "provider", "k": "third_party", "o": "data_subject"}
_SLOT = re.compile(r"\{([pdko])(\d?)\}")


def notes(count: int, seed: int) -> Iterator[tuple[str, str, list[tuple[Finding, str]]]]:
    """Yield (language, text, findings of its persons with their roles)."""
    source = random.Random(seed)
    languages = sorted(_NOTES)
    for number in range(count):
        language = languages[number % len(languages)]
        template = source.choice((*_NOTES[language], *_NEITHER[language]))
        full, short = (names.split(",") for names in _NAMES[language])
        order = source.sample(range(len(full)), len(full))
        people: dict[str, str] = {}
        pieces: list[str] = []
        found: list[tuple[Finding, str]] = []
        done = size = 0
        for slot in _SLOT.finditer(template):
            literal = template[done : slot.start()]
            if slot.group() not in people:
                index = order[len(people)]
                people[slot.group()] = short[index] if slot[1] == "d" and source.random() < 0.5 else full[index]
            name = people[slot.group()]
            pieces += [literal, name]
            size += len(literal)
            found.append((Finding("PERSON", size, size + len(name), 0.9, "gold"), _ROLES[slot[1]]))
            size += len(name)
            done = slot.end()
        yield language, "".join(pieces) + template[done:], found
