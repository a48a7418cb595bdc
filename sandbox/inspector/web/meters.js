// Rate-limit buckets, interaction tokens with the life that is left to them, gateway sessions.

import { button, make, span } from "./dom.js";

const SHOWN_AFTER = 20; // seconds that a bucket stays after its window: most windows last a second
const LATE = 0.25; // of a life: then it is shown as short

export class Meters {
  constructor(store, notice) {
    this.store = store;
    this.known = new Map();
    this.sessions = make("ul");
    this.buckets = make("ul", { className: "in-meters" });
    this.openai = make("ul", { className: "in-meters" });
    this.tokens = make("ul", { className: "in-meters" });
    this.bad = make("p", { className: "in-dim" });
    const gateway = [["drop", "Drop"], ["reconnect", "Reconnect"], ["invalidate", "Invalidate session"], ["silence", "Fall silent"], ["duplicate", "Last event again"]];
    const act = (action) => store.ask("POST", "/control/discord/gateway", { action }).catch((error) => notice(error.message));
    this.element = make(
      "div",
      { className: "in-scroll in-panel" },
      section("Gateway sessions", this.sessions, make("p", { className: "in-bar", role: "group", ariaLabel: "Trouble for every gateway connection, now" }, ...gateway.map(([action, text]) => button(text, () => act(action))))),
      section("Discord's rate-limit buckets", this.buckets, this.bad),
      section("OpenAI's limits", this.openai, make("p", { className: "in-dim", textContent: "Told in headers, never enforced." })),
      section("Interaction tokens", this.tokens),
    );
    store.addEventListener("state", () => this.draw());
    setInterval(() => this.element.isConnected && !this.element.hidden && this.draw(), 250);
  }

  draw() {
    const { state } = this.store;
    const now = this.store.clock();
    if (!state.buckets) return;
    fill(this.sessions, state.sessions, session, "No bot is connected.");
    for (const one of state.buckets) this.known.set(one.name, one);
    for (const [name, one] of this.known) {
      if (now > one.resets_at + SHOWN_AFTER || now < one.resets_at - 600) this.known.delete(name);
    }
    const buckets = [...this.known.values()].sort((one, other) => other.resets_at - one.resets_at);
    fill(this.buckets, buckets, (one) => bucket(one, now), "No bucket was used lately.");
    fill(this.openai, state.openai_limits, limit, "Nothing was asked yet.");
    fill(this.tokens, state.tokens.filter((one) => one.ends_at > now), (one) => token(one, now), "No interaction is alive.");
    const { count, limit: most } = state.bad_requests;
    this.bad.textContent = `${count} of ${most} bad requests (401, 403, 429) before Discord would shut this address out.`;
  }
}

function section(title, ...content) {
  return make("section", {}, make("h3", { textContent: title }), ...content);
}

function fill(list, values, row, empty) {
  const rows = values.length ? values.map(row) : [make("li", { className: "in-dim", textContent: empty })];
  list.replaceChildren(...rows);
}

function session({ application, connected, silent, sequence, shard }) {
  const how = silent ? "connected, and we are silent" : connected ? "connected" : "lost, may resume";
  const of = shard[1] > 1 ? `, shard ${shard[0]} of ${shard[1]}` : "";
  return make("li", { className: connected && !silent ? "in-ok" : "in-bad", textContent: `${application}: ${how}, ${sequence} events${of}` });
}

function bucket({ name, limit: most, remaining, resets_at: end }, now) {
  if (end <= now) return gauge(name, 1, `${most} of ${most}`, "reset");
  return gauge(name, remaining / most, `${remaining} of ${most}`, `resets in ${span(end - now)}`);
}

function limit({ name, limit: most, remaining }) {
  return gauge(name, remaining / most, `${remaining.toLocaleString("en")} of ${most.toLocaleString("en")}`, "a minute");
}

function token({ name, type, user, token: cut, callback, failed, acknowledge_by: due, ends_at: end }, now) {
  const what = { APPLICATION_COMMAND: "/", AUTOCOMPLETE: "suggestions for /" }[type] ?? "";
  const waits = !callback && !failed;
  const life = waits ? due - now : end - now;
  const whole = waits ? 3 : 900;
  const how = failed ? "not answered in 3 s" : waits ? `${span(Math.max(0, life))} left to answer` : `${span(life)} left`;
  const detail = `${user} · ${cut}${callback ? ` · ${callback.toLowerCase().replaceAll("_", " ")}` : ""}`;
  return gauge(`${what}${name}`, failed ? 0 : life / whole, how, detail);
}

function gauge(name, part, value, about) {
  const bar = make("span", { className: `in-gauge${part <= LATE ? " in-short" : ""}` });
  bar.style.setProperty("--part", `${Math.max(0, Math.min(100, part * 100))}%`);
  return make("li", {}, make("b", { textContent: name, title: name }), make("span", { textContent: value }), bar, make("small", { textContent: about }));
}
