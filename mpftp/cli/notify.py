"""What commands do last: the e-mails to the clients' ``notify`` addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mpftp.adapters.config import ClientTable, Config
    from mpftp.adapters.store.database import Database
    from mpftp.cli.context import CommandContext
    from mpftp.domain.results.notices import NoticeRecipient
    from mpftp.domain.sending.transport import DeliveryRequest, Outcome


def notify_clients(context: CommandContext, db: Database) -> bool:
    """Send the pending notices; return ``False``, after a line each, when some could not be sent."""
    config = context.config
    wanted = {name: client for name, client in config.clients.items() if client.notify}
    if not wanted:
        return True
    from mpftp.adapters.store.notices import NoticeStore
    from mpftp.stages.notify import notify

    def deliver(name: str, request: DeliveryRequest) -> Outcome:
        return _deliver_one(config, config.clients[name], request)

    addressees = {name: _notice_recipient(client, config) for name, client in wanted.items()}
    untold = notify(NoticeStore(db), addressees, deliver, context.clock)
    for one in untold:
        address = config.clients[one.notice.client].notify
        click.echo(f"mpftp: {one.notice.client}: {address} could not be notified: {one.reason}", err=True)
    return not untold


def _notice_recipient(client: ClientTable, config: Config) -> NoticeRecipient:
    from mpftp.domain.results.notices import NoticeRecipient

    return NoticeRecipient(
        client.notify,
        config.bounces.address,
        client.language,
        client.zone,
        config.support.to_domain(),
        client.display_name,
    )


def _deliver_one(config: Config, client: ClientTable, request: DeliveryRequest) -> Outcome:
    from mpftp.adapters.journal import NullJournal
    from mpftp.cli.outgoing import make_transport_openers

    transport = make_transport_openers(config)[client.transport]()
    try:
        return next(iter(list(transport.deliver([request], NullJournal()))))
    finally:
        transport.close()
