"""``mpftp track``: the tracker under waitress, a production server, until it is told to stop."""

from __future__ import annotations

import logging
import re
import signal
from typing import TYPE_CHECKING, NoReturn

import click

from mpftp.cli.session import Session, common_options
from mpftp.errors import Exit, MpftpError

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

    from mpftp.tracker.doors import Tracker

log = logging.getLogger("mpftp.track")


@click.command(name="track")
@click.option("--listen", metavar="HOST:PORT", help="Instead of the configured one; port 0: any free one.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Worker threads.")
@click.option("--print-url", is_flag=True, help="Print where it listens as soon as it does.")
@common_options
def command(session: Session, listen: str | None, threads: int, print_url: bool) -> Exit:
    """Serve the web endpoint for opens, clicks and opt-outs.

    Ends cleanly on SIGTERM or Ctrl-C. Under another WSGI server, the application is
    mpftp.tracker:application, with MPFTP_CONFIG in the environment.
    """
    from mpftp.tracker import build

    address = listen or session.config.tracking.listen
    server = _listen(build(session.config, session.clock), address, threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    url = _url(server)
    log.info("listening on %s", url)
    if print_url:
        click.echo(url)
    server.run()
    log.info("stopped")
    return Exit.OK


def _listen(tracker: Tracker, address: str, threads: int) -> BaseWSGIServer:
    """The server, bound and not yet running. Raises ``MpftpError`` that names the address."""
    from waitress import create_server

    try:
        if not re.fullmatch(r"\S+:\d{1,5}", address) or int(address.rpartition(":")[2]) > 65535:
            raise ValueError("it must be HOST:PORT, the port from 0 to 65535")
        return create_server(
            tracker, listen=address, threads=threads, ident=None, clear_untrusted_proxy_headers=True
        )
    except (OSError, ValueError) as error:
        raise MpftpError(
            f"cannot listen on {address}: {error}",
            hint="change `tracking.listen` in the configuration, or give --listen HOST:PORT",
        ) from None


def _url(server: BaseWSGIServer) -> str:
    many = getattr(server, "effective_listen", None)  # a name with several addresses has several sockets
    host, port = many[0] if many else (server.effective_host, server.effective_port)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)
