"""FTP and FTPS: the only place that knows ftplib and ftputil."""

import warnings

with warnings.catch_warnings():
    # ftputil announces at import that its default encoding will change; ours is always set explicitly.
    warnings.filterwarnings("ignore", message="In ftputil 6", category=DeprecationWarning)
    import ftputil  # noqa: F401

from mpftp.adapters.ftp.connection_steps import connection_steps
from mpftp.adapters.ftp.endpoint import FtpEndpoint
from mpftp.adapters.ftp.settings import FtpSettings, Security

__all__ = ["FtpEndpoint", "FtpSettings", "Security", "connection_steps"]
