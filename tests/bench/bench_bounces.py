"""Score ``parse_report`` on flufl.bounce's own reports, beside flufl.bounce itself, and on our samples.

Run by hand: ``python tests/bench/bench_bounces.py``. The reports come from the source distribution on PyPI,
which pip downloads into a temporary folder; nothing of it is kept.

They are judged twice: by flufl.bounce's own table, which by its making it fits, and by the reports' own
words, see ``as_it_says``. Then the decision: who goes on the suppression list after this one message, of
flufl.bounce's reports (GONE says which speak of a mailbox that is no more, as we read them ourselves) and
of our labelled set.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email import message_from_bytes
from pathlib import Path

from mpftp.domain.bounces.report import ReportClass, parse_report

SOFT = (ReportClass.TRANSIENT, ReportClass.DELAY)
SAMPLES = Path(__file__).parents[1] / "domain" / "bounces" / "samples"

sys.path.insert(0, str(SAMPLES.parent))

from labelled import decided, labelled  # noqa: E402 - beside the tests, not installed

_GONE = (
    "bounce_02 dsn_10 dsn_12 dsn_13 dsn_14 dsn_15 dsn_16 exim_01 groupwise_01 groupwise_02 "
    "llnl_01 microsoft_01 microsoft_02 microsoft_04 postfix_01 qmail_03 qmail_04 qmail_05 "
    "simple_04 simple_05 simple_06 simple_08 simple_11 simple_12 simple_13 simple_15 "
    "simple_19 simple_23 simple_25 simple_26 simple_27 simple_29 simple_30 simple_32 "
    "simple_33 simple_34 simple_36 simple_37 simple_39 simple_41 smtp32_03 smtp32_04 "
    "smtp32_05 smtp32_06 smtp32_07 yahoo_03 yahoo_05 yahoo_06 yahoo_07 yahoo_08 yahoo_09 "
    "yahoo_10 yahoo_11 yahoo_13 yale_01 "
)
GONE = frozenset(_GONE.split())
"""Reports of flufl.bounce that say that the address is of no use any more."""

Reader = Callable[[bytes], tuple[set[str], bool]]
"""A message's content -> the recipients found, and whether the failure is soft."""


@dataclass(frozen=True)
class Case:
    """One report and what is known of it."""

    name: str
    content: bytes
    recipients: frozenset[str]
    soft: bool
    guessed: bool = False
    """The report writes none of *recipients*: one of them will do."""

    def count_found(self, found: set[str]) -> tuple[int, int]:
        """How many of the recipients were found, and how many were to be."""
        right = len(found & self.recipients)
        return (min(right, 1), 1) if self.guessed else (right, len(self.recipients))

    def is_exact(self, found: set[str]) -> bool:
        """Whether those recipients were found and no other."""
        return len(found) == 1 and found <= self.recipients if self.guessed else found == self.recipients


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        cases = flufl_cases(Path(folder))
        flufl = flufl_reader(Path(folder))
        print(f"{len(cases)} reports of flufl.bounce's source distribution, by its own expectations")
        show("flufl.bounce", cases, flufl)
        show("mpftp", cases, ours, verbose="-v" in sys.argv)
        said = [as_it_says(case) for case in cases]
        print("the same, by what each report says itself")
        show("flufl.bounce", said, flufl, verbose="-v" in sys.argv)
        show("mpftp", said, ours, verbose=True)
        bare = [replace(case, content=without_status(case.content)) for case in said]
        print("so judged, with the parts of RFC 3464 made unreadable")
        show("flufl.bounce", bare, flufl)
        show("mpftp", bare, ours)
    print("who is suppressed after this one message: flufl.bounce's reports, then our labelled set")
    gone = {case.name.removesuffix(".txt") for case in cases} & GONE
    show_decisions(
        (
            "gone" if case.name.removesuffix(".txt") in gone else "other",
            case.name,
            "bounce" if case.name.removesuffix(".txt") in gone else "none",
            case.content,
        )
        for case in cases
    )
    show_decisions((entry.group, entry.words, entry.wanted, entry.content) for entry in labelled())
    samples = list(our_cases())
    print(f"{len(samples)} reports of our own")
    show("flufl.bounce", samples, flufl)
    show("mpftp", samples, ours, verbose=True)


