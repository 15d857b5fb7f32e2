"""E-mail addresses of contacts: RFC 5321 mailboxes, internationalised ones (RFC 6531), and common slips.

Addresses of Latin letters are decided here; ``email-validator`` decides what is left: other scripts,
quoted local parts, address literals. What RFC 5322 allows only in a header (comments, folding,
display names) is no mailbox, so it is an error here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from mpftp.domain.triplets.mailbox_domains import is_certain_domain, suggest_domain

MAX_ADDRESS_CHARS = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets)."""

MAX_CHECKED_CHARS = 1000
"""Characters beyond which a cell is not looked into: no slip makes an address so long."""

MAX_LOCAL_PART_CHARS = 64  # RFC 5321, 4.5.3.1.1
MAX_DOMAIN_CHARS = 253

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LATIN = _ATEXT[:-1] + "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]"
_LOCAL = re.compile(rf"{_LATIN}++(?:\.{_LATIN}++)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\u00a0\u3000]")
TRIMMED_CHARACTERS = " \t\u00a0\u200b\u200c\u200d\u2060\ufeff\u3000"
_SEVERAL = (
    r"""[^\s,;/|<>@"]+@[^\s,;/|<>@"]+(?:\s*[,;/|]\s*|\s+(?:e|ou|and|or|\W{1,3})\s+|\s+)[^\s,;/|<>@"]+@"""
)
_NAMED = r"(?s).*<[^<>@]*@[^<>]*>\s*"
_IN_BRACKETS = r"(?s).*<([^<>@]*@[^<>]*)>\s*"

_RARE_SIGNS = frozenset("!#$%*?^`{|}~")
"""Signs that RFC 5321 allows before the ``@`` and hardly anybody has; ``?`` is mostly a lost letter."""

_MIXED_SCRIPTS = "[a-z][^.]*[\u0370-\u052f]|[\u0370-\u052f][^.]*[a-z]"
"""A letter of Greek or Cyrillic beside a Latin one, which mostly looks like another Latin one."""

_ROLE_NAMES = """
abuse admin administrador administrator atendimento billing comercial compras contact contato dpo email
financeiro fiscal hostmaster info juridico lgpd mail marketing no-reply nao-responda naoresponda noreply
ouvidoria postmaster recepcao rh root sac sales secretaria security spam suporte support usenet vendas
webmaster
"""
ROLES = frozenset(_ROLE_NAMES.split())
"""Local parts that belong to a role, not to a person who asked for the mail (RFC 2142 and usage)."""

RESERVED = frozenset({"test", "example", "invalid", "localhost", "local", "onion", "arpa", "internal", "lan"})
"""Top-level names that do not exist on the Internet (RFC 2606, 6761, 6762, 7686)."""

_FILLERS = "naoconsta naoexiste naoinformado naoinformou naopossui naotem semcadastro sememail teste"
_FILLER_DOMAINS = frozenset(
    {"example.com", "example.net", "example.org", "exemplo.com", "test.com"}.union(
        f"{name}.{ending}" for name in _FILLERS.split() for ending in ("com", "com.br")
    )
)
"""Domains that people write where there is no address, and samples (RFC 2606)."""


class AddressIssue(NamedTuple):
    """Rule *rule* is broken by *width* characters at index *at* of the text that was examined."""

    rule: str
    at: int = 0
    width: int = 1
    values: Mapping[str, str] = MappingProxyType({})


class CheckedAddress(NamedTuple):
    """An examined address: *email* as it will be used, ``""`` when it cannot be, and what was noticed."""

    email: str
    issues: tuple[AddressIssue, ...] = ()


def check_address(text: str) -> CheckedAddress:
    """Decide one address cell. Rules: ``MAIL020`` to ``MAIL039``; in CONF they name another rule."""
    stripped = text.strip(TRIMMED_CHARACTERS)
    before = 0
    noticed: list[AddressIssue] = []
    if not stripped:
        return CheckedAddress("", (AddressIssue("MAIL020", 0, max(1, len(text))),))
    if stripped != text.strip("\ufeff"):
        before = text.find(stripped)
        index = 0 if before else len(stripped)
        noticed.append(AddressIssue("MAIL029", index, before or len(text) - len(stripped)))
    error = _too_long(stripped) if len(stripped) > MAX_CHECKED_CHARS else _find_error(stripped)
    if error is not None:
        moved = AddressIssue(error.rule, error.at + before, error.width, error.values)
        return CheckedAddress("", (*noticed, moved))
    local, _, domain = stripped.rpartition("@")
    noticed += _find_warnings(local, domain, before)
    return CheckedAddress(f"{local}@{domain.lower()}", tuple(noticed))


