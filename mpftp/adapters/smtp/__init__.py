"""SMTP, close to the wire: several connections, PIPELINING, rendering in several processes."""

from mpftp.adapters.smtp.relay import Relay
from mpftp.adapters.smtp.supervisor import SmtpTransport

__all__ = ["Relay", "SmtpTransport"]
