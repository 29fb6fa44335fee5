// @ts-check
/** Numbers with their units, and times. */
import { html, signal } from "./html.js";
import { language } from "./i18n.js";

/** Now, a second apart: what says how long ago looks at it. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/** The zone that times are shown in. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Formatters are dear to make: one of each for a language. @type {Map<string, any>} */
const made = new Map();
/** The formatter of this name in the present language. @template T @param {string} name @param {(tag: string) => T} make @returns {T} */
export function formatter(name, make) {
  const key = `${language.value} ${name}`;
  const known = made.get(key) ?? make(language.value);
  made.set(key, known);
  return known;
}

/** @param {number | null | undefined} value @param {number} [digits] */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return formatter(`number ${digits}`, (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits })).format(value);
}

/** Something a second. @param {number | null | undefined} value */
export const rate = (value) => (value === null || value === undefined ? "–" : `${number(value, value < 10 ? 1 : 0)}/s`);

/** A time in milliseconds, in the unit that suits it. @param {number | null | undefined} ms */
export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms > 0 && ms < 1) return `${number(ms * 1000)} µs`;
  if (ms < 1000) return `${number(ms, ms < 10 ? 1 : 0)} ms`;
  if (ms < 60_000) return `${number(ms / 1000, ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${number(ms / 60_000, ms < 600_000 ? 1 : 0)} min`;
  if (ms < 86_400_000) return `${number(ms / 3_600_000, 1)} h`;
  return `${number(ms / 86_400_000, 1)} d`;
}

/** The same of microseconds. @param {number | null | undefined} us */
export const micros = (us) => duration(us === null || us === undefined ? us : us / 1000);

/** @param {number | null | undefined} count bytes */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  if (count < 1024) return `${number(count)} B`;
  if (count < 1024 * 1024) return `${number(count / 1024, 1)} KiB`;
  return `${number(count / 1024 / 1024, 1)} MiB`;
}

/** The exact time, with its zone. @param {string | number} at RFC 3339, or milliseconds */
export const exact = (at) =>
  formatter("exact", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "long", timeZone: ZONE })).format(new Date(at));

/** How long ago, in words. @param {number} then milliseconds */
function ago(then) {
  const apart = Math.round((then - now.value) / 1000);
  // What has just come is newer than the last tick of our second.
  const seconds = apart > 0 && apart <= 2 ? 0 : apart;
  const words = formatter("ago", (tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" }));
  const size = Math.abs(seconds);
  if (size < 60) return words.format(seconds, "second");
  if (size < 3600) return words.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return words.format(Math.round(seconds / 3600), "hour");
  return words.format(Math.round(seconds / 86_400), "day");
}

/** A moment: how long ago, the exact time in the title. @param {{at: string | number | null | undefined}} props */
export function Time({ at }) {
  if (at === null || at === undefined) return html`<span>–</span>`;
  const then = new Date(at);
  return html`<time dateTime=${then.toISOString()} title=${exact(at)}>${ago(then.getTime())}</time>`;
}
