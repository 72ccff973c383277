from nmgeo.areas import (
    area_ha as area_ha,
)
from nmgeo.areas import (
    geodesic_ha as geodesic_ha,
)
from nmgeo.areas import (
    inside_share as inside_share,
)
from nmgeo.areas import (
    net_ha as net_ha,
)
from nmgeo.atlases import (
    DISTANCES as DISTANCES,
)
from nmgeo.atlases import (
    Atlas as Atlas,
)
from nmgeo.atlases import (
    build_atlas as build_atlas,
)
from nmgeo.buffers import (
    ring_shapes as ring_shapes,
)
from nmgeo.catalog import (
    Catalog as Catalog,
)
from nmgeo.catalog import (
    open_catalog as open_catalog,
)
from nmgeo.checks import (
    check as check,
)
from nmgeo.checks import (
    require_ok as require_ok,
)
from nmgeo.errors import (
    NmgeoError as NmgeoError,
)
from nmgeo.errors import (
    Notice as Notice,
)
from nmgeo.exports import (
    export as export,
)
from nmgeo.features import (
    read_layer as read_layer,
)
from nmgeo.listings import (
    claims as claims,
)
from nmgeo.listings import (
    layers as layers,
)
from nmgeo.listings import (
    policy as policy,
)
from nmgeo.listings import (
    sites as sites,
)
from nmgeo.maps import (
    map as map,
)
from nmgeo.maps import (
    site_map as site_map,
)
from nmgeo.measures import (
    COUNTED as COUNTED,
)
from nmgeo.measures import (
    area as area,
)
from nmgeo.measures import (
    inside as inside,
)
from nmgeo.measures import (
    land as land,
)
from nmgeo.measures import (
    near as near,
)
from nmgeo.measures import (
    rings as rings,
)
from nmgeo.pages import (
    verify as verify,
)
from nmgeo.proximity import (
    nearest as nearest,
)
from nmgeo.proximity import (
    nearest_m as nearest_m,
)
from nmgeo.proximity import (
    within_count as within_count,
)
from nmgeo.publish import (
    atlas as atlas,
)
from nmgeo.reports import (
    document as document,
)
from nmgeo.reports import (
    report as report,
)

__version__: str