def _too_long(address: str) -> AddressIssue:
    return AddressIssue(
        "MAIL027", 0, len(address), {"length": str(len(address)), "limit": str(MAX_ADDRESS_CHARS)}
    )


def _find_warnings(local: str, domain: str, before: int) -> list[AddressIssue]:
    """Return the warnings and notices about a valid address."""
    issues = []
    start = before + len(local) + 1
    warning = find_domain_warning(domain.lower())
    if warning is not None:
        issues.append(AddressIssue(warning[0], start, len(domain), dict(warning[1])))
    if local.lower() in ROLES:
        issues.append(AddressIssue("MAIL032", before, len(local), {"local": local}))
    if not local.isascii():
        issues.append(AddressIssue("MAIL036", before, len(local), {"local": local}))
    unusual = not (local[0].isalnum() or local[0] == "_") or not _RARE_SIGNS.isdisjoint(local)
    if unusual or domain.startswith("["):
        issues.append(AddressIssue("MAIL039", before, len(local), {}))
    return issues


def _find_error(address: str) -> AddressIssue | None:
    """The error in *address*, which is not empty and has no space around it; ``None`` if it is a mailbox."""
    local, at, domain = address.rpartition("@")
    if at and _LOCAL.fullmatch(local) and domain.isascii() and not domain.startswith("["):
        too_long, error = _find_length_error(address, local, domain), find_domain_error(domain)
        return too_long or (error and (_find_form_error(address) or _shifted(error, len(local) + 1)))
    return _find_form_error(address) or _find_unusual_error(address)


def _shifted(issue: AddressIssue | None, by: int) -> AddressIssue | None:
    return issue and AddressIssue(issue.rule, issue.at + by, issue.width, issue.values)


def _find_length_error(address: str, local: str, domain: str) -> AddressIssue | None:
    if len(address) <= MAX_LOCAL_PART_CHARS and address.isascii():
        return None
    data = len(local.encode("utf-8", "replace"))
    if data > MAX_LOCAL_PART_CHARS:
        values = {"length": str(data), "limit": str(MAX_LOCAL_PART_CHARS)}
        return AddressIssue("MAIL027", 0, len(local), values)
    if len(address.encode("utf-8", "replace")) > MAX_ADDRESS_CHARS or len(domain) > MAX_DOMAIN_CHARS:
        return _too_long(address)
    return None


@functools.lru_cache(maxsize=50_000)
def find_domain_error(domain: str) -> AddressIssue | None:
    """What is wrong with the ASCII host name *domain* (RFC 5321, 4.1.2; at least two labels)."""
    at = 0
    labels = domain.split(".")
    for label in labels:
        if not _LABEL.fullmatch(label):
            return AddressIssue(
                "MAIL025", min(at, max(0, len(domain) - 1)), max(1, len(label)), {"domain": domain}
            )
        at += len(label) + 1
    if len(labels) < 2:
        return AddressIssue("MAIL026", 0, len(domain), {"domain": domain})
    encoded = any(label[:4].lower() == "xn--" for label in labels)
    if labels[-1].isdigit() or (encoded and not _library_accepts("a@" + domain)):
        return AddressIssue("MAIL025", 0, len(domain), {"domain": domain})
    return None


