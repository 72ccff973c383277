// What a drawing covers, and the buffer of a site or of the drawing: hectares and counts on the grid.
const Analysis = (() => {
  const { data, state, t, say, name, el, number } = NM;
  const MOST_M = 3000, NOISE_M = 0.001;  // as the command line counts: so near to an edge is within it
  const LEAST_HA = 5e-5;
  const shapes = new WeakMap(), gaps = new WeakMap();
  let map, edge, waiting = false;

  const toGrid = ([lng, lat]) => Grid.toGrid(lat, lng);
  const toRing = (ring) => ring.slice(0, -1).map(toGrid);
  function readShape({ type, coordinates }) {
    if (type === "Point") return { points: [toGrid(coordinates)] };
    if (type === "MultiPoint") return { points: coordinates.map(toGrid) };
    if (type === "LineString") return { lines: [coordinates.map(toGrid)] };
    if (type === "MultiLineString") return { lines: coordinates.map((line) => line.map(toGrid)) };
    return { region: Symbols.rings({ type, coordinates }).flat().map(toRing) };
  }
  // A shape on the grid; each is transformed once.
  function gridShape(shape) {
    if (!shapes.has(shape)) shapes.set(shape, readShape(shape));
    return shapes.get(shape);
  }
  function drawnShape() {
    const { kind, corners } = state.drawing, path = corners.map(({ lat, lng }) => Grid.toGrid(lat, lng));
    return kind === "point" ? { points: path } : { region: [path] };
  }
  const metresBetween = (one, other) => Planar.distance(gridShape(one.shape), gridShape(other.shape));
  const placesOf = ({ points = [], lines = [], region = [] }) => [...points, ...lines.flat(), ...region.flat()];
  // The box of a shape in degrees, wider by some metres.
  function boundsOf(shape, by) {
    const [left, low, right, high] = Planar.boxOf([[placesOf(shape)]]);
    return L.latLngBounds(Grid.toDegrees(left - by, low - by), Grid.toDegrees(right + by, high + by));
  }
  // The features of a layer near a box: their shapes on the grid, and what is known of them.
  function* featuresIn(layer, bounds) {
    if (layer.big) yield* CanvasLayers.shapesIn(layer, bounds);
    else for (const feature of layer.features) yield { shape: gridShape(feature.shape), feature };
  }

  const labelOf = (site) => `${name(site.names)}, ${say("basis", site.basis)}`;
  // What of a layer lies in a shape: hectares of polygons, a count of the others.
  function insideText(title, found, shape, total, accuracy) {
    const regions = found.filter((one) => one.region).map((one) => one.region), others = found.filter((one) => !one.region);
    const hectares = shape.region ? Planar.overlap([shape.region], regions) / 1e4 : 0;
    const count = others.filter((one) => Planar.distance(shape, one) === 0).length;
    const at = shape.region ? 0 : regions.filter((region) => Planar.isInside(shape.points[0], region)).length;
    const also = count + at ? number(count + at) : "";
    if (hectares <= LEAST_HA) return also ? [title, also] : null;
    const percent = (100 * hectares) / total, share = percent < 0.05 ? "<0.1" : number(percent, 0, 1);
    const land = `${NM.hectares(hectares, NM.decimalsOf(total, accuracy))} ${t("ha")} (${share}%)`;
    return [title, also ? `${land}; ${t("class_count", { n: count })}` : land];
  }
  function overlaps(shape, total) {
    const bounds = boundsOf(shape, 1), rows = [], worst = (list) => Math.max(Draw.accuracy(), ...list.map((metres) => metres ?? 0));
    if (!state.off.has("sites")) rows.push(...data.sites.map((site) => insideText(labelOf(site), [gridShape(site.shape)], shape, total, worst([site.accuracy_m]))));
    for (const layer of data.layers) {
      if (!layer.count || state.off.has(layer.name) || layer.group === "base") continue;
      const found = [...featuresIn(layer, bounds)], accuracy = worst(found.map(({ feature }) => feature?.accuracy_m));
      rows.push(insideText(name(layer.titles), found.map((one) => one.shape), shape, total, accuracy));
    }
    if (BaseMap.has && Compare.isShown("base")) for (const [title, found, accuracy] of BaseMap.areasIn(bounds)) rows.push(insideText(title, found, shape, total, worst([accuracy])));
    return rows.filter(Boolean);
  }
  // The nearest station that is open in the chosen year, or due by then.
  function nearestOpen(shape, accuracy) {
    const stations = data.layers.find((layer) => layer.name === "stations")?.features ?? [];
    const open = stations.filter((one) => ["open_in_year", "due"].includes(NM.openState(one)));
    const [best] = open.map((one) => [one, Planar.distance(shape, gridShape(one.shape))]).sort(([, a], [, b]) => a - b);
    if (!best) return null;
    const [one, far] = best, off = one.accuracy_m === null ? null : one.accuracy_m + accuracy;
    return [t("nearest_open", { year: String(state.year) }), `${name(one.names)}: ${NM.distanceText(NM.roundedDistance(far, off))}, ${t(NM.openState(one))}`];
  }
  // What is known of the drawing: hectares with their range, what it covers, the nearest station.
  function results() {
    const shape = drawnShape(), accuracy = Draw.accuracy(), ring = shape.region?.[0];
    const hectares = ring ? Math.abs(Planar.signedArea(ring)) / 1e4 : 0;
    const size = ring ? [[say("heading", "area_ha"), NM.sizeText(hectares, Planar.perimeter(ring), accuracy)], [t("perimeter"), `${number(Planar.perimeter(ring))} ${t("m")}`]] : [];
    const [east, north] = Grid.toGrid(state.drawing.corners[0].lat, state.drawing.corners[0].lng);
    const place = ring ? [] : [[t("here"), `HK80 ${number(east)} E ${number(north)} N`]];
    const inside = overlaps(shape, hectares), nearest = nearestOpen(shape, accuracy);
    return el("div", {}, NM.definitionList([...size, ...place, [say("heading", "accuracy_m"), t("draw_accuracy", { m: accuracy })], ...(nearest ? [nearest] : [])]),
      inside.length ? [el("h3", {}, t(ring ? "draw_covers" : "draw_lies_in")), NM.definitionList(inside)] : "");
  }
  const measures = () => {
    const ring = drawnShape().region?.[0], size = ring ? { area_ha: Number((Math.abs(Planar.signedArea(ring)) / 1e4).toFixed(4)), perimeter_m: Number(Planar.perimeter(ring).toFixed(1)) } : {};
    return { ...size, ...(state.buffer && subject()?.key === "drawing" ? { buffer_m: state.buffer } : {}) };
  };

  // What the buffer is drawn round: the drawing or the chosen site.
  function subjects() {
    const site = data.sites.find((one) => one.id === state.site);
    return [
      ...(state.drawing?.done ? [{ key: "drawing", title: t("drawing"), accuracy: Draw.accuracy(), of: state.drawing, shape: drawnShape }] : []),
      ...(site ? [{ key: "site", title: labelOf(site), accuracy: site.accuracy_m, of: site, shape: () => gridShape(site.shape) }] : []),
    ];
  }
  const subject = () => { const all = subjects(); return all.find(({ key }) => key === state.bufferOf) ?? all[0]; };
  // Metres from a subject to each feature near it, by layer; measured once for each subject.
  function gapsTo({ of, shape }, layer) {
    if (!gaps.has(of)) gaps.set(of, new Map());
    const known = gaps.get(of);
    if (!known.has(layer)) {
      const from = shape(), bounds = boundsOf(from, MOST_M + 1);
      known.set(layer, [...featuresIn(layer, bounds)].map(({ shape: to, feature }) => [Planar.distance(from, to), feature]));
    }
    return known.get(layer);
  }
  function countText(one, layer) {
    const within = gapsTo(one, layer).filter(([far]) => far <= state.buffer + NOISE_M), dated = within.filter(([, feature]) => feature && NM.hasDate(feature));
    if (!layer.big && !layer.features.some(NM.hasDate)) return number(within.length);
    if (layer.big || dated.some(([, feature]) => feature.status === "open" && NM.openState(feature) === "undated")) return number(within.length);
    const open = dated.filter(([, feature]) => ["open_in_year", "due"].includes(NM.openState(feature))).length;
    return `${number(within.length)} (${t("buffer_open", { year: String(state.year), n: open })})`;
  }
  /** @returns {L.PolylineOptions} */
  const style = () => ({ color: NM.ink("#b00020"), weight: 2.5, dashArray: "1 5", lineCap: "round", interactive: false });
  function drawBuffer() {
    waiting = false;
    const box = NM.byId("nm-buffer"), all = subjects(), one = subject(), metres = state.buffer;
    box.hidden = !all.length;
    edge.clearLayers();
    if (!one) return NM.redraw("nm-buffer-found");
    const choice = NM.byId("nm-buffer-of");
    choice.replaceChildren(...all.map(({ key, title }) => el("option", { value: key, selected: key === one.key ? "" : null }, title)));
    for (const id of ["nm-buffer-m", "nm-buffer-slide"]) {
      const input = NM.byId(id);
      if (document.activeElement !== input || input.type === "range") input.value = metres;
    }
    if (!metres) return NM.redraw("nm-buffer-found", el("p", {}, t("buffer_none")));
    const shape = one.shape(), paths = Planar.bufferEdge(shape, metres), hectares = Planar.area(Planar.buffer(shape, metres)) / 1e4;
    L.polyline(paths.map((path) => path.map(([x, y]) => Grid.toDegrees(x, y))), { ...style(), className: "nm-buffer-edge" }).addTo(edge);
    const counted = data.layers.filter((layer) => layer.count && layer.group !== "base" && !state.off.has(layer.name));
    return NM.redraw("nm-buffer-found",
      el("p", { class: "nm-area", role: "status" }, t("buffer_found", { m: metres, ha: NM.sizeText(hectares, Planar.length(paths), one.accuracy) })),
      NM.definitionList(counted.map((layer) => [name(layer.titles), countText(one, layer)])), el("p", { class: "nm-source" }, t("rings")));
  }
  const request = () => { if (!waiting) { waiting = true; requestAnimationFrame(drawBuffer); } };

  function start(into) {
    map = into;
    edge = L.layerGroup().addTo(map);
    const set = (/** @type {any} */ { target }) => { const metres = Number(target.value); if (target.value && target.validity.valid && metres >= 0 && metres <= MOST_M) NM.set({ buffer: metres }); };
    for (const id of ["nm-buffer-m", "nm-buffer-slide"]) NM.byId(id).addEventListener("input", set);
    NM.byId("nm-buffer-m").addEventListener("change", ({ target }) => { target.value = state.buffer; });
    NM.byId("nm-buffer-of").addEventListener("change", ({ target }) => NM.set({ bufferOf: target.value }));
    NM.listen(request);
  }
  return { start, results, measures, metresBetween, MOST_M };
})();
