"""What letters beyond ASCII became before a file came here, as patterns from there to the end of the line.

They are strings, compiled by who searches for one: most files need none of them.
"""

from __future__ import annotations

MOJIBAKE_UTF8 = (
    rb"\xc3(?:[\x82\x83](?:\xc2[\x80-\xbf]|\xe2(?:\x80[\x90-\xbf]|\x82\xac|\x84\xa2)"
    rb"|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c])"
    rb"|\xa2(?:\xe2\x82\xac|\xc2\x80|(?:\xe2\x80\x9a|\xc2\x82)\xc2\xac|(?:\xe2\x80\x9e|\xc2\x84)\xc2\xa2)"
    rb"|\x85(?:\xe2\x80\x9c|\xc2[\x92\x93])(?=[a-z]))[^\n]*"
)
BYTES_OF_MOJIBAKE_UTF8 = b"\xc2\xc5\xc6\xcb\xe2"
"""One of these a text must hold to be searched for it; most names have none."""

MOJIBAKE_OTHER = (
    rb"(?:(?:\xe2\x94\x9c|\xe2\x88\x9a)(?:[\xc2\xc3][\x80-\xbf]|\xe2\x8c\x90|\xe2\x89\xa5)"
    rb"|(?<=[A-Za-z])\xe2\x94\x9c\xe2[\x94-\x96]|\xe2\x94\x9c(?!\xe2\x94\x80)\xe2[\x94-\x96][\x80-\xbf][a-z]"
    rb"|\xe2\x88\x9a\xe2(?:\x80\xa0|\x84\xa2|\x88[\x82\xab]|\x89\xa0)"
    rb"|\xc3\x94(?:\xc3\x87|\xc3\xa9\xc2\xbc)|\xce\x93(?:\xc3\x87|\xc3\xa9\xc2\xbc)"
    rb"|\xe2\x80\x9a\xc3(?:\x84(?:\xc3[\xac\xae\xb2\xb4\xb9\xba]|\xc2[\xa2\xb6])|\x87\xc2\xa8)"
    rb"|(?<=[Nn])(?:\xe2\x94\xac\xe2\x95\x91|\xc2\xac\xe2\x88\xab)|\xc3\xaf\xc2\xbb\xc2\xbf)[^\n]*"
)
"""UTF-8 that was read as text of DOS or Macintosh (``S├úo``, ``S√£o``, ``ÔÇô``), or its byte order mark."""

SIGNS_OF_OTHER = {
    b"\xe2": rb"\xe2(?:[\x94\x88]|\x80\x9a\xc3)",
    b"\x94": rb"\xc3\x94\xc3",
    b"\x93": rb"\xce\x93\xc3",
    b"\xaf": rb"\xc3\xaf\xc2\xbb",
}
"""What a text must hold to be searched for ``MOJIBAKE_OTHER``, by a byte that is rare in other texts."""

SIGN_OF_1252 = rb"\xc2[\x80-\x9f][^\n]*"
"""A dash or an apostrophe of Windows-1252, read as ISO-8859-1: a control character now."""

DOS_LETTER_BYTES = b"\x82\x84\x87\x88\x89\x8b"
LETTER_OF_DOS = rb"[%b](?<=[A-Za-z][\x82-\x8b])(?=[A-Za-z\x80-\xff])[^\n]*" % DOS_LETTER_BYTES
"""A letter of DOS, as ç, in a text that is Windows-1252 otherwise: a sign between letters there."""

MOJIBAKE_1252 = rb"\xc3[\x80-\xbf][^\n]*|\xc2[\xa0-\xbf][^\n]*"
"""UTF-8 in a text that is read as Windows-1252."""

LOST_LETTER = (
    rb"\?(?:(?<=[A-Za-z\x80-\xff]\?)\?{0,9}+(?=[a-z\x80-\xff])|(?<=[A-Z]\?)\?{0,9}+(?=[A-Z]))"
    rb"[A-Za-z\x80-\xff?]{1,60}+(?<!\?)(?![\w\x80-\xff?=&/%#:@.+-])[^\n]*"
)
"""A word with ``?`` inside, which programs write for a letter that their code page lacks; no address."""

_ENTITY = (
    rb"&(?=[#A-Za-z][0-9A-Za-z]{1,6}+;)(?:#[0-9]{2,5}|#x[0-9A-Fa-f]{2,4}|amp|quot|apos|lt|gt|nbsp|ord[mf]"
    rb"|[A-Za-z](?:acute|grave|circ|tilde|uml|cedil));"
)
_JSON_LETTER = rb"\\u00[0-9A-Fa-f]{2}"
_HEADER_LETTER = rb"=(?:\?[\w-]+\?[QqBb]\?|C3=[89ABab][0-9A-Fa-f])"
CODED_LETTER = rb"(?:%b|%b|%b)[^\n]*" % (_ENTITY, _JSON_LETTER, _HEADER_LETTER)
"""A letter in the spelling of HTML, JSON or mail headers (``&atilde;``, ``\\u00e3``, ``=?UTF-8?Q?``)."""

SIGNS_OF_CODE = {b"&": _ENTITY, b"\\": _JSON_LETTER, b"=": _HEADER_LETTER}
"""Its spellings by their first byte: looking for one at a time takes a tenth of the time."""
