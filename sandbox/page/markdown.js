// Discord's Markdown: marked with what Discord has and others have not, and without what it lacks.

import { Marked, Tokenizer } from "/sandbox/vendor/marked/marked.esm.js";
import DOMPurify from "/sandbox/vendor/dompurify/purify.es.js";
import hljs from "/sandbox/vendor/highlight/highlight.js";
import { h } from "/sandbox/dom.js";
import { channel, channelName, guild, person, shownName } from "/sandbox/store.js";
import { fullTime, relative, styled } from "/sandbox/time.js";

const escaped = (text) =>
  text.replace(/[&<>"']/g, (each) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[each]);
const span = (kind, text, more = "") => `<span class="${kind}"${more}>${escaped(text)}</span>`;

function inline(name, start, pattern, token, renderer) {
  return {
    name,
    level: "inline",
    start: (text) => { const found = text.indexOf(start); return found < 0 ? undefined : found; },
    tokenizer(text) {
      const found = pattern.exec(text);
      return found ? { type: name, raw: found[0], ...token.call(this, found) } : undefined;
    },
    renderer,
  };
}

const spoiler = inline(
  "spoiler", "||", /^\|\|([\s\S]+?)\|\|/,
  function (found) { return { tokens: this.lexer.inlineTokens(found[1]) }; },
  function (token) {
    return `<span class="spoiler" data-act="reveal" role="button" tabindex="0" aria-label="Spoiler"><span>${this.parser.parseInline(token.tokens)}</span></span>`;
  },
);
const mention = inline("mention", "<", /^<(@!?|@&|#)(\d+)>/, (found) => ({ kind: found[1], id: found[2] }), named);
const stamp = inline("stamp", "<t:", /^<t:(-?\d+)(?::([tTdDfFR]))?>/, (found) => ({ at: Number(found[1]), style: found[2] ?? "f" }), (token) => {
  const date = new Date(token.at * 1000);
  const shown = token.style === "R" ? relative(date) : styled(date, token.style);
  return `<time class="stamp" datetime="${date.toISOString()}" title="${escaped(fullTime(date))}" data-style="${token.style}">${escaped(shown)}</time>`;
});
const emoji = inline("emoji", "<", /^<a?:(\w+):\d+>/, (found) => ({ name: found[1] }), (token) => span("emoji", `:${token.name}:`));
const slash = inline("slash", "</", /^<\/([^:>]+):\d+>/, (found) => ({ name: found[1] }), (token) => span("mention", `/${token.name}`));
const everybody = inline("everybody", "@", /^@(everyone|here)\b/, (found) => ({ name: found[1] }), (token) => span("mention", `@${token.name}`));

function named(token) {
  if (token.kind === "#") {
    const found = channel(token.id);
    return found ? span("mention", `#${channelName(found)}`, ` data-act="go" data-channel="${token.id}" role="link" tabindex="0"`) : span("mention", "#unknown");
  }
  if (token.kind === "@&") {
    const role = guild()?.roles.find((one) => one.id === token.id);
    return span("mention", `@${role?.name ?? "unknown-role"}`);
  }
  return span("mention", `@${person(token.id) ? shownName(token.id) : "unknown-user"}`);
}

// Discord quotes line by line; >>> quotes everything that follows
const quote = {
  name: "quote",
  level: "block",
  start: (text) => /^ {0,3}>(?:>>)? /m.exec(text)?.index,
  tokenizer(text) {
    const rest = /^>>> ([\s\S]+)/.exec(text);
    const lines = rest ?? /^(?:> [^\n]*(?:\n|$))+/.exec(text);
    if (!lines) return undefined;
    const inner = rest ? rest[1] : lines[0].replace(/^> /gm, "");
    return { type: "quote", raw: lines[0], tokens: this.lexer.blockTokens(inner, []) };
  },
  renderer(token) { return `<blockquote>${this.parser.parse(token.tokens)}</blockquote>`; },
};
const subtext = {
  name: "subtext",
  level: "block",
  start: (text) => /^-# /m.exec(text)?.index,
  tokenizer(text) {
    const found = /^-# ([^\n]+)(?:\n|$)/.exec(text);
    return found ? { type: "subtext", raw: found[0], tokens: this.lexer.inlineTokens(found[1]) } : undefined;
  },
  renderer(token) { return `<small class="subtext">${this.parser.parseInline(token.tokens)}</small>`; },
};

// a line that is not indented ends a list, and an arm of the shrug is no escape
const ITEM = /^ *(?:[-*+]|\d+[.)]) /;
function list(text) {
  const lines = text.split("\n");
  const end = lines.findIndex((line, index) => index > 0 && /^\S/.test(line) && !ITEM.test(line));
  return Tokenizer.prototype.list.call(this, end < 0 ? text : lines.slice(0, end).join("\n"));
}
const shrug = inline("shrug", "\u00af\\_(", /^\u00af\\_\(\u30c4\)_\/\u00af/, () => ({}), (token) => token.raw);

const none = () => undefined;
const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [spoiler, mention, stamp, emoji, slash, everybody, shrug, quote, subtext],
  tokenizer: { html: none, tag: none, table: none, lheading: none, def: none, hr: none, blockquote: none, code: none, reflink: none, list },
  renderer: {
    strong({ raw, tokens }) {
      const tag = raw.startsWith("__") ? "u" : "strong";
      return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
    },
    heading({ tokens, depth, raw }) {
      const text = this.parser.parseInline(tokens);
      return depth > 3 ? `<p>${escaped(/^#+/.exec(raw)[0])} ${text}</p>` : `<h${depth + 2} class="h${depth}">${text}</h${depth + 2}>`;
    },
    image: ({ raw }) => escaped(raw),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return /^(https?|discord):/.test(href) ? `<a href="${escaped(href)}" target="_blank" rel="noopener noreferrer">${text}</a>` : text;
    },
    code({ text, lang }) {
      const known = lang && hljs.getLanguage(lang) ? lang : null;
      const inside = known ? hljs.highlight(text, { language: known, ignoreIllegals: true }).value : escaped(text);
      return `<pre><code class="hljs">${inside}</code></pre>`;
    },
  },
});

const ALLOWED = {
  ALLOWED_TAGS: ["a", "b", "strong", "em", "u", "del", "code", "pre", "span", "small", "time", "blockquote", "p", "br", "ul", "ol", "li", "h3", "h4", "h5"],
  ALLOWED_ATTR: ["class", "href", "target", "rel", "datetime", "title", "start", "role", "tabindex", "aria-label", "data-act", "data-channel", "data-style"],
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** The text as elements, in a <div class="markdown">. */
export function markdown(text, kind = "markdown") {
  const html = marked.parse(text.replaceAll("\r\n", "\n"));
  return h("div", { class: kind, dir: "auto" }, DOMPurify.sanitize(html, ALLOWED));
}
