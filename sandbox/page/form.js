// Modals: what the bot asks in a form.

import { T } from "/sandbox/components.js";
import { h, showDialog } from "/sandbox/dom.js";
import { encoded } from "/sandbox/live.js";
import { markdown } from "/sandbox/markdown.js";
import { members, offered, O, roles } from "/sandbox/options.js";
import { ask, person, shownName, store } from "/sandbox/store.js";

const PARAGRAPH = 2;

export function showForm(form) {
  document.querySelector("dialog.modal")?.remove();
  const fields = [];
  const error = h("p", { class: "refusal", role: "alert", hidden: true });
  const body = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
    h("h2", { id: "form-title" }, form.title),
    h("p", { class: "warning" }, `This form will be submitted to ${person(store.state.bot) ? shownName(store.state.bot) : "the bot"}.`),
    form.components.map((row) => rowOf(row, fields)),
    error,
    h("div", { class: "buttons" }, h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel"), h("button", { class: "button primary", "aria-keyshortcuts": "Control+Enter" }, "Submit")));
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "form-title" }, body);

  async function submit() {
    error.hidden = true;
    const values = {}, files = {};
    for (const field of fields) {
      const { custom_id: name } = field.control;
      const wrong = field.wrong?.();
      if (wrong) return refuse(`${field.label}: ${wrong}`, field);
      if (field.control.type === T.upload) files[name] = await Promise.all([...field.read()].map(encoded));
      else values[name] = field.read();
    }
    try {
      await ask("submit", { form: form.id, fields: values, files });
      dialog.close();
    } catch (refused) {
      refuse(refused.message);
    }
    return undefined;
  }

  function refuse(text, field) {
    error.textContent = text;
    error.hidden = false;
    field?.element.focus();
  }

  body.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) body.requestSubmit(); });
  showDialog(dialog);
  (dialog.querySelector("textarea, input, select") ?? dialog).focus();
}

function rowOf(row, fields) {
  if (row.type === T.text) return markdown(row.content);
  const controls = row.type === T.label ? [row.component] : (row.components ?? [row]);
  return controls.map((control) => {
    const label = row.label ?? control.label ?? "";
    const field = fieldOf(control, label);
    fields.push(field);
    const id = `field-${fields.length}`;
    if (field.element.id === "") field.element.id = id;
    const required = control.required !== false && control.type !== T.box;
    return h("div", { class: "field" }, h("label", { for: field.element.id }, label, required ? h("span", { class: "must", "aria-label": "required" }, " *") : null),
      row.description ? h("p", { class: "about" }, row.description) : null, field.outer ?? field.element);
  });
}

function fieldOf(control, label) {
  const required = control.required !== false;
  const field = { control, label };
  switch (control.type) {
    case T.input: return written(field, required);
    case T.upload:
      field.element = h("input", { type: "file", multiple: (control.max_values ?? 1) > 1 });
      field.read = () => field.element.files;
      field.wrong = () => (required && !field.element.files.length ? "This field is required." : null);
      return field;
    case T.box:
      field.element = h("input", { type: "checkbox", checked: Boolean(control.default) });
      field.read = () => field.element.checked;
      return field;
    case T.radios: case T.boxes: return ticked(field, required);
    default: return selected(field, required);
  }
}

function written(field, required) {
  const { control } = field;
  const long = control.style === PARAGRAPH;
  const element = h(long ? "textarea" : "input", { value: control.value ?? "", placeholder: control.placeholder ?? "", ...(long ? { rows: 6 } : {}), ...(control.max_length ? { maxLength: control.max_length } : {}), "aria-required": String(required) });
  field.element = element;
  field.read = () => element.value;
  field.wrong = () => {
    const count = element.value.length;
    if (required && !count) return "This field is required.";
    return count && count < (control.min_length ?? 0) ? `Must be ${control.min_length} or more characters in length.` : null;
  };
  if (control.max_length) {
    const left = h("span", { class: "left" }, "");
    const tell = () => { left.textContent = String(control.max_length - element.value.length); };
    element.addEventListener("input", tell);
    tell();
    field.outer = h("div", { class: "written" }, element, left);
  }
  return field;
}

function ticked(field, required) {
  const { control } = field;
  const kind = control.type === T.radios ? "radio" : "checkbox";
  const boxes = control.options.map((one) => h("input", { type: kind, name: control.custom_id, value: one.value, checked: Boolean(one.default) }));
  field.element = boxes[0];
  field.outer = h("div", { class: "ticks", role: kind === "radio" ? "radiogroup" : "group", "aria-label": field.label },
    control.options.map((one, index) => h("label", {}, boxes[index], h("b", {}, one.label), one.description ? h("span", {}, one.description) : null)));
  const values = () => boxes.filter((box) => box.checked).map((box) => box.value);
  field.read = () => (kind === "radio" ? (values()[0] ?? null) : values());
  field.wrong = () => (required && !values().length ? "This field is required." : null);
  return field;
}

function selected(field, required) {
  const { control } = field;
  const options = control.options?.map((one) => ({ label: one.label, value: one.value, chosen: one.default })) ?? entities(control);
  const several = (control.max_values ?? 1) > 1;
  const element = h("select", { multiple: several }, several ? null : h("option", { value: "" }, control.placeholder ?? ""),
    options.map((one) => h("option", { value: one.value, selected: Boolean(one.chosen) }, one.label)));
  field.element = element;
  field.read = () => [...element.selectedOptions].map((one) => one.value).filter(Boolean);
  field.wrong = () => (required && !field.read().length ? "This field is required." : null);
  return field;
}

/** What a select of people, roles or channels offers. */
export function entities(control) {
  const standing = new Set((control.default_values ?? []).map((one) => one.id));
  const lists = { [T.user]: members, [T.role]: roles, [T.mentionable]: () => [...members(), ...roles()], [T.channel]: () => offered({ type: O.channel, channel_types: control.channel_types }) };
  return lists[control.type]().map((one) => ({ ...one, chosen: standing.has(one.value) }));
}
