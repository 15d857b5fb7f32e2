"""``python -m mpftp``: the same as the ``mpftp`` command."""

from mpftp.cli import main

main()
