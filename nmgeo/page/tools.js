// Tools: language, measuring, the permalink, full screen, printing, and the pointer's position.
const Tools = (() => {
  "use strict";
  const { data, state, t, el, number } = NM;
  let map, drawn = null, points = [];

  function languages() {
    const buttons = data.langs.map((lang, n) => el("button", {
      type: "button", "data-key": lang, lang: data.html_lang[n], "aria-pressed": String(lang === state.lang),
      click: () => NM.set({ lang }),
    }, data.lang_names[n]));
    NM.redraw("nm-langs", buttons);
  }

  function measured() {
    const box = document.getElementById("nm-measured");
    if (points.length < 2) { box.textContent = drawn ? t("measure_how") : ""; return; }
    const length = `${number(Grid.metres(points), 1)} m`;
    const area = points.length > 2 ? `; ${number(Grid.hectares(points), 3)} ha` : "";
    box.textContent = `${length}${area} (${t("measure_grid")})`;
  }

  function measure() {
    const button = document.getElementById("nm-measure");
    if (drawn) { drawn.remove(); drawn = null; } else drawn = L.polyline([], { color: "#b00020", weight: 3, interactive: false }).addTo(map);
    points = [];
    button.setAttribute("aria-pressed", String(Boolean(drawn)));
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
    if (asked.has("off")) change.off = new Set(asked.getAll("off").filter((key) => data.layers.some((layer) => layer.name === key)));
    if (data.sites.some((site) => site.id === asked.get("s"))) change.site = asked.get("s");
    const [lat, lng, zoom] = (asked.get("v") || "").split(",").map(Number);
    const there = Math.abs(lat) < 85 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= map.getMaxZoom();
    if (there && L.latLngBounds(data.bounds).pad(3).contains([lat, lng])) map.setView([lat, lng], zoom);
    NM.set(change);
  }

  function fullscreen() {
    const box = document.getElementById("nm-map-box");
    if (document.fullscreenElement) document.exitFullscreen(); else box.requestFullscreen().catch(() => {});  // a sandbox forbids it
  }

  function start(into) {
    map = into;
    NM.listen(languages);
    NM.listen(toHash);
    NM.listen(measured);
    NM.listen(() => {
      for (const key of ["in", "out"]) {
        const button = map.getContainer().querySelector(`.leaflet-control-zoom-${key}`);
        button.title = t(`zoom_${key}`);
        button.setAttribute("aria-label", t(`zoom_${key}`));
      }
    });
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    map.on("moveend", toHash);
    map.on("mousemove", (event) => pointer(event.latlng));
    map.on("move", () => pointer(map.getCenter()));
    map.on("click", (event) => { if (!mark(event.latlng) && !Chart.nearby(event.latlng) && !Big.identify(map, event.latlng)) NM.set({ site: null }); });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.target !== map.getContainer()) return;
      if (event.key === "m") mark(map.getCenter());
      if (event.key === "Enter") Big.identify(map, map.getCenter());
    });
    const press = { measure, print: () => window.print(), full: fullscreen };
    for (const [key, act] of Object.entries(press)) document.getElementById(`nm-${key}`).addEventListener("click", act);
    document.querySelector(".nm-skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("nm-table").focus();
    });
    addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
    addEventListener("beforeprint", () => { document.querySelector("details").open = true; });
    addEventListener("hashchange", fromHash);
    fromHash();
    pointer(map.getCenter());
  }
  return { start, mark };
})();

// Called by the page once folium has made the map.
function nmStart(map) {
  "use strict";
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, inertia: false });
    map._zoomAnimated = false;
    const pan = map.panBy;
    map.panBy = (by, options) => pan.call(map, by, { ...options, animate: false });
  }
  Chart.start(map);
  Side.start(map);
  map.fitBounds(NM.data.bounds);
  map.eachLayer((layer) => {
    if (layer instanceof L.TileLayer) {
      layer.once("tileerror", () => { NM.listen(() => { document.getElementById("nm-tiles").textContent = NM.t("tiles_off"); }); NM.set({}); });
    }
  });
  Tools.start(map);
}
