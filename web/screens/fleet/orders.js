// @ts-check
/** The orders on the map: who waits, and where those are fetched that somebody drives. */
import { get } from "../../lib/api.js";
import { useMemo } from "../../lib/html.js";
import { useTopic } from "../../lib/topics.js";
import { useAnswer } from "../../lib/ui.js";
import { world } from "./projection.js";

/** @typedef {import("../../lib/api-types.js").Order} Order */
/** @typedef {{id: string, status: Order["status"], manual: boolean, since: string, x: number, y: number}} Mark where it is fetched */

const PAGE = 100;
/** Pages of one state that are asked for; what is behind them is in the table of orders. */
const PAGES = 5;
const AGAIN_MS = 15_000;

/** @param {string} status @param {AbortSignal} signal @returns {Promise<Order[]>} */
async function all(status, signal) {
  /** @type {Order[]} */
  const orders = [];
  let cursor = null;
  for (let i = 0; i < PAGES; i++) {
    /** @type {import("../../lib/api-types.js").OrderPage} */
    const page = await get("/orders", { status, limit: PAGE, cursor }, signal);
    orders.push(...page.orders);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return orders;
}

/** Marks by order, newest state of each; those without a pickup have no place. @returns {{marks: Map<string, Mark>, error: any}} */
export function useOrders() {
  const asked = useAnswer("orders", async (signal) => (await Promise.all(["PENDING", "MANUAL_DISPATCH", "DISPATCHED"].map((status) => all(status, signal)))).flat(), { everyMs: AGAIN_MS });
  /** @type {Map<string, Order> | null} */
  const told = useTopic("orders");
  const marks = useMemo(() => {
    /** @type {Map<string, Mark>} */
    const found = new Map();
    /** @type {Map<string, number>} */
    const versions = new Map();
    for (const order of [...(asked.data ?? []), ...(told?.values() ?? [])]) {
      if ((versions.get(order.id) ?? -1) > order.version) continue;
      versions.set(order.id, order.version);
      found.delete(order.id);
      if (!order.pickup || !["PENDING", "MANUAL_DISPATCH", "DISPATCHED"].includes(order.status)) continue;
      found.set(order.id, { id: order.id, status: order.status, manual: order.status === "MANUAL_DISPATCH", since: order.created_at, ...world(order.pickup.lat, order.pickup.lng) });
    }
    return found;
  }, [asked.data, told]);
  return { marks, error: asked.error };
}
