// On the map: what the colours of the reader's classes mean, also where the panel is far or hidden.
const ClassLegend = (() => {
  const { data, state, t, name, el } = NM;
  const coloured = data.layers.filter((layer) => layer.classes?.length);
  const ROW = 20, LEAST = 640, TALL = 480;  // pixels: a row; a map that is narrower or lower shows it on demand
  let box = null, settled = false;

  const shown = () => coloured.filter((layer) => !state.off.has(layer.name));
  function draw() {
    const [summary, rows] = box.children;
    summary.textContent = t("sheet_legend");
    NM.setProps(rows, { "aria-label": t("sheet_legend") });
    rows.replaceChildren(...shown().flatMap((layer) => [el("p", {}, `${name(layer.titles)} · ${layer.column}`), el("ul", {}, MapView.classRows(layer))]));
    box.hidden = !shown().length;
    Labels.request();
  }
  // Open it at first where there is room, once the size of the map is known; return the width that it takes beside the first view.
  function settle({ clientWidth: x, clientHeight: y }) {
    if (!box) return 0;
    const high = coloured.reduce((sum, { classes }) => sum + ROW * (classes.length + 1), 2 * ROW);
    if (!settled) box.open = x >= LEAST && (y >= TALL || high <= y / 2);
    settled = true;
    return box.open ? box.offsetWidth : 0;
  }
  function start(map) {
    if (!coloured.length) return;
    box = el("details", { class: "nm-classes leaflet-control", toggle: () => Labels.request() }, el("summary", {}), el("div", { role: "group", tabindex: 0 }));
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    const Legend = L.Control.extend({ onAdd: () => box });
    new Legend({ position: "bottomright" }).addTo(map);  // the buttons are at the left
    NM.listen(draw, "lang", "off", "scheme");
    draw();
  }
  return { start, settle, shown };
})();
