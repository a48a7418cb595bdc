// A slash command being filled in: a chip for each option, required ones first.

import { h, toast } from "/sandbox/dom.js";
import { encoded } from "/sandbox/live.js";
import { checked, KINDS, O, offered } from "/sandbox/options.js";
import { ask, askInTurn } from "/sandbox/store.js";
import { ranked } from "/sandbox/suggestions.js";

const PAUSE_MS = 250; // of typing, before the bot is asked for suggestions

export class Command {
  /** `line` as in commandLines(); `left()` when it was sent off or given up, `sent()` when it arrived,
   * `back()` when it was refused after all: false where it cannot be shown again. */
  constructor(line, suggestions, { left, sent, back }) {
    this.line = line;
    this.suggestions = suggestions;
    this.left = left;
    this.sent = sent;
    this.back = back;
    this.chips = [];
    this.asked = 0;
    this.more = h("input", { class: "more", "aria-label": "Add an option", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", autocomplete: "off", spellcheck: false,
      oninput: () => { if (!this.#named(this.more)) this.#offerOptions(); }, onfocus: () => { this.last = this.more; this.#offerOptions(); }, onkeydown: (event) => this.#moreKey(event) });
    this.error = h("p", { class: "refusal", id: "command-error", role: "alert", hidden: true });
    this.bar = h("div", { class: "chips", role: "group", "aria-label": `Command /${line.shown}` }, h("span", { class: "command-name" }, `/${line.shown}`), this.more);
    this.hint = h("p", { class: "command-hint" }, line.description);
    this.element = h("div", { class: "command" }, this.hint, this.bar, this.error);
    const required = line.options.filter((one) => one.required);
    for (const option of required) this.#add(option);
    this.#count();
  }

  /** Where one was last. */
  focus() {
    (this.last ?? this.chips[0]?.input ?? this.more).focus();
  }

  /** Files that were dropped or pasted fill the attachment options in their order. */
  take(files) {
    for (const file of files) {
      const wanted = this.line.options.filter((one) => one.type === O.attachment);
      const free = wanted.find((one) => !this.chips.find((chip) => chip.option === one)?.file);
      if (!free) return this.refuse(`/${this.line.shown} takes ${wanted.length} file${wanted.length === 1 ? "" : "s"}.`);
      const chip = this.chips.find((one) => one.option === free) ?? this.#add(free);
      this.#attach(chip, file);
    }
    return undefined;
  }

  refuse(text, chip) {
    this.error.textContent = chip ? `${chip.option.shown}: ${text}` : text;
    this.error.hidden = false;
    if (!chip) return;
    chip.element.classList.add("wrong");
    chip.input.setAttribute("aria-invalid", "true");
    chip.input.setAttribute("aria-describedby", "command-error");
    chip.input.focus();
  }

  async send() {
    this.#clearErrors();
    const options = {}, given = {}, files = {};
    for (const chip of this.chips) {
      const { value, error } = checked(chip.option, { text: chip.input.value ?? "", value: chip.value, file: chip.file });
      if (error) return this.refuse(error, chip);
      if (value !== undefined) (chip.option.type === O.attachment ? given : options)[chip.option.name] = value;
    }
    this.left(); // at once: Enter once more does not send it twice, and keys go on to the next message
    try {
      await askInTurn("slash", async () => {
        for (const [name, file] of Object.entries(given)) files[name] = await encoded(file);
        return { name: this.line.name, options, files };
      });
      this.sent();
    } catch (refused) {
      if (!this.back()) toast(`/${this.line.shown}: ${refused.message}`);
      else this.refuse(refused.message, this.chips.find((chip) => refused.message.includes(`'${chip.option.name}'`)));
    }
    return undefined;
  }

  #add(option) {
    const chip = { option, value: undefined, file: null, found: [] };
    const filed = option.type === O.attachment;
    const picker = filed ? h("input", { type: "file", class: "hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => { if (picker.files[0]) this.#attach(chip, picker.files[0]); } }) : null;
    chip.input = filed
      ? h("button", { type: "button", class: "drop", onclick: () => picker.click() }, "Upload or drop a file")
      : h("input", { autocomplete: "off", spellcheck: option.type === O.string, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
        inputMode: option.type === O.integer ? "numeric" : option.type === O.number ? "decimal" : "text" });
    chip.input.setAttribute("aria-label", `${option.shown}, ${KINDS[option.type]}${option.required ? ", required" : ""}`);
    chip.input.setAttribute("aria-required", String(Boolean(option.required)));
    chip.element = h("label", { class: "chip", "data-option": option.name }, h("span", {}, option.shown), chip.input, picker);
    chip.input.addEventListener("focus", () => this.#focused(chip));
    chip.input.addEventListener("blur", () => this.#left(chip));
    chip.input.addEventListener("keydown", (event) => this.#key(event, chip));
    if (!filed) chip.input.addEventListener("input", () => {
      chip.value = undefined;
      this.#clearErrors();
      if (!this.#named(chip.input)) this.#suggest(chip, PAUSE_MS);
    });
    this.chips.push(chip);
    this.bar.insertBefore(chip.element, this.more);
    this.#count();
    return chip;
  }

  /** As in Discord, an option's name and a colon lead to it, wherever they are typed. */
  #named(input) {
    const [all, name] = /(?:^|\s+)([^\s:]+):$/.exec(input.value) ?? [];
    const option = this.line.options.find((one) => name === one.shown || name === one.name);
    const there = this.chips.find((one) => one.option === option);
    const filled = there && (there.file || (there.input !== input && there.input.value));
    if (!option || filled) return false;
    input.value = input.value.slice(0, -all.length);
    (there ?? this.#add(option)).input.focus();
    return true;
  }

  #remove(chip) {
    this.chips = this.chips.filter((one) => one !== chip);
    chip.element.remove();
    this.#count();
    this.more.focus();
  }

  #attach(chip, file) {
    chip.file = file;
    chip.input.textContent = file.name;
    chip.element.classList.add("filled");
    this.#clearErrors();
    chip.input.focus();
  }

  #count() {
    const left = this.line.options.length - this.chips.length;
    this.more.placeholder = left ? `+${left} optional` : "";
    this.more.classList.toggle("none", !left);
  }

  #focused(chip) {
    const { option } = chip;
    this.hint.replaceChildren(h("b", {}, option.shown), ` ${option.description} `, h("span", { class: "tag" }, KINDS[option.type]));
    this.last = chip.input;
    // what was chosen is replaced as a whole; in what was written one goes on
    if (chip.value !== undefined) chip.input.select();
    this.#suggest(chip);
  }

  #left(chip) {
    this.suggestions.hide();
    const { error } = checked(chip.option, { text: chip.input.value ?? "", value: chip.value, file: chip.file });
    const empty = !chip.file && (chip.input.value ?? "") === "";
    chip.element.classList.toggle("wrong", Boolean(error) && !empty);
    if (error && !empty) {
      this.error.textContent = `${chip.option.shown}: ${error}`;
      this.error.hidden = false;
    }
  }

  #clearErrors() {
    this.error.hidden = true;
    for (const chip of this.chips) {
      chip.element.classList.remove("wrong");
      chip.input.removeAttribute("aria-invalid");
      chip.input.removeAttribute("aria-describedby");
    }
  }

  #suggest(chip, pause = 0) {
    const { option, input } = chip;
    clearTimeout(this.pausing);
    const asked = ++this.asked;
    if (option.type === O.attachment) return this.suggestions.hide();
    const typed = chip.value === undefined ? input.value : "";
    const here = offered(option);
    if (here) return this.#show(chip, ranked(here, typed).slice(0, 25), "No match");
    if (!option.autocomplete) return this.suggestions.hide();
    // until the bot answers, only what it named before and still fits: a quick Enter takes nothing else
    this.#show(chip, ranked(chip.found, typed), "Loading options…");
    this.pausing = setTimeout(() => this.#askBot(chip, typed, asked), pause);
    return undefined;
  }

  async #askBot(chip, typed, asked) {
    const options = {};
    for (const other of this.chips) {
      if (other === chip || other.option.type === O.attachment) continue;
      const { value } = checked(other.option, { text: other.input.value, value: other.value });
      if (value !== undefined) options[other.option.name] = value;
    }
    let items = [], empty = "No options match your search.";
    try {
      const found = await ask("suggest", { name: this.line.name, option: chip.option.name, typed, options });
      items = found.choices.map((one) => ({ label: one.name, value: one.value }));
      chip.found = items;
    } catch {
      empty = "Loading options failed.";
    }
    // an answer to what was typed before is none any more
    if (asked === this.asked && document.activeElement === chip.input) this.#show(chip, items, empty);
  }

  #show(chip, items, empty) {
    const must = chip.option.required || chip.input.value !== "";
    this.suggestions.show(chip.input, chip.option.shown, items, (one) => {
      chip.value = one.value;
      chip.input.value = one.label;
      this.#clearErrors();
      this.#next(chip);
    }, { empty, first: must || chip.option.type !== O.string });
  }

  /** To the next required option that is empty; else to the end. */
  #next(chip) {
    const after = this.chips.slice(this.chips.indexOf(chip) + 1).find((one) => !one.file && one.input.value === "");
    (after?.input ?? this.more).focus();
  }

