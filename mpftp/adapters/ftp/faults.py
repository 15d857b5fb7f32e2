"""FTP's many ways to fail, as the few that matter: may pass, will not pass, or breaks the rules."""

from __future__ import annotations

import errno
import ftplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ftputil.error import FTPError, PermanentError

from mpftp.adapters.ftp.session import RuleBreakError
from mpftp.domain.endpoint import UnreachableError
from mpftp.errors import EndpointAwayError, EndpointError, HostileEndpointError, MpftpError

HINTS = {
    "530": "check user and password of this client",
    "550": "check that the file or directory exists and that the login may use it",
    "553": "check that the login may write here",
    "534": 'the server offers no TLS; ask its owner for it, or set tls = "none"',
    "522": "the server wants TLS on the data channel to be resumed; please report this server",
}

MISTRUST = (
    "set tls_ca_file to the certificate's authority (or to itself, if it is self-signed);"
    ' tls_verify = false trusts anybody, tls = "none" goes without TLS'
)
NOBODY = (socket.gaierror, ConnectionRefusedError)
NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


@contextmanager
def explained(server: str, what: str, *, connecting: bool = False) -> Iterator[None]:
    """Turn whatever FTP raises inside into one of our errors; *what* completes "cannot ...".

    Only while *connecting* does a refused connection mean that nobody is there.
    """
    try:
        yield
    except MpftpError:
        raise
    except (FTPError, ftplib.Error, EOFError, OSError, RuleBreakError, ValueError) as error:
        found = translated(error, f"{server}: cannot {what}")
        if connecting and (isinstance(error, NOBODY) or _errno(error) in NO_WAY):
            found = UnreachableError(found.what, hint="check endpoint and port; the next run tries again")
        raise found from error


def translated(error: Exception, start: str) -> MpftpError:
    """*error* as ours. The server's own words are shortened and freed from control characters."""
    if isinstance(error, FTPError) and isinstance(error.__cause__, Exception):
        return translated(error.__cause__, start)
    words = f"{start}: {_said(error)}"
    if isinstance(error, (RuleBreakError, ftplib.error_proto, ValueError)) and not isinstance(error, OSError):
        return HostileEndpointError(words, hint="the server does not speak FTP as it should; ask its owner")
    if isinstance(error, ssl.SSLCertVerificationError):
        return EndpointError(words, hint=MISTRUST)
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "NO_PROTOCOLS_AVAILABLE"):
        return EndpointError(words, hint="the port does not speak TLS; check endpoint, port and tls")
    if isinstance(error, (ftplib.error_perm, PermanentError, ftplib.error_reply)):
        return EndpointError(words, hint=HINTS.get(str(error)[:3], ""))
    return EndpointAwayError(words, hint="the next run tries again")


def _errno(error: Exception) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _said(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the host name is not known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "the server closed the connection"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate cannot be trusted ({error.verify_message})"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    clean = re.sub(r"[^ -~\u00a0-\ud7ff]+", " ", text).strip()
    return clean if len(clean) <= 200 else clean[:197] + "..."
