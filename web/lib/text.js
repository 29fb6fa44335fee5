// @ts-check
/** Texts that others wrote: shown as they are, isolated from our reading direction, and clipped where they are long. */
import { html, useState } from "./html.js";
import { t } from "./i18n.js";

/** Characters of a title: what is longer is read by opening it. */
const TITLE = 500;

/** What turns the reading direction around, or cannot be seen. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text with what cannot be seen named, so that it reads as it is written. @param {string} text */
export const plain = (text) => text.replace(UNSEEN, (sign) => `⟨${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** Clipped to one line's worth, the rest in the title. @param {{value: string | null | undefined, most?: number, code?: boolean}} props */
export function Clip({ value, most = 80, code = false }) {
  if (value === null || value === undefined || value === "") return html`<span>–</span>`;
  const long = value.length > most;
  const shown = plain(long ? `${value.slice(0, most)}…` : value);
  return html`<bdi class=${code ? "mono" : ""} title=${plain(value.slice(0, TITLE))}>${shown}</bdi>`;
}

/** The same in full: a long one is folded until asked for. @param {{value: string, most?: number, code?: boolean}} props */
export function Long({ value, most = 400, code = false }) {
  const [open, setOpen] = useState(false);
  const long = value.length > most;
  const shown = plain(long && !open ? `${value.slice(0, most)}…` : value);
  return html`<${code ? "pre" : "bdi"} class="long-text" tabindex=${code ? "0" : undefined}>${shown}<//>${long && html` <button class="quiet" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? t("text.less") : t("text.more", { count: value.length })}</button>`}`;
}

/** An id: its beginning and its end, all of it in the title. @param {{value: string | null | undefined, head?: number}} props */
export function Id({ value, head = 8 }) {
  if (!value) return html`<span>–</span>`;
  const short = value.length > head + 8 ? `${value.slice(0, head)}…${value.slice(-6)}` : value;
  return html`<bdi class="mono nowrap" title=${plain(value.slice(0, TITLE))}>${plain(short)}</bdi>`;
}

/** JSON written to be read, anything else as it came. @param {string} text */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
