// @ts-check
/**
 * The live stream: what the screens listen to now, by one connection of all tabs, or of this one.
 *
 * A screen listens with {@link listen}; the connection is opened anew when the set of topics changes. What arrives is told to the
 * topic's listeners. When nothing is heard for longer than two heartbeats, the picture is stale, and the connection is dialled anew:
 * a laptop that slept, or a server that went away without a word.
 */
import { identify } from "./api.js";
import { signal } from "./html.js";
import { sharedWire } from "./shared-wire.js";
import { HEARTBEAT_S, TOPIC_OF } from "./wire.js";

const STALE_MS = 2.5 * HEARTBEAT_S * 1000;

/** @typedef {(event: string, data: any) => void} Listener */
/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();

/** `connecting` until the first word, `live`, `lost` when the connection ended, `stale` when silent for too long. */
export const state = signal(/** @type {"connecting" | "live" | "lost" | "stale"} */ ("connecting"));
/** When the server was heard last, in milliseconds. */
export const heardAt = signal(Date.now());
/** Whose actors are told: an instance, or `all`. */
export const instance = signal(/** @type {string | null} */ (null));

const connection = sharedWire(heard);
/** What the open connection was opened for. */
let opened = "";
let anew = false;
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
  anew ||= again;
  clearTimeout(soon);
  soon = setTimeout(open, delay);
}

function open() {
  const wish = { topics: [...listeners.keys()].sort(), instance: instance.value };
  const wanted = JSON.stringify(wish);
  if (wanted === opened && !anew) return;
  if (state.value === "live") heardAt.value = Date.now();
  connection.want(wish, anew);
  opened = wanted;
  anew = false;
}

/** @param {string} name @param {string} text */
function heard(name, text) {
  if (name === "lost") {
    if (state.value === "live") state.value = "lost";
    // Perhaps it ended with the session.
    void identify().catch(() => {});
    return;
  }
  heardAt.value = Date.now();
  if (state.value !== "live") state.value = "live";
  if (name === "clock") return;
  const data = JSON.parse(text);
  for (const listener of listeners.get(name === "snapshot" ? data.topic : TOPIC_OF[name]) ?? []) listener(name, data);
}

/** When it was dialled anew. */
let dialled = 0;
setInterval(() => {
  const silent = Date.now() - heardAt.value;
  if (!listeners.size || silent < STALE_MS) return;
  if (state.value === "live" || state.value === "lost") state.value = "stale";
  // Not again before another while: what is being dialled may be slow.
  if (silent <= 2 * STALE_MS || Date.now() - dialled <= STALE_MS) return;
  dialled = Date.now();
  connection.redial();
}, 1000);
instance.subscribe(() => schedule(0, false));