def show(name: str, cases: list[Case], read: Reader, *, verbose: bool = False) -> None:
    """Print the shares of recipients found, of reports with exactly those, and of hard or soft right."""
    found = exact = judged = wanted = 0
    started = time.perf_counter()
    for case in cases:
        recipients, soft = read(case.content)
        right, all_of_them = case.count_found(recipients)
        found += right
        wanted += all_of_them
        exact += case.is_exact(recipients)
        judged += bool(recipients) and soft == case.soft
        if verbose and not (case.is_exact(recipients) and soft == case.soft):
            print(f"    {case.name}: wanted {sorted(case.recipients)} soft={case.soft},"
                  f" found {sorted(recipients)} soft={soft}")  # fmt: skip
    seconds = time.perf_counter() - started
    print(
        f"  {name:14} recipients found {found / wanted:7.2%}  exactly those {exact / len(cases):7.2%}"
        f"  hard or soft right {judged / len(cases):7.2%}  {len(cases) / seconds:6.0f} reports/s"
    )


def show_decisions(entries: Iterable[tuple[str, str, str, bytes]]) -> None:
    """Print, by group, how many were decided right, wrongly suppressed, wrongly spared."""
    counts: dict[str, Counter[str]] = {}
    for group, words, wanted, content in entries:
        got = decided(content)
        verdict = "right" if got == wanted else "spared" if got == "none" else "suppressed"
        counts.setdefault(group, Counter())[verdict] += 1
        if got != wanted:
            print(f"    {group}: wanted {wanted}, got {got}: {words[:90]}")
    for group, found in sorted(counts.items()):
        print(
            f"  {group:10} right {found['right']:3} of {found.total():3}"
            f"  wrongly suppressed {found['suppressed']}  wrongly spared {found['spared']}"
        )


def as_it_says(case: Case) -> Case:
    """*case* judged by its own text: status codes of one class (RFC 3463, 3.1) decide hard or soft."""
    body = re.split(rb"\r?\n\r?\n", case.content, maxsplit=1)[-1]  # a header may hold a program's version
    classes = set(re.findall(rb"(?<![\d.])([45])\.\d{1,3}\.\d{1,3}(?![\d.])", body))
    soft = classes == {b"4"} if len(classes) == 1 else case.soft
    guessed = not any(address.encode() in case.content.lower() for address in case.recipients)
    return replace(case, soft=soft, guessed=guessed)


def ours(content: bytes) -> tuple[set[str], bool]:
    """What we find."""
    report = parse_report(content)
    named = {failure.recipient.lower() for failure in report.failures if failure.recipient}
    return named, report.report_class in SOFT


def flufl_reader(folder: Path) -> Reader:
    """flufl.bounce, installed into *folder*."""
    pip("install", "--target", str(folder / "lib"), "flufl.bounce")
    sys.path.insert(0, str(folder / "lib"))
    from flufl.bounce import all_failures

    def read(content: bytes) -> tuple[set[str], bool]:
        temporary, permanent = all_failures(message_from_bytes(content))
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
        line, _, content = path.read_bytes().partition(b"\n")
        kind, recipients = line.decode("utf-8").split()[1:3]
        if recipients != "-" and kind != "delivered":
            yield Case(path.stem, content, frozenset(recipients.lower().split(",")), kind in SOFT)


def without_status(content: bytes) -> bytes:
    """*content* with their status parts under a type that nobody reads."""
    return re.sub(rb"(?i)message/delivery-status", b"application/x-unreadable", content)


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


if __name__ == "__main__":
    main()
