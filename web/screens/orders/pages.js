// @ts-check
/** Orders that are looked at: loaded page by page, kept as they are now by the stream, newest first. */

/** @typedef {import("../../lib/api-types.js").Order} Order */

/** Orders that are kept at most; what is older is found by a filter. */
export const MOST = 10_000;
/** Orders of a page, the most the server gives. */
export const PAGE = 100;

/** A time without its zone letter: what is compared as text then sorts as time, whatever number of digits it has. @param {string} at */
const moment = (at) => at.replace("Z", "");

/** How a list is ordered: the newest first, or, when it is searched by the beginning of an id, by id. @typedef {"time" | "id"} By */

/** Whether `a` comes before `b`. @param {By} by @param {Order} a @param {Order} b */
function precedes(by, a, b) {
  if (by === "id") return a.id < b.id;
  const [left, right] = [moment(a.created_at), moment(b.created_at)];
  return left === right ? a.id > b.id : left > right;
}

/** Where an order is, or would be. @param {By} by @param {Order[]} rows in that order @param {Order} order */
function place(by, rows, order) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (precedes(by, rows[middle], order)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @typedef {{rows: Order[], next: string | null, cut: boolean, by: By}} Pages
 * `next` is the cursor of what was not loaded yet, `cut` whether the last ones were dropped.
 */
/** @type {Pages} */
export const NONE = { rows: [], next: null, cut: false, by: "time" };
/** The same, for a search by the beginning of an id. @type {Pages} */
export const NONE_BY_ID = { ...NONE, by: "id" };

/** Adds the page that follows. @param {Pages} pages @param {{orders: Order[], next_cursor: string | null}} page @returns {Pages} */
export function append(pages, page) {
  const rows = [...pages.rows];
  for (const order of page.orders) {
    const index = place(pages.by, rows, order);
    if (rows[index]?.id !== order.id) rows.splice(index, 0, order);
    else if (order.version >= rows[index].version) rows[index] = order;
  }
  return trimmed({ ...pages, rows, next: page.next_cursor ?? null });
}

/** Pages whose beginning was asked for anew: what follows stays as it was known. @param {Pages} pages @param {Pages} fresh @returns {Pages} */
export function renew(pages, fresh) {
  const last = fresh.rows.at(-1);
  if (!fresh.next || !last) return fresh;
  const rest = pages.rows.filter((order) => precedes(pages.by, last, order));
  return rest.length ? trimmed({ ...pages, rows: [...fresh.rows, ...rest] }) : fresh;
}

/**
 * Takes changes: known orders are replaced or, when they fit no more, go; new ones come in where they belong, unless that is beyond
 * what was loaded. The same pages when nothing changed.
 * @param {Pages} pages @param {Order[]} changed @param {(order: Order) => boolean} fits @returns {Pages}
 */
export function change(pages, changed, fits) {
  const rows = [...pages.rows];
  let touched = false;
  for (const order of changed) {
    const index = place(pages.by, rows, order);
    const known = rows[index]?.id === order.id;
    if (known && order.version < rows[index].version) continue;
    if (known && !fits(order)) rows.splice(index, 1);
    else if (known) rows[index] = order;
    else if (fits(order) && (index < rows.length || !(pages.next || pages.cut))) rows.splice(index, 0, order);
    else continue;
    touched = true;
  }
  return touched ? trimmed({ ...pages, rows }) : pages;
}

/** @param {Pages} pages @returns {Pages} */
function trimmed(pages) {
  return pages.rows.length > MOST ? { ...pages, rows: pages.rows.slice(0, MOST), next: null, cut: true } : pages;
}
