// The time line: one row per entry, unfolded on demand, drawn once per frame.

import { bytes, make, span, time } from "./dom.js";
import { details } from "./details.js";

const KINDS = { gateway: "gateway", rest: "Discord", file: "file", openai: "OpenAI", action: "action" };
const NEAR = 48; // pixels from the end that count as the end
const ACKNOWLEDGE = 3; // seconds that Discord waits for the answer to an interaction

export class Rows {
  constructor(store, filter) {
    this.store = store;
    this.filter = filter;
    this.rows = new Map();
    this.open = new Set();
    this.changed = new Set();
    this.list = make("ol", { className: "in-rows", ariaLabel: "What went over the wire, oldest first" });
    this.empty = make("p", { className: "in-empty" });
    this.element = make("div", { className: "in-scroll" }, this.empty, this.list);
    this.list.addEventListener("keydown", (event) => this.keys(event));
    store.addEventListener("entries", ({ detail }) => this.draw(detail));
    store.addEventListener("all", () => this.again());
    this.again();
  }

  draw(ids) {
    for (const id of ids) this.changed.add(id);
    this.schedule();
  }

  // A hidden page has no frames: then the rows are drawn when it is shown.
  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.update();
    });
  }

  again() {
    this.rows.clear();
    this.list.replaceChildren();
    this.changed = new Set(this.store.entries.keys());
    this.last = 0;
    this.schedule();
  }

  update() {
    const { store } = this;
    const box = this.element;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    const holding = store.paused && !store.opened;
    for (const id of [...this.changed].sort((one, other) => one - other)) {
      const entry = store.entries.get(id);
      if (!entry || (holding && id > this.last)) continue;
      this.changed.delete(id);
      if (!holding) this.last = Math.max(this.last ?? 0, id);
      this.put(entry);
    }
    for (const [id, row] of this.rows) {
      if (store.entries.has(id)) break; // the oldest go first
      row.remove();
      this.rows.delete(id);
    }
    const any = this.list.childElementCount > 0;
    this.empty.hidden = any;
    this.empty.textContent = store.entries.size ? "Nothing fits the search and the filters." : "Nothing yet. Start a bot or ask the API something; it appears here as it happens.";
    if (atEnd && !holding) box.scrollTop = box.scrollHeight;
  }

  put(entry) {
    const old = this.rows.get(entry.id);
    if (!this.filter(entry)) {
      old?.remove();
      this.rows.delete(entry.id);
      return;
    }
    const row = old ?? this.made(entry);
    this.fill(row, entry);
    if (old) return;
    this.rows.set(entry.id, row);
    const last = this.list.lastElementChild;
    if (!last || Number(last.dataset.id) < entry.id) this.list.append(row);
    else this.list.insertBefore(row, [...this.list.children].find((one) => Number(one.dataset.id) > entry.id));
  }

  made(entry) {
    const head = make("button", { type: "button", className: "in-head", ariaExpanded: "false" });
    head.onclick = () => this.toggle(entry.id);
    return make("li", { data: { id: entry.id, kind: entry.kind } }, head);
  }

  fill(row, entry) {
    const head = row.firstElementChild;
    const { shown, bad } = status(entry, this.store);
    row.classList.toggle("in-failed", bad);
    row.classList.toggle("in-open", entry.state === "open");
    const about = make("span", { className: "in-about", textContent: entry.text ? entry.text.slice(-120) : about_(entry) });
    const bar = make("span", { className: "in-length" });
    // 1 ms is nothing, 10 s is all of it
    const part = entry.duration ? Math.min(100, Math.max(3, 25 * Math.log10(entry.duration * 1000))) : 0;
    bar.style.setProperty("--part", `${part}%`);
    head.replaceChildren(
      make("span", { className: "in-time", textContent: time(entry.at) }),
      make("span", { className: "in-kind", textContent: KINDS[entry.kind] ?? entry.kind }),
      make("span", { className: "in-name" }, arrow(entry), make("b", { textContent: short(entry.name), title: entry.name }), about),
      make("span", { className: "in-status", textContent: shown }),
      make("span", { className: "in-took" }, span(entry.duration), bar),
      make("span", { className: "in-size", textContent: bytes(entry.size ?? entry.response?.size) }),
    );
    if (this.open.has(entry.id)) this.unfold(row, entry);
  }

  toggle(id) {
    const row = this.rows.get(id);
    if (this.open.delete(id)) {
      row.querySelector(".in-details")?.remove();
      row.firstElementChild.setAttribute("aria-expanded", "false");
      return;
    }
    this.open.add(id);
    this.unfold(row, this.store.entries.get(id));
  }

  unfold(row, entry) {
    const old = row.querySelector(".in-details");
    if (old?.contains(document.activeElement) && entry.state !== "open") return this.keep(row, old, entry);
    const unfolded = new Set([...(old?.querySelectorAll("details[open]") ?? [])].map((one) => one.dataset.part));
    const box = make("div", { className: "in-details" }, ...details(entry).filter(Boolean));
    for (const one of box.querySelectorAll("details")) one.open = unfolded.has(one.dataset.part);
    if (old) old.replaceWith(box);
    else row.append(box);
    row.firstElementChild.setAttribute("aria-expanded", "true");
  }

  // Somebody is in it with the keyboard: what has the focus stays, the rest comes when they leave.
  keep(row, old, entry) {
    old.addEventListener("focusout", () => this.open.has(entry.id) && setTimeout(() => this.unfold(row, entry)), { once: true });
  }

  keys(event) {
    const row = event.target.closest("li");
    const to = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling, Home: this.list.firstElementChild, End: this.list.lastElementChild }[event.key];
    if (!to || !event.target.matches(".in-head")) return;
    event.preventDefault();
    to.firstElementChild.focus();
  }
}

// Ids by their ends: their beginnings are all alike.
function short(name) {
  return name.replace(/\b\d{11,16}(\d{4})\b/g, "…$1");
}

function arrow(entry) {
  const [sign, words] = { sent: ["↑", "sent by the bot"], received: ["↓", "received by the bot"] }[entry.direction] ?? [null, null];
  return sign && make("span", { className: `in-${entry.direction}`, textContent: sign, title: words, ariaLabel: words, role: "img" });
}

function about_(entry) {
  if (entry.kind === "gateway" && entry.frame) return gateway(entry.frame);
  const body = entry.request?.json;
  const said = body?.content ?? body?.data?.content ?? body?.prompt ?? body?.input;
  const words = typeof said === "string" ? said : "";
  return [entry.about, words].filter(Boolean).join(" · ");
}

function gateway(frame) {
  const data = frame.d ?? frame;
  const name = data?.data?.name ?? data?.data?.custom_id;
  const parts = [frame.s && `#${frame.s}`, name && `/${name}`.replace(/^\/(?=\S*[:_])/, ""), data?.author?.username, data?.content, data?.name, data?.code && `code ${data.code}`, data?.reason];
  return parts.filter((one) => typeof one === "string" && one).join(" · ");
}

export function status(entry, store) {
  if (entry.kind === "gateway") {
    const late = entry.state === "open" && store.clock() - entry.t > ACKNOWLEDGE;
    return { shown: late ? "no answer" : entry.state === "open" ? "…" : "", bad: late };
  }
  const bad = entry.state === "cut" || entry.state === "failed" || entry.status >= 400;
  if (entry.state === "cut") return { shown: "cut", bad };
  return { shown: entry.status ? `${entry.status}${entry.state === "open" ? "…" : ""}` : entry.state === "open" ? "…" : "", bad };
}
