// @ts-check
/** Texts that others wrote: shown as they are, isolated from our reading direction, and clipped where they are long. */
import { html, useState } from "./html.js";
import { t } from "./i18n.js";

/** Characters of a title: what is longer is read by opening it. */
const TITLE = 500;

/** Clipped to one line's worth, the rest in the title. @param {{value: string | null | undefined, most?: number, code?: boolean}} props */
export function Clip({ value, most = 80, code = false }) {
  if (value === null || value === undefined || value === "") return html`<span>–</span>`;
  const long = value.length > most;
  const shown = long ? `${value.slice(0, most)}…` : value;
  return html`<bdi class=${code ? "mono" : ""} title=${long ? value.slice(0, TITLE) : undefined}>${shown}</bdi>`;
}

/** The same in full: a long one is folded until asked for. @param {{value: string, most?: number, code?: boolean}} props */
export function Long({ value, most = 400, code = false }) {
  const [open, setOpen] = useState(false);
  const long = value.length > most;
  const shown = long && !open ? `${value.slice(0, most)}…` : value;
  return html`<${code ? "pre" : "bdi"} class="long-text" tabindex=${code ? "0" : undefined}>${shown}<//>${long && html` <button class="quiet" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? t("text.less") : t("text.more", { count: value.length })}</button>`}`;
}

/** An id: its beginning and its end, all of it in the title. @param {{value: string | null | undefined, head?: number}} props */
export function Id({ value, head = 8 }) {
  if (!value) return html`<span>–</span>`;
  const short = value.length > head + 8 ? `${value.slice(0, head)}…${value.slice(-6)}` : value;
  return html`<bdi class="mono" title=${value.slice(0, TITLE)}>${short}</bdi>`;
}

/** JSON written to be read, anything else as it came. @param {string} text */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
