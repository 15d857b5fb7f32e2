"""Making a connection ready: greeting, EHLO, TLS, login (RFC 5321, 3207, 8314, 4954)."""

from __future__ import annotations

import asyncio
import os
import ssl

from mpftp.adapters.smtp import login
from mpftp.adapters.smtp.flight import LineError
from mpftp.adapters.smtp.line import Depot, Line
from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.replies import Reply


def context_for(relay: Relay) -> ssl.SSLContext | None:
    """The TLS context that checks the relay's certificate and name. Raises ``LineError``."""
    if relay.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=str(relay.ca_file) if relay.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise LineError(f"{relay}: {relay.ca_file} cannot be used ({error})", lasting=True) from None


async def connect(
    relay: Relay, depot: Depot, context: ssl.SSLContext | None, *, pipelining: bool = True
) -> Line:
    """A line that is ready for messages. Raises ``LineError``; the connection is closed then."""
    loop = asyncio.get_running_loop()
    line = Line(relay, depot, loop, pipelining=pipelining)
    implicit = context if relay.tls == "implicit" else None
    try:
        async with asyncio.timeout(relay.timeout):
            await loop.create_connection(
                lambda: line, relay.host, relay.port, ssl=implicit,
                server_hostname=relay.host if implicit else None,
            )  # fmt: skip
    except ssl.SSLCertVerificationError as error:
        raise LineError(_mistrust(relay, error), lasting=True) from None
    except TimeoutError:
        raise LineError(f"{relay}: no connection within {relay.timeout:g} s") from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        raise LineError(f"{relay}: no connection: {why}") from None
    try:
        async with asyncio.timeout(relay.timeout):
            await _greet(line, context)
    except TimeoutError:
        line.transport.abort()
        raise LineError(f"{relay}: no answer for {relay.timeout:g} s (greeting)") from None
    except BaseException:
        line.transport.abort()
        raise
    line.ready = True
    return line


def _mistrust(relay: Relay, error: ssl.SSLCertVerificationError) -> str:
    return f"{relay}: its certificate is not to be trusted: {error.verify_message}"


async def _greet(line: Line, context: ssl.SSLContext | None) -> None:
    relay = line.relay
    _must(line, await line.ask(None), "greeting")
    await _introduce(line)
    if relay.tls == "starttls":
        assert context
        await _start_tls(line, context)
        await _introduce(line)
    if relay.user:
        await _log_in(line)


async def _introduce(line: Line) -> None:
    """EHLO, or HELO where the server does not know it."""
    reply = await line.ask(f"EHLO {line.relay.hello}")
    if reply.is_ok:
        words = [text.split(None, 1) for text in reply.lines[1:] if text.strip()]
        line.extensions = {word[0].upper(): word[1] if len(word) > 1 else "" for word in words}
        return
    if reply.code in (500, 502, 504):
        reply = await line.ask(f"HELO {line.relay.hello}")
    _must(line, reply, "EHLO")


async def _start_tls(line: Line, context: ssl.SSLContext) -> None:
    relay = line.relay
    if "STARTTLS" not in line.extensions:
        raise LineError(f"{relay}: does not offer STARTTLS", lasting=True)
    _must(line, await line.ask("STARTTLS"), "STARTTLS")
    loop = asyncio.get_running_loop()
    try:
        secured = await loop.start_tls(line.transport, line, context, server_hostname=relay.host)
    except ssl.SSLCertVerificationError as error:
        raise LineError(_mistrust(relay, error), lasting=True) from None
    except OSError as error:
        raise LineError(f"{relay}: TLS failed ({error})") from None
    line.encrypt_with(secured)


async def _log_in(line: Line) -> None:
    relay = line.relay
    offered = frozenset(line.extensions.get("AUTH", "").upper().split())
    mechanism = login.choose(relay, offered, encrypted=relay.tls != "none")
    if mechanism is None:
        names = ", ".join(sorted(offered)) or "none"
        plain = "" if relay.tls != "none" else "; without tls no password is sent in clear"
        raise LineError(f"{relay}: no usable way to log in (it offers: {names}{plain})", lasting=True)
    command, answers = login.begin(relay, mechanism)
    reply = await line.ask(command)
    for _ in range(4):
        if reply.code != 334:
            break
        reply = await line.ask(login.answer(answers, reply.lines[0]))
    _must(line, reply, f"login with {mechanism}")


def _must(line: Line, reply: Reply, what: str) -> None:
    """Raise ``LineError`` unless *reply* is positive; a 5yz answer is a lasting refusal."""
    if not reply.is_ok:
        raise LineError(
            f"{line.relay}: {what} refused: {reply}",
            lasting=500 <= reply.code < 600,
            slow_down=reply.code == 421,
        )
