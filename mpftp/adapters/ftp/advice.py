"""What a server's refusal means and what to do about it: one table, the first row that fits counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mpftp.domain.foreign_text import SecretFilter, keep_text
from mpftp.errors import Exit

DIALLING = "data"
"""Stands for a verb while we connect to the port that the server named for data."""


@dataclass(frozen=True, slots=True)
class CommandSituation:
    """Where a visit was when it failed: the last command's *verb* (``""`` for the greeting), and how.

    *strike* takes the login's secrets out of what the server says.
    """

    verb: str = ""
    passive: bool = True
    has_tls: bool = False
    strike: SecretFilter = keep_text


@dataclass(frozen=True, slots=True)
class Advice:
    """What a reply means to whom it stops; *remedy* is for the operator, *exit_code* for cron."""

    meaning: str
    remedy: str
    exit_code: Exit = Exit.FAILURE


@dataclass(frozen=True, slots=True)
class _Row:
    """A reply to one of *verbs* (all when empty) whose *codes* and *words* match."""

    verbs: frozenset[str]
    codes: str
    words: str
    advice: Advice
    has_tls: bool | None = None
    passive: bool | None = None


def _verbs(text: str) -> frozenset[str]:
    return frozenset("" if verb == "greeting" else verb for verb in text.split())


_LOGIN, _DATA = "greeting USER PASS ACCT", "LIST MLSD RETR STOR"
_MISTAKE = "attempt|fail|incorrect|invalid|expir|password|passwort|passe|senha|contraseña|tentativ"
_FULL = (
    rf"(?!.*({_MISTAKE})).*(maxim|máxim|max\b|too many|already (logged|conn)|limit|exceed|busy|full\b|"
    r"try (again )?later|no more|only \d+|simult|concurrent|excedid|muit[ao]s|demasiad|zu viele|trop de|"
    r"tropp[ie]|(já|ya)( est[áa])? (conectad|logad)|mais conex)"
)
_TLS = r".*(\btls\b|\bssl|encrypt|cleartext|clear text|use auth|secur|criptograf)"

DATA_PORT_CLOSED = Advice(
    "the port that the server names for data cannot be reached",
    "its firewall has to open the ports for passive data connections; or set passive = false",
    Exit.TRY_LATER,
)
NO_DATA_CONNECTION = Advice(
    "the server cannot reach us for data", "set passive = true, or open this machine's firewall to it"
)
SSH_SERVER = Advice("this is an SSH server, not an FTP server", "write sftp:// instead of ftp:// in endpoint")

ADVICE = (
    _Row(_verbs(_LOGIN), r"421|4\d\d|530|550", _FULL,
         Advice("no connection is left for this login or this address",
                "the next run tries again; if it stays so, ask its owner for more connections",
                Exit.TRY_LATER)),
    _Row(frozenset(), r"522|425|421|450|550", r".*(reus|resum)",
         Advice("TLS on the data channel must resume the session of the control channel",
                "please report this server"), has_tls=True),
    _Row(_verbs("AUTH"), r"[45]\d\d", "",
         Advice("TLS cannot be used there",
                'ask its owner to set TLS up; or set tls = "none": passwords then travel in clear')),
    _Row(_verbs("PBSZ PROT"), r"[45]\d\d", "",
         Advice("the server does not protect data connections",
                'ask its owner to allow PROT P; or set tls = "none"')),
    _Row(frozenset(), r"421|5\d\d", _TLS,
         Advice("the server demands TLS", 'set tls = "explicit" (or an endpoint with ftps://)'),
         has_tls=False),
    _Row(_verbs("PASV EPSV"), r"[45]\d\d", "",
         Advice("the server refuses passive data connections", "set passive = false")),
    _Row(_verbs("PORT EPRT"), r"[45]\d\d", "",
         Advice("the server refuses active data connections", "set passive = true")),
    _Row(_verbs(_DATA), r"425", "", NO_DATA_CONNECTION, passive=False),
    _Row(_verbs(_DATA), r"425", "", DATA_PORT_CLOSED, passive=True),
    _Row(_verbs("ACCT"), r"[45]\d\d", "",
         Advice("the login wants an account beside user and password",
                "ask its owner for a login without one; mpftp sends none")),
    _Row(_verbs(_LOGIN), r"530|53\d", "",
         Advice("the login is refused", "check user and password of this client")),
    _Row(_verbs("CWD"), r"5\d\d", "",
         Advice("there is no such directory for this login", "check directory and endpoint of this client")),
    _Row(_verbs("STOR"), r"552|452", "",
         Advice("there is no room left for this login", "ask its owner for more space (quota)")),
    _Row(_verbs("STOR"), r"5\d\d", "",
         Advice("this name cannot be written there",
                "let the login write there, temporary names included (temporary_name says which)")),
    _Row(_verbs("RNFR RNTO MKD DELE"), r"5\d\d", "",
         Advice("files cannot be renamed, moved or deleted there",
                'let the login rename, delete and make directories; or set upload = "direct"')),
    _Row(_verbs("LIST MLSD RETR SIZE MDTM"), r"550", "",
         Advice("it is not there, or the login may not read it",
                "check that the file or directory exists and that the login may use it")),
    _Row(_verbs("LIST MLSD RETR TYPE STOR"), r"50[0-4]|202", r"(?!.*\boops)",
         Advice("the server lacks this command", "ask its owner for a complete FTP server, or for SFTP")),
)  # fmt: skip


def find_advice(situation: CommandSituation, reply: str) -> Advice | None:
    """What *reply* (code and text) means in *situation*; ``None`` where the table is silent."""
    code, text = reply[:3], reply[3:].replace("\n", " ")
    for row in ADVICE:
        if (
            (not row.verbs or situation.verb in row.verbs)
            and re.fullmatch(row.codes, code)
            and re.match(row.words, text, re.IGNORECASE)
            and row.has_tls in (None, situation.has_tls)
            and row.passive in (None, situation.passive)
        ):
            return row.advice
    return None
