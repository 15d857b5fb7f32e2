#!/usr/bin/env python3
"""Make the pictures of the README anew: a terminal with ``mpftp status``, and a report page.

The terminal shows three clients in folders of this machine; the report is that of the demonstration.
It needs Chromium. Nothing leaves the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
DEMO = HERE.parent / "demo.py"
MPFTP = Path(sys.executable).with_name("mpftp")
ZONE = ZoneInfo("America/Sao_Paulo")
MORNING = datetime(2026, 11, 23, 9, tzinfo=ZONE)
COLUMNS = 80

SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>mpftp status in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As rich draws it, with fonts that are there instead of one that is fetched."""

CONFIG = """\
state = "state.db"

[clients.cinema]
endpoint = "file://{folder}/cinema"
language = "pt_BR"
transport = "maildir"
settle_seconds = 0
results_after_days = 2
fragment = {{ contacts = 150, every_hours = 1 }}

[clients.livraria]
endpoint = "file://{folder}/livraria"
transport = "maildir"
settle_seconds = 0
results_after_days = 2
fragment = {{ contacts = 200, every_hours = 1 }}

[clients.padaria]
endpoint = "file://{folder}/padaria"
transport = "maildir"
settle_seconds = 0
"""


def mpftp(folder: Path, at: datetime, *command: str) -> str:
    """Run one command at the moment *at*, as in a terminal of 80 columns, and return what it shows."""
    environment = os.environ | {
        "MPFTP_CONFIG": str(folder / "mpftp.toml"),
        "MPFTP_NOW": at.isoformat(),
        "TZ": ZONE.key,
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
    }
    ours, theirs = os.openpty()
    with subprocess.Popen([MPFTP, *command], env=environment, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # how Linux tells that a terminal was closed
                break
            if not block:
                break
            shown += block
        process.wait()
    os.close(ours)
    return shown.decode("utf-8").replace("\r\n", "\n")


def upload(folder: Path, client: str, name: str, day: datetime, contacts: int, field: str = "nome") -> None:
    """Lay a triplet into a client's folder; a *field* that MAIL lacks makes it one that is refused."""
    files = {
        "CONF": "assunto;remetente_email;pasta\r\nNovidades;novidades@example.com;Novidades\r\n",
        "HTML": f"<!DOCTYPE html><html><body><p>Olá, {{{{{field}}}}}!</p>"
        '<p><a href="https://www.example.com/">Ver</a> <a href="{{descadastro}}">Sair</a></p>'
        "</body></html>\n",
        "MAIL": "email;nome\r\n"
        + "".join(f"leitor{number}@example.org;Leitor {number}\r\n" for number in range(contacts)),
    }
    for kind, text in files.items():
        path = folder / client / f"{name}_{kind}_{day:%Y%m%d}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="")


def terminal(folder: Path, target: Path) -> None:
    """Draw what an operator sees on a Thursday morning."""
    (folder / "mpftp.toml").write_text(CONFIG.format(folder=folder), "utf-8")
    (folder / "mpftp.toml").chmod(0o600)
    for client in ("cinema", "livraria", "padaria"):
        (folder / client).mkdir()
    mpftp(folder, MORNING, "init", "--state-only")
    upload(folder, "livraria", "Outono", MORNING, 380)
    mpftp(folder, MORNING, "collect")
    for hour in range(2):
        mpftp(folder, MORNING + timedelta(hours=hour, minutes=5), "send")
    later = MORNING + timedelta(days=2, hours=2)
    mpftp(folder, later, "publish")
    thursday = MORNING + timedelta(days=3)
    upload(folder, "livraria", "Primavera", thursday, 1000)
    upload(folder, "cinema", "Estreias", thursday, 450)
    upload(folder, "padaria", "Natal", thursday, 120, "apelido")
    mpftp(folder, thursday, "collect")
    mpftp(folder, thursday + timedelta(minutes=5), "send")
    mpftp(folder, thursday + timedelta(minutes=6), "campaign", "pause", "cinema/Estreias_20261126",
          "--reason", "wrong price")  # fmt: skip
    mpftp(folder, thursday + timedelta(hours=1, minutes=5), "send")
    shown = mpftp(folder, thursday + timedelta(hours=1, minutes=10), "status")
    shown = shown.replace(str(folder), "/var/lib/mpftp")
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text.from_ansi(f"$ mpftp status\n{shown.rstrip()}\n$"))
    svg = console.export_svg(title="", theme=MONOKAI, code_format=SVG, unique_id="status")
    target.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


def report(folder: Path, target: Path) -> None:
    """Run the demonstration, and photograph the report page of its campaign."""
    demo = folder / "demo"
    subprocess.run([sys.executable, DEMO, "--keep", demo], check=True, stdout=subprocess.DEVNULL)
    environment = os.environ | {"MPFTP_CONFIG": str(demo / "mpftp.toml")}
    page = folder / "report.html"
    subprocess.run([MPFTP, "report", "1", "--html", page], env=environment, check=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is missing: apt-get install chromium")
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-dev-shm-usage", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'chromium'}",
         "--window-size=1000,1250", f"--screenshot={target}", page.as_uri()],
        check=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def main() -> None:
    """Write both pictures beside this file."""
    with tempfile.TemporaryDirectory(prefix="mp-") as name:
        terminal(Path(name), HERE / "status.svg")
        report(Path(name), HERE / "report.png")


if __name__ == "__main__":
    main()
