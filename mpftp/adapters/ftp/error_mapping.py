"""FTP's many ways to fail, as the few that matter: may pass, will not pass, or breaks the rules."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ftputil.error import FTPError, PermanentError

from mpftp.adapters.ftp.advice import DATA_PORT_CLOSED, DIALLING, SSH_SERVER, CommandSituation, find_advice
from mpftp.adapters.ftp.control import FtpProtocolError, SshServerError
from mpftp.domain.endpoint import ROUTE_ERRNOS, EndpointUnreachableError
from mpftp.domain.foreign_text import SecretFilter, clean_foreign_text
from mpftp.errors import EndpointError, EndpointProtocolError, EndpointUnavailableError, Exit, MpftpError

CERTIFICATE_HINT = (
    "set tls_ca_file to the certificate's authority (or to itself, if it is self-signed);"
    ' tls_verify = false trusts anybody, tls = "none" goes without TLS'
)
CLOCK_HINT = (
    "ask its owner for a certificate that is valid today, and look at this machine's clock;"
    ' tls_verify = false trusts anybody, tls = "none" goes without TLS'
)
OTHER_NAME_HINT = (
    "write in endpoint the name that the certificate is for, or ask its owner for one for this name;"
    ' tls_verify = false trusts anybody, tls = "none" goes without TLS'
)
CERTIFICATE_HINTS = {9: CLOCK_HINT, 10: CLOCK_HINT, 62: OTHER_NAME_HINT, 64: OTHER_NAME_HINT}
"""By OpenSSL's number of what is wrong: not yet valid, expired, for another name, for another address."""
NOTHING_IN_COMMON = re.compile(
    "PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|KEY_TOO_SMALL|SIGNATURE_TYPE"
    "|INSUFFICIENT_SECURITY|UNSAFE_LEGACY|LEGACY_SIGALG|legacy sigalg"
)
"""OpenSSL's reasons for a handshake that fails each time; the last in its words, where Python has no name."""
HOST_ERRORS = (socket.gaierror, ConnectionRefusedError)


@contextmanager
def map_errors(
    server: str,
    action: str,
    situation: Callable[[], CommandSituation] = CommandSituation,
    *,
    connecting: bool = False,
) -> Iterator[None]:
    """Turn what FTP raises inside into one of our errors; *action* completes "cannot ...".

    *situation* is asked where the visit was. Only while *connecting* does a refused connection mean that no
    server is there.
    """
    try:
        yield
    except MpftpError:
        raise
    except (FTPError, ftplib.Error, EOFError, OSError, FtpProtocolError, SshServerError, ValueError) as error:
        mapped = map_error(error, f"{server}: cannot {action}", situation())
        if connecting and (isinstance(error, HOST_ERRORS) or _errno(error) in ROUTE_ERRNOS):
            mapped = EndpointUnreachableError(
                mapped.message, hint="check endpoint and port; the next run tries again"
            )
        raise mapped from error


def map_error(error: Exception, start: str, situation: CommandSituation) -> MpftpError:
    """*error* as ours, with the server's own words, cleaned."""
    if isinstance(error, FTPError) and isinstance(error.__cause__, Exception):
        return map_error(error.__cause__, start, situation)
    words = f"{start}: {_describe(error, situation.strike)}"
    if isinstance(error, SshServerError):
        return EndpointError(f"{start}: {SSH_SERVER.meaning}", hint=SSH_SERVER.remedy)
    if isinstance(error, (FtpProtocolError, ftplib.error_proto, ValueError)) and not isinstance(
        error, OSError
    ):
        return EndpointProtocolError(words, hint="the server does not speak FTP as it should; ask its owner")
    if isinstance(error, ssl.SSLCertVerificationError):
        return EndpointError(words, hint=CERTIFICATE_HINTS.get(error.verify_code, CERTIFICATE_HINT))
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "NO_PROTOCOLS_AVAILABLE"):
        return EndpointError(words, hint="the port does not speak TLS; check endpoint, port and tls")
    if isinstance(error, ssl.SSLError) and NOTHING_IN_COMMON.search(error.reason or str(error)):
        return EndpointError(
            f"{words} (the server's TLS is too old or too weak)",
            hint='ask its owner for TLS 1.2 or later; tls = "none" goes without TLS',
        )
    if isinstance(error, (ftplib.Error, PermanentError)):
        return _refusal(error, words, situation)
    if situation.verb == DIALLING and isinstance(error, OSError):
        return EndpointUnavailableError(f"{words} ({DATA_PORT_CLOSED.meaning})", hint=DATA_PORT_CLOSED.remedy)
    return EndpointUnavailableError(words, hint="the next run tries again")


def _refusal(error: Exception, words: str, situation: CommandSituation) -> MpftpError:
    """Return the error that a negative reply means; a 4yz is transient in any case."""
    advice = find_advice(situation, str(error))
    transient = isinstance(error, ftplib.error_temp) and (advice is None or advice.exit_code is Exit.FAILURE)
    if advice is None:
        return (
            EndpointUnavailableError(words, hint="the next run tries again")
            if transient
            else EndpointError(words)
        )
    kind = EndpointUnavailableError if transient or advice.exit_code is Exit.TRY_LATER else EndpointError
    return kind(f"{words} ({advice.meaning})", hint=advice.remedy)


def _errno(error: Exception) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _describe(error: Exception, strike: SecretFilter) -> str:
    if isinstance(error, socket.gaierror):
        return "the host name is not known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "the server closed the connection"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate cannot be trusted ({error.verify_message})"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return clean_foreign_text(text, strike)
