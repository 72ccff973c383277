"""The work on a batch: its table as sites, measured on coordinates where that is faster."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from shapely.errors import GEOSException

from nmgeo import crs
from nmgeo.bounds import bounds_of
from nmgeo.crs import System
from nmgeo.errors import LayerError, SourceError, first_line
from nmgeo.measures.fast.rings import Rings
from nmgeo.messages import option, text
from nmgeo.scale.batch_counts import count_sites
from nmgeo.scale.batch_measures import BatchMeasure, count_unmeasured, measure_batch, measure_frame
from nmgeo.scale.near_points import NearPoints
from nmgeo.scale.near_rings import NearRings
from nmgeo.scale.places import Places
from nmgeo.scale.ring_points import RingPoints
from nmgeo.scale.site_facts import SiteFacts, facts_of_frame, facts_of_table
from nmgeo.scale.sites_apart import SitesApart, examples
from nmgeo.sources.accuracy import require_accuracies
from nmgeo.sources.coordinate_numbers import are_places, fault_of_wkb, find_unbuilt
from nmgeo.sources.distant_features import warn_of_distant_points
from nmgeo.sources.ids import index_by_id
from nmgeo.sources.window import require_window
from nmgeo.wkb import POINT, read_coordinates, read_rings

_ACCURACY: Final = "accuracy_m"
LEAST: Final = 1_000  # points that are measured on coordinates; fewer are measured as any others
_OF_POINTS: Final[tuple[type[NearPoints | RingPoints], ...]] = (NearPoints, RingPoints)
_ALONE: Final = Lock()  # others are measured on all cores, one batch after the other
_ODD: Final = re.compile("Nonlinear|WKB type 1[5-7]$")  # curves, and surfaces of several faces
_PLAIN: Final = text(
    "convert it with {command}, or {other} if it is a TIN",
    command="ogr2ogr -nlt CONVERT_TO_LINEAR",
    other="-nlt MULTIPOLYGON",
)


Step = Callable[[], Callable[[], pa.Table]]


def batch_frame(table: pa.Table, name: str) -> gpd.GeoDataFrame:
    """Return a batch as a frame.

    Parameters
    ----------
    table : Table, n rows
        From :meth:`Part.batches`.
    name : str
        What the batch is called in a message.

    Returns
    -------
    GeoDataFrame, n rows, no CRS yet
        Indexed by id, with the numbers that the file holds; a geometry may be missing.

    Raises
    ------
    LayerError
        If a geometry is damaged, or of a kind that GEOS does not know, or an id stands twice.
    """
    try:
        with np.errstate(invalid="ignore"):  # of a coordinate that is no number
            frame = gpd.GeoDataFrame.from_arrow(_with_whole_numbers(table))
    except (GEOSException, pa.ArrowException, NotImplementedError) as error:
        why = first_line(error)
        remedy = _PLAIN if _ODD.search(why) else text("get it again")
        wrong: str = text("cannot be read ({why})", why=why)
        if isinstance(error, GEOSException) and not _ODD.search(why):
            wrong = _fault(table, wrong)
        raise LayerError(text("geometry"), wrong, remedy) from None
    return index_by_id(frame, "id", name)


def _with_whole_numbers(table: pa.Table) -> pa.Table:
    """Return whole numbers beside missing values as text, which pandas would make fractions."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_integer(field.type) and column.null_count and field.name != _ACCURACY:
            table = table.set_column(place, field.name, column.cast(pa.string()))
    return table


def _fault(table: pa.Table, wrong: str) -> str:
    """Say what is wrong with the first outline of a batch that cannot be built."""
    shapes = table["geometry"].to_pylist()
    row = find_unbuilt(shapes)
    return wrong if row is None else fault_of_wkb(shapes[row], wrong)


def batch_sites(table: pa.Table, system: System, name: str) -> gpd.GeoDataFrame:
    """Return what a file holds as sites by their ids, in the CRS of its system."""
    frame = named_frame(name, table)
    return frame.set_geometry(system.to_standard_axes(frame.geometry))


