"""Tables on the command line: printed or written to a file, with the notes of each command.

This module is longer than 300 lines because every command has here what it prints beside its table.
"""

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from nmgeo.cli.console import (
    print_data,
    print_note,
    print_read_back,
    print_written,
    standard_output,
)
from nmgeo.cli.options import STDOUT, Asked
from nmgeo.cli.standard_streams import terminal_width
from nmgeo.errors import UsageError
from nmgeo.files import write_text
from nmgeo.messages import Text, either, option, text
from nmgeo.translations import join_texts, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from nmgeo.catalog import OwnFile


_FOUND: Final = 3  # how many sites and phases are shown at first
_PASSED: Final = 12  # and at most so many that meet all needs
_TOTALS: Final = 12  # how many totals of sites are said
_IDS: Final = frozenset({"nearest_id", "feature_id", "to_id"})  # of the features of a layer
_NEWEST: Final = 12  # how many figures, if none are searched for
_INSTRUMENTS: Final = (12, 3)  # how many of one site, and of each of several
_NOTHING: Final = {  # what a person reads in place of an empty table
    "policy": text(
        "no instrument was found; leave out {kind}, {stage}, {status} or {on}",
        **{name: option(name) for name in ("kind", "stage", "status", "on")},
    ),
    "claims": text(
        "no figure is of these days and sources; leave out {since} or {source_class}",
        since=option("since"),
        source_class=option("source_class"),
    ),
    "changes": text(
        "nothing was new or changed between these days; give an earlier day with {since}",
        since=either("since=", "--from"),
    ),
    "history": text("nothing was stated by that day; give a later {on}", on=option("on")),
}


def chosen_format(asked: Asked) -> str:
    """Return the name of the format: if none is given a table on a terminal, CSV in a pipe."""
    return asked.form.name if asked.form else "table" if sys.stdout.isatty() else "csv"


def is_printed(asked: Asked) -> bool:
    """Tell if a person reads the table on the screen."""
    return asked.out is None and chosen_format(asked) in ("table", "md")


def _is_on_screen(asked: Asked) -> bool:
    """Tell if a table is read beside what stands on stderr."""
    return asked.out is None and sys.stdout.isatty()


def show_table(
    command: str, rows: "pd.DataFrame", asked: Asked, total: dict[str, float] | None = None
) -> None:
    """Print the table of a command, or write it to the file that is given."""
    from nmgeo.outputs.citations import data_notes, outlines_of, with_methods  # noqa: PLC0415 - pandas only once there are rows
    from nmgeo.outputs.tables import land_sentence, render  # noqa: PLC0415

    if rows.empty and is_printed(asked) and command in _NOTHING:
        return print_note(_NOTHING[command])
    width, keyed = terminal_width(), _with_keys(rows, asked)

    def write_as(form: str) -> str:
        how: dict[str, Any] = {"lang": asked.lang, "units": asked.units, "width": width}
        concerned = asked.catalog.remarks or outlines_of(rows) is not None
        if concerned and (form == "md" or (form == "table" and not _is_on_screen(asked))):
            how["notes"] = data_notes(asked.catalog, asked.lang)
        told = with_methods(rows, asked.catalog, asked.lang) if form in ("csv", "json") else keyed
        return render(command, told, form, total=total, **how)

    _print_or_save(command, rows, asked, write_as)
    if total is not None and chosen_format(asked) == "csv":
        print_note(land_sentence(total, rows, asked.lang, asked.units))
    is_called = "layer" in rows and not _IDS.isdisjoint(rows)
    layers = [str(name) for name in rows["layer"].unique()] if is_called else []
    return print_notes(rows.attrs.get("notes", ()), asked, layers, sites="site_id" in rows)


def print_notes(
    notes: "Iterable[str]", asked: Asked, layers: "Sequence[str]", *, sites: bool = True
) -> None:
    """Print what a reader of rows must know, and the keys that call sites and features better."""
    for note in notes:
        print_note(note)
    own = asked.catalog.own_layers
    files = {f"{name}=": own[name] for name in layers if name in own}
    if sites and asked.catalog.own_sites is not None:
        files[""] = asked.catalog.own_sites
    if files:
        hint_keys(files)


