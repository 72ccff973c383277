// Drawing: one polygon or point, by mouse, touch or keyboard; corners are moved, added, removed; each step can be undone.
const Draw = (() => {
  const { state, t, el, number } = NM;
  const look = () => ({ color: NM.ink("#b00020"), weight: 3, fillOpacity: 0.12, interactive: false, className: "nm-drawn" });
  const PIXELS = 2;  // a corner is placed to this many pixels
  const SAME = 4;  // pixels: a click so near to the last corner is the second of a double click
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const history = [];
  let map, group, mode = null, said = "";

  const drawing = () => state.drawing;
  const isActive = () => mode !== null;
  const onGrid = (corners) => corners.map(({ lat, lng }) => Grid.toGrid(lat, lng));
  // A place as a corner, with the metres to which it was placed at this zoom.
  function corner({ lat, lng }) {
    const at = map.latLngToContainerPoint([lat, lng]), beside = map.containerPointToLatLng(at.add([PIXELS, 0]));
    const [east, north] = [Number(lng.toFixed(7)), Number(lat.toFixed(7))];
    return { lat: north, lng: east, off: Math.max(Math.ceil(Grid.metres([{ lat, lng }, beside])), 1) };
  }
  const crosses = (corners, done) => Planar.crossesItself(onGrid(corners), done && corners.length > 2);
  // Change the drawing, unless its edges would cross; tell what was done.
  function change(next, done = next?.done) {
    if (next && next.kind === "polygon" && crosses(next.corners, done)) { tell(t("draw_crosses")); render(); return false; }
    history.push(drawing());
    said = "";
    NM.set({ drawing: next && (next.corners.length ? { ...next, done } : null) });
    return true;
  }
  function tell(text) {
    said = text;
    panel();
  }

  function addPoint(latlng) {
    if (!mode) return false;
    const one = drawing(), at = corner(latlng), going = one && one.kind === "polygon" && !one.done;
    if (mode === "point") { if (change({ kind: "point", corners: [at] }, true)) stop(); return true; }
    if (going && map.latLngToContainerPoint(one.corners.at(-1)).distanceTo(map.latLngToContainerPoint(at)) < SAME) return true;
    const corners = going ? [...one.corners, at] : [at];
    if (change({ kind: "polygon", corners }, false)) tell(corners.length > 1 ? lengthText(corners) : t("draw_how_polygon"));
    return true;
  }
  const lengthText = (corners) => `${t("draw_corners", { n: corners.length })} · ${number(Grid.metres(corners))} ${t("m")}`;
  function finish() {
    const one = drawing();
    if (!one || one.done || one.kind !== "polygon") return;
    if (one.corners.length < 3) { tell(t("draw_more")); return; }
    if (change(one, true)) stop();
  }
  function undo() {
    if (!history.length) return;
    const last = history.pop();
    said = "";
    NM.set({ drawing: last });
  }
  function moveCorner(n, latlng) {
    const corners = [...drawing().corners];
    corners[n] = corner(latlng);
    change({ ...drawing(), corners });
  }
  function insertCorner(n, latlng) {
    const corners = [...drawing().corners];
    corners.splice(n, 0, corner(latlng));
    change({ ...drawing(), corners });
  }
  function removeCorner(n) {
    const { kind, corners, done } = drawing();
    if (kind === "polygon" && done && corners.length < 4) { tell(t("draw_more")); return; }
    change({ ...drawing(), corners: corners.filter((_, m) => m !== n) });
  }

  // A handle for a corner, or for a new one in the middle of an edge.
  function handle(latlng, key, label, moved, more) {
    const css = more ? "nm-corner" : "nm-corner nm-middle";
    const marker = L.marker(latlng, { draggable: true, autoPan: true, icon: L.divIcon({ className: css, iconSize: [24, 24] }), alt: label, title: label });
    marker.on("add", () => {
      const node = marker.getElement();
      NM.setProps(node, { "aria-label": label, "data-key": key, role: "button" });
      node.addEventListener("keydown", (event) => keydown(event, marker, moved, more));
    });
    marker.on("dragend", () => moved(marker.getLatLng()));
    marker.on("click", () => { if (mode === "polygon" && key === "corner-0" && drawing().corners.length > 2) finish(); });
    marker.addTo(group);
  }
  function keydown(event, marker, moved, removed) {
    const step = STEPS[event.key], by = event.shiftKey ? 10 : 1;
    if (step) moved(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add([step[0] * by, step[1] * by])));
    else if (event.key === "Enter" && !removed) moved(marker.getLatLng());
    else if (["Delete", "Backspace"].includes(event.key) && removed) removed();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function render() {
    const focused = group.getLayers().find((one) => one.getElement?.() === document.activeElement)?.getElement().dataset.key;
    group.clearLayers();
    const one = drawing();
    if (!one) return;
    const { kind, corners, done } = one, many = corners.length;
    if (kind === "polygon") (done ? L.polygon(corners, look()) : L.polyline(corners, { ...look(), dashArray: "6 5" })).addTo(group);
    else if (kind === "point") L.circleMarker(corners[0], { ...look(), radius: 7 }).addTo(group);
    corners.forEach((at, n) => {
      const label = kind === "point" ? t("draw_point") : t("draw_corner", { n: n + 1, of: many });
      handle(at, `corner-${n}`, label, (to) => moveCorner(n, to), () => removeCorner(n));
    });
    if (done && kind === "polygon") {
      corners.forEach((at, n) => {
        const next = corners[(n + 1) % many], middle = L.latLng((at.lat + next.lat) / 2, (at.lng + next.lng) / 2);
        handle(middle, `middle-${n}`, t("draw_middle", { n: n + 1 }), (to) => insertCorner(n + 1, to), null);
      });
    }
    if (focused) group.getLayers().find((other) => other.getElement?.()?.dataset.key === focused)?.getElement().focus();
  }

  function choose(kind) {
    if (mode === kind) return stop();
    mode = kind;
    Tools.stopMeasure();
    map.closePopup();  // it would take the clicks on what lies under it
    map.doubleClickZoom.disable();
    map.getContainer().classList.add("nm-aim");
    return tell(t(`draw_how_${kind}`));
  }
  function stop() {
    mode = null;
    map?.doubleClickZoom.enable();
    map?.getContainer().classList.remove("nm-aim");
    tell("");
  }
  function toggle() {
    const open = NM.byId("nm-drawing").hidden || !state.drawTool;
    NM.set({ drawTool: open });
    if (!open) return stop();
    if (!drawing()) choose("polygon");
    if (Sheet.isSheet()) NM.byId("nm-drawing").scrollIntoView({ block: "start" });
    return undefined;
  }
  // The drawing as a GeoJSON feature, with its measures.
  function toGeoJSON() {
    const { kind, corners } = drawing(), ring = corners.map(({ lat, lng }) => [lng, lat]);
    if (kind === "polygon" && Planar.signedArea(ring) < 0) ring.reverse();
    const geometry = kind === "point" ? { type: "Point", coordinates: ring[0] } : { type: "Polygon", coordinates: [[...ring, ring[0]]] };
    return { type: "Feature", properties: { id: "drawing", accuracy_m: accuracy(), ...Analysis.measures() }, geometry };
  }
  const accuracy = () => Math.max(...drawing().corners.map(({ off }) => off));
  const wkt = ({ type, coordinates }) => (type === "Point" ? `POINT (${coordinates.join(" ")})`
    : `POLYGON (${coordinates.map((ring) => `(${ring.map((at) => at.join(" ")).join(", ")})`).join(", ")})`);
  function saveCsv() {
    const { properties, geometry } = toGeoJSON();
    NM.save("drawing.csv", Csv.text([...Object.keys(properties), "wkt"], [[...Object.values(properties), wkt(geometry)]]), "text/csv");
  }
  const saveGeoJSON = () => NM.save("drawing.geojson", JSON.stringify({ type: "FeatureCollection", features: [toGeoJSON()] }), "application/geo+json");

  function panel() {
    const box = NM.byId("nm-drawing"), one = drawing(), isShown = Boolean(state.drawTool || one);
    box.hidden = !isShown;
    NM.setProps(NM.byId("nm-draw"), { "aria-pressed": String(Boolean(state.drawTool)) });
    if (!isShown) return NM.redraw("nm-drawing");
    const button = (key, click, props = {}) => el("button", { type: "button", "data-key": `draw-${key}`, click, ...props }, t(`draw_${key}`));
    const pressed = (kind) => button(kind, () => choose(kind), { "aria-pressed": String(mode === kind) });
    const going = one && one.kind === "polygon" && !one.done;
    return NM.redraw("nm-drawing",
      el("h2", {}, t("draw")),
      el("div", { class: "nm-row" }, pressed("polygon"), pressed("point"), going ? button("finish", finish) : "",
        history.length ? button("undo", undo) : "", one ? button("clear", () => { stop(); change(null); }) : "",
        one?.done ? [button("download", saveGeoJSON), button("csv", saveCsv)] : ""),
      el("p", { role: "status", class: "nm-area" }, said),
      one?.done ? el("p", { class: "nm-source" }, t(one.kind === "point" ? "draw_move_point" : "draw_move")) : "",
      one?.done ? Analysis.results() : "");
  }

  const write = () => (drawing()?.done ? [drawing().kind, ...drawing().corners.map(({ lat, lng, off }) => [lat, lng, off].join(","))].join(";") : null);
  // A drawing from the address of the page; null if it is none.
  function read(text) {
    const [kind, ...rest] = String(text).split(";"), corners = rest.map((one) => one.split(",").map(Number));
    const right = corners.every(([lat, lng, off]) => Math.abs(lat) < 85 && Math.abs(lng) <= 180 && off >= 1 && off < 1e5);
    if (!right || corners.length > 1000 || (kind === "point" ? corners.length !== 1 : kind !== "polygon" || corners.length < 3)) return null;
    const found = corners.map(([lat, lng, off]) => ({ lat, lng, off }));
    return kind === "polygon" && crosses(found, true) ? null : { kind, corners: found, done: true };
  }
  function keyOnMap(event) {
    if (!mode) return false;
    if (event.key === "m") addPoint(map.getCenter());
    else if (event.key === "Backspace") undo();
    else if (event.key === "Enter") finish();
    else return false;
    return true;
  }
  function start(into) {
    map = into;
    group = L.layerGroup().addTo(map);
    NM.byId("nm-draw").addEventListener("click", toggle);
    map.on("dblclick", () => { if (mode === "polygon") finish(); });
    const told = ["drawing", "drawTool", "lang", "year", "off", "base", "compare"];  // what the panel depends on
    NM.listen((changed) => {
      if ("drawing" in changed || changed.lang || "scheme" in changed) render();
      if (told.some((key) => key in changed)) panel();
    });
    addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.target), typing = target.matches?.("input, select, textarea");
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing && history.length) { event.preventDefault(); undo(); }
    });
  }
  return { addPoint, keyOnMap, isActive, start, stop, read, write, accuracy, toGeoJSON };
})();
