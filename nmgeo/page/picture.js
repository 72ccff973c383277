// The view as a picture: SVG put together from what the map shows, and PNG drawn from that.
const Picture = (() => {
  const { state, t, name } = NM;
  const SPACE = "http://www.w3.org/2000/svg", SHARP = 2;  // pixels of PNG for one of the screen
  const EDGE = 10, ROW = 18, SYMBOL = 34, GAP = 16;  // pixels: beside and between what stands under the map
  let map;

  const node = (tag, props, text) => {
    const made = NM.setProps(document.createElementNS(SPACE, tag), props);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const origin = () => map.getContainer().getBoundingClientRect();
  function place(one) {
    const { left, top, width, height } = one.getBoundingClientRect(), from = origin();
    return { x: left - from.left, y: top - from.top, width, height };
  }
  const image = (box, href) => node("image", { ...box, href, preserveAspectRatio: "none" });
  // Pictures of tiles; those of a host may be printed, but not copied into a file.
  const tileImages = (held) => [...map.getContainer().querySelectorAll("img.leaflet-tile")].filter((one) => !held || one.src.startsWith("data:"))
    .map((one) => image(place(one), one.src));
  function shapes(svg) {
    const copy = svg.cloneNode(true), box = place(svg);
    NM.setProps(copy, svg.hasAttribute("viewBox") ? box : { x: box.x, y: box.y });
    NM.setProps(copy, { overflow: "visible" }).removeAttribute("style");
    const one = [...svg.querySelectorAll("path")], other = [...copy.querySelectorAll("path")];
    one.forEach((path, n) => {
      for (const key of ["class", "tabindex", "role", "aria-label", "aria-pressed", "style"]) other[n].removeAttribute(key);
      if (path.getAttribute("stroke") === "currentColor") other[n].setAttribute("stroke", getComputedStyle(path).stroke);
    });
    return copy;
  }
  // The two years side by side, each on its side of the divider.
  function sweptShapes(width, height) {
    if (!Compare.isYears()) return [];
    const at = Compare.dividerAt();
    return [["left", [0, at]], ["right", [at, width]]].flatMap(([side, part]) => (
      clipped(side, part, height, [...map.getPane(`nm-${side}`).querySelectorAll("svg")].map(shapes))));
  }
  /** What is seen of the map between two places in pixels from its left edge. @param {any} key @param {any} part */
  function clipped(key, [from, to], height, inside) {
    const clip = node("clipPath", { id: `nm-half-${key}` }), half = node("g", { "clip-path": `url(#nm-half-${key})` });
    clip.append(node("rect", { x: from, y: 0, width: to - from, height }));
    half.append(...inside);
    return [clip, half];
  }
  // The base map, or the two that are compared, each on its side of the divider.
  function baseMaps(height, footed) {
    const drawn = { base: () => (BaseMap.has ? BaseMap.shapes().map((looks) => node("path", looks)) : []), tiles: () => tileImages(footed) };
    return Object.keys(drawn).flatMap((key) => {
      const part = Compare.partOf(key);
      return part ? clipped(key, part, height, drawn[key]()) : [];
    });
  }
  const divider = (height) => (state.compare ? [node("path", { d: `M${Compare.dividerAt()} 0V${height}`, stroke: "#000", "stroke-width": 2 })] : []);
  // The names as the style sheet sets them, with their looks as attributes.
  function names(svg, halo) {
    const copy = shapes(svg), made = [...copy.querySelectorAll("text")];
    [...svg.querySelectorAll("text")].forEach((text, n) => {
      const { fill, fontSize, fontWeight, fontStyle, letterSpacing, textTransform } = getComputedStyle(text);
      if (textTransform === "uppercase") made[n].textContent = text.textContent.toUpperCase();
      NM.setProps(made[n], { fill, "font-size": parseFloat(fontSize), "font-weight": fontWeight, "font-style": fontStyle, "letter-spacing": letterSpacing,
        "paint-order": "stroke", stroke: halo, "stroke-width": 3, "stroke-linejoin": "round" }).removeAttribute("class");
    });
    copy.querySelectorAll("g").forEach((one) => { one.removeAttribute("class"); one.removeAttribute("style"); });
    return copy;
  }
  // A text in lines that fit, broken between words, or between characters of Chinese.
  function linesOf(text, font, wide) {
    const ruler = document.createElement("canvas").getContext("2d"), lines = [""];
    ruler.font = font;
    for (const word of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]{1,24}\s*|\s+/g) ?? []) {
      if (lines.at(-1) && ruler.measureText(lines.at(-1) + word.trimEnd()).width > wide) lines.push("");
      lines[lines.length - 1] += word;
    }
    return lines.map((line) => line.trimEnd());
  }
  // The symbol of a class without the part of it that is not seen at this zoom.
  function swatch(svg, x, y) {
    const copy = NM.setProps(svg.cloneNode(true), { x, y });
    if (svg.dataset.dots === "none") copy.querySelector(".nm-dot").remove();
    if (svg.dataset.dots === "all") copy.querySelector("path").remove();
    return copy;
  }
  // What the colours of the reader's classes mean, in rows from a height on; and how high they are.
  function classKey(width, top, { fontFamily }, text) {
    const ruler = document.createElement("canvas").getContext("2d"), nodes = [];
    ruler.font = `11px ${fontFamily}`;
    let y = top - ROW;
    for (const layer of ClassLegend.shown()) {
      nodes.push(text(EDGE, y += ROW, 11, `${name(layer.titles)} · ${layer.column}`, { "font-weight": 700 }));
      let x = width;
      for (const row of MapView.classRows(layer)) {
        const symbols = [...row.querySelectorAll("svg")], words = row.textContent, long = symbols.length * SYMBOL + ruler.measureText(words).width;
        if (x + long > width - EDGE) [x, y] = [EDGE, y + ROW];
        nodes.push(...symbols.map((svg, n) => swatch(svg, x + n * SYMBOL, y - 12)), text(x + symbols.length * SYMBOL, y, 11, words));
        x += long + GAP;
      }
    }
    return { nodes, high: y - top + ROW };
  }
  // Under the map: the title, the classes, the scale, the caveat and the sources of what is shown; and how high that is.
  function foot(width, height, ink, paper) {
    const bar = map.getContainer().querySelector(".leaflet-control-scale-line"), long = bar.getBoundingClientRect().width;
    const text = (x, y, size, words, more = {}) => node("text", { x, y, fill: ink, "font-size": size, ...more }, words);
    const right = width - 10 - long, { fontFamily } = getComputedStyle(document.body), years = Compare.isYears() ? `${state.year} | ${state.compare.year}` : state.year;
    const title = linesOf(`${document.title} · ${years}`, `700 14px ${fontFamily}`, right - 80);  // beside the scale
    const small = [Compare.isShown("base") ? t("base_credit") : "", t("caveat")].flatMap((words) => linesOf(words, `11px ${fontFamily}`, width - 20));
    const key = classKey(width, height + 20 + ROW * title.length, getComputedStyle(document.body), text);
    const high = 28 + ROW * title.length + key.high + 16 * (small.length - 1), first = height + 20 + ROW * title.length + key.high;
    return { high, nodes: [node("rect", { x: 0, y: height, width, height: high, fill: paper }),
      ...title.map((words, n) => text(10, height + 20 + ROW * n, 14, words, { "font-weight": 700 })), ...key.nodes, ...small.map((words, n) => text(10, first + 16 * n, 11, words)),
      node("path", { d: `M${right} ${height + 12}v7h${long}v-7`, stroke: ink, fill: "none", "stroke-width": 1.5 }),
      text(right - 6, height + 20, 12, bar.textContent, { "text-anchor": "end" })] };
  }
  function build({ footed = true } = {}) {
    const { width, height } = origin(), style = getComputedStyle(document.documentElement), colour = (key) => style.getPropertyValue(key).trim();
    const under = footed ? foot(width, height, colour("--ink"), colour("--paper")) : { high: 0, nodes: [] };
    const svg = node("svg", { xmlns: SPACE, width, height: height + under.high, viewBox: `0 0 ${width} ${height + under.high}`, "font-family": getComputedStyle(document.body).fontFamily });
    const clip = node("clipPath", { id: "nm-view" }), view = node("g", { "clip-path": "url(#nm-view)" });
    clip.append(node("rect", { width, height }));
    svg.append(node("title", {}, document.title), clip, document.querySelector(".nm-patterns defs").cloneNode(true), view);
    view.append(node("rect", { width, height, fill: colour("--map") }));
    view.append(...baseMaps(height, footed));
    if (CanvasLayers.isDrawn()) view.append(image({ x: 0, y: 0, width, height }, CanvasLayers.picture(SHARP).toDataURL()));
    view.append(...sweptShapes(width, height), ...divider(height));
    for (const one of map.getContainer().querySelectorAll(".leaflet-overlay-pane > svg")) view.append(shapes(one));
    view.append(names(map.getContainer().querySelector(".nm-names"), colour("--halo")));
    svg.append(...under.nodes);
    return svg;
  }
  const svg = async () => new XMLSerializer().serializeToString(build());
  async function png() {
    const made = build(), text = new XMLSerializer().serializeToString(made), picture = new Image(), [width, height] = ["width", "height"].map((key) => Number(made.getAttribute(key)));
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * SHARP, height: height * SHARP });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done, failed) => { canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture")))); });
  }
  function start(into) { map = into; }
  return { start, build, svg, png };
})();
