// The map: layers, styles by accuracy and year, keyboard access, and the legend.
const MapView = (() => {
  const { data, state, t, say, name, el, number } = NM;
  const groups = new Map(), paths = new Map(), points = [];
  let map;
  const describeSite = (site) => {
    const count = NM.policiesOf(site).filter((rule) => NM.policyState(rule) === "in_force").length;
    const areaText = site.area_ha === null ? "" : `, ${number(site.area_ha, 0, 2)} ${t("ha_measured")}`;
    return `${name(site.names)}, ${say("basis", site.basis)}${areaText}, ${count} ${t("instruments")}`;
  };
  const extent = (path) => path.getBounds?.() ?? path.getLatLng().toBounds(1);
  // Make a path focusable and operable by keyboard, with a label; it pans into view on focus.
  function makeInteractive(path, label, act, pressed = () => null) {
    const updateNode = () => {
      const node = path.getElement();
      if (!node) return;
      NM.setProps(node, { tabindex: 0, role: "button", "aria-label": label(), "aria-pressed": pressed() });
      node.onfocus = () => { if (!map.getBounds().intersects(extent(path))) map.panTo(extent(path).getCenter()); };
      node.onkeydown = (event) => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); act(); } };
    };
    path.on("add", updateNode).on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      if (!event.latlng || !Tools.addPoint(event.latlng)) act();
    });
    NM.listen(updateNode);
  }
  const featurePopup = (feature) => {
    const opens = feature.opens ? `, ${t("opens")} ${feature.opens}` : "";
    return el("div", {}, el("h2", {}, name(feature.names)), el("p", {}, NM.otherNames(feature.names)),
      el("p", {}, feature.status ? say("status", feature.status) + opens : ""),
      el("p", { class: "nm-note" }, NM.accuracyText(feature.geometry_status, feature.accuracy_m)), NM.definitionList(feature.more),
      el("p", {}, feature.source ? [NM.link(feature.source), feature.as_of ? `, ${feature.as_of}` : ""] : ""));
  };
  const toLatLng = (shape) => (typeof shape[0] === "number" ? [shape[1], shape[0]] : shape.map(toLatLng));

  function createPath(shape, style) {
    if (shape.type === "Point") return L.circleMarker(toLatLng(shape.coordinates), { radius: 7, ...style });
    const latlngs = toLatLng(shape.coordinates);
    if (shape.type === "MultiPoint") return L.polyline(latlngs.map((at) => [at, at]), style);
    return shape.type.endsWith("LineString") ? L.polyline(latlngs, style) : L.polygon(latlngs, style);
  }
  const MANY = 200;  // with more, names are shown under the pointer only
  function label(path, text, direction, more, of) {
    const words = () => el("span", {}, text()), offset = [direction === "right" ? 7 : 0, 0];
    path.bindTooltip(words, { permanent: of <= MANY, direction, offset, className: `nm-label ${more}` });
  }
  const mainOutlines = new Map([...data.sites].reverse().map((site) => [site.site, site]));  // one for each site, if it has several bases
  const siteStyle = (site) => ({
    color: site.colour, weight: state.site === site.id ? 5 : 3, dashArray: data.dashes[site.geometry_status] || null,
    fillColor: `url(#nm-${site.pattern})`, fillOpacity: mainOutlines.get(site.site) === site ? 1 : 0.3,
  });
  // A feature that is not open in the year is hollow, and dashed unless due by then; points have no dashes.
  const dashOf = (stage, line, dash) => (
    { due: line ? "14 4" : null, not_open: dash || "3 3", undated: "1 4" }[stage] ?? null);
  function featureStyle({ colour, dash }, feature) {
    const stage = NM.hasDate(feature) ? NM.openState(feature) : "open_in_year", open = stage === "open_in_year";
    const { type } = feature.shape, dots = type === "MultiPoint";
    return {
      color: colour, weight: dots ? 12 : open ? 2 : 2.5, fillColor: open ? colour : "#fff",
      dashArray: dots ? null : dashOf(stage, type !== "Point", dash), fillOpacity: type === "Point" ? 1 : 0.15,
    };
  }

  function addSites(group) {
    for (const site of [...data.sites].sort((a, b) => b.area_ha - a.area_ha)) {  // small ones on top
      const path = createPath(site.shape, { ...siteStyle(site), className: "nm-site" }).addTo(group);
      paths.set(site.id, path);
      const named = () => [name(site.names), el("small", {}, Panel.latestMilestone(site))];
      if (mainOutlines.get(site.site) === site) label(path, named, "center", "nm-site-name", data.sites.length);
      makeInteractive(path, () => describeSite(site), () => NM.set({ site: site.id }), () => String(state.site === site.id));
      NM.listen((change) => { if (change.site !== undefined) path.setStyle(siteStyle(site)); });
    }
  }
  const faintStyle = ({ colour: color, dash: dashArray }) => (
    { color, dashArray, weight: 1.2, fillOpacity: 0.05, interactive: false });
  // Rings and lines of the chosen site, or of all sites.
  function addRingsOrLines(group, layer) {
    for (const one of data[layer.name]) {
      const path = createPath(one.shape, faintStyle(layer)).addTo(group);
      if (layer.name === "links") label(path, () => NM.distanceText(one), "center", "nm-link", data.links.length);
      NM.listen(({ site }) => {
        const on = !site || !one.site || site === one.site ? 1 : 0;
        if (site !== undefined) path.setStyle({ opacity: on, fillOpacity: on * 0.05 }).getTooltip()?.setOpacity(on);
      });
    }
  }
  // A touch target needs 44 pixels: a click beside all shapes opens the nearest point.
  function openNearest(latlng) {
    const at = map.latLngToContainerPoint(latlng);
    const gap = ({ path }) => at.distanceTo(map.latLngToContainerPoint(path.getLatLng()));
    const near = points.filter((one) => map.hasLayer(one.path) && gap(one) <= 22);
    near.sort((a, b) => gap(a) - gap(b))[0]?.act();
    return near.length > 0;
  }

  function addFeatures(group, layer) {
    for (const feature of layer.features) {
      const path = createPath(feature.shape, featureStyle(layer, feature)).addTo(group);
      paths.set(`${layer.name}/${feature.id}`, path);
      const act = () => path.bindPopup(() => featurePopup(feature)).openPopup();
      const openStateText = () => NM.hasDate(feature) && t(NM.openState(feature));
      makeInteractive(path, () => [name(feature.names), name(layer.titles), openStateText()].filter(Boolean).join(", "), act);
      NM.listen(() => path.setStyle(featureStyle(layer, feature)));
      if (feature.shape.type === "Point") {
        points.push({ path, act });
        label(path, () => name(feature.names), "right", "", layer.features.length);
      }
    }
  }

  function start(into) {
    map = into;
    CanvasLayers.start(map);
    const add = new Map([["sites", addSites], ["rings", addRingsOrLines], ["links", addRingsOrLines]]);
    for (const layer of data.layers) {
      groups.set(layer.name, L.layerGroup());
      (layer.big ? CanvasLayers.add : add.get(layer.name) || addFeatures)(groups.get(layer.name), layer);
    }
    const rename = (one) => { if (one instanceof L.Tooltip) one.update(); };  // it is measured again, so after all shapes
    NM.listen(({ lang, year }) => { if (lang || year) map.eachLayer(rename); });
    map.on("zoomend moveend", () => requestAnimationFrame(declutter));  // after the names have moved
    NM.listen(() => requestAnimationFrame(declutter));
    NM.listen(() => groups.forEach((group, key) => group[state.off.has(key) ? "remove" : "addTo"](map)));
  }
  const without = (key) => new Set([...state.off].filter((other) => other !== key));
  // Draw the legend, group by group.
  function legend() {
    const kinds = [...new Set(data.layers.map((layer) => layer.group))];
    NM.redraw("nm-legend", kinds.map((kind) => el("section", {}, el("h2", {}, say("group", kind)),
      data.layers.filter((layer) => layer.group === kind).flatMap(legendEntry))));
  }
  // A layer has a checkbox; its symbols are shown only while it is on.
  function legendEntry(layer) {
    const on = !state.off.has(layer.name), id = `nm-on-${data.layers.indexOf(layer)}`;
    const change = () => NM.set({ off: on ? new Set([...state.off, layer.name]) : without(layer.name) });
    const many = layer.count === null ? "" : ` (${number(layer.count)})`;
    const coarse = layer.tolerance_m ? `, ${t("drawn_to")} ${layer.tolerance_m} m` : "";
    const box = el("input", { type: "checkbox", id, checked: on ? "" : null, change });
    return [el("label", { for: id }, box, name(layer.titles) + many + coarse), on ? legendSymbols(layer) : null];
  }
  // A name is shown if it fits into the map without overlapping others: sites first, then distances, then the rest.
  function declutter() {
    const kept = [], box = map.getContainer(), edge = box.getBoundingClientRect();
    const labels = (which) => [...box.querySelectorAll(`.nm-label${which}:not([style*="opacity: 0;"])`)];
    const nodes = [".nm-site-name", ".nm-link", ":not(.nm-site-name, .nm-link)"].flatMap(labels);
    for (const [node, a] of nodes.map((one) => [one, one.getBoundingClientRect()])) {
      const hit = a.left < edge.left || a.right > edge.right || kept.some((b) => (
        a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top));
      if (!node.classList.toggle("nm-hidden", hit)) kept.push(a);
    }
  }

  const SYMBOL_PATHS = { line: "M2 8H28", box: "M2 2H28V14H2Z", point: "M9.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0" };
  function legendSymbol(shape, stroke, fill, dash) {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    const looks = { stroke, fill, "stroke-width": 2, "stroke-dasharray": dash || "none" };
    svg.append(NM.setProps(path, { d: SYMBOL_PATHS[shape], ...looks }));
    return NM.setProps(svg, { width: 30, height: 16, "aria-hidden": "true" });
  }
  const ringDistances = [...new Set(data.rings.map((ring) => `${number(ring.from_m)}–${number(ring.to_m)} m`))].join(", ");
  function legendSymbols(layer) {
    const list = el("ul", {}), { colour, dash } = layer;
    const shape = layer.line || layer.name === "links" ? "line" : layer.point ? "point" : "box";
    const add = (text, ...look) => list.append(el("li", {}, legendSymbol(...look), el("span", {}, text)));
    if (layer.name === "sites") {
      const siteLabel = (site) => (data.sites.length > MANY ? "" : `${name(site.names)}, ${say("basis", site.basis)}: `);
      const siteText = (site) => siteLabel(site) + (site.status ? `${say("status", site.status)}, ` : "")
        + NM.accuracyText(site.geometry_status, site.accuracy_m);
      for (const site of new Map(data.sites.map((one) => [siteText(one) + one.pattern, one])).values()) {
        add(siteText(site), "box", site.colour, `url(#nm-${site.pattern})`, data.dashes[site.geometry_status]);
      }
    } else if (layer.features.some(NM.hasDate)) {
      for (const stage of new Set(layer.features.filter(NM.hasDate).map(NM.openState))) {
        add(t(stage), shape, colour, stage === "open_in_year" ? colour : "#fff", dashOf(stage, !layer.point, dash));
      }
    } else {
      const notes = { rings: `${ringDistances}. ${t("rings")}`, links: t("edge") }[layer.count === null ? layer.name : ""];
      add(notes || name(layer.titles), shape, colour, layer.point ? colour : "none", dash);
    }
    return list;
  }
  const show = (id) => map.fitBounds(extent(paths.get(id)), { maxZoom: 15, padding: [40, 40] });
  function open(id) {
    const [key] = id.split("/");
    if (state.off.has(key)) NM.set({ off: without(key) });
    paths.get(id).fire("click");
  }
  return { start, legend, show, open, openNearest, describeSite };
})();
