// The map: layers from the data, styles by certainty and year, the keyboard, and the legend.
const Chart = (() => {
  const { data, state, t, say, name, el, number } = NM;
  const groups = new Map(), paths = new Map(), points = [];
  let map;
  const describe = (site) => {
    const count = NM.rulesOf(site).filter((rule) => NM.force(rule) === "in_force").length;
    const said = site.area_ha === null ? "" : `, ${number(site.area_ha, 0, 2)} ${t("ha_measured")}`;
    return `${name(site.names)}, ${say("basis", site.basis)}${said}, ${count} ${t("instruments")}`;
  };
  const extent = (path) => path.getBounds?.() ?? path.getLatLng().toBounds(1);
  // Every path can be reached and opened by keyboard, comes into view for it, and says what it is.
  function reachable(path, label, act, pressed = () => null) {
    const dress = () => {
      const node = path.getElement();
      if (!node) return;
      NM.dress(node, { tabindex: 0, role: "button", "aria-label": label(), "aria-pressed": pressed() });
      node.onfocus = () => { if (!map.getBounds().intersects(extent(path))) map.panTo(extent(path).getCenter()); };
      node.onkeydown = (event) => { if (["Enter", " "].includes(event.key)) { event.preventDefault(); act(); } };
    };
    path.on("add", dress).on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      if (!event.latlng || !Tools.mark(event.latlng)) act();
    });
    NM.listen(dress);
  }
  const place = (feature) => {
    const opens = feature.opens ? `, ${t("opens")} ${feature.opens}` : "";
    return el("div", {}, el("h2", {}, name(feature.names)), el("p", {}, NM.others(feature.names)),
      el("p", {}, feature.status ? say("status", feature.status) + opens : ""),
      el("p", { class: "nm-note" }, NM.accuracy(feature.geometry_status, feature.accuracy_m)), NM.pairs(feature.more),
      el("p", {}, feature.source ? [NM.link(feature.source), feature.as_of ? `, ${feature.as_of}` : ""] : ""));
  };
  const flip = (shape) => (typeof shape[0] === "number" ? [shape[1], shape[0]] : shape.map(flip));

  function drawn(shape, style) {
    if (shape.type === "Point") return L.circleMarker(flip(shape.coordinates), { radius: 7, ...style });
    const latlngs = flip(shape.coordinates);
    if (shape.type === "MultiPoint") return L.polyline(latlngs.map((at) => [at, at]), style);
    return shape.type.endsWith("LineString") ? L.polyline(latlngs, style) : L.polygon(latlngs, style);
  }
  const MANY = 200;  // of more, names do not stay on the map, but are told under the pointer
  function label(path, text, direction, more, of) {
    const words = () => el("span", {}, text()), offset = [direction === "right" ? 7 : 0, 0];
    path.bindTooltip(words, { permanent: of <= MANY, direction, offset, className: `nm-label ${more}` });
  }
  const first = new Map([...data.sites].reverse().map((site) => [site.site, site]));  // of several bases of a place
  const siteStyle = (site) => ({
    color: site.colour, weight: state.site === site.id ? 5 : 3, dashArray: data.dashes[site.geometry_status] || null,
    fillColor: `url(#nm-${site.pattern})`, fillOpacity: first.get(site.site) === site ? 1 : 0.3,
  });
  // What is not open in the year is hollow, and dashed unless it is due by then; dots have no dashes.
  const dashOf = (stage, line, dash) => (
    { due: line ? "14 4" : null, not_open: dash || "3 3", undated: "1 4" }[stage] ?? null);
  function featureStyle({ colour, dash }, feature) {
    const stage = NM.dated(feature) ? NM.stage(feature) : "open_in_year", open = stage === "open_in_year";
    const { type } = feature.shape, dots = type === "MultiPoint";
    return {
      color: colour, weight: dots ? 12 : open ? 2 : 2.5, fillColor: open ? colour : "#fff",
      dashArray: dots ? null : dashOf(stage, type !== "Point", dash), fillOpacity: type === "Point" ? 1 : 0.15,
    };
  }

  function addSites(group) {
    for (const site of [...data.sites].sort((a, b) => b.area_ha - a.area_ha)) {  // the small on top
      const path = drawn(site.shape, { ...siteStyle(site), className: "nm-site" }).addTo(group);
      paths.set(site.id, path);
      const named = () => [name(site.names), el("small", {}, Side.latest(site))];
      if (first.get(site.site) === site) label(path, named, "center", "nm-site-name", data.sites.length);
      reachable(path, () => describe(site), () => NM.set({ site: site.id }), () => String(state.site === site.id));
      NM.listen((change) => { if (change.site !== undefined) path.setStyle(siteStyle(site)); });
    }
  }
  const faint = ({ colour: color, dash: dashArray }) => (
    { color, dashArray, weight: 1.2, fillOpacity: 0.05, interactive: false });
  // Round and from the site that is chosen, or else every site.
  function addRound(group, layer) {
    for (const one of data[layer.name]) {
      const path = drawn(one.shape, faint(layer)).addTo(group);
      if (layer.name === "links") label(path, () => NM.apart(one), "center", "nm-link", data.links.length);
      NM.listen(({ site }) => {
        const on = !site || !one.site || site === one.site ? 1 : 0;
        if (site !== undefined) path.setStyle({ opacity: on, fillOpacity: on * 0.05 }).getTooltip()?.setOpacity(on);
      });
    }
  }
  // A finger needs 44 pixels: a place that no shape took goes to the point nearest to it.
  function nearby(latlng) {
    const at = map.latLngToContainerPoint(latlng);
    const gap = ({ path }) => at.distanceTo(map.latLngToContainerPoint(path.getLatLng()));
    const near = points.filter((one) => map.hasLayer(one.path) && gap(one) <= 22);
    near.sort((a, b) => gap(a) - gap(b))[0]?.act();
    return near.length > 0;
  }

  function addFeatures(group, layer) {
    for (const feature of layer.features) {
      const path = drawn(feature.shape, featureStyle(layer, feature)).addTo(group);
      paths.set(`${layer.name}/${feature.id}`, path);
      const act = () => path.bindPopup(() => place(feature)).openPopup();
      const stands = () => NM.dated(feature) && t(NM.stage(feature));
      reachable(path, () => [name(feature.names), name(layer.titles), stands()].filter(Boolean).join(", "), act);
      NM.listen(() => path.setStyle(featureStyle(layer, feature)));
      if (feature.shape.type === "Point") {
        points.push({ path, act });
        label(path, () => name(feature.names), "right", "", layer.features.length);
      }
    }
  }

  function start(into) {
    map = into;
    Big.start(map);
    const add = new Map([["sites", addSites], ["rings", addRound], ["links", addRound]]);
    for (const layer of data.layers) {
      groups.set(layer.name, L.layerGroup());
      (layer.big ? Big.add : add.get(layer.name) || addFeatures)(groups.get(layer.name), layer);
    }
    const rename = (one) => { if (one instanceof L.Tooltip) one.update(); };  // measured anew, so after all shapes
    NM.listen(({ lang, year }) => { if (lang || year) map.eachLayer(rename); });
    map.on("zoomend moveend", () => requestAnimationFrame(declutter));  // once the names have moved too
    NM.listen(() => requestAnimationFrame(declutter));
    NM.listen(() => groups.forEach((group, key) => group[state.off.has(key) ? "remove" : "addTo"](map)));
  }
  const without = (key) => new Set([...state.off].filter((other) => other !== key));
  // What is drawn, group by group.
  function legend() {
    const kinds = [...new Set(data.layers.map((layer) => layer.group))];
    NM.redraw("nm-legend", kinds.map((kind) => el("section", {}, el("h2", {}, say("group", kind)),
      data.layers.filter((layer) => layer.group === kind).flatMap(entry))));
  }
  // A layer has a switch; switched off, it loses its signs.
  function entry(layer) {
    const on = !state.off.has(layer.name), id = `nm-on-${data.layers.indexOf(layer)}`;
    const change = () => NM.set({ off: on ? new Set([...state.off, layer.name]) : without(layer.name) });
    const many = layer.count === null ? "" : ` (${number(layer.count)})`;
    const coarse = layer.tolerance_m ? `, ${t("drawn_to")} ${layer.tolerance_m} m` : "";
    const box = el("input", { type: "checkbox", id, checked: on ? "" : null, change });
    return [el("label", { for: id }, box, name(layer.titles) + many + coarse), on ? signs(layer) : null];
  }
  // A name stays if the map holds all of it, clear of those before it: sites, distances, then the rest.
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

  const SIGNS = { line: "M2 8H28", box: "M2 2H28V14H2Z", point: "M9.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0" };
  function sign(shape, stroke, fill, dash) {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    const looks = { stroke, fill, "stroke-width": 2, "stroke-dasharray": dash || "none" };
    svg.append(NM.dress(path, { d: SIGNS[shape], ...looks }));
    return NM.dress(svg, { width: 30, height: 16, "aria-hidden": "true" });
  }
  const bands = [...new Set(data.rings.map((ring) => `${number(ring.from_m)}–${number(ring.to_m)} m`))].join(", ");
  function signs(layer) {
    const list = el("ul", {}), { colour, dash } = layer;
    const shape = layer.line || layer.name === "links" ? "line" : layer.point ? "point" : "box";
    const add = (text, ...look) => list.append(el("li", {}, sign(...look), el("span", {}, text)));
    if (layer.name === "sites") {
      const called = (site) => (data.sites.length > MANY ? "" : `${name(site.names)}, ${say("basis", site.basis)}: `);
      const told = (site) => called(site) + (site.status ? `${say("status", site.status)}, ` : "")
        + NM.accuracy(site.geometry_status, site.accuracy_m);
      for (const site of new Map(data.sites.map((one) => [told(one) + one.pattern, one])).values()) {
        add(told(site), "box", site.colour, `url(#nm-${site.pattern})`, data.dashes[site.geometry_status]);
      }
    } else if (layer.features.some(NM.dated)) {
      for (const stage of new Set(layer.features.filter(NM.dated).map(NM.stage))) {
        add(t(stage), shape, colour, stage === "open_in_year" ? colour : "#fff", dashOf(stage, !layer.point, dash));
      }
    } else {
      const told = { rings: `${bands}. ${t("rings")}`, links: t("edge") }[layer.count === null ? layer.name : ""];
      add(told || name(layer.titles), shape, colour, layer.point ? colour : "none", dash);
    }
    return list;
  }
  const show = (id) => map.fitBounds(extent(paths.get(id)), { maxZoom: 15, padding: [40, 40] });
  function open(id) {
    const [key] = id.split("/");
    if (state.off.has(key)) NM.set({ off: without(key) });
    paths.get(id).fire("click");
  }
  return { start, legend, show, open, nearby, describe };
})();
