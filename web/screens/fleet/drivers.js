// @ts-check
/** The drivers as the stream tells of them: kept in place, because there may be ten thousand, with a number that says when they changed. */
import { now } from "../../lib/format.js";
import { signal, useEffect } from "../../lib/html.js";
import { listen } from "../../lib/stream.js";
import { world } from "./projection.js";

/** @typedef {"free" | "busy" | "silent" | "offline"} Kind */
/**
 * @typedef {{id: string, name: string, status: string, lat: number | null, lng: number | null, heading: number | null,
 *   heardAt: number | null, order: string | null, x: number, y: number}} Driver `x`, `y` in the world's square
 */
/** `[id, name, status, lat, lng, heading, heard_at, order_id]`, as the stream says it. @typedef {[string, string, string, number | null, number | null, number | null, number | null, string | null]} Compact */

/** By mark and word; the order is that of the legend. @type {Kind[]} */
export const KINDS = ["free", "busy", "silent", "offline"];
/** A driver not heard of for so long is given no order, unless the server says otherwise. */
const SILENT_MS = 60_000;

/** @type {Map<string, Driver>} */
const known = new Map();
let silentAfterMs = SILENT_MS;
/** Rises with every change; 0 before the first word. */
export const changed = signal(0);

/** All, in no particular order. */
export const drivers = () => known.values();
/** Their ids in order; made anew when one comes or goes. @type {string[] | null} */
let ids = null;
/** All, by id. @returns {Driver[]} */
export function sorted() {
  ids ??= [...known.keys()].sort();
  return ids.map((id) => /** @type {Driver} */ (known.get(id)));
}
/** @param {string} id */
export const driver = (id) => known.get(id);

/** Which mark a driver gets. @param {Driver} each @param {number} at milliseconds @returns {Kind} */
export function kindOf(each, at = now.peek()) {
  if (each.status === "offline") return "offline";
  if (each.heardAt === null || at - each.heardAt > silentAfterMs) return "silent";
  return each.order ? "busy" : "free";
}

/** @param {Compact} compact */
function keep([id, name, status, lat, lng, heading, heardAt, order]) {
  const at = lat === null || lng === null ? { x: NaN, y: NaN } : world(lat, lng);
  if (!known.has(id)) ids = null;
  known.set(id, { id, name, status, lat, lng, heading, heardAt, order, ...at });
}

/** @param {string} event @param {{drivers?: Compact[], changed?: Compact[], gone?: string[], silent_after_ms?: number}} data */
function told(event, data) {
  if (event === "snapshot") {
    known.clear();
    ids = null;
  }
  if (data.silent_after_ms) silentAfterMs = data.silent_after_ms;
  for (const compact of data.drivers ?? data.changed ?? []) keep(compact);
  for (const id of data.gone ?? []) if (known.delete(id)) ids = null;
  changed.value += 1;
}

/** Listens while the component is there. @returns {number} the number of changes so far; 0 before the first word */
export function useDrivers() {
  useEffect(() => {
    const end = listen("drivers", told);
    return () => {
      end();
      known.clear();
      ids = null;
      changed.value = 0;
    };
  }, []);
  return changed.value;
}
