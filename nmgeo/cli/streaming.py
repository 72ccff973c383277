"""Streaming at the command line: a progress bar, and an answer to Ctrl-C."""

import os
import signal
import sys
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import nmgeo as nm
from nmgeo.cli import console, show_table
from nmgeo.cli.freed_memory import keep_freed_memory
from nmgeo.cli.options import STDOUT, Asked
from nmgeo.messages import text
from nmgeo.translations import Lang, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nmgeo.scale.batch_measures import BatchMeasure


def stream(measure: "BatchMeasure", asked: Asked) -> None:
    """Measure a file batch by batch; on a terminal, show a progress bar."""
    from nmgeo.provenance import is_written  # noqa: PLC0415 - not for help
    from nmgeo.scale.batch_counts import sites_of  # noqa: PLC0415 - pyarrow only once there are rows
    from nmgeo.scale.resume import tidy_up  # noqa: PLC0415 - likewise

    to_stdout = asked.out == STDOUT
    if asked.resume and asked.out and is_written(asked.out, overwrite=asked.overwrite):
        tidy_up(asked.out)
        return console.print_note(text("{path} is complete, nothing to do", path=asked.out))
    keep_freed_memory()
    console.release_notices()  # each is printed as it comes, once a batch is measured
    bar = sys.stderr.isatty() and not (to_stdout and sys.stdout.isatty())
    out: Any = console.standard_output() if to_stdout else asked.out
    how: dict[str, Any] = {"overwrite": asked.overwrite, "resume": asked.resume}
    how["watch"] = partial(console.progress_bar, size=sites_of) if bar else None
    engine = nm.dask_engine(asked.scheduler) if asked.engine else nullcontext()
    form = asked.form.name if asked.form else None
    measure = replace(measure, units=asked.units)
    with _stop_on_ctrl_c(asked.lang, resumes=not to_stdout), engine as how["engine"]:
        notes = nm.stream(out, measure, asked.catalog, form=form, **how)
    show_table.print_saved(asked)
    called = () if measure.command == "rings" else measure.layers  # rings count, and name none
    return show_table.print_notes(notes, asked, called)


@contextmanager
def _stop_on_ctrl_c(lang: Lang, *, resumes: bool) -> "Iterator[None]":
    """Print a line on Ctrl-C at once, since the batch that is being measured ends first."""
    said = translate("phrase", "stopping_resumes" if resumes else "stopping", lang)
    line = f"nmgeo: {said}\n".encode()

    def stop(*_: object) -> None:
        with suppress(OSError):
            os.write(2, line)  # not through sys.stderr, which may be in use just now
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # the caller handles or ignores the signal
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
