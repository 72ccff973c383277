"""Verdict: whether the coordinates of a file fit the CRS that is stated, and what to do if not."""

from dataclasses import dataclass
from typing import Final

from nmgeo.crs import System, candidate_systems, read_system
from nmgeo.messages import list_choices, option, text
from nmgeo.sources.crs_check.candidates import REACH_M, Candidate
from nmgeo.sources.crs_check.evidence import Evidence
from nmgeo.sources.crs_check.other_datum import is_grid_on_other_datum
from nmgeo.sources.crs_check.votes import SAME_M, Likeliest, likeliest_system
from nmgeo.sources.window import format_coordinate

_MORE: Final = 2.0  # times as many features near known places as with swapped axes


@dataclass(frozen=True)
class Verdict:
    """What the check found.

    ``finding`` is ``crs`` (right), ``crs_uncertain``, ``crs_missing``, ``crs_wrong``,
    ``crs_swapped``, ``crs_mixed``, ``crs_offset`` or ``crs_elsewhere``; ``severity`` is ok, note
    or fault. ``evidence`` says what was found, ``remedy`` what to do, ``by_place`` whether a known
    place confirms the stated system.
    """

    finding: str
    severity: str
    evidence: str
    remedy: str = ""
    by_place: bool = False


def crs_verdict(evidence: Evidence) -> Verdict:
    """Decide what the coordinates of a file are in.

    Parameters
    ----------
    evidence : Evidence
        With at least one feature.

    Returns
    -------
    Verdict
        ``evidence`` and ``remedy`` are messages, which can be translated.
    """
    fitting, stated = evidence.best_candidates(), evidence.stated
    if not fitting:
        return _elsewhere(evidence)
    if stated is not None and not evidence.by_user and is_grid_on_other_datum(stated.crs):
        why = text("it has the projection of that grid on another datum")
        return _contradicted(stated, Likeliest(read_system("hk80"), why), "crs_offset")
    likely = likeliest_system(evidence, fitting)
    if stated is None:
        return _missing(likely, fitting)
    if likely.system is stated:
        return _fits(evidence, fitting, likely)
    turned = likely.system.swapped != stated.swapped
    if stated is fitting[0].system:
        return _contradicted(stated, likely, "crs_swapped" if turned else "crs_offset")
    wrong = text(
        "coordinates {bounds} are not in Hong Kong when read as {stated}; {found}",
        bounds=_bounds(evidence),
        stated=stated.name,
        found=_found(likely),
    )
    return Verdict("crs_swapped" if turned else "crs_wrong", "fault", wrong, _ways(likely, fitting))


def _elsewhere(evidence: Evidence) -> Verdict:
    remedy = text("state its CRS with {crs}", crs=option("crs"))
    if evidence.stated is None:
        wrong = text(
            "states no CRS; coordinates {bounds} are not in Hong Kong in any system",
            bounds=_bounds(evidence),
        )
        return Verdict("crs_missing", "fault", wrong, remedy)
    wrong = text(
        "coordinates {bounds} are not in Hong Kong when read as {stated}",
        bounds=_bounds(evidence),
        stated=evidence.stated.name,
    )
    return Verdict("crs_elsewhere", "fault", wrong, remedy)


def _missing(likely: Likeliest, fitting: list[Candidate]) -> Verdict:
    wrong = text("states no CRS; {found}", found=_found(likely))
    return Verdict("crs_missing", "fault", wrong, _ways(likely, fitting))


def _contradicted(stated: System, likely: Likeliest, finding: str) -> Verdict:
    wrong = text(
        "states {stated}, but looks like {system}: {why}",
        stated=stated.name,
        system=likely.system.name,
        why=likely.why,
    )
    change, keep = option("crs", likely.system.option), option("crs", _option_of(stated))
    return Verdict(finding, "fault", wrong, _change_or_keep(change, keep))


