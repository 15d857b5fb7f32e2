"""How ``mpftp validate`` shows what it found: one module a format, each a function of the report."""
