// The messages of a channel: a window over all that were loaded, so that thousands stay smooth.

import { h, icon, morph } from "/sandbox/dom.js";
import { follows, messageElement } from "/sandbox/message.js";
import { channel, channelName, isDirect, older, shownName, store } from "/sandbox/store.js";
import { day, sameDay } from "/sandbox/time.js";

const MOST = 120, STEP = 40, NEAR_PX = 800, BOTTOM_PX = 40, TYPING_MS = 9000;
const SETTLED_MS = 1500, MOST_SPOKEN = 500;

export class Timeline {
  /** `loadOlder(id)` gives {messages, more} before a message. */
  constructor(element, loadOlder) {
    this.loadOlder = loadOlder;
    this.items = [];
    this.nodes = new Map();
    this.first = 0;
    this.last = 0;
    this.more = false;
    this.unseen = 0;
    this.typing = new Map();
    this.stuck = true;
    this.at = this.height = 0; // where it was scrolled to when last told, and of how much
    this.list = h("ol", { class: "messages", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region" }, this.list);
    this.jump = h("button", { class: "jump", hidden: true, onclick: () => this.toBottom() });
    this.typists = h("p", { class: "typing", role: "status" });
    this.spoken = h("p", { class: "unseen", role: "status" });
    element.append(this.scroller, this.jump, this.typists, this.spoken);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // pictures that arrive, a pane that opens: who reads the newest goes on reading the newest
    const watch = new ResizeObserver(() => { if (this.stuck) this.#stick(); });
    watch.observe(this.list);
    watch.observe(this.scroller);
  }

  /** Another channel, or another person in it. */
  open({ messages, more }) {
    this.items = messages;
    this.more = more;
    this.first = Math.max(0, messages.length - MOST);
    this.last = messages.length;
    this.nodes.clear();
    this.typing.clear();
    clearTimeout(this.speaking);
    this.spoken.textContent = "";
    this.list.replaceChildren();
    this.stuck = true;
    this.unseen = 0;
    const name = channelName(channel());
    this.list.setAttribute("aria-label", `Messages in ${name}`);
    this.scroller.setAttribute("aria-label", `Messages in ${name}`);
    this.#render();
    this.#stick();
    this.#showTyping();
  }

  change({ put, gone }) {
    const whole = this.last === this.items.length;
    const lost = new Set(gone);
    if (lost.size) this.items = this.items.filter((one) => !lost.has(one.id));
    for (const one of put) {
      this.typing.delete(one.author.id);
      const index = this.items.findIndex((each) => each.id === one.id);
      if (index >= 0) {
        if (this.items[index].text !== one.text) this.#speak(one);
        this.items[index] = one;
      }
      else if (!this.more || !this.items.length || older(one.id, this.items[0].id) > 0) this.#insert(one);
    }
    if (whole) this.last = this.items.length;
    this.last = Math.min(this.last, this.items.length);
    this.first = Math.min(this.first, Math.max(0, this.last - 1));
    if (this.stuck) this.first = Math.max(0, this.last - MOST);
    this.#keepingPlace(() => this.#render());
    if (this.stuck) this.#stick();
    this.#showTyping();
    this.#showJump();
  }

  /** The log reads out what is new; the newest that grows is read when it has stood still. */
  #speak(one) {
    if (one.thinking || one.author.id === store.state.me || one.id !== this.items.at(-1).id) return;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => { this.spoken.textContent = `${shownName(one.author.id)}: ${one.text.slice(0, MOST_SPOKEN)}`; }, SETTLED_MS);
  }

  #insert(one) {
    let index = this.items.length;
    while (index > 0 && older(this.items[index - 1].id, one.id) > 0) index -= 1;
    this.items.splice(index, 0, one);
    if (!this.stuck) this.unseen += 1;
  }

  types(who) {
    clearTimeout(this.typing.get(who));
    this.typing.set(who, setTimeout(() => { this.typing.delete(who); this.#showTyping(); }, TYPING_MS));
    this.#showTyping();
  }

  message(id) {
    return this.items.find((one) => one.id === id);
  }

  /** Bring a loaded message into view; false where it is not loaded. */
  show(id) {
    const index = this.items.findIndex((one) => one.id === id);
    if (index < 0) return false;
    if (index < this.first || index >= this.last) {
      this.first = Math.max(0, index - STEP);
      this.last = Math.min(this.items.length, this.first + MOST);
      this.#render();
    }
    this.stuck = false;
    const node = this.nodes.get(id);
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    return true;
  }

  toBottom() {
    this.last = this.items.length;
    this.first = Math.max(0, this.last - MOST);
    this.#render();
    this.#stick();
  }

  refresh() {
    for (const one of this.items) one.shown = undefined;
    this.#keepingPlace(() => this.#render());
  }

  #stick() {
    this.stuck = true;
    this.unseen = 0;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#showJump();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const atBottom = scrollHeight - scrollTop - clientHeight < BOTTOM_PX;
    // A message that shrinks and grows again moves the place as well: only going up lets go.
    const grown = this.stuck && (scrollTop >= this.at || scrollHeight !== this.height);
    this.at = scrollTop;
    this.height = scrollHeight;
    this.stuck = (atBottom || grown) && this.last === this.items.length;
    if (this.stuck) this.unseen = 0;
    if (this.stuck && !atBottom) this.scroller.scrollTop = scrollHeight;
    if (scrollTop < NEAR_PX) this.#up();
    else if (scrollHeight - scrollTop - clientHeight < NEAR_PX && this.last < this.items.length) {
      this.#slide(Math.min(this.items.length, this.last + STEP) - this.last);
    }
    this.#showJump();
  }

  async #up() {
    if (this.first > 0) {
      this.#slide(-Math.min(STEP, this.first));
      return;
    }
    if (!this.more || this.loading) return;
    this.loading = true;
    const before = this.items[0].id;
    try {
      const { messages, more } = await this.loadOlder(before);
      if (this.items[0]?.id !== before) return; // another channel by now
      this.items.unshift(...messages);
      this.more = more;
      this.first += messages.length;
      this.last += messages.length;
      this.#slide(-Math.min(STEP, this.first));
    } finally {
      this.loading = false;
    }
  }

  #slide(by) {
    this.first = Math.max(0, this.first + by);
    this.last = Math.min(this.items.length, Math.max(this.first, this.last + by));
    if (this.last - this.first < MOST) {
      if (by < 0) this.last = Math.min(this.items.length, this.first + MOST);
      else this.first = Math.max(0, this.last - MOST);
    }
    this.#keepingPlace(() => this.#render());
  }

  /** Whatever is added or removed above, what one reads stays where it is. */
  #keepingPlace(change) {
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = this.stuck ? null : [...this.list.children].find((one) => one.dataset.message && one.getBoundingClientRect().bottom > top);
    const was = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - was;
  }

