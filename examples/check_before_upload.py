"""Check a folder of triplets from a program of your own, before it uploads them.

python examples/check_before_upload.py examples/triplets/mail-bad-addresses
"""

import sys

from mpftp import message, remedy, validate_triplet

report = validate_triplet(*sys.argv[1:])
for finding in report:
    place = f"{finding.file}:{finding.line}:{finding.column}" if finding.line else finding.file
    print(f"{place}: {finding.rule}: {message(finding, 'pt_BR')}. {remedy(finding, 'pt_BR')}")
if report.refused:
    sys.exit("Nothing was uploaded: the triplet would be refused.")
