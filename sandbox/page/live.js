// The WebSocket: requests with their answers, and what one is shown.

const AGAIN_MS = 1000;

export class Refused extends Error {}

/** `told` gets everything that answers no request; `state` whether it is connected. */
export class Live {
  constructor({ token, where, told, state }) {
    this.token = token;
    this.where = where;
    this.told = told;
    this.state = state;
    this.waiting = new Map();
    this.last = 0;
    this.turn = Promise.resolve();
    this.connect();
  }

  connect() {
    const address = new URL("/sandbox/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const query = { token: this.token, ...this.where() };
    for (const [name, value] of Object.entries(query)) if (value) address.searchParams.set(name, value);
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.state(true);
    this.socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    this.socket.onclose = () => {
      this.state(false);
      for (const { reject } of this.waiting.values()) reject(new Refused("the sandbox is gone"));
      this.waiting.clear();
      setTimeout(() => this.connect(), AGAIN_MS);
    };
  }

  /** Resolves with the answer; rejects with Refused, whose message is for the person. */
  ask(what, fields = {}) {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Refused("not connected to the sandbox"));
    const id = ++this.last;
    this.socket.send(JSON.stringify({ id, do: what, ...fields }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  /** As `ask`, in the order of these calls, however long `fields` take: they read files. */
  async askInTurn(what, fields) {
    const before = this.turn;
    let next, answer;
    this.turn = new Promise((resolve) => { next = resolve; });
    await before;
    try {
      answer = this.ask(what, await fields());
    } finally {
      next();
    }
    return answer;
  }

  #heard(told) {
    if (!("answer" in told)) {
      this.told(told);
      return;
    }
    const waiting = this.waiting.get(told.answer);
    this.waiting.delete(told.answer);
    if ("refused" in told) waiting?.reject(new Refused(told.refused));
    else waiting?.resolve(told.with);
  }
}

/** Files as they travel in JSON. */
export function encoded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Refused(`${file.name} cannot be read`));
    reader.onload = () => resolve({ name: file.name, type: file.type, data: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.readAsDataURL(file);
  });
}
