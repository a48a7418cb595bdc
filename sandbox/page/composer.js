// The box where one writes: words, files, mentions, and the way into commands.

import { Command } from "/sandbox/command.js";
import { h, icon } from "/sandbox/dom.js";
import { encoded } from "/sandbox/live.js";
import { members, roles } from "/sandbox/options.js";
import { askInTurn, channel, channelName, commandLines, guild, isDirect, shownName, store, textual } from "/sandbox/store.js";
import { ranked, Suggestions } from "/sandbox/suggestions.js";
import { bytes } from "/sandbox/time.js";
import { voiceButton } from "/sandbox/voice.js";

const MOST_CHARACTERS = 2000, MOST_FILES = 10;

export class Composer {
  /** `lastOwn()` gives one's newest message, for the arrow up. */
  constructor(element, { lastOwn, sent }) {
    this.lastOwn = lastOwn;
    this.sent = sent;
    this.files = [];
    this.mode = null; // {reply} or {edit}, each a message
    this.place = null;
    this.drafts = new Map(); // words by place
    this.command = null;
    this.suggestions = new Suggestions();
    this.text = h("textarea", { id: "text", rows: 1, autocomplete: "off", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-describedby": "refusal" });
    this.text.addEventListener("input", () => this.#typed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.suggestions.hide());
    this.picker = h("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => { this.take([...this.picker.files]); this.picker.value = ""; } });
    this.above = h("div", { class: "above" });
    this.tray = h("div", { class: "tray" });
    this.refusal = h("p", { class: "refusal", id: "refusal", role: "alert", hidden: true });
    this.count = h("span", { class: "count", role: "status" });
    this.attach = h("button", { class: "icon", "aria-label": "Attach files", onclick: () => this.picker.click() }, icon("plus"));
    this.box = h("div", { class: "box" }, this.attach, this.text, this.count, voiceButton((text) => this.refuse(text)),
      h("button", { class: "icon send", "aria-label": "Send", onclick: () => this.send() }, icon("send")));
    this.frame = h("div", { class: "frame" }, this.above, this.tray, this.box);
    element.append(this.suggestions.element, this.frame, this.refusal, this.picker);
    this.#dropping();
  }

  /** Where one writes has changed, or what one may do there. */
  update() {
    const here = channel();
    const name = channelName(here);
    const may = store.state.may.send;
    this.text.disabled = !may;
    this.text.placeholder = may ? `Message ${isDirect(here) ? "@" : "#"}${name}` : "You do not have permission to send messages in this channel.";
    this.text.setAttribute("aria-label", this.text.placeholder);
    this.attach.disabled = !store.state.may.attach;
  }

  /** Another place, or another person there: what was begun waits for one's return. */
  open(place) {
    if (place === this.place) return; // the connection is back
    const first = this.place === null;
    if (!first) this.drafts.set(this.place, this.text.value);
    this.place = place;
    if (first) return; // what is typed before the page is all there is not lost
    this.#endCommand();
    this.#clear(this.drafts.get(place));
  }

  /** What the bot offers has changed: so has the list, where it is open. */
  offerAgain() {
    if (!this.command && document.activeElement === this.text && this.text.value.startsWith("/")) this.#offer();
  }

  focus() { (this.command ?? this.text).focus(); }

  #clear(text = "") {
    this.mode = null;
    this.files = [];
    this.text.value = text;
    this.refuse("");
    this.suggestions.hide();
    this.#show();
  }

  refuse(text) {
    this.refusal.textContent = text;
    this.refusal.hidden = !text;
  }

  reply(message) {
    this.mode = { reply: message };
    this.#show();
    this.text.focus();
  }

  edit(message) {
    this.#endCommand();
    this.mode = { edit: message };
    // as it was typed: names instead of ids
    this.text.value = message.content.replace(/<@!?(\d+)>/g, (all, id) => (store.state.people.find((one) => one.id === id) ? `@${store.state.people.find((one) => one.id === id).name}` : all));
    this.#show();
    this.text.focus();
  }

  /** Files from the picker, the clipboard or a drag. */
  take(files) {
    if (this.command) {
      this.command.take(files);
      return;
    }
    if (this.files.length + files.length > MOST_FILES) this.refuse(`A message takes ${MOST_FILES} files.`);
    this.files = [...this.files, ...files].slice(0, MOST_FILES);
    this.#show();
    this.text.focus();
  }

  async send() {
    if (this.command) {
      await this.command.send();
      return;
    }
    const text = this.text.value, { mode, files } = this;
    if (!text.trim() && !files.length) return;
    if ([...text].length > MOST_CHARACTERS) {
      this.refuse(`Your message has ${[...text].length} characters; ${MOST_CHARACTERS} are allowed.`);
      return;
    }
    // Gone at once: what is typed from now on, and Enter once more, belong to the next message.
    this.#clear();
    const { place } = this;
    try {
      if (mode?.edit) await askInTurn("edit", async () => ({ message: mode.edit.id, text }));
      else await askInTurn("send", async () => ({ text, files: await Promise.all(files.map(encoded)), reply_to: mode?.reply?.id }));
      this.sent();
    } catch (refused) {
      this.#putBack({ place, text, mode, files });
      this.refuse(refused.message);
    }
  }

  /** What could not be sent, before what was typed since. */
  #putBack({ place, text, mode, files }) {
    const joined = (since) => [text, since].filter(Boolean).join("\n");
    if (place !== this.place) {
      this.drafts.set(place, joined(this.drafts.get(place)));
      return;
    }
    this.text.value = joined(this.text.value);
    this.mode ??= mode;
    this.files = [...files, ...this.files].slice(0, MOST_FILES);
    this.#show();
  }

  #show() {
    this.frame.classList.toggle("commanding", Boolean(this.command));
    const { reply, edit } = this.mode ?? {};
    this.above.replaceChildren(...(reply || edit
      ? [h("p", {}, reply ? ["Replying to ", h("b", {}, shownName(reply.author.id))] : "Editing your message"),
        h("button", { class: "icon", "aria-label": reply ? "Cancel reply" : "Cancel edit", onclick: () => this.#leaveMode() }, icon("close", 16))]
      : []));
    this.tray.replaceChildren(...this.files.map((file, index) =>
      h("div", { class: "waiting" }, preview(file), h("b", {}, file.name), h("span", {}, bytes(file.size)),
        h("button", { class: "icon", "aria-label": `Remove ${file.name}`, onclick: () => { this.files.splice(index, 1); this.#show(); } }, icon("close", 16)))));
    const left = MOST_CHARACTERS - [...this.text.value].length;
    this.count.textContent = left < 200 ? String(left) : "";
    this.count.classList.toggle("over", left < 0);
    this.text.style.setProperty("height", "auto");
    this.text.style.setProperty("height", `${Math.min(this.text.scrollHeight, innerHeight / 2)}px`);
  }

  #leaveMode() {
    if (this.mode?.edit) this.text.value = "";
    this.mode = null;
    this.#show();
    this.text.focus();
  }

  #typed() {
    this.refuse("");
    this.#show();
    this.#offer();
  }

  #offer() {
    const { value, selectionStart: caret } = this.text;
    if (value.startsWith("/") && !this.mode?.edit && !value.includes("\n")) {
      this.#offerCommands(value.slice(1));
      return;
    }
    const found = /(?:^|\s)([@#])(\S*)$/.exec(value.slice(0, caret));
    if (found) this.#offerMentions(found[1], found[2], caret);
    else this.suggestions.hide();
  }

  #offerCommands(typed) {
    const lines = commandLines();
    const whole = lines.find((one) => typed === `${one.shown} ` || typed === `${one.name} `);
    if (whole) {
      this.#begin(whole);
      return;
    }
    const byName = ranked(lines, typed, (one) => one.shown);
    const byWords = lines.filter((one) => !byName.includes(one) && one.description.toLowerCase().includes(typed.toLowerCase()) && typed.length > 2);
    const items = [...byName, ...byWords].map((line) => ({ label: `/${line.shown}`, detail: line.description, line,
      tag: line.options.filter((one) => one.required).map((one) => one.shown).join(", ") }));
    this.suggestions.show(this.text, shownName(store.state.bot), items, (one) => this.#begin(one.line), { empty: store.state.online ? "" : "The bot is not online yet." });
  }

  #begin(line) {
    this.suggestions.hide();
    this.text.value = "";
    const command = new Command(line, this.suggestions, {
      left: () => { this.#endCommand(); this.text.focus(); },
      sent: () => this.sent(),
      back: () => this.#take(command),
    });
    this.#take(command);
    if (this.files.length) {
      this.command.take(this.files);
      this.files = [];
      this.#show();
    }
    command.focus();
  }

  /** False where another has begun meanwhile. */
  #take(command) {
    if (this.command) return false;
    this.command = command;
    this.box.insertBefore(command.element, this.text);
    this.#show();
    return true;
  }

  #endCommand() {
    this.suggestions.hide();
    this.command?.element.remove();
    this.command = null;
    this.#show();
  }

  #offerMentions(kind, typed, caret) {
    const channels = (guild()?.channels ?? []).filter(textual).map((one) => ({ label: `#${one.name}`, insert: `#${one.name}` }));
    const names = [...members().map((one) => ({ label: `@${one.label}`, detail: one.detail, insert: `@${one.detail}` })),
      ...roles().map((one) => ({ label: `@${one.label}`, detail: "role", insert: `@${one.label}` }))];
    const wanted = kind + typed;
    const known = kind === "#" ? channels : names;
    const items = ranked(known, wanted, (one) => one.label.toLowerCase().startsWith(wanted.toLowerCase()) ? one.label : one.insert);
    this.suggestions.show(this.text, kind === "#" ? "Channels" : "Members", items, (one) => {
      const { value } = this.text;
      const start = caret - wanted.length;
      this.text.value = `${value.slice(0, start)}${one.insert} ${value.slice(caret)}`;
      this.text.selectionStart = this.text.selectionEnd = start + one.insert.length + 1;
    });
  }

  #key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.mode) {
      event.preventDefault();
      this.#leaveMode();
    } else if (event.key === "ArrowUp" && !this.text.value && !this.mode) {
      const own = this.lastOwn();
      if (own) {
        event.preventDefault();
        this.edit(own);
      }
    }
  }

  #dropping() {
    const chat = document.getElementById("chat");
    chat.addEventListener("dragover", (event) => { event.preventDefault(); chat.classList.add("dropping"); });
    chat.addEventListener("dragleave", (event) => { if (!chat.contains(event.relatedTarget)) chat.classList.remove("dropping"); });
    chat.addEventListener("drop", (event) => {
      event.preventDefault();
      chat.classList.remove("dropping");
      if (event.dataTransfer.files.length) this.take([...event.dataTransfer.files]);
    });
    document.addEventListener("paste", (event) => {
      if (document.querySelector("dialog[open]") || !event.clipboardData.files.length) return;
      event.preventDefault();
      this.take([...event.clipboardData.files]);
    });
  }
}

function preview(file) {
  if (!file.type.startsWith("image/")) return icon("file", 28);
  const image = h("img", { alt: "", src: URL.createObjectURL(file) });
  image.onload = () => URL.revokeObjectURL(image.src);
  return image;
}
