// Tools: language, measuring, the permalink, full screen, printing, and the pointer's position.
const Tools = (() => {
  const { data, state, t, el, number } = NM;
  let map, drawn = null, points = [];

  function languages() {
    const about = (lang) => ({ "data-key": lang, "aria-pressed": String(lang === state.lang), click: () => NM.set({ lang }) });
    NM.redraw("nm-langs", data.langs.map((lang, n) => (
      el("button", { type: "button", lang: data.html_lang[n], ...about(lang) }, data.lang_names[n]))));
  }

  function measured() {
    const area = points.length > 2 ? `; ${number(Grid.hectares(points), 2)} ha` : "";
    const told = `${number(Grid.metres(points))} m${area} (${t("measure_grid")})`;
    document.getElementById("nm-measured").textContent = points.length > 1 ? told : drawn ? t("measure_how") : "";
  }

  function measure() {
    drawn?.remove();
    drawn = drawn ? null : L.layerGroup().addTo(map);
    NM.dress(document.getElementById("nm-measure"), { "aria-pressed": String(Boolean(drawn)) });
    trace([]);
  }
  // The line that is measured, its corners, and the land inside it.
  function trace(line) {
    const look = { color: "#b00020", weight: 3, interactive: false };
    points = line;
    drawn?.clearLayers().addLayer(L.polygon(points, { ...look, stroke: false })).addLayer(L.polyline(points, look));
    points.forEach((at) => drawn.addLayer(L.circleMarker(at, { ...look, radius: 4 })));
    measured();
  }
  const mark = (latlng) => { if (drawn) trace([...points, latlng]); return Boolean(drawn); };

  function pointer(latlng) {
    const [east, north] = Grid.grid(latlng.lat, latlng.lng);
    document.getElementById("nm-pointer").textContent =
      `HK80 ${number(east)} E ${number(north)} N · ${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)}`;
  }

  function toHash() {
    const { lat, lng } = map.getCenter();
    const v = [lat.toFixed(5), lng.toFixed(5), map.getZoom()].join(","), s = state.site ? { s: state.site } : {};
    const asked = new URLSearchParams({ v, g: state.lang, y: state.year, ...s });
    for (const key of state.off.size ? state.off : [""]) asked.append("off", key);
    try { history.replaceState(null, "", `#${asked}`); } catch { /* a sandboxed frame has no address */ }
  }
  // Take from the address only what the data know.
  function fromHash() {
    const asked = new URLSearchParams(location.hash.slice(1)), change = { lang: state.lang };
    if (data.langs.includes(asked.get("g"))) change.lang = asked.get("g");
    const year = Number(asked.get("y"));
    if (Number.isInteger(year) && year >= data.years[0] && year <= data.years[1]) change.year = year;
    const known = (key) => data.layers.some((layer) => layer.name === key);
    if (asked.has("off")) change.off = new Set(asked.getAll("off").filter(known));
    if (data.sites.some((site) => site.id === asked.get("s"))) change.site = asked.get("s");
    const [lat, lng, zoom] = (asked.get("v") || "").split(",").map(parseFloat);
    const there = Math.abs(lat) < 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= map.getMaxZoom();
    if (there && L.latLngBounds(data.bounds).pad(3).contains([lat, lng])) map.setView([lat, lng], zoom);
    NM.set(change);
  }
  const full = () => (document.fullscreenElement ? document.exitFullscreen()
    : document.documentElement.requestFullscreen());
  // Paper shows all that is in view, as it is drawn (tiles too), scaled to its 186 by 150 mm.
  function paper() {
    const { offsetWidth: wide, offsetHeight: high, style } = map.getContainer();
    const folded = [...document.querySelectorAll("details:not([open])")];
    const unfold = (open) => folded.forEach((one) => Object.assign(one, { open }));
    unfold(true);
    addEventListener("afterprint", () => unfold(false), { once: true });
    const told = { wide: `${wide}px`, high: `${high}px`, fit: Math.min(703 / wide, 567 / high) };
    for (const key in told) style.setProperty(`--${key}`, told[key]);
  }
  // A popup that a path opened is read out, and gives the focus back if that would be lost when it closes.
  function told(popup) {
    const box = popup.getElement(), from = document.activeElement;
    NM.dress(box, { role: "dialog", tabindex: -1, "aria-label": box.querySelector("h2")?.textContent ?? t("map") });
    NM.dress(box.querySelector(".leaflet-popup-close-button"), { "aria-label": t("close"), title: t("close") });
    if (from.matches("path")) { popup.back = from; box.focus(); }
  }

  function start(into) {
    map = into;
    for (const change of [languages, toHash, measured]) NM.listen(change);
    NM.dress(map.getContainer(), { role: "group" });
    const named = { "": "map", " .leaflet-control-zoom-in": "zoom_in", " .leaflet-control-zoom-out": "zoom_out" };
    for (const [part, key] of Object.entries(named)) {
      const node = document.querySelector(`.folium-map${part}`);
      NM.listen(() => NM.dress(node, { title: part ? t(key) : null, "aria-label": t(key) }));
    }
    map.on("popupopen", ({ popup }) => told(popup)).on("popupclose", ({ popup }) => {
      if (document.activeElement.matches("body, .leaflet-popup, .leaflet-popup *")) popup.back?.focus();
      popup.back = null;  // the next time, something else may open it
    });
    NM.listen(({ lang }) => map.eachLayer((one) => { if (lang && one instanceof L.Popup) { one.update(); told(one); } }));
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    const point = ({ latlng }) => pointer(latlng || map.getCenter());
    map.on({ moveend: toHash, mousemove: point, move: point }).on("click", ({ latlng }) => {
      if (!mark(latlng) && !Chart.nearby(latlng) && !Big.identify(latlng)) NM.set({ site: null });
    });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.target !== map.getContainer()) return;
      if (event.key === "m") mark(map.getCenter());
      if (event.key === "Backspace" && drawn) trace(points.slice(0, -1));
      if (event.key === "Enter") Big.identify(map.getCenter());
    });
    const press = { skip: () => document.getElementById("nm-table").focus(), measure, print: () => print(), full };
    for (const key in press) document.getElementById(`nm-${key}`).addEventListener("click", press[key]);
    const leave = ({ key }) => { if (key === "Escape") { map.closePopup(); if (drawn) measure(); } };
    addEventListener("keydown", leave, true);  // before Leaflet, which keeps the key to itself
    document.getElementById("nm-full").hidden = !document.fullscreenEnabled;  // in a sandbox, on a small phone
    const isFull = () => ({ "aria-pressed": String(Boolean(document.fullscreenElement)) });
    addEventListener("fullscreenchange", () => NM.dress(document.getElementById("nm-full"), isFull()));
    addEventListener("beforeprint", paper);
    addEventListener("hashchange", fromHash);
    fromHash();
    pointer(map.getCenter());
  }
  return { start, mark };
})();
// Called by the page once folium has made the map.
function nmStart(map) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, inertia: false });
    const pan = Object.assign(map, { _zoomAnimated: false }).panBy;
    map.panBy = (by, options) => pan.call(map, by, { ...options, animate: false });
  }
  L.Popup.mergeOptions({ maxWidth: 260, maxHeight: 300, autoPanPaddingTopLeft: [60, 10] });  // beside the buttons
  map.attributionControl.setPrefix(false);  // Leaflet stands among the credits
  Chart.start(map);
  Side.start();
  map.fitBounds(NM.data.bounds);
  const unreached = () => { document.getElementById("nm-tiles").textContent = NM.t("tiles_off"); };
  map.eachLayer((layer) => {
    if (layer instanceof L.TileLayer) layer.once("tileerror", () => { NM.listen(unreached); unreached(); });
  });
  Tools.start(map);
}