def hint_keys(files: "Mapping[str, OwnFile]") -> None:
    """Say which column may call the features of each file, where row numbers do."""
    from nmgeo.sources.likely_key import find_likely_key  # noqa: PLC0415 - as in show_table

    for name, file in files.items():
        if (column := find_likely_key(file)) is not None:
            key = either(f"key={column!r}", f"--key {name}{column}")
            print_note(text("{file}: the ids are row numbers; try {key}", file=file.path, key=key))


def _with_keys(rows: "pd.DataFrame", asked: Asked) -> "pd.DataFrame":
    """Put the key of each site before its name, if one was given and the name does not hold it."""
    own = asked.catalog.own_sites
    if own is None or own.key is None or not {"site_id", "name"} <= set(rows):
        return rows
    pairs = zip(rows["site_id"], rows["name"], strict=True)  # a row may be of no site
    called = [
        f"{key} · {name}"
        if isinstance(key, str) and isinstance(name, str) and key not in name
        else name
        for key, name in pairs
    ]
    return rows.assign(name=called)


def _print_or_save(
    command: str, rows: "pd.DataFrame", asked: Asked, write_as: "Callable[[str], str]"
) -> None:
    if asked.out is None or asked.form is None:
        return print_data(write_as(chosen_format(asked)))
    from nmgeo.measures.area_units import convert_areas  # noqa: PLC0415 - as in show_table
    from nmgeo.outputs.readable import readable_cells  # noqa: PLC0415 - as in show_table
    from nmgeo.outputs.table_file import write_table  # noqa: PLC0415 - as in show_table

    def readable(drawn: "pd.DataFrame") -> "list[list[Any]]":
        return readable_cells(command, drawn, asked.units, asked.lang)

    out = standard_output() if asked.out == STDOUT else asked.out
    about: dict[str, Any] = {"catalog": asked.catalog, "name": command, "render": write_as}
    about |= {"lang": asked.lang, "readable": readable}
    table = convert_areas(rows, asked.units)
    written = write_table(out, table, asked.form, **about, overwrite=asked.overwrite)
    print_saved(asked, geometry="geometry" in rows)
    return print_read_back(written)


def save_text(document: str, asked: Asked) -> None:
    """Print a document, or write it to the file that is given."""
    if asked.out is None or asked.out == STDOUT:
        return print_data(document)
    return print_written(write_text(asked.out, document, overwrite=asked.overwrite))


def save_json(document: "Mapping[str, Any]", asked: Asked) -> None:
    """Print a document as JSON, or write it to the file that is given."""
    if asked.out is not None and asked.out != STDOUT and asked.out.suffix.lower() != ".json":
        wrong = text("unknown file extension {suffix!r}", suffix=asked.out.suffix)
        raise UsageError(option("out", str(asked.out)), wrong, text("use .json"))
    save_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", asked)


def print_saved(asked: Asked, *, geometry: bool = True) -> None:
    """Print which file was written, and if the geometry of the table was left out."""
    if asked.out is not None and asked.out != STDOUT:
        print_written(asked.out, geometry=asked.holds_geometry or not geometry)


