"""``mpftp track``: the tracker under waitress, a production server, until it is told to stop."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mpftp.cli.context import CommandContext, common_options
from mpftp.cli.logs import reopen_log_files
from mpftp.errors import ConfigError, Exit, MpftpError
from mpftp.permissions import refuse_root

if TYPE_CHECKING:
    from mpftp.tracker.handlers import Tracker

log = logging.getLogger("mpftp.track")

MAX_DEFAULT_PROCESSES = 4  # processes, where nothing else is said

SWITCH_INTERVAL_SECONDS = (
    0.001  # seconds a thread may compute while another has an answer ready; Python's 0.005 make p99 jump
)
WAITRESS_OPTIONS: dict[str, Any] = {
    "ident": None,
    "clear_untrusted_proxy_headers": False,  # the tracker reads them itself, from trusted hops only
    "connection_limit": 2000,  # readers who never finish asking shut nobody out
    "asyncore_use_poll": True,  # select() ends at 1024 descriptors
    "channel_timeout": 30,
    "max_request_header_size": 65_536,
    "max_request_body_size": 1_000_000,
}
"""What waitress is told beside where and how broadly to serve."""


@click.command(name="track")
@click.option("--listen", metavar="HOST:PORT", help="Instead of the configured one; port 0: any free one.")
@click.option(
    "--threads", type=click.IntRange(1, 64), metavar="N", default=4, show_default=True, help="Worker threads."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    default=lambda: min(MAX_DEFAULT_PROCESSES, os.cpu_count() or 1),
    show_default="one a core, 4 at most",
    help="Processes that share the address, each on a core of its own.",
)
@click.option("--print-url", is_flag=True, help="Print where it listens as soon as it does.")
@click.option("--links", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
              help="Serve from the link files in DIR, on a host without the state.")  # fmt: skip
@click.option("--rotate-key", is_flag=True,
              help="Add a fresh signing key and end; links already sent stay valid.")  # fmt: skip
@click.option("--accept-loss", is_flag=True,
              help="With --rotate-key, where the keys are lost: links already sent die.")  # fmt: skip
@click.option("--revoke-key", "revoked", type=click.IntRange(0, 255), metavar="KEY-ID",
              help="Take out a key that `mpftp doctor` lists, and end; its links die at once.")  # fmt: skip
@common_options
def command(
    context: CommandContext,
    listen: str | None,
    threads: int,
    processes: int,
    print_url: bool,
    links: Path | None,
    rotate_key: bool,
    accept_loss: bool,
    revoked: int | None,
) -> Exit:
    """Serve the web endpoint for opens, clicks and opt-outs.

    On a host without the state, --links names a folder of link files, which are carried there from the
    folder that `tracking.links` names beside the state; the event log is carried back and taken in by
    `mpftp events import`. What no link file tells is asked of `tracking.home_url`; see mpftp-growing(7).

    It does not start while a key is missing that signed what went out. A key that is taken out of the
    file stops working within a second. Ends cleanly on SIGTERM or Ctrl-C; on SIGHUP it opens its log file
    anew. Under another WSGI server, the application is mpftp.tracker:application, with MPFTP_CONFIG in the
    environment.
    """
    refuse_root(context.config.state)
    if revoked is not None:
        return _revoke(context, revoked)
    if rotate_key:
        return _rotate(context, accept_loss=accept_loss)
    from mpftp.tracker import build_tracker

    if links:
        _require_carried_keys(context)
    else:
        context.require_keys()
    application = build_tracker(context.config, context.clock, links)
    bound = _bind(listen or context.config.tracking.listen)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, _on_signal)
    signal.signal(signal.SIGHUP, _on_hangup)
    url = _url(bound)
    log.info("listening on %s", url)
    if print_url:
        click.echo(url)
    serve, first = partial(_serve, application, bound, threads), os.getpid()
    with suppress(SystemExit):
        if processes == 1:
            serve(first)
        else:
            _run_processes(serve, range(first, first + processes))
    log.info("stopped")
    return Exit.OK


def _require_carried_keys(context: CommandContext) -> None:
    """Raise ``ConfigError`` when the keys were not carried to this host: none of ours would verify."""
    from mpftp.wiring.signing_keys import key_path, list_keys

    if not list_keys(context.config):
        raise ConfigError(
            f"{key_path(context.config)}: there are no signing keys",
            hint="copy that file from the host with the state",
        )


def _serve(application: Tracker, bound: socket.socket, threads: int, core: int) -> None:
    """Answer requests on one *core* until a signal says stop; what was asked before is still answered."""
    from waitress import create_server

    _pin_to_core(core)
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short queue is no trouble
    create_server(application, sockets=[bound], threads=threads, **WAITRESS_OPTIONS).run()


def _pin_to_core(index: int) -> None:
    """Run this process's threads on one of the cores it may use, the *index*-th, counted round and round.

    One thread at a time runs Python, and handing that right to another core costs more than an answer.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[index % len(cores)]})


