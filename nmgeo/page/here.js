// What is here: everything at a place on the map that was clicked, the smallest first.
const Here = (() => {
  const { data, state, t, say, name, el, number } = NM;
  const NEAR = 8, MOST = 50;  // pixels from a line or a point; features that are listed
  let map, mark, place = null, isWhole = false;

  const contains = (shape, at) => Symbols.rings(shape).some((polygon) => Symbols.isInside(at, polygon));
  const pixel = ([lng, lat]) => map.latLngToContainerPoint([lat, lng]);
  // Whether a line or a point lies within a few pixels of a place.
  function isNear({ type, coordinates }, spot) {
    if (type === "Point") return pixel(coordinates).distanceTo(spot) <= NEAR;
    if (type === "MultiPoint") return coordinates.some((at) => pixel(at).distanceTo(spot) <= NEAR);
    const lines = type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : [];
    return lines.some((line) => line.slice(1).some((at, n) => L.LineUtil.pointToSegmentDistance(spot, pixel(line[n]), pixel(at)) <= NEAR));
  }
  const accuracy = (metres) => (metres === null || metres === undefined ? "" : ` · ${NM.errorText(metres)}`);
  const hectares = (value, ...places) => (value ? ` · ${NM.hectares(value, ...places)} ${t("ha")}` : "");

  const sitesAt = (at) => data.sites.filter((site) => !state.off.has("sites") && contains(site.shape, at));
  function* found(latlng) {
    const at = [latlng.lng, latlng.lat], spot = map.latLngToContainerPoint(latlng);
    for (const site of sitesAt(at)) {
      const text = `${name(site.names)}, ${say("basis", site.basis)}`;
      yield { ha: site.area_ha, text, more: hectares(site.area_ha) + accuracy(site.accuracy_m), act: () => NM.set({ site: site.id }) };
    }
    for (const layer of data.layers) {
      if (state.off.has(layer.name)) continue;
      for (const feature of layer.features) {
        if (!contains(feature.shape, at) && !isNear(feature.shape, spot)) continue;
        const { hectares: ha = 0 } = feature, text = `${name(feature.names) || feature.id}, ${name(layer.titles)}`;
        yield { ha, text, more: hectares(ha, NM.decimalsOf(ha, feature.accuracy_m ?? null)) + accuracy(feature.accuracy_m), act: () => MapView.open(`${layer.name}/${feature.id}`) };
      }
    }
    yield* CanvasLayers.at(latlng);
  }
  function ringsAt(at) {
    return data.rings.filter((ring) => !state.off.has("rings") && contains(ring.shape, at)).map((ring) => {
      const site = data.sites.find(({ id }) => id === ring.site), far = `${number(ring.from_m)}–${number(ring.to_m)} ${t("m")}`;
      return `${site ? `${name(site.names)}, ${say("basis", site.basis)}: ` : ""}${far}`;
    });
  }
  // The nearest station that is open in a year, or due by then, with its distance.
  function nearestStation(latlng, year) {
    const stations = data.layers.find((layer) => layer.name === "stations")?.features ?? [];
    const open = stations.filter((one) => one.shape.type === "Point" && ["open_in_year", "due"].includes(NM.openState(one, year)));
    const metres = ({ shape: { coordinates: [lng, lat] } }) => Grid.metres([latlng, { lat, lng }]);
    const [best] = open.map((one) => [one, metres(one)]).sort(([, a], [, b]) => a - b);
    if (!best) return null;
    const [one, far] = best, off = one.accuracy_m;
    return `${name(one.names)}: ${NM.distanceText(NM.roundedDistance(far, off))}, ${t(NM.openState(one, year))}`;
  }
  function rulesAt(at, year) {
    const sites = sitesAt(at), rules = sites.flatMap(NM.policiesOf).filter((one) => !NM.policyState(one, year));
    const names = [...new Set(rules.map((one) => {
      const [status, hedge] = NM.statusIn(one, year);
      return `${name(one.names)}: ${Panel.withHedge(say("status", status), hedge)}`;
    }))];
    return sites.length ? el("details", {}, el("summary", { "data-key": "here-rules" }, `${number(names.length)} ${t("instruments")}`),
      el("ul", {}, names.map((one) => el("li", {}, one)))) : null;
  }

  function draw() {
    const box = NM.byId("nm-here");
    box.hidden = !place;
    if (!place) return NM.redraw("nm-here");
    const at = [place.lng, place.lat], [east, north] = Grid.toGrid(place.lat, place.lng);
    const all = [...found(place)].sort((a, b) => (a.ha ?? Infinity) - (b.ha ?? Infinity));
    const button = ({ text, more, act }, n) => el("li", {}, el("button", { type: "button", "data-key": `here-${n}`, click: act }, text, el("small", {}, more)));
    const rings = ringsAt(at), base = BaseMap.has && Compare.isSeenAt("base", place) ? BaseMap.at(place) : [];
    const year = Compare.yearAt(place), station = nearestStation(place, year);
    const part = (heading, ...what) => [el("h3", {}, heading), ...what];
    return NM.redraw("nm-here",
      el("button", { type: "button", class: "nm-close", "data-key": "here-close", "aria-label": t("close"), click: clear }, "×"),
      el("h2", {}, t("here")),
      el("p", {}, `HK80 ${number(east)} E ${number(north)} N · ${place.lat.toFixed(5)}, ${place.lng.toFixed(5)}`),
      all.length ? el("ul", { class: "nm-stack" }, (isWhole ? all : all.slice(0, MOST)).map(button)) : el("p", {}, t("nothing_here")),
      all.length > MOST && !isWhole ? el("button", { type: "button", "data-key": "here-more", click: showAll }, t("more_here", { n: all.length - MOST })) : "",
      rings.length ? part(name(data.layers.find((layer) => layer.name === "rings").titles), el("ul", {}, rings.map((one) => el("li", {}, one)))) : "",
      station ? part(t("nearest_open", { year: String(year) }), el("p", {}, station)) : "",
      base.length ? part(t("base_base"), el("ul", {}, base.map((one) => el("li", {}, one)))) : "",
      rulesAt(at, year));
  }
  // List the rest too; the focus goes to the first that was not listed.
  function showAll() {
    isWhole = true;
    draw();
    NM.byId("nm-here").querySelector(`[data-key="here-${MOST}"]`)?.focus();
  }
  function show(latlng) {
    [place, isWhole] = [latlng, false];
    mark.setLatLng(latlng).addTo(map);
    draw();
    Sheet.raise();
    if (Sheet.isSheet()) NM.byId("nm-here").scrollIntoView({ block: "start" });
    Tools.writeHash();
  }
  function clear() {
    place = null;
    mark.remove();
    draw();
    Tools.writeHash();
  }
  function start(into) {
    map = into;
    mark = L.circleMarker([0, 0], { radius: 5, weight: 2, color: "#d55e00", fillColor: "#fff", fillOpacity: 1, interactive: false, className: "nm-here-mark" });
    map.on("moveend", () => { if (state.compare) refresh(); });  // the place may be on the other side of the divider now
    NM.listen(refresh);
  }
  const refresh = () => { if (place) draw(); };
  return { show, clear, start, refresh, place: () => place };
})();
