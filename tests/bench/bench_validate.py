"""How fast and how small is the check of a million contacts? Run it by hand.

The yardstick is a naive loop over the same file in the same run: ``csv.reader``, one compiled
pattern, a set for repeats. Each side is the best of three runs; memory is the peak of the whole
process tree, seen from outside. Targets: ratio at most 0.8, peak below 140 MB.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAIVE = """
import csv, re, sys, time
start = time.perf_counter()
pattern = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+")
seen, bad, repeated = set(), 0, 0
with open(sys.argv[1], encoding=sys.argv[2], newline="") as stream:
    rows = csv.reader(stream, delimiter=";")
    width = len(next(rows))
    for row in rows:
        if len(row) != width or not pattern.fullmatch(row[0]):
            bad += 1
            continue
        email = row[0].lower()
        if email in seen:
            repeated += 1
        else:
            seen.add(email)
print(time.perf_counter() - start, len(seen), bad, repeated)
"""
FIRST_NAMES = "Ana João Maria José Antônio Francisco Carlos Paulo Pedro Lucas Luíza Márcia Sônia Mônica"
FIRST = tuple(FIRST_NAMES.split())
LAST_NAMES = "Silva Souza Oliveira Santos Lima Araújo Gonçalves Magalhães Assunção Conceição"
LAST = tuple(LAST_NAMES.split())
PLACES = [("São Paulo", "SP"), ("Goiânia", "GO"), ("Rio de Janeiro", "RJ"), ("Brasília", "DF")]
DOMAIN_NAMES = "gmail.com hotmail.com yahoo.com.br uol.com.br terra.com.br empresa.com.br outlook.com"
DOMAINS = tuple(DOMAIN_NAMES.split())


def write_triplet(folder: Path, contacts: int, kind: str) -> None:
    """A triplet whose MAIL has *contacts* lines of eight columns."""
    dice = random.Random(7)
    sample = ROOT / "examples" / "triplets" / "correct"
    for part in ("CONF", "HTML"):
        (folder / f"Big_{part}_20260301").write_bytes((sample / f"Marco_{part}_20260301").read_bytes())
    encoding = "cp1252" if kind == "cp1252" else "utf-8"
    end = "\r\n" if kind == "cp1252" else "\n"
    with (folder / "Big_MAIL_20260301").open("w", encoding=encoding, newline="") as out:
        out.write("email;uidcli;nome;sexo;data_nascimento;cidade;estado;cep" + end)
        for number in range(contacts):
            first, last = dice.choice(FIRST), dice.choice(LAST)
            city, state = dice.choice(PLACES)
            born = f"{dice.randrange(1940, 2006)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
            values = [
                f"u{number}.{last[:3].lower().encode('ascii', 'ignore').decode()}@{dice.choice(DOMAINS)}",
                str(number), f"{first} {last}", dice.choice("MF"), born, city, state,
                f"{dice.randrange(10000, 99999)}-{dice.randrange(1000):03d}",
            ]  # fmt: skip
            if kind == "dirty" and number % 100 == 0:
                _spoil(values, number // 100 % 5, number)
            if kind == "quoted":
                values = [f'"{value}"' for value in values]
            out.write(";".join(values) + end)


def _spoil(values: list[str], fault: int, number: int) -> None:
    if fault == 0:
        values[0] = values[0].replace("@", "")
    elif fault == 1:
        values[0] = "u1.sil@gmial.com"
    elif fault == 2:
        values[2] = '"Silva; Ana ""x"""'
    elif fault == 3:
        values.pop()
    else:
        values[7] = f"{number}x"


def peak_of(pid: int) -> int:
    """Bytes resident in *pid* and its children, shared pages counted once (PSS)."""
    total = 0
    for process in [pid, *_children(pid)]:
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = [int(child) for child in text.split()]
    return children + [grandchild for child in children for grandchild in _children(child)]


def run(command: list[str]) -> tuple[float, int, str]:
    """Seconds, peak bytes and output of *command*."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, peak_of(process.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out = process.communicate()[0]
    seconds = time.perf_counter() - start
    watcher.join()
    return seconds, peak, out


def compare(contacts: int, kind: str, jobs: list[str]) -> None:
    """Print the ratio of the check to the naive loop for one *kind* of file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_triplet(folder, contacts, kind)
        mail = str(folder / "Big_MAIL_20260301")
        encoding = "cp1252" if kind == "cp1252" else "utf-8"
        naive = min(float(run([sys.executable, "-c", NAIVE, mail, encoding])[2].split()[0]) for _ in range(3))
        for job in jobs:
            command = [sys.executable, "-m", "mpftp", "validate", name, "--format", "json", "--jobs", job]
            runs = [run(command) for _ in range(3)]
            ours, peak = min(r[0] for r in runs), max(r[1] for r in runs)
            counts = json.loads(runs[0][2])["triplets"][0]["contacts"]
            print(
                f"{kind:8} jobs={job}: naive {naive:.2f} s, command {ours:.2f} s, ratio {ours / naive:.2f}, "
                f"peak {peak / 1e6:.0f} MB, {counts}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--kinds", default="plain,cp1252,quoted,dirty")
    parser.add_argument("--jobs", default="1,0")
    given = parser.parse_args()
    for name in given.kinds.split(","):
        compare(given.contacts, name, given.jobs.split(","))