  #render() {
    const wanted = [];
    const shown = new Set();
    if (this.first === 0 && !this.more) wanted.push(this.#beginning());
    for (let index = this.first; index < this.last; index += 1) {
      const one = this.items[index], before = this.items[index - 1];
      if (!before || !sameDay(new Date(one.timestamp), new Date(before.timestamp))) wanted.push(this.#divider(one));
      wanted.push(this.#node(one, before));
      shown.add(one.id);
    }
    for (const id of this.nodes.keys()) if (!shown.has(id)) this.nodes.delete(id);
    let next = this.list.firstChild;
    for (const node of wanted) {
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
    while (next) {
      const after = next.nextSibling;
      next.remove();
      next = after;
    }
  }

  #node(one, before) {
    const compact = follows(one, before) && sameDay(new Date(one.timestamp), new Date(before.timestamp));
    let node = this.nodes.get(one.id);
    if (node && one.shown === compact) return node;
    const fresh = messageElement(one, compact);
    one.shown = compact;
    if (node) morph(node, fresh);
    else this.nodes.set(one.id, (node = fresh));
    return node;
  }

  #divider(one) {
    const key = `day-${one.id}`;
    return this.list.querySelector(`[data-day="${key}"]`)
      ?? h("li", { class: "day", role: "separator", "data-day": key }, h("span", {}, day(new Date(one.timestamp))));
  }

  #beginning() {
    const there = this.list.querySelector(".beginning");
    const here = channel();
    const name = channelName(here);
    const fresh = isDirect(here)
      ? h("li", { class: "beginning" }, h("h3", {}, name), h("p", {}, `This is the beginning of your direct message history with ${name}.`))
      : h("li", { class: "beginning" }, icon("hash", 40), h("h3", {}, `Welcome to #${name}!`), h("p", {}, `This is the start of the #${name} channel.`));
    if (there?.isEqualNode(fresh)) return there;
    return fresh;
  }

  #showJump() {
    this.jump.hidden = this.stuck;
    this.jump.textContent = this.unseen ? `${this.unseen} new message${this.unseen > 1 ? "s" : ""} ↓` : "Jump to present ↓";
  }

  #showTyping() {
    const names = [...this.typing.keys()].map(shownName);
    this.typists.classList.toggle("on", names.length > 0);
    this.typists.replaceChildren(...(names.length
      ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("b", {}, names.join(", ")), names.length > 1 ? " are typing…" : " is typing…"]
      : []));
  }
}
