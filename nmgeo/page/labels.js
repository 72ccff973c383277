// Names on the map: each where it hides neither a symbol nor another name, the important ones first.
const Labels = (() => {
  const items = [], symbols = [], outlines = [], fonts = new Map();
  const GAP = 3, WIDEST = 250, LEAST = 140, SHARE = 0.3, MOST_LINES = 4, LONGEST = 24, MOST_LETTERS = 400;  // pixels kept free round a name; of a line, at most and at least; of the map that a line may take; lines; letters without a break; in all
  const ruler = document.createElement("canvas").getContext("2d");
  let ruled = "", widest = WIDEST, map, pane, svg, leaders, version = 0, waiting = false;

  // A name: where, its lines (a text, or a text and its class), its class, rank (0 first), first zoom, the radius of its symbol, or the box of its area.
  const add = (item) => { items.push({ rank: 5, from: 0, radius: 0, css: "", shown: () => true, ...item }); };
  const SMALL = 60;  // pixels: no name covers an area that is smaller
  // What no name may cover: a symbol with its radius, or a small area with its box.
  const avoid = (symbol) => { symbols.push(symbol); };
  const WIDE = 240;  // pixels: a name with a line to what it names may lie on a neighbour that is larger
  // An outline that the name of another one stays off.
  const keepOff = (path) => { outlines.push(path); };
  const meets = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
  const boxAt = (x, y, wide, high) => ({ left: x - GAP, top: y - GAP / 2, right: x + wide + GAP, bottom: y + high + GAP / 2 });
  /** @param {string} tag @param {Record<string, any>} props */
  const svgNode = (tag, props, text = "") => Object.assign(NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", tag), props), { textContent: text });

  // How the style sheet sets the names of a class; asked for once and for all classes, since the browser works out its styles for it.
  function fontOf(css) {
    if (!fonts.has(css)) learnFonts([...new Set([css, ...items.map((item) => item.css)])].filter((one) => !fonts.has(one)));
    return fonts.get(css);
  }
  function learnFonts(classes) {
    const trials = svgNode("g", {});
    trials.append(...classes.map((css) => {
      const group = svgNode("g", { class: `nm-label ${css}` });
      group.append(svgNode("text", { class: css.split(" ").at(-1) }));
      return group;
    }));
    svg.append(trials);
    classes.forEach((css, n) => {
      const { fontStyle, fontWeight, fontSize, fontFamily, letterSpacing, textTransform, display } = getComputedStyle(trials.children[n].firstElementChild);
      const font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;  // with forced colours the browser gives no font in one word
      fonts.set(css, { font, size: parseFloat(fontSize), spacing: parseFloat(letterSpacing) || 0, upper: textTransform === "uppercase", none: display === "none", widths: new Map() });
    });
    trials.remove();
  }
  function widthOf(text, { font, spacing, upper, widths }) {
    if (!widths.has(text)) {
      if (ruled !== font) ruler.font = ruled = font;  // what the browser gives back is written otherwise
      widths.set(text, ruler.measureText(upper ? text.toUpperCase() : text).width + spacing * text.length);
    }
    return widths.get(text);
  }
  // A text in lines that are not too wide: between words, or between characters of Chinese.
  function linesOf(text, font) {
    if (text.length <= MOST_LETTERS && widthOf(text, font) <= widest) return [text];
    const words = new RegExp(`[\\u2e80-\\uffef]|[^\\s\\u2e80-\\uffef]{1,${LONGEST}}\\s*|\\s+`, "g"), lines = [""];
    for (const word of text.slice(0, MOST_LETTERS).match(words) ?? []) {
      if (lines.at(-1) && widthOf(lines.at(-1) + word.trimEnd(), font) > widest) lines.push("");
      lines[lines.length - 1] += word;
    }
    return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1].trimEnd()}…`] : lines;
  }
  // On a narrow map names are set in more lines.
  function fitTo({ x }) {
    const wide = Math.min(Math.max(x * SHARE, LEAST), WIDEST);
    if (wide !== widest) version += 1;
    widest = wide;
  }
  // Work out the lines of a name and its size, without a node: most names of a view find no room.
  function measure(item) {
    if (item.version === version) return;
    const lines = [];
    let wide = 0, high = 0;
    for (const one of item.text()) {
      const [text, part] = typeof one === "string" ? [one, ""] : one, font = fontOf(`${item.css} ${part}`.trim());
      if (font.none) continue;
      for (const line of linesOf(text, font)) {
        const long = widthOf(line.trimEnd(), font);
        lines.push({ text: line.trimEnd(), part, long, down: high + font.size * 0.97 });
        wide = Math.max(wide, long);
        high += font.size * 1.25;
      }
    }
    Object.assign(item, { version, lines, wide: Math.ceil(wide), high: Math.ceil(high) });
  }
  function draw(item, { x, y }) {
    const { lines, wide, centred, colour } = item, group = svgNode("g", { class: `nm-label ${item.css}`, "aria-hidden": item.quiet ? "true" : null });
    group.append(...lines.map(({ text, part, long, down }) => svgNode("text", { class: part || null, x: x + (centred ? (wide - long) / 2 : 0), y: y + down }, text)));
    group.style.fill = colour?.() ?? "";
    return group;
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
    const further = [50, 90, 130].flatMap((far) => [[right + far, middle - high / 2], [one.x - far - wide, middle - high / 2], [x - wide / 2, one.y - high - far], [x - wide / 2, bottom + far],
      [right + far / 2, bottom + far / 2], [one.x - wide - far / 2, bottom + far / 2], [right + far / 2, one.y - high - far / 2], [one.x - wide - far / 2, one.y - high - far / 2]]);
    return [...(inside ? moved : []), ...[...beside, ...further].map((at) => [...at, true])];
  }
  // Places close to an area, for where names are many.
  function closePlaces({ wide, high, area }, at) {
    const one = map.latLngToContainerPoint(area.getNorthWest()), other = map.latLngToContainerPoint(area.getSouthEast()), middle = (one.y + other.y) / 2;
    const beside = [[other.x + 10, middle - high / 2], [one.x - 10 - wide, middle - high / 2], [at.x - wide / 2, one.y - high - 10], [at.x - wide / 2, other.y + 10]];
    return other.x - one.x > wide && other.y - one.y > high ? [[at.x - wide / 2, at.y - high / 2], ...beside] : beside;
  }
  const placesOf = (item, at) => (item.close ? closePlaces(item, at) : item.area ? areaPlaces(item, at) : item.leader ? [...pointPlaces(item, at), ...farPlaces(item, at)] : pointPlaces(item, at));
  // A name of several parts without all but the first, for where there is no room.
  function shortOf(item) {
    const lines = item.lines.filter(({ part }) => !part), most = lines.at(-1);
    return lines.length === item.lines.length ? null : { ...item, lines, wide: Math.ceil(Math.max(...lines.map(({ long }) => long))), high: Math.ceil(most.down * 1.29) };
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
    const box = map.getContainer(), edge = box.getBoundingClientRect(), zoom = map.getZoom(), size = map.getSize(), seen = [];
    const taken = [...box.querySelectorAll(".leaflet-control, .nm-swipe-years:not([hidden]) span")].map((node) => rectOf(node, edge));
    fitTo(size);
    taken.push(...symbols.filter((one) => one.shown()).map(boxOf).filter(Boolean));
    for (const item of items) {
      if (zoom < item.from || !item.shown()) continue;
      const at = map.latLngToContainerPoint(typeof item.at === "function" ? item.at() : item.at);
      if (at.x > -200 && at.y > -60 && at.x < size.x + 200 && at.y < size.y + 60) seen.push([item, at]);
    }
    seen.sort(([a], [b]) => a.rank - b.rank);
    const lines = [], names = new Set(), drawn = [];
    const isFree = (item, /** @type {any[]} */ [x, y]) => {
      const wanted = boxAt(x, y, item.wide, item.high);
      return wanted.left >= 0 && wanted.right <= size.x && wanted.top >= 0 && wanted.bottom <= size.y && !taken.some((other) => meets(wanted, other));
    };
    const shapes = outlinesSeen();
    for (const [whole, at] of seen) {
      if (isHopeless(whole, at, taken)) continue;
      measure(whole);
      const forms = [whole, shortOf(whole)].filter(Boolean);
      const others = whole.outline ? shapes.filter(({ path, rings, box }) => path !== whole.outline && !(isOver(box, at) && Outlines.isInside(at, rings))) : [];
      const rules = whole.outline ? [isClear, isOffNeighbours] : [() => true];
      const [item, found] = firstPlace(rules, forms, { at, others, taken, drawn, isFree });
      if (!item) continue;
      taken.push(boxAt(found[0], found[1], item.wide, item.high));
      names.add(drawnAt(whole, item, map.containerPointToLayerPoint(found).round()));
      if (!found[2]) continue;
      drawn.push([at, leaderEnd(item, at, found)]);
      lines.push(leader(item, ...drawn.at(-1)));
    }
    leaders.replaceChildren(...lines);
    svg.querySelectorAll(".nm-label").forEach((name) => { if (!names.has(name)) name.remove(); });
    svg.append(...[...names].filter((name) => name.parentNode !== svg));
  }
  // The node of a name; the one that is there where it has not changed, so that the browser need not draw it anew.
  function drawnAt(whole, item, { x, y }) {
    const as = `${x} ${y} ${version} ${item.lines.length} ${item.colour?.()}`;
    if (whole.drawnAs !== as) Object.assign(whole, { drawnAs: as, node: draw(item, { x, y }) });
    return whole.node;
  }
  // A name that can only lie on its place has no room where something lies there: its text need not be measured.
  const isHopeless = ({ radius, close, area, leader }, at, taken) => !radius && !close && !area && !leader && taken.some((other) => isOver(other, at));
  // The outlines as they are drawn, in pixels of the view; far corners are left out there.
  function outlinesSeen() {
    const from = map.layerPointToContainerPoint([0, 0]);
    return outlines.filter((path) => map.hasLayer(path) && path._parts?.length).map((path) => {
      const rings = path._parts.map((ring) => ring.map((at) => at.add(from))), { min, max } = L.bounds(rings.flat());
      return { path, rings, box: { left: min.x, top: min.y, right: max.x, bottom: max.y }, wide: Math.max(max.x - min.x, max.y - min.y) };
    });
  }
  // The first place by the strictest rule that some place keeps; the whole name before the short one.
  function firstPlace(rules, forms, round) {
    for (const rule of rules) {
      for (const item of forms) {
        const found = placesOf(item, round.at).find((one) => round.isFree(item, one) && rule(item, one, round));
        if (found) return [item, found];
      }
    }
    return [];
  }
  const textBox = ({ wide, high }, [x, y]) => ({ left: x, top: y, right: x + wide, bottom: y + high });
  const isOn = ({ rings, box }, wanted) => meets(box, wanted) && Outlines.meetsBox(rings, wanted);
  /** @param {any} other @param {any[]} line */
  const isCrossed = ({ rings, box }, [from, to]) => meets(box, { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) })
    && Outlines.meetsLine(rings, [from, to]);
  // Whether a name lies on no neighbour and under no line, and its own line crosses no neighbour and no name.
  function isClear(item, place, { at, others, taken, drawn }) {
    const box = textBox(item, place), line = place[2] ? [at, leaderEnd(item, at, place)] : null;
    if (others.some((one) => isOn(one, box)) || drawn.some((other) => Outlines.lineMeetsBox(other, box))) return false;
    return !line || !(others.some((one) => isCrossed(one, line)) || taken.some((other) => !isOver(other, at) && Outlines.lineMeetsBox(line, other)));
  }
  const isOver = ({ left, top, right, bottom }, { x, y }) => x >= left && x <= right && y >= top && y <= bottom;
  function isOffNeighbours(item, place, { at, others }) {
    const near = place[2] ? others.filter(({ wide }) => wide <= WIDE) : others, line = [at, leaderEnd(item, at, place)];
    return near.every((one) => !isOn(one, textBox(item, place)) && !(place[2] && isCrossed(one, line)));
  }
  // A line from a name that was moved away to what it names.
  const leaderEnd = ({ wide, high }, at, [x, y]) => L.point(Math.min(Math.max(at.x, x), x + wide), Math.min(Math.max(at.y, y), y + high));
  function leader({ colour }, ...ends) {
    const [from, to] = ends.map((end) => map.containerPointToLayerPoint(end));
    return svgNode("path", { d: `M${from.x} ${from.y}L${to.x} ${to.y}`, stroke: colour?.() ?? "currentColor" });
  }
  const request = () => { if (!waiting) { waiting = true; requestAnimationFrame(place); } };

  function start(into) {
    map = into;
    pane = map.createPane("nm-names");
    svg = svgNode("svg", { class: "nm-names" });  // one for all names: each as an element of HTML would be a layer to compose
    leaders = svgNode("g", { class: "nm-leaders", "aria-hidden": "true" });
    svg.append(leaders);
    pane.append(svg);
    map.on("zoomstart", () => pane.classList.add("nm-hidden"));
    map.on("zoomend viewreset", () => pane.classList.remove("nm-hidden"));
    map.on("moveend zoomend resize", request);
    NM.listen(() => { version += 1; }, "lang", "year", "compare", "scheme");
    NM.listen(request);
  }
  return { add, avoid, keepOff, start, place, request };
})();
