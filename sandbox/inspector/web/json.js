// JSON, indented and coloured, long parts folded.

import { make } from "./dom.js";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MOST = 200_000; // characters that are coloured; beyond that plain

export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pre = make("pre", { className: "in-json", tabIndex: 0 });
  if (text.length > MOST) {
    pre.textContent = text;
    return pre;
  }
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    pre.append(text.slice(at, found.index));
    const [whole, string, colon, word] = found;
    const kind = string ? (colon ? "key" : "string") : word ? "word" : "number";
    pre.append(make("span", { className: `in-${kind}`, textContent: string ?? whole }));
    if (colon) pre.append(colon);
    at = found.index + whole.length;
  }
  pre.append(text.slice(at));
  return pre;
}

export function plain(text) {
  return make("pre", { className: "in-json", tabIndex: 0, textContent: text });
}
