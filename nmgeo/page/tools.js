// Tools: language, measuring, the permalink, full screen, printing, and the pointer's position.
const Tools = (() => {
  const { data, state, t, el, number } = NM;
  let map, measureLayer = null, points = [], isPlaced = false;  // whether the map has a view

  function languages() {
    const about = (lang) => ({ "data-key": lang, "aria-pressed": String(lang === state.lang), click: () => NM.set({ lang }) });
    NM.redraw("nm-langs", data.langs.map((lang, n) => (
      el("button", { type: "button", lang: data.html_lang[n], ...about(lang) }, data.lang_names[n]))));
  }

  function showMeasure() {
    const area = points.length > 2 ? `; ${number(Grid.hectares(points), 2)} ${t("ha")}` : "";
    const result = `${number(Grid.metres(points))} ${t("m")}${area} (${t("measure_grid")})`;
    NM.byId("nm-measured").textContent = points.length > 1 ? result : measureLayer ? t("measure_how") : "";
  }

  function measure() {
    if (Draw.isActive()) Draw.stop();
    map.closePopup();
    measureLayer?.remove();
    measureLayer = measureLayer ? null : L.layerGroup().addTo(map);
    NM.setProps(NM.byId("nm-measure"), { "aria-pressed": String(Boolean(measureLayer)) });
    drawMeasure([]);
  }
  const stopMeasure = () => { if (measureLayer) measure(); };
  // Draw the measured line, its vertices, and the area inside it.
  function drawMeasure(line) {
    const look = { color: NM.ink("#b00020"), weight: 3, interactive: false, className: "nm-measured" };
    points = line;
    measureLayer?.clearLayers().addLayer(L.polygon(points, { ...look, stroke: false })).addLayer(L.polyline(points, look));
    points.forEach((at) => measureLayer.addLayer(L.circleMarker(at, { ...look, radius: 4 })));
    showMeasure();
  }
  const addPoint = (latlng) => { if (Draw.addPoint(latlng)) return true; if (measureLayer) drawMeasure([...points, latlng]); return Boolean(measureLayer); };

  function pointer(latlng) {
    const [east, north] = Grid.toGrid(latlng.lat, latlng.lng);
    NM.byId("nm-pointer").textContent =
      `HK80 ${number(east)} E ${number(north)} N · ${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)}`;
  }

  // The state of the page, as the part of its address after the number sign.
  function hash() {
    const { lat, lng } = map.getCenter(), asked = new URLSearchParams({ v: [lat.toFixed(5), lng.toFixed(5), map.getZoom()].join(","), g: state.lang, y: state.year });
    const d = Draw.write(), r = state.buffer, here = Here.place();
    const parts = { s: state.site, b: state.base === data.base_shown ? null : state.base, d, r: r || null, ro: r ? state.bufferOf : null,
      c: Compare.write() || null, cp: Compare.writeDivider(), all: state.around ? 1 : null, o: state.opacity < 100 ? state.opacity : null, h: here && [here.lat.toFixed(6), here.lng.toFixed(6)].join(",") };
    for (const key in parts) if (parts[key] !== null && parts[key] !== undefined) asked.append(key, parts[key]);
    for (const table of LayerTables.write()) asked.append("t", table);
    for (const key of state.off.size ? state.off : [""]) asked.append("off", key);
    return `#${asked}`;
  }
  const address = () => location.href.replace(/#.*$/, "") + hash();
  const PAUSE_MS = 1000;
  let timer = 0, isWaiting = false;
  // Once the map has come to rest: a browser draws its address anew each time.
  function writeHashLater() {
    clearTimeout(timer);
    if (isPlaced) timer = setTimeout(writeHash, PAUSE_MS);
  }
  // Once for all that changes in one go; not as the page opens, since its address says nothing new then.
  function writeHashSoon() {
    if (isPlaced && !isWaiting) queueMicrotask(writeHash);
    isWaiting = isPlaced;
  }
  function writeHash() {
    isWaiting = false;
    clearTimeout(timer);
    if (!isPlaced) return;
    try { history.replaceState(null, "", hash()); } catch { /* a sandboxed frame has no address */ }
  }
  // Read the state from the address; values that the data do not contain are ignored.
  function readHash() {
    const asked = new URLSearchParams(location.hash.slice(1)), change = { lang: state.lang };
    if (data.langs.includes(asked.get("g"))) change.lang = asked.get("g");
    const year = Number(asked.get("y"));
    if (Number.isInteger(year) && year >= data.years[0] && year <= data.years[1]) change.year = year;
    const known = (key) => data.layers.some((layer) => layer.name === key);
    if (asked.has("off")) change.off = new Set(asked.getAll("off").filter(known));
    change.site = data.sites.find((site) => site.id === asked.get("s"))?.id ?? null;
    const metres = Number(asked.get("r"));
    change.drawing = asked.has("d") ? Draw.read(asked.get("d")) : null;
    if (metres >= 0 && metres <= Analysis.MOST_M) Object.assign(change, { buffer: metres, bufferOf: asked.get("ro") === "site" ? "site" : null });
    change.compare = Compare.read(asked.get("c") ?? "");
    Compare.readDivider(asked.get("cp"));
    change.around = asked.get("all") === "1";
    change.opacity = asked.has("o") ? Math.min(Math.max(Number(asked.get("o")) || 100, 10), 100) : 100;
    change.base = ["none", "base"].includes(asked.get("b")) ? asked.get("b") : data.base_shown;
    NM.set(change);
    const beside = ClassLegend.settle(map.getContainer());
    const [lat, lng, zoom] = (asked.get("v") || "").split(",").map(parseFloat);
    const there = Math.abs(lat) < 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= map.getMaxZoom();
    if (there && L.latLngBounds(data.bounds).pad(3).contains([lat, lng])) map.setView([lat, lng], zoom);
    else if (!isPlaced) map.fitBounds(data.bounds, { paddingTopLeft: [12, 12], paddingBottomRight: [12 + beside, 12], maxZoom: 17 });
    isPlaced = true;
    LayerTables.read(asked.getAll("t"));
    const place = (asked.get("h") || "").split(",").map(Number);
    if (place.length === 2 && Math.abs(place[0]) < 85 && Math.abs(place[1]) <= 180) Here.show(L.latLng(place[0], place[1]));
    else if (Here.place()) Here.clear();
    if (location.hash) writeHash();
  }
  const full = () => (document.fullscreenElement ? document.exitFullscreen()
    : document.documentElement.requestFullscreen());
  // Make a popup accessible: it takes the focus, and returns it to the path that opened it.
  function preparePopup(popup) {
    const box = popup.getElement(), from = document.activeElement;
    NM.setProps(box, { role: "dialog", tabindex: -1, "aria-label": box.querySelector("h2")?.textContent ?? t("map") });
    NM.setProps(box.querySelector(".leaflet-popup-close-button"), { "aria-label": t("close"), title: t("close") });
    const content = box.querySelector(".leaflet-popup-content");  // by keyboard it scrolls only if it takes the focus
    if (content.classList.contains("leaflet-popup-scrolled")) NM.setProps(content, { tabindex: 0, role: "group", "aria-label": box.getAttribute("aria-label") });
    else content.removeAttribute("tabindex");
    if (from.matches("path, :is(#nm-found, #nm-tables, #nm-here) button:focus-visible")) { popup.back = from; box.focus(); }
  }

  function start(into) {
    map = into;
    NM.listen(writeHashSoon);
    for (const change of [languages, showMeasure]) NM.listen(change, "lang");
    NM.listen(() => drawMeasure(points), "scheme");
    NM.setProps(map.getContainer(), { role: "group" });
    const named = { "": "map", " .leaflet-control-zoom-in": "zoom_in", " .leaflet-control-zoom-out": "zoom_out" };
    for (const [part, key] of Object.entries(named)) {
      const node = document.querySelector(`.folium-map${part}`);
      NM.listen(() => NM.setProps(node, { title: part ? t(key) : null, "aria-label": t(key) }), "lang");
    }
    map.on("popupopen", ({ popup }) => preparePopup(popup)).on("popupclose", ({ popup }) => {
      const back = popup.back?.isConnected ? popup.back : popup.back && map.getContainer();
      if (document.activeElement.matches("body, .leaflet-popup, .leaflet-popup *")) back?.focus();
      popup.back = null;  // another path may open it next
    });
    NM.listen(() => map.eachLayer((one) => { if (one instanceof L.Popup) { one.update(); preparePopup(one); } }), "lang");
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    const point = ({ latlng }) => { if (!map.dragging.moving?.()) pointer(latlng || map.getCenter()); };
    map.on({ moveend: writeHashLater, mousemove: point }).on("moveend", () => pointer(map.getCenter())).on("click", ({ latlng }) => {
      if (addPoint(latlng)) return;
      if (!MapView.openNearest(latlng) && !CanvasLayers.identify(latlng)) NM.set({ site: null });
      Here.show(latlng);
    });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.target !== map.getContainer() || Draw.keyOnMap(event)) return;
      if (event.key === "m") addPoint(map.getCenter());
      if (event.key === "Backspace" && measureLayer) drawMeasure(points.slice(0, -1));
      if (event.key === "Enter") { CanvasLayers.identify(map.getCenter()); Here.show(map.getCenter()); }
    });
    const press = { skip: () => NM.byId("nm-table").focus(), measure, full };
    for (const key in press) NM.byId(`nm-${key}`).addEventListener("click", press[key]);
    const leave = ({ key }) => { if (key === "Escape") { map.closePopup(); Here.clear(); stopMeasure(); if (Draw.isActive()) Draw.stop(); } };
    addEventListener("keydown", leave, true);  // in the capture phase, since Leaflet stops the event
    NM.byId("nm-full").hidden = !document.fullscreenEnabled;  // not available in a sandbox or on a small phone
    const isFull = () => ({ "aria-pressed": String(Boolean(document.fullscreenElement)) });
    addEventListener("fullscreenchange", () => NM.setProps(NM.byId("nm-full"), isFull()));
    addEventListener("hashchange", readHash);
    addEventListener("pagehide", writeHash);
    pointer(L.latLngBounds(data.bounds).getCenter());
    readHash();
  }
  return { start, addPoint, stopMeasure, address, writeHash };
})();
// Called by the page after folium has created the map.
function nmStart(map) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isStill || !matchMedia("(pointer: coarse)").matches) {  // with a mouse the map is sharp at once after a zoom, and stays where it is put
    Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, inertia: false });
    map._zoomAnimated = false;
  }
  if (isStill) {
    const pan = map.panBy;
    map.panBy = (by, options) => pan.call(map, by, { ...options, animate: false });
  }
  map.attributionControl.setPrefix(false);  // Leaflet is named in the credits
  document.documentElement.classList.toggle("nm-embed", new URLSearchParams(location.search).has("embed"));
  MapView.start(map);
  ClassLegend.start(map);
  Panel.start();
  Sheet.start(map);
  Compare.start(map);
  Years.start();
  LayerTables.start(map);
  Picture.start(map);
  Paper.start(map);
  Downloads.start();
  Here.start(map);
  Analysis.start(map);
  Draw.start(map);
  Tiles.start(map);
  Header.start();
  Tools.start(map);  // the state first, then the view: what is on the map is drawn once, when its size is known
  if (BaseMap.has) BaseMap.addLocator();
  const { y: high } = map.getSize();
  L.Popup.mergeOptions({ maxWidth: 260, maxHeight: Math.max(Math.min(300, high * 0.45), 100), autoPanPaddingTopLeft: [60, 10] });  // beside the buttons
}
