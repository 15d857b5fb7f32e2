"""The table of a profile: what a client's files call our fields, and how its results are written."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from mpftp.adapters.config.base import ConfigTable, Delimiter, EncodingName
from mpftp.domain.profile import CONF_FIELDS, DEFAULT_PROFILE, MAIL_FIELDS, RESULT_COLUMNS, Profile


class ProfileTable(ConfigTable):
    """A table of our field name -> the client's header, and how its results are written."""

    conf: dict[str, str] = Field(
        default_factory=dict, description=f'CONF: field = "header"; fields: {", ".join(CONF_FIELDS)}.'
    )
    mail: dict[str, str] = Field(
        default_factory=dict,
        description=f'MAIL: field = "header"; fields: {", ".join(MAIL_FIELDS[:12])}, livre1 to livre50.',
    )
    extra_columns: bool = Field(
        DEFAULT_PROFILE.extra_columns, description="Admit any further MAIL column, by its own name."
    )
    encoding: EncodingName | None = Field(
        None, description="Of input files without a byte order mark; absent: recognised."
    )
    delimiter: Delimiter | None = Field(None, description="Of the input files; absent: recognised.")
    merge_open: str = Field(
        DEFAULT_PROFILE.merge_open, min_length=1, description="What begins a merge field."
    )
    merge_close: str = Field(DEFAULT_PROFILE.merge_close, min_length=1, description="What ends one.")
    results: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="The columns of a result file in their order: [profiles.NAME.results.CLIQUE] with"
        ' email = "E-mail" and so on; mpftp-triplet(5) names files and columns.',
    )
    result_encoding: EncodingName = Field(
        DEFAULT_PROFILE.result_encoding, description="Of the result files; utf-8-sig has a BOM."
    )
    result_delimiter: Delimiter = Field(DEFAULT_PROFILE.result_delimiter, description="Of the result files.")
    result_line_end: Literal["\r\n", "\n"] = Field(
        DEFAULT_PROFILE.result_line_end, description="Of the result files."
    )
    returned_includes_unsent: bool = Field(
        DEFAULT_PROFILE.returned_includes_unsent, description="RETORNADO has those to whom nothing went."
    )
    count_marked: bool = Field(
        DEFAULT_PROFILE.count_marked, description="Leave machines' opens and clicks in the results."
    )
    infer_opens: bool = Field(DEFAULT_PROFILE.infer_opens, description="Add an open for a click without one.")

    @field_validator("conf")
    @classmethod
    def _conf_fields(cls, table: dict[str, str]) -> dict[str, str]:
        return _only(table, CONF_FIELDS)

    @field_validator("mail")
    @classmethod
    def _mail_fields(cls, table: dict[str, str]) -> dict[str, str]:
        return _only(table, MAIL_FIELDS)

    @field_validator("results")
    @classmethod
    def _results(cls, table: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for kind, columns in _only(table, RESULT_COLUMNS).items():
            if not _only(columns, RESULT_COLUMNS[kind]):
                raise ValueError(f"{kind} has no column")
        return table

    def profile(self, name: str) -> Profile:
        """The profile as the domain knows it: the built-in one, with this table's changes."""
        results = {kind: tuple(columns.items()) for kind, columns in self.results.items()}
        members = self.model_dump(exclude={"conf", "mail", "results"})
        return Profile(
            name=name,
            conf={**DEFAULT_PROFILE.conf, **self.conf},
            mail={**DEFAULT_PROFILE.mail, **self.mail},
            results={**DEFAULT_PROFILE.results, **results},
            **members,
        )


def _only(table: dict[str, Any], known: Any) -> dict[str, Any]:
    for key in table:
        if key not in known:
            raise ValueError(f"{key!r} is not one of: {', '.join(known)}")
    return table
