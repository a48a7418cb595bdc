// One entry, unfolded: headers, bodies, the stream.

import { bytes, button, make, span } from "./dom.js";
import { json, plain } from "./json.js";
import { curl } from "./curl.js";

export function details(entry) {
  const parts = [actions(entry)];
  if (entry.kind === "gateway") parts.push(part("Frame", entry.frame === undefined ? null : json(entry.frame)));
  if (entry.kind === "action") parts.push(part("What was done", json(entry.action)));
  if (entry.request) parts.push(...message("Request", entry.request));
  if (entry.text) parts.push(part("Assembled text", plain(entry.text)));
  if (entry.events) parts.push(events(entry));
  if (entry.response) parts.push(...message("Response", entry.response));
  if (entry.state === "cut") parts.push(make("p", { className: "in-bad", textContent: "The connection ended before the answer was whole." }));
  return parts;
}

function actions(entry) {
  const bar = make("p", { className: "in-bar" });
  if (entry.method) bar.append(copier("Copy as curl", () => curl(entry)));
  bar.append(copier("Copy as JSON", () => JSON.stringify(entry, null, 2)));
  const facts = [entry.at];
  if (entry.route) facts.push(entry.route);
  if (entry.first_byte !== undefined) facts.push(`first byte after ${span(entry.first_byte)}`);
  if (entry.fault) facts.push(`fault: ${entry.fault}`);
  bar.append(make("small", { textContent: facts.join(" · ") }));
  return bar;
}

function copier(text, what) {
  return button(text, async ({ currentTarget }) => {
    const done = await copy(what());
    currentTarget.textContent = done ? "Copied" : "Not allowed";
    setTimeout(() => { currentTarget.textContent = text; }, 1500);
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text);
  }
}

// Where the clipboard is not given to scripts (no https, no permission), as in older browsers.
function byHand(text) {
  const area = make("textarea", { value: text, className: "in-offscreen" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function message(title, { headers, query, json: body, text, files, size }) {
  const found = [];
  const names = Object.keys(query ?? {});
  const about = [bytes(size), headers && `${headers.length} headers`].filter(Boolean).join(", ");
  if (headers?.length) found.push(fold(`${title} headers`, about, table(headers)));
  if (names.length) found.push(part(`${title} query`, table(Object.entries(query))));
  if (files) found.push(part(`${title} files`, table(files.map(({ field, name, type, size: length }) => [field ?? name, [field && name, type, bytes(length)].filter(Boolean).join(" · ")]))));
  if (body !== undefined) found.push(part(files ? `${title} fields` : `${title} body`, json(body)));
  if (text !== undefined) found.push(part(`${title} text`, plain(text)));
  return found;
}

function events({ events: all, event_count: count }) {
  const rows = all.map(({ after, data }) => make("li", {}, make("span", { className: "in-dim", textContent: span(after) }), " ", make("code", { textContent: typeof data === "string" ? data : JSON.stringify(data) })));
  const list = make("ol", { className: "in-events", tabIndex: 0 }, ...rows);
  const more = count > all.length ? `, the first ${all.length} kept` : "";
  return fold("Events", `${count}${more}`, list);
}

function part(title, content) {
  return content && make("section", {}, make("h4", { textContent: title }), content);
}

function fold(title, about, content) {
  const summary = make("summary", {}, title, " ", make("small", { textContent: about }));
  return make("details", { data: { part: title } }, summary, content);
}

function table(pairs) {
  return make("table", {}, ...pairs.map(([name, value]) => make("tr", {}, make("th", { scope: "row", textContent: name }), make("td", { textContent: value }))));
}
