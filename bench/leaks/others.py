"""A second population and other texts than ``people`` and ``phrases``: nothing was made to fit these.

Names that are rare or seldom written down, in sentences, forms, tables under headers of each language, paths and files.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from bench.leaks.people import Value, plain

_NAMES: Mapping[str, str] = {
    "en": "Eluned Pritchard|Tristram Hatherleigh|Imogen Wolstenholme|Fergus MacAllister|Winifred Ockenden|Cordelia Thistlethwayte|Ravi Subramanian|Oluwaseun Adebayo",
    "de": "Ottilie Brandtner|Heinz-Peter Kleinschmidt|Swantje Petersen|Thorben Ahlers|Gisela von Hohenstein|Hartmut Grünwald|Ulrike Nüßlein|Burkhard Eßer",
    "fr": "Aurélie Bourdonnais|Corentin Le Goff|Solène Kerjean|Yannick Ploquin|Guillaume Peyrefitte|Apolline Vasseur|Loïc Quéméner|Éloïse Trémoulet",
    "es": "Leire Goikoetxea|Iker Mendizábal|Paloma Villaescusa|Nieves Zurbano|Ximena Carrasquilla|Gaspar Llorente|Primitivo Salcedo|Eustaquio Peláez",
    "it": "Loredana Sciarrabba|Salvatore Buonocore|Giacomo Dall'Acqua|Rosaria Pappalardo|Domenico Squillace|Chiara Zaccagnini|Assunta Capobianco|Fulvio Degl'Innocenti",
    "pl": "Zbigniew Chrzanowski|Agnieszka Jóźwiak|Krzysztof Grzegorczyk|Jadwiga Mrożek|Sławomir Piątek|Ewelina Szczepańska|Bogumiła Żółkiewska|Mieczysław Trzciński",
    "nl": "Anneke van der Veldt|Maarten Koopmans|Roelof Dijkgraaf|Hendrika ter Horst|Saskia Bruinsma|Pieter-Jan Oudshoorn|Tjitske Hoekstra|Ruben den Hartog",
    "pt": "Beatriz Sequeira|Duarte Quintanilha|Filipa Mascarenhas|Vasco Bettencourt|Graça Figueira|Rui Castelo-Branco|Benedita Falcão|Hermínia Pacheco",
}  # fmt: skip
_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "en": ("Could you check why % has not been paid for March?", "% called twice today about the leaking tap.", "Minutes: present were % and the auditor.", "Forward this to %, please.", "The complaint by % was closed without an answer.", "Is % still on sick leave?"),
    "de": ("Kannst du prüfen, ob % das Paket bekommen hat?", "% rief heute zweimal wegen der Heizung an.", "Anwesend waren % und der Prüfer.", "Bitte leite das an % weiter.", "Die Beschwerde von % wurde geschlossen."),
    "fr": ("Peux-tu vérifier si % a reçu son colis ?", "% a appelé deux fois pour le chauffage.", "Étaient présents % et le commissaire.", "Merci de transmettre à %.", "La plainte de % a été classée."),
    "es": ("¿Puedes comprobar si % recibió el paquete?", "% llamó dos veces por la calefacción.", "Asistieron % y el auditor.", "Reenvía esto a %, por favor.", "La queja de % quedó cerrada."),
    "it": ("Puoi verificare se % ha ricevuto il pacco?", "% ha chiamato due volte per la caldaia.", "Erano presenti % e il revisore.", "Inoltra tutto a %, per favore.", "Il reclamo di % è stato chiuso."),
    "pl": ("Czy możesz sprawdzić, czy % dostał paczkę?", "% dzwonił dwa razy w sprawie ogrzewania.", "Obecni byli: % oraz rewident.", "Skargę złożył %.", "Proszę przekazać to do: %."),
    "nl": ("Kun je nagaan of % het pakket heeft gekregen?", "% belde vandaag twee keer over de verwarming.", "Aanwezig waren % en de controleur.", "Stuur dit door naar %, graag.", "De klacht van % is gesloten."),
    "pt": ("Podes verificar se % recebeu o pacote?", "% ligou duas vezes por causa do aquecimento.", "Estiveram presentes % e o auditor.", "Encaminha isto para %, por favor.", "A queixa de % foi encerrada."),
}  # fmt: skip
_FORMS = (
    "Name: %\nRole: tenant", "Signed,\n%", "- %\n- milk\n- eggs", "1. %: absent\n2. others: present", '{"assignee": "%"}',
    "<p>Kind regards<br>%</p>", "Hi,\nplease pay the invoice.\n\nBest,\n%", "name: %\nstate: open", "/contracts/~/draft.docx", "cv-~.pdf",
)  # fmt: skip
#: Columns by language: name, date of birth, user name, telephone.
_COLUMNS: Mapping[str, tuple[str, str, str, str]] = {
    "en": ("full_name", "birth_date", "login", "mobile"), "de": ("Kunde", "geb.", "Benutzername", "Telefon"),
    "fr": ("nom", "date de naissance", "identifiant", "téléphone"), "es": ("nombre", "fecha_nac", "usuario", "móvil"),
    "it": ("nome", "data_nascita", "utente", "cellulare"), "pl": ("imię i nazwisko", "data urodzenia", "login", "telefon"),
    "nl": ("naam", "geboortedatum", "gebruiker", "mobiel"), "pt": ("nome", "data_nasc", "utilizador", "telemóvel"),
}  # fmt: skip
_PHONES = {"en": "07700 900123", "de": "0151 23456789", "fr": "06 39 98 12 34", "es": "612 34 56 78", "it": "347 5551234",
           "pl": "601 234 567", "nl": "06-12345678", "pt": "912 345 678"}  # fmt: skip
_LAYOUTS = ("csv", "semicolons", "tabs", "markdown", "terminal", "fixed width", "html", "sql")


def cases(own: random.Random) -> Iterator[tuple[str, dict[str, Any], list[Value]]]:
    """Yield what each is called, the body, and what is planted in it."""
    for language, names in _NAMES.items():
        for name in names.split("|"):
            for text in own.sample(_SENTENCES[language], 2):
                value = _spelled(own, name, language)
                yield f"{language}, sentence", _user(text.replace("%", value.text)), [value]
            form = own.choice(_FORMS)
            slug = plain(name).lower().replace("'", "").replace(" ", "-")
            yield f"{language}, form", _user(form.replace("%", name).replace("~", slug)), [_value(name, name, language)]
        for layout in own.sample(_LAYOUTS, 4):
            yield f"{language}, {layout}", *_table(own, language, layout)


def _user(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def _value(text: str, name: str, language: str) -> Value:
    return Value("name", text, tuple(part for part in name.split() if len(part) > 3), language)


def _spelled(own: random.Random, name: str, language: str) -> Value:
    given, _, family = name.partition(" ")
    way = own.choice(("plain", "plain", "plain", "capitals", "small", "turned", "initial"))
    text = {
        "capitals": name.upper(), "small": name.lower(), "turned": f"{family}, {given}", "initial": f"{given[0]}. {family}",
    }.get(way, name)  # fmt: skip
    return _value(text, family if way == "initial" else name, language)


def _table(own: random.Random, language: str, layout: str) -> tuple[dict[str, Any], list[Value]]:
    name = own.choice(_NAMES[language].split("|"))
    born = f"{own.randint(10, 28)}.{own.randint(10, 12)}.{own.randint(1941, 1999)}"
    login = plain(name.split()[-1]).lower()[:7].replace("'", "") + str(own.randint(10, 99))
    row, head = (name, born, login, _PHONES[language]), _COLUMNS[language]
    plants = [_value(name, name, language)]
    plants += [
        Value(kind, text, (text,), language) for kind, text in zip(("dob", "username", "phone"), row[1:], strict=True)
    ]
    return _user(f"Check:\n\n{_laid(layout, head, row)}\n"), plants


def _laid(layout: str, head: tuple[str, ...], row: tuple[str, ...]) -> str:
    if layout in {"csv", "semicolons", "tabs"}:
        sign = {"csv": ",", "semicolons": ";", "tabs": "\t"}[layout]
        return f"{sign.join(head)}\n{sign.join(row)}"
    if layout == "markdown":
        return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n| {' | '.join(row)} |"
    if layout == "terminal":
        return f" {' | '.join(head)}\n{'-+-'.join('-' * len(one) for one in head)}\n {' | '.join(row)}\n(1 row)"
    if layout == "fixed width":
        return "\n".join("".join(one.ljust(28) for one in line).rstrip() for line in (head, row))
    if layout == "html":
        cells = ["".join(f"<{tag}>{one}</{tag}>" for one in line) for tag, line in (("th", head), ("td", row))]
        return "<table>" + "".join(f"<tr>{one}</tr>" for one in cells) + "</table>"
    names = ", ".join(f'"{one}"' for one in head)
    values = ", ".join("'" + one.replace("'", "''") + "'" for one in row)
    return f"INSERT INTO customer ({names}) VALUES ({values});"
