"""Score ``read_report`` on flufl.bounce's own reports, beside flufl.bounce itself, and on our samples.

Run by hand: ``python tests/bench/bench_bounces.py``. The reports come from the source distribution on PyPI,
which pip downloads into a temporary folder; nothing of it is kept.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email import message_from_bytes
from pathlib import Path

from mpftp.domain.reports.bounce import ReportClass, read_report

SOFT = (ReportClass.TRANSIENT, ReportClass.DELAY)
SAMPLES = Path(__file__).parents[1] / "domain" / "reports" / "samples"

Reader = Callable[[bytes], tuple[set[str], bool]]
"""A message's octets -> the recipients found, and whether the failure is soft."""


@dataclass(frozen=True)
class Case:
    """One report and what is known of it."""

    name: str
    octets: bytes
    recipients: frozenset[str]
    soft: bool


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cases = flufl_cases(Path(folder))
        flufl = flufl_reader(Path(folder))
        print(f"{len(cases)} reports of flufl.bounce's source distribution, by its own expectations")
        show("flufl.bounce", cases, flufl)
        show("mpftp", cases, ours, verbose="-v" in sys.argv)
        bare = [replace(case, octets=without_status(case.octets)) for case in cases]
        print("the same, with the parts of RFC 3464 made unreadable")
        show("flufl.bounce", bare, flufl)
        show("mpftp", bare, ours)
    samples = list(our_cases())
    print(f"{len(samples)} reports of our own")
    show("flufl.bounce", samples, flufl)
    show("mpftp", samples, ours, verbose=True)


def show(name: str, cases: list[Case], read: Reader, *, verbose: bool = False) -> None:
    """Print the shares of recipients found, of reports with exactly those, and of hard or soft right."""
    found = exact = judged = wanted = 0
    started = time.perf_counter()
    for case in cases:
        recipients, soft = read(case.octets)
        found += len(recipients & case.recipients)
        wanted += len(case.recipients)
        exact += recipients == case.recipients
        judged += bool(recipients) and soft == case.soft
        if verbose and (recipients != case.recipients or soft != case.soft):
            print(f"    {case.name}: wanted {sorted(case.recipients)} soft={case.soft},"
                  f" found {sorted(recipients)} soft={soft}")  # fmt: skip
    seconds = time.perf_counter() - started
    print(
        f"  {name:14} recipients found {found / wanted:7.2%}  exactly those {exact / len(cases):7.2%}"
        f"  hard or soft right {judged / len(cases):7.2%}  {len(cases) / seconds:6.0f} reports/s"
    )


def ours(octets: bytes) -> tuple[set[str], bool]:
    """What we find."""
    report = read_report(octets)
    return {failure.recipient.lower() for failure in report.failures}, report.report_class in SOFT


def flufl_reader(folder: Path) -> Reader:
    """flufl.bounce, installed into *folder*."""
    pip("install", "--target", str(folder / "lib"), "flufl.bounce")
    sys.path.insert(0, str(folder / "lib"))
    from flufl.bounce import all_failures

    def read(octets: bytes) -> tuple[set[str], bool]:
        temporary, permanent = all_failures(message_from_bytes(octets))
        return {address.decode().lower() for address in temporary | permanent}, not permanent

    return read


def flufl_cases(folder: Path) -> list[Case]:
    """The reports and the expectations (its table DETECTORS) of flufl.bounce's own tests."""
    pip("download", "--no-binary", ":all:", "--no-deps", "--dest", str(folder), "flufl.bounce")
    with tarfile.open(next(folder.glob("flufl*.tar.gz"))) as archive:
        archive.extractall(folder / "sdist", filter="data")
    tests = next((folder / "sdist").rglob("test_detectors.py"))
    expected: dict[str, tuple[set[str], bool]] = {}
    for _, name, addresses, temporary in detectors(tests.read_text("utf-8")):
        if addresses:
            wanted = expected.setdefault(name, (set(), temporary))[0]
            wanted.update(address.decode().lower() for address in addresses)
    return [
        Case(name, (tests.parent / "data" / name).read_bytes(), frozenset(wanted), soft)
        for name, (wanted, soft) in sorted(expected.items())
    ]


def detectors(source: str) -> Iterable[tuple[str, str, list[bytes], bool]]:
    """The literal table DETECTORS of *source*."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DETECTORS":
            return ast.literal_eval(node.value)
    raise LookupError("the source distribution has no table DETECTORS any more")


def our_cases() -> Iterable[Case]:
    """Our samples that name a recipient."""
    for path in sorted(SAMPLES.glob("*.eml")):
        line, _, octets = path.read_bytes().partition(b"\n")
        kind, recipients = line.decode("utf-8").split()[1:3]
        if recipients != "-" and kind != "delivered":
            yield Case(path.stem, octets, frozenset(recipients.lower().split(",")), kind in SOFT)


def without_status(octets: bytes) -> bytes:
    """*octets* with their status parts under a type that nobody reads."""
    return re.sub(rb"(?i)message/delivery-status", b"application/x-unreadable", octets)


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


if __name__ == "__main__":
    main()
