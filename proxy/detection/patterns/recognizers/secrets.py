"""Credentials: the prefixes that providers gave their keys so that they can be found, and values in key context."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter

from proxy.detection.patterns.pattern import OPEN, Pattern

_LEFT = ("(?<![0-9A-Za-z])", "(?![0-9A-Za-z])")
_LEAST_ENTROPY = 2.8
_LEAST_KEY = 12
_PLACEHOLDERS = (
    "xxx", "***", "...", "your", "example", "changeme", "placeholder", "redacted", "dummy", "sample", "<", "{{", "${", "$(", "%(",
    "required", "optional", "string", "secretref", "env.", "process.env", "os.environ", "getenv", "null", "none", "undefined", "true", "false",
)  # fmt: skip
_ORDINARY = frozenset(
    "is for and the to in of a an or on with protected policy manager reset field must should has been was will can not incorrect wrong expired "
    "invalid management strength authentication hash hashing length requirements please token tokens key keys value based count limit usage".split()
)

#: name, body, width: each has a literal that the provider chose.
_KNOWN: tuple[tuple[str, str, int], ...] = (
    ("aws_access_key", "(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[0-9A-Z]{16}", 22),
    ("github_token", "gh[pousr]_[0-9A-Za-z]{36,251}|github_pat_[0-9A-Za-z_]{22,255}", 270),
    ("gitlab_token", "gl(?:pat|dt|ptt|ft|soat|rt|cbt|imt|agent)-[0-9A-Za-z_-]{20,64}", 90),
    ("openai_key", "sk-(?:proj-|svcacct-|admin-|None-)?[0-9A-Za-z_-]{20,200}", 220),
    ("anthropic_key", "sk-ant-[0-9A-Za-z_-]{20,200}", 220),
    ("huggingface_token", "(?:hf|api_org)_[0-9A-Za-z]{30,40}", 50),
    ("slack_token", "xox[abeoprs]-[0-9A-Za-z-]{10,250}|xapp-[0-9]-[0-9A-Za-z-]{20,200}", 270),
    ("slack_webhook", "https://hooks[.]slack[.]com/(?:services|workflows|triggers)/[0-9A-Za-z/_-]{20,120}", 180),
    ("google_api_key", "AIza[0-9A-Za-z_-]{35}", 42),
    ("google_oauth", "ya29[.][0-9A-Za-z_-]{20,250}|GOCSPX-[0-9A-Za-z_-]{28}", 270),
    ("stripe_key", "(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{16,128}|whsec_[0-9A-Za-z]{24,64}", 150),
    ("twilio_key", "(?:SK|AC)[0-9a-f]{32}", 36),
    ("sendgrid_key", "SG[.][0-9A-Za-z_-]{16,32}[.][0-9A-Za-z_-]{32,64}", 110),
    ("mailgun_key", "key-[0-9a-f]{32}", 38),
    ("npm_token", "npm_[0-9A-Za-z]{36}", 44),
    ("pypi_token", "pypi-[0-9A-Za-z_-]{50,250}", 270),
    ("docker_token", "dckr_(?:pat|oat)_[0-9A-Za-z_-]{20,60}", 80),
    ("digitalocean_token", "do[opr]_v1_[0-9a-f]{64}", 76),
    ("shopify_token", "shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}", 42),
    ("databricks_token", "dapi[0-9a-f]{32}(?:-[0-9])?", 44),
    ("vault_token", "hv[sbr][.][0-9A-Za-z_-]{20,200}", 220),
    ("terraform_token", "[0-9A-Za-z]{14}[.]atlasv1[.][0-9A-Za-z_=-]{60,80}", 110),
    ("telegram_token", "[0-9]{8,10}:AA[0-9A-Za-z_-]{33}", 48),
    ("discord_webhook", "https://(?:ptb[.]|canary[.])?discord(?:app)?[.]com/api/webhooks/[0-9]{17,20}/[0-9A-Za-z_-]{60,80}", 170),
    ("azure_storage_key", "AccountKey=[0-9A-Za-z+/]{86}==", 104),
    ("azure_sas", "sig=[0-9A-Za-z%]{40,120}", 130),
    ("age_key", "AGE-SECRET-KEY-1[0-9A-Z]{58}", 78),
    ("groq_key", "gsk_[0-9A-Za-z]{40,64}", 72),
    ("replicate_key", "r8_[0-9A-Za-z]{30,45}", 52),
    ("perplexity_key", "pplx-[0-9A-Za-z]{40,64}", 76),
    ("linear_key", "lin_(?:api|oauth)_[0-9A-Za-z]{32,64}", 80),
    ("notion_key", "(?:ntn|secret)_[0-9A-Za-z]{40,50}", 60),
    ("postman_key", "PMAK-[0-9a-f]{24}-[0-9a-f]{34}", 70),
    ("newrelic_key", "NR(?:AK|JS|II|IQ|RA)-[0-9A-Za-z_-]{20,40}", 52),
    ("square_token", "sq0(?:atp|csp|idp)-[0-9A-Za-z_-]{22,43}", 56),
    ("atlassian_token", "ATATT3[0-9A-Za-z_=-]{100,250}", 270),
    ("grafana_token", "gl(?:sa|c)_[0-9A-Za-z_+/=]{32,200}", 220),
    ("proxy_key", "cpk_[0-9A-Za-z_-]{24,80}", 90),
)  # fmt: skip


#: What mixes letters and digits and is no password: "v2.3", "RFC6238", "24h", "3-factor".
_NUMBERED = re.compile("(?i:v?[0-9.]+[a-z]{0,3}|[a-z]{1,5}-?[0-9.]+|[0-9]+-?[a-z]+)")


def entropy(value: str) -> float:
    """Return the Shannon entropy of the characters, bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def is_jwt(value: str) -> int:
    """A JSON web token: its first part decodes to a JSON object with an algorithm."""
    head = value.split(".", 1)[0]
    try:
        document = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return 0
    return len(value) if isinstance(document, dict) and ("alg" in document or "enc" in document) else 0


