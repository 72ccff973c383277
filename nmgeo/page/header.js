// On a phone: the tools of the header behind one button; with large letters the languages too.
const Header = (() => {
  const large = matchMedia("screen and (max-width: 19.9em)");
  let button, box;

  const isOpen = () => button.ariaExpanded === "true";
  const set = (open) => { NM.setProps(button, { "aria-expanded": String(open) }); };
  function close() {
    if (!isOpen()) return;
    set(false);
    button.focus();
  }
  // The focus goes back to the button before the tool acts, since what acts may return it later.
  function choose({ target }) {
    if (target.closest("button")) close();
  }
  function settle() {
    const languages = NM.byId("nm-langs");
    if (large.matches) NM.byId("nm-whole").after(languages);
    else if (box.contains(languages)) box.parentNode.prepend(languages);
  }
  function start() {
    button = NM.byId("nm-more");
    box = NM.byId("nm-tools");
    button.addEventListener("click", () => set(!isOpen()));
    box.addEventListener("click", choose, true);
    addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
    addEventListener("pointerdown", ({ target }) => { if (!button.parentNode.contains(target)) set(false); }, true);
    large.addEventListener("change", settle);
    settle();
  }
  return { start };
})();
