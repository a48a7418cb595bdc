// Buttons, selects and the layouts of Components V2.

import { card, picture } from "/sandbox/blocks.js";
import { h, icon } from "/sandbox/dom.js";
import { markdown } from "/sandbox/markdown.js";

export const T = { row: 1, button: 2, string: 3, input: 4, user: 5, role: 6, mentionable: 7, channel: 8, section: 9, text: 10,
  thumbnail: 11, gallery: 12, file: 13, separator: 14, container: 17, label: 18, upload: 19, radios: 21, boxes: 22, box: 23 };
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link-out", 6: "primary" };
const EMPTY = { [T.user]: "Select a user", [T.role]: "Select a role", [T.mentionable]: "Select users or roles", [T.channel]: "Select a channel" };

export const components = (all, files = []) =>
  all?.length ? h("div", { class: "components" }, all.map((one) => component(one, files))) : null;

function component(one, files) {
  switch (one.type) {
    case T.row: return h("div", { class: "row" }, one.components.map((each) => component(each, files)));
    case T.button: return button(one);
    case T.section: return h("div", { class: "section" }, h("div", {}, one.components.map((each) => component(each, files))), component(one.accessory, files));
    case T.text: return markdown(one.content);
    case T.thumbnail: return picture(one.media.url, { kind: "thumbnail", alt: one.description ?? "", spoiler: one.spoiler });
    case T.gallery: return h("div", { class: `gallery n${Math.min(4, one.items.length)}` }, one.items.map((each) =>
      picture(each.media.url, { alt: each.description ?? "", width: each.media.width, height: each.media.height, spoiler: each.spoiler })));
    case T.file: return fileOf(one, files);
    case T.separator: return h("hr", { class: `separator${one.spacing === 2 ? " wide" : ""}${one.divider === false ? " bare" : ""}` });
    case T.container: return h("div", { class: `container${one.spoiler ? " spoiled" : ""}`, ...(one.spoiler ? { "data-act": "reveal", role: "button", tabindex: "0", "aria-label": "Spoiler" } : {}),
      style: one.accent_color == null ? {} : { "--bar": `#${one.accent_color.toString(16).padStart(6, "0")}` } }, one.components.map((each) => component(each, files)));
    default: return one.custom_id ? select(one) : null;
  }
}

function fileOf(one, files) {
  const path = new URL(one.file.url, location.href).pathname;
  const found = files.find((each) => new URL(each.url).pathname === path);
  return card(found ?? { url: one.file.url, filename: one.name ?? path.split("/").at(-1), size: one.size ?? 0 });
}

function button(one) {
  const words = [one.emoji ? h("span", { class: "emoji", "aria-hidden": "true" }, one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name) : null, one.label ?? null];
  const kind = `button ${STYLES[one.style] ?? "secondary"}`;
  const name = one.label ?? one.emoji?.name ?? "Button";
  if (one.url) return h("a", { class: kind, href: one.url, target: "_blank", rel: "noopener noreferrer", "aria-label": name }, words, " ↗");
  return h("button", { class: kind, "data-act": "press", "data-custom": one.custom_id, disabled: one.disabled, "aria-label": name }, words);
}

function select(one) {
  const chosen = (one.options ?? []).filter((each) => each.default).map((each) => each.label).join(", ");
  return h("button", { class: `select${chosen ? " chosen" : ""}`, "data-act": "select", "data-custom": one.custom_id, "data-component": JSON.stringify(one), disabled: one.disabled,
    "aria-haspopup": "listbox", "aria-expanded": "false" },
    h("span", {}, chosen || one.placeholder || EMPTY[one.type] || "Make a selection"), icon("down", 16));
}
