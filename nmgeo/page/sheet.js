// On a phone: the panel as a sheet from below with three heights; and a button that goes to where the reader is.
const Sheet = (() => {
  const { t, el } = NM;
  const HEIGHTS = ["low", "middle", "high"];
  const narrow = matchMedia("screen and (max-width: 760px) and (min-height: 481px)");
  let map, side, handle, at = "low", mark = null, from = null;

  const isSheet = () => narrow.matches;
  function set(height) {
    at = height;
    document.documentElement.dataset.sheet = height;
    side.style.height = "";
    name();
  }
  const name = () => NM.setProps(handle, { "aria-label": `${t("sheet")}: ${t(`sheet_${at}`)}`, title: t("sheet") });
  // Raise the sheet so far that what was asked for is seen, and the map too.
  const raise = () => { if (isSheet() && at === "low") set("middle"); };
  const step = (by) => set(HEIGHTS[Math.min(Math.max(HEIGHTS.indexOf(at) + by, 0), 2)]);

  function drag(event) {
    from = { y: event.clientY, height: side.offsetHeight, moved: false };
    handle.setPointerCapture(event.pointerId);
  }
  function move({ clientY }) {
    if (!from) return;
    const height = from.height + from.y - clientY;
    if (Math.abs(clientY - from.y) > 6) from.moved = true;
    if (from.moved) side.style.height = `${Math.min(Math.max(height, 60), innerHeight - 60)}px`;
  }
  // Let the sheet come to rest at the nearest of its heights; a press alone goes to the next.
  function drop() {
    if (!from) return;
    const { moved } = from, high = side.offsetHeight / innerHeight;
    from = null;
    if (moved) set(high < 0.32 ? "low" : high < 0.68 ? "middle" : "high");
    else next();
  }
  const next = () => set(HEIGHTS[(HEIGHTS.indexOf(at) + 1) % 3]);
  function keydown(event) {
    const act = { ArrowUp: () => step(1), ArrowDown: () => step(-1), Enter: next, " ": next }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  const tell = (text) => { NM.byId("nm-located").textContent = text; };
  function found({ coords: { latitude: lat, longitude: lng, accuracy } }) {
    mark?.remove();
    mark = L.circle([lat, lng], { radius: accuracy, color: "#0072b2", weight: 2, fillOpacity: 0.12, interactive: false, className: "nm-me" }).addTo(map);
    map.setView([lat, lng], Math.max(map.getZoom(), 14));
    Here.show(L.latLng(lat, lng));
    tell(t("located", { m: Math.ceil(accuracy) }));
  }
  // The browser asks the reader first; the place stays in the page.
  function locate() {
    tell(t("locating"));
    if (!navigator.geolocation) { tell(t("not_located")); return; }
    navigator.geolocation.getCurrentPosition(found, () => tell(t("not_located")), { enableHighAccuracy: true, timeout: 15000 });
  }
  function addLocate() {
    const button = el("a", { href: "#", role: "button", class: "nm-locate" }), box = el("div", { class: "leaflet-bar" });
    const svg = NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", "svg"), { viewBox: "0 0 24 24", width: 24, height: 24, "aria-hidden": "true" });
    const path = NM.setProps(document.createElementNS("http://www.w3.org/2000/svg", "path"), { d: "M12 2v4M12 18v4M2 12h4M18 12h4M12 6a6 6 0 1 0 .01 0zM12 10a2 2 0 1 0 .01 0z", fill: "none", stroke: "currentColor", "stroke-width": 2 });
    svg.append(path);
    button.append(svg);
    box.append(button);
    L.DomEvent.disableClickPropagation(box);
    button.addEventListener("click", (event) => { event.preventDefault(); locate(); });
    button.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); locate(); } });
    const Locate = L.Control.extend({ onAdd: () => box });
    new Locate({ position: "topleft" }).addTo(map);
    NM.listen(() => NM.setProps(button, { "aria-label": t("locate"), title: t("locate") }), "lang");
  }
  function start(into) {
    map = into;
    side = document.querySelector(".nm-side");
    handle = NM.byId("nm-sheet");
    addLocate();
    handle.addEventListener("pointerdown", drag);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", drop);
    handle.addEventListener("pointercancel", () => { from = null; side.style.height = ""; });
    handle.addEventListener("keydown", keydown);
    handle.addEventListener("click", ({ detail }) => { if (!detail) next(); });  // by assistive technology
    side.addEventListener("focusin", ({ target }) => { if (target !== handle) raise(); });
    narrow.addEventListener("change", () => { side.style.height = ""; });
    NM.listen((change) => { if (change.lang) name(); if (change.site || change.drawTool) raise(); });
    set(at);
  }
  return { start, set, raise, isSheet, height: () => at };
})();
