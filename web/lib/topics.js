// @ts-check
/** What the stream tells, kept as it stands now: a signal a topic, filled while somebody looks. */
import { signal, useEffect } from "./html.js";
import { listen } from "./stream.js";

/** Orders that are kept of the stream. */
const MOST_ORDERS = 500;

/** @typedef {Record<string, any>} Row */
/** @type {Record<string, {value: import("../vendor/signals.js").Signal<any>, told: (before: any, event: string, data: any, ours: boolean) => any}>} */
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

/** @param {Map<string, Row> | null} before @param {string} event @param {any} data @param {boolean} ours */
function orders(before, event, data, ours) {
  if (event === "snapshot") return new Map([...data.orders].reverse().map((/** @type {Row} */ order) => [order.id, order]));
  const after = ours && before ? before : new Map(before ?? []);
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

/** Events of actors that are kept. */
const MOST_EVENTS = 400;
/** What happened to actors while somebody looked, oldest first. @type {import("../vendor/signals.js").Signal<Row[]>} */
export const lifecycle = signal(/** @type {Row[]} */ ([]));

/**
 * Each row also says when it was `heard` and how many messages it took `per_second` lately, by its own clock.
 * @param {Map<string, Row> | null} before @param {string} event @param {any} data @param {boolean} ours
 */
function actors(before, event, data, ours) {
  const heard = Date.now();
  if (event === "snapshot") {
    return new Map(data.actors.map((/** @type {Row} */ actor) => [actorKey(actor), { ...actor, heard, ...pace(before?.get(actorKey(actor)), actor, heard) }]));
  }
  const { actor } = data;
  const key = actorKey(actor);
  const known = before?.get(key);
  // An instance that is asked, not listened to, tells of no event: its epoch does.
  const silent = !data.event && known && actor.epoch > known.epoch && !lifecycle.peek().some((other) => other.key === key && other.epoch === actor.epoch);
  const fresh = data.event ? [data.event] : silent ? replaced(known, actor, heard) : [];
  if (fresh.length) lifecycle.value = [...lifecycle.peek(), ...fresh.map((each) => ({ ...each, key, instance: actor.instance, path: actor.path, seen: heard }))].slice(-MOST_EVENTS);
  const now = { ...actor, heard, ...pace(known, actor, heard) };
  return (ours ? /** @type {Map<string, Row>} */ (before) : new Map(before ?? [])).set(key, now);
}

/** @param {Row} known @param {Row} actor @param {number} heard */
const replaced = (known, actor, heard) => [
  { kind: "exited", epoch: known.epoch, at: actor.last_exit_at ? Date.parse(actor.last_exit_at) : heard, exit: { reason: actor.last_exit?.kind ?? "unknown", detail: actor.last_exit?.detail } },
  { kind: "started", epoch: actor.epoch, at: null },
];

/** A rate is not read off a shorter time than this. */
const LEAST_MS = 400;
/** What the newest reading weighs. */
const NEWEST = 0.5;

/** How many messages it handles a second, and the reading that goes back to. @param {Row | undefined} known @param {Row} actor @param {number} heard */
function pace(known, actor, heard) {
  const read = { handled: actor.handled, epoch: actor.epoch, uptime_ms: actor.uptime_ms, at: heard };
  if (!known?.read) return { per_second: known?.per_second ?? null, read };
  // By its own clock where that goes on; a replacement begins anew.
  const passed = read.epoch === known.read.epoch && read.uptime_ms > known.read.uptime_ms ? read.uptime_ms - known.read.uptime_ms : heard - known.read.at;
  if (passed < LEAST_MS) return { per_second: known.per_second, read: known.read };
  const now = (Math.max(0, read.handled - known.read.handled) * 1000) / passed;
  return { per_second: known.per_second === null ? now : known.per_second + NEWEST * (now - known.per_second), read };
}

/** @param {Map<string, Row> | null} before @param {string} event @param {any} data */
function instances(before, event, data) {
  if (event === "snapshot") return new Map(data.instances.map((/** @type {Row} */ instance) => [instance.boot, instance]));
  return new Map(before ?? []).set(data.boot, data);
}

/** @type {Map<string, {users: number, end: () => void}>} */
const open = new Map();
/** A chunk comes event by event: what came within this time is shown at once. */
const GATHER_MS = 60;
/** @type {Map<string, any>} */
const pending = new Map();
let painting = false;

/** @param {string} topic @param {string} event @param {any} data */
function tell(topic, event, data) {
  const { value, told } = TOPICS[topic];
  // What was made since the last paint nobody has seen yet: it may be written to.
  const ours = pending.has(topic) && pending.get(topic) !== null;
  pending.set(topic, told(ours ? pending.get(topic) : value.peek(), event, data, ours));
  if (painting) return;
  painting = true;
  setTimeout(() => {
    painting = false;
    for (const [name, next] of pending) TOPICS[name].value.value = next;
    pending.clear();
  }, GATHER_MS);
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