def require_near(frame: gpd.GeoDataFrame, system: System, name: str) -> None:
    """Stop unless the shapes of a batch, as a file holds them, lie in Hong Kong's window."""
    shapes = frame.geometry.to_numpy()
    may_lie = are_places(shapely.bounds(shapes))  # what is wrong with others is said later
    require_window(shapes[may_lie], frame.index[may_lie], system, name)


def named_frame(name: str, table: pa.Table) -> gpd.GeoDataFrame:
    """Return a batch as a frame; an error says which batch it was."""
    with name_batch_in_errors(name):
        return batch_frame(table, name)


@dataclass(frozen=True)
class Work:
    """What is done with every batch of sites, here or in another process."""

    system: System
    measure: BatchMeasure
    strict: bool

    def rows(self, frame: gpd.GeoDataFrame, name: str, *, least: int = LEAST) -> pa.Table:
        """Return the rows of the command for these sites; ``least`` points are measured as such."""
        with name_batch_in_errors(name):
            require_accuracies(frame, name)
            facts = partial(facts_of_frame, frame, self.measure.lang)
            many = len(frame) >= least
            rows = self._rows_of_points(_point_coordinates(frame), facts, name) if many else None
            if rows is not None:
                return rows
            rings = Rings.of_shapes(frame.geometry.to_numpy()) if many else None
            if (step := self._begin_rings(rings, facts)) is not None:
                return step()()
            with _ALONE:
                return measure_batch(frame, self.measure, name, strict=self.strict)

    def rows_of_table(self, table: pa.Table, name: str) -> pa.Table:
        """Return the rows of the command for a batch as the file holds it."""
        return self.begin(table, name)()()

    def begin(self, table: pa.Table, name: str) -> Step:
        """Do for a batch what several batches may do at a time.

        Returns
        -------
        Step
            What one batch has to do after the other, on all cores; and then returns what is left.
        """
        if table.num_rows >= LEAST:
            facts = partial(facts_of_table, table, self.measure.lang, name)
            with name_batch_in_errors(name):
                rows = self._rows_of_points(self._coordinates(table), facts, name)
                if rows is not None:
                    return partial(_given, rows)
                step = self._begin_rings(self._rings(table), facts)
                step = step or self._begin_apart(table, facts, name)
            if step is not None:
                return step
        return lambda: _given(self.rows(self.sites(table, name), name))

    def sites(self, table: pa.Table, name: str) -> gpd.GeoDataFrame:
        """Return a batch as sites, all in Hong Kong's window as the file's own system has it."""
        frame = named_frame(name, table)
        require_near(frame, self.system, name)
        return frame.set_geometry(self.system.to_standard_axes(frame.geometry))

    def _coordinates(self, table: pa.Table) -> Any:
        """Return the coordinates of sites that are all points, None if they are not."""
        if self.points is None or table["geometry"].null_count:
            return None
        points = read_coordinates(table["geometry"], POINT)
        if points is None or self.system.leaves_window(bounds_of(points)[np.newaxis]).any():
            return None  # which point it is, and whether it may be none, is told of shapes
        return self.system.to_standard_coordinates(points)

    def _rings(self, table: pa.Table) -> Rings | None:
        """Return sites that are all polygons without holes in the window, None if they are not."""
        if self.rings is None or (read := read_rings(table["geometry"])) is None:
            return None
        rings = Rings(*read)
        if not rings.are_closed or self.system.leaves_window(rings.boxes).any():
            return None
        moved = self.system.to_standard_coordinates(rings.xy)
        return rings if moved is rings.xy else Rings(np.ascontiguousarray(moved), rings.starts)

    def _begin_rings(self, rings: Rings | None, facts: Callable[[], SiteFacts]) -> Step | None:
        """Begin with polygons without holes, unless there is anything to say of one."""
        if (way := self.rings) is None or rings is None or (placed := way.place(rings)) is None:
            return None
        sites = facts()

        def measure() -> Callable[[], pa.Table]:
            with _ALONE:
                found = way.measure(placed)
            return lambda: count_sites(way.rows(placed, found, sites), len(sites))

        return measure

    def _begin_apart(
        self, table: pa.Table, facts: Callable[[], SiteFacts], name: str
    ) -> Step | None:
        """Begin with a batch of polygons, unless all of them may meet a feature."""
        if (way := self.apart) is None:
            return None
        sites = facts()
        apart = way.find(table, sites)
        if not apart.any():
            return None
        some = np.flatnonzero(~apart | examples(apart, sites))
        frame = self.sites(table.take(pa.array(some)), name)

        def measure() -> Callable[[], pa.Table]:
            with name_batch_in_errors(name), _ALONE:
                measured = measure_frame(frame, self.measure, name, strict=self.strict)
            return partial(join, measured)

        def join(measured: gpd.GeoDataFrame) -> pa.Table:
            place = some[frame.index.get_indexer(measured.index)]
            rows = way.join(table, sites, apart, measured, place)
            return count_sites(rows, table.num_rows, *count_unmeasured(frame, self.measure))

        return measure

    def _rows_of_points(
        self, placed: Any, facts: Callable[[], SiteFacts], name: str
    ) -> pa.Table | None:
        """Return the rows of many points, None if there are others or no faster way."""
        if placed is None or len(placed) < LEAST or not np.isfinite(placed).all():
            return None
        if self.points is None:
            return None
        places = Places(placed, self.system.crs)
        if not places.in_window:
            return None
        drawn = placed if self.system.crs == crs.drawn_crs(self.system) else None
        sites = facts()
        rows = self.points.rows(
            places, crs.to_wgs84(places.exact) if drawn is None else drawn, sites
        )
        warn_of_distant_points(places.rough, sites.columns["site_id"], name)
        return count_sites(rows, len(places))

    def prepare(self) -> None:
        """Make what many sites are measured with, before several threads ask for it."""
        _ = self.points, self.rings, self.apart

    @cached_property
    def points(self) -> NearPoints | RingPoints | None:
        """What measures many points."""
        way = next((way for way in _OF_POINTS if way.fits(self.measure)), None)
        return None if way is None else way(self.measure)

    @cached_property
    def rings(self) -> NearRings | None:
        """What measures many polygons without holes."""
        return NearRings(self.measure, self.system) if NearRings.fits(self.measure) else None

    @cached_property
    def apart(self) -> SitesApart | None:
        """What tells sites that meet no feature."""
        fits = SitesApart.fits(self.measure, self.system)
        return SitesApart(self.measure, self.system) if fits else None


def _given(rows: pa.Table) -> Callable[[], pa.Table]:
    """Leave nothing to do."""
    return lambda: rows


def _point_coordinates(frame: gpd.GeoDataFrame) -> Any:
    """Return the coordinates of sites that are all points, None if they are not."""
    shapes = frame.geometry.to_numpy()
    if (shapely.get_type_id(shapes) != shapely.GeometryType.POINT).any():
        return None
    points = shapely.get_coordinates(shapes)
    return points if len(points) == len(shapes) else None  # one is empty


@contextmanager
def name_batch_in_errors(batch: str) -> Iterator[None]:
    """Let an error in a batch say which it was, and that of a disk that it is not of writing."""
    try:
        yield
    except OSError as error:
        remedy = text("mend it and go on with {resume}", resume=option("resume", value=True))
        wrong = text("cannot be measured ({why})", why=first_line(error))
        raise SourceError(batch, wrong, remedy) from None
    except LayerError as error:
        if error.thing == batch:
            raise
        thing = text("{batch}, {thing}", batch=batch, thing=error.thing)
        raise LayerError(thing, error.wrong, error.remedy) from None
