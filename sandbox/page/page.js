// The page: joins the parts, and does what is pressed in messages.

import { Composer } from "/sandbox/composer.js";
import { at, h, icon, showDialog, toast } from "/sandbox/dom.js";
import { entities, showForm } from "/sandbox/form.js";
import { Live } from "/sandbox/live.js";
import { choosing, menu, popup } from "/sandbox/menu.js";
import { drawPlaces } from "/sandbox/places.js";
import { ask, channel, guild, person, store } from "/sandbox/store.js";
import { Timeline } from "/sandbox/timeline.js";
import { keepFresh } from "/sandbox/time.js";

const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "❌", "🔥", "🤔"];
const MESSAGE_MENU = 3, USER_MENU = 2;

store.token = new URLSearchParams(location.search).get("token") ?? "";
const where = new URLSearchParams(location.hash.slice(1));
const asking = (what, fields) => ask(what, fields).catch((refused) => toast(refused.message));

const timeline = new Timeline(at("timeline"), (before) => ask("older", { before }));
const composer = new Composer(at("composer"), {
  lastOwn: () => timeline.items.findLast((one) => one.author.id === store.state.me && !one.ephemeral),
  sent: () => timeline.toBottom(),
});

store.live = new Live({
  token: store.token,
  where: () => ({ user: store.state ? person(store.state.me).name : where.get("user"), channel: store.state?.channel ?? where.get("channel") }),
  state: (on) => { at("state").textContent = on ? "" : "Connecting…"; document.body.classList.toggle("offline", !on); },
  told,
});

function told(news) {
  if (news.state) seen(news.state);
  if (news.commands) {
    store.commands = news.commands;
    composer.offerAgain();
  }
  if (news.page) {
    timeline.open(news.page);
    composer.open(`${store.state.me} ${store.state.channel}`);
  }
  if (news.put && news.channel === store.state.channel) timeline.change(news);
  if (news.typing && news.typing !== store.state.me) timeline.types(news.typing);
  if (news.form) showForm(news.form);
}

function seen(state) {
  const before = store.state;
  store.state = state;
  drawPlaces({ go, become, speak });
  composer.update();
  if (!before || before.channel !== state.channel || before.me !== state.me) {
    history.replaceState(null, "", `${location.search}#${new URLSearchParams({ user: person(state.me).name, channel: state.channel })}`);
    // At once, as in Discord; not where it would bring up a phone's keyboard over the page.
    const first = !before && matchMedia("(pointer: fine)").matches;
    if (first || (before && before.channel !== state.channel && !at("user").matches(":focus"))) composer.focus();
  }
}

function go(id) {
  showPlaces(false);
  asking("watch", { channel: id });
}
const become = (name) => asking("watch", { user: name });
const speak = (locale) => asking("locale", { locale });

// What is pressed in a message

const actions = {
  press: (one, target) => asking("press", { message: one.id, button: target.dataset.custom }),
  delete: (one) => asking("delete", { message: one.id }),
  reply: (one) => composer.reply(one),
  react: (one, target) => asking("react", { message: one.id, emoji: target.dataset.emoji, back: target.getAttribute("aria-pressed") === "true" }),
  emoji: (one, target) => pickEmoji(one, target),
  menu: (one, target) => messageMenu(one, below(target)),
  jump: (_, target) => { if (!timeline.show(target.dataset.to)) toast("That message is further up; scroll to load it."); },
  go: (_, target) => go(target.dataset.channel),
  reveal: (_, target) => reveal(target),
  zoom: (_, target) => zoom(target),
  profile: (_, target) => profile(target.dataset.user, below(target)),
  select: (one, target) => select(one, target),
};

function act(event) {
  const target = event.target.closest("[data-act]");
  if (!target) return;
  const id = target.closest("[data-message]")?.dataset.message;
  actions[target.dataset.act]?.(timeline.message(id), target);
}

document.addEventListener("click", act);
document.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === " ") && event.target.matches("span[data-act], div[data-act]")) {
    event.preventDefault();
    act(event);
  }
});
document.addEventListener("keydown", (event) => {
  // What is typed with nothing in focus, or after a press of a button in the chat, is meant for the composer.
  const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  const pressed = event.key !== " " && document.activeElement.matches("#timeline button:not(.select)");
  if (plain && (pressed || document.activeElement === document.body)) composer.focus();
});
at("timeline").addEventListener("contextmenu", (event) => {
  const one = timeline.message(event.target.closest("[data-message]")?.dataset.message);
  if (!one || event.target.closest("a, audio") || !getSelection().isCollapsed) return;
  event.preventDefault();
  messageMenu(one, { x: event.clientX, y: event.clientY });
});
at("timeline").addEventListener("keydown", (event) => {
  if (event.key === "Escape") composer.focus();
  const here = event.target.closest("[data-message]");
  if (event.target !== here && event.target !== timeline.scroller) return;
  if (here && (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))) {
    event.preventDefault();
    messageMenu(timeline.message(here.dataset.message), below(here));
  }
  const to = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!to) return;
  const all = [...timeline.list.querySelectorAll("[data-message]")];
  const next = here ? all[all.indexOf(here) + to] : all.at(-1);
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

const below = (element) => { const { left, bottom } = element.getBoundingClientRect(); return { x: left, y: bottom + 4 }; };

