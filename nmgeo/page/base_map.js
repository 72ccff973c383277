// The base: land, water, roads, hills and their names, drawn quietly on one canvas under the data.
const BaseMap = (() => {
  const { data, t, name, el } = NM;
  const { unpack, trace, eachInBox } = CanvasLayers;
  const base = data.base, packs = new Map();
  const EDGE = 900;  // units of the encoding, about 120 m: nearer to the frame of the base, an edge is where it was cut
  const WIDEST = 16;  // pixels: half of the widest road at the last zoom, which lies so far beside its line
  const AREAS = [["shenzhen", "far"], ["land", "land"], ["sea", "sea"], ["golf_courses", "green"], ["ponds", "pond"], ["inland_water", "sea"]];
  /** @type {[string, number, number, string][]} */
  const ROADS = [["main_road", 12.5, 1.7, "road"], ["trunk_road", 12, 2.2, "road"], ["motorway", 8, 3, "motorway"]];  // first zoom, width at zoom 13
  const COLOURS = ["land", "far", "sea", "pond", "edge", "green", "motorway", "motorway-edge", "road", "road-edge", "district", "hill"];
  let map, frame;

  const growth = (zoom) => Math.max(1.3 ** (zoom - 13), 0.45);
  const schemes = new Map();  // colours of the style sheet: asking for one makes the browser work out all styles
  function colours() {
    const root = document.documentElement, scheme = `${NM.isDark()} ${root.classList.contains("nm-printing")}`;
    if (!schemes.has(scheme)) {
      const style = getComputedStyle(root);
      schemes.set(scheme, new Map(COLOURS.map((key) => [key, style.getPropertyValue(`--b-${key}`).trim()])).set("map", style.getPropertyValue("--map").trim()));
    }
    return (/** @type {string} */ key) => schemes.get(scheme).get(key);
  }
  // Trace the outline of features without the edges along the frame, where the base was cut.
  function traceEdges(context, pack, f, scale, left, top) {
    const { xy } = pack, [west, north, east, south] = frame, lies = (a, b, side) => Math.abs(a - side) < EDGE && Math.abs(b - side) < EDGE;
    CanvasLayers.eachPath(pack, f, (from, to) => {
      for (let n = from; n < to; n++) {
        const next = n + 1 < to ? n + 1 : from, x = xy[n * 2], y = xy[n * 2 + 1], a = xy[next * 2], b = xy[next * 2 + 1];
        if (lies(x, a, west) || lies(x, a, east) || lies(y, b, north) || lies(y, b, south)) continue;
        context.moveTo(x * scale - left, y * scale - top);
        context.lineTo(a * scale - left, b * scale - top);
      }
    });
  }

  function draw(context, box, zoom, left, top) {
    const colour = colours(), grow = growth(zoom);
    const each = (key, act) => { const one = packs.get(key); if (one) eachInBox(one.pack, box(one.pack), (f) => act(one, f)); };
    const outline = (/** @type {string} */ key, keep, tracer = trace) => {
      context.beginPath();
      each(key, (one, f) => { if (keep(one.layer, f)) tracer(context, one.pack, f, 256 * 2 ** zoom / one.pack.scale, left, top); });
    };
    const stroke = (style, width, dash = []) => {
      Object.assign(context, { strokeStyle: style, lineWidth: width, lineJoin: "round", lineCap: dash.length ? "butt" : "round" });
      context.setLineDash(dash); context.stroke(); context.setLineDash([]);
    };
    for (const [key, fill] of AREAS) {
      const large = (layer, f) => zoom >= 14 || key !== "ponds" || layer.hectares[f] >= 10;
      outline(key, large);
      context.fillStyle = colour(fill);
      context.fill("evenodd");
      if (fill === "sea" || fill === "pond") { outline(key, large, traceEdges); stroke(colour("edge"), 0.8); }
    }
    if (zoom >= 11.5) { outline("rivers", () => true); stroke(colour("edge"), 1.1 * grow); }
    if (zoom >= 11) { outline("district_borders", () => true); stroke(colour("district"), 1, [5, 4]); }
    const roads = ROADS.filter(([, from]) => zoom >= from);
    for (const casing of [true, false]) {
      for (const [kind, , width, style] of roads) {
        outline("roads", (layer, f) => layer.kinds[f] === kind);
        stroke(colour(casing ? `${style}-edge` : style), width * grow + (casing ? 1.6 : 0));
      }
    }
  }
  const hillShown = (layer, f, zoom) => zoom >= 15 || (zoom >= 14 && layer.heights[f] > 140) || (zoom >= 12 && layer.heights[f] > 450);
  function drawHills(context, zoom, left, top) {
    const one = packs.get("hills");
    if (!one) return;
    context.fillStyle = colours()("hill");
    for (let f = 0; f < one.pack.count; f++) {
      if (!hillShown(one.layer, f, zoom)) continue;
      const scale = 256 * 2 ** zoom / one.pack.scale, x = one.pack.xy[f * 2] * scale - left, y = one.pack.xy[f * 2 + 1] * scale - top;
      context.beginPath(); context.moveTo(x, y - 4); context.lineTo(x + 4.2, y + 3.2); context.lineTo(x - 4.2, y + 3.2); context.fill();
    }
  }
  function paint(context, zoom, { x, y }, size) {
    const box = ({ scale }) => [x - WIDEST, y - WIDEST, x + size.x + WIDEST, y + size.y + WIDEST].map((edge) => edge * scale / (256 * 2 ** zoom));
    context.fillStyle = colours()("map");
    context.fillRect(0, 0, size.x, size.y);
    draw(context, box, zoom, x, y);
    drawHills(context, zoom, x, y);
  }

  // The base of the view as the attributes of SVG paths.
  function shapes() {
    const context = SvgContext.create(), zoom = map.getZoom(), { min: { x, y }, max } = map.getPixelBounds();
    const box = ({ scale }) => [x - WIDEST, y - WIDEST, max.x + WIDEST, max.y + WIDEST].map((edge) => edge * scale / (256 * 2 ** zoom));
    draw(context, box, zoom, x, y);
    drawHills(context, zoom, x, y);
    return context.paths;
  }

  const TEXTS = {  // class, rank and first zoom of the names of each kind
    town: ["nm-town", 3, 9], village: ["nm-village", 6, 14], shenzhen_place: ["nm-far", 7, 13],
    district: ["nm-district", 9, 11], country_park: ["nm-park", 9, 13], hill: ["nm-hill", 8, 12], sea: ["nm-water", 5, 10],
  };
  // Names of places: a town by both names, a hill with its height.
  function addNames({ layer, pack }) {
    for (let f = 0; f < pack.count; f++) {
      const look = TEXTS[layer.kinds[f]], names = layer.names[f];
      if (!look || !names.some(Boolean)) continue;
      const [x, y] = [pack.xy[f * 2], pack.xy[f * 2 + 1]], at = CanvasLayers.toMap(pack, x, y);
      const [left, top, right, bottom] = pack.boxes.subarray(f * 4, f * 4 + 4);
      const height = layer.heights?.[f], isHill = height !== undefined, isArea = left !== right;
      const middle = isArea ? CanvasLayers.toMap(pack, (left + right) / 2, (top + bottom) / 2) : at;
      Labels.add({
        at: middle,
        text: () => [isHill ? `${name(names)} ${height}` : layer.kinds[f] === "town" ? NM.bothNames(names) : name(names)],
        css: look[0], rank: look[1] + (isHill ? (1000 - height) / 2000 : 0), from: look[2], radius: isHill ? 5 : 0, quiet: true,
        shown: () => Compare.isSeenAt("base", middle) && (!isHill || hillShown(layer, f, map.getZoom())),
      });
    }
  }

  // The locator: Hong Kong as a whole, with the view in it.
  function addLocator() {
    const svgNode = (tag, props) => NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", tag), props);
    const [west, north, east, south] = [113.82, 22.58, 114.42, 22.17], wide = 108, high = 80;
    const place = (lon, lat) => [(lon - west) / (east - west) * wide, (north - lat) / (north - south) * high];
    const d = base.locator.map((path) => `M${path.map((at) => place(...at).map((n) => n.toFixed(1)).join(" ")).join("L")}Z`).join("");
    const svg = svgNode("svg", { width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, "aria-hidden": "true" });
    const seen = svgNode("rect", { class: "nm-seen" });
    svg.append(svgNode("path", { d }), seen);
    const box = el("div", { class: "nm-locator" });
    box.append(svg);
    const Locator = L.Control.extend({ onAdd: () => box });
    new Locator({ position: "topright" }).addTo(map);
    const clamp = (value, most) => Math.min(Math.max(value, 1), most - 1);
    const follow = () => {
      const view = map.getBounds(), [left, top] = place(view.getWest(), view.getNorth()), [right, bottom] = place(view.getEast(), view.getSouth());
      const [x, y] = [clamp(left, wide - 6), clamp(top, high - 6)];
      NM.setProps(seen, { x, y, width: Math.max(clamp(right, wide) - x, 5), height: Math.max(clamp(bottom, high) - y, 5) });
    };
    map.on("moveend", follow);
    follow();
  }

  function start(into) {
    map = into;
    map.createPane("nm-base").style.zIndex = "150";  // under the tiles
    for (const layer of base.layers) packs.set(layer.name, { layer, pack: unpack(layer.pack) });
    const corners = ["land", "sea", "shenzhen"].filter((key) => packs.has(key)).map((key) => packs.get(key).pack)
      .flatMap(({ boxes, count }) => Array.from({ length: count }, (_, f) => boxes.subarray(f * 4, f * 4 + 4)));
    frame = [0, 1, 2, 3].map((n) => Math[n < 2 ? "min" : "max"](...corners.map((box) => box[n])));
    packs.forEach(addNames);
    const backdrop = new ViewCanvas({ pane: "nm-base", css: "nm-base", isOpaque: true, draw: paint }), credit = el("div", { class: "nm-credit" });
    const Credit = L.Control.extend({ onAdd: () => credit });
    new Credit({ position: "bottomright" }).addTo(map);
    NM.listen((change) => {
      const on = Compare.isShown("base"), there = map.hasLayer(backdrop);
      Object.assign(credit, { hidden: !on, textContent: t("base_credit") });
      if (on !== there) map[on ? "addLayer" : "removeLayer"](backdrop);
      else if (on && change.scheme !== undefined) backdrop.paint();
    });
  }
  // Named places of the base whose name contains a text, with a function that goes there.
  function search(text, most) {
    const hits = [];
    for (const key of ["place_names", "hills", "roads", "rivers", "ponds"]) {
      const { layer, pack } = packs.get(key) ?? { layer: { names: [] } };
      layer.names.forEach((names, f) => {
        if (hits.length >= most || !names.some((one) => one && NM.searchText(one).includes(text))) return;
        const [left, top, right, bottom] = pack.boxes.subarray(f * 4, f * 4 + 4);
        hits.push([names, () => name(layer.titles), () => MapView.goTo(CanvasLayers.toMap(pack, (left + right) / 2, (top + bottom) / 2))]);
      });
    }
    return hits;
  }
  const CLICKED = ["ponds", "inland_water", "golf_courses", "roads", "rivers", "sea", "land", "shenzhen"];
  // What the base shows at a place, with its accuracy.
  function at(latlng) {
    const pixels = 256 * 2 ** map.getZoom();
    return CLICKED.filter((key) => packs.has(key)).flatMap((key) => {
      const { layer, pack } = packs.get(key), spot = CanvasLayers.toPack(pack, latlng), near = 6 * pack.scale / pixels, hits = [];
      eachInBox(pack, [spot.x - near, spot.y - near, spot.x + near, spot.y + near], (f) => { if (CanvasLayers.isHit(pack, f, spot, near)) hits.push(f); });
      return hits.map((f) => `${[name(layer.names[f]), name(layer.titles)].filter(Boolean).join(", ")} · ${NM.errorText(layer.accuracy_m)}`);
    });
  }
  const AREAS_ASKED = ["ponds", "inland_water", "sea", "golf_courses"];
  // The areas of the base in a box in degrees: what they are with their accuracy, and their shapes on the grid.
  const areasIn = (bounds) => AREAS_ASKED.filter((key) => packs.has(key)).map((key) => {
    const { layer, pack } = packs.get(key);
    return [`${name(layer.titles)} · ${NM.errorText(layer.accuracy_m)}`, CanvasLayers.inBounds(pack, bounds).map((f) => CanvasLayers.gridShape(pack, f)), layer.accuracy_m];
  });
  const symbols = () => [["land", "land"], ["sea", "sea"], ["ponds", "pond"], ["golf_courses", "green"]]
    .map(([key, colour]) => [name(packs.get(key).layer.titles), `var(--b-${colour})`, "var(--b-edge)"]);
  return { shapes, areasIn, at, search, start, addLocator, symbols, has: base.layers.length > 0 };
})();
