"""Where delivery reports arrive: each kind of mailbox behind ``mpftp.domain.reports.mailbox.Mailbox``."""
