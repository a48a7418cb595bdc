// What the inspector knows: told by the sandbox as it happens, or read from a saved run.

const KEPT = 2000;
const AGAIN_AFTER = 1000;

export class Store extends EventTarget {
  constructor(token) {
    super();
    this.token = token;
    this.entries = new Map(); // by id, oldest first
    this.state = {};
    this.now = { t: 0, running: false };
    this.heard = performance.now();
    this.opened = null; // a saved run that is looked at instead
    this.paused = false;
    this.waiting = 0;
  }

  connect() {
    const address = new URL("/sandbox/inspector/live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("token", this.token);
    const socket = this.socket = new WebSocket(address);
    socket.onopen = () => this.say("connection", "live");
    socket.onclose = () => {
      if (!this.hurry) this.say("connection", "lost");
      setTimeout(() => this.connect(), this.hurry ? 0 : AGAIN_AFTER);
      this.hurry = false;
    };
    socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
  }

  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  hear({ run, told = [], state, now }) {
    this.now = now;
    this.heard = performance.now();
    if (state) this.state = state;
    if (this.opened) {
      if (state) this.say("state");
      return;
    }
    if (run) {
      this.entries = new Map(run.entries.map((entry) => [entry.id, entry]));
      this.say("all");
    }
    const changed = new Set();
    for (const one of told) this.apply(one, changed);
    if (this.paused) this.waiting += told.filter(({ add }) => add).length;
    if (changed.size || told.length) this.say("entries", changed);
    if (state) this.say("state");
  }

  apply({ add, change, event, clear }, changed) {
    if (clear) {
      this.entries.clear();
      this.say("all");
    }
    if (add) {
      this.entries.set(add.id, add);
      changed.add(add.id);
      if (this.entries.size > KEPT) this.entries.delete(this.entries.keys().next().value);
    }
    const { id, ...fields } = change ?? event ?? {};
    const entry = this.entries.get(id);
    if (!entry) return;
    changed.add(id);
    if (change) {
      Object.assign(entry, fields);
      return;
    }
    entry.event_count = event.event_count;
    if (event.event) (entry.events ??= []).push(event.event);
    if (event.text !== undefined) entry.text = event.text;
    if (event.more) entry.text = (entry.text ?? "") + event.more;
  }

  // Seconds on the sandbox's clock, now.
  clock() {
    const passed = this.now.running ? (performance.now() - this.heard) / 1000 : 0;
    return this.now.t + passed;
  }

  async ask(method, path, body) {
    const answer = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.status === 204 ? null : answer.json();
  }

  open(run, name) {
    this.opened = { run, name };
    this.entries = new Map(run.entries.map((entry) => [entry.id, entry]));
    this.say("all");
  }

  // A new connection begins with the whole of what there is.
  close() {
    this.opened = null;
    this.entries = new Map();
    this.say("all");
    this.hurry = true;
    this.socket.close();
  }
}
