// A table for each layer of the user: sorted, filtered, and tied to the map.
const LayerTables = (() => {
  const { data, state, t, name, el, number } = NM;
  const MOST = 50, MORE = 200;  // rows at first, and by each press
  const tables = [];
  let collator;  // made when a table is first sorted: that takes longer than all else here

  // Rows of a layer, whether its features are encoded or not: the columns, a cell, and how to go to a feature.
  function rowsOf(layer) {
    if (layer.big) {
      const keys = withoutRepeats(Object.keys(layer.columns), layer.count, (key, f) => layer.columns[key][f]);
      return { count: layer.count, keys, cell: (key, f) => layer.columns[key][f], go: (f) => CanvasLayers.goToFeature(layer, f), box: (f) => CanvasLayers.boundsOf(layer, f) };
    }
    const isSites = layer.name === "sites", features = isSites ? data.sites : layer.features;
    const cells = features.map((feature) => new Map([[idColumn(layer), feature.id], ...names(feature), ...feature.more,
      ...known(FIELDS.map((key) => [key, feature[key]]))]));
    const cell = (key, f) => cells[f].get(key), keys = withoutRepeats([...new Set(cells.flatMap((row) => [...row.keys()]))], cells.length, cell);
    const id = (f) => (isSites ? features[f].id : `${layer.name}/${features[f].id}`);
    const go = (f) => { if (isSites) Panel.chooseSite(features[f]); else { MapView.show(id(f)); MapView.open(id(f)); } };
    return { count: cells.length, keys, cell, go, box: (f) => MapView.boundsOf(id(f)) };
  }
  // Columns without those of names that say throughout what another column says.
  function withoutRepeats(keys, count, cell) {
    const isName = (key) => NAMES.includes(key);
    function isSame(key, other) {
      for (let f = 0; f < count; f++) if (cell(key, f) !== cell(other, f)) return false;
      return true;
    }
    return keys.filter((key, n) => !isName(key) || !keys.some((other, m) => other !== key && (m < n || !isName(other)) && isSame(key, other)));
  }
  const NAMES = data.langs.map((lang) => `name_${lang}`);
  const idColumn = ({ key }) => key ?? "id";  // as the reader named it
  const FIELDS = ["status", "opens", "geometry_status", "accuracy_m", "as_of", "source"];  // columns of a file that the page knows
  const known = (/** @type {any[][]} */ rows) => rows.filter(([, value]) => !missing(value));
  // The names by language; without one a feature is called by its id.
  const names = ({ id, names: all }) => known(NAMES.map((key, n) => [key, all[n] === id ? null : all[n]]));
  const missing = (value) => value === null || value === undefined || value === "";
  function order({ rows, key, up }, found) {
    if (!key) return found;
    const cells = new Map(found.map((f) => [f, rows.cell(key, f)]));
    return found.sort((a, b) => {
      const [x, y] = [cells.get(a), cells.get(b)];
      if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y));
      const less = typeof x === "number" && typeof y === "number" ? x - y : (collator ??= new Intl.Collator(undefined, { numeric: true })).compare(String(x), String(y));
      return up ? less : -less;
    });
  }
  const text = (value) => (missing(value) ? "–" : typeof value === "number" ? String(value) : typeof value === "object" ? JSON.stringify(value) : String(value));

  function matching(table, map) {
    const wanted = NM.searchText(table.filter.value.trim()), view = table.view.checked ? map.getBounds() : null, found = [];
    for (let f = 0; f < table.rows.count; f++) {
      if (wanted && !table.rows.keys.some((key) => NM.searchText(text(table.rows.cell(key, f))).includes(wanted))) continue;
      if (view && !view.intersects(table.rows.box(f))) continue;
      found.push(f);
    }
    return order(table, found);
  }
  function header(table, key) {
    const sorted = table.key !== key ? "none" : table.up ? "ascending" : "descending";
    const click = () => { Object.assign(table, { key, up: sorted !== "ascending" }); show(table); };
    const numeric = table.numeric.has(key) ? "nm-num" : null;
    return el("th", { scope: "col", "aria-sort": sorted, class: numeric }, el("button", { type: "button", "data-key": `${table.id}-${key}`, click },
      key + ({ ascending: " ▲", descending: " ▼" }[sorted] ?? "")));
  }
  // The columns of which every value is a number.
  function numericOf({ keys, count, cell }) {
    const values = (key) => Array.from({ length: count }, (_, f) => cell(key, f)).filter((value) => !missing(value));
    return new Set(keys.filter((key) => values(key).length && values(key).every((value) => typeof value === "number")));
  }
  function row(table, f) {
    return el("tr", {}, table.rows.keys.map((key, n) => {
      const value = text(table.rows.cell(key, f)), numeric = table.numeric.has(key) ? "nm-num" : null;
      if (n) return el("td", { class: numeric }, value);
      return el("th", { scope: "row" }, el("button", { type: "button", class: "nm-choose", "data-key": `${table.id}-row-${f}`, click: () => table.rows.go(f) }, value));
    }));
  }
  let map;
  function show(table) {
    if (!table.box.open) return;
    table.numeric ??= numericOf(table.rows);
    const found = matching(table, map), some = found.slice(0, table.most);
    table.status.textContent = t("rows_of", { n: found.length, of: table.rows.count });
    table.more.hidden = found.length <= table.most;
    Tools.writeHash();
    NM.redraw(table.id, el("thead", {}, el("tr", {}, table.rows.keys.map((key) => header(table, key)))), el("tbody", {}, some.map((f) => row(table, f))));
  }
  // Download the rows that the table holds now, all of them, in its order.
  function download(table) {
    const { keys, cell } = table.rows, rows = matching(table, map).map((f) => keys.map((key) => cell(key, f)));
    NM.save(`${table.layer.name.replace(/[^\w.-]+/g, "_")}.csv`, Csv.text(keys, rows), "text/csv");
  }
  function build(layer, n) {
    const id = `nm-rows-${n}`, table = { id, layer, rows: rowsOf(layer), key: null, up: true, most: MOST };
    const change = () => { table.most = MOST; show(table); };
    Object.assign(table, {
      title: el("summary", { "data-key": id }), status: el("span", { role: "status" }),
      filter: el("input", { type: "search", autocomplete: "off", input: change }), view: el("input", { type: "checkbox", change }),
      more: el("button", { type: "button", hidden: "", click: () => { table.most += MORE; show(table); } }), inView: el("span", {}),
      csv: el("button", { type: "button", click: () => download(table) }),
      geojson: el("button", { type: "button", click: () => Downloads.saveGeoJSON(layer, matching(table, map)) }),
    });
    const scroll = el("div", { class: "nm-scroll", role: "region", tabindex: 0 }, el("table", { id }));
    table.scroll = scroll;
    table.box = el("details", { toggle: () => show(table) }, table.title, table.filter,
      el("label", { class: "nm-check" }, table.view, table.inView), table.status, scroll, table.more, el("div", { class: "nm-row" }, table.csv, table.geojson));
    return table;
  }
  function rename(table) {
    const title = name(table.layer.titles);
    table.title.textContent = `${t("table")}: ${title} (${number(table.rows.count)})`;
    for (const [node, label] of [[table.filter, t("filter")], [table.scroll, title]]) NM.setProps(node, { "aria-label": label });
    table.filter.placeholder = t("filter");
    table.inView.textContent = t("in_view");
    table.more.textContent = t("more_rows");
    table.csv.textContent = t("csv");
    table.geojson.textContent = t("save_geojson");
  }
  // The tables that are open, with their order and filter, for the address of the page.
  const write = () => tables.filter(({ box }) => box.open).map(({ layer, key, up, filter, view }) => JSON.stringify([layer.name, key, up, filter.value, view.checked]));
  function read(texts) {
    for (const { box } of tables) box.open = false;
    for (const text of texts) {
      let asked;
      try { asked = JSON.parse(text); } catch { continue; }
      const [wanted, key, up, filter, inView] = Array.isArray(asked) ? asked : [], table = tables.find(({ layer }) => layer.name === wanted);
      if (!table) continue;
      Object.assign(table, { key: table.rows.keys.includes(key) ? key : null, up: up !== false });
      table.filter.value = typeof filter === "string" ? filter : "";
      table.view.checked = inView === true;
      table.box.open = true;
      show(table);
    }
  }
  function start(into) {
    map = into;
    const own = data.layers.filter((layer) => (layer.group === "own" && layer.count) || (layer.name === "sites" && data.sites[0]?.more));
    tables.push(...own.map(build));
    NM.byId("nm-tables").append(...tables.map(({ box }) => box));
    NM.listen((change) => {
      tables.forEach((table) => { table.box.hidden = state.off.has(table.layer.name); });
      if (change.lang) tables.forEach((table) => { rename(table); show(table); });
    });
    map.on("moveend", () => tables.filter(({ view }) => view.checked).forEach(show));
  }
  return { start, read, write };
})();
