// One message as an element. What can be done with it is said in data-act; the timeline listens.

import { attachments, embeds } from "/sandbox/blocks.js";
import { components } from "/sandbox/components.js";
import { h, icon } from "/sandbox/dom.js";
import { markdown } from "/sandbox/markdown.js";
import { channel, hue, initials, person, roleColour, shownName, store } from "/sandbox/store.js";
import { clock, fullTime, when } from "/sandbox/time.js";

const REPLY = 19, COMMAND = 20, MENU = 23;
const GROUP_MS = 7 * 60 * 1000;
const SYSTEM = { 6: "pinned a message to this channel.", 7: "joined the server.", 18: "started a thread" };
const COMPONENTS_V2 = 1 << 15;

/** Whether it stands under the one before it, without a head of its own. */
export function follows(one, before) {
  return Boolean(before) && before.author.id === one.author.id && !one.message_reference && !one.interaction_metadata
    && !(one.type in SYSTEM) && before.ephemeral === one.ephemeral && !one.failed
    && new Date(one.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

export function avatar(id, size = "") {
  const name = person(id)?.shown ?? "?";
  return h("span", { class: `avatar ${size}`, "aria-hidden": "true", style: { "--hue": hue(id) } }, initials(name));
}

export function messageElement(one, compact) {
  const mine = one.mentions.some((who) => who.id === store.state.me) || one.mention_everyone;
  const kinds = ["message", compact && "compact", one.ephemeral && "ephemeral", mine && "mentioned", one.failed && "failed"];
  return h(
    "li",
    { class: kinds.filter(Boolean).join(" "), id: `m-${one.id}`, "data-message": one.id, tabindex: "-1", role: "article", "aria-label": spoken(one), "aria-describedby": `words-${one.id}` },
    one.type in SYSTEM ? system(one) : [
      reference(one),
      compact ? h("time", { class: "aside", datetime: one.timestamp, "aria-hidden": "true" }, clock(new Date(one.timestamp))) : avatar(one.author.id),
      compact ? null : head(one),
      h("div", { class: "inside", id: `words-${one.id}` }, inside(one)),
    ],
    one.failed || one.thinking ? null : tools(one),
  );
}

const spoken = (one) => `${shownName(one.author.id)}, ${when(new Date(one.timestamp))}${one.thinking ? ", is thinking" : ""}`;

function head(one) {
  const colour = roleColour(one.author.id);
  const date = new Date(one.timestamp);
  return h(
    "div", { class: "head" },
    h("button", { class: "name", "data-act": "profile", "data-user": one.author.id, style: colour ? { color: colour } : {} }, shownName(one.author.id)),
    one.author.bot ? h("span", { class: "badge" }, "APP") : null,
    h("time", { datetime: one.timestamp, title: fullTime(date) }, when(date)),
  );
}

function reference(one) {
  const used = one.interaction_metadata;
  if (used && (one.type === COMMAND || one.type === MENU)) {
    return h("div", { class: "reference" },
      avatar(used.user.id, "tiny"),
      h("b", {}, shownName(used.user.id)), " used ", h("span", { class: "mention" }, `${one.type === COMMAND ? "/" : ""}${used.name}`));
  }
  if (one.type !== REPLY) return null;
  const to = one.referenced_message;
  if (!to) return h("div", { class: "reference" }, h("i", {}, "Original message was deleted"));
  const words = to.content || (to.attachments.length ? "Click to see attachment" : "Click to see message");
  return h("button", { class: "reference", "data-act": "jump", "data-to": to.id },
    avatar(to.author.id, "tiny"), h("b", {}, `${one.mentions.some((who) => who.id === to.author.id) ? "@" : ""}${shownName(to.author.id)}`),
    h("span", { class: "quoted" }, plain(words)));
}

const plain = (text) =>
  text.replace(/<@!?(\d+)>/g, (_, id) => `@${shownName(id)}`).replace(/<#(\d+)>/g, (_, id) => `#${channel(id)?.name ?? "unknown"}`).replace(/\|\|[\s\S]+?\|\|/g, "▇▇▇").replace(/[*_~`]{1,3}|^[#>-]+ /gm, "").replaceAll("\n", " ");

function system(one) {
  return h("p", { class: "system" }, h("b", {}, shownName(one.author.id)), ` ${SYSTEM[one.type]}${one.content ? `: ${one.content}` : ""} `,
    h("time", { datetime: one.timestamp }, when(new Date(one.timestamp))));
}

function inside(one) {
  if (one.thinking) {
    return [h("p", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${shownName(one.author.id)} is thinking…`), note(one)];
  }
  if (one.failed) {
    return [h("p", { class: "did-not" }, icon("warning", 16), one.content), note(one)];
  }
  const edited = one.edited_timestamp ? h("span", { class: "edited", title: fullTime(new Date(one.edited_timestamp)) }, "(edited)") : null;
  const text = one.content ? markdown(one.content) : null;
  if (text && edited) (text.lastElementChild?.matches("p") ? text.lastElementChild : text).append(" ", edited);
  if (text && jumbo(one.content)) text.classList.add("jumbo");
  return [
    text,
    !text && edited && !(one.flags & COMPONENTS_V2) ? edited : null,
    attachments(one),
    embeds(one.embeds),
    components(one.components, one.attachments),
    one.thread ? thread(one.thread) : null,
    reactions(one),
    note(one),
  ];
}

const jumbo = (text) => text.length < 60 && /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{200D}\u{1F3FB}-\u{1F3FF}]*\s*)+$/u.test(text);

function note(one) {
  if (!one.ephemeral) return null;
  return h("p", { class: "only-you" }, icon("eye", 16), "Only you can see this · ",
    h("button", { class: "link", "data-act": "delete" }, "Dismiss message"));
}

const thread = (one) =>
  h("button", { class: "thread-card", "data-act": "go", "data-channel": one.id }, h("b", {}, one.name), h("span", {}, `${one.message_count} messages ›`));

function reactions(one) {
  if (!one.reactions?.length) return null;
  return h("div", { class: "reactions" }, one.reactions.map((each) =>
    h("button", { class: `reaction${each.me ? " mine" : ""}`, "data-act": "react", "data-emoji": each.emoji.name, "aria-pressed": String(each.me), "aria-label": `${each.emoji.name}, ${each.count}` },
      each.emoji.name, h("span", {}, String(each.count)))));
}

function tools(one) {
  const may = store.state.may;
  return h("div", { class: "tools", role: "group", "aria-label": "Message actions" },
    may.react && !one.ephemeral ? h("button", { class: "icon", "data-act": "emoji", "aria-label": "Add reaction" }, icon("smile", 18)) : null,
    may.send && !one.ephemeral ? h("button", { class: "icon", "data-act": "reply", "aria-label": "Reply" }, icon("reply", 18)) : null,
    h("button", { class: "icon", "data-act": "menu", "aria-label": "More", "aria-haspopup": "menu" }, icon("more", 18)));
}
