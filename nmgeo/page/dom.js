// What every part of the page shares: the data, the words, the state, and elements made of text.
const NM = (() => {
  const data = JSON.parse(document.getElementById("nm-data").textContent);
  // Shapes are written as steps from vertex to vertex, in whole numbers of their last decimal. A number alone is the outer edge of a polygon of the ring before.
  function vertices(steps, scale, before) {
    if (typeof steps === "number") return [...before[steps][0]].reverse();
    if (Array.isArray(steps[0])) return steps.map((part) => vertices(part, scale, before));
    const path = [];
    for (let n = 0, x = 0, y = 0; n < steps.length; n += 2) path.push([(x += steps[n]) / scale, (y += steps[n + 1]) / scale]);
    return path;
  }
  let before = [];
  for (const one of [data.rings, data.sites, data.links, ...data.layers.map(({ features }) => features)].flat()) {
    const { type, steps, decimals = 6 } = one.shape;
    if (!steps) continue;
    one.shape = { type, coordinates: vertices(steps, 10 ** decimals, before) };
    before = type === "Polygon" ? [one.shape.coordinates] : one.shape.coordinates;
  }
  const langs = data.langs, listeners = [];
  let said = null;  // the language of the words on the page
  const state = { lang: data.lang, year: data.year, site: null, off: new Set(data.off), base: data.base_shown, drawing: null, drawTool: false, buffer: 0, bufferOf: null, compare: null, opacity: 100, paper: "a4-portrait" };
  const langIndex = () => langs.indexOf(state.lang);
  // The word for a key, or the key itself if it comes from the user's data.
  const say = (group, key) => (Object.hasOwn(data.words[group], key) ? data.words[group][key][langIndex()] : key);
  const fill = (text, values) => text.replace(/\{(\w+)[^}]*\}/g, (_, key) => number(values[key]));
  const t = (key, values) => (values ? fill(say("phrase", key), values) : say("phrase", key));
  const tr = (text) => (text ? say("text", text) : text);  // a sentence of geodata, translated if possible
  // The order of dates and codes; the browser's comparison of words takes long to set up.
  const inOrder = (one, other) => Number(one > other) - Number(one < other);
  const searchText = (text) => text.normalize("NFKC").toLowerCase();  // normalised for the search
  const name = (names) => names[langIndex()] || names.find(Boolean) || "";

  /** An element that the page has, with what is special to its kind. @param {string} id @returns {any} */
  const byId = (id) => document.getElementById(id);
  /** @template {Element} T @param {T} node @param {Record<string, any>} props @returns {T} */
  function setProps(node, props) {
    for (const key in props) {  // pairs of Object.entries take several times as long
      const value = props[key];
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    return node;
  }
  // The name in the language of the page, then the one in the other script.
  const bothNames = (names) => [...new Set([name(names), state.lang === "en" ? names[1] : names[0]])].filter(Boolean).join(" ");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => dark.matches && !document.documentElement.classList.contains("nm-printing");
  const DARK_INKS = { "#7d7d7d": "#8b8b88", "#9c7fb0": "#a58bb8", "#0072b2": "#4fa8e0", "#d55e00": "#f0863a", "#8a4fbf": "#b98be0", "#8e1b3a": "#d6728c" };
  // A colour of the data as it is drawn: brighter on a dark map.
  function ink(colour) {
    if (!isDark()) return colour;
    if (Object.hasOwn(DARK_INKS, colour)) return DARK_INKS[colour];
    const parts = [1, 3, 5].map((n) => parseInt(colour.slice(n, n + 2), 16)), grey = Math.max(...parts) - Math.min(...parts) < 40;
    return `#${parts.map((part) => Math.round(part + (255 - part) * (grey ? 0.85 : 0.4)).toString(16).padStart(2, "0")).join("")}`;
  }
  const textInk = (colour) => Colours.readable(ink(colour), isDark() ? "#1b1b1a" : "#ffffff");  // on the halo of names
  const otherNames = (names) => [...new Set(names)].filter((other) => other && other !== name(names)).join(" · ");
  // Create an element. Text is set as text; attributes never include handlers or styles.
  /** @param {string} tag @param {Record<string, any>} props @param {...any} children @returns {any} */
  function el(tag, props, ...children) {
    const node = setProps(document.createElement(tag), props);
    const add = (child) => { if (child !== null && child !== undefined && child !== "") node.append(child); };
    for (const child of children) if (Array.isArray(child)) child.forEach(add); else add(child);
    return node;
  }

  // An address as it is printed: Chinese in it as Chinese, not as nine signs for each character.
  function printed(url) {
    return url.replace(/(?:%[89a-f][0-9a-f])+/gi, (codes) => {
      try { const words = decodeURIComponent(codes); return /^[\p{L}\p{N}\p{P}]+$/u.test(words) ? words : codes; } catch { return codes; }
    });
  }
  // A source, and the page and words of it that are cited.
  function link(key, place) {
    const [kind, title, url, ...own] = Object.hasOwn(data.sources, key) ? data.sources[key] : ["", key, ""];
    const [page, quote] = place ?? own, where = page ? `, ${say("heading", "source_page")} ${page}` : "";
    const note = `${where}${quote ? ` “${quote}”` : ""}${kind ? ` (${say("source_class", kind)})` : ""}`;
    if (!/^https?:\/\//.test(url)) return el("span", {}, title + note);
    return el("span", {}, el("a", { href: url, "data-printed": printed(url), rel: "noopener noreferrer", target: "_blank" }, title), note);
  }
  const definitionList = (rows) => el("dl", {}, rows.flatMap(([key, value]) => (value === null ? []
    : [el("dt", {}, key), el("dd", {}, String(value))])));
  // What the reader's file says of a feature, its id first if the column of ids was named.
  const ownFacts = ({ key }, { id, more = [] }) => [...(key ? [[key, id]] : []), ...more.filter(([column]) => column !== key)];
  const number = (value, places = 0, most = places) => (typeof value === "number" ? Numbers.text(value, places, most) : value ?? "–");
  // A number with the digits of its column, as the command line shows it.
  function figure(column, value) {
    const [decimals, small] = data.digits[column];
    if (typeof value === "number" && small !== null && Math.abs(value) < 10) return String(Number(value.toPrecision(small)));
    return number(value, 0, decimals ?? 15);
  }
  const rangeText = (low, high, ...places) => (low === null ? "± ?" : `${number(low, ...places)}–${number(high, ...places)}`);
  const distanceText = ({ nearest_m: m, low_m: low, high_m: high }) => `${number(m)} ${t("m")} (${rangeText(low, high)})`;
  // A distance and its range, rounded to what its accuracy justifies, as nmgeo.measures.distance_uncertainty has it.
  function roundedDistance(metres, out) {
    const cm = Number(metres.toFixed(2)), ends = out === null ? [null, null] : [Math.max(metres - out, 0), metres + out];
    const step = out === null ? 10 : 10 ** Math.floor(Math.log10(Math.max(out / 2, 1)));
    const even = (value, whole = Math.round(value)) => (Math.abs(value % 1) === 0.5 && whole % 2 ? whole - 1 : whole);
    const digit = 10 ** Math.floor(Math.log10(cm)), to = (end, way) => (end === null ? null : way(Number(end.toFixed(2)) / step) * step);
    return { nearest_m: even(cm / step) * step || (cm && even(cm / digit) * digit), low_m: to(ends[0], Math.floor), high_m: to(ends[1], Math.ceil) };
  }
  const accuracyText = (status, out) => (out === null ? say("accuracy", status === "official" ? "official_unknown" : "unknown")
    : fill(say("accuracy", status || "stated"), { accuracy_m: figure("accuracy_m", out) }));
  const errorText = (out) => t("error_m", { m: figure("accuracy_m", out) });
  // Hectares with so many decimals; what is not 0 keeps its first digit, as on the command line.
  const hectares = (value, places = data.digits.area_ha[0]) => (value && Math.abs(value) < 10 ** -places / 2
    ? number(Number(value.toPrecision(1)), places, 4) : number(value, places));
  const decimalsOf = (ha, accuracy) => {  // as nmgeo.measures.area_uncertainty.justified_decimals has it
    if (ha === 0) return 0;
    if (accuracy === null || accuracy === 0) return 2;
    const out = (2 * Math.sqrt(Math.PI * ha * 1e4) * accuracy + Math.PI * accuracy ** 2) / 1e4;
    return Math.max(-Math.min(Math.floor(Math.log10(Math.max(out / 2, 0.01))), 0), Number(ha < 9.95));
  };
  // From low to high, rounded outwards.
  function outwards(low, high, places) {
    const step = 10 ** places;
    return rangeText(Math.floor(Number((low * step).toFixed(2))) / step, Math.ceil(Number((high * step).toFixed(2))) / step, places);
  }
  // Hectares with their range: the edge may lie off by its accuracy everywhere, and the corners of each part too if it grows.
  const areaText = (ha, paths, accuracy, parts = 1) => sizeText(ha, paths.reduce((sum, path) => sum + Grid.metres([...path, path[0]]), 0), accuracy, parts);
  function sizeText(ha, edge, accuracy, parts = 1) {
    const places = decimalsOf(ha, accuracy), off = accuracy === null ? 0 : edge * accuracy / 1e4;
    const range = accuracy === null ? "± ?" : outwards(Math.max(ha - off, 0), ha + off + cornersHa(accuracy, parts), places);
    return `${hectares(ha, places)} ${t("ha")} (${range})`;
  }
  const cornersHa = (accuracy, parts) => parts * Math.PI * accuracy ** 2 / 1e4;
  // Redraw a part of the page and restore the focus.
  function redraw(id, ...children) {
    const box = byId(id), focused = /** @type {HTMLElement} */ (document.activeElement);
    const focusedKey = box.contains(focused) && (focused.id || focused.dataset.key);
    box.replaceChildren(...children.flat().filter((child) => child !== null && child !== ""));
    const kept = [...box.querySelectorAll("[id], [data-key]")];
    if (focusedKey) (kept.find((node) => (node.id || node.dataset.key) === focusedKey) ?? firstControl(box))?.focus();
  }
  // Where the focus goes when what had it is gone: the first control beside it, or else the map.
  /** @param {HTMLElement} box @returns {HTMLElement | null} */
  const firstControl = (box) => box.querySelector("button, input, select") ?? document.querySelector(".folium-map");

  // Offer a text or a blob as a file to save.
  function save(file, content, type) {
    const url = URL.createObjectURL(new Blob([content], { type }));
    el("a", { href: url, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
  function set(change) {
    Object.assign(state, change);
    if (state.compare && (state.compare.year === state.year || state.compare.base === state.base)) state.compare = null;  // the same on both sides
    if ("lang" in change && change.lang !== said) translateWords();
    for (const [fn, keys] of listeners) if (!keys.length || keys.some((key) => key in change)) fn(change);
  }
  function translateWords() {
    said = state.lang;
    document.documentElement.lang = data.html_lang[langIndex()];
    const title = data.title ?? t("title");
    if (document.title !== title) document.title = title;  // else the browser draws its tab anew
    for (const id of ["nm-title", "nm-whole"]) byId(id).textContent = title;  // the header of a phone has no room for a long one
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-t]"))) node.textContent = t(node.dataset.t);
    /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-label]")).forEach((node) => setProps(node, { "aria-label": t(node.dataset.label) }));
  }
  // Call a function when the state changes, or when one of some of its keys does.
  /** @param {(change: any) => any} fn @param {...string} keys */
  const listen = (fn, ...keys) => { listeners.push([fn, keys]); };
  const policiesOf = (site) => site.rules.map(([n, by]) => ({ ...data.policies[n], by }));
  // Whether a policy has ended by the chosen year or begins after it; its status in that year; the state of a place.
  const policyState = ({ from, to }, year = state.year) => (to && +to.slice(0, 4) < year ? "ended"
    : from && +from.slice(0, 4) > year ? "ahead" : null);
  const statusIn = ({ status, hedge, steps }, year = state.year) => steps.findLast(([day]) => +day.slice(0, 4) <= year)?.slice(1) ?? [status, hedge];
  // Whether a distance is that to the nearest that is open in the chosen year, or to one that opens later.
  const isOfYear = ({ from_year: from, until_year: until }) => from <= state.year && (until === null || state.year < until);
  const isLater = ({ from_year: from }) => from > state.year;
  const hasDate = ({ status, opens }) => Boolean(status || opens);  // others have no opening date
  // What is said to be open, and not since when or since a later year, was so in the year of which that is said.
  const yearOf = (day) => (day ? Number(String(day).slice(0, 4)) : NaN);
  const openState = ({ status, opens, as_of: asOf }, year = state.year) => {
    const since = status === "open" && opens > yearOf(asOf ?? data.year) ? null : opens;
    if (since > year) return "not_open";
    return !status || (status === "open" && !(!since && yearOf(asOf) > year)) ? "open_in_year" : since ? "due" : "undated";
  };
  dark.addEventListener("change", () => set({ scheme: isDark() }));
  return {
    data, state, say, t, tr, inOrder, searchText, name, otherNames, setProps, el, link, number, figure, rangeText, distanceText, roundedDistance, accuracyText, errorText, redraw, set, areaText, sizeText, hectares, decimalsOf, definitionList, ownFacts, bothNames, ink, textInk, isDark, save, byId, cornersHa,
    listen, policiesOf, policyState, statusIn, isOfYear, isLater, hasDate, yearOf, openState,
  };
})();
