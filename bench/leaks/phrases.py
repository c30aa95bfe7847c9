"""How values stand in sentences of eight languages. ``%`` is where the value goes, ``@`` the name of who is spoken of."""

from __future__ import annotations

from collections.abc import Mapping

NAME: Mapping[str, tuple[str, ...]] = {
    "en": ("Please draft a friendly reply to % about the late delivery.", "I spoke with % yesterday; she wants a refund.", "%, who joined in May, asks for a day off on Friday."),
    "de": ("Bitte schreibe eine freundliche Antwort an % wegen der verspäteten Lieferung.", "Gestern habe ich mit % telefoniert, sie möchte ihr Geld zurück.", "Die Kündigung von % liegt noch auf meinem Schreibtisch."),
    "fr": ("Merci de rédiger une réponse aimable à % au sujet du retard de livraison.", "J'ai parlé hier avec %, qui demande un remboursement.", "Le contrat de % arrive à échéance en juin."),
    "es": ("Por favor, redacta una respuesta amable para % sobre el retraso del pedido.", "Ayer hablé con %, que pide la devolución del dinero.", "El contrato de % vence en junio."),
    "it": ("Per favore scrivi una risposta cortese a % per il ritardo della consegna.", "Ieri ho parlato con %, che chiede un rimborso.", "Il contratto di % scade a giugno."),
    "pl": ("Proszę napisać uprzejmą odpowiedź do klienta: %, w sprawie opóźnionej dostawy.", "Wczoraj dzwonił do nas klient % i prosi o zwrot pieniędzy.", "Umowę podpisze % w przyszłym tygodniu."),
    "nl": ("Schrijf alsjeblieft een vriendelijk antwoord aan % over de late levering.", "Gisteren heb ik met % gesproken; zij wil haar geld terug.", "Het contract van % loopt in juni af."),
    "pt": ("Por favor, escreva uma resposta simpática a % sobre o atraso da entrega.", "Ontem falei com %, que pede o reembolso.", "O contrato de % termina em junho."),
}  # fmt: skip

FIELD: Mapping[str, Mapping[str, str]] = {
    "en": {
        "email": "You can reach @ at %.", "phone": "@ asked to be called back on % before noon.",
        "address": "The parcel for @ goes to %.", "dob": "@ was born on %.", "iban": "Refund @ to the account %.",
        "card": "@ paid with the card %.", "username": "@ logs in as user %.", "plate": "The car of @ has the licence plate %.",
    },
    "de": {
        "email": "Sie erreichen @ unter %.", "phone": "@ bittet um Rückruf unter % vor zwölf Uhr.",
        "address": "Das Paket für @ geht an %.", "dob": "@ ist am % geboren.", "iban": "Die Erstattung an @ geht auf das Konto %.",
        "card": "@ hat mit der Kreditkarte % bezahlt.", "username": "@ meldet sich mit dem Benutzernamen % an.",
        "plate": "Der Wagen von @ hat das Kennzeichen %.",
    },
    "fr": {
        "email": "Vous pouvez joindre @ à l'adresse %.", "phone": "@ demande à être rappelé au % avant midi.",
        "address": "Le colis de @ est à livrer au %.", "dob": "@ est né le %.", "iban": "Le remboursement de @ va sur le compte %.",
        "card": "@ a payé avec la carte %.", "username": "@ se connecte avec l'identifiant %.",
        "plate": "La voiture de @ est immatriculée %.",
    },
    "es": {
        "email": "Puede escribir a @ a la dirección %.", "phone": "@ pide que le llamen al % antes del mediodía.",
        "address": "El paquete de @ va a %.", "dob": "@ nació el %.", "iban": "El reembolso de @ va a la cuenta %.",
        "card": "@ pagó con la tarjeta %.", "username": "@ entra con el usuario %.", "plate": "El coche de @ tiene la matrícula %.",
    },
    "it": {
        "email": "Può scrivere a @ all'indirizzo %.", "phone": "@ chiede di essere richiamato al % prima di mezzogiorno.",
        "address": "Il pacco per @ va consegnato in %.", "dob": "@ è nato il %.", "iban": "Il rimborso di @ va sul conto %.",
        "card": "@ ha pagato con la carta %.", "username": "@ accede con il nome utente %.", "plate": "L'auto di @ ha la targa %.",
    },
    "pl": {
        "email": "Klient @ ma adres e-mail %.", "phone": "Klient @ prosi o telefon pod numer % przed południem.",
        "address": "Paczka dla klienta @ ma trafić na adres %.", "dob": "Klient @, data urodzenia: %.",
        "iban": "Zwrot dla klienta @ na konto %.", "card": "Klient @ zapłacił kartą %.",
        "username": "Klient @ loguje się jako użytkownik %.", "plate": "Samochód klienta @ ma numer rejestracyjny %.",
    },
    "nl": {
        "email": "U kunt @ bereiken op %.", "phone": "@ wil voor twaalf uur teruggebeld worden op %.",
        "address": "Het pakket voor @ gaat naar %.", "dob": "@ is geboren op %.", "iban": "De terugbetaling aan @ gaat naar rekening %.",
        "card": "@ heeft met creditcard % betaald.", "username": "@ logt in met gebruikersnaam %.",
        "plate": "De auto van @ heeft kenteken %.",
    },
    "pt": {
        "email": "Pode escrever para @ em %.", "phone": "@ pede que lhe liguem para o % antes do meio-dia.",
        "address": "A encomenda de @ vai para %.", "dob": "@ nasceu em %.", "iban": "O reembolso de @ vai para a conta %.",
        "card": "@ pagou com o cartão %.", "username": "@ entra com o utilizador %.", "plate": "O carro de @ tem a matrícula %.",
    },
}  # fmt: skip

#: Kinds that are spoken of in English only.
ENGLISH: Mapping[str, str] = {
    "ip": "@ signed in from % this morning.",
    "ipv6": "@ signed in from % this morning.",
    "mrn": "Patient @, MRN %, was seen on the ward today.",
    "cvv": "@ says the card's CVV is %.",
    "pin": "@ says that her card PIN is %.",
    "passport": "@ travels with passport number %.",
    "imei": "The phone of @ has the IMEI %.",
    "vehicle": "The car of @ has the VIN %.",
}
#: Language that a text holds when it holds nothing personal.
AROUND: Mapping[str, str] = {
    "en": "Thank you for looking into this today.", "de": "Vielen Dank, dass du dich heute darum kümmerst.",
    "fr": "Merci de vous en occuper aujourd'hui.", "es": "Gracias por ocuparte de esto hoy.",
    "it": "Grazie per occupartene oggi.", "pl": "Dziękuję za zajęcie się tym dzisiaj.",
    "nl": "Bedankt dat je dit vandaag oppakt.", "pt": "Obrigado por tratar disto hoje.",
}  # fmt: skip
