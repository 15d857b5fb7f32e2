"""mpftp: e-mail campaigns that clients hand over by FTP.

A program of the client's own can check a triplet before it is uploaded::

    from mpftp import message, remedy, validate_triplet

    report = validate_triplet("outbox/2026-03-01")
    for finding in report:
        print(finding.file, finding.line, finding.rule, message(finding, "pt_BR"), remedy(finding, "pt_BR"))
    if report.refused:
        raise SystemExit("not uploaded")
"""

from typing import Any

from mpftp.version import __version__

_HOMES = {
    "validate_triplet": "mpftp.stages.validate",
    "message": "mpftp.domain.triplets.findings",
    "remedy": "mpftp.domain.triplets.findings",
}

__all__ = ["__version__", "message", "remedy", "validate_triplet"]


def __getattr__(name: str) -> Any:
    """Import what the interface offers when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