#: What stands for a password elsewhere and is none: a variable, a path, a call, a member, a name that ends as a key does.
_REFERENCE = re.compile(
    r"\$(?:[A-Z_][A-Z0-9_]*|[a-z_]+|[{(].*)|%[A-Za-z_]+%?|[.~]{0,2}/[\w./-]*|[a-z_][\w.]*\(.*|:'?[a-z_]+'?|![a-z]+"
    r"|(?:config|self|this|var|local|env|os|process|settings|secrets|vault|args|opts?|options|cfg|data|module)(?:\.[A-Za-z_]+)+|(?i:[a-z]+[_-])*(?i:password|passwd|passphrase|secret|token|pwd|passwort|wachtwoord|senha|clave|haslo|mdp)(?:[_-]?(?i:file|hash|env|ref|key|name))?"
)


def is_password(value: str) -> int:
    """What stands where a password is told: not a word of the sentence, not a placeholder, not a reference to one."""
    bare = value.rstrip(".,;:)]}\"'`")
    lowered = bare.lower()
    if _REFERENCE.fullmatch(bare) is not None:
        return 0
    if len(bare) < 4 or lowered in _ORDINARY or lowered.startswith(_PLACEHOLDERS):  # noqa: PLR2004
        return 0
    return len(bare)


def is_spoken_password(value: str) -> int:
    """In prose only what no dictionary word looks like: with a digit or a sign in it."""
    length = is_password(value)
    return length if any(not c.isalpha() for c in value[:length]) else 0


def is_mixed_password(value: str) -> int:
    """Beside the word alone only what mixes letters with digits, and is no date, version or reference."""
    length = is_password(value)
    bare = value[:length]
    mixed = any(map(str.isalpha, bare)) and any(map(str.isdigit, bare))
    return length if mixed and not _NUMBERED.fullmatch(bare) else 0


def is_optional_password(value: str) -> int:
    """Behind an option of a command: with a digit, a sign or both cases in it."""
    length = is_password(value)
    bare = value[:length]
    return length if not (bare.isalpha() and (bare.islower() or bare.isupper())) else 0


def is_key(value: str) -> int:
    """A value in key context that looks random."""
    bare = value.rstrip(".,;:!?)]}\"'`")
    if len(bare) < _LEAST_KEY or bare.lower().startswith(_PLACEHOLDERS) or entropy(bare) < _LEAST_ENTROPY:
        return 0
    mixed = any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)
    return len(bare) if mixed else 0


_PASSWORD = "(?i:(?:pg)?pass(?:word|wd|phrase|code)|pwd|pw|psk|(?:smtp|db|mail|ftp|ldap|redis|mysql|pg)_?pass|passwort|kennwort|mot de passe|mdp|contrase[ñn]a|clave|senha|palavra-passe|wachtwoord|paswoord|has[lł]o|parola d'ordine)"  # noqa: S105
_KEY = "(?i:(?:api|access|secret|auth|private|client|encryption|signing|account|master|service|app|session|refresh|bearer|webhook|deploy)[-_ ]?(?:key|token|secret|id_token)|apikey|secret|sekret|token|credentials?|authorization)"
_ASSIGN = "[\"'`]?(?:[_-][0-9A-Za-z_-]{1,24})?[\"'`]? ?(?:[:=]|=>|:=) ?[\"'`]?"
_SIGN = "[\"'`]?(?:[_-][0-9A-Za-z_-]{1,24})?[\"'`]? ?[:=]"
_PASSWORD_SIGN = f"{_PASSWORD}{_SIGN}"
_KEY_SIGN = f"{_KEY}{_SIGN}"

