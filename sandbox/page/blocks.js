// What hangs below the words of a message: embeds and files.

import { h, icon } from "/sandbox/dom.js";
import { markdown } from "/sandbox/markdown.js";
import { bytes, duration, when } from "/sandbox/time.js";

const local = (url) => typeof url === "string" && url.startsWith(`${location.origin}/`);
const hex = (colour) => `#${colour.toString(16).padStart(6, "0")}`;
const pathOf = (url) => new URL(url).pathname;
const SIDE = 400;

/** Only the sandbox's own files are loaded; what is elsewhere is a link, so that no other host is asked. */
export function picture(url, { alt = "", width, height, kind = "", spoiler = false } = {}) {
  if (!local(url)) return h("a", { class: "elsewhere", href: url, target: "_blank", rel: "noopener noreferrer" }, alt || url);
  const scale = width && height ? Math.min(1, SIDE / width, 350 / height) : 1;
  const image = h("img", { src: url, alt: alt || "Picture", loading: "lazy", decoding: "async", "data-key": pathOf(url),
    ...(width && height ? { width: Math.round(width * scale), height: Math.round(height * scale) } : {}) });
  return h("button", { class: `picture ${kind}${spoiler ? " spoiled" : ""}`, "data-act": spoiler ? "reveal" : "zoom", "data-url": url, "aria-label": spoiler ? "Spoiler" : `Open ${alt || "picture"}` }, image);
}

export function attachments(one) {
  // with Components V2 only what a component names is shown, and it shows it
  const inEmbeds = new Set(one.embeds.flatMap((each) => [each.image?.url, each.thumbnail?.url]).filter(local).map(pathOf));
  const files = one.attachments.filter((file) => !inEmbeds.has(pathOf(file.url)));
  if (!files.length || one.flags & (1 << 15)) return null;
  const pictures = files.filter((file) => file.content_type?.startsWith("image/"));
  const others = files.filter((file) => !pictures.includes(file));
  return h("div", { class: "attachments" },
    pictures.length ? h("div", { class: `gallery n${Math.min(10, pictures.length)}` }, pictures.map((file) =>
      picture(file.url, { alt: file.description ?? file.filename, width: file.width, height: file.height, spoiler: file.flags & 8 }))) : null,
    others.map((file) => (file.waveform ? voice(file) : file.content_type?.startsWith("audio/") ? sound(file) : card(file))));
}

function voice(file) {
  const wave = [...atob(file.waveform)].map((each) => each.charCodeAt(0));
  const bars = wave.filter((_, index) => index % 2 === 0).map((each) => h("i", { style: { height: `${15 + (each / 255) * 85}%` } }));
  return h("div", { class: "voice" },
    h("div", { class: "wave", "aria-hidden": "true" }, bars),
    h("audio", { controls: true, preload: "metadata", src: file.url, "data-key": pathOf(file.url), "aria-label": `Voice message, ${duration(file.duration_secs)}` }),
    h("span", {}, duration(file.duration_secs)));
}

const sound = (file) =>
  h("div", { class: "sound" }, card(file), h("audio", { controls: true, preload: "metadata", src: file.url, "data-key": pathOf(file.url), "aria-label": file.filename }));

export const card = (file) =>
  h("div", { class: "card" }, icon("file", 28), h("div", {},
    h("a", { href: file.url, download: file.filename, "data-key": pathOf(file.url) }, file.filename), h("span", {}, bytes(file.size))));

export const embeds = (all) => (all.length ? h("div", { class: "embeds" }, all.map(embed)) : null);

function embed(one) {
  const bar = one.color === undefined || one.color === null ? {} : { "--bar": hex(one.color) };
  const footer = [one.footer?.text, one.timestamp && when(new Date(one.timestamp))].filter(Boolean).join(" • ");
  return h("div", { class: "embed", style: bar },
    one.thumbnail ? picture(one.thumbnail.url, { kind: "thumbnail", alt: "Thumbnail", width: one.thumbnail.width, height: one.thumbnail.height }) : null,
    one.author ? h("div", { class: "embed-author" }, one.author.name) : null,
    one.title ? h("div", { class: "embed-title" }, one.url ? h("a", { href: one.url, target: "_blank", rel: "noopener noreferrer" }, one.title) : markdown(one.title)) : null,
    one.description ? markdown(one.description) : null,
    one.fields?.length ? h("dl", { class: "fields" }, one.fields.map((field) =>
      h("div", { class: field.inline ? "inline" : "" }, h("dt", {}, markdown(field.name)), h("dd", {}, markdown(field.value))))) : null,
    one.image ? picture(one.image.url, { alt: "Embedded picture", width: one.image.width, height: one.image.height }) : null,
    footer ? h("footer", {}, footer) : null);
}
