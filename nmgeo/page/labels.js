// Names on the map: each where it hides neither a symbol nor another name, the important ones first.
const Labels = (() => {
  const items = [], symbols = [];
  const GAP = 3;  // pixels kept free round a name
  let map, pane, leaders, version = 0, waiting = false;

  // A name: where, what text, which class, its rank (0 first), its first zoom, the radius of its symbol, or the box of its area.
  const add = (item) => { items.push({ rank: 5, from: 0, radius: 0, shown: () => true, ...item }); };
  const SMALL = 60;  // pixels: no name covers an area that is smaller
  // What no name may cover: a symbol with its radius, or a small area with its box.
  const avoid = (symbol) => { symbols.push(symbol); };
  const meets = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
  const boxAt = (x, y, wide, high) => ({ left: x - GAP, top: y - GAP / 2, right: x + wide + GAP, bottom: y + high + GAP / 2 });

  function nodeOf(item) {
    if (!item.node) {
      item.node = NM.el("div", { class: `nm-label ${item.css ?? ""}`, "aria-hidden": item.quiet ? "true" : null });
      pane.append(item.node);
    }
    if (item.version !== version) {
      item.node.replaceChildren(...item.text());
      item.node.style.color = item.colour?.() ?? "";
      Object.assign(item, { version, wide: 0 });
    }
    return item.node;
  }
  // Places for the name of a point: beside, above and below it, then further away with a leader.
  function pointPlaces({ radius: r, wide, high }, { x, y }) {
    if (!r) return [[x - wide / 2, y - high / 2]];
    const beside = r + 3, places = [[x + beside, y - high / 2], [x - beside - wide, y - high / 2], [x - wide / 2, y - beside - high], [x - wide / 2, y + beside]];
    for (const [east, south] of [[1, -1], [1, 1], [-1, -1], [-1, 1]]) {
      places.push([east > 0 ? x + r * 0.7 : x - r * 0.7 - wide, south > 0 ? y + r * 0.7 : y - r * 0.7 - high]);
    }
    return places;
  }
  const farPlaces = ({ wide, high }, { x, y }) => [34, 58].flatMap((far) => [0.25, -0.25, 0.75, -0.75, 0.5, -0.5].map((turn) => {
    const east = Math.cos(turn * Math.PI) * far, south = Math.sin(turn * Math.PI) * far;
    return [x + east - (east < -1 ? wide : Math.abs(east) < 1 ? wide / 2 : 0), y + south - high / 2, true];
  }));
  // Places for the name of an area: inside where it fits, else beside its box with a leader.
  function areaPlaces({ wide, high, area }, { x, y }) {
    const one = map.latLngToContainerPoint(area.getNorthWest()), other = map.latLngToContainerPoint(area.getSouthEast());
    const [right, bottom, middle] = [other.x, other.y, (one.y + other.y) / 2], [broad, tall] = [other.x - one.x, other.y - one.y];
    const inside = broad > wide * 0.8 && tall > high * 1.2;
    const moved = [0, 0.12, -0.12, 0.22, -0.22, 0.32, -0.32].map((part) => [x - wide / 2, y - high / 2 + tall * part]);
    const beside = [[right + 12, middle - high / 2], [one.x - 12 - wide, middle - high / 2], [x - wide / 2, one.y - high - 12],
      [x - wide / 2, bottom + 12], [right + 4, bottom + 4], [one.x - wide - 4, one.y - high - 4], [right + 34, middle + 30], [right + 50, middle - 60]];
    return [...(inside ? moved : []), ...beside.map((at) => [...at, true])];
  }

  const rectOf = (node, from) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return { left: left - from.left, top: top - from.top, right: right - from.left, bottom: bottom - from.top };
  };
  function boxOf({ at, radius: r, area }) {
    if (area) {
      const { x: left, y: top } = map.latLngToContainerPoint(area.getNorthWest()), { x: right, y: bottom } = map.latLngToContainerPoint(area.getSouthEast());
      return Math.max(right - left, bottom - top) <= SMALL ? { left, top, right, bottom } : null;
    }
    const { x, y } = map.latLngToContainerPoint(at());
    return { left: x - r, top: y - r, right: x + r, bottom: y + r };
  }
  function place() {
    waiting = false;
    const box = map.getContainer(), edge = box.getBoundingClientRect(), zoom = map.getZoom(), size = map.getSize();
    const taken = [...box.querySelectorAll(".leaflet-control")].map((node) => rectOf(node, edge));
    taken.push(...symbols.filter((one) => one.shown()).map(boxOf).filter(Boolean));
    const seen = [];
    for (const item of items) {
      const at = zoom >= item.from && item.shown() ? map.latLngToContainerPoint(typeof item.at === "function" ? item.at() : item.at) : null;
      const inView = at && at.x > -200 && at.y > -60 && at.x < size.x + 200 && at.y < size.y + 60;
      if (inView) seen.push([item, at, nodeOf(item)]);
      else item.node?.classList.add("nm-hidden");
    }
    for (const [item, , node] of seen) if (!item.wide) Object.assign(item, { wide: node.offsetWidth, high: node.offsetHeight });
    seen.sort(([a], [b]) => a.rank - b.rank);
    const lines = [];
    for (const [item, at, node] of seen) {
      const places = item.area ? areaPlaces(item, at) : item.leader ? [...pointPlaces(item, at), ...farPlaces(item, at)] : pointPlaces(item, at);
      const found = places.find(([x, y]) => {
        const wanted = boxAt(x, y, item.wide, item.high);
        return wanted.left >= 0 && wanted.right <= size.x && wanted.top >= 0 && wanted.bottom <= size.y && !taken.some((other) => meets(wanted, other));
      });
      node.classList.toggle("nm-hidden", !found);
      if (!found) continue;
      taken.push(boxAt(found[0], found[1], item.wide, item.high));
      const { x, y } = map.containerPointToLayerPoint(found).round();
      node.style.transform = `translate(${x}px, ${y}px)`;  // not in 3D, which would make each name a layer of its own
      if (found[2]) lines.push(leader(item, at, found));
    }
    leaders.replaceChildren(...lines);
  }
  // A line from a name that was moved away to what it names.
  /** @param {any} item @param {L.Point} at @param {any[]} place */
  function leader({ wide, high, colour }, at, [x, y]) {
    const end = [Math.min(Math.max(at.x, x), x + wide), Math.min(Math.max(at.y, y), y + high)];
    const [from, to] = [map.containerPointToLayerPoint(at), map.containerPointToLayerPoint(end)];
    const node = document.createElementNS("http://www.w3.org/2000/svg", "path");
    return NM.setProps(node, { d: `M${from.x} ${from.y}L${to.x} ${to.y}`, stroke: colour?.() ?? "currentColor" });
  }
  const request = () => { if (!waiting) { waiting = true; requestAnimationFrame(place); } };

  function start(into) {
    map = into;
    pane = map.createPane("nm-names");
    leaders = NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", "svg"), { class: "nm-leaders", "aria-hidden": "true" });
    pane.append(leaders);
    map.on("zoomstart", () => pane.classList.add("nm-hidden"));
    map.on("zoomend viewreset", () => pane.classList.remove("nm-hidden"));
    map.on("moveend zoomend resize", request);
    NM.listen(() => { version += 1; }, "lang", "year", "compare", "scheme");
    NM.listen(request);
  }
  return { add, avoid, start, place, request };
})();
