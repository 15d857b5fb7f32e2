"""How long and how large is the check of hostile files? Run it by hand.

Each input is checked by ``mpftp validate`` in a process of its own, with one worker. The yardstick is
an ordinary input of the same kind and size in the same run. Targets, less the start of the program:
0.5 s of CPU a MB and 300 MB in all; 15 us a line with a non-ASCII domain that repeats, 60 us where
each is new.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CONF = "assunto;remetente_email;pasta\nOi;ola@lojabela.com.br;P\n"
HTML = '<html><head><title>x</title></head><body>Oi {{nome}} <a href="{{descadastro}}">sair</a></body></html>'
MAIL = "email;nome\nana@lojabela.com.br;Ana\n"
HTML_END = '<a href="{{descadastro}}">sair</a></body></html>'


def repeated(unit: str, size: int) -> str:
    """*unit* over and over, *size* bytes in all."""
    return (unit * (size // len(unit.encode()) + 1))[:size]


def lines(make: Callable[[int], str], size: int) -> str:
    """Numbered lines, about *size* bytes in all."""
    count = size // (len(make(1234567).encode()) + 1)
    return "".join(make(number) + "\n" for number in range(count))


def page(unit: str) -> Callable[[int], str]:
    """A page filled with *unit*."""
    return lambda size: "<html><body>" + repeated(unit, size) + HTML_END


def _letters(number: int) -> str:
    dice = random.Random(number)
    return "".join(dice.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(8))


HTML_KINDS: dict[str, Callable[[int], str]] = {
    "ordinary": page(
        '<p style="color:#333">Veja as ofertas de março na <a href="https://x.com.br/a">loja</a>.</p>\n'
    ),
    "less-than": lambda size: "<html><body>" + "<" * size,
    "less-than, ended": page("<"),
    "less-than, spaced": page("< "),
    "open tags": page("<a "),
    "unended tags": page("<b><i>"),
    "end tags": page("</b>"),
    "comments begun": page("<!--"),
    "attributes": page('<a b="'),
    "equals": page("<a ="),
    "quotes": page("\"'"),
    "merge fields": page("{{nome}}"),
    "merge fields open": page("{{"),
    "foreign fields": page("*|NOME|*{nome}"),
    "brackets": page("[{%#"),
    "percent": page("%a"),
    "parted fields": page("{<b>{nome}</b>}"),
    "blank lines": page("\n"),
    "style": page("<style>"),
    "links": page('<a href="a">x</a>'),
}
MAIL_KINDS: dict[str, Callable[[int], str]] = {
    "ordinary": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}@lojabela.com.br;Ana Souza", size),
    "one line": lambda size: "email;nome\n" + "a" * size,
    "one quoted line": lambda size: 'email;nome\na@x.com.br;"' + "a" * size,
    "blank lines": lambda size: "email;nome\n" + "\n" * size,
    "delimiters": lambda size: "email;nome\n" + ";" * size,
    "delimiter lines": lambda size: "email;nome\n" + ";\n" * (size // 2),
    "a quote a line": lambda size: "email;nome\n" + lines(lambda n: f'ana{n}@lojabela.com.br;"Ana', size),
    "stray quotes": lambda size: "email;nome\n" + lines(lambda n: f'ana{n}@lojabela.com.br;A"na', size),
    "quotes only": lambda size: "email;nome\n" + '"' * size,
    "quote lines": lambda size: "email;nome\n" + '"\n' * (size // 2),
    "quotes in turns": lambda size: "email;nome\n" + repeated('"\n[\n', size),
    "trailing quotes": lambda size: "email;nome\n" + repeated('""w""\n', size),
    "empty quotes": lambda size: "email;nome\n" + repeated('b\n""\n', size),
    "opened quotes": lambda size: "email;nome\n" + repeated('"a\n', size),
    "returns and quotes": lambda size: "email;nome\n" + repeated('\r"[\n', size),
    "at signs": lambda size: "email;nome\n" + repeated("@.\n", size),
    "short, value lacking": lambda size: "email;nome\n" + repeated("a@b.co\n", size),
    "short, value too many": lambda size: "email;nome\n" + repeated("a@b.co;a;b\n", size),
    "short, empty too many": lambda size: "email;nome\n" + repeated("a@b.co;a;;\n", size),
    "short, spaced": lambda size: "email;nome\n" + repeated(" a@b.co;x\n", size),
    "carriage returns": lambda size: "email;nome\n" + "\r" * size,
    "invalid": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}lojabela.com.br;Ana", size),
    "short": lambda size: "email;nome\n" + "a\n" * (size // 2),
    "too wide": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}@lojabela.com.br;Ana;1;2", size),
    "padded": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}@lojabela.com.br  ;Ana Souza  ", size),
    "accents in addresses": lambda size: "email;nome\n" + lines(lambda n: f"josé{n}@loja.com.br;José", size),
    "values of two lines": lambda size: (
        "email;endereco\n" + lines(lambda n: f'ana{n}@lojabela.com.br;"Rua A, {n}\nCasa 2"', size)
    ),
    "wrong domains": lambda size: "email;nome\n" + lines(lambda n: f"ana@{_letters(n)}-.com.br;Ana", size),
    "repeats": lambda size: "email;nome\n" + repeated("ana@lojabela.com.br;Ana\n", size),
    "new domains": lambda size: "email;nome\n" + lines(lambda n: f"ana@{_letters(n)}.com.br;Ana", size),
    "typos": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}@gmial.com;Ana", size),
    "IDN, repeated": lambda size: "email;nome\n" + lines(lambda n: f"ana{n}@café.com.br;Ana", size),
    "IDN, new": lambda size: "email;nome\n" + lines(lambda n: f"ana@caf\u00e9{n}.com.br;Ana", size),
    "NULs": lambda size: "email;nome\n" + "\0" * size,
    "letters lost": lambda size: "email;nome\n" + repeated("a?", size),
    "letters lost, lines": lambda size: (
        "email;nome\n" + lines(lambda n: f"ana{n}@x.com.br;Jo?o &amp; Ana", size)
    ),
    "invalid dates": lambda size: (
        "email;data_nascimento\n" + lines(lambda n: f"ana{n}@x.com.br;32/13/{n % 9999:04}", size)
    ),
}
US_A_LINE = {"IDN, repeated": 15, "IDN, new": 60}
"""Bounds that are said a line, not a megabyte."""


def cpu_and_peak(folder: Path) -> tuple[float, float]:
    """Seconds of CPU and peak MB of one check of *folder*."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "mpftp", "validate", str(folder), "--jobs", "1", "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    del before
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(kind: str, files: dict[str, Callable[[int], str]], size: int, only: str) -> None:
    """Print each input of one *kind* beside the ordinary one."""
    start = check(CONF, HTML, MAIL)[0]
    usual = 0.0
    for name, make in files.items():
        if only and only not in name and name != "ordinary":
            continue
        text = make(size)
        html, mail = (text, MAIL) if kind == "HTML" else (HTML, text)
        seconds, peak = check(CONF, html, mail)
        megabytes = len(text.encode()) / 1e6
        net = (seconds - start) / megabytes
        usual = usual or net
        count = text.count("\n") or 1
        within = net * megabytes <= (US_A_LINE[name] * count / 1e6 if name in US_A_LINE else 0.5 * megabytes)
        mark = "" if within and peak <= 300 else "  <-- past its bound"
        print(
            f"{kind} {name:18} {megabytes:6.1f} MB: {net:.3f} s a MB, {net / usual:5.1f} of ordinary, "
            f"{(seconds - start) / count * 1e6:7.1f} us a line, peak {peak:.0f} MB{mark}",
            flush=True,
        )


def check(conf: str, html: str, mail: str) -> tuple[float, float]:
    """Seconds of CPU and peak MB of the check of one triplet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, text in (("CONF", conf), ("HTML", html), ("MAIL", mail)):
            (folder / f"A_{part}_20260301").write_text(text, "utf-8", newline="")
        return cpu_and_peak(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html-mb", type=float, default=3)
    parser.add_argument("--mail-mb", type=float, default=10)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    measure("HTML", HTML_KINDS, int(given.html_mb * 1e6), given.only)
    measure("MAIL", MAIL_KINDS, int(given.mail_mb * 1e6), given.only)
