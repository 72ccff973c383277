// Time: playing the years one after another, and what changes in a year or between two.
const Years = (() => {
  const { data, state, t, say, name, el, number, yearOf } = NM;
  const PACE_MS = 1500, NEAR_M = 1000;  // a place that opens so near to a site is on its timeline
  let timer = null;

  const isLater = (date) => yearOf(date) > state.year;
  // The statuses of an instrument by their dates, its milestones, and its beginning and end where no status has that date.
  function dated({ from, to, as_of: asOf, status, steps, milestones = [] }) {
    const isOther = (date) => date && !steps.some(([day]) => day.startsWith(date) || date.startsWith(day));
    const later = status && from > asOf ? ` (${say("status", status)})` : "";
    const own = milestones.filter(([date]) => !steps.some(([day]) => day === date));  // what a status of that day says too
    return [...steps.map(([day, is, hedge]) => [day, Panel.withHedge(say("status", is), hedge)]), ...own.map(([day, hedge, words]) => [day, Panel.withHedge(name(words), hedge)]),
      ...(isOther(from) ? [[from, t("begins") + later]] : []), ...(isOther(to) ? [[to, t("ends")]] : [])];
  }
  // What begins, opens or ends after one year and until another, in order of time: of one site, or of all.
  function changes(from, to, only = null) {
    const rules = only ? new Set(NM.policiesOf(only).map(({ id }) => id)) : null;
    const within = (date) => yearOf(date) > from && yearOf(date) <= to, found = [];
    for (const layer of data.layers) {
      for (const one of layer.features) {
        if (NM.hasDate(one) && within(one.opens) && (!only || Analysis.metresBetween(only, one) <= NEAR_M)) found.push([String(one.opens), `${name(one.names) || one.id}, ${name(layer.titles)}: ${t(NM.openState(one, to) === "due" ? "opens_planned" : "opens")}`]);
      }
    }
    const sites = new Map([...data.sites].reverse().map((site) => [site.site, site]));
    for (const claim of data.claims) {
      const site = sites.get(claim.subject);
      if (site && (!only || only.site === site.site) && within(claim.year)) found.push([Panel.dateOf(claim), `${name(site.names)}: ${Panel.milestoneWords(claim)}`, Panel.orderOf(claim)]);
    }
    for (const one of data.policies.filter(({ id }) => !rules || rules.has(id))) {
      for (const [day, what] of dated(one)) if (within(day)) found.push([day, `${name(one.names)}: ${what}`]);
    }
    const told = new Set();
    /** @param {any[]} event */
    const order = ([shown, , day = shown]) => day;
    return found.sort((a, b) => NM.inOrder(order(a), order(b))).filter((event) => !told.has(String(event)) && told.add(String(event)));
  }
  function draw() {
    const other = state.compare?.year, [from, to] = other === undefined ? [state.year - 1, state.year] : [Math.min(state.year, other), Math.max(state.year, other)];
    const found = changes(from, to), title = other === undefined ? t("changes_in", { year: String(to) }) : t("changes_between", { from: String(from), to: String(to) });
    NM.byId("nm-changed").textContent = `${title} (${number(found.length)})`;
    NM.redraw("nm-change-list", found.length ? el("ul", {}, found.map(([date, text]) => el("li", {}, el("strong", {}, date), ` ${text}`))) : el("p", {}, t("changes_none")));
  }

  // All that is dated of the chosen site, or of all sites.
  function timeline() {
    const site = data.sites.find(({ id }) => id === state.site), found = changes(-Infinity, Infinity, site);
    NM.byId("nm-timeline").hidden = !found.length;
    NM.byId("nm-timeline-of").textContent = `${t("timeline")}${site ? `: ${name(site.names)}` : ""} (${number(found.length)})`;
    NM.redraw("nm-timeline-list", el("ol", {}, found.map(([date, text, day = date]) => el("li", { "data-year": yearOf(day), class: isLater(day) ? "nm-later" : null }, el("strong", {}, date), ` ${text}`))));
  }
  // Set off what of the timeline lies after the chosen year.
  function markLater() {
    const rows = /** @type {NodeListOf<HTMLElement>} */ (NM.byId("nm-timeline-list").querySelectorAll("li"));
    for (const row of rows) row.classList.toggle("nm-later", isLater(row.dataset.year));
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    button();
  }
  // The year after another one, without the one that it is compared with: to reach that ends the comparison.
  const yearAfter = (year) => (year + 1 === state.compare?.year ? year + 2 : year + 1);
  const isLast = () => yearAfter(state.year) > data.years[1];
  function step() {
    if (isLast()) return stop();
    NM.set({ year: yearAfter(state.year) });
    if (isLast()) stop();
    return undefined;
  }
  // Play from the chosen year on; from the first if the last is shown.
  function play() {
    if (timer) return stop();
    if (isLast()) NM.set({ year: yearAfter(data.years[0] - 1) });
    timer = setInterval(step, PACE_MS);
    return button();
  }
  function button() {
    const node = NM.byId("nm-play");
    NM.setProps(node, { "aria-pressed": String(Boolean(timer)), "aria-label": t(timer ? "pause" : "play"), title: t(timer ? "pause" : "play") });
    node.textContent = timer ? "❚❚" : "▶";
  }
  function start() {
    NM.byId("nm-play").addEventListener("click", play);
    NM.byId("nm-year").addEventListener("input", stop);
    NM.listen((change) => {
      if (change.lang) button();
      if (change.lang || "year" in change || "compare" in change) draw();
      if (change.lang || "site" in change) timeline();
      else if ("year" in change) markLater();
    });
  }
  return { start, changes };
})();
