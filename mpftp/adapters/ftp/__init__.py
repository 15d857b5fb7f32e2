"""FTP and FTPS: the only place that knows ftplib and ftputil."""

from mpftp.adapters.ftp.endpoint import FtpEndpoint
from mpftp.adapters.ftp.session import FtpSettings

__all__ = ["FtpEndpoint", "FtpSettings"]
