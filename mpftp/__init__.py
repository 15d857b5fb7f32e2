"""mpftp: e-mail campaigns that clients hand over by FTP."""

from mpftp.version import __version__

__all__ = ["__version__"]
