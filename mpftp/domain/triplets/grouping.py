"""A directory's names as triplets, and what is wrong with the names that are none."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from mpftp.domain.file_names import (
    FORBIDDEN_CHARACTERS,
    INPUT_TYPES,
    LIST_TYPES,
    MAX_NAME_BYTES,
    NAME_PATTERN,
    OUTPUT_TYPES,
    UPLOAD_BY_RENAME,
    AnswerType,
    FileName,
    InputType,
    ListType,
    ResultType,
    TripletKey,
    UploadPolicy,
    is_calendar_date,
    is_safe_name,
    normalize_name,
    parse_file_name,
)
from mpftp.domain.nearest import find_nearest
from mpftp.domain.triplets.findings import Finding
from mpftp.domain.triplets.intended_names import (
    COPY_PREFIX,
    COPY_SUFFIX,
    EXTENSION,
    IntendedName,
    parse_intended_name,
    turn_date,
)


@dataclass(slots=True)
class GroupedFiles:
    """A directory's names as triplets, and *lists*: the names of suppression files by their keys.

    *complete* triplets have all three files; *incomplete* ones lack some (``SET001`` is among their
    findings), or a name's error keeps them from being one. Both map type -> bare name. *findings* are
    about names, by the key of the triplet they spoil, or under ``None``: those concern no triplet, with any
    severity.
    """

    complete: dict[TripletKey, dict[InputType, str]] = field(default_factory=dict)
    incomplete: dict[TripletKey, dict[InputType, str]] = field(default_factory=dict)
    findings: dict[TripletKey | None, list[Finding]] = field(default_factory=dict)
    lists: dict[TripletKey, str] = field(default_factory=dict)

    def add(self, key: TripletKey | None, finding: Finding) -> None:
        """Note *finding* as one about the triplet *key*."""
        self.findings.setdefault(key, []).append(finding)


TEMPORARY_RULE = "NAME009"

# Only odd names need these, so they are compiled when they are first used.
_TEMPORARY = r"(?i)^[.~]|~$|\.(part|filepart|tmp|temp|partial|crdownload|swp|upload|!ut)$"
_LIKELY_NAME = r"(?is)(.*?)([_\- .]|^)(conf|html|mail)([_\- .])([0-9][0-9./-]*)"
_THREE_PARTS = r"(?s)(.*)_([^_]+)_([0-9]{6,8})"


def check_name(name: str) -> list[Finding]:
    """What is wrong with one bare file name; empty for a good input, result or answer name."""
    good = parse_file_name(name)
    if good is not None:
        return _check_name_style(name) if isinstance(good.kind, InputType) else []
    if re.search(_TEMPORARY, name):
        return [Finding(TEMPORARY_RULE, name)]
    return check_final_name(name)


def check_final_name(name: str) -> list[Finding]:
    """What is wrong with a *name* that is not good, as one under which its upload has ended."""
    intended = parse_intended_name(name)
    stripped, findings = _without_decoration(name)
    problem = _check_shape(name, stripped, intended)
    if problem is None and not findings and intended is not None and intended.kind:
        problem = _at("NAME016", name, 0, len(name), wanted=_intended_file(name))
    if problem is not None:
        findings.append(problem)
    right_name = intended.right_name if intended else ""
    return [_with_right_name(finding, right_name) for finding in findings] or [Finding("NAME010", name)]


def _with_right_name(finding: Finding, right_name: str) -> Finding:
    """*finding* with the whole name to use instead, as far as it can be told."""
    if not right_name:
        return finding
    value = "wanted" if "wanted" in finding.values else "nearest"
    return finding._replace(values={**finding.values, value: right_name})


def _check_name_style(name: str) -> list[Finding]:
    match = re.search(r"[^A-Za-z0-9_.\-]", name)
    if match is None:
        return []
    return [Finding("NAME013", name, None, match.start() + 1, name)]


def _without_decoration(name: str) -> tuple[str, list[Finding]]:
    """*name* without a copy's mark and extension, and what to say about those."""
    stripped, findings = name, []
    extension = re.search(EXTENSION, stripped)
    if extension and _is_likely_name(stripped[: extension.start()]):
        stripped = stripped[: extension.start()]
        findings.append(_at("NAME003", name, extension.start(), extension=extension.group(), wanted=stripped))
    copy_match = re.search(COPY_SUFFIX, stripped) or re.search(COPY_PREFIX, stripped)
    if copy_match and _is_likely_name(_cut(stripped, copy_match)):
        stripped = _cut(stripped, copy_match)
        findings.append(
            _at("NAME014", name, copy_match.start(), mark=copy_match.group().strip(), wanted=stripped)
        )
    return stripped, findings