function messageMenu(one, place) {
  const { may } = store.state;
  const own = one.author.id === store.state.me && !one.ephemeral;
  const apps = one.ephemeral ? [] : store.commands.filter((each) => each.type === MESSAGE_MENU);
  const entries = [
    !one.ephemeral && may.send && { label: "Reply", act: () => composer.reply(one) },
    own && { label: "Edit message", act: () => composer.edit(one) },
    ...apps.map((each) => ({ label: each.shown, act: () => asking("menu", { name: each.name, message: one.id }) })),
    { label: "Copy text", act: () => copy(one.text) },
    { label: "Copy message ID", act: () => copy(one.id) },
    one.ephemeral && { label: "Dismiss message", act: () => asking("delete", { message: one.id }) },
    (own || (may.manage && guild() && !one.ephemeral)) && { label: "Delete message", danger: true, act: () => asking("delete", { message: one.id }) },
  ].filter(Boolean);
  menu(entries, place, "Message");
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.");
}

function pickEmoji(one, target) {
  let close;
  const picker = h("div", { class: "menu emojis", role: "menu", "aria-label": "Reactions" }, EMOJI.map((each) =>
    h("button", { role: "menuitem", "aria-label": each, onclick: () => { close(); asking("react", { message: one.id, emoji: each }); } }, each)));
  close = popup(picker, below(target));
  picker.firstChild.focus();
}

async function select(one, target) {
  const control = JSON.parse(target.dataset.component);
  const options = control.options?.map((each) => ({ label: each.label, value: each.value, detail: each.description, chosen: each.default, emoji: each.emoji?.name })) ?? entities(control);
  target.setAttribute("aria-expanded", "true");
  const values = await choosing(options, { most: control.max_values ?? 1, least: control.min_values ?? 1, label: control.placeholder ?? "Choose", place: below(target) });
  target.setAttribute("aria-expanded", "false");
  if (!values) return;
  target.firstChild.textContent = options.filter((each) => values.includes(each.value)).map((each) => each.label).join(", ") || control.placeholder;
  asking("choose", { message: one.id, select: control.custom_id, values });
}

/** Shown for good, and read out as what it is: words, a picture to open, or a container. */
function reveal(target) {
  target.dataset.shown = "";
  if (target.dataset.url) {
    target.dataset.act = "zoom";
    target.setAttribute("aria-label", `Open ${target.querySelector("img").alt}`);
    return;
  }
  for (const name of ["data-act", "role", "tabindex", "aria-label"]) target.removeAttribute(name);
}

function zoom(target) {
  const image = target.querySelector("img");
  const dialog = h("dialog", { class: "zoom", "aria-label": image.alt, onclick: () => dialog.close() },
    h("img", { src: image.src, alt: image.alt }), h("a", { href: image.src, download: "" }, "Download"));
  showDialog(dialog);
}

function profile(id, place) {
  const who = person(id), here = guild();
  const roles = here?.members.find((one) => one.id === id)?.roles ?? [];
  const free = here ? here.roles.filter((role) => role.id !== here.id && !role.managed) : [];
  const apps = store.commands.filter((each) => each.type === USER_MENU);
  const direct = store.state.direct.find((one) => one.recipients.includes(id) && one.recipients.length === 2);
  menu([
    ...(direct && id !== store.state.me ? [{ label: `Message ${who.shown}`, act: () => go(direct.id) }] : []),
    ...(who.bot || id === store.state.me ? [] : [{ label: `Be ${who.shown}`, act: () => become(who.name) }]),
    ...apps.map((each) => ({ label: each.shown, act: () => asking("user_menu", { name: each.name, target: id }) })),
    ...(who.bot ? [] : free.map((role) => ({ label: `${roles.includes(role.id) ? "✓ " : ""}Role: ${role.name}`, act: () => asking("role", { guild: here.id, user: id, role: role.id, on: !roles.includes(role.id) }) }))),
    { label: "Copy user ID", act: () => copy(id) },
  ], place, who.shown);
}

// Panes and colours

function showPlaces(on) {
  document.body.classList.toggle("places-open", on);
  at("open-places").setAttribute("aria-expanded", String(on));
}
at("open-places").onclick = () => showPlaces(!document.body.classList.contains("places-open"));
at("chat").addEventListener("pointerdown", (event) => { if (!event.target.closest("#open-places")) showPlaces(false); });

function showMembers(on) {
  at("members").hidden = !on;
  at("show-members").setAttribute("aria-pressed", String(on));
}
at("show-members").append(icon("people"));
at("show-members").onclick = () => showMembers(at("members").hidden);
const wide = matchMedia("(min-width: 1001px)");
wide.addEventListener("change", () => showMembers(wide.matches && at("inspector").hidden));
showMembers(wide.matches);

let inspector = null;
at("show-inspector").append(icon("pulse"));
at("show-inspector").onclick = async () => {
  const pane = at("inspector");
  pane.hidden = !pane.hidden;
  at("show-inspector").setAttribute("aria-pressed", String(!pane.hidden));
  if (pane.hidden) return;
  showMembers(false);
  const enter = () => pane.querySelector("[role=tab][aria-selected=true]")?.focus();
  if (inspector) {
    enter();
    return;
  }
  try {
    inspector = await import("/sandbox/inspector.js");
    inspector.mount(pane, { token: store.token, socket: store.live.socket });
    enter();
  } catch (error) {
    pane.replaceChildren(h("p", { role: "alert" }, `The inspector could not be loaded: ${error.message}`));
  }
};

at("inspector").addEventListener("keydown", (event) => { if (event.key === "Escape") at("show-inspector").focus(); });

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (localStorage.theme ? localStorage.theme === "dark" : darkSystem.matches);
function paint() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  at("theme").replaceChildren(icon(isDark() ? "sun" : "moon"));
  at("theme").setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
}
at("theme").onclick = () => { localStorage.theme = isDark() ? "light" : "dark"; paint(); };
darkSystem.addEventListener("change", paint);
paint();
keepFresh(at("timeline"));
