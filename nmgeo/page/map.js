// The map: layers, styles by accuracy and year, keyboard access, and the legend.
const MapView = (() => {
  const { data, state, t, say, name, el, number } = NM;
  const { Marker, Dots } = Symbols, { SITE_FILL, CLASS_FILL, DISC_FILL, legendSymbol, emptyFill } = Swatches;  // opacity, on the map and in the legend
  const groups = new Map(), paths = new Map(), points = [], discs = [], dated = [];
  let map;
  const describeSite = (site) => {
    const areaText = site.area_ha === null ? "" : `, ${NM.hectares(site.area_ha)} ${t("ha_measured")}`;
    return `${name(site.names)}, ${say("basis", site.basis)}${areaText}, ${t("instruments_named", { n: site.named_count })}`;
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
      if (event.latlng && Tools.addPoint(event.latlng)) return;
      act();
      if (event.latlng && event.originalEvent) Here.show(event.latlng);
    });
    NM.listen(updateNode, "lang", "year", "site");
  }
  // Hectares of a polygon with their range.
  function featureArea({ shape, hectares, accuracy_m: accuracy }) {
    const rings = Symbols.rings(shape);
    if (!rings.length) return null;
    const paths = rings.flat().map((ring) => ring.map(([lng, lat]) => ({ lat, lng })));
    return el("p", { class: "nm-area" }, NM.areaText(hectares, paths, accuracy, rings.length));
  }
  const featurePopup = (feature, layer) => {
    const opens = feature.opens ? `, ${t("opens")} ${feature.opens}` : "";
    return el("div", {}, el("h2", {}, name(feature.names)), el("p", {}, NM.otherNames(feature.names)),
      el("p", {}, feature.status ? say("status", feature.status) + opens : ""),
      el("p", { class: "nm-note" }, NM.accuracyText(feature.geometry_status, feature.accuracy_m)), featureArea(feature), NM.definitionList(NM.ownFacts(layer, feature)),
      el("p", {}, feature.source ? [NM.link(feature.source), feature.as_of ? `, ${feature.as_of}` : ""] : ""));
  };
  // A name under the pointer, or where the keyboard is; Leaflet opens it at each click and focus, also where neither is, and then nothing would close it.
  function addTip(path, text, how) {
    path.bindTooltip(() => el("span", {}, text()), { className: "nm-tip", ...how }).on("click", () => path.closeTooltip());
    path.on("tooltipopen", () => { if (!path.getElement()?.matches(":hover, :focus-visible")) path.closeTooltip(); });
  }
  const toLatLng = (shape) => (typeof shape[0] === "number" ? [shape[1], shape[0]] : shape.map(toLatLng));

  function createPath(shape, style) {
    if (shape.type === "Point") return new Marker(toLatLng(shape.coordinates), { radius: 6, ...style });
    const latlngs = toLatLng(shape.coordinates);
    if (shape.type === "MultiPoint") return new Dots(latlngs.map((at) => [at, at]), { fill: true, ...style });
    return shape.type.endsWith("LineString") ? L.polyline(latlngs, style) : L.polygon(latlngs, style);
  }
  const MANY = 200;  // with more, names are shown under the pointer only
  // Name a feature on the map, or under the pointer where there are many.
  function label(path, text, of, item) {
    if (of > MANY) addTip(path, text, { direction: "top" });
    else Labels.add({ text: () => [text()].flat(), shown: () => map.hasLayer(path), ...item });
  }
  const mainOutlines = new Map([...data.sites].reverse().map((site) => [site.site, site]));  // one for each site, if it has several bases
  const isMain = (site) => mainOutlines.get(site.site) === site;
  // Certainty by the dashes of the outline; another basis of the same site is a thin line without fill.
  const siteStyle = (site) => ({
    color: NM.ink(site.colour), weight: state.site === site.id ? 5 : isMain(site) ? 2.6 : 1.4, dashArray: data.dashes[site.geometry_status] || null,
    fillColor: site.pattern.startsWith("-") ? NM.ink(site.colour) : `url(#nm-${site.pattern})`,
    fillOpacity: !isMain(site) ? 0 : site.pattern.startsWith("-") ? SITE_FILL : 1,
  });
  // A feature that is not open in the year is hollow, and dashed unless due by then; points have no dashes.
  const dashOf = (stage, line, dash) => (
    { due: line ? "14 4" : null, not_open: dash || "3 3", undated: "1 4" }[stage] ?? null);
  function featureStyle({ colour: plain, dash, name: layer, symbol, classes }, feature, year = state.year) {
    const { colour, pattern } = classes?.[feature.code] ?? { colour: plain, pattern: "" };
    const stage = NM.hasDate(feature) ? NM.openState(feature, year) : "open_in_year", open = stage === "open_in_year";
    const isPoint = feature.shape.type.endsWith("Point");
    const ink = NM.ink(colour), quiet = layer === "boundary" || layer === "railways";
    const lined = layer === "boundary" ? dash : dashOf(stage, !isPoint, dash);
    return {
      color: ink, weight: quiet ? (open ? 1.7 : 1.2) : open ? 2 : 2.5, fillColor: !open ? emptyFill() : pattern ? `url(#nm-${pattern}-${colour.slice(1)})` : ink,
      dashArray: lined, fillOpacity: isPoint || pattern ? 1 : classes ? CLASS_FILL : 0.15, shape: symbol,
    };
  }

  const FEW = 20;  // with more sites, a name is short and close to its site
  // The name of a site in two languages, then its hectares, status and accuracy.
  function siteLabel(site) {
    const status = site.geometry_status ? say("geometry_status", site.geometry_status) : "";
    const error = site.accuracy_m === null ? "" : status ? `±${NM.figure("accuracy_m", site.accuracy_m)} ${t("m")}` : NM.errorText(site.accuracy_m);
    if (data.sites.length > FEW) return [name(site.names)];
    const hectares = site.area_ha === null ? "" : `${NM.hectares(site.area_ha)} ${t("ha")}`;
    const also = NM.bothNames(site.names).slice(name(site.names).length).trim();
    const about = [hectares, [status, error].filter(Boolean).join(" ")].filter(Boolean).join(" · ");
    return [name(site.names), ...(also ? [[also, "nm-also"]] : []), ...(about ? [[about, "nm-about"]] : [])];
  }
  function siteLabelPlace(site, path) {
    const at = Symbols.middleOf(site.shape), area = extent(path);
    const place = at ? { at: L.latLng(at[1], at[0]), area, outline: path } : { at: area.getCenter(), leader: true };
    if (data.sites.length > FEW) Object.assign(place, at ? { close: true } : { leader: false, radius: 6 });
    return { ...place, css: "nm-site-name", centred: true, rank: 0, colour: () => NM.textInk(site.colour) };
  }

  const SMALL = 20;  // pixels: a site that is smaller is also shown by a disc
  function addDisc(group, site, path) {
    if (!isMain(site) || data.sites.length > MANY) return;
    const box = extent(path), disc = new Marker(box.getCenter(), { radius: 6, weight: 2, fillOpacity: DISC_FILL, interactive: false });
    Labels.avoid({ at: () => disc.getLatLng(), radius: 6, shown: () => map.hasLayer(disc) });
    discs.push({ path: disc, act: () => NM.set({ site: site.id }) });
    const update = () => {
      if (map.getZoom() === undefined) return;
      const one = map.latLngToLayerPoint(box.getNorthWest()), other = map.latLngToLayerPoint(box.getSouthEast());
      const small = Math.max(other.x - one.x, other.y - one.y) < SMALL;
      disc.setStyle({ color: NM.isDark() ? "#1b1b1a" : "#fff", fillColor: NM.ink(site.colour) });
      group[small ? "addLayer" : "removeLayer"](disc);
      Swatches.setDot(site, small);
    };
    map.on("zoomend", update);
    NM.listen(update, "lang", "scheme");
  }

  function addSites(group) {
    for (const site of [...data.sites].sort((a, b) => b.area_ha - a.area_ha)) {  // small ones on top
      const path = createPath(site.shape, { ...siteStyle(site), className: "nm-site" }).addTo(group);
      paths.set(site.id, path);
      if (isMain(site)) label(path, () => siteLabel(site), data.sites.length, siteLabelPlace(site, path));
      if (isMain(site) && data.sites.length <= MANY) {
        Labels.avoid({ area: extent(path), shown: () => map.hasLayer(path) });
        if (Symbols.rings(site.shape).length) Labels.keepOff(path);
      }
      addDisc(group, site, path);
      makeInteractive(path, () => describeSite(site), () => NM.set({ site: site.id }), () => String(state.site === site.id));
      NM.listen(() => path.setStyle(siteStyle(site)), "site", "scheme");
    }
  }
  // A ring is its outer edge alone, so that each distance is drawn once.
  const outerEdge = (shape) => ({ type: "MultiLineString", coordinates: Symbols.rings(shape).map(([outer]) => outer) });
  const colourOf = new Map(data.sites.map((site) => [site.id, site.colour]));
  const around = (one) => (state.around || !one.site || one.site === state.site) && (!("from_year" in one) || NM.isOfYear(one));
  const isAround = (layer) => data[layer].some(around);
  // Rings and shortest lines: of the chosen site, or of all sites; a path is made when it is first shown.
  function addRingsOrLines(group, layer) {
    const isRing = layer.name === "rings";
    for (const one of data[layer.name]) {
      const colour = () => NM.ink(colourOf.get(one.site) ?? layer.colour);
      const style = { weight: isRing ? 2 : 1.6, lineCap: "round", dashArray: layer.dash, fill: false, interactive: false, className: isRing ? "" : "nm-line" };
      let path = null;
      const shown = () => around(one) && map.hasLayer(path), item = { css: "nm-link", rank: 1, colour: () => NM.textInk(colourOf.get(one.site) ?? layer.colour), shown };
      if (isRing) ringLabel(one, item);
      else if (data.links.length <= MANY) Labels.add({ ...item, at: () => path.getBounds().getCenter(), text: () => [NM.distanceText(one)] });
      NM.listen(() => {
        if (around(one)) {
          path ??= createPath(isRing ? outerEdge(one.shape) : one.shape, style);
          group.addLayer(path.setStyle({ color: colour() }));
        } else if (path) group.removeLayer(path);
      }, "site", "around", "scheme", "year");
    }
  }
  // The distance of a ring, set into its line where there is room.
  function ringLabel(ring, item) {
    const edge = Symbols.rings(ring.shape).map(([outer]) => outer).sort((a, b) => b.length - a.length)[0];
    if (!edge || data.rings.length > MANY) return;
    const far = () => (Math.abs(ring.to_m) < 1000 ? `${number(ring.to_m)} ${t("m")}` : `${number(ring.to_m / 1000, 0, 3)} ${t("km")}`);
    for (const turn of [0.02, 0.52, 0.27, 0.77]) {
      const [lon, lat] = edge[Math.floor(edge.length * turn)];
      Labels.add({ ...item, at: L.latLng(lat, lon), text: () => [far()], css: "nm-ring", rank: 1 + turn });
    }
  }
  // A touch target needs 44 pixels: a click beside all shapes opens the nearest point.
  function openNearest(latlng) {
    const at = map.latLngToContainerPoint(latlng);
    const gap = ({ path }) => at.distanceTo(map.latLngToContainerPoint(path.getLatLng()));
    const near = [...points, ...discs].filter((one) => map.hasLayer(one.path) && gap(one) <= 22);
    near.sort((a, b) => gap(a) - gap(b))[0]?.act();
    return near.length > 0;
  }

  function addFeatures(group, layer) {
    for (const feature of layer.features) {
      const path = createPath(feature.shape, featureStyle(layer, feature)).addTo(group);
      paths.set(`${layer.name}/${feature.id}`, path);
      const act = () => path.bindPopup(() => featurePopup(feature, layer)).openPopup();
      const openStateText = () => NM.hasDate(feature) && t(NM.openState(feature));
      makeInteractive(path, () => [name(feature.names), name(layer.titles), openStateText()].filter(Boolean).join(", "), act);
      if (NM.hasDate(feature)) dated.push({ layer, feature, path });
      NM.listen(() => path.setStyle({ ...featureStyle(layer, feature), ...(isSwept(feature) ? { opacity: 0, fillOpacity: 0 } : { opacity: 1 }) }), "year", "compare", "scheme");
      if (feature.shape.type === "Point") addPoint(layer, feature, path, act);
      else addTip(path, () => name(feature.names) || feature.id, { sticky: true });
    }
  }
  // While two years are side by side, what has a date is drawn by its copies.
  const isSwept = (feature) => Compare.isYears() && NM.hasDate(feature);
  function* datedCopies(year, { renderer }) {
    for (const { layer, feature, path } of [...dated].sort((a, b) => Number(Boolean(b.path.merged)) - Number(Boolean(a.path.merged)))) {  // wide ones below
      if (!map.hasLayer(path) || map.getZoom() < (FIRST_ZOOM[layer.name] ?? 0)) continue;
      const style = { ...featureStyle(layer, feature, year), renderer, interactive: false };
      yield path.getRadius ? new Marker(path.getLatLng(), { ...style, radius: path.getRadius() }) : createPath(feature.shape, style);
    }
  }
  const RANKS = { stations: [2, 11.5], crossings: [3.5, 12], wetlands: [4, 11], development_areas: [4.5, 12] };  // rank and first zoom of a name
  function addPoint(layer, feature, path, act) {
    const [rank, from] = RANKS[layer.name] ?? [2.5, 0], at = path.getLatLng(), radius = 8;
    points.push({ path, act, feature, layer, at });
    path.on("add", () => { if (path.merged) path.bringToBack(); });
    const year = () => (NM.hasDate(feature) && (Compare.isYears() || NM.openState(feature) !== "open_in_year") && feature.opens ? ` · ${feature.opens}` : "");
    const shown = () => map.hasLayer(path) && !path.merged;
    label(path, () => name(feature.names) + year(), layer.features.length, { at, rank, from, radius, shown, leader: true, css: "nm-point-name" });
    if (layer.features.length <= MANY) Labels.avoid({ at: () => path.getLatLng(), radius, shown: () => map.hasLayer(path) });
  }
  const FIRST_ZOOM = { stations: 10, crossings: 10, development_areas: 12, wetlands: 11 };  // of the symbols
  // Symbols are smaller where the map shows much land, and some are left out there.
  function scaleSymbols() {
    mergeSymbols();
    const zoom = map.getZoom();
    for (const { path, layer, feature } of points) {
      const opacity = zoom < (FIRST_ZOOM[layer.name] ?? 0) || isSwept(feature) ? 0 : 1;
      const radius = (zoom < 11 ? 3.5 : zoom < 12 ? 4.5 : zoom < 13 ? 5.5 : 6) + (path.merged ? 4 : 0);
      if (path.options.opacity !== opacity || path.options.fillOpacity !== opacity) path.setStyle({ opacity, fillOpacity: opacity });
      if (path.getRadius() !== radius) path.setRadius(radius);
    }
  }
  const MERGED = 16;  // pixels: a station and a control point nearer than this are one symbol
  // Draw a control point round the station beside it, while the two would overlap.
  function mergeSymbols() {
    const of = (key) => points.filter(({ layer }) => layer.name === key);
    const stations = of("stations").map((one) => [one, map.latLngToLayerPoint(one.at)]);
    for (const { path, at } of of("crossings")) {
      const here = map.latLngToLayerPoint(at);
      const [beside] = stations.find(([one, there]) => map.hasLayer(one.path) && here.distanceTo(there) < MERGED) ?? [];
      const place = beside ? beside.at : at;
      if (path.getLatLng() === place) continue;
      path.merged = Boolean(beside);
      path.setLatLng(place);
      if (beside) path.bringToBack();
    }
  }

  // The shapes are moved in the plane, not in space: so the browser draws them and the names over them as one layer.
  function flatten(svg) {
    const { x, y } = L.DomUtil.getPosition(svg);
    svg.style.transform = `translate(${x}px, ${y}px)`;
  }
  function start(into) {
    map = into;
    map.getRenderer({ options: {} }).on("update", ({ target }) => flatten(target._container));
    CanvasLayers.start(map);
    const add = new Map([["sites", addSites], ["rings", addRingsOrLines], ["links", addRingsOrLines]]);
    for (const layer of data.layers) {
      groups.set(layer.name, L.layerGroup());
      (layer.big ? CanvasLayers.add : add.get(layer.name) || addFeatures)(groups.get(layer.name), layer);
    }
    map.on("zoomend", scaleSymbols);
    Swatches.start(map);  // after the discs
    NM.listen(() => groups.forEach((group, key) => group[state.off.has(key) ? "remove" : "addTo"](map)));
    NM.listen(() => map.whenReady(scaleSymbols), "off", "year", "compare", "scheme");  // after the layers are on the map
    if (BaseMap.has) BaseMap.start(map);
    Labels.start(map);
  }
  // Whether the rings and shortest lines of all sites are shown, or those of the chosen site.
  const aroundSwitch = () => el("label", { class: "nm-more" }, el("input", { type: "checkbox", "data-key": "around",
    checked: state.around ? "" : null, change: () => NM.set({ around: !state.around }) }), t("around"));
  // What is drawn under the data: nothing, the base, or tiles.
  function baseSwitch() {
    const offered = ["none", ...(BaseMap.has ? ["base"] : []), ...(data.base_shown === "tiles" ? ["tiles"] : [])];
    if (offered.length < 2) return null;
    const choice = (key) => el("label", {}, el("input", { type: "radio", name: "nm-base", "data-key": `base-${key}`,
      checked: state.base === key ? "" : null, change: () => NM.set({ base: key }) }), t(`base_${key}`));
    const marks = BaseMap.has && Compare.isShown("base") ? BaseMap.symbols().map(([text, fill, edge]) => el("li", {}, legendSymbol("base", edge, fill), el("span", {}, text))) : [];
    const opacity = !Compare.isShown("tiles") ? null : el("label", { class: "nm-more" }, t("tiles_opacity"), el("input", { type: "range", "data-key": "opacity",
      min: 10, max: 100, step: 5, value: state.opacity, input: (event) => Tiles.fade(Number(event.target.value)) }));
    return el("div", { role: "radiogroup", "aria-label": say("group", "base") }, offered.map(choice), opacity, el("ul", {}, marks));
  }
  const without = (key) => new Set([...state.off].filter((other) => other !== key));
  // Draw the legend, group by group.
  function legend() {
    const kinds = [...new Set(["own", "sites", ...data.layers.map((layer) => layer.group)])].filter((kind) => data.layers.some(({ group }) => group === kind));
    NM.redraw("nm-legend", kinds.map((kind) => el("section", {}, el("h2", {}, say("group", kind)), kind === "base" ? baseSwitch() : null,
      data.layers.filter((layer) => layer.group === kind).flatMap(legendEntry))));
  }
  // A layer has a checkbox; its symbols are shown only while it is on.
  function legendEntry(layer) {
    const on = !state.off.has(layer.name), id = `nm-on-${data.layers.indexOf(layer)}`;
    const change = () => NM.set({ off: on ? new Set([...state.off, layer.name]) : without(layer.name) });
    const many = layer.count === null ? "" : ` (${number(layer.count)})`;
    const coarse = layer.tolerance_m ? `, ${t("drawn_to")} ${layer.tolerance_m} ${t("m")}` : "";
    const gone = layer.left_out ? `, ${t("left_out", { count: number(layer.left_out) })}` : "";
    const box = el("input", { type: "checkbox", id, checked: on ? "" : null, change });
    const all = layer.name === "rings" && on && data.sites.length > 1 ? aroundSwitch() : null;
    return [el("label", { for: id, "data-layer": layer.name }, box, name(layer.titles) + many + coarse + gone), on ? legendSymbols(layer) : null, all];
  }
  const KINDS = { Point: "disc", MultiPoint: "disc", LineString: "line", MultiLineString: "line" };  // others are areas
  // The symbols of a layer of several kinds of geometry, as far as some of its features have them.
  const kindsOf = (layer, isMeant = /** @type {(one: any) => boolean} */ (() => true)) => layer.symbols.filter((kind) => (
    layer.big || layer.features.some((one) => isMeant(one) && (KINDS[one.shape.type] ?? "box") === kind)));
  // What each class of a layer looks like, with its count and hectares.
  const classRows = (of) => of.classes.map((one, code) => {
    const { line, point, name: layer } = of;
    const fill = one.pattern ? `url(#nm-${one.pattern}-${one.colour.slice(1)})` : NM.ink(one.colour), counted = one.hectares ? t("class_sizes", { n: one.count, ha: NM.hectares(one.hectares, 1) }) : t("class_count", { n: one.count });
    const symbol = of.symbols ? kindsOf(of, (feature) => feature.code === code).map((kind) => legendSymbol(kind, NM.ink(one.colour), fill, null, CLASS_FILL)) : line ? legendSymbol("line", NM.ink(one.colour), fill) : point ? legendSymbol("disc", NM.ink(one.colour), fill)
      : layer === "sites" ? Swatches.ofSites(data.sites.filter((site) => isMain(site) && site.pattern === `${one.pattern}-${one.colour.slice(1)}`), one.colour, fill)
        : Swatches.ofLayer(of, sizeOf(of), one.colour, fill, CLASS_FILL);
    return el("li", {}, symbol, el("span", {}, `${one.label || t("no_value")} (${counted})`));
  });
  const SAMPLED = 99;  // features of a layer whose size is looked at
  // The middle of the sizes of what a layer of the reader holds, in degrees; other layers have no dots.
  const sizeOf = (layer) => () => {
    const count = layer.group === "own" ? layer.count : 0, found = [];
    for (let n = 0; n < count; n += Math.ceil(count / SAMPLED)) {
      const box = layer.pack ? CanvasLayers.boundsOf(layer, n) : boundsOf(`${layer.name}/${layer.features[n].id}`);
      found.push(Math.max(box.getEast() - box.getWest(), box.getNorth() - box.getSouth()));
    }
    return found.sort((a, b) => a - b)[found.length >> 1] ?? Infinity;
  };
  const ringDistances = () => [...new Set(data.rings.map((ring) => `${number(ring.from_m)}–${number(ring.to_m)} ${t("m")}`))].join(", ");
  function legendSymbols(layer) {
    const list = el("ul", {}), { dash } = layer, colour = NM.ink(layer.colour), empty = emptyFill();
    const shape = layer.line || ["rings", "links"].includes(layer.name) ? "line" : layer.point ? layer.symbol : "box";
    const addRow = (text, symbols) => list.append(el("li", {}, symbols, el("span", {}, text)));
    if (layer.classes) list.append(...classRows(layer));
    else if (layer.name === "sites") {
      const called = (site) => (data.sites.length > MANY ? "" : `${name(site.names)}, ${say("basis", site.basis)}: `);
      const siteText = (site) => called(site) + (site.status ? `${say("status", site.status)}, ` : "")
        + NM.accuracyText(site.geometry_status, site.accuracy_m);
      const rows = new Map();
      for (const site of data.sites) {
        const key = siteText(site) + site.pattern;
        rows.set(key, [site, ...(rows.get(key) ?? [])]);
      }
      for (const sites of rows.values()) {
        const [site] = sites, fill = !isMain(site) ? "none" : site.pattern.startsWith("-") ? NM.ink(site.colour) : `url(#nm-${site.pattern})`;
        list.append(el("li", {}, Swatches.ofSites(sites.filter(isMain), site.colour, fill, data.dashes[site.geometry_status]), el("span", {}, siteText(site))));
      }
    } else if (layer.features.some(NM.hasDate)) {
      const dated = layer.features.filter(NM.hasDate), years = Compare.years();
      for (const stage of new Set(years.flatMap((year) => dated.map((one) => NM.openState(one, year))))) {
        const kinds = layer.symbols ? kindsOf(layer, (one) => NM.hasDate(one) && years.some((year) => NM.openState(one, year) === stage)) : [shape];
        addRow(t(stage), kinds.map((kind) => legendSymbol(kind, colour, stage === "open_in_year" ? colour : empty, dashOf(stage, layer.symbols ? kind !== "disc" : !layer.point, dash))));
      }
    } else {
      const notes = { rings: `${ringDistances()}. ${t("rings")}`, links: t("edge") }[layer.count === null ? layer.name : ""];
      if (layer.symbols) addRow(name(layer.titles), kindsOf(layer).map((kind) => legendSymbol(kind, colour, kind === "line" ? "none" : colour)));
      else if (shape === "box") list.append(el("li", {}, Swatches.ofLayer(layer, sizeOf(layer), layer.colour, "none"), el("span", {}, notes || name(layer.titles))));
      else addRow(notes || name(layer.titles), [legendSymbol(shape, colour, layer.point ? colour : "none", dash)]);
    }
    return list;
  }
  const goTo = (latlng) => { map.setView(latlng, Math.max(map.getZoom(), 15)); Here.show(L.latLng(latlng)); };
  const show = (id) => map.fitBounds(extent(paths.get(id)), { maxZoom: 15, padding: [40, 40] });
  const boundsOf = (id) => L.latLngBounds([extent(paths.get(id))].flatMap((box) => [box.getSouthWest(), box.getNorthEast()]));
  function open(id) {
    turnOn(id.split("/")[0]);
    paths.get(id).fire("click");
  }
  // What is asked for is shown, also where its layer was switched off.
  const turnOn = (key) => { if (state.off.has(key)) NM.set({ off: without(key) }); };
  return { datedCopies, start, legend, classRows, goTo, show, open, turnOn, isAround, boundsOf, openNearest, describeSite };
})();
