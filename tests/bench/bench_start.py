"""How long does the program take to start, for a person and for a shell's completion? Run it by hand.

Each figure is the best of several runs in turn, by the processor's time, beside ``python -c "import click"``.
Wanted: ``--help`` within 1.2, a completion and a small triplet within 2.0 of it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 15
CONFIG = 'state = "state.db"\n[clients.acme]\nendpoint = "file:///a"\n'


def completion(words: str, folder: str) -> dict[str, str]:
    """What a shell says to ask for the last of *words*."""
    place = str(len(words.split()) - 1)
    config = f"{folder}/mpftp.toml"
    return {
        "COMP_WORDS": words,
        "COMP_CWORD": place,
        "_MPFTP_COMPLETE": "bash_complete",
        "MPFTP_CONFIG": config,
    }


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """The processor's time that *command* took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print every start as a ratio to importing click (compiled files in place)."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    mpftp = [sys.executable, "-m", "mpftp"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mpftp.toml").write_text(CONFIG)
        subprocess.run([*mpftp, "init", "--state-only", "--config", f"{folder}/mpftp.toml"], check=True)
        commands = {
            "import click": ([sys.executable, "-c", "import click"], plain),
            "mpftp --help": ([*mpftp, "--help"], plain),
            "mpftp validate (small)": ([*mpftp, "validate", str(ROOT / "examples/triplets/correct")], plain),
        }
        for words in ("mpftp collect --client a", "mpftp campaign show P", "mpftp validate --explain A"):
            program = str(Path(sys.executable).with_name("mpftp"))
            commands[f"{words}<TAB>"] = [program], plain | completion(words, folder)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, (command, environment) in commands.items():
                times[name].append(seconds(command, environment))
    base = min(times["import click"])
    for name, runs in times.items():
        print(f"{name:32} {min(runs) * 1000:4.0f} ms, ratio {min(runs) / base:.2f}")


if __name__ == "__main__":
    main()