def _change_or_keep(change: str, keep: str) -> str:
    """Say how to read a file otherwise, which is likelier, and how as it states."""
    return text("{change}, or {keep} if it is right as it stands", change=change, keep=keep)


def _fits(evidence: Evidence, fitting: list[Candidate], likely: Likeliest) -> Verdict:
    """Judge a file whose coordinates fit the stated system."""
    if not likely.is_decided:
        return _uncertain(evidence, fitting, likely)
    if mixed := _swapped_places(evidence, fitting):
        remedy = text("split the file, or correct those features")
        return Verdict("crs_mixed", "fault", mixed, remedy)
    said = text("is {system}: {why}", system=likely.system.name, why=likely.why)
    return Verdict("crs", "ok", said, by_place=likely.by_place)


def _uncertain(evidence: Evidence, fitting: list[Candidate], likely: Likeliest) -> Verdict:
    """Judge a file whose coordinates fit other systems as well as the stated one.

    What the user states is accepted. What the file alone states is accepted too, unless with
    swapped axes about as many features would be near known places.
    """
    about = {"stated": likely.system.name, "others": likely.others, "why": likely.why}
    if evidence.by_user:
        said = text("is {stated}, as you state; its coordinates also fit {others}; {why}", **about)
        return Verdict("crs", "ok", said)
    own, *others = fitting
    turned = [c for c in others if c.system.swapped != own.system.swapped]
    doubtful = any(own.region_count <= _MORE * c.region_count for c in turned)
    wrong = text("states {stated}, but its coordinates also fit {others}; {why}", **about)
    stated = option("crs", _option_of(likely.system))
    ways = _likeliest_first(others)
    if any(c.region_count > own.region_count for c in turned):
        remedy = _change_or_keep(ways, stated)
    else:
        remedy = text(
            "{stated} confirms it, {others} reads it otherwise", stated=stated, others=ways
        )
    return Verdict("crs_uncertain", "fault" if doubtful else "note", wrong, remedy)


def _swapped_places(evidence: Evidence, fitting: list[Candidate]) -> str:
    """Say which features with the name of a known place have their axes swapped, if any."""
    own, *others = fitting
    swapped = [c for c in others if c.system.swapped != own.system.swapped]
    odd = [
        evidence.known[known[0]].label
        for centre, known in evidence.named
        if own.gap_m(centre, known) > REACH_M
        and any(candidate.gap_m(centre, known) <= SAME_M for candidate in swapped)
    ]
    if not odd:
        return ""
    return text(
        "is {system} in part only: {odd} of {count} places of a known name have the axes swapped,"
        " first {place}",
        system=own.system.name,
        odd=len(odd),
        count=len(evidence.named),
        place=odd[0],
    )


def _found(likely: Likeliest) -> str:
    """Say what the coordinates look like."""
    name = likely.system.name
    if likely.is_decided:
        return text("looks like {system}: {why}", system=name, why=likely.why)
    return text(
        "may be {system} or {others}; {why}", system=name, others=likely.others, why=likely.why
    )


def _ways(likely: Likeliest, fitting: list[Candidate]) -> str:
    """Return the values of ``crs`` by which the file can be read, the likeliest first."""
    return option("crs", likely.system.option) if likely.is_decided else _likeliest_first(fitting)


def _likeliest_first(candidates: list[Candidate]) -> str:
    """Return values of ``crs``: first those of the axes by which most are near known places."""
    near = {c.system.swapped: c.region_count for c in reversed(candidates)}
    ranked = sorted(candidates, key=lambda candidate: -near[candidate.system.swapped])
    return list_choices(option("crs", candidate.system.option) for candidate in ranked)


def _option_of(stated: System) -> str:
    """Return the short value of ``crs`` for a stated system, whatever the file calls it."""
    return next((s.option for s in candidate_systems() if s.is_equivalent(stated)), stated.option)


def _bounds(evidence: Evidence) -> str:
    return f"({', '.join(map(format_coordinate, evidence.bounds))})"
