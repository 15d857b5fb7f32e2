"""Where delivery reports arrive: each kind of mailbox behind ``mpftp.domain.mailbox.Mailbox``."""

from mpftp.adapters.mailbox.maildir import Maildir

__all__ = ["Maildir"]
