// @ts-check
/** What the pages say, in the reader's language. One catalogue a language, loaded when it is chosen. */
import { signal } from "./html.js";

/** Languages there are, by the first part of their tag. */
export const LANGUAGES = /** @type {const} */ (["en", "pt"]);
const KEPT = "tropa.language";

/** @type {Record<string, string>} */
let catalogue = {};
/** The language that is shown, e.g. `en`. */
export const language = signal("en");

/** The reader's own choice, or the first of the browser's languages that there is. */
function preferred() {
  const chosen = localStorage.getItem(KEPT);
  const wanted = [...(chosen ? [chosen] : []), ...navigator.languages];
  return wanted.map((tag) => tag.split("-")[0]).find((tag) => LANGUAGES.some((known) => known === tag)) ?? "en";
}

/** Shows a language, and remembers it if it was chosen. @param {string} [chosen] */
export async function speak(chosen) {
  if (chosen) localStorage.setItem(KEPT, chosen);
  const next = chosen ?? preferred();
  const said = next === "pt" ? await import("../i18n/pt.js") : await import("../i18n/en.js");
  // The type checker takes a module that says nothing else for its own default.
  catalogue = /** @type {any} */ (said).default;
  document.documentElement.lang = next === "pt" ? "pt-BR" : next;
  language.value = next;
}

/** Rules and formatters are dear to make: one for a language. @template T @param {(tag: string) => T} make @returns {(tag: string) => T} */
function once(make) {
  /** @type {Map<string, T>} */
  const made = new Map();
  return (tag) => made.get(tag) ?? /** @type {T} */ (made.set(tag, make(tag)).get(tag));
}
const plurals = once((tag) => new Intl.PluralRules(tag));
const numbers = once((tag) => new Intl.NumberFormat(tag));

/**
 * The text of a key. `{name}` stands for a value; with `count` the key's plural is taken: `key.one`, `key.other`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values) {
  const tag = language.value;
  let text = catalogue[key];
  if (values && typeof values.count === "number" && text === undefined) {
    text = catalogue[`${key}.${plurals(tag).select(values.count)}`] ?? catalogue[`${key}.other`];
  }
  if (text === undefined) return key;
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers(tag).format(value) : value;
  });
}
