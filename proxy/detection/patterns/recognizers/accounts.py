"""User names where programs and people write them: ``user=jdoe``, "Accepted password for jdoe from", "@DrPatel"."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import Pattern
from proxy.detection.text.context import ContextWords

#: Accounts that are nobody's, and what stands where a name would.
_NOBODY = frozenset(
    """
    root admin administrator system daemon nobody null none nil true false undefined unknown anonymous anon guest test
    tester testing demo example default user users username login name postgres mysql redis nginx apache www www-data
    ubuntu debian centos fedora git svn jenkins docker kubernetes kubelet runner ci build deploy deployer service svc app
    api web bot cron mail postfix backup oracle hadoop spark airflow vagrant pi ec2-user azureuser localhost self me you
    current_user session auth invalid illegal all any string int bool object array authenticated required optional id
    email password sys adm sshd syslog messagebus sudo operator owner member public private readonly readwrite
    """.split()
)
#: What an "@" also begins: decorators, tags of documentation, rules of style sheets, addressing everybody.
_NO_MENTION = frozenset(
    """
    override deprecated param params return returns throws throw author since see version property staticmethod
    classmethod dataclass abstractmethod override cached lru_cache pytest app test before after beforeeach aftereach
    beforeall afterall autowired component service repository controller restcontroller entity table column bean media
    import keyframes charset font-face supports include mixin extend use apply tailwind layer everyone here channel all
    todo types babel angular vue nestjs input output injectable ngmodule hostlistener viewchild query mutation inject
    nullable nonnull notnull getmapping postmapping requestmapping suppresswarnings functionalinterface interface
    example default internal private public protected type typedef template link code licence license copyright file
    brief details note warning step given when then main master latest next beta alpha rest home work office least once
    """.split()
)
_KEYS = "(?i:user(?:[-_ ]?name|[-_ ]?id)?|usr|login(?:[-_ ]?name)?|log_?name|r?user|uid|account[-_ ]?name|owner|actor|sub(?:ject)?|principal|author|assignee|reporter|created_by|updated_by|modified_by|requested_by|approved_by)"
_NAME = "[A-Za-z][0-9A-Za-z._-]{2,40}"
_AROUND = ContextWords(
    "cc", "ping", "thanks", "thx", "hi", "hey", "hello", "ask", "asked", "by", "merci", "danke", "gracias", "grazie", "hallo", "bonjour", "hola",
    "reviewer", "reviewed", "assigned", "approved", "reported", "mentioned", "tagging", "following", "dm", "tell", "tag",
)  # fmt: skip


def account_length(value: str) -> int:
    """A login name that is somebody's, without the dot that ends a sentence."""
    bare = value.rstrip(".-_")
    return len(bare) if len(bare) > 2 and bare.lower() not in _NOBODY else 0  # noqa: PLR2004


def mention_length(value: str) -> int:
    """What follows an "@" and is no decorator, tag or rule."""
    bare = value.rstrip(".-_")
    return len(bare) if bare.lower().split(".")[0] not in _NO_MENTION and not bare.isupper() else 0


def telling_mention_length(value: str) -> int:
    """A mention that reads like a name by itself: "DrPatel", "anna.schmidt", "jsmith_99"."""
    length = mention_length(value)
    humps = value[:1].isupper() and not value[1:].islower()
    return length if humps or any(not c.isalpha() for c in value[:length]) else 0


_MENTION_BORDER = ("(?<![0-9A-Za-z._%+\\-/@\"'`])(?<![^\\s(\\[,;:>])", "(?![0-9A-Za-z(/@]|[.-][0-9A-Za-z])")

PATTERNS: tuple[Pattern, ...] = (
    Pattern("account_field", "USERNAME", f"{_KEYS}=[\"']?(?P<v>{_NAME})", 80, 0.7, check=account_length, border=("(?<![0-9A-Za-z])", "(?![0-9A-Za-z(@])")),
    Pattern("account_login", "USERNAME", f"(?i:(?:accepted|failed) (?:password|publickey|keyboard-interactive(?:/pam)?|none) for|invalid user|illegal user|session (?:opened|closed) for user|authentication failure for|new user[:,]? name=|logged (?:in|out) as|signed in as|connected as|su(?:do)?(?:\\[[0-9]{{1,7}}\\])?:)(?: (?i:invalid user|illegal user))? {{0,8}}(?P<v>{_NAME})", 120, 0.7, check=account_length, border=("(?<![0-9A-Za-z])", "(?![0-9A-Za-z@])")),
    Pattern("account_chat", "USERNAME", f"(?:\\[?[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?\\]? ?)?<[@+%~&]?(?P<v>{_NAME})> ", 60, 0.6, "<[@+%~&]?[A-Za-z][0-9A-Za-z._-]{2,40}> ", check=account_length, border=("(?<![^\\n])", "")),
    Pattern("mention", "USERNAME", f"@(?P<v>{_NAME})", 48, 0.5, "@[A-Za-z]", check=telling_mention_length, border=_MENTION_BORDER),
    Pattern("mention_addressed", "USERNAME", f"@(?P<v>{_NAME})", 48, 0.0, "@[A-Za-z]", check=mention_length, words=_AROUND, boosted=0.6, border=_MENTION_BORDER),
)  # fmt: skip
