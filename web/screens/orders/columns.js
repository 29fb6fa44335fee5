// @ts-check
/** The table's columns, and what a cell says. */
import { formatter, number, Time } from "../../lib/format.js";
import { html, useEffect, useRef } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip, Id } from "../../lib/text.js";
import { Badge, Link } from "../../lib/ui.js";

const KINDS = /** @type {Record<string, "good" | "warn" | "bad" | "calm" | "busy">} */ ({
  PENDING: "busy", DISPATCHED: "calm", MANUAL_DISPATCH: "bad", DELIVERED: "good", CANCELLED: "warn",
});

/** Where an order stands. @param {{status: string}} props */
export const Status = ({ status }) => html`<${Badge} kind=${KINDS[status] ?? "calm"}>${t(`order.${status}`)}<//>`;

/** An amount with its currency. @param {number | string} amount @param {string} currency */
export function money(amount, currency) {
  try {
    return formatter(`money ${currency}`, (tag) => new Intl.NumberFormat(tag, { style: "currency", currency })).format(Number(amount));
  } catch {
    return `${amount} ${currency}`;
  }
}

/** Why it waits for a person. @param {string | null} reason */
export const why = (reason) => (reason ? t(`reason.${reason}`) : "");

/** @type {Record<string, {width: number, number?: boolean, cell: (order: import("../../lib/api-types.js").Order) => any}>} */
const CELLS = {
  id: { width: 10.5, cell: (order) => html`<${Link} href=${`/orders/${encodeURIComponent(order.id)}`}><${Id} value=${order.id} /><//>` },
  order_number: { width: 8, cell: (order) => html`<${Clip} value=${order.order_number} most=${24} />` },
  status: { width: 8.5, cell: (order) => html`<${Status} status=${order.status} />` },
  reason: { width: 10, cell: (order) => html`<${Clip} value=${why(order.manual_reason) || order.cancel_reason} most=${40} />` },
  driver: { width: 10, cell: (order) => html`${order.driver_silent_since && html`<${Badge} kind="warn" title=${t("orders.silent")}>${t("orders.silent.short")}<//> `}<${Clip} value=${order.driver ? (order.driver.name ?? order.driver.id) : null} most=${30} />` },
  created_at: { width: 7.5, cell: (order) => html`<${Time} at=${order.created_at} />` },
  updated_at: { width: 7.5, cell: (order) => html`<${Time} at=${order.updated_at} />` },
  customer_id: { width: 9, cell: (order) => html`<${Clip} value=${order.customer_id} most=${24} />` },
  city: { width: 9, cell: (order) => html`<${Clip} value=${order.shipping_address?.city} most=${24} />` },
  final_price: { width: 7, number: true, cell: (order) => money(order.final_price, order.currency) },
  items: { width: 5, number: true, cell: (order) => number(order.items.length) },
  version: { width: 5, number: true, cell: (order) => number(order.version) },
};
export const COLUMNS = Object.keys(CELLS);
const USUAL = ["id", "status", "reason", "driver", "created_at", "updated_at", "final_price", "version"];

/** Names of the columns that an address asks for. @param {string | null} asked separated by commas */
export function chosen(asked) {
  const known = (asked ?? "").split(",").filter((name) => name in CELLS);
  return known.length ? known : USUAL;
}

/** What the address says of a choice; nothing when it is the usual one. @param {string[]} names */
export function told(names) {
  const text = COLUMNS.filter((name) => names.includes(name)).join(",");
  return text === COLUMNS.filter((name) => USUAL.includes(name)).join(",") ? null : text;
}

/** @param {string[]} names @returns {import("../../lib/long-table.js").Column[]} */
export const columns = (names) => COLUMNS.filter((name) => names.includes(name)).map((name) => ({ name, title: t(`orders.column.${name}`), ...CELLS[name] }));

/** Which columns are shown. @param {{names: string[], choose: (names: string[]) => void}} props */
export function Columns({ names, choose }) {
  const flip = (/** @type {string} */ name) => choose(names.includes(name) ? names.filter((each) => each !== name) : [...names, name]);
  const menu = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  useEffect(() => {
    const away = (/** @type {Event} */ event) => menu.current && !menu.current.contains(/** @type {Node} */ (event.target)) && (menu.current.open = false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const leave = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  };
  return html`<details class="choice" ref=${menu} onKeyDown=${leave}><summary class="button">${t("orders.columns")}</summary><fieldset><legend class="unseen">${t("orders.columns")}</legend>
    ${COLUMNS.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${names.includes(name)} disabled=${names.length === 1 && names[0] === name} onChange=${() => flip(name)} />${t(`orders.column.${name}`)}</label>`)}
  </fieldset></details>`;
}
