"""A small IMAP server on loopback: enough of RFC 3501 for one client, with or without MOVE and UIDPLUS."""

from __future__ import annotations

import re
import socketserver
import threading
from base64 import b64decode
from dataclasses import dataclass, field

import pytest


@dataclass
class ImapBox:
    """What the server holds: folder -> {uid: (content, flags)}; *says* are the commands it received."""

    extensions: str = "MOVE UIDPLUS"
    folders: dict[str, dict[int, tuple[bytes, set[str]]]] = field(default_factory=lambda: {"INBOX": {}})
    says: list[str] = field(default_factory=list)
    port: int = 0
    next_uid: int = 1

    def put(self, content: bytes, folder: str = "INBOX") -> None:
        self.folders[folder][self.next_uid] = (content, set())
        self.next_uid += 1

    def url(self) -> str:
        return f"imap://127.0.0.1:{self.port}/INBOX"


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.box: ImapBox = self.server.box
        self.folder = "INBOX"
        self.say(f"* OK [CAPABILITY IMAP4rev1 {self.box.extensions}] ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            tag, _, rest = line.partition(" ")
            self.box.says.append(rest)
            words = re.findall(r'"[^"]*"|\([^)]*\)|\S+', rest)
            name = words.pop(0).upper()
            if name == "UID":
                name = f"uid_{words.pop(0)}"
            answer = getattr(self, f"do_{name.lower()}")([word.strip('"') for word in words])
            self.say(f"{tag} {answer or 'OK done'}")
            if name == "LOGOUT":
                return

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text if isinstance(text, bytes) else text.encode()) + b"\r\n")

    def do_capability(self, words):
        self.say(f"* CAPABILITY IMAP4rev1 {self.box.extensions}")

    def do_authenticate(self, words):
        self.say("+ ")
        said = b64decode(self.rfile.readline())
        return None if said == "\0bounces\0maçã".encode() else "NO [AUTHENTICATIONFAILED] wrong"

    def do_login(self, words):
        return None if words == ["bounces", "segredo"] else "NO [AUTHENTICATIONFAILED] wrong"

    def do_select(self, words):
        self.folder = words[0]
        self.say(f"* {len(self.box.folders[self.folder])} EXISTS")
        return "OK [READ-WRITE] selected"

    def do_list(self, words):
        for name in self.box.folders:
            if name == words[1]:
                self.say(f'* LIST (\\HasNoChildren) "/" "{name}"')

    def do_create(self, words):
        self.box.folders[words[0]] = {}

    def do_uid_search(self, words):
        here = self.box.folders[self.folder]
        kept = [str(uid) for uid, (_, flags) in here.items() if r"\Deleted" not in flags]
        self.say("* SEARCH " + " ".join(kept))

    def do_uid_fetch(self, words):
        uid = int(words[0])
        content, _ = self.box.folders[self.folder].get(uid, (b"", set()))
        limit = int(re.search(r"<0\.(\d+)>", words[1])[1])
        part = content[:limit]
        head = f"* 1 FETCH (UID {uid} RFC822.SIZE {len(content)} BODY[]<0> {{{len(part)}}}\r\n".encode()
        self.say(head + part + b")")

    def do_uid_store(self, words):
        _, flags = self.box.folders[self.folder][int(words[0])]
        flags.update(words[2].strip("()").split())

    def do_uid_copy(self, words):
        content, flags = self.box.folders[self.folder][int(words[0])]
        self.box.put(content, words[1])
        self.box.folders[words[1]][self.box.next_uid - 1][1].update(flags)

    def do_uid_move(self, words):
        self.do_uid_copy(words)
        del self.box.folders[self.folder][int(words[0])]

    def do_uid_expunge(self, words):
        self.do_expunge(words)

    def do_expunge(self, words):
        here = self.box.folders[self.folder]
        for uid in [uid for uid, (_, flags) in here.items() if r"\Deleted" in flags]:
            del here[uid]

    def do_logout(self, words):
        self.say("* BYE")


@pytest.fixture
def imap_box():
    """A running server and what it holds; the login is ``bounces``, ``segredo``."""
    box = ImapBox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        server.box = box
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()