def _cut(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + text[match.end() :]


def _is_likely_name(name: str) -> bool:
    plain = re.sub(COPY_PREFIX, "", re.sub(COPY_SUFFIX, "", name))
    return bool(re.fullmatch(_LIKELY_NAME, plain) or re.fullmatch(_THREE_PARTS, plain))


def _at(rule: str, name: str, index: int, width: int = 1, **values: str) -> Finding:
    return Finding(rule, name, None, index + 1, name, width, values)


def _check_shape(name: str, stripped: str, intended: IntendedName | None) -> Finding | None:
    """The first problem of *name*, *stripped* of its decoration; ``None`` if well formed or foreign."""
    match = re.fullmatch(_LIKELY_NAME, stripped)
    if intended is not None and not intended.in_order:
        return _at("NAME016", name, 0, len(name), wanted=_intended_file(name))
    if intended is not None and intended.suffix:
        index = name.rfind(intended.suffix)
        values = {"suffix": intended.suffix, "wanted": _intended_file(name)}
        return _at("NAME015", name, max(index, 0), len(intended.suffix), **values)
    if match is None:
        parts = re.fullmatch(_THREE_PARTS, stripped)
        return _check_type(name, *parts.groups()) if parts else None
    stem, before, kind, after, day = match.groups()
    if not stem:
        return Finding("NAME007", name, None, 1, name)
    if before != "_" or after != "_":
        return _wrong_separator(name, match)
    if kind != kind.upper():
        suggestion = f"{stem}_{kind.upper()}_{day}"
        return _at("NAME002", name, match.start(3), len(kind), type=kind, wanted=suggestion)
    return _find_date_error(name, day, match.start(5)) or _find_stem_error(name, stem, f"_{kind}_{day}")


def _wrong_separator(name: str, match: re.Match[str]) -> Finding:
    stem, before, kind, _, day = match.groups()
    group = 2 if before != "_" else 4
    intended = f"{stem}_{kind.upper()}_{day}"
    return _at("NAME011", name, match.start(group), separator=match[group], wanted=intended)


def _check_type(name: str, stem: str, kind: str, day: str) -> Finding | None:
    """What is wrong with a name of three parts whose type is none of a triplet's."""
    if kind in OUTPUT_TYPES:
        return None
    at = len(stem) + 1
    if kind in LIST_TYPES:
        return _find_date_error(name, day, at + len(kind) + 1) or _find_stem_error(
            name, stem, f"_{kind}_{day}"
        )
    if kind.upper() in LIST_TYPES:
        intended = f"{stem}_{kind.upper()}_{day}"
        return _at("NAME002", name, at, len(kind), type=kind, wanted=intended)
    return _at(
        "NAME001",
        name,
        at,
        len(kind),
        type=kind,
        nearest_type=find_nearest(kind, (*INPUT_TYPES, *LIST_TYPES), least=0.5) or "",
    )


def _find_date_error(name: str, day: str, index: int) -> Finding | None:
    if is_calendar_date(day):
        return None
    if not re.fullmatch(r"[0-9]{8}", day):
        return _at("NAME004", name, index, len(day), date=day)
    turned = turn_date(day)
    if is_calendar_date(turned):
        return _at("NAME006", name, index, 8, date=day, wanted=turned)
    return _at("NAME005", name, index, 8, date=day)


def _find_stem_error(name: str, stem: str, remainder: str) -> Finding | None:
    size = len(stem.encode("utf-8", "surrogatepass"))
    if size > MAX_NAME_BYTES:
        return Finding("NAME012", name, values={"bytes": str(size), "limit": str(MAX_NAME_BYTES)})
    malformed = FORBIDDEN_CHARACTERS.search(stem) or re.search(r"^[\s.~]|\s$", stem)
    if malformed is None:
        return None
    intended = FORBIDDEN_CHARACTERS.sub("", stem).strip().lstrip(".~") + remainder
    return _at(
        "NAME008", name, malformed.start(), character=ascii(malformed.group()).strip("'"), wanted=intended
    )


def group_files(names: Iterable[str], upload: UploadPolicy = UPLOAD_BY_RENAME) -> GroupedFiles:
    """Sort a directory's bare *names* into triplets, with everything that is wrong about them.

    What a cut run of ours left there, under a name as *upload* has it, is no upload.
    """
    listing = GroupedFiles()
    groups: dict[TripletKey, dict[InputType, str]] = {}
    results: dict[TripletKey, str] = {}
    malformed: list[str] = []
    for name in sorted(set(names)):
        known = parse_file_name(name) or _undated(name)
        if known is None:
            if not _is_own_partial_file(name, upload):
                malformed.append(name)
        elif isinstance(known.kind, InputType):
            twin = groups.setdefault(known.key, {}).setdefault(known.kind, name)
            if twin != name:
                listing.add(known.key, Finding("SET010", name, values={"other": twin}))
            for finding in check_name(name):
                listing.add(known.key, finding)
        elif isinstance(known.kind, ListType):
            listing.lists.setdefault(known.key, name)
        elif isinstance(known.kind, ResultType) or known.kind in (AnswerType.RECIBO, AnswerType.SITUACAO):
            results.setdefault(known.key, name)
    _split_by_completeness(
        listing, groups, results, {right for name in malformed if (right := _intended_file(name))}
    )
    by_folded = {(key.name.casefold(), key.date): key for key in reversed(groups)}  # the first one stays
    for name in malformed:
        _assign_bad_name(listing, by_folded, name)
    return listing


def _is_own_partial_file(name: str, upload: UploadPolicy) -> bool:
    final = parse_file_name(upload.find_final_name(name))
    return final is not None and isinstance(final.kind, (ResultType, AnswerType))


def _undated(name: str) -> FileName | None:
    """The meaning of *name* if its date is not in the calendar and all else is well.

    Such files are a triplet, never a complete one, so that their client can be told.
    """
    shape = NAME_PATTERN.fullmatch(normalize_name(name))
    if shape is None or shape[2] not in INPUT_TYPES or not is_safe_name(shape[1]):
        return None
    if is_calendar_date(shape[3]) or is_calendar_date(turn_date(shape[3])):
        return None
    return FileName(TripletKey(shape[1], shape[3]), INPUT_TYPES[shape[2]])


def _intended_file(name: str) -> str:
    """The good name that the bad *name* was most likely meant for, ``""`` if that cannot be told."""
    intended = parse_intended_name(name)
    return intended.key.file(intended.kind) if intended and intended.kind else ""


def _split_by_completeness(
    listing: GroupedFiles,
    groups: dict[TripletKey, dict[InputType, str]],
    results: dict[TripletKey, str],
    misnamed: Collection[str],
) -> None:
    """Tell complete triplets from incomplete ones, and say what each lacks that no *misnamed* file is."""
    for key, files in groups.items():
        complete = len(files) == 3 and is_calendar_date(key.date)
        (listing.complete if complete else listing.incomplete)[key] = files
        if key in results:
            listing.add(key, Finding("SET006", next(iter(files.values())), values={"other": results[key]}))
    by_parts: dict[str, dict[frozenset[InputType], list[TripletKey]]] = {}
    for key, files in listing.incomplete.items():
        by_parts.setdefault(key.name.casefold(), {}).setdefault(frozenset(files), []).append(key)
    for key, files in listing.incomplete.items():
        for kind in InputType:
            if kind not in files and key.file(kind) not in misnamed:
                first = next(iter(files.values()))
                listing.add(key, Finding("SET001", first, values={"missing": key.file(kind)}))
        alike = by_parts[key.name.casefold()].items()
        _add_neighbour(listing, key, files, [keys for parts, keys in alike if parts.isdisjoint(files)])


def _add_neighbour(
    listing: GroupedFiles, key: TripletKey, files: Mapping[InputType, str], others: list[list[TripletKey]]
) -> None:
    """Name the incomplete triplet, one of the *others* of about this name, that holds the missing part."""
    for other in itertools.chain.from_iterable(others):
        rule = ""
        if other.date == key.date:
            rule = "SET002"
        elif other.name == key.name:
            rule = "SET004"
        if rule:
            name, neighbour = next(iter(files.values())), next(iter(listing.incomplete[other].values()))
            listing.add(key, Finding(rule, name, values={"other": neighbour}))
            return


def _assign_bad_name(
    listing: GroupedFiles, by_folded: Mapping[tuple[str, str], TripletKey], name: str
) -> None:
    """Put the findings of a bad *name* to the triplet it was meant for; a fourth file spoils it."""
    findings = check_name(name)
    key = _intended_key(name, by_folded)
    for finding in findings:
        listing.add(key, finding)
    if key in listing.complete and findings[0].rule != TEMPORARY_RULE:
        values = {"name": key.name, "date": key.date}
        listing.add(key, Finding("SET003", name, values=values))


def _intended_key(name: str, by_folded: Mapping[tuple[str, str], TripletKey]) -> TripletKey | None:
    """The triplet that *name* was most likely meant for; *by_folded* has those there are."""
    intended = parse_intended_name(name)
    if intended is None:
        return None
    return by_folded.get((intended.key.name.casefold(), intended.key.date))
