"""The operator's own command for troubles: a pager, a chat, a health check."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from mpftp.errors import MpftpError

HOOK_SECONDS = 30.0
"""How long the command may take; a trouble is no reason for the next run to wait."""


def run_trouble_hook(command: Sequence[str], trouble: Mapping[str, Any]) -> None:
    """Run *command* with *trouble* as one JSON object on its standard input.

    Raises ``MpftpError`` when it cannot be started, fails, or takes too long.
    """
    text = json.dumps(trouble, ensure_ascii=False) + "\n"
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command
            list(command),
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=HOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failed(command, f"took longer than {HOOK_SECONDS:g} s") from None
    except OSError as error:
        raise _failed(command, error.strerror or str(error)) from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed(command, f"ended with {done.returncode}{': ' + lines[-1][:200] if lines else ''}")


def _failed(command: Sequence[str], reason: str) -> MpftpError:
    return MpftpError(
        f"on_trouble: {command[0]} {reason}",
        hint="`on_trouble` in the configuration names it",
        topic="on_trouble",
    )
