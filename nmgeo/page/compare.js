// Two years, or two base maps, side by side: a divider is swept over the map.
const Compare = (() => {
  const { data, state, t, el } = NM;
  const THUMB = 44, GAP = 8, MIDDLE = 50;  // pixels; per cent
  let map, bar, line, labels, part = MIDDLE;
  const copies = {};

  const isYears = () => state.compare?.year !== undefined;
  // From the left edge of the map, in pixels; the middle of the thumb of the slider.
  const dividerAt = () => THUMB / 2 + ((map.getSize().x - THUMB) * part) / 100;
  function clip(pane, side) {
    const { x: left, y: top } = map.containerPointToLayerPoint([0, 0]), { x: right, y: bottom } = map.containerPointToLayerPoint(map.getSize());
    const at = left + dividerAt(), [from, to] = side === "left" ? [left, at] : [at, right];
    pane.style.clip = side ? `rect(${top}px, ${to}px, ${bottom}px, ${from}px)` : "";
  }
  // Whether a base map is shown, on either side.
  const isShown = (key) => [state.base, state.compare?.base].includes(key);
  // Where a base map is seen, in pixels from the left edge; null if nowhere.
  function partOf(key) {
    const { x } = map.getSize(), other = state.compare?.base;
    if (other === undefined) return key === state.base ? [0, x] : null;
    return key === state.base ? [0, dividerAt()] : key === other ? [dividerAt(), x] : null;
  }
  // Whether a base map is seen at a place.
  function isSeenAt(key, latlng) {
    const part = partOf(key);
    if (!part || state.compare?.base === undefined) return Boolean(part);
    const { x } = map.latLngToContainerPoint(latlng);
    return x >= part[0] && x <= part[1];
  }
  const isLeft = (latlng) => map.latLngToContainerPoint(latlng).x <= dividerAt();
  // The year that is shown at a place, and those that are shown anywhere.
  const yearAt = (latlng) => (isYears() && !isLeft(latlng) ? state.compare.year : state.year);
  const years = () => (isYears() ? [state.year, state.compare.year] : [state.year]);
  function sweep() {
    for (const side of ["left", "right"]) clip(copies[side].pane, isYears() ? side : null);
    const other = state.compare?.base;
    for (const [key, pane] of [["base", map.getPane("nm-base")], ["tiles", map.getPane("tilePane")]]) {
      if (pane) clip(pane, other === undefined ? null : key === state.base ? "left" : key === other ? "right" : null);
    }
    if (other !== undefined) Labels.request();  // a base map has its names on its side alone
    const x = `${dividerAt()}px`;
    line.style.left = x;
    labels.style.left = x;
    placeTitles();
  }
  // The titles lie between the buttons and the locator; a side that has no room for its own there has none.
  function placeTitles() {
    const { left: edge, width } = map.getContainer().getBoundingClientRect(), [left, right] = /** @type {HTMLElement[]} */ ([...labels.children]);
    if (!left) return;
    const beside = (css) => map.getContainer().querySelector(css)?.getBoundingClientRect() ?? { width: 0 };
    const buttons = beside(".leaflet-control-zoom"), locator = beside(".nm-locator"), at = dividerAt();
    const from = (buttons.width ? buttons.right - edge : 0) + GAP, to = (locator.width ? locator.left - edge : width) - GAP;
    left.style.right = `${Math.max(at - to, GAP)}px`;
    right.style.left = `${Math.max(from - at, GAP)}px`;
    left.classList.toggle("nm-hidden", Math.min(at - GAP, to) - left.offsetWidth < from);
    right.classList.toggle("nm-hidden", Math.max(at + GAP, from) + right.offsetWidth > to);
  }
  // Draw what has a date as it is in each of the two years.
  function drawCopies() {
    for (const [side, year] of [["left", state.year], ["right", state.compare?.year]]) {
      copies[side].group.clearLayers();
      if (isYears()) for (const path of MapView.datedCopies(year, copies[side])) path.addTo(copies[side].group);
    }
  }
  const titles = () => (isYears() ? years() : [t(`base_${state.base}`), t(`base_${state.compare.base}`)]);
  function draw() {
    const on = Boolean(state.compare);
    for (const node of [bar, line, labels]) node.hidden = !on;
    map.whenReady(drawCopies);  // after the layers are on the map, also where a link opens the page
    if (on) labels.replaceChildren(...titles().map((title) => el("span", {}, String(title))));
    NM.setProps(bar, { "aria-label": t("swipe"), "aria-valuetext": on ? titles().join(" | ") : "" });
    if (map.getZoom() !== undefined) sweep();
  }
  // What can be compared: the other years, and the other base maps.
  function options() {
    const [first, last] = data.years, years = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    const bases = ["none", ...(BaseMap.has ? ["base"] : []), ...(data.base_shown === "tiles" ? ["tiles"] : [])];
    const option = (value, text) => el("option", { value, selected: value === write() ? "" : null }, text);
    const select = NM.byId("nm-with");
    select.replaceChildren(option("", t("compare_none")),
      el("optgroup", { label: t("year") }, years.filter((year) => year !== state.year).map((year) => option(String(year), String(year)))),
      el("optgroup", { label: NM.say("group", "base") }, bases.filter((key) => key !== state.base).map((key) => option(key, t(`base_${key}`)))));
  }
  // What is compared, from an option or the address of the page; null if it is nothing.
  function read(text) {
    const year = Number(text);
    if (text && Number.isInteger(year) && year >= data.years[0] && year <= data.years[1]) return { year };
    return ["none", "base", data.base_shown].includes(text) ? { base: text } : null;
  }
  // Where the divider is, in per cent of the way; null in the middle.
  const writeDivider = () => (state.compare && part !== MIDDLE ? part : null);
  function readDivider(text) {
    const asked = Number(text ?? MIDDLE);
    part = asked >= 0 && asked <= 100 ? Math.round(asked) : MIDDLE;
    bar.value = part;
  }
  const write = () => String(state.compare?.year ?? state.compare?.base ?? "");

  function start(into) {
    map = into;
    for (const side of ["left", "right"]) {
      const pane = map.createPane(`nm-${side}`);
      pane.style.zIndex = 410;
      pane.classList.add("nm-side-pane");
      copies[side] = { pane, group: L.layerGroup().addTo(map), renderer: L.svg({ pane: `nm-${side}` }) };
    }
    const box = map.getContainer(), input = () => { part = Number(bar.value); sweep(); Labels.request(); };
    bar = el("input", { type: "range", class: "nm-swipe", min: 0, max: 100, step: 1, value: part, input, change: () => { Tools.writeHash(); Here.refresh(); } });
    [line, labels] = ["nm-swipe-line", "nm-swipe-years"].map((css) => el("div", { class: css, "aria-hidden": "true" }));
    for (const node of [bar, line, labels]) { L.DomEvent.disableClickPropagation(node); box.append(node); }
    NM.byId("nm-with").addEventListener("change", ({ target }) => NM.set({ compare: read(target.value) }));
    map.on("move resize zoomend viewreset", () => { if (state.compare) sweep(); });
    map.on("zoomend", drawCopies);
    NM.listen((change) => {
      draw();
      if (document.activeElement !== NM.byId("nm-with") || change.lang) options();
    });
  }
  return { start, read, write, readDivider, writeDivider, dividerAt, partOf, isShown, isSeenAt, isYears, yearAt, years };
})();
