// Layers too large for a path each: unpacked once, drawn on canvas tiles, found by position.
const Big = (() => {
  const { state, t, name, el } = NM;
  const NAMED = ["name_en", "name_tc", "name_sc", "id"];
  const REACH = [1, 3, 8];  // pixels from a line or a point, the nearest first
  const stores = [], probe = document.createElement("canvas").getContext("2d");
  let map;

  function numbers(text) {
    const bytes = atob(text), out = new Float64Array(bytes.length);
    let count = 0, value = 0, unit = 1;
    for (let n = 0; n < bytes.length; n++) {
      const byte = bytes.charCodeAt(n);
      value += (byte & 127) * unit;
      if (byte & 128) unit *= 128;
      else { out[count++] = value; value = 0; unit = 1; }
    }
    return out.subarray(0, count);
  }
  // Vertices of all features in one array, where each path and feature ends, and their boxes.
  function unpack({ paths, lengths, steps, scale }) {
    const xy = numbers(steps);
    let x = 0, y = 0;
    const signed = (step) => (step % 2 ? -(step + 1) / 2 : step / 2);
    for (let n = 0; n < xy.length; n += 2) {
      xy[n] = x += signed(xy[n]);
      xy[n + 1] = y += signed(xy[n + 1]);
    }
    const sums = (list) => { let sum = 0; return list.map((n) => (sum += n)); };
    const told = Int32Array.from(numbers(paths)), closed = told.map((n) => n & 1);  // a bit: are they rings
    const ends = sums(Int32Array.from(numbers(lengths))), owned = sums(told.map((n) => n >> 1));
    const count = owned.length, boxes = new Float64Array(count * 4);
    const pack = { xy, ends, owned, boxes, closed, scale, count };
    for (let f = 0; f < count; f++) {
      let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
      eachPath(pack, f, (from, to) => {
        for (let n = from * 2; n < to * 2; n += 2) {
          left = Math.min(left, xy[n]); right = Math.max(right, xy[n]);
          top = Math.min(top, xy[n + 1]); bottom = Math.max(bottom, xy[n + 1]);
        }
      });
      boxes.set([left, top, right, bottom], f * 4);
    }
    return pack;
  }

  function eachPath({ ends, owned }, f, act) {
    for (let p = f ? owned[f - 1] : 0; p < owned[f]; p++) act(p ? ends[p - 1] : 0, ends[p]);
  }

  function within({ boxes, count }, [left, top, right, bottom], act) {
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

  const Canvas = L.GridLayer.extend({
    createTile(coords) {
      const { pack, colour } = this.options, { x: width, y: height } = this.getTileSize();
      const tile = Object.assign(document.createElement("canvas"), { width, height });
      const context = Object.assign(tile.getContext("2d"), { fillStyle: `${colour}73`, strokeStyle: colour });
      const zoom = (256 * 2 ** coords.z) / pack.scale, left = coords.x * width, top = coords.y * height;
      const box = [left - 4, top - 4, left + width + 4, top + height + 4].map((edge) => edge / zoom);
      for (const closed of [1, 0]) {  // lines and points lie on polygons
        context.beginPath();
        within(pack, box, (f) => {
          const at = f * 4, x = pack.boxes[at] * zoom, y = pack.boxes[at + 1] * zoom;
          const wide = pack.boxes[at + 2] * zoom - x, high = pack.boxes[at + 3] * zoom - y;
          if (pack.closed[f] !== closed) return;
          if (wide >= 2 || high >= 2 || coords.z > 14) trace(context, pack, f, zoom, left, top);
          else context.rect(x - left, y - top, Math.max(wide, 1), Math.max(high, 1));
        });
        if (closed) context.fill("evenodd");
        if (coords.z > 14 || !closed) context.stroke();
      }
      return tile;
    },
  });
  // Whether a polygon holds a place, or a line or a point comes so near to it.
  function hit(pack, f, { x, y }, near) {
    Object.assign(probe, { lineJoin: "round", lineWidth: near * 2 }).beginPath();
    trace(probe, pack, f, 1, x, y);
    return pack.closed[f] ? probe.isPointInPath(0, 0, "evenodd") : probe.isPointInStroke(0, 0);
  }
  const toPack = (pack, latlng) => map.project(latlng, 0).multiplyBy(pack.scale / 256);
  const toMap = (pack, x, y) => map.unproject(L.point(x, y).multiplyBy(256 / pack.scale), 0);
  const names = (layer, f) => NAMED.map((key) => String(layer.columns[key]?.[f] ?? ""));
  const called = (layer, f) => { const all = names(layer, f); return name(all) || all.find(Boolean); };

  function add(group, layer) {
    const pack = unpack(layer.pack);
    stores.push({ layer, pack, at: -1, told: el("span", { role: "status" }) });
    new Canvas({ pack, colour: layer.colour, updateWhenZooming: false, pane: "overlayPane" }).addTo(group);
  }
  const shown = ({ layer }) => !state.off.has(layer.name);
  const say = ({ layer, pack, at, told }) => told.replaceChildren(
    at < 0 ? "" : t("nth", { name: called(layer, at), n: at + 1, of: pack.count }));
  // A feature is outlined, and its attributes told as text in a popup at a place.
  function tell(store, f, latlng) {
    const { layer, pack } = store, lines = [];
    const style = { color: "#000", weight: 4, fill: false, interactive: false };
    eachPath(pack, f, (from, to) => lines.push(Array.from({ length: to - from }, (_, n) => (
      toMap(pack, pack.xy[(from + n) * 2], pack.xy[(from + n) * 2 + 1])))));
    const outline = L[pack.closed[f] ? "polygon" : "polyline"](lines, style);
    const rows = Object.entries(layer.columns).map(([key, values]) => [key, values[f]]);
    const popup = L.popup().setLatLng(latlng).setContent(NM.pairs(rows));
    popup.on("add", () => outline.addTo(map)).on("remove", () => outline.remove()).openOn(map);
    say(Object.assign(store, { at: f }));
  }
  // Bring a feature into view, no further out than a zoom, at once (a next step looks there), and tell of it.
  function go(store, f, zoom) {
    const [left, top, right, bottom] = store.pack.boxes.subarray(f * 4, f * 4 + 4);
    const middle = toMap(store.pack, (left + right) / 2, (top + bottom) / 2);
    if (!map.getBounds().contains(middle)) map.setView(middle, Math.max(map.getZoom(), zoom), { animate: false });
    tell(store, f, middle);
  }
  // Features whose id or name holds a text, and how to go there.
  function search(text, most) {
    const hits = [];
    for (const store of stores) {
      for (let f = 0; f < store.pack.count && hits.length < most; f++) {
        if (!names(store.layer, f).some((one) => NM.plain(one).includes(text))) continue;
        hits.push([[called(store.layer, f)], () => name(store.layer.titles), () => go(store, f, 17)]);
      }
    }
    return hits;
  }
  // The first feature at a place, of the layers that are on.
  function identify(latlng) {
    for (const store of stores.filter(shown)) {
      const { pack } = store, at = toPack(pack, latlng), pixel = pack.scale / (256 * 2 ** map.getZoom());
      for (const near of REACH.map((pixels) => pixels * pixel)) {
        let found = -1;
        const box = [at.x - near, at.y - near, at.x + near, at.y + near];
        within(pack, box, (f) => { if (pack.closed[f] <= (pack.closed[found] ?? 1) && hit(pack, f, at, near)) found = f; });
        if (found >= 0) { tell(store, found, latlng); return true; }
      }
    }
    return false;
  }
  // The next feature, or the one before; where the last one told is out of view, the first in view.
  function step(store, by) {
    const { pack, at } = store, seen = [], view = map.getBounds();
    const [one, other] = [view.getNorthWest(), view.getSouthEast()].map((corner) => toPack(pack, corner));
    within(pack, [one.x, one.y, other.x, other.y], (f) => seen.push(f));
    if (seen.length && !seen.includes(at)) go(store, seen.at(by > 0 ? 0 : -1), 16);
    else go(store, (Math.max(at, by > 0 ? -1 : 0) + by + pack.count) % pack.count, 16);
  }
  // A layer is walked feature by feature with two buttons, or the arrows; it says where one is.
  function walker(store) {
    const title = name(store.layer.titles), keys = { ArrowLeft: -1, ArrowRight: 1 };
    const button = (key, by) => el("button",
      { type: "button", "data-key": `${store.layer.name} ${key}`, click: () => step(store, by) }, t(key));
    const keydown = ({ key }) => { if (Object.hasOwn(keys, key)) step(store, keys[key]); };
    say(store);
    return el("div", { role: "group", "aria-label": title, keydown },
      button("previous", -1), button("next", 1), el("strong", {}, title), store.told);
  }

  function start(into) {
    map = into;
    NM.listen((change) => {
      if (change.off) map.closePopup();
      NM.redraw("nm-walk", stores.filter(shown).map(walker));
    });
  }
  return { add, identify, search, start };
})();
