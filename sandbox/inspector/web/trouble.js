// Faults of both servers, and the model's speed.

import { button, make } from "./dom.js";

const EXAMPLE = '{"discord": {"rest": [{"route": "POST /channels/*/messages", "status": 503, "times": 2}]}}';
const FASTEST = 0.001; // seconds; the slider is logarithmic from here on, and its left end is at once
const STEPS = 100;

export class Trouble {
  constructor(store, notice) {
    this.store = store;
    this.notice = notice;
    this.active = make("ul", { className: "in-faults" });
    this.presets = make("div", { className: "in-presets" });
    this.own = make("textarea", { rows: 5, spellcheck: false, value: EXAMPLE, id: "in-own" });
    this.slider = make("input", { type: "range", min: 0, max: STEPS, id: "in-pace", oninput: () => this.shown(this.value()), onchange: () => this.set() });
    this.pace = make("output", { htmlFor: "in-pace" });
    this.element = make(
      "div",
      { className: "in-scroll in-panel" },
      section("The model's speed", make("label", { htmlFor: "in-pace", textContent: "Time between two pieces of a streamed answer" }), make("p", { className: "in-bar" }, this.slider, this.pace)),
      section("Faults that are on", this.active, button("Switch all off", () => this.ask("DELETE", "/sandbox/inspector/faults"))),
      section("Switch on", this.presets),
      section("One of your own", make("label", { htmlFor: "in-own", textContent: "As in a fault file; docs/sandbox.md tells the keys" }), this.own, make("p", { className: "in-bar" }, button("Switch on", () => this.add(this.own.value)))),
    );
    store.addEventListener("state", () => this.draw());
    this.offer();
  }

  async ask(method, path, body) {
    try {
      return await this.store.ask(method, path, body);
    } catch (error) {
      this.notice(error.message);
      return null;
    }
  }

  async offer() {
    const presets = await this.ask("GET", "/sandbox/inspector/presets");
    const groups = new Map();
    for (const one of presets ?? []) {
      const [group, name] = one.name.split(": ");
      groups.set(group, [...(groups.get(group) ?? []), button(name, () => this.switch(one.faults), { title: one.about })]);
    }
    this.presets.replaceChildren(...[...groups].map(([group, buttons]) => make("p", { className: "in-bar", role: "group", ariaLabel: group }, make("b", { textContent: group }), ...buttons)));
  }

  switch(faults) {
    return this.ask("POST", "/sandbox/inspector/faults", faults);
  }

  add(text) {
    try {
      return this.switch(JSON.parse(text));
    } catch (error) {
      return this.notice(`This is no JSON: ${error.message}`);
    }
  }

  draw() {
    const { faults, pace } = this.store.state;
    if (!faults) return;
    const rows = faults.map((one) => this.fault(one));
    this.active.replaceChildren(...(rows.length ? rows : [make("li", { className: "in-dim", textContent: "None: both servers do what they should." })]));
    if (document.activeElement !== this.slider) this.slider.value = position(pace);
    this.shown(pace);
  }

  fault({ id, half, left, fault }) {
    const { times, ...what } = fault;
    const words = Object.entries(what).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
    const more = left === null || left === undefined ? "until switched off" : `${left} more`;
    return make("li", {}, make("b", { textContent: { rest: "Discord", gateway: "Gateway", openai: "OpenAI" }[half] }), make("code", { textContent: words.join(" · ") }), make("small", { textContent: more }), button("Off", () => this.ask("DELETE", `/sandbox/inspector/faults/${id}`), { ariaLabel: `Switch off: ${words.join(", ")}` }));
  }

  value() {
    const at = Number(this.slider.value);
    return at === 0 ? 0 : Number((FASTEST * 1000 ** ((at - 1) / (STEPS - 1))).toPrecision(2));
  }

  shown(pace) {
    this.pace.textContent = pace === 0 ? "at once" : `${pace < 0.1 ? `${Math.round(pace * 1000)} ms` : `${pace} s`}, about ${Math.round(1 / pace).toLocaleString("en")} pieces a second`.replace("about 0 ", "less than 1 ");
    this.slider.setAttribute("aria-valuetext", this.pace.textContent);
  }

  set() {
    this.ask("POST", "/control/openai", { pace: this.value() });
  }
}

function position(pace) {
  if (!pace) return 0;
  return Math.round(1 + (STEPS - 1) * Math.max(0, Math.min(1, Math.log(pace / FASTEST) / Math.log(1000))));
}

function section(title, ...content) {
  return make("section", {}, make("h3", { textContent: title }), ...content);
}
