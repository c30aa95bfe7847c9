"""Words before a place that a person's name fills: labels of forms and keys, and what closes a letter."""

# ruff: noqa: E501 -- tables are read line by line
from __future__ import annotations

from typing import Final

from proxy.detection.text.context import ContextWords

#: Keys and labels whose value is somebody's name, by their last words, in the eight languages.
PEOPLE: Final = ContextWords(
    "name", "names", "first name", "last name", "surname", "forename", "owner", "owners", "author", "authors", "editor", "reviewer", "reviewers", "approver", "assignee",
    "assigned to", "reporter", "requester", "requestor", "by", "maintainer", "maintainers", "contact", "contact person", "tenant", "tenants", "landlord", "landlady", "lessee", "lessor", "resident", "occupant",
    "guest", "guests", "attendee", "attendees", "participant", "participants", "present", "absent", "driver", "worker", "employee", "manager", "supervisor", "boss", "teacher", "tutor", "student",
    "pupil", "candidate", "applicant", "witness", "plaintiff", "defendant", "claimant", "patient", "doctor", "physician", "nurse", "therapist", "lawyer", "attorney", "accountant", "holder", "cardholder",
    "beneficiary", "insured", "policyholder", "payee", "payer", "recipient", "sender", "cc", "bcc", "attn", "attention", "organizer", "organiser", "speaker", "trainer", "coach", "member",
    "members", "cn", "fn", "spouse", "wife", "husband", "partner", "father", "mother", "child", "son", "daughter", "brother", "sister", "guardian", "passenger", "caller", "visitor", "volunteer", "colleague",
    "ansprechpartner", "ansprechpartnerin", "mieter", "mieterin", "vermieter", "vermieterin", "bearbeiter", "bearbeiterin", "sachbearbeiter", "sachbearbeiterin", "mitarbeiter", "mitarbeiterin", "teilnehmer",
    "teilnehmerin", "anwesend", "abwesend", "zeuge", "zeugin", "klager", "klagerin", "beklagter", "beklagte", "patientin", "arzt", "arztin", "fahrer", "fahrerin", "inhaber", "inhaberin", "empfanger",
    "absender", "verfasser", "autor", "autorin", "gezeichnet", "gez", "unterschrift", "zustandig", "verantwortlich", "auftraggeber", "betreuer", "betreuerin", "vorname", "nachname", "familienname",
    "bewerber", "bewerberin", "schuler", "schulerin", "lehrer", "lehrerin", "vater", "mutter", "ehemann", "ehefrau", "gast", "gaste", "mitglied", "mitglieder", "eigentumer", "bewohner",
    "responsable", "interlocuteur", "interlocutrice", "locataire", "bailleur", "proprietaire", "medecin", "auteur", "autrice", "signataire", "temoin", "temoins", "presents", "destinataire", "expediteur",
    "salarie", "employe", "candidat", "eleve", "titulaire", "beneficiaire", "assure", "nom", "prenom", "referent", "chauffeur", "conjoint", "invite", "invites",
    "encargado", "encargada", "inquilino", "inquilina", "arrendatario", "arrendador", "propietario", "propietaria", "titular", "beneficiario", "beneficiaria", "paciente", "medico", "medica", "firmado",
    "testigo", "asistentes", "asistente", "destinatario", "remitente", "empleado", "empleada", "trabajador", "trabajadora", "alumno", "alumna", "candidato", "candidata", "nombre", "apellido", "apellidos",
    "contacto", "conductor", "huesped", "invitado", "invitados",
    "referente", "responsabile", "locatario", "conduttore", "proprietario", "proprietaria", "intestatario", "intestataria", "paziente", "autore", "firmato", "testimone", "presenti", "mittente",
    "dipendente", "alunno", "alunna", "nome", "cognome", "contatto", "autista", "ospite", "ospiti",
    "responsavel", "senhorio", "utente", "assinado", "testemunha", "presentes", "remetente", "funcionario", "funcionaria", "aluno", "aluna", "apelido", "motorista", "hospede", "convidados",
    "contactpersoon", "verantwoordelijke", "huurder", "verhuurder", "eigenaar", "houder", "begunstigde", "patient", "arts", "ondertekend", "getuige", "aanwezig", "aanwezigen", "ontvanger", "afzender",
    "medewerker", "leerling", "kandidaat", "naam", "voornaam", "achternaam", "gasten",
    "opiekun", "opiekunka", "najemca", "wynajmujacy", "wlasciciel", "wlascicielka", "posiadacz", "beneficjent", "pacjent", "pacjentka", "lekarz", "sporzadzil", "sporzadzila", "podpisano", "podpis", "swiadek",
    "obecni", "nieobecni", "odbiorca", "nadawca", "pracownik", "uczen", "uczennica", "kandydat", "kandydatka", "imie", "nazwisko", "osoba", "kontaktowa", "prowadzacy", "prowadzaca", "referent", "kierowca",
    "wystawil", "odebral", "zatwierdzil", "zglaszajacy", "gosc", "goscie",
)  # fmt: skip
#: Last words of what closes a letter; on the next line stands who wrote it.
CLOSINGS: Final = ContextWords(
    "regards", "sincerely", "faithfully", "truly", "yours", "cheers", "thanks", "thank you", "best", "best wishes", "see you", "love", "signed",
    "grusse", "grussen", "gruss", "mfg", "lg", "vg", "hochachtungsvoll", "dank", "danke", "cordialement", "salutations", "bien a vous", "amicalement", "merci", "bises",
    "saludos", "saludo", "atentamente", "abrazo", "gracias", "cordialmente", "saluti", "saluto", "cordialita", "grazie", "groet", "groeten", "groetjes", "bedankt",
    "cumprimentos", "abraco", "atenciosamente", "atentamente", "obrigado", "obrigada", "powazaniem", "pozdrawiam", "pozdrowienia", "dziekuje",
)  # fmt: skip
