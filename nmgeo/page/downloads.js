// Out of the page: a layer as GeoJSON or CSV, the view as a picture, and a link that holds the state.
const Downloads = (() => {
  const { data, state, t, name, el } = NM;
  const NOT_DATA = new Set(["colour", "pattern", "code", "shape", "names", "more", "rules", "places", "fitted", "named_count", "hectares"]);
  const LANG_COLUMNS = data.langs.map((lang) => `name_${lang}`);

  const plainValues = (entry) => Object.fromEntries(Object.entries(entry).filter(([key]) => !NOT_DATA.has(key)));
  const nameValues = (names) => Object.fromEntries((names ?? []).map((one, n) => [LANG_COLUMNS[n], one]));
  // Rings of a feature as polygons: what lies in no other ring is outer, the rest are holes of it.
  function polygons(rings) {
    const region = rings.map((ring) => ring.map(({ lat, lng }) => [lng, lat])), closed = (ring) => [...ring, ring[0]];
    const depth = region.map((ring, n) => region.filter((other, m) => m !== n && Planar.isInside(ring[0], [other])).length);
    const outer = region.filter((_, n) => depth[n] % 2 === 0).map((ring) => ({ ring, holes: [] }));
    region.forEach((ring, n) => {
      if (depth[n] % 2) outer.filter((one) => Planar.isInside(ring[0], [one.ring])).at(-1)?.holes.push(closed(ring));
    });
    return outer.map(({ ring, holes }) => [closed(ring), ...holes]);
  }
  function geometryOf({ closed, paths }) {
    const places = paths.map((path) => path.map(({ lat, lng }) => [lng, lat].map((part) => Number(part.toFixed(6)))));
    const one = (type, parts) => (parts.length === 1 ? { type, coordinates: parts[0] } : { type: `Multi${type}`, coordinates: parts });
    if (closed) return one("Polygon", polygons(paths.map((path) => path.map(({ lat, lng }) => ({ lat: Number(lat.toFixed(6)), lng: Number(lng.toFixed(6)) })))));
    return places.every((path) => path.length === 1) ? one("Point", places.map(([at]) => at)) : one("LineString", places);
  }
  // Every distance to the nearest, of which those over 0 m have a line.
  function distances() {
    const lines = new Map(data.links.map(({ near, shape }) => [near, shape]));
    return data.near.map((one, n) => ({ ...one, shape: lines.get(n) ?? null }));
  }
  // The features of a layer: their attributes, and their geometry when it is asked for.
  function featuresOf(layer) {
    if (layer.big) {
      const keys = Object.keys(layer.columns);
      return Array.from({ length: layer.count }, (_, f) => ({
        values: Object.fromEntries(keys.map((key) => [key, layer.columns[key][f]])), geometry: () => geometryOf(CanvasLayers.pathsAt(layer, f)),
      }));
    }
    const entries = { sites: data.sites, rings: data.rings, links: distances() }[layer.count === null ? layer.name : ""] ?? layer.features;
    const values = entries.map((one) => ({ ...plainValues(one), ...nameValues(one.names), ...Object.fromEntries(one.more ?? []) }));
    const stated = new Set(values.flatMap((row) => Object.keys(row).filter((key) => row[key] !== null && row[key] !== undefined)));
    return entries.map((one, n) => ({ values: Object.fromEntries(Object.entries(values[n]).filter(([key]) => stated.has(key))), geometry: () => one.shape }));
  }
  const fileName = (layer) => layer.name.replace(/[^\w.-]+/g, "_");
  // A layer as GeoJSON: all of it, or some of its features in their order.
  function saveGeoJSON(layer, some = null) {
    const all = featuresOf(layer), features = (some ?? [...all.keys()]).map((f) => all[f]).map(({ values, geometry }) => ({ type: "Feature", properties: values, geometry: geometry() }));
    NM.save(`${fileName(layer)}.geojson`, JSON.stringify({ type: "FeatureCollection", features }), "application/geo+json");
  }
  // The attributes; of a layer of points their longitude and latitude too.
  function saveCsv(layer) {
    const all = featuresOf(layer), heads = [...new Set(all.flatMap(({ values }) => Object.keys(values)))];
    const places = layer.point ? ["longitude", "latitude"] : [];
    const at = (geometry) => (places.length && geometry?.type === "Point" ? geometry.coordinates : places.map(() => null));
    NM.save(`${fileName(layer)}.csv`, Csv.text([...heads, ...places], all.map(({ values, geometry }) => (
      [...heads.map((key) => values[key]), ...(places.length ? at(geometry()) : [])]))), "text/csv");
  }

  let told = "";
  const tell = (text) => { told = text; NM.byId("nm-saved").textContent = text; };
  async function copyLink() {
    const link = NM.byId("nm-link");
    link.value = Tools.address();
    link.hidden = false;
    try { await navigator.clipboard.writeText(link.value); tell(t("link_copied")); }
    catch { link.focus(); link.select(); tell(t("link_select")); }  // the reader may not allow it
  }
  async function savePicture(kind) {
    tell(state.base === "tiles" && !data.tiles ? t("picture_tiles") : "");
    try { NM.save(`map.${kind}`, await Picture[kind](), kind === "svg" ? "image/svg+xml" : "image/png"); }
    catch { tell(t("picture_failed")); }
  }

  const GROUPS = ["own", "sites"];  // are offered first
  const rank = ({ group }) => [...GROUPS, group].indexOf(group);
  const layers = () => data.layers.filter((layer) => layer.count !== 0).sort((a, b) => rank(a) - rank(b));
  function draw() {
    const chosen = NM.byId("nm-save-layer")?.value ?? layers()[0].name;
    const layer = () => layers().find((one) => one.name === NM.byId("nm-save-layer").value);
    const button = (key, click) => el("button", { type: "button", "data-key": key, click }, t(key));
    NM.redraw("nm-save-parts",
      el("div", { class: "nm-row" }, button("link_copy", copyLink), button("picture_png", () => savePicture("png")), button("picture_svg", () => savePicture("svg"))),
      el("input", { id: "nm-link", type: "text", readonly: "", hidden: "", "aria-label": t("link_copy") }),
      el("p", { id: "nm-saved", role: "status" }, told),
      el("label", {}, t("save_layer"), el("select", { id: "nm-save-layer" },
        layers().map((one) => el("option", { value: one.name, selected: one.name === chosen ? "" : null }, name(one.titles))))),
      el("div", { class: "nm-row" }, button("save_geojson", () => saveGeoJSON(layer())), button("csv", () => saveCsv(layer()))),
      el("p", { class: "nm-source" }, t("save_note")));
  }
  function start() { NM.listen(draw, "lang"); }
  return { start, saveGeoJSON };
})();
