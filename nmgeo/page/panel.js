// Beside the map: the table of sites, the panel of the chosen site, the search and the year.
const Panel = (() => {
  const { data, state, t, tr, say, name, el, number } = NM;
  const hedgeText = (hedge) => hedge.split("; ").map((part) => say("hedge", part)).join("; ");
  const withHedge = (text, hedge) => (hedge ? `${text} (${hedgeText(hedge)})` : text);
  /** @type {any[][]} */
  const every = [  // heading, what to sort by, and how a number is shown
    ["name", (site) => name(site.names)], ["basis", (site) => say("basis", site.basis)],
    ["area_ha", (site) => site.area_ha, (area) => NM.hectares(area)],
    ["published_area_ha", (site) => site.published_area_ha, (area, { published_hedge: hedge }) => (
      [NM.figure("published_area_ha", area), hedge ? el("small", {}, ` ${hedgeText(hedge)}`) : ""])],
    ["accuracy_m", (site) => site.accuracy_m, (out) => NM.figure("accuracy_m", out)],
  ];
  const columns = every.filter(([, value, shown]) => !shown || data.sites.some((site) => value(site) !== null));  // of numbers that some site has
  const MOST = 12;  // how many results a search shows
  const openGroups = new Set();  // kinds of policies
  let order = { column: -1, up: true };
  const chooseSite = (site) => { MapView.turnOn("sites"); NM.set({ site: site.id }); MapView.show(site.id); };

  function compare(a, b) {
    const [x, y] = [a, b].map(columns[order.column][1]);
    const less = typeof x === "string" ? x.localeCompare(y) : (x ?? Infinity) - (y ?? Infinity);
    return order.up ? less : -less;
  }

  /** @param {any[]} column @param {number} n */
  function header([key], n) {
    const sorted = order.column !== n ? "none" : order.up ? "ascending" : "descending";
    const click = () => { order = { column: n, up: sorted !== "ascending" }; table(); };
    const heading = say("heading", key) + ({ ascending: " ▲", descending: " ▼" }[sorted] ?? "");
    return el("th", { scope: "col", "aria-sort": sorted },
      el("button", { type: "button", "data-key": `sort-${key}`, click }, heading));
  }

  /** @param {any} site @param {any[]} column */
  function cell(site, [key, value, shown]) {
    if (shown) return el("td", { class: "nm-num" }, shown(value(site), site));
    if (key !== "name") return el("td", {}, value(site));
    const label = `${value(site)}, ${say("basis", site.basis)}`, pressed = String(site.id === state.site);
    const props = { "data-key": site.id, "aria-label": label, "aria-pressed": pressed, click: () => chooseSite(site) };
    return el("th", { scope: "row" }, el("button", { type: "button", class: "nm-choose", ...props }, value(site)));
  }

  // Points have no area, not one of 0.
  const landText = () => data.sites.every((site) => site.area_ha === null) ? "" : name(data.land);
  function table() {
    const rows = order.column < 0 ? data.sites : [...data.sites].sort(compare);
    NM.redraw("nm-table",
      el("caption", {}, landText()), el("thead", {}, el("tr", {}, columns.map(header))),
      el("tbody", {}, rows.map((site) => el("tr", { "aria-selected": String(site.id === state.site) },
        columns.map((column) => cell(site, column))))));
  }

  function policyItem(one) {
    const many = number(one.amount, one.amount % 1 ? 2 : 0), money = one.amount_unit === "HKD";
    const amount = one.amount === null ? "" : money ? `HKD ${many}` : `${many} ${one.amount_unit}`;
    const facts = [withHedge(say("status", one.status), one.hedge), amount, tr(one.ratio), tr(one.threshold)].filter(Boolean).join("; ");
    const dates = [one.from, one.to].filter(Boolean).join(" – "), force = NM.policyState(one), now = !force;
    const stated = one.status_sources, others = one.sources.filter((key) => !stated.includes(key));
    const links = (keys) => keys.flatMap((key, n) => [n ? "; " : "", NM.link(key)]);
    return el("li", { class: now ? null : "nm-later", id: `nm-rule-${one.id}`, tabindex: -1 },
      el("strong", {}, name(one.names)), `: ${facts}`, dates ? ` (${dates})` : "",
      now ? null : el("em", {}, ` ${t(force)}`),
      el("p", {}, one.offers === null ? t("terms_not_known") : tr(one.offers)),
      el("p", { class: "nm-source" }, say("holds_by", one.by), "; ",
        stated.length ? [`${say("status", one.status)}, ${one.as_of}: `, ...links(stated)] : one.as_of,
        others.length ? ["; ", ...links(others)] : ""));
  }

  // Where the published area stands in its source; a key of the user's data may be "__proto__".
  const placeIn = ({ places, published_source: source }) => (Object.hasOwn(places, source) ? places[source] : null);
  const asNear = ({ also }) => (also.length ? ` (${t("as_near", { names: also.map(name).join(" · ") })})` : "");
  const nearText = (near) => `${name(near.names)}: ${NM.distanceText(near)}, ${[say("status", near.status || "open"), near.opens].filter(Boolean).join(" ")}${asNear(near)}`;
  function measureList(site) {
    const list = el("dl", {});
    const add = (term, ...what) => list.append(el("dt", {}, term), el("dd", {}, ...what));
    add(say("heading", "area_ha"), `${NM.hectares(site.area_ha)} (${NM.rangeText(site.low_ha, site.high_ha, data.digits.area_ha[0])})`);
    if (site.published_area_ha !== null) {
      add(say("heading", "published_area_ha"), withHedge(NM.figure("published_area_ha", site.published_area_ha), site.published_hedge),
        site.published_as_of ? `, ${site.published_as_of}` : "",
        ...(site.published_source ? [": ", NM.link(site.published_source, placeIn(site))] : []),
        site.also_published_ha ? ` ${t("also_published")} ${site.also_published_ha}` : "");
    }
    const near = data.near.filter((one) => one.site === site.id && (NM.isOfYear(one) || NM.isLater(one)));
    for (const key of new Set(near.map(({ layer }) => layer))) {  // the nearest open in the year, then the nearest of those that open later
      const [now, later] = [NM.isOfYear, NM.isLater].map((is) => near.findLast((one) => one.layer === key && is(one)));
      add(name(data.layers.find((layer) => layer.name === key).titles), [now, later].filter(Boolean).map(nearText).join("; "));
    }
    return list;
  }
  // A date of a claim as it is shown, and as it is put in order: what is said in words, as "end of 2026", comes last in its year.
  const dateOf = ({ value, words }) => (words ? name(words) : value);
  const orderOf = ({ value, words, year }) => (words ? `${year}-99` : value);
  // The dated claims about a site, in order of time.
  const milestones = (site) => data.claims.filter((claim) => claim.subject === site.site)
    .sort((a, b) => NM.inOrder(orderOf(a), orderOf(b)) || NM.inOrder(a.attribute, b.attribute));
  const milestoneText = (claim) => [
    el("strong", {}, dateOf(claim)), withHedge(` ${say("milestone", claim.attribute).replaceAll("_", " ")}`, claim.hedge)];
  const milestoneWords = (claim) => milestoneText(claim).slice(1).map((part) => part.textContent ?? part).join("").trim();
  const timeline = (site) => el("ol", { class: "nm-time" }, milestones(site).map((claim) => (
    el("li", { class: claim.year <= state.year ? null : "nm-later" }, milestoneText(claim), ", ", NM.link(claim.source, claim.place)))));
  // The milestones of a site in the chosen year, or else the latest ones before it.
  const latestMilestones = (site, past = milestones(site).filter((claim) => claim.year <= state.year)) => (
    past.filter((claim) => claim.year === past.at(-1).year).map(milestoneText));
  const milestoneLine = (site, tag, called, last = latestMilestones(site)) => (
    last.length ? el(tag, {}, `${called}: `, last.flatMap((one, n) => [n ? "; " : "", ...one])) : null);
  const latestMilestone = (site) => (latestMilestones(site).at(-1) ?? []).map((part) => part.textContent ?? part).join("");
  const partOf = (site, whole = data.sites.find((other) => other.site === site.part_of)) => (
    whole ? `; ${t("part_of")} ${name(whole.names)}` : "");

  function panel(site) {
    const year = t("by_year", { year: String(state.year) });
    if (!site) {
      const once = [...new Map(data.sites.map((one) => [one.site, one])).values()];
      const known = once.map((one) => milestoneLine(one, "li", name(one.names))).filter(Boolean);
      return NM.redraw("nm-panel", el("p", {}, t("choose")), known.length ? [el("h2", {}, year), el("ul", {}, known)] : "");
    }
    const rules = NM.policiesOf(site), kinds = [...new Set(rules.map((one) => one.kind))];
    return NM.redraw("nm-panel",
      el("h2", {}, name(site.names)),
      el("p", {}, NM.otherNames(site.names)),
      el("p", {}, say("basis", site.basis), partOf(site), site.status ? `; ${say("status", site.status)}` : ""),
      el("p", { class: "nm-note" }, NM.accuracyText(site.geometry_status, site.accuracy_m)),
      measureList(site), NM.definitionList(NM.ownFacts(data.layers.find((layer) => layer.name === "sites"), site)),
      site.fitted ? el("p", { class: "nm-note" }, t("fitted")) : null,
      site.method ? el("p", {}, tr(site.method)) : null,
      ...(milestones(site).length ? [el("h3", {}, t("supply")), milestoneLine(site, "p", year), timeline(site)] : []),
      el("h3", {}, `${say("heading", "policy_name")} (${rules.length})`),
      ...kinds.map((kind) => policyGroup(kind, rules.filter((one) => one.kind === kind))));
  }
  // Policies of a kind, collapsed until opened.
  function policyGroup(kind, rules) {
    const toggle = ({ target }) => openGroups[target.open ? "add" : "delete"](kind);
    return el("details", { open: openGroups.has(kind) ? "" : null, toggle },
      el("summary", { "data-key": kind }, `${say("kind", kind)} (${rules.length})`), el("ul", {}, rules.map(policyItem)));
  }

  // The id and the attributes of a feature of the reader's, as texts.
  const searched = ({ id, more }) => (more ? [id, ...more.map(([, value]) => value)] : []).filter((one) => ["string", "number"].includes(typeof one)).map(String);
  const index = [  // everything with a name: its names, its kind, and a function that goes there
    ...data.sites.map((site) => [[...site.names, ...searched(site)], () => say("basis", site.basis), () => chooseSite(site)]),
    ...data.layers.flatMap((layer) => layer.features.map((feature) => {
      const id = `${layer.name}/${feature.id}`;
      return [[...feature.names, ...(layer.group === "own" ? searched(feature) : [])], () => name(layer.titles), () => { MapView.show(id); MapView.open(id); }];
    })),
    ...data.policies.map((one, n) => [one.names, () => say("heading", "policy_name"), () => {
      const site = data.sites.find(({ rules }) => rules.some(([at]) => at === n));
      openGroups.add(one.kind);
      MapView.turnOn("sites");
      if (site) NM.set({ site: site.id });
      NM.byId(`nm-rule-${one.id}`)?.focus();
    }]),
  ];
  // Coordinates that were typed, in degrees (latitude first) or on the grid (easting first), as a result that goes there.
  function coordinates(text) {
    const found = /^(-?[\d.]+)[\s,;°]+(-?[\d.]+)\s*°?$/.exec(text.replace(/(\d),(?=\d{3}(\D|$))/g, "$1")), [x, y] = found ? found.slice(1).map(Number) : [NaN, NaN];
    const place = Math.abs(x) <= 90 && Math.abs(y) <= 180 ? L.latLng(x, y) : x > 7e5 && x < 9e5 && y > 7e5 && y < 9e5 ? Grid.toDegrees(x, y) : null;
    if (!place) return [];
    const title = `${place.lat.toFixed(5)}, ${place.lng.toFixed(5)}`;
    return [[[title], () => t("here"), () => MapView.goTo(place)]];
  }
  function search() {
    const asked = NM.searchText(NM.byId("nm-search").value.trim());
    const hit = ([names]) => names.find((one) => one && NM.searchText(one).includes(asked));
    const found = asked ? [...coordinates(asked), ...index.filter(hit)] : [];
    if (asked) found.push(...BaseMap.search(asked, Math.max(MOST + 1 - found.length, 0)));
    if (asked) found.push(...CanvasLayers.search(asked, Math.max(MOST + 1 - found.length, 0)));
    NM.redraw("nm-found", found.slice(0, MOST).map(([names, what, click], n) => {
      const called = name(names), also = [hit([[called]]) ?? hit([names]) ?? called].filter((one) => one !== called);
      const text = [called, ...also.map((one) => `(${one})`), "—", what()].join(" ");
      return el("li", {}, el("button", { type: "button", "data-key": `found-${n}`, click }, text));
    }));
    const many = found.length > MOST ? `${MOST}+` : found.length;
    NM.byId("nm-count").textContent = asked ? `${many} ${t("found")}` : "";
  }

  function start() {
    NM.byId("nm-search").addEventListener("input", search);
    const slider = NM.byId("nm-year");
    slider.addEventListener("input", () => NM.set({ year: +slider.value }));
    NM.listen(table, "lang", "site");
    NM.listen(() => panel(data.sites.find((one) => one.id === state.site)), "lang", "site", "year");
    NM.listen(MapView.legend, "lang", "year", "off", "base", "compare", "scheme", "around", "opacity");
    NM.listen((change) => {
      slider.value = state.year;
      NM.byId("nm-year-now").textContent = state.year;
      const site = data.sites.find((one) => one.id === state.site);
      NM.byId("nm-said").textContent = site ? `${state.year}: ${MapView.describeSite(site)}` : "";
      if (change.site && matchMedia("(max-width: 760px), (max-height: 480px)").matches) NM.byId("nm-panel").scrollIntoView({ block: "start" });
    });
    const credits = () => NM.redraw("nm-credits", [...data.credits.map(tr), t("drawn_with")].map((line) => el("li", {}, line)));
    for (const draw of [search, credits]) NM.listen(draw, "lang");
  }
  return { start, chooseSite, latestMilestone, milestoneWords, dateOf, orderOf, withHedge };
})();
