"""The words and numbers of the client's page, in the client's language."""

from __future__ import annotations

from collections.abc import Mapping

REPORT_PT: Mapping[str, str] = {
    "title": "Resultado da campanha",
    "sent_between": "Campanha {name}, enviada de {first} a {last}",
    "not_sent": "Campanha {name}, ainda não enviada",
    "sent": "Enviadas",
    "delivered": "Entregues",
    "opened": "Abriram",
    "clicked": "Clicaram",
    "came_back": "Retornadas",
    "opted_out": "Cancelaram",
    "complained": "Denunciaram como spam",
    "of_tried": "{share} das tentativas",
    "of_delivered": "{share} das entregues",
    "of_lines": "de {count} contatos",
    "hours": "Aberturas por hora",
    "chart": "Gráfico de barras: aberturas por hora; a hora com mais aberturas é {peak}, com {most}.",
    "bar": "{hour}: {opens} aberturas, {marked} delas automáticas; {clicks} cliques",
    "people": "aberturas de pessoas",
    "machines": "aberturas automáticas",
    "later": "Depois disso, a partir de {start}: {opens} aberturas e {clicks} cliques.",
    "links": "Links mais clicados",
    "link": "Link",
    "clicks": "Cliques",
    "contacts": "Contatos",
    "returned": "Por que mensagens retornaram",
    "reason": "Motivo",
    "class": "Tipo",
    "automatic": "Aberturas e cliques automáticos",
    "automatic_note": "Provedores e sistemas de segurança também abrem mensagens e seguem links. Sem eles:"
    " {opens} contatos abriram ({open_share}) e {clicks} clicaram ({click_share}).",
    "why": "Por que parece automático",
    "kind": "Evento",
    "events": "Eventos",
    "open": "abertura",
    "click": "clique",
    "inferred": "{count} contatos clicaram sem que uma abertura fosse vista.",
    "nothing": "Nenhuma abertura até agora.",
    "made": "Gerado em {at}. Horários de {zone}.",
    "time": "%d/%m/%Y %H:%M",
    "hour": "%d/%m %Hh",
}

REPORT_EN: Mapping[str, str] = {
    "title": "Campaign results",
    "sent_between": "Campaign {name}, sent from {first} to {last}",
    "not_sent": "Campaign {name}, not sent yet",
    "sent": "Sent",
    "delivered": "Delivered",
    "opened": "Opened",
    "clicked": "Clicked",
    "came_back": "Came back",
    "opted_out": "Unsubscribed",
    "complained": "Reported as spam",
    "of_tried": "{share} of those tried",
    "of_delivered": "{share} of those delivered",
    "of_lines": "of {count} contacts",
    "hours": "Opens by hour",
    "chart": "Bar chart: opens by hour; the hour with the most opens is {peak}, with {most}.",
    "bar": "{hour}: {opens} opens, {marked} of them automatic; {clicks} clicks",
    "people": "opens by people",
    "machines": "automatic opens",
    "later": "After that, from {start} on: {opens} opens and {clicks} clicks.",
    "links": "Top links",
    "link": "Link",
    "clicks": "Clicks",
    "contacts": "Contacts",
    "returned": "Why messages came back",
    "reason": "Reason",
    "class": "Kind",
    "automatic": "Automatic opens and clicks",
    "automatic_note": "Mail providers and security systems open messages and follow links, too. Without them:"
    " {opens} contacts opened ({open_share}) and {clicks} clicked ({click_share}).",
    "why": "Why it looks automatic",
    "kind": "Event",
    "events": "Events",
    "open": "open",
    "click": "click",
    "inferred": "{count} contacts clicked and were never seen to open.",
    "nothing": "No opens so far.",
    "made": "Made on {at}. Times of {zone}.",
    "time": "%Y-%m-%d %H:%M",
    "hour": "%m-%d %Hh",
}


class ReportTexts:
    """One language: its texts, its numbers, its shares."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = REPORT_PT if language.startswith("pt") else REPORT_EN

    def __call__(self, key: str, **values: str) -> str:
        """The text *key* with *values* in their places."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def number(self, value: int) -> str:
        """*value* with its thousands apart."""
        return self._own(f"{value:,}")

    def share(self, value: float | None) -> str:
        """*value* as a percentage, a dash without one."""
        return "–" if value is None else self._own(f"{value:.1%}")

    def _own(self, text: str) -> str:
        return text.translate(str.maketrans(",.", ".,")) if self._texts is REPORT_PT else text