@functools.lru_cache(maxsize=50_000)
def find_domain_warning(domain: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """A rule that warns of the good, lower-case *domain*, with the values of its text."""
    suggestion = suggest_domain(domain)
    if suggestion:
        return "MAIL030", (("domain", domain), ("meant", suggestion))
    if (
        domain.rpartition(".")[2] in RESERVED
        or domain in _FILLER_DOMAINS
        or domain.endswith((".example.com", ".example.net", ".example.org"))
    ):
        return "MAIL034", (("domain", domain),)
    is_mixed = not domain.isascii() and re.search(_MIXED_SCRIPTS, domain)
    return ("MAIL039", ()) if is_mixed else None


def _find_form_error(address: str) -> AddressIssue | None:
    """A form that people write instead of an address."""
    if address[:7].lower() == "mailto:":
        return AddressIssue("MAIL038", 0, 7)
    invisible = INVISIBLE.search(address)
    if invisible:
        return AddressIssue("MAIL035", invisible.start(), 1, {"character": f"U+{ord(invisible[0]):04X}"})
    if "@" not in address:
        return AddressIssue("MAIL021", 0, len(address))
    if re.fullmatch(_NAMED, address):
        return AddressIssue("MAIL028", address.index("<"), len(address) - address.index("<"))
    if address.startswith('"'):
        return None
    several = re.match(_SEVERAL, address)
    if several:
        return AddressIssue("MAIL022", 0, len(address), {"number": str(address.count("@"))})
    space = re.search(r"\s", address)
    if space:
        return AddressIssue("MAIL023", space.start(), len(space[0]))
    if address.count("@") > 1:
        return AddressIssue("MAIL037", address.rindex("@"), 1)
    if address.startswith("@") or address.endswith("@"):
        return AddressIssue(
            "MAIL024" if address[0] == "@" else "MAIL025", address.index("@"), 1, {"domain": "", "local": ""}
        )
    return None


def _find_unusual_error(address: str) -> AddressIssue | None:
    """Let the library decide what is not plain ASCII, is quoted, or names a host by its number."""
    local, _, domain = address.rpartition("@")
    too_long = _find_length_error(address, local, domain)
    if too_long:
        return too_long
    if address.isascii() and not address.startswith('"') and not domain.startswith("["):
        return _find_local_part_error(local)
    if _LOCAL.fullmatch(local) and is_international(domain):
        return None
    if _library_accepts(address):
        return None
    if local.isascii() and not local.startswith('"') and not _LOCAL.fullmatch(local):
        return _find_local_part_error(local)
    if domain.isascii() and not domain.startswith("["):
        return _shifted(find_domain_error(domain), len(local) + 1) or _find_local_part_error(local)
    if _library_accepts("a@" + domain):
        return _find_local_part_error(local)
    return AddressIssue("MAIL025", len(local) + 1, max(1, len(domain)), {"domain": domain})


PLAIN_DOMAIN = re.compile(
    r"(?!.*--)[a-z0-9\u00df-\u00f6\u00f8-\u00ff](?:[a-z0-9\u00df-\u00f6\u00f8-\u00ff-]{0,28}"
    r"[a-z0-9\u00df-\u00f6\u00f8-\u00ff])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.[a-z]{2,63}"
)
"""A domain whose first label is of small Latin letters, with accents or not: surely valid."""


@functools.lru_cache(maxsize=50_000)
def is_international(domain: str) -> bool:
    """Return whether *domain* is a host name, maybe in letters beyond ASCII (RFC 5890)."""
    if PLAIN_DOMAIN.fullmatch(domain) and len(domain) <= MAX_DOMAIN_CHARS // 2:
        return True
    from mpftp.domain.addresses import ascii_domain

    try:
        return find_domain_error(ascii_domain(domain)) is None
    except ValueError:
        return False


def _library_accepts(address: str) -> bool:
    import email_validator

    try:
        email_validator.validate_email(
            address,
            allow_smtputf8=True,
            allow_quoted_local=True,
            allow_domain_literal=True,
            strict=True,
            check_deliverability=False,
            test_environment=True,
            globally_deliverable=False,
        )
    except email_validator.EmailNotValidError:
        return False
    return "." in address.rpartition("@")[2] or "[" in address or not address.isascii()


def _find_local_part_error(local: str) -> AddressIssue:
    """Where the part before the ``@`` goes wrong."""
    match = re.search(rf"\.\.|^\.|\.$|(?!{_ATEXT}|\.)[\x00-\x7f]", local)
    at = match.start() if match else 0
    return AddressIssue("MAIL024", at, len(match[0]) if match else max(1, len(local)), {"local": local})


def fix_address(value: str, *, unsafe: bool) -> tuple[str, bool]:
    """*value* trimmed, its domain in lower case, and whether it is a mailbox then.

    With *unsafe* also without what people put around it, and without a certain slip in its domain.
    """
    value = value.strip(TRIMMED_CHARACTERS)
    address = check_address(value)
    if not address.email and unsafe:
        value = _unwrapped(value)
        address = check_address(value)
    if not address.email:
        return value, False
    local, _, domain = address.email.rpartition("@")
    fixed = f"{local}@{_certain_domain(domain) if unsafe else domain}"
    return fixed, fixed == value or bool(check_address(fixed).email)


@functools.lru_cache(maxsize=50_000)
def _certain_domain(domain: str) -> str:
    """Return the lower-case *domain*, or the one that it certainly is a slip of."""
    suggestion = suggest_domain(domain)
    return suggestion if suggestion and is_certain_domain(domain, suggestion) else domain


def _unwrapped(value: str) -> str:
    """*value* without invisible characters, a name before ``<...>``, and ``mailto:``, however often."""
    while True:
        plain = INVISIBLE.sub("", value).strip(TRIMMED_CHARACTERS)
        named = re.fullmatch(_IN_BRACKETS, plain)
        plain = named[1].strip(TRIMMED_CHARACTERS) if named else plain
        plain = plain[7:].strip(TRIMMED_CHARACTERS) if plain[:7].lower() == "mailto:" else plain
        if plain == value:
            return plain
        value = plain
