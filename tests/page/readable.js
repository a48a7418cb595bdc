// Texts with less contrast than WCAG 2.2 asks for at level AA, as "ratio colour on background «text»".
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3]));
  const light = (colour) => {
    const [red, green, blue] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const chain = (element) => (element ? [element, ...chain(element.parentElement)] : []);
  const behind = (element) => {
    const layers = chain(element).map((one) => rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const found = [];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.closest(":disabled, .offline");
  const look = (words, element, style = getComputedStyle(element)) => {
    const ground = behind(element);
    const [more, less] = [light(over(rgba(style.color), ground)), light(ground)].sort((one, other) => other - one);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ratio = (more + 0.05) / (less + 0.05);
    if (ratio < needed) found.push(`${ratio.toFixed(2)} ${style.color} on ${ground.map(Math.round)} «${words.slice(0, 30)}»`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.nodeValue.trim(), element = texts.currentNode.parentElement;
    // a time beside a message that follows another is shown under the mouse
    if (words && seen(element)) look(words, element);
  }
  for (const field of document.querySelectorAll("input, textarea, select")) {
    if (!seen(field)) continue;
    look(`in ${field.type}`, field);
    if (field.placeholder) look(field.placeholder, field, getComputedStyle(field, "::placeholder"));
  }
  return [...new Set(found)];
}
