// @ts-check
/**
 * The live stream: one connection a tab, for the topics that are looked at now.
 *
 * A screen listens with {@link listen}; the connection is opened anew when the set of topics changes. What arrives is told to the
 * topic's listeners. When nothing is heard for longer than two heartbeats, the picture is stale, and the connection is dialled anew:
 * a laptop that slept, or a server that went away without a word.
 */
import { signal } from "./html.js";

const HEARTBEAT_S = 5;
const STALE_MS = 2.5 * HEARTBEAT_S * 1000;
const AGAIN_MS = 1000;

/** @typedef {(event: string, data: any) => void} Listener */
/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();
/** Which topic an event belongs to; a snapshot says it itself. @type {Record<string, string>} */
const TOPIC_OF = {
  order: "orders", actor: "actors", overview: "overview", instance: "instances", breakers: "breakers", dead_letters: "dead_letters",
  outbox: "outbox", pipeline: "pipeline", audit: "audit", drivers: "drivers",
};

/** `connecting` until the first word, `live`, `stale` when silent for too long. */
export const state = signal(/** @type {"connecting" | "live" | "stale"} */ ("connecting"));
/** When the server was heard last, in milliseconds. */
export const heardAt = signal(Date.now());
/** Whose actors are told: an instance, or `all`. */
export const instance = signal(/** @type {string | null} */ (null));

/** @type {EventSource | null} */
let source = null;
/** Topics and instance of the open connection. */
let opened = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** Listens to a topic until the answer is called. @param {string} topic @param {Listener} listener */
export function listen(topic, listener) {
  const of = listeners.get(topic) ?? new Set();
  listeners.set(topic, of.add(listener));
  schedule(0, of.size === 1 ? false : true);
  return () => {
    of.delete(listener);
    if (of.size === 0) listeners.delete(topic);
    schedule(50, false);
  };
}

/** Opens for what is wanted, a moment later: a screen's change closes and opens several. @param {number} delay @param {boolean} again a further listener needs a snapshot of its own */
function schedule(delay, again) {
  if (again) opened = "";
  clearTimeout(soon);
  soon = setTimeout(open, delay);
}

function open() {
  const topics = [...listeners.keys()].sort();
  const query = new URLSearchParams({ topics: topics.join(","), heartbeat: String(HEARTBEAT_S) });
  if (instance.value && topics.includes("actors")) query.set("instance", instance.value);
  const wanted = topics.length ? query.toString() : "";
  if (wanted === opened && source) return;
  source?.close();
  source = null;
  opened = wanted;
  if (!wanted) return;
  if (state.value === "live") heardAt.value = Date.now();
  const mine = (source = new EventSource(`/api/v1/stream?${wanted}`));
  const heard = (/** @type {MessageEvent} */ message) => {
    if (mine !== source) return;
    heardAt.value = Date.now();
    if (state.value !== "live") state.value = "live";
    if (message.type === "clock") return;
    const data = JSON.parse(message.data);
    const topic = message.type === "snapshot" ? data.topic : TOPIC_OF[message.type];
    for (const listener of listeners.get(topic) ?? []) listener(message.type, data);
  };
  for (const name of ["snapshot", "clock", ...Object.keys(TOPIC_OF)]) mine.addEventListener(name, heard);
  mine.onerror = () => {
    // A connection that ended is dialled by the browser; one that was refused (too many streams, no session) is not.
    if (mine === source && mine.readyState === EventSource.CLOSED) redial();
  };
}

function redial() {
  source?.close();
  source = null;
  opened = "";
  schedule(AGAIN_MS, false);
}

setInterval(() => {
  if (!listeners.size || Date.now() - heardAt.value < STALE_MS) return;
  if (state.value === "live") state.value = "stale";
  if (Date.now() - heardAt.value > 2 * STALE_MS || !source) {
    heardAt.value = Math.max(heardAt.value, Date.now() - STALE_MS);
    redial();
  }
}, 1000);
instance.subscribe(() => schedule(0, false));
