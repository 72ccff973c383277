"use strict";  // of all the scripts: they run as one
// What every part of the page shares: the data, the words, the state, and elements made of text.
const NM = (() => {
  const data = JSON.parse(document.getElementById("nm-data").textContent);
  const langs = data.langs, listeners = [];
  const state = { lang: data.lang, year: data.year, site: null, off: new Set(data.off) };
  const at = () => langs.indexOf(state.lang);
  // The word for a key; the key itself where it is the user's own.
  const say = (group, key) => (Object.hasOwn(data.words[group], key) ? data.words[group][key][at()] : key);
  const fill = (text, values) => text.replace(/\{(\w+)[^}]*\}/g, (_, key) => number(values[key]));
  const t = (key, values) => fill(say("phrase", key), values);
  const tr = (text) => (text ? say("text", text) : text);  // a sentence of ours, translated if it is known
  const plain = (text) => text.normalize("NFKC").toLowerCase();  // as it is searched
  const name = (names) => names[at()] || names.find(Boolean) || "";

  function dress(node, props) {
    for (const [key, value] of Object.entries(props)) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    return node;
  }
  const others = (names) => [...new Set(names)].filter((other) => other && other !== name(names)).join(" · ");
  // An element: text is set as text, attributes never include handlers or styles.
  function el(tag, props, ...kids) {
    const node = dress(document.createElement(tag), props);
    node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined && kid !== ""));
    return node;
  }

  function link(key) {
    const [kind, title, url] = Object.hasOwn(data.sources, key) ? data.sources[key] : ["", key, ""];
    const note = kind ? ` (${say("source_class", kind)})` : "";
    if (!/^https?:\/\//.test(url)) return el("span", {}, title + note);
    return el("span", {}, el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, title), note);
  }
  const pairs = (rows) => el("dl", {}, rows.flatMap(([key, value]) => (value === null ? []
    : [el("dt", {}, key), el("dd", {}, String(value))])));
  const formats = {};  // one to make takes longer than a thousand to use
  const number = (value, places = 0, most = places) => (typeof value !== "number" ? value ?? "–"
    : (formats[[places, most]] ??= new Intl.NumberFormat(
      "en", { minimumFractionDigits: places, maximumFractionDigits: most })).format(value));
  const span = (low, high, ...places) => (low === null ? "± ?" : `${number(low, ...places)}–${number(high, ...places)}`);
  const apart = ({ nearest_m: m, low_m: low, high_m: high }) => `${number(m)} m (${span(low, high)})`;
  const accuracy = (status, out) => (out === null ? say("accuracy", "unknown")
    : fill(say("accuracy", status || "stated"), { accuracy_m: out }));
  // Draw a part anew and put the focus back where it was.
  function redraw(id, ...kids) {
    const box = document.getElementById(id), held = document.activeElement;
    const mark = box.contains(held) && (held.id || held.dataset.key);
    box.replaceChildren(...kids.flat().filter((kid) => kid !== null && kid !== ""));
    const kept = [...box.querySelectorAll("[id], [data-key]")];
    if (mark) kept.find((node) => (node.id || node.dataset.key) === mark)?.focus();
  }

  function set(change) {
    Object.assign(state, change);
    document.documentElement.lang = data.html_lang[at()];
    document.title = t("title");
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
    document.querySelectorAll("[data-label]").forEach((node) => dress(node, { "aria-label": t(node.dataset.label) }));
    listeners.forEach((fn) => fn(change));
  }
  const rulesOf = (site) => site.rules.map(([n, by]) => ({ ...data.policies[n], by }));
  // What the year chosen makes of an instrument, and of a place.
  const force = ({ from, to, firm }) => (to && +to.slice(0, 4) < state.year ? "ended"
    : from && +from.slice(0, 4) > state.year ? "ahead" : firm ? "in_force" : "pledged");
  const dated = ({ status, opens }) => Boolean(status || opens);  // else it simply is there
  const stage = ({ status, opens }) => (opens > state.year ? "not_open"
    : !status || status === "open" ? "open_in_year" : opens ? "due" : "undated");
  return {
    data, state, say, t, tr, plain, name, others, dress, el, link, number, span, apart, accuracy, redraw, set, pairs,
    listen: (fn) => listeners.push(fn), rulesOf, force, dated, stage,
  };
})();
