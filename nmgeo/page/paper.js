// Printing: the map on a page of its own with legend, scale, north, date and sources; the tables after it.
const Paper = (() => {
  const { state, t, el, number } = NM;
  const MM = 96 / 25.4;  // pixels of CSS
  // Width and height in millimetres of the map on each paper, within margins of 12 mm.
  const PAPERS = {
    "a4-portrait": [186, 158], "a4-landscape": [200, 145], "a3-portrait": [273, 280], "a3-landscape": [310, 235],
  };
  const SMALLEST = 0.8;  // names of 12 pixels are then 7.2 points high
  let map, folded = [];

  const paper = () => (Object.hasOwn(PAPERS, state.paper) ? state.paper : "a4-portrait");
  // The size of the view for a paper: all that is seen, unless names would be too small; and how much it is reduced.
  function fit([wide, high]) {
    const { x, y } = map.getSize(), [broad, tall] = [wide * MM, high * MM];
    const part = Math.min(Math.max(Math.min(broad / x, tall / y), SMALLEST), 1);
    return { width: broad / part, height: tall / part, part };
  }
  // The map as it is drawn for a size of view, its labels placed anew.
  function drawMap({ width, height }) {
    const box = map.getContainer(), before = { width: box.style.width, height: box.style.height, flex: box.style.flex };
    Object.assign(box.style, { width: `${width}px`, height: `${height}px`, flex: "none" });
    map.invalidateSize({ animate: false });
    Labels.place();
    const picture = Picture.build({ footed: false });
    Object.assign(box.style, before);
    map.invalidateSize({ animate: false });
    Labels.place();
    return picture;
  }
  const metresPerPixel = () => {
    const { x, y } = map.getSize(), middle = [x / 2, y / 2], beside = [x / 2 + 100, y / 2];
    return Grid.metres([middle, beside].map((at) => map.containerPointToLatLng(at))) / 100;
  };
  function roundDown(value) {
    const step = 10 ** Math.floor(Math.log10(value));
    return [5, 2, 1].find((digit) => digit * step <= value) * step;
  }
  const svgNode = (tag, props, text) => {
    const node = NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", tag), props);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  // A bar of a round length in four parts, and an arrow to the north; on the grid, which is within 0.2 degrees of it.
  function scaleBar(metresPerMm) {
    const metres = roundDown(55 * metresPerMm), long = metres / metresPerMm, label = (far) => (far >= 1000 ? `${number(far / 1000, 0, 1)} ${t("km")}` : `${number(far)} ${t("m")}`);
    const svg = svgNode("svg", { width: `${long + 22}mm`, height: "11mm", viewBox: `-8 0 ${long + 22} 11`, role: "img", "aria-label": label(metres) });
    for (let n = 0; n < 4; n++) svg.append(svgNode("rect", { x: (long * n) / 4, y: 1, width: long / 4, height: 2, fill: n % 2 ? "#fff" : "#000", stroke: "#000", "stroke-width": 0.2 }));
    for (const part of [0, 0.5, 1]) svg.append(svgNode("text", { x: long * part, y: 7, "font-size": 3, "text-anchor": "middle" }, part ? label(metres * part) : "0"));
    return svg;
  }
  function northArrow() {
    const svg = svgNode("svg", { class: "nm-paper-north", width: "7mm", height: "11mm", viewBox: "0 0 9 14", role: "img", "aria-label": t("north") });
    svg.append(svgNode("path", { d: "M4.5 .5L7.5 9L4.5 7Z", fill: "#000" }), svgNode("path", { d: "M4.5 .5L1.5 9L4.5 7Z", fill: "#fff", stroke: "#000", "stroke-width": 0.3 }));
    svg.append(svgNode("text", { x: 4.5, y: 13.2, "font-size": 4, "text-anchor": "middle", "font-weight": 700 }, t("north_letter")));
    return svg;
  }
  // The symbols of the layers that are shown, without their switches.
  function legend() {
    const copy = NM.byId("nm-legend").cloneNode(true);
    copy.removeAttribute("id");
    copy.className = "nm-paper-legend";
    for (const label of copy.querySelectorAll("label")) {
      const input = label.querySelector("input");
      const isDrawn = !["rings", "links"].includes(label.dataset.layer) || MapView.isAround(label.dataset.layer);
      if (input.checked && !isDrawn) label.nextElementSibling.remove();  // its symbols
      if (!input.checked || !isDrawn) { label.remove(); continue; }
      label.replaceWith(el("p", {}, label.textContent));
    }
    copy.querySelectorAll("[id], [role]").forEach((node) => { node.removeAttribute("id"); node.removeAttribute("role"); });
    for (const part of copy.querySelectorAll("section")) if (!part.querySelector("li, p")) part.remove();
    return copy;
  }
  function page() {
    const size = PAPERS[paper()], view = fit(size), picture = drawMap(view), [wide, high] = size;
    NM.setProps(picture, { width: `${wide}mm`, height: `${high}mm`, role: "img", "aria-label": t("map") });
    const metresPerMm = (metresPerPixel() / view.part) * MM, scale = Number((metresPerMm * 1000).toPrecision(3));
    const date = new Intl.DateTimeFormat(state.lang === "en" ? "en-GB" : document.documentElement.lang, { dateStyle: "long" }).format(new Date());
    const sources = [Compare.isShown("base") ? t("base_credit") : "", Compare.isShown("tiles") ? t("base_tiles") : "", t("sources_after")].filter(Boolean);
    const bar = el("div", { class: "nm-paper-scale" });
    bar.append(scaleBar(metresPerMm), northArrow(), el("span", {}, `1:${number(scale)}`), el("span", {}, `${t("year")} ${Compare.isYears() ? `${state.year} | ${state.compare.year}` : state.year}`), el("span", {}, t("printed", { date })));
    const frame = el("div", { class: "nm-paper-map" });
    frame.append(picture);
    return [el("h1", {}, document.title), el("p", {}, t("caveat")), frame, bar, el("p", { class: "nm-paper-sources" }, sources.join("; ")), legend()];
  }

  function before() {
    const root = document.documentElement;
    folded = [.../** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details:not([open])"))].filter((one) => one.id !== "nm-save" && !one.closest("#nm-tables"));
    folded.forEach((one) => { one.open = true; });
    root.classList.add("nm-printing", `nm-${paper()}`);
    NM.set({ scheme: NM.isDark() });
    NM.byId("nm-paper").replaceChildren(...page());
  }
  function after() {
    document.documentElement.classList.remove("nm-printing", ...Object.keys(PAPERS).map((key) => `nm-${key}`));
    NM.set({ scheme: NM.isDark() });
    folded.forEach((one) => { one.open = false; });
    NM.byId("nm-paper").replaceChildren();
  }
  // Ask for the paper, then print.
  function ask() {
    const box = NM.byId("nm-print-box");
    const select = el("select", { id: "nm-paper-size", change: ({ target }) => NM.set({ paper: target.value }) },
      Object.keys(PAPERS).map((key) => el("option", { value: key, selected: key === paper() ? "" : null }, t(`paper_${key.replace("-", "_")}`))));
    const press = () => { box.close(); print(); };
    box.replaceChildren(el("h2", { id: "nm-print-title" }, t("print")), el("label", {}, t("paper"), select), el("p", {}, t("print_note")),
      el("div", { class: "nm-row" }, el("button", { type: "button", id: "nm-print-now", click: press }, t("print")), el("button", { type: "button", click: () => box.close() }, t("cancel"))));
    box.showModal();
  }
  function start(into) {
    map = into;
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    NM.byId("nm-print").addEventListener("click", ask);
  }
  return { start, PAPERS };
})();
