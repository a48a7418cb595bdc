// Moments in the words of the browser's language.

// made once: making one takes longer than all else about a message
const format = (options) => {
  const made = new Intl.DateTimeFormat(undefined, options);
  return (date) => made.format(date);
};
const toGo = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
export const clock = format({ timeStyle: "short" });
export const fullTime = format({ dateStyle: "full", timeStyle: "short" });
export const day = format({ dateStyle: "long" });
const short = format({ dateStyle: "short", timeStyle: "short" });
const STYLES = {
  t: clock, T: format({ timeStyle: "medium" }), d: format({ dateStyle: "short" }),
  D: day, f: format({ dateStyle: "long", timeStyle: "short" }), F: fullTime,
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const styled = (date, style) => STYLES[style](date);

export function relative(date, now = new Date()) {
  const seconds = (date - now) / 1000;
  const [unit, size] = UNITS.find(([, one]) => Math.abs(seconds) >= one) ?? UNITS.at(-1);
  return toGo.format(Math.round(seconds / size), unit);
}

export const sameDay = (a, b) => a.toDateString() === b.toDateString();

/** As in a message's head: today only the clock. */
export const when = (date, now = new Date()) => (sameDay(date, now) ? clock(date) : short(date));

export const duration = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;

export function bytes(count) {
  if (count < 1024) return count === 1 ? "1 byte" : `${count} bytes`;
  const [size, unit] = count < 1024 ** 2 ? [1024, "KB"] : [1024 ** 2, "MB"];
  return `${(count / size).toFixed(2)} ${unit}`;
}

/** Relative stamps grow old while one looks. */
export function keepFresh(root) {
  setInterval(() => {
    for (const stamp of root.querySelectorAll('time[data-style="R"]')) stamp.textContent = relative(new Date(stamp.dateTime));
  }, 10_000);
}
