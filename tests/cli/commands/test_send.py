"""``mpftp send`` as its users start it."""

import subprocess
import sys


def test_a_run_with_nothing_to_send_costs_no_heavy_import(host):
    heavy = {"bs4", "cryptography", "mpftp.adapters.smtp", "mpftp.adapters.store.overview", "rich"}
    heavy |= {"mpftp.adapters.store.link_values", "mpftp.domain.triplets.mail"}
    probe = f"import atexit, sys; atexit.register(lambda: print(sorted({heavy} & set(sys.modules))))"
    script = f"{probe}; from mpftp.cli import main; main()"
    command = [sys.executable, "-c", script, "send", "--config", str(host.folder / "mpftp.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr
