"""The installed tracker as a process, and Debian's Chromium, spoken to over a pipe."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mpftp.adapters.event_log import log_files, read_batch
from mpftp.adapters.keys import load_signing_keys
from mpftp.domain.tokens import Signer, TokenKind

CONFIG = """
state = "state.db"
[clients.acme]
endpoint = "file:///srv/acme"
display_name = "Loja São João & Cia"
[clients.globex]
endpoint = "file:///srv/globex"
language = "en"
"""


@dataclass
class Served:
    """A running ``mpftp track`` and where it is."""

    process: subprocess.Popen[str]
    url: str
    signer: Signer
    folder: Path

    def address(self, kind: TokenKind, delivery: int, link: int = 0) -> str:
        door = {TokenKind.OPEN: "o", TokenKind.CLICK: "c", TokenKind.OPT_OUT: "u", TokenKind.WEB: "w"}[kind]
        return f"{self.url}/{door}/{self.signer.sign(kind, delivery, link)}"

    def events(self) -> list[Any]:
        files = log_files(self.folder / "spool" / "events")
        return [event for path in files for event in read_batch(path, 0).events]


@pytest.fixture
def serve(tmp_path):
    """A function that starts the tracker on the state file of this test; it is killed at the end."""
    (tmp_path / "mpftp.toml").write_text(CONFIG, "utf-8")
    signer = Signer(load_signing_keys(tmp_path / "tracking.keys"))
    with contextlib.ExitStack() as stack:

        def start() -> Served:
            process = subprocess.Popen(
                [sys.executable, "-m", "mpftp", "track", "--listen", "127.0.0.1:0", "--print-url"],
                env={**os.environ, "MPFTP_CONFIG": str(tmp_path / "mpftp.toml")},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return Served(process, process.stdout.readline().strip(), signer, tmp_path)

        yield start


class Browser:
    """One tab of a headless Chromium, by the DevTools protocol over its pipe."""

    def __init__(self, process: subprocess.Popen[bytes], out: Any, into: Any) -> None:
        self.process = process
        self._out, self._in = out, into
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self.requests: list[str] = []
        self._seen: list[str] = []

    def new_tab(self) -> None:
        """Forget all of the last test."""
        self._session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Accessibility", "Runtime"):
            self.call(f"{domain}.enable")
        self.requests.clear()

    def call(self, method: str, **params: Any) -> Any:
        """Send one command and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while (answer := self._receive()).get("id") != number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def _receive(self) -> Any:
        content = bytearray()
        while (byte := self._in.read(1)) != b"\0":
            assert byte, "the browser is gone"
            content += byte
        message = json.loads(content)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        self._seen.append(message.get("method", ""))
        return message

    def wait_for_load(self) -> None:
        """Return when the page that is coming has loaded."""
        while "Page.loadEventFired" not in self._seen:
            self._receive()
        self._seen.clear()

    def visit(self, url: str) -> None:
        """Go to *url* and wait until it has loaded."""
        self._seen.clear()
        self.call("Page.navigate", url=url)
        self.wait_for_load()

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press one key."""
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def screen(self, width: int, height: int, *, mobile: bool) -> None:
        """Pretend to be a telephone or a desk."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2,
                  mobile=mobile)  # fmt: skip

    def look(self, **features: str) -> None:
        """What the reader prefers, as ``prefers_color_scheme="dark"``; ``media="print"`` for paper."""
        media = features.pop("media", "")
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=media, features=wanted)

    def roles(self) -> list[tuple[str, str]]:
        """(role, name) of everything that a screen reader meets."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes
            if not node.get("ignored")
        ]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    """Debian's Chromium without a window. Only outside CI may it be missing."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("chromium is not installed (apt-get install chromium)")
    options = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
    options += f" --disable-background-networking --user-data-dir={tmp_path_factory.mktemp('chromium')}"
    options += " --remote-debugging-pipe --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        ["bash", "-c", f"exec {program} {options} 3<&{theirs_in} 4>&{theirs_out}"],
        pass_fds=(theirs_in, theirs_out),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    patience = threading.Timer(120, process.kill)  # a browser that hangs fails its tests
    with process, os.fdopen(ours_out, "wb") as out, os.fdopen(ours_in, "rb") as into:
        try:
            patience.start()
            yield Browser(process, out, into)
        finally:
            patience.cancel()
            process.kill()


@pytest.fixture
def browser(chromium) -> Browser:
    """A fresh tab."""
    chromium.new_tab()
    return chromium


CONTRAST = """
(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const ink = node.closest('svg') ? parse(style.fill) : parse(style.color);
    const [a, b] = [light(ink), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([walk.currentNode.data.trim(), ratio, parseFloat(style.fontSize)]);
  }
  return poor;
})()
"""


@pytest.fixture
def contrast():
    """JavaScript that lists the texts whose contrast is under 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    return CONTRAST
