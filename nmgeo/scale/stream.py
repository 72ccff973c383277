"""Streams: millions of sites measured batch by batch, written as they come, resumed if stopped."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.errors import ExportError, LayerError, NmgeoError, UsageError, reason
from nmgeo.files import staged_path
from nmgeo.formats import FORMATS, Format, find_format, format_of_path
from nmgeo.formats.rows import Answer
from nmgeo.messages import option, text
from nmgeo.scale.batch_measures import BatchMeasure
from nmgeo.scale.batch_run import Engine, Run, read_ahead, start_run
from nmgeo.scale.resume import Journal, is_finished, remove_journal
from nmgeo.sources.input_paths import require_elsewhere

Watch = Callable[[Iterator[pa.Table], int | None], Iterator[pa.Table]]


def stream(
    out: Path | str | BinaryIO,
    measure: BatchMeasure,
    catalog: Catalog,
    *,
    form: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    watch: Watch | None = None,
    engine: Engine | None = None,
) -> list[str]:
    """Measure the sites of a source of any size batch by batch, and write the rows as they come.

    The rows and columns are those that the command gives for the whole source: several rows a
    site where the command has several. Memory is bounded, but for eight bytes for each id of a
    column ``key``. Finished batches are kept in a hidden folder beside ``out``, which appears once
    it is whole.

    Parameters
    ----------
    out : path or binary file
        Where to write: a path that ends as a format does which ``nm.schema()["formats"]`` calls
        ``streaming``, with the geometry of the command if the format holds any; or an open binary
        file, with ``form``. Geometry is in EPSG:2326 if the sites are, else in WGS 84; GeoJSON
        always is.
    measure : BatchMeasure
        What is measured: from :func:`nmgeo.near_batches`, :func:`nmgeo.rings_batches` or
        :func:`nmgeo.inside_batches`.
    catalog : Catalog
        From :func:`nmgeo.open_catalog`, with ``sites``: a vector file that GDAL opens,
        GeoParquet, a folder of GeoParquet parts, or a frame.
    form : str, optional
        The format, if the name of ``out`` does not say it.
    overwrite : bool
        Whether a file that is there may be replaced.
    resume : bool
        Go on after the last batch that an interrupted run finished; the output is the same.
    watch : function, optional
        Is given the rows as they come and how many there will be (None if not known), and gives
        them on, as a progress bar does.
    engine : function, optional
        Where batches are measured, if not here: from :func:`nmgeo.dask_engine`.

    Returns
    -------
    list of str
        What a reader of the rows must know, such as of how many sites the accuracy is not known:
        the ``attrs["notes"]`` of the command, and the ``attrs["remark"]`` of rings.

    Raises
    ------
    UsageError
        If there is no file of sites, no such format, or nothing like it to resume; if ``out`` is a
        file that is read, or lies in a folder that is.
    LayerError
        If the source cannot be read or measured, or an id stands in two batches; with the batch,
        which counts from 0.
    SourceError, ExportError
        If the engine is not there, or ``out`` is, or cannot be written, or another run is writing
        it. Nothing torn is left.

    Warns
    -----
    Notice
        How many sites have no geometry and in which batches, what was repaired, and
        what lies well outside Hong Kong.
    """
    file = catalog.own_sites
    if file is None:
        wrong = text("writes what is measured of your own sites")
        remedy = text("add {sites}", sites=option("sites", "FILE"))
        raise UsageError(option("out"), wrong, remedy)
    if not isinstance(out, Path | str):
        chosen = _streaming_format(form or "csv", to_path=False)
        with start_run(file, measure, engine) as run:
            _write_open(out, chosen, run, watch)
            return run.notes.said()
    path = Path(out)
    chosen = _streaming_format(form) if form else format_of_path(path, streaming=True)
    require_elsewhere(path, [file, *catalog.own_layers.values()])
    delivered = is_finished(path)
    if delivered and not resume:
        remove_journal(path)
    with ExitStack() as held:
        with staged_path(path, overwrite=overwrite or (delivered and resume)) as draft:
            run = held.enter_context(start_run(file, measure, engine))
            journal = held.enter_context(Journal(path, run.started_with, resume=resume))
            _write_file(path, chosen, run, journal, watch)
            journal.deliver(draft)
        journal.discard()
        return run.notes.said()


def _streaming_format(name: str, *, to_path: bool = True) -> Format:
    form = find_format(name)
    fit = [f.name for f in FORMATS if f.streaming and (to_path or not f.to_path)]
    if name not in fit:
        if form.streaming:
            wrong = text("cannot be written to an open file")
        else:
            wrong = text("cannot be written batch by batch")
        thing = text("format {name!r}", name=name)
        raise UsageError(thing, wrong, text("use one of {names}", names=", ".join(fit)))
    return form


def _write_file(path: Path, form: Format, run: Run, journal: Journal, watch: Watch | None) -> None:
    """Write the output among its parts, where the next run finds it if this one is killed."""
    try:
        with _watched(run, watch, journal) as rows:
            form.write(journal.whole, _answer(rows, run))
    except NmgeoError as error:
        journal.whole.unlink(missing_ok=True)
        if isinstance(error, LayerError) and not journal.resumed:
            journal.discard()  # what is wrong with the input has to be mended first
        else:
            journal.discard_unbegun()
        raise
    except OSError as error:
        journal.whole.unlink(missing_ok=True)
        journal.discard_unbegun()
        wrong = text("cannot be written ({why})", why=reason(error))
        remedy = text("make room and go on with {resume}", resume=option("resume", value=True))
        raise ExportError(str(path), wrong, remedy) from None


def _write_open(out: BinaryIO, form: Format, run: Run, watch: Watch | None) -> None:
    try:
        with _watched(run, watch) as rows:
            form.write(out, _answer(rows, run))
        out.flush()
    except (BrokenPipeError, NmgeoError):
        raise
    except OSError as error:
        wrong = text("cannot be written ({why})", why=reason(error))
        raise ExportError(text("output"), wrong, text("free some space")) from None


@contextmanager
def _watched(
    run: Run, watch: Watch | None, journal: Journal | None = None
) -> Iterator[Iterator[pa.Table]]:
    """Measure the next batch while one is written; in the end nothing is at work any more."""
    with closing(read_ahead(run.rows(journal), run.over)) as rows:
        seen = rows if watch is None else watch(rows, run.source.count)
        yield (table.replace_schema_metadata() for table in seen)


def _answer(rows: Iterator[pa.Table], run: Run) -> Answer:
    measure = run.work.measure
    drawn = crs.drawn_crs(run.work.system)
    return Answer(
        tables=rows, crs=drawn, name=measure.command, credits=measure.credits, lang=measure.lang
    )
