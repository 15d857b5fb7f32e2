"""``mpftp collect`` over many clients, as a ratio to ``curl`` fetching the same one client after another.

    python tests/bench/bench_collect.py [--clients 300] [--login-ms 200]

One process serves all clients from memory and takes its time over each login. Prints seconds, the ratio
to curl at its fastest (the target is at most 0.10), and the control commands a file beyond login, counted
by the server. Beside it stands the floor: the ratio of the same dialogue by bare ``ftplib`` in as many
threads, with nothing checked and nothing kept; what is above it is the price of all that collect does.
"""

from __future__ import annotations

import argparse
import asyncio
import ftplib
import multiprocessing
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

FILES = {
    "CONF": b"assunto;remetente_email;pasta\r\nPromo;loja@exemplo.com.br;Marco\r\n",
    "HTML": b'<html><head><title>P</title></head><body><p>Oi {{nome}} <a href="https://exemplo.com.br/">veja</a>'
    b' <a href="{{descadastro}}">sair</a></p></body></html>\r\n',
    "MAIL": b"email;nome\r\n"
    + b"".join(b"pessoa%d@exemplo.com.br;Pessoa %d\r\n" % (n, n) for n in range(20)),
}
CONNECTIONS = 16  # as many as collect has when the configuration does not say
LOGIN = {"AUTH", "USER", "PASS", "OPTS", "QUIT"}


class Session:
    """One control connection."""

    def __init__(self, reader, writer, login_seconds, counts):
        self.reader, self.writer = reader, writer
        self.login_seconds, self.counts = login_seconds, counts
        self.data = None

    async def talk(self):
        self.say("220 ready")
        while line := await self.reader.readline():
            verb, _, argument = line.decode().strip().partition(" ")
            self.counts[verb.upper()] += 1
            answer = getattr(self, f"do_{verb.lower()}", None)
            if answer is None:
                self.say("500 what?")
            else:
                await answer(argument)
            await self.writer.drain()

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n")

    async def do_user(self, argument):
        self.say("331 more")

    async def do_pass(self, argument):
        await asyncio.sleep(self.login_seconds)
        self.say("230 in")

    async def do_type(self, argument):
        self.say("200 ok")

    do_opts = do_type

    async def do_pwd(self, argument):
        self.say('257 "/"')

    async def do_cwd(self, argument):
        self.say("250 ok")

    async def do_quit(self, argument):
        self.say("221 bye")

    async def do_size(self, argument):
        self.say(f"213 {len(FILES[argument.split('_')[1]])}")

    async def do_mdtm(self, argument):
        self.say("213 20260101000000")

    async def _listen(self):
        arrived = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(lambda *pair: arrived.set_result(pair), "127.0.0.1", 0)
        self.data = arrived, server
        return server.sockets[0].getsockname()[1]

    async def do_pasv(self, argument):
        port = await self._listen()
        self.say(f"227 go (127,0,0,1,{port // 256},{port % 256})")

    async def do_epsv(self, argument):
        self.say(f"229 go (|||{await self._listen()}|)")

    async def _send(self, data):
        self.say("150 coming")
        arrived, server = self.data
        _, writer = await arrived
        writer.write(data)
        writer.close()
        server.close()
        self.say("226 done")

    async def do_mlsd(self, argument):
        fact = "type=file;size={};modify=20260101000000; Promo_{}_20260301\r\n"
        await self._send("".join(fact.format(len(data), kind) for kind, data in FILES.items()).encode())

    async def do_retr(self, argument):
        await self._send(FILES[argument.split("_")[1]])


def serve(pipe, login_seconds):
    """Serve in a process of its own until told to end; then tell the counts."""
    counts = Counter()

    async def main():
        server = await asyncio.start_server(
            lambda reader, writer: Session(reader, writer, login_seconds, counts).talk(), "127.0.0.1", 0
        )
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            request = await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
            pipe.send(dict(counts))
            counts.clear()
            if request == "end":
                return

    asyncio.run(main())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--login-ms", type=float, default=200)
    parser.add_argument("--curl-clients", type=int, default=60, help="measure curl on so many, and scale")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs, options.login_ms / 1000), daemon=True)
    process.start()
    port = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        curl = curl_seconds(port, min(options.curl_clients, options.clients), Path(folder))
        ours.send("counts")
        print(f"curl's commands: {ours.recv()}")
        floor = floor_seconds(port, options.clients)
        ours.send("counts")
        print(f"the floor's commands: {ours.recv()}")
        seconds = collect_seconds(port, options.clients, Path(folder))
    ours.send("end")
    counts = ours.recv()
    beyond = sum(number for verb, number in counts.items() if verb not in LOGIN)
    for name, each in [("sum of curl", statistics.mean(curl)), ("curl at its fastest", min(curl))]:
        total = each * options.clients
        print(f"{name}: {total:.1f} s; mpftp collect: {seconds:.1f} s; ratio {seconds / total:.3f}")
        print(f"  the floor: {floor:.1f} s; ratio {floor / total:.3f}")
    print(f"control commands beyond login: {beyond / options.clients / 3:.2f} a file ({counts})")


def curl_seconds(port, clients, folder):
    """Seconds for each of *clients*, three files on one connection.

    Some versions of curl sleep for a second between two files of a connection: look at the fastest, too.
    """
    urls = [f"ftp://127.0.0.1:{port}/Promo_{kind}_20260301" for kind in FILES]
    command = [
        "curl",
        "-s",
        "--disable-epsv",
        "--user",
        "u:p",
        *(part for url in urls for part in ("-O", url)),
    ]
    times = []
    for _ in range(clients):
        started = time.perf_counter()
        subprocess.run(command, check=True, cwd=folder)
        times.append(time.perf_counter() - started)
    return times


def floor_seconds(port, clients):
    """Seconds for the dialogue of all visits by the standard library alone."""

    def fetch(server, command):
        with server.transfercmd(command) as data:
            while data.recv(8192):
                pass
        server.voidresp()

    def visit(_):
        server = ftplib.FTP()
        server.connect("127.0.0.1", port)
        with suppress(ftplib.error_perm):
            server.sendcmd("AUTH TLS")
        server.login("u", "p")
        server.voidcmd("TYPE I")
        fetch(server, "MLSD")
        for kind in FILES:
            fetch(server, f"RETR Promo_{kind}_20260301")
        fetch(server, "MLSD")
        server.quit()

    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(visit, range(clients)))
    return time.perf_counter() - started


def collect_seconds(port, clients, folder):
    """Seconds for the installed command over all clients, the campaigns in the state included."""
    login = f'endpoint = "ftp://127.0.0.1:{port}"\nuser = "u"\npassword = "p"\nsettle_seconds = 0\n'
    tables = "".join(f"[clients.c{number}]\n{login}" for number in range(clients))
    config = folder / "mpftp.toml"
    config.write_text(f'state = "{folder}/state.db"\n{tables}')
    config.chmod(0o600)
    program = str(Path(sys.executable).with_name("mpftp"))
    subprocess.run([program, "init", "--state-only", "--config", str(config)], check=True)
    command = [program, "collect", "--config", str(config)]
    started = time.perf_counter()
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - started
    made = sqlite3.connect(folder / "state.db").execute("SELECT count(*) FROM campaign").fetchone()[0]
    assert made == clients, f"{made} campaigns of {clients}"
    return seconds


if __name__ == "__main__":
    main()
