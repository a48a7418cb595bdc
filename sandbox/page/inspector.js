// The inspector: what goes over the wire beside the chat. Its parts are in sandbox/inspector/web.

import { button, make } from "/sandbox/inspector/web/dom.js";
import { Meters } from "/sandbox/inspector/web/meters.js";
import { Rows } from "/sandbox/inspector/web/rows.js";
import { Store } from "/sandbox/inspector/web/store.js";
import { Toolbar } from "/sandbox/inspector/web/toolbar.js";
import { Trouble } from "/sandbox/inspector/web/trouble.js";

// Into an element that is empty; it has a connection of its own, so `socket` is not used.
export function mount(element, { token }) {
  styled();
  const store = new Store(token);
  const notice = make("p", { className: "in-notice", role: "alert", hidden: true });
  const tell = (text) => {
    notice.replaceChildren(text, " ", button("×", () => { notice.hidden = true; }, { ariaLabel: "Close this notice" }));
    notice.hidden = false;
  };
  let rows;
  const tools = new Toolbar(store, () => rows?.again(), tell);
  rows = new Rows(store, (entry) => tools.fits(entry));
  const timeline = make("div", { className: "in-timeline" }, tools.element, rows.element);
  const panels = [["Time line", timeline], ["Limits", new Meters(store, tell).element], ["Trouble", new Trouble(store, tell).element]];
  const state = make("span", { className: "in-state", role: "status" });
  store.addEventListener("connection", ({ detail }) => {
    state.textContent = detail === "live" ? "" : "connection lost, trying again";
  });
  element.classList.add("inspector");
  element.replaceChildren(make("header", {}, tabs(panels), state), notice, ...panels.map(([, panel]) => panel));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    tools.search.focus();
  });
  store.connect();
  return store;
}

function styled() {
  const href = "/sandbox/inspector.css";
  if (!document.querySelector(`link[href="${href}"]`)) document.head.append(make("link", { rel: "stylesheet", href }));
}

// As the patterns for accessible tabs have it: one stop for Tab, arrows between them.
function tabs(panels) {
  const all = panels.map(([title, panel], at) => {
    panel.id = `in-panel-${at}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    const tab = button(title, () => show(at), { role: "tab", id: `in-tab-${at}` });
    tab.setAttribute("aria-controls", panel.id);
    return tab;
  });
  const show = (chosen) => all.forEach((tab, at) => {
    tab.setAttribute("aria-selected", at === chosen);
    tab.tabIndex = at === chosen ? 0 : -1;
    panels[at][1].hidden = at !== chosen;
  });
  const list = make("div", { className: "in-tabs", role: "tablist", ariaLabel: "Inspector" }, ...all);
  list.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = (all.indexOf(document.activeElement) + step + all.length) % all.length;
    show(next);
    all[next].focus();
  });
  show(0);
  return list;
}
