// Symbols of the legend: areas look as they do on the map, also where they are so small that they are dots.
const Swatches = (() => {
  const SITE_FILL = 0.16, CLASS_FILL = 0.45, DISC_FILL = 0.9;  // opacity, on the map and in the legend
  const DOT = 4;  // pixels: an area that is smaller is filled by its outline
  const dotted = new Set(), sizes = new Map();  // sites that are drawn as discs at this zoom; the size of what a layer holds
  let map, swatches = [];

  const SYMBOL_PATHS = { line: "M2 8H28", box: "M2 2H28V14H2Z", base: "M2 2H28V14H2Z" };
  const emptyFill = () => (NM.isDark() ? "#1b1b1a" : "#fff");
  function legendSymbol(shape, stroke, fill, dash, opacity = SITE_FILL) {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    const looks = { stroke, fill, "stroke-width": 2, "stroke-dasharray": dash || "none", "fill-opacity": shape === "box" ? opacity : 1 };
    svg.append(NM.setProps(path, { d: SYMBOL_PATHS[shape] ?? Symbols.shapePath(shape, 15, 8, 5.5), ...looks }));
    if (fill.startsWith("url") || shape === "base") path.setAttribute("fill-opacity", "1");
    return NM.setProps(svg, { width: 30, height: 16, viewBox: "0 0 30 16", "aria-hidden": "true" });
  }
  // The symbol of areas of which a share are dots at this zoom: an area, a dot, or both.
  function ofAreas(share, dot, ...look) {
    const svg = legendSymbol("box", ...look), disc = legendSymbol("disc", dot.edge, dot.fill).firstElementChild;
    svg.append(NM.setProps(disc, { class: "nm-dot", "fill-opacity": dot.opacity }));
    swatches.push({ svg, share });
    show({ svg, share });
    return svg;
  }
  function show({ svg, share }) {
    const part = share();
    svg.dataset.dots = part ? (part < 1 ? "some" : "all") : "none";
  }
  function showAll() {
    swatches = swatches.filter(({ svg }) => svg.isConnected);
    swatches.forEach(show);
  }
  const ofSites = (sites, colour, ...look) => ofAreas(() => sites.filter(({ id }) => dotted.has(id)).length / (sites.length || 1),
    { edge: emptyFill(), fill: NM.ink(colour), opacity: DISC_FILL }, NM.ink(colour), ...look);
  // Of a layer whose areas have some size in degrees.
  function ofLayer(layer, size, colour, fill, opacity) {
    const isSmall = () => {
      if (map?.getZoom() === undefined) return 0;
      if (!sizes.has(layer)) sizes.set(layer, size());
      return Number(sizes.get(layer) / 360 * 256 * 2 ** map.getZoom() < DOT);
    };
    return ofAreas(isSmall, { edge: "none", fill: NM.ink(colour), opacity: 1 }, NM.ink(colour), fill, layer.classes ? null : layer.dash, opacity);
  }
  const setDot = ({ id }, isDot) => { dotted[isDot ? "add" : "delete"](id); };
  function start(into) {
    map = into;
    map.on("zoomend", showAll);
  }
  return { SITE_FILL, CLASS_FILL, DISC_FILL, emptyFill, legendSymbol, ofSites, ofLayer, setDot, start };
})();
