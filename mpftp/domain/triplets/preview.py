"""One contact's message as it would be sent, for the client's eyes: no link of it leads anywhere."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.messages.compiler import MessageContext, compile_message
from mpftp.domain.messages.links import fill_url, find_links
from mpftp.domain.tokens import TokenKind
from mpftp.domain.triplets.triplet import TripletCheck
from mpftp.errors import MpftpError

BASE_URL = "https://preview.invalid"
"""Where tracked links seem to lead; RFC 6761 keeps ``.invalid`` from ever existing."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The message to one contact: its header fields, decoded; both parts; where each link leads."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    links: tuple[str, ...]


def build_preview(check: TripletCheck, contact_number: int, now: datetime, language: str) -> Preview:
    """The message to the contact on data line *contact_number* (from 1) of MAIL.

    Draws the inspection's contacts. Raises ``LookupError`` with the reason (``settings``, ``html``,
    ``mail``, ``contact``, ``state``, ``fields``) when there is no such message.
    """
    settings, html = check.settings, check.html
    if settings is None or html is None:
        raise LookupError("settings" if settings is None else "html")
    if check.mail is None:
        raise LookupError("mail")
    contact = next((c for n, c in enumerate(check.contacts(), 1) if n == contact_number), None)
    if contact is None or contact.state is DeliveryState.INVALID:
        raise LookupError("contact" if contact is None else "state")
    links = find_links(html, check.profile, settings.analytics)
    mailing = MessageContext(
        base_url=BASE_URL,
        bounce_address="bounces@" + settings.from_email.rpartition("@")[2],
        sign_token=lambda kind, delivery, link: f"{TokenKind(kind).name.lower().replace('_', '-')}-{link}",
        links=tuple(links),
        profile=check.profile,
        language=language,
    )
    try:
        template = compile_message(settings, html, check.columns, mailing)
    except MpftpError:  # of merge fields alone, which the findings name
        raise LookupError("fields") from None
    data = template.render(contact_number, contact.email, contact.values, now).data
    message = email.message_from_bytes(data, policy=email.policy.default)
    text, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    fields = dict(zip(check.columns, contact.values, strict=False))
    return Preview(
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=text.get_content().replace("\r\n", "\n") if text else "",
        html=page.get_content().replace("\r\n", "\n") if page else "",
        links=tuple(fill_url(link, fields, check.profile) or link for link in links),
    )
