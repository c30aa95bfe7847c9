from __future__ import annotations

import random
import string

import pytest

from proxy.detection.patterns.recognizers.secrets import entropy, is_jwt, is_key, is_password, is_spoken_password
from testing import models

SCANNER = models.scanner()
FILL = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA" * 8


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + FILL[:36], "glpat-" + FILL[:20], "sk-proj-" + FILL[:48], "sk-ant-api03-" + FILL[:60], "xoxb-123456789012-" + FILL[:24], "AIza" + FILL[:35],
        "sk_live_" + FILL[:24], "SG." + FILL[:22] + "." + FILL[:43], "npm_" + FILL[:36], "hf_" + FILL[:34], "dapi" + "0123456789abcdef" * 2, "hvs." + FILL[:24],
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "AccountKey=" + "Ab1/" * 21 + "Ab==",
    ],
)  # fmt: skip
def test_known_secrets_are_found_whole(secret):
    text = f"use {secret} for it"
    (finding,) = [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"]
    assert text[finding.start : finding.end] == secret


def test_a_private_key_is_found_to_its_end():
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "QUJD" * 200 + "\n-----END RSA PRIVATE KEY-----"
    (finding,) = SCANNER.scan("x " + key + " y")
    assert finding.end - finding.start == len(key)


@pytest.mark.parametrize(
    "text",
    ['password = os.environ["X"]', "password: <your password>", "api_key: ${API_KEY}", "token: null", "secret: required", "password must be long",
     "max_tokens: 512", "the token limit is 4096 tokens", "PASSWORD_MIN_LENGTH = 14", "password_expiry_days: 90", "password reset timeout=3600",
     "the password for the portal is case-sensitive", "a password of the vault is 12-character", "the password to the site is changed."],
)  # fmt: skip
def test_placeholders_are_no_secrets(text):
    assert [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"] == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("l'ancien mot de passe Mirabelle#4471 ne marche plus", "Mirabelle#4471"),
        ("het oude wachtwoord Ooievaar_61x werkt niet", "Ooievaar_61x"),
        ("a senha provisória: Tucano#88ab expira", "Tucano#88ab"),
        ("mein Online-Passwort (Kranich!77) geht nicht", "Kranich!77"),
        ("PGPASSWORD='Gazpacho&31' psql", "Gazpacho&31"),
        ('SMTP_PASS: "Linde#1953"', "Linde#1953"),
        ('psk = "hM4-Holunder!"', "hM4-Holunder!"),
        ("das Kennwort für den Beamer lautet Distel!Igel4, danke", "Distel!Igel4"),
        ("le mot de passe de la box c'est Brume#3308, voilà", "Brume#3308"),
        ("la password della stampante è Ginestra!52, ciao", "Ginestra!52"),
        ("a senha do portão é Pinheiro#70", "Pinheiro#70"),
        ("das Kennwort fürs Haus-WLAN ist Dachs!Bau31, bitte", "Dachs!Bau31"),
        ("le code wifi est Romarin#6120 ce mois-ci", "Romarin#6120"),
        ("podman login -u ci -p Badger-Set!40 quay.example", "Badger-Set!40"),
        ("hasło do skrzynki (Świerk!4402) zmienione", "Świerk!4402"),
        ("net use S: \\\\nas\\s /user:HQ\\pmorel Tulipe!88", "Tulipe!88"),
        ("yeah the pass is Tr0utStream, dont lose it", "Tr0utStream"),
        ('settings.put("db.password", "Heron&Reed6");', "Heron&Reed6"),
        ("smbclient //nas/team -U tvermeer%Moor-Hen-5", "Moor-Hen-5"),
        ("wifi code is still Fjord-Lemon-77 right?", "Fjord-Lemon-77"),
        ("das Passwort ist noch immer Tr0utStream, ja", "Tr0utStream"),
    ],
)
def test_passwords_are_found_in_prose_and_settings(text, secret):
    (finding,) = [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"]
    assert text[finding.start : finding.end] == secret


@pytest.mark.parametrize(
    "text",
    [
        "the password reset v2.3 link",
        "password must have 8characters",
        "a password manager like 1Password",
        "mot de passe oublié sur mon téléphone ?",
        "passwords of 12 characters",
        'CHALLENGE_PASSWORD: "challengePassword",',
    ],
)
def test_words_and_numbers_beside_a_password_are_none(text):
    assert [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"] == []


def test_values_in_key_context():
    assert is_key("a8f5f167f44f4964e6c998dee827110c")
    assert not is_key("aaaaaaaaaaaa1")
    assert is_password("hunter2")
    assert not is_spoken_password("hunter")
    assert is_jwt("eyJhbGciOiJIUzI1NiJ9.x.y")
    assert not is_jwt("eyJ4.x.y")
    assert entropy("aaaa") == 0


@pytest.mark.parametrize("letters", [string.ascii_lowercase, string.ascii_uppercase, string.ascii_letters])
@pytest.mark.parametrize("before", ["AWS_SECRET_ACCESS_KEY=", '"api_key": "', "auth-token: "])
def test_a_secret_without_a_digit_is_one(letters, before):
    draw = random.Random(letters + before)
    drawn = ["".join(draw.choices(letters, k=40)) for _ in range(200)]
    missed = [value for value in drawn if not any(f.entity_type == "CREDENTIAL" for f in SCANNER.scan(before + value))]
    assert len(missed) <= 2  # one of 400 looks like a word


def test_a_spoken_password_of_letters_alone_has_capitals_inside():
    assert is_spoken_password("sXvVWlYMPorVLnmalxUQ")
    assert not is_spoken_password("najprawdopodobniejszego")


@pytest.mark.parametrize(
    "text",
    [
        "secret = getAccessTokenSilentlyOrRedirect",
        "api_key: MappingProxyTypeOfHeaders",
        "token = AmazonSQSQueueTokenProvider",
        "das Passwort ist Benutzerverwaltungsschnittstelle",
        "hasło to najprawdopodobniejszego",
        "password is hahahahahahahahahahaha",
        "пароль: password is Достопримечательность",
    ],
)
def test_words_and_names_of_code_are_not_random(text):
    assert [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"] == []


@pytest.mark.parametrize(
    "text",
    [
        "docker run -v $PWD:/data alpine",
        "PWD=/home/x",
        "PASSWORD_FILE=/run/secrets/db_password",
        'password = input("Password: ")',
        "password = var.db_password",
        "WITH PASSWORD :'app_password'",
        "password: !vault",
        "tool --password $DB_PASSWORD",
        "tool --password db_password",
    ],
)
def test_a_reference_to_a_password_is_none(text: str) -> None:
    assert not [f for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sshpass -p 'Marigold#77' ssh root@db1", "Marigold#77"),
        ("mysql -u root -pS3cretPw db", "S3cretPw"),
        ("tool --password hunter22 now", "hunter22"),
        ("tool --password=Blue!Horse now", "Blue!Horse"),
        ("curl -u admin:Passw0rd! http://x", "Passw0rd!"),
        ('$password = "Secret1!";', "Secret1!"),
        ("DB_PASSWORD=$ecret123!", "$ecret123!"),
        ("password: /x9$K!", "/x9$K!"),
    ],
)
def test_passwords_of_command_lines(text: str, value: str) -> None:
    found = [text[f.start : f.end] for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"]
    assert found == [value]


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("Zugangsdaten: rhofmann / Kiesel!77", "Kiesel!77"),
        ("Dostęp: pzielinski / Zima2031!", "Zima2031!"),
        ("net use Z: \\\\files\\hr /user:HQ\\pmorel Grey-Otter42", "Grey-Otter42"),
    ],
)
def test_a_password_beside_its_account_is_found(text, password):
    assert password in [text[f.start : f.end] for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"]


def test_a_path_behind_a_label_of_access_is_no_password():
    assert not [f for f in SCANNER.scan("access: read / write-only") if f.entity_type == "CREDENTIAL"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The gate code is 4471#, please", "4471#"),
        ("The door code at the back is still 7719#B.", "7719#B"),
        ("his locker is 12, code 7714", "7714"),
        ("Haustürcode 2904", "2904"),
        ("Schlüsselkasten hat den Code 4471#", "4471#"),
        ("Code de la porte : 48B21", "48B21"),
        ("el pin de la alarma es 9034", "9034"),
        ("De sleutelkluis naast de voordeur opent met 1957;", "1957"),
        ("kod do szafki 5521", "5521"),
        ("o código do portão é 7302", "7302"),
    ],
)
def test_the_code_of_an_entrance_is_a_secret(text, code):
    assert [text[f.start : f.end] for f in SCANNER.scan(text) if f.entity_type == "CREDENTIAL"] == [code]


@pytest.mark.parametrize(
    "text", ["error code 4012 at the gate", "gate 4012", "the code is 4012", "bar code 40123 of the door"]
)
def test_another_number_is_no_code_of_an_entrance(text):
    assert [f for f in SCANNER.scan(text) if f.recognizer == "entrance_code"] == []


@pytest.mark.parametrize(
    "text", ["La password provvisoria è {}.", "Senha do portal informada: {}", "Password\t{}", "palavra_passe: {}"]
)
@pytest.mark.parametrize("password", ["Comet-6408", "gatinho*2019", "Dahlia%7491", "Harbor.5307"])
def test_a_password_is_found_behind_a_few_words_and_in_the_next_cell(text, password):
    line = text.format(password)
    assert [line[f.start : f.end] for f in SCANNER.scan(line) if f.entity_type == "CREDENTIAL"] == [password]


def test_a_kind_of_password_is_one():
    [finding] = [f for f in SCANNER.scan("Initialkennwort war Kranich#Wolke9.") if f.entity_type == "CREDENTIAL"]
    assert finding.end - finding.start == len("Kranich#Wolke9")
