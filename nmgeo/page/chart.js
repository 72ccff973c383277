// The map: layers from the data, styles by certainty and year, the keyboard, and the legend.
const Chart = (() => {
  "use strict";
  const { data, state, t, say, name, el, number } = NM;
  const groups = new Map(), paths = new Map(), points = [];
  let map;

  const describe = (site) => {
    const count = NM.rulesOf(site).filter((rule) => NM.runs(rule, state.year)).length;
    const said = site.area_ha === null ? "" : `, ${number(site.area_ha, 1)} ${t("ha_measured")}`;
    return `${name(site.names)}, ${say("basis", site.basis)}${said}, ${count} ${t("instruments")}`;
  };

  // Every path can be reached and opened by keyboard, and says what it is.
  function reachable(path, label, act) {
    const dress = () => {
      const node = path.getElement();
      if (!node) return;
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", label());
      node.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); }
      };
    };
    path.on("add", dress);
    path.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      if (!event.latlng || !Tools.mark(event.latlng)) act();
    });
    NM.listen(dress);
  }

  const place = (feature) => {
    const box = el("div", {}, el("h2", {}, name(feature.names)));
    const others = feature.names.filter((other) => other && other !== name(feature.names));
    if (others.length) box.append(el("p", {}, others.join(" · ")));
    const opens = feature.opens ? `, ${t("opens")} ${feature.opens}` : "";
    if (feature.status) box.append(el("p", {}, say("status", feature.status) + opens));
    box.append(el("p", { class: "nm-note" }, NM.accuracy(feature.geometry_status, feature.accuracy_m)));
    if (feature.source) box.append(el("p", {}, NM.link(feature.source), feature.as_of ? `, ${feature.as_of}` : ""));
    return box;
  };

  const flip = (shape) => (typeof shape[0] === "number" ? [shape[1], shape[0]] : shape.map(flip));

  function drawn(shape, style) {
    if (shape.type === "Point") return L.circleMarker(flip(shape.coordinates), { radius: 7, ...style });
    const latlngs = flip(shape.coordinates);
    if (shape.type === "MultiPoint") return L.polyline(latlngs.map((at) => [at, at]), { ...style, weight: 12, dashArray: null });
    return shape.type.endsWith("LineString") ? L.polyline(latlngs, style) : L.polygon(latlngs, style);
  }

  const label = (path, text) => path.bindTooltip(el("span", {}, text), {
    permanent: true, direction: "right", offset: [7, 0], className: "nm-label",
  });

  function siteStyle(site) {
    const chosen = state.site === site.id;
    return {
      color: site.colour, weight: chosen ? 5 : 3, dashArray: data.dashes[site.geometry_status] || null,
      fillColor: `url(#nm-${site.pattern})`, fillOpacity: 1, className: "nm-site",
    };
  }

  function pointStyle(layer, feature) {
    const open = NM.isOpen(feature, state.year);
    return {
      color: layer.colour, weight: open ? 2 : 2.5, dashArray: open ? null : "3 3",
      fillColor: open ? layer.colour : "#fff", fillOpacity: 1,
    };
  }

  function addSites(group) {
    for (const site of [...data.sites].sort((a, b) => b.area_ha - a.area_ha)) {  // the small on top
      const path = drawn(site.shape, siteStyle(site)).addTo(group);
      paths.set(site.id, path);
      const called = () => el("span", {}, name(site.names));
      path.bindTooltip(called(), { permanent: true, direction: "center", className: "nm-label nm-site-name" });
      NM.listen((change) => { if (change.lang) path.setTooltipContent(called()); });
      reachable(path, () => describe(site), () => NM.set({ site: site.id }));
      NM.listen(() => path.setStyle(siteStyle(site)));
    }
  }

  function addRings(group) {
    const style = { color: "#5b6b76", weight: 1, dashArray: "4 4", fillOpacity: 0.05, interactive: false };
    for (const ring of data.rings) drawn(ring.shape, style).addTo(group);
  }

  function addLinks(group) {
    for (const link of data.links) {
      const style = { color: "#222", weight: 1.5, dashArray: "1 4", interactive: false };
      const path = drawn(link.shape, style).addTo(group);
      const text = `${number(link.m)} m ± ${link.accuracy_m === null ? "?" : number(link.accuracy_m)}`;
      path.bindTooltip(el("span", {}, text), { permanent: true, direction: "center", className: "nm-label nm-link" });
    }
  }

  // A finger needs 44 pixels: a place that no shape took goes to the point nearest to it.
  function nearby(latlng) {
    const at = map.latLngToContainerPoint(latlng), gap = ({ path }) => at.distanceTo(map.latLngToContainerPoint(path.getLatLng()));
    const [best] = points.filter((one) => map.hasLayer(one.path) && gap(one) <= 22).sort((a, b) => gap(a) - gap(b));
    if (best) best.act();
    return Boolean(best);
  }

  function addFeatures(group, layer) {
    for (const feature of layer.features) {
      const point = feature.shape.type === "Point";
      const line = feature.shape.type.endsWith("LineString");
      const plain = { color: layer.colour, weight: 2, fillOpacity: line ? 0 : 0.15, dashArray: layer.dash || null };
      const path = drawn(feature.shape, point ? pointStyle(layer, feature) : plain).addTo(group);
      paths.set(`${layer.name}/${feature.id}`, path);
      const act = () => path.bindPopup(place(feature), { maxWidth: 320 }).openPopup();
      reachable(path, () => name(feature.names), act);
      if (point) {
        points.push({ path, act });
        label(path, name(feature.names));
        NM.listen((change) => {
          path.setStyle(pointStyle(layer, feature));
          if (change.lang) path.setTooltipContent(el("span", {}, name(feature.names)));
        });
      }
    }
  }

  function start(into) {
    map = into;
    const add = new Map([["sites", addSites], ["rings", addRings], ["links", addLinks]]);
    for (const layer of data.layers) {
      const group = L.layerGroup();
      groups.set(layer.name, group);
      if (layer.big) Big.add(group, layer);
      else (add.get(layer.name) || addFeatures)(group, layer);
    }
    map.on("zoomend moveend", declutter);
    NM.listen(() => requestAnimationFrame(declutter));
    NM.listen(() => data.layers.forEach(({ name: key }) => {
      if (state.off.has(key)) groups.get(key).remove();
      else if (!map.hasLayer(groups.get(key))) groups.get(key).addTo(map);
    }));
  }

  // What is drawn, group by group, with a switch each; what is switched off loses its signs.
  function legend() {
    const rows = [];
    for (const group of [...new Set(data.layers.map((layer) => layer.group))]) {
      rows.push(el("h2", {}, say("group", group)));
      for (const layer of data.layers.filter((one) => one.group === group)) {
        const on = !state.off.has(layer.name), id = `nm-on-${data.layers.indexOf(layer)}`;
        const toggle = () => {
          const off = new Set(state.off);
          if (on) off.add(layer.name); else off.delete(layer.name);
          NM.set({ off });
        };
        const many = layer.count === null ? "" : ` (${number(layer.count)})`;
        rows.push(el("label", { for: id },
          el("input", { type: "checkbox", id, checked: on ? "" : null, change: toggle }),
          name(layer.titles) + many + (layer.tolerance_m ? `, ${t("drawn_to")} ${layer.tolerance_m} m` : "")));
        if (on) rows.push(signs(layer));
      }
    }
    NM.redraw("nm-legend", rows);
  }

  // Of names that would lie on one another only the first stays: sites, then the rest in order.
  function declutter() {
    const labels = [...map.getContainer().querySelectorAll(".nm-label")], kept = [];
    labels.sort((a, b) => b.classList.contains("nm-site-name") - a.classList.contains("nm-site-name"));
    for (const node of labels) {
      const a = node.getBoundingClientRect();
      const hit = kept.some((b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top);
      node.classList.toggle("nm-hidden", hit);
      if (!hit) kept.push(a);
    }
  }

  function sign(colour, fill, dash, point) {
    const make = (tag, props) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
      return node;
    };
    const svg = make("svg", { width: 30, height: 16, "aria-hidden": "true" });
    const look = { stroke: colour, fill, "stroke-width": 2, "stroke-dasharray": dash || "none" };
    if (fill === "line") svg.append(make("path", { d: "M2 8H28", ...look }));
    else svg.append(point ? make("circle", { cx: 15, cy: 8, r: 5.5, ...look })
      : make("rect", { x: 2, y: 2, width: 26, height: 12, ...look }));
    return svg;
  }

  function signs(layer) {
    const list = el("ul", {});
    const add = (text, ...look) => list.append(el("li", {}, sign(...look), el("span", {}, text)));
    if (layer.name === "sites") {
      for (const site of data.sites) {
        add(`${name(site.names)}, ${say("basis", site.basis)}: ${NM.accuracy(site.geometry_status, site.accuracy_m)}`,
          site.colour, `url(#nm-${site.pattern})`, data.dashes[site.geometry_status]);
      }
    } else if (layer.name === "rings") add(t("rings"), "#5b6b76", "#eef1f2", "4 4");
    else if (layer.name === "links") add(t("edge"), "#222", "line", "1 4");
    else if (layer.point) {
      add(t("open_in_year"), layer.colour, layer.colour, "", true);
      add(t("not_open"), layer.colour, "#fff", "3 3", true);
    } else add(name(layer.titles), layer.colour, layer.line ? "line" : "none", layer.dash);
    return list;
  }

  const show = (id) => {
    const path = paths.get(id);
    if (path && path.getBounds) map.fitBounds(path.getBounds(), { maxZoom: 15, padding: [40, 40] });
    else if (path) map.setView(path.getLatLng(), Math.max(map.getZoom(), 14));
  };
  function open(id) {
    const off = new Set(state.off);
    if (off.delete(id.split("/")[0])) NM.set({ off });
    const path = paths.get(id);
    if (path) path.fire("click");
  }

  return { start, legend, show, open, nearby };
})();
