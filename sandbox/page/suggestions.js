// The list above the message box: commands, options, choices, people. Focus stays in what is typed in.

import { h } from "/sandbox/dom.js";

export class Suggestions {
  constructor() {
    this.items = [];
    this.active = -1;
    this.heading = h("div", { class: "suggest-title" });
    this.list = h("ul", { id: "suggestions", role: "listbox", "aria-label": "Suggestions" });
    this.element = h("div", { class: "suggest", hidden: true }, this.heading, this.list);
    // mousedown would take the focus away before the click
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose(Number(row.dataset.index));
    });
  }

  get open() { return !this.element.hidden && this.items.length > 0; }

  /** items: {label, detail, tag, lead}; `pick` gets the chosen one. `first` false: nothing chosen yet. */
  show(input, title, items, pick, { first = true, empty = "" } = {}) {
    if (!items.length && !empty) {
      this.hide();
      return;
    }
    this.input = input;
    this.items = items;
    this.pick = pick;
    this.heading.textContent = items.length ? title : empty;
    this.list.replaceChildren(...items.map((one, index) =>
      h("li", { role: "option", id: `s-${index}`, "data-index": index },
        one.lead ?? null, h("b", {}, one.label), h("span", { class: "detail" }, one.detail ?? ""), one.tag ? h("span", { class: "tag" }, one.tag) : null)));
    this.element.hidden = false;
    input.setAttribute("aria-controls", "suggestions");
    input.setAttribute("aria-expanded", "true");
    this.#mark(first ? 0 : -1);
  }

  hide() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.items = [];
    this.input?.setAttribute("aria-expanded", "false");
    this.input?.removeAttribute("aria-activedescendant");
  }

  choose(index = this.active) {
    const found = this.items[index];
    if (!found) return false;
    const pick = this.pick;
    this.hide();
    pick(found);
    return true;
  }

  /** Arrow keys, Tab, Enter and Escape; true where the key was for the list. */
  key(event) {
    if (!this.open) return false;
    switch (event.key) {
      case "ArrowDown": this.#mark((this.active + 1) % this.items.length); break;
      case "ArrowUp": this.#mark((this.active + this.items.length - (this.active < 0 ? 0 : 1)) % this.items.length); break;
      case "Escape": this.hide(); break;
      case "Enter": case "Tab":
        if (event.shiftKey || this.active < 0) return false;
        this.choose();
        break;
      default: return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #mark(index) {
    this.active = index;
    for (const row of this.list.children) row.setAttribute("aria-selected", String(Number(row.dataset.index) === index));
    const row = this.list.children[index];
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }
}

/** Those whose name starts with what was typed first, then those that have it somewhere. */
export function ranked(items, typed, text = (one) => one.label) {
  const wanted = typed.toLowerCase();
  const starts = items.filter((one) => text(one).toLowerCase().startsWith(wanted));
  return [...starts, ...items.filter((one) => !starts.includes(one) && text(one).toLowerCase().includes(wanted))];
}
