"""A MAIL of a gigabyte from a real server into the state: seconds and peak memory.

    python tests/bench/bench_big_file.py [--megabytes 1000]

pyftpdlib serves; the yardstick is ``curl`` fetching the same three files in the same run. Memory is
that of the whole ``mpftp collect`` process: it must not grow with the file.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
authorizer = DummyAuthorizer()
authorizer.add_user("u", "p", sys.argv[1], perm="elradfmwMT")
FTPHandler.authorizer = authorizer
server = FTPServer(("127.0.0.1", 0), FTPHandler)
print(server.address[1], flush=True)
server.serve_forever()
"""
FILLER = "x" * 400


def write_triplet(folder: Path, megabytes: int) -> int:
    """Lay the triplet; return the number of contacts."""
    (folder / "Grande_CONF_20260301").write_text("assunto;remetente_email;pasta\nOi;loja@exemplo.com.br;P\n")
    (folder / "Grande_HTML_20260301").write_text(
        '<html><body><p>Oi {{nome}} <a href="{{descadastro}}">sair</a></p></body></html>'
    )
    number = 0
    with (folder / "Grande_MAIL_20260301").open("w") as mail:
        mail.write("email;nome;livre1\n")
        while mail.tell() < megabytes * 1_000_000:
            mail.writelines(
                f"p{n}@exemplo.com.br;Pessoa {n};{FILLER}\n" for n in range(number, number + 10_000)
            )
            number += 10_000
    for path in folder.iterdir():
        os.utime(path, (time.time() - 3600,) * 2)
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "remote").mkdir()
        contacts = write_triplet(folder / "remote", options.megabytes)
        server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVER, str(folder / "remote")],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            curl = timed(["curl", "-s", "--user", "u:p", "-o", str(folder / "copy"),
                          f"ftp://127.0.0.1:{port}/Grande_MAIL_20260301"])  # fmt: skip
            (folder / "copy").unlink()
            config = folder / "mpftp.toml"
            config.write_text(
                f'state = "{folder}/state.db"\n[clients.a]\nendpoint = "ftp://127.0.0.1:{port}"\n'
                'user = "u"\npassword = "p"\nsettle_seconds = 0\n'
            )
            config.chmod(0o600)
            program = str(Path(sys.executable).with_name("mpftp"))
            subprocess.run([program, "init", "--state-only", "--config", str(config)], check=True)
            seconds = timed([program, "collect", "--config", str(config)])
        finally:
            server.kill()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{options.megabytes} MB, {contacts} contacts: curl {curl:.1f} s, mpftp collect {seconds:.1f} s")
    print(f"peak memory of any process: {peak:.0f} MB")


def timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
