from nmgeo.catalog import (
    Catalog as Catalog,
)
from nmgeo.catalog import (
    open_catalog as open_catalog,
)
from nmgeo.errors import (
    NmgeoError as NmgeoError,
)
from nmgeo.errors import (
    Notice as Notice,
)
from nmgeo.outputs.atlases import (
    DISTANCES as DISTANCES,
)
from nmgeo.outputs.atlases import (
    Atlas as Atlas,
)
from nmgeo.outputs.atlases import (
    build_atlas as build_atlas,
)
from nmgeo.outputs.exports import (
    export as export,
)
from nmgeo.outputs.maps import (
    map as map,
)
from nmgeo.outputs.maps import (
    site_map as site_map,
)
from nmgeo.outputs.publish import (
    atlas as atlas,
)
from nmgeo.outputs.reaches import (
    verify as verify,
)
from nmgeo.outputs.receipts import (
    write_receipt as write_receipt,
)
from nmgeo.outputs.reports import (
    document as document,
)
from nmgeo.outputs.reports import (
    report as report,
)
from nmgeo.questions.audits import (
    audit as audit,
)
from nmgeo.questions.audits import (
    require_agreed as require_agreed,
)
from nmgeo.questions.checks import (
    check as check,
)
from nmgeo.questions.checks import (
    require_ok as require_ok,
)
from nmgeo.questions.crosschecks import (
    crosscheck as crosscheck,
)
from nmgeo.questions.crosschecks import (
    require_agreement as require_agreement,
)
from nmgeo.questions.distances import (
    near as near,
)
from nmgeo.questions.doctors import (
    doctor as doctor,
)
from nmgeo.questions.doctors import (
    require_sound as require_sound,
)
from nmgeo.questions.listings import (
    claims as claims,
)
from nmgeo.questions.listings import (
    layers as layers,
)
from nmgeo.questions.listings import (
    policy as policy,
)
from nmgeo.questions.listings import (
    sites as sites,
)
from nmgeo.questions.matrices import (
    matrix as matrix,
)
from nmgeo.questions.matrices import (
    side_by_side as side_by_side,
)
from nmgeo.questions.measures import (
    area as area,
)
from nmgeo.questions.measures import (
    land as land,
)
from nmgeo.questions.measures import (
    receipt as receipt,
)
from nmgeo.questions.overlays import (
    constraints as constraints,
)
from nmgeo.questions.overlays import (
    inside as inside,
)
from nmgeo.questions.robustness import (
    robust as robust,
)
from nmgeo.questions.strips import (
    strip as strip,
)
from nmgeo.questions.surroundings import (
    COUNTED as COUNTED,
)
from nmgeo.questions.surroundings import (
    rings as rings,
)
from nmgeo.reading.features import (
    read_layer as read_layer,
)
from nmgeo.rulers.areas import (
    area_ha as area_ha,
)
from nmgeo.rulers.areas import (
    geodesic_ha as geodesic_ha,
)
from nmgeo.rulers.areas import (
    inside_share as inside_share,
)
from nmgeo.rulers.areas import (
    net_ha as net_ha,
)
from nmgeo.rulers.buffers import (
    ring_shapes as ring_shapes,
)
from nmgeo.rulers.proximity import (
    nearest as nearest,
)
from nmgeo.rulers.proximity import (
    nearest_m as nearest_m,
)
from nmgeo.rulers.proximity import (
    within_count as within_count,
)
from nmgeo.scale.clusters import (
    dask_engine as dask_engine,
)
from nmgeo.scale.partitions import (
    partition as partition,
)
from nmgeo.scale.streams import (
    stream as stream,
)

__version__: str
from nmgeo.scale.yardsticks import (
    inside_yardstick as inside_yardstick,
)
from nmgeo.scale.yardsticks import (
    near_yardstick as near_yardstick,
)
from nmgeo.scale.yardsticks import (
    rings_yardstick as rings_yardstick,
)
