// @ts-check
/** Which orders are looked at: the address's parameters, as the server is asked and as a change that arrives is judged. */

/** States, in the order of an order's life. */
export const STATUSES = /** @type {const} */ (["PENDING", "DISPATCHED", "MANUAL_DISPATCH", "DELIVERED", "CANCELLED"]);
export const REASONS = /** @type {const} */ (["no_driver", "fleet_unavailable", "dead_lettered"]);
/** Ages that can be asked for: accepted within the last, or longer ago than, so many milliseconds. */
export const AGES = /** @type {const} */ (["last-15m", "last-1h", "last-24h", "over-1m", "over-5m", "over-1h", "over-24h"]);
/** What is an order's id, or its beginning. */
const ID = /^[A-Za-z0-9._:~-]{1,128}$/;
const UNITS = /** @type {Record<string, number>} */ ({ m: 60_000, h: 3_600_000 });

/** @typedef {{status: string, manual_reason: string, q: string, customer_id: string, driver_id: string, driver_silent: string, age: string}} Filter */
const NAMES = /** @type {const} */ (["status", "manual_reason", "q", "customer_id", "driver_id", "driver_silent", "age"]);

/** @param {URLSearchParams} query @returns {Filter} */
export const filterOf = (query) => /** @type {Filter} */ (Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""])));

/** Parameters that take all filters off. */
export const NO_FILTER = Object.fromEntries(NAMES.map((name) => [name, null]));

/** How many filters are set. @param {Filter} filter */
export const filters = (filter) => NAMES.filter((name) => filter[name] !== "").length;

/** Whether what was typed can be the beginning of an id; else it is an order's number. @param {string} text */
export const mayBeId = (text) => ID.test(text);

/** Bounds of an age, in milliseconds since 1970. @param {string} age @param {number} now */
function bounds(age, now) {
  const [, way, count, unit] = /^(last|over)-(\d+)([mh])$/.exec(age) ?? [];
  if (!way) return {};
  const then = now - Number(count) * UNITS[unit];
  return way === "last" ? { after: then } : { before: then };
}

/** The filter in the server's words. @param {Filter} filter @returns {Record<string, string>} */
export function asked({ age, ...filter }) {
  const { after, before } = bounds(age, Date.now());
  const asked = { ...filter, created_after: after ? new Date(after).toISOString() : "", created_before: before ? new Date(before).toISOString() : "" };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}

/** Whether an order is among those looked at. @param {Filter} filter @param {import("../../lib/api-types.js").Order} order */
export function fits(filter, order) {
  const { after, before } = bounds(filter.age, Date.now());
  const created = after || before ? Date.parse(order.created_at) : 0;
  return (
    (!filter.status || order.status === filter.status) &&
    (!filter.manual_reason || order.manual_reason === filter.manual_reason) &&
    (!filter.q || order.id.startsWith(filter.q)) &&
    (!filter.customer_id || order.customer_id === filter.customer_id) &&
    (!filter.driver_id || order.driver?.id === filter.driver_id) &&
    (filter.driver_silent !== "true" || !!order.driver_silent_since) &&
    (!after || created > after) &&
    (!before || created < before)
  );
}
