// Servers, channels, members, and who one is.

import { at, h, icon } from "/sandbox/dom.js";
import { avatar } from "/sandbox/message.js";
import { channel, channelName, colourIn, guild, initials, isDirect, me, older, person, shownName, store } from "/sandbox/store.js";

const CATEGORY = 4, ICONS = { 0: "hash", 2: "voice", 5: "news", 10: "thread", 11: "thread", 12: "thread", 13: "voice" };
const THREADS = new Set([10, 11, 12]);
const LOCALES = { "en-US": "English, US", "en-GB": "English, UK", "zh-CN": "中文", "zh-TW": "繁體中文", de: "Deutsch", fr: "Français", ja: "日本語", "es-ES": "Español", "pt-BR": "Português do Brasil", ko: "한국어" };

const read = new Map(); // per person and channel: the newest message that was looked at

export function markRead() {
  const here = channel();
  read.set(`${store.state.me} ${here.id}`, here.last);
}

/** Known from the first look on: only what comes later is new. */
function unread(one) {
  const key = `${store.state.me} ${one.id}`;
  if (!read.has(key)) read.set(key, one.last);
  return one.last !== "0" && older(one.last, read.get(key)) > 0;
}

/** `go(channelId)`, `become(name)`, `speak(locale)` do what their names say. */
export function drawPlaces({ go, become, speak }) {
  markRead();
  const here = channel();
  const direct = isDirect(here);
  drawRail(go, direct);
  at("place-title").textContent = direct ? "Direct messages" : guild().name;
  at("channels").replaceChildren(...(direct ? directList(go) : channelTree(go)));
  at("here").replaceChildren(direct ? h("span", { class: "at", "aria-hidden": "true" }, "@") : icon(ICONS[here.type] ?? "hash"), channelName(here));
  at("topic").textContent = here.topic ?? "";
  document.title = `${direct ? "@" : "#"}${channelName(here)} · Sandbox`;
  drawSelf(become, speak);
  drawMembers();
}

function drawRail(go, direct) {
  const places = [
    { name: "Direct messages", here: direct, channels: store.state.direct, face: icon("people", 26), to: () => store.state.direct.find((one) => one.recipients.includes(store.state.bot)) },
    ...store.state.guilds.map((one) => ({ name: one.name, here: one === guild() && !direct, channels: one.channels, face: initials(one.name), colour: colourIn(one.name),
      to: () => one.channels.find((each) => each.type === 0) })),
  ];
  at("rail").replaceChildren(...places.flatMap((one, index) => {
    const fresh = one.channels.some((each) => each.type !== CATEGORY && unread(each));
    const button = h("button", { class: `server${one.here ? " here" : ""}${fresh ? " unread" : ""}`, "aria-label": fresh ? `${one.name}, unread` : one.name, title: one.name,
      "aria-current": one.here ? "true" : null, style: one.colour ? { "--hue": one.colour } : {}, onclick: () => { const to = one.to(); if (to) go(to.id); } }, one.face);
    return index ? [button] : [button, h("hr")];
  }));
}

function link(one, go, kind = "") {
  const fresh = unread(one) && one.id !== store.state.channel;
  return h("li", {}, h("button", { class: `place ${kind}${fresh ? " unread" : ""}`, "aria-current": one.id === store.state.channel ? "page" : null,
    "aria-label": `${channelName(one)}${fresh ? ", unread" : ""}`, onclick: () => go(one.id) },
    isDirect(one) ? avatar(one.recipients.find((id) => id !== store.state.me) ?? store.state.me, "small") : icon(ICONS[one.type] ?? "hash", 18),
    h("span", {}, channelName(one))));
}

function channelTree(go) {
  const all = [...guild().channels].sort((a, b) => a.position - b.position);
  const tree = (parent) => all.filter((one) => one.parent === parent && one.type !== CATEGORY && !THREADS.has(one.type)).flatMap((one) => [
    link(one, go),
    ...all.filter((each) => each.parent === one.id && THREADS.has(each.type)).map((each) => link(each, go, "thread")),
  ]);
  return [h("ul", {}, tree(null)), ...all.filter((one) => one.type === CATEGORY).map((one) =>
    h("details", { open: true, class: "category" }, h("summary", {}, one.name), h("ul", { "aria-label": one.name }, tree(one.id))))];
}

function directList(go) {
  const all = [...store.state.direct].sort((a, b) => older(b.last, a.last));
  return [h("ul", { class: "direct" }, all.map((one) => link(one, go)))];
}

function drawSelf(become, speak) {
  const self = me();
  const labelled = (text, element) => h("label", {}, h("span", {}, text), element);
  const people = store.state.people.filter((one) => !one.bot);
  const who = h("select", { id: "user", "aria-label": "You are", onchange: () => become(who.value) }, people.map((one) => h("option", { value: one.name, selected: one.id === self.id }, `${one.shown} · ${standing(one)}`)));
  const locales = Object.keys(LOCALES).includes(self.locale) ? LOCALES : { ...LOCALES, [self.locale]: self.locale };
  const language = h("select", { id: "language", "aria-label": "Language", onchange: () => speak(language.value) }, Object.entries(locales).map(([key, name]) => h("option", { value: key, selected: key === self.locale }, name)));
  const fresh = [avatar(self.id, "small"), h("div", {}, labelled("You are", who), labelled("Language", language))];
  const focused = document.activeElement?.id;
  at("self").replaceChildren(...fresh);
  if (focused === "user" || focused === "language") at(focused).focus();
}

/** What somebody is in the server one looks at, in a word. */
function standing(one) {
  const here = guild() ?? store.state.guilds[0];
  if (here?.owner === one.id) return "server owner";
  const names = here?.members.find((each) => each.id === one.id)?.roles.map((id) => here.roles.find((role) => role.id === id)?.name) ?? [];
  return [one.name === "operator" ? "operator" : null, ...names].filter((name) => name && name !== one.name).join(", ") || "member";
}

function drawMembers() {
  const here = guild();
  const ids = here ? here.members.map((one) => one.id) : channel().recipients;
  const bots = ids.filter((id) => person(id)?.bot), others = ids.filter((id) => !person(id)?.bot);
  const row = (id) => h("li", {}, h("button", { class: `member${person(id)?.bot && !store.state.online ? " offline" : ""}`, "data-act": "profile", "data-user": id },
    avatar(id, "small"), h("span", {}, shownName(id), person(id)?.bot ? h("span", { class: "badge" }, "APP") : null),
    person(id)?.bot ? h("small", {}, store.state.online ? "online" : "offline") : null));
  const group = (name, some) => (some.length ? [h("h3", {}, `${name} — ${some.length}`), h("ul", {}, some.map(row))] : []);
  at("members").replaceChildren(...group("Bots", bots), ...group("People", others));
}
