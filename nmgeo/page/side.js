// Beside the map: the table of sites, the panel of the chosen one, the search, the year.
const Side = (() => {
  "use strict";
  const { data, state, t, tr, say, name, el, number } = NM;
  const columns = [
    ["name", (site) => name(site.names)], ["basis", (site) => say("basis", site.basis)],
    ["area_ha", (site) => site.area_ha], ["said_area_ha", (site) => site.said_area_ha],
    ["accuracy_m", (site) => site.accuracy_m],
  ];
  const MOST = 12;  // how many results a search shows
  let map, order = { column: -1, up: true };

  function table() {
    const rows = [...data.sites];
    if (order.column >= 0) {
      const value = columns[order.column][1];
      rows.sort((a, b) => {
        const x = value(a), y = value(b);
        const less = typeof x === "string" ? x.localeCompare(y) : (x ?? Infinity) - (y ?? Infinity);
        return order.up ? less : -less;
      });
    }
    const head = columns.map(([key], n) => {
      const sorted = order.column === n;
      const sort = () => { order = { column: n, up: sorted ? !order.up : true }; table(); };
      return el("th", { scope: "col", "aria-sort": sorted ? (order.up ? "ascending" : "descending") : "none" },
        el("button", { type: "button", "data-key": `sort-${key}`, click: sort }, say("heading", key), sorted ? (order.up ? " ▲" : " ▼") : ""));
    });
    const body = rows.map((site) => el("tr", { "aria-selected": site.id === state.site ? "true" : "false" },
      columns.map(([key, value]) => {
        const shown = value(site);
        if (key === "name") {
          const choose = () => { NM.set({ site: site.id }); Chart.show(site.id); };
          return el("th", { scope: "row" }, el("button",
            { type: "button", class: "nm-choose", "data-key": site.id, "aria-pressed": String(site.id === state.site), click: choose },
            shown));
        }
        if (typeof shown === "string") return el("td", {}, shown);
        const text = key === "area_ha" ? number(shown, 2) : number(shown, 0, 4);
        return el("td", { class: "nm-num" }, text, key === "said_area_ha" && site.said_hedge ? el("small", {}, ` ${tr(site.said_hedge)}`) : "");
      })));
    NM.redraw("nm-table",
      el("caption", {}, t("land").replace(/\{(\w+)[^}]*\}/g, (_, key) => number(data.land[key]))),
      el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
  }

  function rule(one) {
    const amount = one.amount === null ? "" : `${one.amount_unit} ${number(one.amount, one.amount % 1 ? 2 : 0)}`;
    const facts = [say("status", one.status), amount, tr(one.ratio), tr(one.threshold)].filter(Boolean).join("; ");
    const dates = [one.from, one.to].filter(Boolean).join(" – ");
    return el("li", { class: NM.runs(one, state.year) ? null : "nm-later" },
      el("strong", {}, name(one.names)), `: ${facts}`, dates ? ` (${dates})` : "",
      NM.runs(one, state.year) ? null : el("em", {}, ` ${t("not_in_year")}`),
      el("p", {}, tr(one.offers)),
      el("p", { class: "nm-source" }, `${say("holds_by", one.by)}; `, ...one.sources.flatMap((key, n) => [n ? "; " : "", NM.link(key)]), `; ${one.as_of}`));
  }

  function measures(site) {
    const list = el("dl", {});
    const add = (term, ...what) => list.append(el("dt", {}, term), el("dd", {}, ...what));
    add(say("heading", "area_ha"), number(site.area_ha, 2), ` (${t("geodesic")} ${number(site.geodesic_ha, 2)})`);
    if (site.said_area_ha !== null) {
      add(say("heading", "said_area_ha"), number(site.said_area_ha, 0, 4), site.said_hedge ? ` (${tr(site.said_hedge)})` : "",
        site.said_as_of ? `, ${site.said_as_of}` : "", site.said_source ? ": " : "",
        site.said_source ? NM.link(site.said_source) : "", site.also_said_ha ? ` ${t("also_said")} ${site.also_said_ha}` : "");
    }
    for (const near of data.near.filter((one) => one.site === site.id)) {
      const out = near.accuracy_m === null ? "?" : number(near.accuracy_m);
      const opens = near.opens ? ` ${near.opens}` : "";
      add(name(data.layers.find((layer) => layer.name === near.layer).titles),
        `${name(near.names)}: ${number(near.m)} m ± ${out}, ${say("status", near.status || "open")}${opens}`);
    }
    return list;
  }

  function supply(site) {
    const dated = data.claims.filter((claim) => claim.subject === site.site && claim.year);
    dated.sort((a, b) => a.value.localeCompare(b.value) || a.attribute.localeCompare(b.attribute));
    return el("ol", { class: "nm-time" }, dated.map((claim) => el("li",
      { class: claim.year <= state.year ? null : "nm-later" },
      el("strong", {}, claim.value), ` ${tr(claim.attribute.replaceAll("_", " "))}`, claim.hedge ? ` (${tr(claim.hedge)})` : "",
      ", ", NM.link(claim.source))));
  }

  function partOf(site) {
    const whole = data.sites.find((other) => other.site === site.part_of);
    return whole ? `; ${t("part_of")} ${name(whole.names)}` : "";
  }

  function panel() {
    const site = data.sites.find((one) => one.id === state.site);
    if (!site) { NM.redraw("nm-panel", el("p", {}, t("choose"))); return; }
    const rules = NM.rulesOf(site), kinds = [...new Set(rules.map((one) => one.kind))];
    NM.redraw("nm-panel",
      el("h2", {}, name(site.names)),
      el("p", {}, site.names.filter((other) => other && other !== name(site.names)).join(" · ")),
      el("p", {}, say("basis", site.basis), partOf(site), site.status ? `; ${say("status", site.status)}` : ""),
      el("p", { class: "nm-note" }, NM.accuracy(site.geometry_status, site.accuracy_m)),
      measures(site),
      site.fitted ? el("p", { class: "nm-note" }, t("fitted")) : null,
      site.method ? el("p", {}, tr(site.method)) : null,
      el("h3", {}, t("supply")), supply(site),
      el("h3", {}, `${say("heading", "policy_name")} (${rules.length})`),
      ...kinds.flatMap((kind) => [el("h4", {}, say("kind", kind)),
        el("ul", {}, rules.filter((one) => one.kind === kind).map(rule))]));
  }

  const index = [  // all that has a name, in any of the languages
    ...data.sites.map((site) => [site.names, site.basis, () => { NM.set({ site: site.id }); Chart.show(site.id); }]),
    ...data.layers.filter((layer) => !layer.big).flatMap((layer) => layer.features.map((feature) => [feature.names, layer.titles,
      () => { const id = `${layer.name}/${feature.id}`; Chart.show(id); Chart.open(id); }])),
    ...data.policies.map((one, n) => [one.names, "policy", () => {
      const site = data.sites.find((other) => other.rules.some(([rule_]) => rule_ === n));
      if (site) NM.set({ site: site.id });
    }]),
  ];
  function search() {
    const asked = document.getElementById("nm-search").value.trim().normalize("NFKC").toLowerCase();
    const found = asked === "" ? [] : index.filter(([names]) => names.some((one) => one && one.normalize("NFKC").toLowerCase().includes(asked))).slice(0, MOST);
    if (asked) found.push(...Big.search(map, asked, MOST - found.length));
    const kind = (what) => (Array.isArray(what) ? name(what) : what === "policy" ? say("heading", "policy_name") : say("basis", what));
    NM.redraw("nm-found", found.map(([names, what, act], n) => el("li", {},
      el("button", { type: "button", "data-key": `found-${n}`, click: () => { act(); } }, `${name(names)} — ${kind(what)}`))));
    document.getElementById("nm-count").textContent = asked ? `${found.length} ${t("found")}` : "";
  }

  function start(into) {
    map = into;
    document.getElementById("nm-search").addEventListener("input", search);
    const slider = document.getElementById("nm-year");
    slider.addEventListener("input", () => NM.set({ year: +slider.value }));
    NM.listen(() => {
      slider.value = state.year;
      document.getElementById("nm-year-now").textContent = state.year;
      table(); panel(); search(); Chart.legend();
      NM.redraw("nm-credits", data.credits.map((line) => el("li", {}, tr(line))));
    });
  }
  return { start };
})();
