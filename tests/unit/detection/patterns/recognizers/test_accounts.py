from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


def names(text: str) -> list[str]:
    return [text[f.start : f.end] for f in SCANNER.scan(text) if f.entity_type == "USERNAME"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("INFO login ok user=jdoe ip=10.2.3.4", "jdoe"),
        ("FEHLER Anmeldung: Benutzer=hwestermann Adresse=198.51.100.23", "hwestermann"),
        ("ERREUR session utilisateur=pdelestre", "pdelestre"),
        ("BŁĄD logowania użytkownik=jszczepanik", "jszczepanik"),
        ("ERRO sessão utilizador=avasconcelos", "avasconcelos"),
        ("FOUT inloggen gebruiker=mdejager", "mdejager"),
        ('level=warn username="awhitfield" msg=denied', "awhitfield"),
        ("updated_by=mkowalski", "mkowalski"),
        ("sshd[212]: Accepted password for mkowalski from 10.0.0.7 port 22", "mkowalski"),
        ("sshd[9]: Failed password for invalid user tbraun from 10.0.0.7", "tbraun"),
        ("pam_unix(sshd:session): session opened for user lfischer(uid=1000)", "lfischer"),
        ("sudo: jdoe : TTY=pts/0 ; PWD=/srv", "jdoe"),
        ("<jdoe> hi there", "jdoe"),
        ("son compte c'est leo.sampaio, je crois", "leo.sampaio"),
        ("e o acesso? leo.sampaio, senha depois", "leo.sampaio"),
        ("her login is mgallagher3", "mgallagher3"),
        ("hello\n[12:01] <anna_s> me too", "anna_s"),
        ("@DrPatel can you look at this?", "DrPatel"),
        ("cc @mwhitfield.", "mwhitfield"),
        ("thanks @jsmith_99!", "jsmith_99"),
        ("(@anna.schmidt)", "anna.schmidt"),
        ("scp -P 2200 out.tgz tvermeer@files:/srv", "tvermeer"),
        ("mysqldump -h db1 -u lkarlsson shop > shop.sql", "lkarlsson"),
        ("curl -s --user mbecker:Tx9 https://repo.example.org", "mbecker"),
        ("useradd -m -G wheel -s /bin/bash kolsen", "kolsen"),
        ("runas /user:HQ\\pmorel cmd", "pmorel"),
        ("amqp://tvermeer:Kw8-tulip@mq.example.org/jobs", "tvermeer"),
        ("cd /home/tvermeer/projects", "tvermeer"),
        ("radius: user 'tvermeer' accepted", "tvermeer"),
        ("new password set, please log in as tvermeer", "tvermeer"),
        ("C:\\Users\\tvermeer\\AppData", "tvermeer"),
        ("mot de passe perdu, identifiant tvermeer", "tvermeer"),
        ("[14:02] o.lindqvist: who broke the build", "o.lindqvist"),
        ("[14:02] so\n[14:03:11] zeynep_a : on it", "zeynep_a"),
        ("the user gvermeulen could not log in", "gvermeulen"),
        ("Benutzer hlindner ist gesperrt", "hlindner"),
        ("l'utilisateur pdelorme est bloqué", "pdelorme"),
        ("el usuario anna.k no responde", "anna.k"),
        ("Użytkownik pzielinski zgłosił błąd", "pzielinski"),
        ("Zugangsdaten: rhofmann / Kiesel-77-Tor", "rhofmann"),
        ("Accesso: gbellini / Onda_2291", "gbellini"),
    ],
)
def test_user_names(text: str, name: str) -> None:
    assert name in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "user=root uid=0 login=admin owner=www-data",
        "Accepted publickey for root from 10.0.0.7",
        "@Override public String toString()",
        "@property\ndef name(self): ...",
        "import x from '@angular/core'",
        "@media (max-width: 20px)",
        "@app.route('/x')",
        "@pytest.mark.parametrize",
        "if (user=getUser()) {",
        "a@b and 12 @ 3.40 each",
        "List<String> names = <div> x",
        "docker pull x@sha256:abc",
        "// @ts-check",
        "/* @ts-expect-error */",
        "real @ARRAYs and @HASHes",
        "when the user hovers over it",
        "domain is in user block-list",
        "not in user allow-list yet",
        "rsync -az build/ deploy@web1:/srv; ssh ubuntu@10.0.0.4",
        "psql -U postgres -d shop; curl -u $USER:$PASS https://example.org",
        "postgres://app:${DB_PASSWORD}@db/shop",
        "useradd --help lists every option",
        "the account 'settings' page and user \"admin\"",
        "GET /home/dashboard/settings and /Users/Shared",
        "reset the password of the user via settings; login page password",
        "[14:02] worker-2: started",
        "[14:02] nginx.access: 200",
        "[14:02] note: the tests run again",
        "the user interface is slow",
        "user config and user defaults are merged",
        "Użytkownik zalogowany widzi menu",
        "give the user kubectl and helm",
    ],
)
def test_nobodys_names(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("tag", ["generated", "notice", "deprecated", "internal", "example"])
def test_an_ordinary_word_behind_an_at_sign_is_a_tag_whatever_stands_beside_it(tag):
    assert names(f"# This file is automatically @{tag} by Cargo.") == []
    assert names(f"ask @{tag}") == []


@pytest.mark.parametrize("name", ["anna", "mwhitfield", "DrPatel", "Notice"])
def test_a_name_behind_an_at_sign_is_a_mention_where_somebody_is_addressed(name):
    assert names(f"ask @{name}") == [name]


@pytest.mark.parametrize(
    "text",
    [
        'assignee="Dobrosława Sikora" queue=7',
        "owner=Przemysław",
        "Accepted password for wojciechła",
        "cd /home/mirosława/in",
    ],
)
def test_a_word_that_goes_on_in_other_letters_is_not_cut(text: str) -> None:
    assert not names(text)