PATTERNS: tuple[Pattern, ...] = (
    *(Pattern(name, "CREDENTIAL", body, width, 0.95, border=_LEFT) for name, body, width in _KNOWN),
    Pattern("jwt", "CREDENTIAL", "eyJ[0-9A-Za-z_-]{8,3000}[.][0-9A-Za-z_-]{2,4000}[.][0-9A-Za-z_-]{0,2000}", 9100, 0.95, "eyJ[0-9A-Za-z_-]{8}", is_jwt, border=("(?<![0-9A-Za-z_-])", ""), shape="eyJ[0-9A-Za-z_-]{8}"),
    Pattern("private_key", "CREDENTIAL", "-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]{1,8000}(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?", 8200, 0.99, "-----BEGIN ", border=OPEN, shape="-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY"),
    Pattern("connection_string", "CREDENTIAL", "[A-Za-z][0-9A-Za-z+.-]{1,24}://[^ \\t\\r\\n/:@\"'<>]{0,64}:(?P<v>[^ \\t\\r\\n/@\"'<>]{1,128})@[0-9A-Za-z.\\[-]", 240, 0.97, "://", border=("(?<![0-9A-Za-z])", ""), shape="://", lead=26,
            check=is_password),
    Pattern("basic_auth", "CREDENTIAL", "(?i:authorization)[\"']? ?[:=] ?[\"']?(?i:basic|bearer|token) (?P<v>[0-9A-Za-z+/=._~-]{8,600})", 650, 0.95, shape="(?i:authorization)[\"']? ?[:=]", trigger="(?i:authorization)[\"']? ?[:=]"),
    Pattern("bearer", "CREDENTIAL", "(?i:bearer) (?P<v>[0-9A-Za-z+/=._~-]{16,600})", 620, 0.9, shape="(?i:bearer) ", trigger="(?i:bearer) ", check=is_key),
    Pattern("password_assigned", "CREDENTIAL", f"{_PASSWORD}{_ASSIGN}(?P<v>[^ \\t\\r\\n\"'`,;<>]{{4,128}})", 200, 0.85, check=is_password, border=("(?<![A-Za-z])", ""), shape=_PASSWORD_SIGN, trigger=_PASSWORD_SIGN),
    Pattern("password_spoken", "CREDENTIAL", f"{_PASSWORD}(?: (?i:for|to|of|my|the|account|login|wifi|is|was|ist|war|lautet|est|[ée]tait|es|era|[eèé]|jest|to)){{1,5}}:? [\"'`]?(?P<v>[^ \\t\\r\\n\"'`,;<>]{{5,64}})", 140, 0.75, check=is_spoken_password, border=("(?<![A-Za-z])", ""), shape=f"{_PASSWORD} ", trigger=f"{_PASSWORD} "),
    Pattern("password_labelled", "CREDENTIAL", f"{_PASSWORD} (?:[A-Za-zÀ-ÿ]{{2,14}}(?: ?[:=] ?| )){{0,2}}[\"'`(]?(?P<v>[^ \\t\\r\\n\"'`,;<>()]{{6,64}})", 130, 0.75, check=is_mixed_password, border=("(?<![A-Za-z])", ""), shape=f"{_PASSWORD} ", trigger=f"{_PASSWORD} "),
    Pattern("password_option", "CREDENTIAL", "(?:sshpass -p|(?:mysql|mysqldump|mariadb|psql|redis-cli|mongo(?:sh)?|smbclient|ldap[a-z]{2,10})[^\\n]{0,60} -(?:p|a|w)|--(?:password|passwd|pass|passphrase|secret|token|api-key)[= ])[ =]{0,2}[\"']?(?P<v>[^ \\t\\r\\n\"'`<>]{4,128})", 230, 0.85, check=is_optional_password, border=("(?<![0-9A-Za-z])", "")),
    Pattern("login_option", "CREDENTIAL", "(?:curl|wget|http)[^\\n]{0,120} (?:-u|--user)[ =][\"']?[0-9A-Za-z._@+-]{1,64}:(?P<v>[^ \\t\\r\\n\"'`<>]{4,128})", 330, 0.9, check=is_password, border=("(?<![0-9A-Za-z])", "")),
    Pattern("key_assigned", "CREDENTIAL", f"{_KEY}{_ASSIGN}(?P<v>[0-9A-Za-z+/=._~!@#$%^&*-]{{12,400}})", 480, 0.85, check=is_key, border=("(?<![A-Za-z])", ""), shape=_KEY_SIGN, trigger=_KEY_SIGN),
    Pattern("aws_secret", "CREDENTIAL", "(?i:aws|secret)[^\\n]{0,24}[\"'=: ](?P<v>[0-9A-Za-z+/]{40})", 90, 0.85, check=is_key, border=("", "(?![0-9A-Za-z+/=])")),
)  # fmt: skip
