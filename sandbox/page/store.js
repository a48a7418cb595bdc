// What the page knows of places and people, as the sandbox last told it.

export const store = { token: "", state: null, commands: [], live: null };

const CATEGORY = 4, DM = 1;
const PALETTE = ["#5865f2", "#2a8048", "#9a6206", "#c23d78", "#9b59b6", "#157a72", "#c04a38"];

export const ask = (what, fields) => store.live.ask(what, fields);
export const askInTurn = (what, fields) => store.live.askInTurn(what, fields);
export const person = (id) => store.state.people.find((one) => one.id === id);
export const me = () => person(store.state.me);
export const guild = (id = store.state.channel) =>
  store.state.guilds.find((one) => one.channels.some((channel) => channel.id === id));
export const textual = (one) => one.type !== CATEGORY;

export function channel(id = store.state.channel) {
  const inGuild = guild(id)?.channels.find((one) => one.id === id);
  return inGuild ?? store.state.direct.find((one) => one.id === id);
}

/** What a channel is called: a direct message by who else is in it. */
export function channelName(one) {
  if (one.name) return one.name;
  const others = one.recipients.filter((id) => id !== store.state.me || one.recipients.length === 1);
  return others.map((id) => shownName(id)).join(", ");
}

export const isDirect = (one) => one.type === DM || one.recipients !== undefined;

export function shownName(id) {
  const member = guild()?.members.find((one) => one.id === id);
  const known = person(id);
  return member?.nick ?? known?.shown ?? "somebody";
}

/** A colour of their own, the same every time: the sandbox's people have no pictures. */
export const hue = (id) => colourIn(person(id)?.name ?? "");
export const colourIn = (text) => PALETTE[[...text].reduce((sum, each) => (sum * 4 + each.codePointAt(0)) % PALETTE.length, 5)];
export const initials = (text) =>
  text.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();

/** Their best role that has a colour. */
export function roleColour(id) {
  const here = guild();
  const roles = here?.members.find((one) => one.id === id)?.roles ?? [];
  const found = here?.roles.find((role) => role.color && roles.includes(role.id));
  return found ? `#${found.color.toString(16).padStart(6, "0")}` : null;
}

/** Ids by age: longer ones are younger. */
export const older = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

export const people = () => {
  const here = guild();
  if (here) return here.members.map((one) => person(one.id)).filter(Boolean);
  return (channel()?.recipients ?? []).map(person).filter(Boolean);
};

/** Slash commands as one types them: a line for each subcommand. */
export function commandLines() {
  return store.commands.filter((one) => one.type === 1).flatMap((one) => lines(one, one.name, one.shown));
}

function lines(owner, name, shown) {
  const inner = (owner.options ?? []).filter((one) => one.type <= 2);
  if (inner.length) return inner.flatMap((one) => lines(one, `${name} ${one.name}`, `${shown} ${one.shown}`));
  return [{ name, shown, description: owner.description, options: owner.options ?? [] }];
}