def show_receipt(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print a receipt: line by line for a reader, or as data."""
    from nmgeo.outputs.receipt import write_receipt  # noqa: PLC0415 - as in show_table

    if chosen_format(asked) == "json":
        return show_table("receipt", rows, asked, total=rows.attrs["land"])
    width = terminal_width()

    def write_as(form: str) -> str:
        return write_receipt(rows, form=form, lang=asked.lang, width=width, units=asked.units)

    return _print_or_save("receipt", rows, asked, write_as)


def show_matrix(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print a matrix: side by side if that fits the terminal, else one row for each pair."""
    from nmgeo.commands.matrix import side_by_side  # noqa: PLC0415 - as in show_table

    wide = None
    if chosen_format(asked) == "table":
        wide = side_by_side(rows, width=terminal_width(), lang=asked.lang)
    if wide is None:
        return show_table("matrix", rows, asked)
    wide.attrs["notes"] = rows.attrs["notes"]
    return show_table("side_by_side", wide, asked)


def show_inside(rows: "gpd.GeoDataFrame", name: str, asked: Asked) -> None:
    """Print how much of each site lies inside, and together."""
    show_table("inside_by" if "category" in rows else "inside", rows, asked)
    if is_printed(asked) and "category" not in rows:
        from nmgeo.commands.inside_totals import inside_totals  # noqa: PLC0415 - as in show_table
        from nmgeo.outputs.inside_totals import total_sentences  # noqa: PLC0415

        measured = inside_totals(rows, name, asked.catalog)
        totals = list(total_sentences(measured, rows, asked.lang, asked.units))
        for line in totals[:_TOTALS]:
            print_note(line)
        if len(totals) > _TOTALS:
            print_note(
                text("{count} more sites lie in several features", count=len(totals) - _TOTALS)
            )


def by_class(name: str) -> bool:
    """Tell whether the name of a layer names a column of it too."""
    from nmgeo.commands.zones import split_classes  # noqa: PLC0415 - as in show_table

    return split_classes(name)[1] is not None


def show_constraints(rows: "pd.DataFrame", asked: Asked, *, named: bool) -> None:
    """Print what the layers cannot tell, the table, then the published rules without outline."""
    published = rows["layer"] == "published"
    keys = ("constraints",) if named else ("constraints", "constraints_default")
    said = [translate("phrase", key, asked.lang) for key in keys]
    print_note(join_texts(said, "sentence", asked.lang))
    if is_printed(asked):
        covered = _covered(rows[~published])
        covered.attrs["notes"] = [] if published.any() else rows.attrs["notes"]  # below the last
        show_table("constraints", covered, asked)
        if published.any():
            print_data("\n")
            show_table("constraints_published", rows[published], asked)
    else:
        show_table("constraints", rows, asked)


def _covered(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Leave out the sums of outlines that no layer covers: the rest is no bound worth reading."""
    outlines = rows["site_id"].astype(str) + "\n" + rows["basis"].astype(str)
    is_sum = rows["layer"] == "together"
    covered = set(outlines[~is_sum & (rows["state"] != "not_covered")])
    return rows[~is_sum | outlines.isin(covered)]


def show_strip(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print strips, and how accurate they are."""
    show_table("strip", rows, asked)
    print_note(translate("phrase", "strip", asked.lang))


def show_audit(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print published and measured areas; figures that cannot be compared only if asked for."""
    left_out = rows["result"] == "cannot_compare"
    if every or left_out.all() or not is_printed(asked):
        return show_table("audit", rows, asked)
    show_table("audit", rows[~left_out], asked)
    if left_out.any():
        counts = Counter(rows["why"][left_out]).most_common()
        reasons = [join_texts([why, str(count)], "colon", asked.lang) for why, count in counts]
        print_note(
            text(
                "{count} figures cannot be compared ({reasons}); {option} lists them",
                count=left_out.sum(),
                reasons=join_texts(reasons, "comma", asked.lang),
                option=option("all"),
            )
        )
    return None


def show_robust(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print one line a pair of sites; as data, or if asked for, one row a rule."""
    if every or not is_printed(asked):
        return show_table("robust", rows, asked)
    from nmgeo.commands.robust import list_pairs  # noqa: PLC0415 - as in show_table

    show_table("robust_pairs", list_pairs(rows), asked)
    said = text("{count} rules; {option} shows each", count=len(rows), option=option("all"))
    return print_note(said)


def show_find(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print the first sites and phases, which fail least; all if asked for."""
    if every or not is_printed(asked):
        return show_table("find", rows, asked)
    phases = rows[~rows["phase_id"].isin(rows.attrs["instruments"])].drop_duplicates("phase_id")
    passed = int((phases["verdict"] == "passed").sum())  # they stand first
    hidden = phases.iloc[min(max(passed, _FOUND), _PASSED) :]
    show_table("find", rows[~rows["phase_id"].isin(hidden["phase_id"])], asked)
    if len(hidden):
        print_note(_hidden_text(len(hidden), int((hidden["verdict"] == "passed").sum())))
    return None


def _hidden_text(count: int, passed: int) -> Text:
    """Say how many sites and phases are not shown, and how many of them meet all needs."""
    shown_by = option("all")
    if not passed:
        return text(
            "{count} more, none meets all needs; {option} shows them",
            count=count,
            option=shown_by,
        )
    return text(
        "{count} more, {passed} of which meet all needs; {option} shows them",
        count=count,
        passed=passed,
        option=shown_by,
    )


def show_claims(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print figures; of all that there are the newest, unless all are asked for."""
    if every or not is_printed(asked) or len(rows) <= _NEWEST:
        return show_table("claims", rows, asked)
    newest = rows.sort_values("as_of", ascending=False, kind="stable").head(_NEWEST)
    show_table("claims", newest, asked)
    return print_note(
        text(
            "the newest {count} of {all} figures; name a site or words, or {option} shows all",
            count=_NEWEST,
            all=len(rows),
            option=option("all"),
        )
    )


def show_policy(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print the instruments that name each site first, and only some of several sites."""
    if every or not is_printed(asked):
        return show_table("policy", rows, asked)
    most = _INSTRUMENTS[len(rows["site_id"].unique()) > 1]
    shown = rows.groupby("site_id", sort=False).head(most)
    show_table("policy", shown, asked)
    if left := rows["policy_id"].nunique() - shown["policy_id"].nunique():
        print_note(
            text(
                "{count} more instruments; {option} shows them",
                count=left,
                option=option("all"),
            )
        )
    return None


def show_summary(asked: Asked, **how: Any) -> None:
    """Print the summary of a report, and how to get the rest."""
    from nmgeo.outputs.atlas import build_atlas  # noqa: PLC0415 - as in show_table
    from nmgeo.outputs.citations import data_notes  # noqa: PLC0415 - as in show_table
    from nmgeo.outputs.report_summary import summary_text  # noqa: PLC0415 - as in show_table

    atlas = build_atlas(asked.catalog, **how, lang=asked.lang)
    notes = [] if _is_on_screen(asked) else data_notes(atlas.catalog, asked.lang)
    summary = summary_text(atlas, asked.units, terminal_width())
    print_data(summary + "".join(f"{line}\n" for line in notes))
    print_note(
        text(
            "a summary; {md} writes the report, {html} writes a page, {option} lists every value",
            md=option("format", "md"),
            html=option("html", "report.html"),
            option=option("all"),
        )
    )


def show_near(name: str, asked: Asked, how: "dict[str, Any]") -> None:
    """Print distances: for a reader who names no year, what is open today and what opens later."""
    from nmgeo.commands.inputs import layer_or_path  # noqa: PLC0415 - as in show_table
    from nmgeo.commands.near import near  # noqa: PLC0415 - as in show_table

    layer, rows = layer_or_path(asked.catalog, name), None
    chosen = any(how.get(word) for word in ("k", "within", "years", "open_only"))
    if is_printed(asked) and layer in asked.catalog.layers and not chosen:
        from nmgeo.commands.near_today import near_today  # noqa: PLC0415 - as in show_table

        said = {word: how[word] for word in ("origin", "nearest_first", "lang")}
        rows = near_today(layer, asked.catalog, **said)
    if rows is None:
        rows = near(layer, asked.catalog, **how)
    show_table("near", rows, asked)


def show_explain(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print how a file was made; below the table, on which day."""
    show_table("explain", rows, asked)
    if is_printed(asked) and (day := rows["as_of"].iloc[0]):
        more = option("format", "json")
        print_note(text("written on {day}; {more} has the hashes and dates", day=day, more=more))


def show_area(rows: "pd.DataFrame", asked: Asked, *, by: str | None) -> None:
    """Print areas, or their sums by a column, and if they were scaled to what was published."""
    if by is not None:
        return show_sums(rows, by, asked)
    show_table("area", rows, asked, total=rows.attrs["land"])
    if rows["fitted_to_published"].any():
        print_note(translate("phrase", "fitted", asked.lang))
    return None


def show_sums(rows: "pd.DataFrame", by: str, asked: Asked) -> None:
    """Print a measure added up by a column of the sites."""
    from nmgeo.commands.sum_by import sum_by  # noqa: PLC0415 - as in show_table

    sums = sum_by(rows, by, catalog=asked.catalog, lang=asked.lang)
    show_table("sums", sums, asked, total=rows.attrs.get("land"))


def show_rings(rows: "pd.DataFrame", asked: Asked, *, summed: str | None) -> None:
    """Print rings, or their land added up by a column of the sites, and what to know of them."""
    if summed is not None:
        show_sums(rows, summed, asked)
        return print_note(translate("phrase", "rings_sums", asked.lang))
    from nmgeo.commands.ring_notes import describe_rings  # noqa: PLC0415 - as in show_table

    show_table("rings", rows, asked)
    if "double_counted_ha" not in rows:
        return print_note(rows.attrs["remark"])
    each = rows.drop_duplicates(["from_m", "to_m"])
    told = [describe_rings(each, rows.attrs["clip"], asked.lang, asked.units)]
    return print_note(join_texts([*told, *rows.attrs["undecided"]], "sentence", asked.lang))


def show_checked(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print what is wrong with a user's table, then how many rows were checked."""
    if len(rows) or not is_printed(asked):
        show_table("check_table", rows, asked)
    table, faults = rows.attrs["table"], rows.attrs["faults_count"]
    checked = text(
        "read as a table of {table}: {count} rows checked, {faults} faults",
        table=table,
        count=f"{rows.attrs['rows_count']:,}",
        faults=f"{faults:,}",
    )
    print_note(checked)
    if faults > len(rows):
        every = option("every", value=True)
        first = text(
            "the first {count} are listed; {every} lists all", count=f"{len(rows):,}", every=every
        )
        print_note(first)


def show_join(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print what matched after folding and what did not; or write the rows that matched."""
    if asked.holds_geometry:
        from nmgeo.commands.join import joined_outlines  # noqa: PLC0415 - as in show_table

        show_table("join", joined_outlines(rows, asked.catalog), asked)
    elif is_printed(asked):
        order = ["unmatched", "folded", "matched"]
        listed = rows.sort_values("key_match", key=lambda m: m.map(order.index), kind="stable")
        show_table("join", listed[every | (listed["key_match"] != "matched")], asked)
    else:
        show_table("join", rows, asked)
    counts = rows["key_match"].value_counts()
    print_note(
        text(
            "{matched} rows matched, {folded} after folding, {unmatched} unmatched",
            matched=int(counts.get("matched", 0)),
            folded=int(counts.get("folded", 0)),
            unmatched=int(counts.get("unmatched", 0)),
        )
    )


def show_compare(rows: "pd.DataFrame", asked: Asked, *, every: bool) -> None:
    """Print what several subjects have side by side; as data one row a figure."""
    if not is_printed(asked):
        return show_table("compare", rows, asked)
    from nmgeo.commands.compare import set_side_by_side  # noqa: PLC0415 - as in show_table

    wide = set_side_by_side(rows, asked.lang, every=every)
    show_table("compare_wide", wide, asked)
    left = len(set_side_by_side(rows, asked.lang, every=True)) - len(wide)
    if left:
        said = text(
            "{count} attributes of one alone are left out; {option} shows them",
            count=left,
            option=option("all"),
        )
        print_note(said)
    return None


def show_crosscheck(rows: "pd.DataFrame", asked: Asked) -> None:
    """Print the comparison, and the tool of each route."""
    show_table("crosscheck", rows, asked)
    if not is_printed(asked):
        return
    for route, tool, shared in (
        rows[["route", "tool", "shared"]].drop_duplicates("route").to_numpy()
    ):
        said = text("{route}: {tool}", route=translate("route", route, asked.lang), tool=tool)
        if shared and shared != "nothing":
            word = translate("shared", shared, asked.lang)
            said = text("{said}, shares with grid: {word}", said=said, word=word)
        print_note(said)


def print_origin(origin: str, asked: Asked) -> None:
    """Print where distances begin."""
    start = translate("origin", origin, asked.lang)
    print_note(translate("phrase", "measured_from", asked.lang).format(origin=start))