  #key(event, chip) {
    const given = chip.value !== undefined;
    if (!(given && event.key === "Enter") && this.suggestions.key(event)) return;
    if (event.isComposing) return;
    if (event.key === "Enter" && (chip.file || chip.input.tagName === "INPUT")) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.left();
    } else if (event.key === "Backspace" && (chip.input.value ?? "") === "") {
      event.preventDefault();
      if (chip.file) { chip.file = null; chip.input.textContent = "Upload or drop a file"; chip.element.classList.remove("filled"); }
      else if (chip.option.required) this.left();
      else this.#remove(chip);
    }
  }

  #offerOptions() {
    const free = this.line.options.filter((one) => !this.chips.some((chip) => chip.option === one));
    const items = ranked(free.map((one) => ({ label: one.shown, detail: one.description, option: one })), this.more.value.replace(/:$/, ""));
    this.hint.textContent = this.line.description;
    this.suggestions.show(this.more, "Options", items, (one) => {
      this.more.value = "";
      this.#add(one.option).input.focus();
    }, { first: this.more.value !== "" });
  }

  #moreKey(event) {
    if (this.suggestions.key(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.more.value.trim()) this.refuse(`There is no option “${this.more.value.trim()}”.`);
      else this.send();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.left();
    } else if (event.key === "Backspace" && this.more.value === "") {
      event.preventDefault();
      const last = this.chips.at(-1);
      if (last) last.input.focus();
      else this.left();
    }
  }
}
