// The page of the sandbox: one WebSocket, everything it shows comes from there.

const token = new URLSearchParams(location.search).get("token") ?? "";
const at = (id) => document.getElementById(id);
const BUTTON = 2, STRING_SELECT = 3, TEXT_INPUT = 4, FILE_UPLOAD = 19;
const RADIO_GROUP = 21, CHECKBOX_GROUP = 22, CHECKBOX = 23, MESSAGE_MENU = 3;
let socket;
let seen = null;
let suggestions = null;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function ask(what) {
  at("notice").hidden = true;
  socket.send(JSON.stringify(what));
}

function connect() {
  const address = new URL("/sandbox/live", location.href);
  address.protocol = "ws:";
  address.searchParams.set("token", token);
  socket = new WebSocket(address);
  socket.onopen = () => {
    at("state").textContent = "connected";
    if (seen) ask({ do: "watch", user: seen.user, channel: seen.channel });
  };
  socket.onclose = () => {
    at("state").textContent = "connection lost, trying again";
    setTimeout(connect, 1000);
  };
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (told.seen) show(told.seen);
    if (told.refused) notice(told.refused);
    if (told.form) showForm(told.form);
    if (told.suggestions) {
      suggestions = told.suggestions;
      hint();
    }
  };
}

function notice(text) {
  at("notice").textContent = text;
  at("notice").hidden = false;
}

function choices(select, entries, chosen) {
  select.replaceChildren(
    ...entries.map(([value, label]) =>
      make("option", { value, textContent: label, selected: value === chosen })),
  );
}

function show(now) {
  const elsewhere = !seen || seen.channel !== now.channel || seen.user !== now.user;
  seen = now;
  choices(at("user"), now.users.map((name) => [name, name]), now.user);
  choices(
    at("channel"),
    now.channels.map(({ id, name, guild }) => [id, guild ? `${guild} / #${name}` : name]),
    now.channel,
  );
  const list = at("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const focused = document.activeElement?.dataset.key;
  list.replaceChildren(...now.messages.map(article));
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  if (atEnd || elsewhere) list.scrollTop = list.scrollHeight;
  hint();
}

function article(message) {
  const kinds = ["bot", "ephemeral", "failed"].filter((kind) => message[kind]);
  const notes = [new Date(message.at).toLocaleTimeString()];
  if (message.edited) notes.push("edited");
  if (message.ephemeral && !message.failed) notes.push("only you can see this");
  const text = message.thinking ? `${message.author} is thinking…` : message.text;
  return make(
    "article",
    { className: kinds.join(" ") },
    make("h2", { textContent: message.author }),
    make("span", { className: "meta", textContent: notes.join(" · ") }),
    make("pre", { textContent: text }),
    ...message.files.map(attachment),
    make("div", { className: "controls" }, ...message.controls.map((one) => control(message, one))),
    menus(message),
  );
}

function attachment({ name, url, type }) {
  const here = new URL(url);
  const link = make("a", { href: url, textContent: name, target: "_blank", rel: "noreferrer" });
  if (here.origin !== location.origin) return link;
  if (type.startsWith("image/")) return make("p", {}, make("img", { src: url, alt: name }), link);
  if (type.startsWith("audio/")) return make("p", {}, make("audio", { src: url, controls: true }), link);
  return make("p", {}, link);
}

function control(message, one) {
  if (one.type === BUTTON) {
    if (one.url) {
      return make("a", { href: one.url, textContent: one.label, target: "_blank", rel: "noreferrer" });
    }
    const button = make("button", { textContent: one.label, disabled: one.disabled });
    button.dataset.key = `${message.id} ${one.custom_id}`;
    button.onclick = () => ask({ do: "press", message: message.id, button: one.custom_id });
    return button;
  }
  if (one.type !== STRING_SELECT) {
    const input = make("input", { placeholder: `${one.label || "names"}, by comma`, disabled: one.disabled });
    input.dataset.key = `${message.id} ${one.custom_id}`;
    input.onchange = () => choose(message, one, input.value.split(",").map((name) => name.trim()));
    return input;
  }
  const select = make("select", { multiple: one.most > 1, disabled: one.disabled });
  select.dataset.key = `${message.id} ${one.custom_id}`;
  if (one.most === 1) select.append(make("option", { textContent: one.label || "Choose…", value: "", hidden: true }));
  select.append(...one.options.map(([label, value]) => make("option", { textContent: label, value })));
  select.onchange = () => choose(message, one, [...select.selectedOptions].map((option) => option.value));
  return select;
}

function choose(message, one, values) {
  ask({ do: "choose", message: message.id, select: one.custom_id, values });
}

function menus(message) {
  const box = make("div", { className: "menus" });
  if (message.thinking || message.failed) return box;
  for (const { type, name } of seen.commands) {
    if (type !== MESSAGE_MENU) continue;
    box.append(make("button", { textContent: name, onclick: () => ask({ do: "menu", message: message.id, name }) }));
  }
  const label = message.ephemeral ? "Dismiss" : "Delete";
  box.append(make("button", { textContent: label, onclick: () => ask({ do: "delete", message: message.id }) }));
  return box;
}

// Commands and options as one types

function lines() {
  return (seen?.commands ?? []).flatMap((command) => command.lines);
}

function typedLine(text) {
  const found = lines().filter(({ name }) => text === `/${name}` || text.startsWith(`/${name} `));
  return found.sort((one, other) => other.name.length - one.name.length)[0];
}

function hint() {
  const text = at("text").value;
  const hints = [];
  const line = typedLine(text);
  if (text.startsWith("/") && !line) {
    for (const { name, description } of lines()) {
      if (`/${name}`.startsWith(text)) hints.push([`/${name} `, `/${name}`, description]);
    }
  } else if (line) {
    const names = line.options.map(({ name }) => name);
    const [, current, value] = text.match(new RegExp(`.*\\s(${names.join("|") || "\\b\\B"}):(.*)$`)) ?? [];
    const option = line.options.find(({ name }) => name === current);
    const start = current ? text.slice(0, text.length - value.length) : "";
    if (option && suggestions?.text === text && suggestions.option === current) {
      for (const choice of suggestions.choices) hints.push([`${start}${choice.value} `, choice.name, ""]);
    } else if (option?.choices.length) {
      for (const choice of option.choices) {
        if (choice.toLowerCase().startsWith(value.toLowerCase())) hints.push([`${start}${choice} `, choice, ""]);
      }
    }
    for (const { name, description, required } of line.options) {
      if (text.includes(` ${name}:`)) continue;
      hints.push([`${text.trimEnd()} ${name}:`, `${name}${required ? " *" : ""}`, description]);
    }
  }
  at("hints").replaceChildren(
    ...hints.map(([result, label, about]) => {
      const button = make("button", { type: "button" }, label, " ", make("small", { textContent: about }));
      button.onclick = () => {
        at("text").value = result;
        at("text").focus();
        typed();
      };
      return make("li", {}, button);
    }),
  );
}

let asking;
function typed() {
  hint();
  clearTimeout(asking);
  const text = at("text").value;
  const line = typedLine(text);
  const completed = line?.options.some(({ name, autocomplete }) => autocomplete && text.includes(` ${name}:`));
  if (completed) asking = setTimeout(() => ask({ do: "suggest", text }), 250);
}

async function encoded(files) {
  return Promise.all(
    [...files].map(async (file) => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      let binary = "";
      for (let start = 0; start < bytes.length; start += 32768) {
        binary += String.fromCharCode(...bytes.subarray(start, start + 32768));
      }
      return { name: file.name, type: file.type, data: btoa(binary) };
    }),
  );
}

