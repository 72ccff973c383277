"""Findings: what is wrong with a file, where, the evidence for it, and what to do."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from nmgeo.messages import text

SHOWN: Final = 10  # features that are named for one kind of fault; the others are counted


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of the table: ``severity`` is ok, note or fault; the texts are messages."""

    file: str
    layer: str
    finding: str
    severity: str
    feature_id: str | None = None
    field: str | None = None
    evidence: str
    remedy: str = ""


class Findings:
    """The findings of one layer, in memory that does not grow with the file."""

    def __init__(self, file: str, layer: str) -> None:
        """Begin with nothing found."""
        self._file, self._layer = file, layer
        self._rows: list[Finding] = []
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def add(
        self,
        finding: str,
        severity: str,
        evidence: str,
        remedy: str = "",
        *,
        feature_id: str | None = None,
        field: str | None = None,
    ) -> None:
        """Add a finding; of each kind, only the first features are kept by name."""
        self._counts[finding, field] += 1
        if self._counts[finding, field] <= SHOWN:
            self._rows.append(
                Finding(
                    file=self._file,
                    layer=self._layer,
                    finding=finding,
                    severity=severity,
                    feature_id=feature_id,
                    field=field,
                    evidence=evidence,
                    remedy=remedy,
                )
            )

    def rows(self) -> list[Finding]:
        """Return the rows kind by kind, each with how many more there are."""
        found = []
        for (finding, field), count in self._counts.items():
            same = [r for r in self._rows if (r.finding, r.field) == (finding, field)]
            found += same
            if count > len(same):
                more = count - len(same)
                what = text("{more} more features, {count} in all", more=more, count=count)
                found.append(replace(same[-1], feature_id=None, evidence=what))
        return found
