// Making elements, and changing them in place.

/** An element with properties, attributes (also data- and aria-) and children; on... are listeners. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name in element && !name.includes("-") && name !== "list" && name !== "role") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: "M9 3 7 21M17 3l-2 18M4 8.500h17M3 15.500h17",
  voice: "M4 9v6h4l5 4V5L8 9zM16.500 8.500a5 5 0 0 1 0 7M19 6a9 9 0 0 1 0 12",
  news: "M4 10v4h3l8 5V5l-8 5zM18 9v6M8 14l1 6h3",
  thread: "M5 4v8a4 4 0 0 0 4 4h10M15 12l4 4-4 4",
  people: "M8 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M2 20c0-4 3-6 6-6s6 2 6 6M16 11a3 3 0 1 0 0-6M16 14c3 0 6 2 6 6",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  moon: "M20 14.500A8.500 8.500 0 1 1 9.500 4 7 7 0 0 0 20 14.500z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  plus: "M12 5v14M5 12h14",
  mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v4",
  file: "M6 2h8l5 5v15H6zM14 2v5h5",
  reply: "M10 5 4 11l6 6M4 11h9a7 7 0 0 1 7 7v1",
  more: "M5 12h.010M12 12h.010M19 12h.010",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.500 9.500h.010M15.500 9.500h.010M8 14c1.500 3 6.500 3 8 0",
  close: "M6 6l12 12M18 6 6 18",
  send: "M3 4l18 8-18 8 3-8zM6 12h9",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  warning: "M12 3 2 20h20zM12 9v5M12 17.500h.010",
  down: "M6 9l6 6 6-6",
};

/** One of our own line drawings; it is decoration, the button around it has the name. */
export function icon(name, size = 20) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", class: "drawing" })) {
    drawing.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}

// what people did to an element, which its author's edit does not undo
const KEPT = new Set(["data-shown", "open"]);
// what covers a spoiler, and what is shown needs no more
const COVER = new Set(["data-act", "role", "tabindex", "aria-label"]);

/** Make `old` look like `fresh`, keeping every node that can stay: no flicker, no lost selection. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    // a file keeps its address: another signature is no other picture
    if (name === "src" && keyOf(fresh)) continue;
    if (COVER.has(name) && "shown" in old.dataset) continue;
    if (old.getAttribute(name) === value) continue;
    if (name === "style") old.style.cssText = value; // the policy of the page refuses the attribute
    else old.setAttribute(name, value);
  }
  const wanted = [...fresh.childNodes];
  const there = [...old.childNodes];
  wanted.forEach((child, index) => (there[index] ? morph(there[index], child) : old.append(child)));
  there.slice(wanted.length).forEach((child) => child.remove());
}

const keyOf = (node) => node.dataset?.key;

/** Open a modal dialog; once it is closed it is gone, and one goes on where one was. */
export function showDialog(dialog) {
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    // Chromium gives the focus back without the caret, so that what is typed then goes nowhere.
    before.blur();
    before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export const at = (id) => document.getElementById(id);

/** Short-lived words for the person, read out too. */
export function toast(text) {
  const shown = h("p", { class: "toast" }, text);
  at("toasts").append(shown);
  setTimeout(() => shown.remove(), 6000);
}