// Forms

function showForm(form) {
  const dialog = at("form");
  const fields = form.fields.map((field) => [field, input(field)]);
  const send = async () => {
    const values = {}, files = {};
    for (const [field, element] of fields) {
      if (field.type === FILE_UPLOAD) files[field.custom_id] = await encoded(element.files);
      else values[field.custom_id] = value(field, element);
    }
    ask({ do: "submit", form: form.id, fields: values, files });
    dialog.close();
  };
  const body = make(
    "form",
    {},
    make("h2", { textContent: form.title }),
    make("p", { textContent: form.text }),
    ...fields.map(([field, element]) =>
      make("label", {}, `${field.label}${field.required ? " *" : ""}`, element)),
    make("button", { textContent: "Submit" }),
    make("button", { type: "button", textContent: "Cancel", onclick: () => dialog.close() }),
  );
  body.onsubmit = (event) => {
    event.preventDefault();
    send();
  };
  dialog.replaceChildren(body);
  if (!dialog.open) dialog.showModal();
}

function input(field) {
  if (field.type === TEXT_INPUT) {
    return make(field.long ? "textarea" : "input", { value: field.value, placeholder: field.placeholder, rows: 6 });
  }
  if (field.type === FILE_UPLOAD) return make("input", { type: "file", multiple: field.most > 1 });
  if (field.type === CHECKBOX) return make("input", { type: "checkbox", checked: field.value });
  if (![STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP].includes(field.type)) {
    return make("input", { placeholder: "names, by comma" });
  }
  const several = field.type === CHECKBOX_GROUP || field.most > 1;
  const chosen = [field.value].flat();
  const select = make("select", { multiple: several });
  if (!several) select.append(make("option", { value: "", textContent: "" }));
  select.append(...field.options.map(([label, option]) =>
    make("option", { value: option, textContent: label, selected: chosen.includes(option) })));
  return select;
}

function value(field, element) {
  if (field.type === TEXT_INPUT) return element.value;
  if (field.type === CHECKBOX) return element.checked;
  if (field.type === RADIO_GROUP) return element.value || null;
  if (element.tagName === "SELECT") return [...element.selectedOptions].map((one) => one.value).filter(Boolean);
  return element.value.split(",").map((name) => name.trim()).filter(Boolean);
}

at("user").onchange = () => ask({ do: "watch", user: at("user").value, channel: seen.channel });
at("channel").onchange = () => ask({ do: "watch", user: seen.user, channel: at("channel").value });
at("text").oninput = typed;
at("say").onsubmit = async (event) => {
  event.preventDefault();
  ask({ do: "send", text: at("text").value, files: await encoded(at("files").files) });
  at("say").reset();
  hint();
};
connect();
