// Layers too large for a path each: unpacked once, drawn on canvas tiles, found by position.
const Big = (() => {
  "use strict";
  const BLOCK = 128;

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
  function unpack({ paths, lengths, steps, closed, scale }) {
    const xy = numbers(steps);
    let x = 0, y = 0;
    for (let n = 0; n < xy.length; n += 2) {
      x += xy[n] % 2 ? -(xy[n] + 1) / 2 : xy[n] / 2;
      y += xy[n + 1] % 2 ? -(xy[n + 1] + 1) / 2 : xy[n + 1] / 2;
      xy[n] = x; xy[n + 1] = y;
    }
    const ends = Int32Array.from(numbers(lengths)), owned = Int32Array.from(numbers(paths));
    for (let n = 1; n < ends.length; n++) ends[n] += ends[n - 1];
    for (let n = 1; n < owned.length; n++) owned[n] += owned[n - 1];
    const count = owned.length, boxes = new Float64Array(count * 4);
    const blocks = new Float64Array(Math.ceil(count / BLOCK) * 4);
    for (let n = 0; n < blocks.length; n += 4) blocks.set([Infinity, Infinity, -Infinity, -Infinity], n);
    for (let f = 0; f < count; f++) {
      let w = Infinity, s = Infinity, e = -Infinity, t = -Infinity;
      const first = f ? owned[f - 1] : 0, from = first ? ends[first - 1] : 0;
      const to = owned[f] ? ends[owned[f] - 1] : 0;
      for (let n = from * 2; n < to * 2; n += 2) {
        if (xy[n] < w) w = xy[n];
        if (xy[n] > e) e = xy[n];
        if (xy[n + 1] < s) s = xy[n + 1];
        if (xy[n + 1] > t) t = xy[n + 1];
      }
      boxes.set([w, s, e, t], f * 4);
      const b = Math.floor(f / BLOCK) * 4;
      blocks[b] = Math.min(blocks[b], w); blocks[b + 1] = Math.min(blocks[b + 1], s);
      blocks[b + 2] = Math.max(blocks[b + 2], e); blocks[b + 3] = Math.max(blocks[b + 3], t);
    }
    return { xy, ends, owned, boxes, blocks, closed, scale, count };
  }

  const meets = (boxes, n, [w, s, e, t]) => boxes[n] <= e && boxes[n + 2] >= w && boxes[n + 1] <= t && boxes[n + 3] >= s;

  function within(pack, box, act) {
    for (let b = 0; b < pack.blocks.length; b += 4) {
      if (!meets(pack.blocks, b, box)) continue;
      const last = Math.min((b / 4 + 1) * BLOCK, pack.count);
      for (let f = (b / 4) * BLOCK; f < last; f++) if (meets(pack.boxes, f * 4, box)) act(f);
    }
  }

  function trace(context, pack, f, zoom, left, top) {
    for (let p = f ? pack.owned[f - 1] : 0; p < pack.owned[f]; p++) {
      const from = p ? pack.ends[p - 1] : 0;
      for (let n = from; n < pack.ends[p]; n++) {
        const x = pack.xy[n * 2] * zoom - left, y = pack.xy[n * 2 + 1] * zoom - top;
        if (n === from) context.moveTo(x, y); else context.lineTo(x, y);
      }
      if (pack.closed) context.closePath();
    }
  }

  const Canvas = L.GridLayer.extend({
    createTile(coords) {
      const tile = document.createElement("canvas"), size = this.getTileSize(), { pack, colour } = this.options;
      tile.width = size.x; tile.height = size.y;
      const context = tile.getContext("2d"), zoom = (256 * 2 ** coords.z) / pack.scale;
      const left = coords.x * size.x, top = coords.y * size.y;
      context.fillStyle = colour; context.strokeStyle = colour; context.lineWidth = 1;
      const box = [(left - 4) / zoom, (top - 4) / zoom, (left + size.x + 4) / zoom, (top + size.y + 4) / zoom];
      context.beginPath();
      within(pack, box, (f) => {
        const n = f * 4, x = pack.boxes[n] * zoom - left, y = pack.boxes[n + 1] * zoom - top;
        const wide = (pack.boxes[n + 2] - pack.boxes[n]) * zoom, high = (pack.boxes[n + 3] - pack.boxes[n + 1]) * zoom;
        if (wide < 2 && high < 2) context.rect(x, y, Math.max(wide, 1), Math.max(high, 1));
        else trace(context, pack, f, zoom, left, top);
      });
      if (pack.closed) { context.globalAlpha = 0.45; context.fill("evenodd"); context.globalAlpha = 1; }
      if (coords.z > 14 || !pack.closed) context.stroke();
      return tile;
    },
  });

  function holds(pack, f, x, y) {
    let inside = false;
    for (let p = f ? pack.owned[f - 1] : 0; p < pack.owned[f]; p++) {
      const from = p ? pack.ends[p - 1] : 0, to = pack.ends[p];
      for (let n = from, m = to - 1; n < to; m = n++) {
        const x1 = pack.xy[n * 2], y1 = pack.xy[n * 2 + 1], x2 = pack.xy[m * 2], y2 = pack.xy[m * 2 + 1];
        if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
      }
    }
    return inside;
  }

  // How near a line or a point comes to a place.
  function gap(pack, f, x, y) {
    let least = Infinity;
    for (let p = f ? pack.owned[f - 1] : 0; p < pack.owned[f]; p++) {
      const from = p ? pack.ends[p - 1] : 0;
      for (let n = from; n < Math.max(pack.ends[p] - 1, from + 1); n++) {
        const m = Math.min(n + 1, pack.ends[p] - 1), x1 = pack.xy[n * 2], y1 = pack.xy[n * 2 + 1];
        const dx = pack.xy[m * 2] - x1, dy = pack.xy[m * 2 + 1] - y1;
        const along = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0), 1);
        least = Math.min(least, Math.hypot(x - x1 - along * dx, y - y1 - along * dy));
      }
    }
    return least;
  }

  const stores = [];

  function add(group, layer) {
    const pack = unpack(layer.pack);
    stores.push({ layer, pack, group });
    new Canvas({ pack, colour: layer.colour, updateWhenZooming: false, pane: "overlayPane" }).addTo(group);
  }

  // The attributes of a feature, as text, in a popup at a place.
  function tell(map, layer, found, latlng) {
    const { el } = NM;
    const rows = Object.entries(layer.columns).flatMap(([key, values]) => (values[found] === null ? []
      : [el("dt", {}, key), el("dd", {}, String(values[found]))]));
    L.popup({ maxWidth: 320 }).setLatLng(latlng).setContent(el("dl", {}, rows)).openOn(map);
  }

  // Features of large layers whose id or name holds a text, and how to go there.
  function search(map, text, most) {
    const hits = [];
    for (const { layer, pack } of stores) {
      const named = ["name_en", "name_tc", "name_sc", "id"].filter((key) => Object.hasOwn(layer.columns, key)).map((key) => layer.columns[key]);
      for (let f = 0; f < pack.count && hits.length < most; f++) {
        const names = named.map((values) => values[f]);
        if (!names.some((one) => one !== null && String(one).normalize("NFKC").toLowerCase().includes(text))) continue;
        hits.push([[names[0] ?? names.at(-1)].map(String), layer.titles, () => {
          const [w, s, e, t] = pack.boxes.subarray(f * 4, f * 4 + 4), unit = 256 / pack.scale;
          const latlng = map.unproject(L.point(((w + e) / 2) * unit, ((s + t) / 2) * unit), 0);
          map.setView(latlng, 17);
          tell(map, layer, f, latlng);
        }]);
      }
    }
    return hits;
  }

  // The first feature of a large layer at a place.
  function identify(map, latlng) {
    for (const { layer, pack, group } of stores) {
      if (!map.hasLayer(group)) continue;
      const point = map.project(latlng, 0), x = (point.x / 256) * pack.scale, y = (point.y / 256) * pack.scale;
      const reach = (pack.closed ? 0 : 8) * (pack.scale / (256 * 2 ** map.getZoom()));
      let found = -1, least = reach;
      within(pack, [x - reach, y - reach, x + reach, y + reach], (f) => {
        if (pack.closed) { if (holds(pack, f, x, y)) found = f; return; }
        const near = gap(pack, f, x, y);
        if (near <= least) { least = near; found = f; }
      });
      if (found < 0) continue;
      tell(map, layer, found, latlng);
      return true;
    }
    return false;
  }

  return { add, identify, search };
})();
