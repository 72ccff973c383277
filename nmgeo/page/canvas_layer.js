// Large layers: decoded once, drawn on a canvas, and identified by position.
const CanvasLayers = (() => {
  const { state, t, name, el } = NM;
  const NAME_COLUMNS = ["name_en", "name_tc", "name_sc"];
  const FAR = 2 ** 30;  // units of the encoding: beyond all
  const HIT_DISTANCES = [1, 3, 8];  // pixels from a line or point, smallest first
  const REACH = 8;  // pixels: no outline, nor the spike where its edges meet, lies farther from its feature
  const stores = [], hitContext = document.createElement("canvas").getContext("2d");
  let map;

  /** Numbers of a pack: a list of few, or the text of many. @param {number[] | string} numbers */
  function decodeNumbers(numbers) {
    if (typeof numbers !== "string") return Int32Array.from(numbers);
    const bytes = atob(numbers), out = new Int32Array(bytes.length);  // whole numbers cost no memory to read
    let count = 0;
    for (let n = 0; n < bytes.length; n++) {
      let byte = bytes.charCodeAt(n), value = byte & 127;  // numbers are below 2**31
      for (let shift = 7; byte & 128; shift += 7) value |= ((byte = bytes.charCodeAt(++n)) & 127) << shift;
      out[count++] = value;
    }
    return out.subarray(0, count);
  }
  // Decode the vertices of all features into one array, with the ends and boxes of features.
  function unpack({ paths, lengths, steps, scale }) {
    const xy = decodeNumbers(steps);  // from corner to corner, until the loop below has added them up
    const sums = (list) => { let sum = 0; return list.map((n) => (sum += n)); };
    const flagged = decodeNumbers(paths), closed = flagged.map((n) => n & 1);  // the lowest bit: whether the paths are rings
    const ends = sums(decodeNumbers(lengths)), owned = sums(flagged.map((n) => n >> 1));
    const count = owned.length, boxes = new Int32Array(count * 4);
    for (let f = 0, n = 0, x = 0, y = 0; f < count; f++) {
      let left = FAR, top = FAR, right = -FAR, bottom = -FAR;
      for (const to = owned[f] ? ends[owned[f] - 1] * 2 : 0; n < to; n += 2) {
        const east = xy[n], south = xy[n + 1];
        x += (east >> 1) ^ -(east & 1);
        y += (south >> 1) ^ -(south & 1);
        xy[n] = x;
        xy[n + 1] = y;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
      }
      const at = f * 4;
      boxes[at] = left; boxes[at + 1] = top; boxes[at + 2] = right; boxes[at + 3] = bottom;
    }
    return { xy, ends, owned, boxes, closed, scale, count };
  }

  function eachPath({ ends, owned }, f, act) {
    for (let p = f ? owned[f - 1] : 0; p < owned[f]; p++) act(p ? ends[p - 1] : 0, ends[p]);
  }

  /** @param {any} pack @param {number[]} box @param {(f: number) => void} act */
  function eachInBox({ boxes, count }, [left, top, right, bottom], act) {
    for (let f = 0, at = 0; f < count; f++, at += 4) {
      if (boxes[at] <= right && boxes[at + 2] >= left && boxes[at + 1] <= bottom && boxes[at + 3] >= top) act(f);
    }
  }

  function trace(context, pack, f, zoom, left, top) {
    eachPath(pack, f, (from, to) => {
      for (let n = from; n < to; n++) {
        const x = pack.xy[n * 2] * zoom - left, y = pack.xy[n * 2 + 1] * zoom - top;
        if (to - from === 1) context.rect(x - 2, y - 2, 4, 4);
        else if (n === from) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
      if (pack.closed[f]) context.closePath();
    });
  }

  // Fill with a colour, or a pattern of it that shows the class where colours repeat; it stays where it is on the map.
  function fillStyle(context, colour, pattern, left, top) {
    if (!pattern) return `${colour}${FILL}`;
    const cell = Object.assign(document.createElement("canvas"), { width: 8, height: 8 }), ink = cell.getContext("2d");
    Object.assign(ink, { fillStyle: `${colour}4d`, strokeStyle: colour });
    ink.fillRect(0, 0, 8, 8);
    if (pattern === "dots") { ink.fillStyle = colour; ink.fillRect(3, 3, 3, 3); }
    else { ink.beginPath(); ink.moveTo(0, 8); ink.lineTo(8, 0); ink.stroke(); }
    const fill = context.createPattern(cell, "repeat");
    fill.setTransform(new DOMMatrix([1, 0, 0, 1, -left % 8, -top % 8]));
    return fill;
  }
  const FILL = "73", FILLED = 0x73 / 255;  // of 255 and of 1, so that the base is seen through a polygon
  // Trace features whose corners can be seen; the others are specks.
  function traceOrAdd(context, specks, pack, features, { zoom, left, top, least, look }) {
    const { boxes } = pack;
    for (const f of features) {
      const at = f * 4, x = boxes[at] * zoom, y = boxes[at + 1] * zoom, wide = boxes[at + 2] * zoom - x, high = boxes[at + 3] * zoom - y;
      if (wide >= least || high >= least) trace(context, pack, f, zoom, left, top);
      else Specks.add(specks, x - left, y - top, wide, high, look);
    }
  }
  // Draw what of a layer meets a rectangle of the world in pixels of a zoom.
  function paint(context, { layer, pack }, z, left, top, width, height) {
    const zoom = (256 * 2 ** z) / pack.scale, box = [left - REACH, top - REACH, left + width + REACH, top + height + REACH].map((edge) => edge / zoom);
    const looks = layer.classes ?? [{ colour: layer.colour, pattern: "" }], found = looks.map(() => [[], []]);
    eachInBox(pack, box, (f) => found[layer.codes ? layer.codes[f] : 0][pack.closed[f]].push(f));
    const [line, least] = z > 14 ? [1.2, 0] : [0.7, 2];
    for (const closed of [1, 0]) {  // polygons first, so that lines and points are on top
      const specks = Specks.create(width, height, context.getTransform().a);
      looks.forEach(({ colour, pattern }, code) => {
        if (!found[code][closed].length) return;
        const ink = NM.ink(colour), look = { line, filled: closed && FILLED, parts: Colours.parts(ink) };
        context.beginPath();
        traceOrAdd(context, specks, pack, found[code][closed], { zoom, left, top, least, look });
        Object.assign(context, { fillStyle: fillStyle(context, ink, pattern, left, top), strokeStyle: ink, lineWidth: line });
        if (closed) context.fill("evenodd");
        context.stroke();  // every feature has an outline, at every zoom
      });
      Specks.draw(context, specks);
    }
  }
  // The large layers of the view on one canvas, without seams, with some pixels for one of the screen.
  function picture(sharp) {
    const size = map.getSize(), canvas = Object.assign(document.createElement("canvas"), { width: size.x * sharp, height: size.y * sharp });
    const context = canvas.getContext("2d"), { x, y } = map.getPixelBounds().min;
    context.scale(sharp, sharp);
    for (const store of stores.filter(isShown)) paint(context, store, map.getZoom(), x, y, size.x, size.y);
    return canvas;
  }
  const isDrawn = () => stores.some(isShown);
  // Whether a polygon contains a place, or a line or point is near it.
  function isHit(pack, f, { x, y }, near) {
    Object.assign(hitContext, { lineJoin: "round", lineWidth: near * 2 }).beginPath();
    trace(hitContext, pack, f, 1, x, y);
    return pack.closed[f] ? hitContext.isPointInPath(0, 0, "evenodd") : hitContext.isPointInStroke(0, 0);
  }
  const toPack = (pack, latlng) => map.project(latlng, 0).multiplyBy(pack.scale / 256);
  const toMap = (pack, x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y).multiplyBy(256 / pack.scale), 0);
  const names = (layer, f) => [...NAME_COLUMNS, layer.key ?? "id"].map((key) => String(layer.columns[key]?.[f] ?? ""));
  const displayName = (layer, f) => { const all = names(layer, f); return name(all) || all.find(Boolean); };

  function add(group, layer) {
    const pack = unpack(layer.pack);
    const store = { layer, pack, at: -1, status: el("span", { role: "status" }) };
    stores.push(store);
    const draw = (context, zoom, { x, y }, size) => paint(context, store, zoom, x, y, size.x, size.y);
    const canvas = new ViewCanvas({ css: "nm-layer", draw }).addTo(group);
    NM.listen(() => canvas.paint(), "scheme");
  }
  const isShown = ({ layer }) => !state.off.has(layer.name);
  const showPosition = ({ layer, pack, at, status }) => status.replaceChildren(
    at < 0 ? "" : t("nth", { name: displayName(layer, at), n: at + 1, of: pack.count }));
  // The paths of a feature as places on the map.
  function pathsOf(pack, f) {
    const paths = [];
    eachPath(pack, f, (from, to) => paths.push(Array.from({ length: to - from }, (_, n) => (
      toMap(pack, pack.xy[(from + n) * 2], pack.xy[(from + n) * 2 + 1])))));
    return paths;
  }
  const accuracyOf = (layer, f) => layer.columns.accuracy_m?.[f] ?? null;
  // Hectares of a polygon: those that were measured when the page was written, or else those of the encoded vertices.
  function hectaresOf(store, f, sizes) {
    const { square_metres: squareMetres } = store.layer;
    if (squareMetres) store.areas ??= decodeNumbers(squareMetres);
    return store.areas ? store.areas[f] / 1e4 : Math.abs(sizes.reduce((sum, size) => sum + size, 0));
  }
  function areaLine(store, f) {
    const { layer, pack } = store;
    if (!pack.closed[f]) return null;
    const paths = pathsOf(pack, f), sizes = paths.map((path) => Grid.signedHectares(path)), total = sizes.reduce((sum, size) => sum + size, 0);
    const parts = sizes.filter((size) => size * total > 0).length;  // holes go the other way round
    return el("p", { class: "nm-area" }, NM.areaText(hectaresOf(store, f, sizes), paths, accuracyOf(layer, f), parts));
  }
  // Outline a feature and open a popup with its attributes.
  function openPopup(store, f, latlng) {
    const { layer, pack } = store, lines = pathsOf(store.pack, f);
    const style = { color: NM.isDark() ? "#fff" : "#000", weight: 4, fill: false, interactive: false };
    const outline = pack.closed[f] ? L.polygon(lines, style) : L.polyline(lines, style);
    const rows = Object.entries(layer.columns).map(([key, values]) => [key, values[f]]);
    const popup = L.popup().setLatLng(latlng).setContent(() => el("div", {}, el("h2", {}, displayName(layer, f)),
      el("p", {}, name(layer.titles)), areaLine(store, f), NM.definitionList(rows)));
    popup.on("add", () => outline.addTo(map)).on("remove", () => outline.remove()).openOn(map);
    showPosition(Object.assign(store, { at: f }));
  }
  // Pan to a feature if it is out of view, without animation, since a next step needs the view; open its popup.
  function goTo(store, f, zoom) {
    MapView.turnOn(store.layer.name);
    const [left, top, right, bottom] = store.pack.boxes.subarray(f * 4, f * 4 + 4);
    const middle = toMap(store.pack, (left + right) / 2, (top + bottom) / 2);
    if (!map.getBounds().contains(middle)) map.setView(middle, Math.max(map.getZoom(), zoom), { animate: false });
    openPopup(store, f, middle);
  }
  // Features whose id or name contains a text, with a function that goes there.
  function search(text, most) {
    const hits = [];
    for (const store of stores) {
      for (let f = 0; f < store.pack.count && hits.length < most; f++) {
        const cells = Object.values(store.layer.columns).map((values) => values[f]).filter((one) => ["string", "number"].includes(typeof one));
        if (![...names(store.layer, f), ...cells].some((one) => NM.searchText(String(one)).includes(text))) continue;
        hits.push([[displayName(store.layer, f)], () => name(store.layer.titles), () => goTo(store, f, 17)]);
      }
    }
    return hits;
  }
  // Open the first feature at a place, of the visible layers.
  function identify(latlng) {
    for (const store of stores.filter(isShown)) {
      const { pack } = store, at = toPack(pack, latlng), pixel = pack.scale / (256 * 2 ** map.getZoom());
      for (const near of HIT_DISTANCES.map((pixels) => pixels * pixel)) {
        let found = -1;
        const box = [at.x - near, at.y - near, at.x + near, at.y + near];
        eachInBox(pack, box, (f) => { if (pack.closed[f] <= (pack.closed[found] ?? 1) && isHit(pack, f, at, near)) found = f; });
        if (found >= 0) { openPopup(store, found, latlng); return true; }
      }
    }
    return false;
  }
  // Every feature at a place, of the visible layers, with its hectares.
  /** @param {L.LatLng} latlng */
  function* at(latlng) {
    for (const store of stores.filter(isShown)) {
      const { layer, pack } = store, spot = toPack(pack, latlng), near = 8 * pack.scale / (256 * 2 ** map.getZoom()), hits = [];
      eachInBox(pack, [spot.x - near, spot.y - near, spot.x + near, spot.y + near], (f) => { if (isHit(pack, f, spot, near)) hits.push(f); });
      for (const f of hits) {
        const ha = pack.closed[f] ? hectaresOf(store, f, pathsOf(pack, f).map(Grid.signedHectares)) : 0;
        const more = ha ? ` · ${NM.hectares(ha, NM.decimalsOf(ha, accuracyOf(layer, f)))} ${t("ha")}` : "";
        yield { ha, text: `${displayName(layer, f)}, ${name(layer.titles)}`, more, act: () => openPopup(store, f, latlng) };
      }
    }
  }
  // Go to the next or previous feature, or to the first in view if the current one is out of view.
  function step(store, by) {
    const { pack, at } = store, seen = [], view = map.getBounds();
    const [one, other] = [view.getNorthWest(), view.getSouthEast()].map((corner) => toPack(pack, corner));
    eachInBox(pack, [one.x, one.y, other.x, other.y], (f) => seen.push(f));
    if (seen.length && !seen.includes(at)) goTo(store, seen.at(by > 0 ? 0 : -1), 16);
    else goTo(store, (Math.max(at, by > 0 ? -1 : 0) + by + pack.count) % pack.count, 16);
  }
  // Buttons to step through the features of a layer, also by arrow keys, with the current position.
  function stepButtons(store) {
    const title = name(store.layer.titles), keys = { ArrowLeft: -1, ArrowRight: 1 };
    const button = (key, by) => el("button",
      { type: "button", "data-key": `${store.layer.name} ${key}`, click: () => step(store, by) }, t(key));
    const keydown = ({ key }) => { if (Object.hasOwn(keys, key)) step(store, keys[key]); };
    showPosition(store);
    return el("div", { role: "group", "aria-label": title, keydown },
      button("previous", -1), button("next", 1), el("strong", {}, title), store.status);
  }

  function start(into) {
    map = into;
    NM.listen(() => map.closePopup(), "off");
    NM.listen(() => NM.redraw("nm-walk", stores.filter(isShown).map(stepButtons)), "lang", "off");
  }
  // The shape of an encoded feature on the grid, in metres.
  function gridShape(pack, f) {
    const paths = pathsOf(pack, f).map((path) => path.map(({ lat, lng }) => Grid.toGrid(lat, lng)));
    if (pack.closed[f]) return { region: paths };
    return paths.every((path) => path.length === 1) ? { points: paths.flat() } : { lines: paths };
  }
  // The features of a pack that a box in degrees meets.
  function inBounds(pack, bounds) {
    const [one, other] = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) => toPack(pack, corner)), found = [];
    eachInBox(pack, [one.x, one.y, other.x, other.y], (f) => found.push(f));
    return found;
  }
  const shapesIn = (layer, bounds) => { const { pack } = storeOf(layer); return inBounds(pack, bounds).map((f) => ({ shape: gridShape(pack, f), feature: null })); };
  const pathsAt = (layer, f) => { const { pack } = storeOf(layer); return { closed: pack.closed[f], paths: pathsOf(pack, f) }; };
  const storeOf = (layer) => stores.find((one) => one.layer === layer);
  const goToFeature = (layer, f) => goTo(storeOf(layer), f, 17);
  function boundsOf(layer, f) {
    const { pack } = storeOf(layer), [left, top, right, bottom] = pack.boxes.subarray(f * 4, f * 4 + 4);
    return L.latLngBounds(toMap(pack, left, bottom), toMap(pack, right, top));
  }
  return { isDrawn, picture, pathsAt, shapesIn, gridShape, inBounds, at, isHit, toPack, goToFeature, boundsOf, add, identify, search, start, unpack, trace, eachInBox, eachPath, toMap };
})();
