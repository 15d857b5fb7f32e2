# Completion of mpftp for fish: read at the first Tab.
_MPFTP_COMPLETE=fish_source mpftp | source
