// @ts-check
/** Fields of filters: what is chosen or typed stands in the address. */
import { html, signal, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { requery } from "./router.js";

/** What is typed asks after a pause, milliseconds. */
const PAUSE_MS = 300;

/** Where there is room for fields beside each other. */
const wide = matchMedia("(min-width: 761px)");
const roomy = signal(wide.matches);
wide.addEventListener("change", () => (roomy.value = wide.matches));

/** Fields in a row; on a narrow page folded, with how many are set. @param {{count: number, children?: any}} props */
export const Fields = ({ count, children }) =>
  roomy.value ? html`<div class="filters">${children}</div>` : html`<details class="folded"><summary class="button">${t("filter.title")}${count > 0 && html` <b>${count}</b>`}</summary><div class="filters">${children}</div></details>`;

/** A field whose text goes to the address after a pause. @param {{name: string, value: string, label: string, hint?: string, first?: boolean, wide?: boolean, options?: readonly string[], onEnter?: (text: string) => void, take?: (text: string) => boolean}} props */
export function Typed({ name, value, label, hint, first = false, wide = false, options, onEnter, take = () => true }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const trimmed = text.trim();
    if (trimmed === value || !take(trimmed)) return;
    const timer = setTimeout(() => requery({ [name]: trimmed }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<label class=${wide ? "wide" : ""}>${label}<input type="search" name=${name} value=${text} placeholder=${hint} maxlength="128" autocomplete="off" spellcheck=${false} data-filter=${first ? "yes" : undefined} list=${options ? `${name}-options` : undefined}
    onInput=${(/** @type {any} */ e) => setText(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => e.key === "Enter" && onEnter?.(text.trim())} />
    ${options && html`<datalist id=${`${name}-options`}>${options.map((option) => html`<option key=${option} value=${option} />`)}</datalist>`}</label>`;
}

/** @param {{name: string, value: string, label: string, options: readonly string[], word: (option: string) => string, any?: string}} props */
export const Chosen = ({ name, value, label, options, word, any = t("filter.any") }) =>
  html`<label>${label}<select name=${name} value=${value} onChange=${(/** @type {any} */ e) => requery({ [name]: e.target.value }, { replace: false })}>
    <option value="">${any}</option>${options.map((option) => html`<option key=${option} value=${option}>${word(option)}</option>`)}
  </select></label>`;
