"""A password that no log may hold, and how to look for it."""

from __future__ import annotations

from base64 import b64encode

SECRET = "S3nh4-Muito-Boa"


def assert_no_secret(text: str) -> None:
    """No six characters in a row of ``SECRET`` stand in *text*, nor its base64 at any offset."""
    low = text.lower()
    for at in range(len(SECRET) - 5):
        assert SECRET[at : at + 6].lower() not in low
    for before in range(3):
        encoded = b64encode(b"x" * before + SECRET.encode()).decode()
        assert encoded[4:16].lower() not in low
