"""Credentials of many kinds in the shape their issuers give them, random in every free character."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Mapping

_ALNUM = string.ascii_letters + string.digits
_UPPER, _HEX = string.ascii_uppercase + "234567", "0123456789abcdef"


def _free(own: random.Random, length: int, alphabet: str = _ALNUM) -> str:
    return "".join(own.choice(alphabet) for _ in range(length))


def _jwt(own: random.Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _free(own, 10), "iat": own.randint(10**9, 2 * 10**9)})
    packed = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join([*packed, _free(own, 43)])


def _pem(own: random.Random, name: str, lines: int) -> str:
    body = "\n".join(_free(own, 64, _ALNUM + "+/") for _ in range(lines))
    return f"-----BEGIN {name}-----\n{body}\n{_free(own, 40)}==\n-----END {name}-----"


def _secret(own: random.Random) -> str:
    """A password as a person makes one."""
    word = own.choice(("Marigold", "Tannenbaum", "Sunflower", "Kolibri", "Rainstorm", "Voltaire"))
    return f"{word}{own.choice('#!_.%')}{own.randint(10, 9999)}"


#: kind -> (the secret, how it stands in a text; ``%`` is where the secret goes)
_KINDS: Mapping[str, tuple[Callable[[random.Random], str], str]] = {
    "aws access key": (lambda o: "AKIA" + _free(o, 16, _UPPER), "aws_access_key_id = %"),
    "aws secret key": (lambda o: _free(o, 40, _ALNUM + "+/"), "aws_secret_access_key = %"),
    "github token": (lambda o: "ghp_" + _free(o, 36), "git clone https://%@github.com/acme/site.git"),
    "github fine token": (lambda o: "github_pat_" + _free(o, 22) + "_" + _free(o, 59), "GH_TOKEN=%"),
    "gitlab token": (lambda o: "glpat-" + _free(o, 20), "curl --header 'PRIVATE-TOKEN: %' https://gitlab.example/api"),
    "slack token": (lambda o: f"xoxb-{_free(o, 12, string.digits)}-{_free(o, 12, string.digits)}-{_free(o, 24)}", "SLACK_BOT_TOKEN: %"),
    "stripe key": (lambda o: "sk_live_" + _free(o, 24), "stripe.api_key = '%'"),
    "google key": (lambda o: "AIza" + _free(o, 35, _ALNUM + "_-"), "https://maps.example/js?key=%"),
    "openai key": (lambda o: "sk-proj-" + _free(o, 48), "the key is % please rotate it"),
    "anthropic key": (lambda o: "sk-ant-api03-" + _free(o, 93, _ALNUM + "_-") + "AA", "ANTHROPIC_API_KEY=%"),
    "sendgrid key": (lambda o: f"SG.{_free(o, 22)}.{_free(o, 43)}", "sendgrid: %"),
    "twilio key": (lambda o: "SK" + _free(o, 32, _HEX), "twilio api key %"),
    "npm token": (lambda o: "npm_" + _free(o, 36), "//registry.npmjs.org/:_authToken=%"),
    "pypi token": (lambda o: "pypi-AgEIcHlwaS5vcmc" + _free(o, 100), "password = %"),
    "vault token": (lambda o: "hvs." + _free(o, 90), "export VAULT_TOKEN=%"),
    "docker token": (lambda o: "dckr_pat_" + _free(o, 27), "docker login -u acme -p %"),
    "digitalocean token": (lambda o: "dop_v1_" + _free(o, 64, _HEX), "DO_TOKEN=%"),
    "telegram token": (lambda o: f"{o.randint(10**8, 10**10 - 1)}:AA{_free(o, 33)}", "bot token %"),
    "jwt": (_jwt, "Authorization: Bearer %"),
    "rsa key": (lambda o: _pem(o, "RSA PRIVATE KEY", 12), "server key:\n%"),
    "openssh key": (lambda o: _pem(o, "OPENSSH PRIVATE KEY", 5), "id_ed25519:\n%"),
    "azure account key": (lambda o: _free(o, 86, _ALNUM + "+/") + "==", "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=%;EndpointSuffix=core.windows.net"),
    "database password": (_secret, "postgresql://app:%@db.internal.example:5432/shop"),
    "basic auth": (lambda o: base64.b64encode(f"deploy:{_free(o, 14)}".encode()).decode(), "Authorization: Basic %"),
    "password in prose": (_secret, "my password is % and it stopped working"),
    "password in a file": (_secret, "DB_PASSWORD=%"),
    "password in yaml": (_secret, "database:\n  user: app\n  password: %"),
    "password of a command": (_secret, "sshpass -p '%' ssh deploy@build"),
    "password in German": (_secret, "das Passwort lautet %"),
}  # fmt: skip
KINDS = tuple(_KINDS)


def make(own: random.Random, kind: str) -> tuple[str, str]:
    """Return a secret and the text that it stands in."""
    made, shown = _KINDS[kind]
    secret = made(own)
    return secret, shown.replace("%", secret)
