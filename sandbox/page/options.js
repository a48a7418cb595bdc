// What Discord's client lets one type into an option, and what it says where it does not.

import { channelName, guild, people, textual } from "/sandbox/store.js";

export const O = { string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };
export const KINDS = { 3: "text", 4: "whole number", 5: "true or false", 6: "member", 7: "channel", 8: "role", 9: "member or role", 10: "number", 11: "file" };
const MOST_TEXT = 6000;

/** {value} to send, or {error} in words. `given`: {text, value, file} of the chip. */
export function checked(option, given) {
  if (option.type === O.attachment) {
    return given.file ? { value: given.file } : missing(option);
  }
  const text = given.text;
  if (text === "" && given.value === undefined) return missing(option);
  if (option.choices?.length) {
    const found = option.choices.find((one) => one.value === given.value || one.shown.toLowerCase() === text.trim().toLowerCase());
    return found ? { value: found.value } : { error: "Input a valid choice from the list." };
  }
  if (given.value !== undefined) return { value: given.value };
  switch (option.type) {
    case O.integer: case O.number: return numeric(option, text.trim());
    case O.boolean: return /^(true|false)$/i.test(text.trim()) ? { value: text.trim().toLowerCase() === "true" } : { error: "Choose True or False." };
    case O.string: return lengthy(option, text);
    default: return { error: `Choose a ${KINDS[option.type]} from the list.` };
  }
}

const missing = (option) => (option.required ? { error: "This option is required. Specify a value." } : { value: undefined });

function numeric(option, text) {
  const whole = option.type === O.integer;
  if (!(whole ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).test(text)) return { error: `Input a valid ${whole ? "integer" : "number"}.` };
  const value = Number(text);
  const { min_value: least, max_value: most } = option;
  if (least !== undefined && most !== undefined && (value < least || value > most)) return { error: `Enter a number between ${least} and ${most}.` };
  if (least !== undefined && value < least) return { error: `Enter a number of at least ${least}.` };
  if (most !== undefined && value > most) return { error: `Enter a number of at most ${most}.` };
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return { error: "That number is too large." };
  return { value };
}

function lengthy(option, text) {
  const least = option.min_length ?? 0, most = option.max_length ?? MOST_TEXT;
  const count = [...text].length;
  if (count < least) return { error: `At least ${least} characters, not ${count}.` };
  if (count > most) return { error: `At most ${most} characters, not ${count}.` };
  return { value: text };
}

/** What the list offers for an option without asking the bot; null where one just types. */
export function offered(option) {
  if (option.choices?.length) return option.choices.map((one) => ({ label: one.shown, value: one.value }));
  switch (option.type) {
    case O.boolean: return [{ label: "True", value: true }, { label: "False", value: false }];
    case O.user: return members();
    case O.role: return roles();
    case O.mentionable: return [...members(), ...roles()];
    case O.channel: return (guild()?.channels ?? []).filter((one) => !option.channel_types || option.channel_types.includes(one.type))
      .map((one) => ({ label: channelName(one), value: one.id, detail: textual(one) ? "channel" : "category" }));
    default: return null;
  }
}

export const members = () => people().map((one) => ({ label: one.shown, value: one.id, detail: one.name }));
export const roles = () => (guild()?.roles ?? []).filter((one) => one.id !== guild().id).map((one) => ({ label: one.name, value: one.id, detail: "role" }));
