"""``status`` for Prometheus: the text exposition format, as node_exporter's textfile collector reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from mpftp.domain.clock import to_ms
from mpftp.domain.printable import escape_invisible
from mpftp.stages.status import Status


def to_prometheus(status: Status) -> str:
    """*status* for node_exporter's textfile collector (Prometheus text exposition format)."""
    return _render(_metrics(status))


def to_labelled_prometheus(statuses: Mapping[str, Status], unreadable: Mapping[str, str]) -> str:
    """Several *statuses* as one text, each sample with the label ``config``; why others are *unreadable*."""
    merged: dict[str, Metric] = {"mpftp_up": (*UP, [({"config": name}, 0) for name in unreadable])}
    for config, status in statuses.items():
        for name, help_text, samples in _metrics(status):
            known = merged.setdefault(name, (name, help_text, []))[2]
            known.extend(({"config": config} | labels, value) for labels, value in samples)
    reasons = (f"# {escape_invisible(f'{name}: {reason}')}\n" for name, reason in unreadable.items())
    return "".join(reasons) + _render(merged.values())


def _render(metrics: Iterable[Metric]) -> str:
    lines: list[str] = []
    for name, help_text, samples in metrics:
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


UP = ("mpftp_up", "1: the state file could be read.")
MetricSample = tuple[dict[str, str], float]


def format_down(reason: str) -> str:
    """The same when there is no status to read: ``mpftp_up`` is 0, and the *reason* a comment."""
    lines = [f"# {escape_invisible(line)}" for line in reason.splitlines()]
    return "".join(f"{line}\n" for line in lines) + _render([(*UP, [({}, 0)])])


Metric = tuple[str, str, list[MetricSample]]
"""Its name, its help, its samples."""


def _metrics(status: Status) -> Iterator[Metric]:
    yield *UP, [({}, 1)]
    yield "mpftp_state_info", "Always 1; its label is the state's id.", [({"id": status.state_id}, 1)]
    yield "mpftp_trouble", "Things a person should look at.", [({}, len(status.trouble))]
    critical = sum(trouble.critical for trouble in status.trouble)
    yield "mpftp_trouble_critical", "Of these, what keeps somebody from being mailed.", [({}, critical)]
    yield "mpftp_refusals", "Refused triplets that are not corrected.", [({}, len(status.refusals))]
    yield (
        "mpftp_undecided_messages",
        "Messages of the bounce mailbox that wait for a person's decision.",
        [({}, status.undecided_messages)],
    )
    yield (
        "mpftp_counted_addresses",
        "Addresses with bounces that count, not suppressed yet.",
        [({}, status.counted_addresses)],
    )
    overdue = sum(due.at <= status.now for due in status.due)
    yield "mpftp_overdue", "Fragments and editions whose time has come.", [({}, overdue)]
    age = (status.now - status.oldest_due).total_seconds() if status.oldest_due else 0
    yield "mpftp_oldest_due_fragment_seconds", "For how long the oldest due fragment waits.", [({}, age)]
    yield from _run_metrics(status)
    yield from _machine_metrics(status)
    yield from _client_metrics(status)
    yield from _campaign_metrics(status)


def _run_metrics(status: Status) -> Iterator[Metric]:
    runs = [(run, {"command": run.command}) for run in status.runs]
    yield (
        "mpftp_command_last_success_timestamp_seconds",
        "When a command last ended with 0.",
        [(labels, _seconds(run.succeeded_at)) for run, labels in runs if run.succeeded_at],
    )
    yield (
        "mpftp_command_last_run_timestamp_seconds",
        "When a command last ended, however it did.",
        [(labels, _seconds(run.started_at)) for run, labels in runs],
    )
    yield (
        "mpftp_command_duration_seconds",
        "How long a command's last run took.",
        [(labels, round(run.seconds, 3)) for run, labels in runs],
    )
    yield (
        "mpftp_command_exit_code",
        "What a command's last run ended with.",
        [(labels, run.exit_code) for run, labels in runs],
    )


def _machine_metrics(status: Status) -> Iterator[Metric]:
    machine = status.machine
    yield (
        "mpftp_events_waiting_bytes",
        "Of the tracker's log, what no run has taken in yet.",
        [({}, machine.events_waiting_bytes)],
    )
    yield (
        "mpftp_reports_waiting",
        "Messages in the Maildirs of bounces that no run has read yet.",
        [({}, machine.reports_waiting)],
    )
    yield "mpftp_state_bytes", "Size of the state file and its log.", [({}, machine.state_bytes)]
    disks = [(disk, {"path": disk.path}) for disk in machine.disks]
    yield "mpftp_disk_free_bytes", "Room on the disk.", [(labels, disk.free) for disk, labels in disks]
    yield "mpftp_disk_size_bytes", "Size of the disk.", [(labels, disk.total) for disk, labels in disks]


def _client_metrics(status: Status) -> Iterator[Metric]:
    clients = [(client, {"client": client.name}) for client in status.clients]
    yield (
        "mpftp_client_failures",
        "Visits to the client's server that failed in a row.",
        [(labels, client.failures) for client, labels in clients],
    )
    yield (
        "mpftp_client_visited_timestamp_seconds",
        "Last visit that succeeded.",
        [(labels, _seconds(client.succeeded_at)) for client, labels in clients if client.succeeded_at],
    )


def _campaign_metrics(status: Status) -> Iterator[Metric]:
    campaigns = [
        (
            campaign,
            {"client": campaign.ref.client, "campaign": f"{campaign.ref.key.name}_{campaign.ref.key.date}"},
        )
        for campaign in status.campaigns
    ]
    yield (
        "mpftp_deliveries",
        "Deliveries of a campaign by state.",
        [
            (labels | {"state": state}, count)
            for campaign, labels in campaigns
            for state, count in campaign.deliveries.items()
        ],
    )
    yield (
        "mpftp_events",
        "Events of a campaign by kind.",
        [
            (labels | {"kind": kind}, count.all)
            for campaign, labels in campaigns
            for kind, count in campaign.events.items()
        ],
    )
    yield (
        "mpftp_events_marked",
        "Events that a machine is suspected of.",
        [
            (labels | {"kind": kind}, count.marked)
            for campaign, labels in campaigns
            for kind, count in campaign.events.items()
        ],
    )


def _seconds(at: datetime) -> float:
    return to_ms(at) / 1000


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
