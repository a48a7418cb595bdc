// Menus that open at a place: of a message, of a select, of reactions.

import { h } from "/sandbox/dom.js";

let closeOpen = null;

/** A floating element by a rectangle or point; it closes with Escape, a click elsewhere, or `close`. */
export function popup(element, { x, y, above = false }, back = document.activeElement) {
  closeOpen?.();
  document.body.append(element);
  const { width, height } = element.getBoundingClientRect();
  const top = above || y + height > innerHeight - 8 ? Math.max(8, Math.min(y - height, innerHeight - height - 8)) : y;
  element.style.setProperty("left", `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`);
  element.style.setProperty("top", `${Math.max(8, top)}px`);
  const outside = (event) => { if (!element.contains(event.target)) close(); };
  const escape = (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } };
  const close = () => {
    if (closeOpen !== close) return;
    closeOpen = null;
    element.remove();
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", escape, true);
    element.dispatchEvent(new Event("closed"));
    back?.focus?.({ preventScroll: true });
  };
  closeOpen = close;
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  return close;
}

/** entries: {label, act, danger} or null for a line. */
export function menu(entries, place, label) {
  let close;
  const list = h("div", { class: "menu", role: "menu", "aria-label": label }, entries.map((one) =>
    one === null ? h("hr") : h("button", { role: "menuitem", tabindex: "-1", class: one.danger ? "danger" : "", onclick: () => { close(); one.act(); } }, one.label)));
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll("button")];
    const index = all.indexOf(document.activeElement);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) { event.preventDefault(); all.at(to % all.length).focus(); }
    if (event.key === "Tab") { event.preventDefault(); close(); }
  });
  close = popup(list, place);
  list.querySelector("button")?.focus();
}

/** options: {label, value, detail, chosen}; answers the chosen values, null where it was given up. */
export function choosing(options, { most = 1, least = 1, label, place }) {
  return new Promise((resolve) => {
    const chosen = new Set(options.filter((one) => one.chosen).map((one) => one.value));
    let answer = null, close;
    const rows = options.map((one, index) => h("div", { role: "option", id: `choice-${index}`, "aria-selected": String(chosen.has(one.value)), onclick: () => pick(index) },
      one.emoji ? h("span", { "aria-hidden": "true" }, one.emoji) : null, h("b", {}, one.label), h("span", { class: "detail" }, one.detail ?? "")));
    const list = h("div", { class: "menu options", role: "listbox", tabindex: "0", "aria-label": label, "aria-multiselectable": String(most > 1) }, rows);
    let active = Math.max(0, options.findIndex((one) => one.chosen));
    function mark(index) {
      active = (index + options.length) % options.length;
      rows.forEach((row, at) => row.classList.toggle("active", at === active));
      list.setAttribute("aria-activedescendant", `choice-${active}`);
      rows[active]?.scrollIntoView({ block: "nearest" });
    }
    function pick(index) {
      const { value } = options[index];
      if (most === 1) {
        answer = [value];
        close();
      } else if (!chosen.delete(value) && chosen.size < most) chosen.add(value);
      rows.forEach((row, at) => row.setAttribute("aria-selected", String(chosen.has(options[at].value))));
    }
    list.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") mark(active + 1);
      else if (event.key === "ArrowUp") mark(active - 1);
      else if (event.key === " " || event.key === "Enter") { if (most > 1 && event.key === "Enter") close(); else pick(active); }
      else if (/^\S$/.test(event.key)) {
        const found = options.findIndex((one) => one.label.toLowerCase().startsWith(event.key.toLowerCase()));
        if (found >= 0) mark(found);
      } else return;
      event.preventDefault();
    });
    list.addEventListener("closed", () => {
      if (most > 1 && chosen.size >= least) answer = [...chosen];
      resolve(answer);
    });
    close = popup(list, place);
    list.focus();
    if (options.length) mark(active);
  });
}
