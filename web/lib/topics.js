// @ts-check
/** What the stream tells, kept as it stands now: a signal a topic, filled while somebody looks. */
import { signal, useEffect } from "./html.js";
import { listen } from "./stream.js";

/** Orders that are kept of the stream. */
const MOST_ORDERS = 500;

/** @typedef {Record<string, any>} Row */
/** @type {Record<string, {value: import("../vendor/signals.js").Signal<any>, told: (before: any, event: string, data: any) => any}>} */
const TOPICS = {
  /** Orders by id, the newest change last. */
  orders: { value: signal(null), told: orders },
  /** Actors by instance and path. */
  actors: { value: signal(null), told: actors },
  overview: { value: signal(null), told: (_, event, data) => (event === "snapshot" ? data.overview : data) },
  /** Instances by boot. */
  instances: { value: signal(null), told: instances },
  breakers: { value: signal(null), told: (_, __, data) => data.breakers },
  dead_letters: { value: signal(null), told: (_, event, data) => (event === "snapshot" ? (data.dead_letters ?? data) : data) },
  outbox: { value: signal(null), told: (_, event, data) => (event === "snapshot" ? (data.outbox ?? data) : data) },
  pipeline: { value: signal(null), told: (_, event, data) => (event === "snapshot" ? (data.pipeline ?? data) : data) },
  /** The newest entries, newest first. */
  audit: { value: signal(null), told: (before, event, data) => (event === "snapshot" ? (data.entries ?? []) : [data.entry ?? data, ...(before ?? [])].slice(0, 200)) },
};

/** @param {Map<string, Row> | null} before @param {string} event @param {any} data */
function orders(before, event, data) {
  if (event === "snapshot") return new Map([...data.orders].reverse().map((/** @type {Row} */ order) => [order.id, order]));
  const after = new Map(before ?? []);
  after.delete(data.order.id);
  after.set(data.order.id, data.order);
  for (const id of after.keys()) {
    if (after.size <= MOST_ORDERS) break;
    after.delete(id);
  }
  return after;
}

/** @param {Row} actor */
export const actorKey = (actor) => `${actor.instance}${actor.path}`;

/** @param {Map<string, Row> | null} before @param {string} event @param {any} data */
function actors(before, event, data) {
  if (event === "snapshot") return new Map(data.actors.map((/** @type {Row} */ actor) => [actorKey(actor), actor]));
  return new Map(before ?? []).set(actorKey(data.actor), data.actor);
}

/** @param {Map<string, Row> | null} before @param {string} event @param {any} data */
function instances(before, event, data) {
  if (event === "snapshot") return new Map(data.instances.map((/** @type {Row} */ instance) => [instance.boot, instance]));
  return new Map(before ?? []).set(data.boot, data);
}

/** @type {Map<string, {users: number, end: () => void}>} */
const open = new Map();
/** Changes of one chunk are gathered until the browser paints. @type {Map<string, any>} */
const pending = new Map();
let painting = false;

/** @param {string} topic @param {string} event @param {any} data */
function tell(topic, event, data) {
  const { value, told } = TOPICS[topic];
  pending.set(topic, told(pending.has(topic) ? pending.get(topic) : value.peek(), event, data));
  if (painting) return;
  painting = true;
  setTimeout(() => {
    painting = false;
    for (const [name, next] of pending) TOPICS[name].value.value = next;
    pending.clear();
  }, 16);
}

/** How a topic stands; `null` until the first word. Listens while the component is there. @param {string} topic @returns {any} */
export function useTopic(topic) {
  useEffect(() => {
    const known = open.get(topic);
    if (known) known.users += 1;
    else open.set(topic, { users: 1, end: listen(topic, (event, data) => tell(topic, event, data)) });
    return () => {
      const now = open.get(topic);
      if (now && --now.users === 0) {
        now.end();
        open.delete(topic);
      }
    };
  }, [topic]);
  return TOPICS[topic].value.value;
}
