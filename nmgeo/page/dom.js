// What every part of the page shares: the data, the words, the state, and elements made of text.
const NM = (() => {
  "use strict";
  const data = JSON.parse(document.getElementById("nm-data").textContent);
  const langs = data.langs, listeners = [];
  const state = { lang: data.lang, year: data.year, site: null, off: new Set(data.off) };

  const at = () => langs.indexOf(state.lang);
  // The word for a key; the key itself where it is the user's own.
  const say = (group, key) => (Object.hasOwn(data.words[group], key) ? data.words[group][key][at()] : key);
  const t = (key) => say("phrase", key);
  const tr = (text) => (text ? say("text", text) : text);  // a sentence of ours, translated if it is known
  const name = (names) => names[at()] || names[0];

  // An element: text is set as text, attributes never include handlers or styles.
  function el(tag, props, ...kids) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props || {})) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
    }
    node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined && kid !== ""));
    return node;
  }

  function link(key) {
    const [kind, title, url] = Object.hasOwn(data.sources, key) ? data.sources[key] : ["", key, ""];
    const note = ` (${say("source_class", kind)})`;
    if (!/^https?:\/\//.test(url)) return el("span", {}, title + note);
    return el("span", {}, el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, title), note);
  }

  const number = (value, places = 0, most = places) => (value === null || value === undefined ? "–"
    : value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: most }));

  const accuracy = (status, out) => (status && out !== null
    ? say("accuracy", status).replace("{accuracy_m:g}", number(out)) : say("accuracy", "unknown"));

  // Draw a part anew and put the focus back where it was.
  function redraw(id, ...kids) {
    const box = document.getElementById(id), held = document.activeElement;
    const mark = box.contains(held) && (held.id || held.dataset.key);
    box.replaceChildren(...kids.flat().filter((kid) => kid !== null && kid !== ""));
    const again = mark && [...box.querySelectorAll("[id], [data-key]")].find((node) => (node.id || node.dataset.key) === mark);
    if (again) again.focus();
  }

  const listen = (fn) => listeners.push(fn);
  function set(change) {
    Object.assign(state, change);
    document.documentElement.lang = data.html_lang[at()];
    document.title = t("title");
    for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
    for (const node of document.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", t(node.dataset.label));
    }
    listeners.forEach((fn) => fn(change));
  }

  const rulesOf = (site) => site.rules.map(([n, by]) => ({ ...data.policies[n], by }));
  // Whether an instrument had begun, and had not ended, in a year.
  const runs = (rule, year) => rule.from && +rule.from.slice(0, 4) <= year
    && (!rule.to || +rule.to.slice(0, 4) >= year);
  const isOpen = (feature, year) => (feature.opens ? feature.opens <= year : feature.status === "open");

  return { data, state, say, t, tr, name, el, link, number, accuracy, redraw, listen, set, rulesOf, runs, isOpen };
})();