def _run_processes(serve: Callable[[int], None], cores: Iterable[int]) -> None:
    """Run *serve* in a child process for each of *cores*; one that ends is replaced, and none outlives us."""
    ends_with_us, held = os.pipe()
    children: dict[int, int] = {}

    def begin(core: int) -> None:
        if child := os.fork():
            children[child] = core
            return
        os.close(held)
        signal.signal(signal.SIGHUP, _on_hangup)
        threading.Thread(target=_exit_with_parent, args=(ends_with_us,), daemon=True).start()
        try:
            serve(core)
        finally:
            os._exit(0)

    def on_hangup(signal_number: int, frame: object) -> None:
        _on_hangup(signal_number, frame)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGHUP)

    signal.signal(signal.SIGHUP, on_hangup)
    try:
        for core in cores:
            begin(core)
        while True:
            child, status = os.wait()
            core = children.pop(child)
            log.error(
                "process %d ended (%d); another takes its place", child, os.waitstatus_to_exitcode(status)
            )
            time.sleep(1)
            begin(core)
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _exit_with_parent(pipe: int) -> None:
    """End this process when the other end of *pipe* is closed, however its holder ended."""
    os.read(pipe, 1)
    os._exit(1)


def _rotate(context: CommandContext, *, accept_loss: bool) -> Exit:
    """Add a key; a tracker that runs sees it at once, and ``send`` signs with it from its next run on."""
    from mpftp.wiring.signing_keys import format_campaigns, key_path, rotate_key

    path = key_path(context.config)
    if not accept_loss:
        context.require_keys()
    with context.database() as db:
        key_number, lost = rotate_key(db, context.config, context.clock())
    log.info("key %d of %s signs from now on", key_number, path)
    if lost:
        click.echo(f"The links of {format_campaigns(lost.campaigns)} are dead: {lost}.")
    if lost or sys.stdout.isatty():
        click.echo(f"Key {key_number} of {path} signs from now on; older keys still verify.")
    return Exit.OK


def _revoke(context: CommandContext, key_number: int) -> Exit:
    """Take a key out of the file; every tracker stops taking its tokens within a second."""
    from mpftp.wiring.signing_keys import format_campaigns, key_path, revoke_key

    with context.database() as db:
        campaigns = revoke_key(db, context.config, key_number, context.clock())
    log.info("key %d of %s is revoked", key_number, key_path(context.config))
    click.echo(f"Key {key_number} is revoked; the links of {format_campaigns(campaigns)} are dead.")
    return Exit.OK


def _bind(address: str) -> socket.socket:
    """A listening socket on *address*, HOST:PORT. Raises ``MpftpError`` that names it."""
    match = re.fullmatch(r"\[?(\S+?)\]?:(\d{1,5})", address)
    try:
        if match is None or int(match[2]) > 65535:
            raise OSError("it is no HOST:PORT")
        host = "0.0.0.0" if match[1] == "*" else match[1]  # noqa: S104 (the operator asked for it)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(match[2])), family=family, backlog=1024)
    except OSError as error:
        raise MpftpError(
            f"cannot listen on {address}: {error.strerror or error}",
            hint="change `tracking.listen` in the configuration, or give --listen HOST:PORT",
        ) from None


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _on_hangup(signal_number: int, frame: object) -> None:
    """Open the log anew: somebody moved it away."""
    reopen_log_files()


def _on_signal(signal_number: int, frame: object) -> NoReturn:
    raise SystemExit(0)
