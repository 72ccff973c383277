// Tools: language, measuring, the permalink, full screen, printing, and the pointer's position.
const Tools = (() => {
  const { data, state, t, el, number } = NM;
  let map, drawn = null, points = [];

  function languages() {
    NM.redraw("nm-langs", data.langs.map((lang, n) => el("button", {
      type: "button", "data-key": lang, lang: data.html_lang[n], "aria-pressed": String(lang === state.lang),
      click: () => NM.set({ lang }),
    }, data.lang_names[n])));
  }

  function measured() {
    const box = document.getElementById("nm-measured");
    if (points.length < 2) { box.textContent = drawn ? t("measure_how") : ""; return; }
    const length = `${number(Grid.metres(points), 1)} m`;
    const area = points.length > 2 ? `; ${number(Grid.hectares(points), 3)} ha` : "";
    box.textContent = `${length}${area} (${t("measure_grid")})`;
  }

  function measure() {
    drawn?.remove();
    drawn = drawn ? null : L.polyline([], { color: "#b00020", weight: 3, interactive: false }).addTo(map);
    points = [];
    NM.dress(document.getElementById("nm-measure"), { "aria-pressed": String(Boolean(drawn)) });
    measured();
  }

  function mark(latlng) {
    if (drawn) { points.push(latlng); drawn.setLatLngs(points); measured(); }
    return Boolean(drawn);
  }

  function pointer(latlng) {
    const [east, north] = Grid.grid(latlng.lat, latlng.lng);
    document.getElementById("nm-pointer").textContent =
      `HK80 ${number(east)} E ${number(north)} N · ${latlng.lat.toFixed(5)}, ${latlng.lng.toFixed(5)}`;
  }

  function toHash() {
    const { lat, lng } = map.getCenter();
    const parts = { v: [lat.toFixed(5), lng.toFixed(5), map.getZoom()].join(","), g: state.lang, y: state.year };
    if (state.site) parts.s = state.site;
    const asked = new URLSearchParams(parts);
    for (const key of state.off.size ? state.off : [""]) asked.append("off", key);
    try { history.replaceState(null, "", `#${asked}`); } catch { /* a sandboxed frame has no address */ }
  }

  // Take from the address only what the data know.
  function fromHash() {
    const asked = new URLSearchParams(location.hash.slice(1)), change = {};
    if (data.langs.includes(asked.get("g"))) change.lang = asked.get("g");
    const year = Number(asked.get("y"));
    if (Number.isInteger(year) && year >= data.years[0] && year <= data.years[1]) change.year = year;
    const known = (key) => data.layers.some((layer) => layer.name === key);
    if (asked.has("off")) change.off = new Set(asked.getAll("off").filter(known));
    if (data.sites.some((site) => site.id === asked.get("s"))) change.site = asked.get("s");
    const [lat, lng, zoom] = (asked.get("v") || "").split(",").map(Number);
    const there = Math.abs(lat) < 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= map.getMaxZoom();
    if (there && L.latLngBounds(data.bounds).pad(3).contains([lat, lng])) map.setView([lat, lng], zoom);
    NM.set(change);
  }

  const full = () => (document.fullscreenElement ? document.exitFullscreen()
    : document.getElementById("nm-map-box").requestFullscreen()).catch(() => {});  // a sandbox forbids it

  // Paper shows all that is in view, as it is drawn (tiles too), scaled to its 186 by 150 mm.
  function paper() {
    const { offsetWidth: wide, offsetHeight: high, style } = map.getContainer();
    document.querySelector("details").open = true;
    const told = { wide: `${wide}px`, high: `${high}px`, fit: Math.min(703 / wide, 567 / high) };
    for (const key in told) style.setProperty(`--${key}`, told[key]);
  }

  function start(into) {
    map = into;
    for (const change of [languages, toHash, measured]) NM.listen(change);
    for (const key of ["in", "out"]) {
      const button = map.getContainer().querySelector(`.leaflet-control-zoom-${key}`);
      NM.listen(() => NM.dress(button, { title: t(`zoom_${key}`), "aria-label": t(`zoom_${key}`) }));
    }
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    const point = ({ latlng }) => pointer(latlng || map.getCenter());
    map.on({ moveend: toHash, mousemove: point, move: point }).on("click", ({ latlng }) => {
      if (!mark(latlng) && !Chart.nearby(latlng) && !Big.identify(latlng)) NM.set({ site: null });
    });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.target !== map.getContainer()) return;
      if (event.key === "m") mark(map.getCenter());
      if (event.key === "Enter") Big.identify(map.getCenter());
    });
    const press = { skip: () => document.getElementById("nm-table").focus(), measure, print: () => print(), full };
    for (const key in press) document.getElementById(`nm-${key}`).addEventListener("click", press[key]);
    addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
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
    map._zoomAnimated = false;
    const pan = map.panBy;
    map.panBy = (by, options) => pan.call(map, by, { ...options, animate: false });
  }
  L.Popup.mergeOptions({ maxWidth: 260, autoPanPaddingTopLeft: [60, 10] });  // beside the zoom buttons
  Chart.start(map);
  Side.start();
  map.fitBounds(NM.data.bounds);
  const unreached = () => { document.getElementById("nm-tiles").textContent = NM.t("tiles_off"); };
  map.eachLayer((layer) => {
    if (layer instanceof L.TileLayer) layer.once("tileerror", () => { NM.listen(unreached); unreached(); });
  });
  Tools.start(map);
}
