"""Where delivery reports arrive: each kind of mailbox behind ``mpftp.domain.bounces.mailbox.Mailbox``."""
