"""What commands do last: the e-mails to the clients' ``notify`` addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mpftp.adapters.config import Client, Config
    from mpftp.adapters.store.database import Database
    from mpftp.cli.session import Session
    from mpftp.domain.returns.notices import Addressee
    from mpftp.domain.sending.transport import Outcome, Parcel


def tell_clients(session: Session, db: Database) -> bool:
    """Send what is news to those who want it; ``False``, after a line each, when some could not be told."""
    config = session.config
    wanted = {name: client for name, client in config.clients.items() if client.notify}
    if not wanted:
        return True
    from mpftp.adapters.store.notices import Notices
    from mpftp.stages.notify import notify

    def deliver(name: str, parcel: Parcel) -> Outcome:
        return _hand_over(config, config.clients[name], parcel)

    addressees = {name: _addressee(client, config) for name, client in wanted.items()}
    untold = notify(Notices(db), addressees, deliver, session.clock)
    for one in untold:
        address = config.clients[one.notice.client].notify
        click.echo(f"mpftp: {one.notice.client}: {address} could not be told: {one.why}", err=True)
    return not untold


def _addressee(client: Client, config: Config) -> Addressee:
    from mpftp.domain.returns.notices import Addressee

    return Addressee(client.notify, config.bounces.address, client.language, client.zone)


def _hand_over(config: Config, client: Client, parcel: Parcel) -> Outcome:
    from mpftp.adapters.journal import NoJournal
    from mpftp.cli.outgoing import transports_of

    transport = transports_of(config)[client.transport]()
    try:
        return next(iter(list(transport.deliver([parcel], NoJournal()))))
    finally:
        transport.close()
