// Search and filters, pausing, and a run as a file.

import { button, make } from "./dom.js";
import { status } from "./rows.js";

const KINDS = [["gateway", "Gateway"], ["rest", "Discord"], ["openai", "OpenAI"], ["action", "Actions"], ["file", "Files"]];
const STATUS = [["", "any status"], ["good", "went well"], ["bad", "failed"], ["open", "under way"]];

export class Toolbar {
  constructor(store, redraw, notice) {
    this.store = store;
    this.redraw = redraw;
    this.notice = notice;
    this.texts = new WeakMap();
    this.kinds = new Set(KINDS.map(([kind]) => kind));
    this.search = make("input", { type: "search", placeholder: "Search names, bodies, headers", ariaLabel: "Search the time line", oninput: redraw });
    this.status = make("select", { ariaLabel: "Status", onchange: redraw }, ...STATUS.map(([value, textContent]) => make("option", { value, textContent })));
    this.beats = make("input", { type: "checkbox", onchange: redraw });
    this.pause = button("Pause", () => this.paused(!store.paused), { ariaPressed: "false" });
    this.file = make("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => this.read() });
    this.chips = KINDS.map(([kind, text]) => this.chip(kind, text));
    this.banner = make("p", { className: "in-banner", hidden: true });
    this.element = make(
      "div",
      { className: "in-tools" },
      make("div", { className: "in-bar" }, this.search, this.status),
      make("div", { className: "in-bar", role: "group", ariaLabel: "Kinds" }, ...this.chips, make("label", { className: "in-check" }, this.beats, "heartbeats")),
      make("div", { className: "in-bar" }, this.pause, button("Clear", () => this.clear()), make("span", { className: "in-gap" }), button("Save run", () => this.save()), button("Open run", () => this.file.click()), this.file),
      this.banner,
    );
    store.addEventListener("entries", () => this.count());
    store.addEventListener("all", () => {
      this.texts = new WeakMap();
      this.count();
    });
    store.addEventListener("state", () => this.count());
  }

  chip(kind, text) {
    const chip = button(text, () => {
      if (!this.kinds.delete(kind)) this.kinds.add(kind);
      chip.setAttribute("aria-pressed", this.kinds.has(kind));
      this.redraw();
    }, { className: "in-chip", ariaPressed: "true", data: { kind } });
    return chip;
  }

  fits(entry) {
    if (!this.kinds.has(entry.kind) || (entry.heartbeat && !this.beats.checked)) return false;
    const { bad } = status(entry, this.store);
    const open = entry.state === "open" && !bad;
    const wanted = this.status.value;
    if (wanted && wanted !== (bad ? "bad" : open ? "open" : "good")) return false;
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return words.length === 0 || this.contains(entry, words);
  }

  contains(entry, words) {
    let known = this.texts.get(entry);
    const version = `${entry.state} ${entry.event_count ?? 0} ${entry.duration ?? ""}`;
    if (known?.version !== version) {
      known = { version, text: JSON.stringify(entry).toLowerCase() };
      this.texts.set(entry, known);
    }
    return words.every((word) => known.text.includes(word));
  }

  paused(on) {
    this.store.paused = on;
    this.store.waiting = 0;
    this.pause.setAttribute("aria-pressed", on);
    this.count();
    this.redraw();
  }

  count() {
    const { paused, waiting, opened, state } = this.store;
    this.pause.textContent = paused ? `Go on${waiting ? ` (${waiting} new)` : ""}` : "Pause";
    const { replay } = state;
    this.banner.hidden = !opened && !replay;
    const parts = [];
    if (opened) {
      const actions = opened.run.actions?.length ?? 0;
      const gaps = make("input", { type: "checkbox", checked: this.gaps ?? false, onchange: ({ target }) => { this.gaps = target.checked; } });
      parts.push(`Looking at ${opened.name}, ${opened.run.entries.length} entries. `, button(`Replay its ${actions} actions`, () => this.replay(), { disabled: !actions || replay?.running }), make("label", { className: "in-check" }, gaps, "with their pauses"), button("Back to live", () => this.store.close()));
    }
    if (replay) parts.push(make("span", { role: "status", textContent: progress(replay) }));
    if (replay?.running) parts.push(button("Stop", () => this.ask("DELETE", "/sandbox/inspector/replay")));
    if (!this.banner.contains(document.activeElement) || parts.length !== this.banner.childNodes.length) this.banner.replaceChildren(...parts);
    else this.banner.querySelector("[role=status]")?.replaceChildren(replay ? progress(replay) : "");
  }

  async ask(method, path, body) {
    try {
      return await this.store.ask(method, path, body);
    } catch (error) {
      this.notice(error.message);
      return null;
    }
  }

  clear() {
    if (this.store.opened) this.store.close();
    this.ask("DELETE", "/sandbox/inspector/entries");
  }

  async save() {
    const run = this.store.opened?.run ?? (await this.ask("GET", "/sandbox/inspector/run"));
    if (!run) return;
    const url = URL.createObjectURL(new Blob([JSON.stringify(run, null, 1)], { type: "application/json" }));
    make("a", { href: url, download: `sandbox-run-${run.saved.at.slice(0, 19).replaceAll(":", "")}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async read() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    try {
      const run = JSON.parse(await file.text());
      if (run.format !== "switchboard sandbox run" || !Array.isArray(run.entries)) throw new Error("it is no saved run");
      if (run.version !== 1) throw new Error(`it is of version ${run.version}, and 1 is known here`);
      this.store.open(run, file.name);
    } catch (error) {
      this.notice(`${file.name} cannot be opened: ${error.message}`);
    }
  }

  async replay() {
    const { actions } = this.store.opened.run;
    await this.ask("POST", "/sandbox/inspector/replay", { actions, keep_gaps: this.gaps ?? false });
  }
}

function progress({ at, of, running, problems }) {
  const done = running ? `Replaying ${at} of ${of}` : `Replayed ${at} of ${of}`;
  const bad = problems.map(({ action, do: what, why }) => `action ${action} (${what}): ${why}`).join("; ");
  return bad ? `${done}. ${bad}` : done;
}
