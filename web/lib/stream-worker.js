// @ts-check
/**
 * The stream of all tabs of one browser: a connection for each instance whose actors are looked at, with all topics that any tab wants.
 *
 * A tab says what it wants, and says it again every few seconds: a port does not tell that its tab is gone. To each is passed on what
 * it asked for.
 */
import { TOPIC_OF, wire } from "./wire.js";

/** @typedef {import("./wire.js").Wish} Wish */
/** What a tab says. @typedef {{wish: Wish, anew?: boolean, redial?: boolean}} Word */
/** @type {Map<MessagePort, {wish: Wish, at: number}>} */
const tabs = new Map();
/** @type {Map<string, {wire: import("./wire.js").Wire, topics: string}>} */
const wires = new Map();
/** A hidden tab says something once a minute. */
const GONE_MS = 90_000;

const keyOf = (/** @type {Wish} */ wish) => (wish.topics.includes("actors") ? (wish.instance ?? "") : "");

/** @param {string} key @param {string} name @param {string} text */
function pass(key, name, text) {
  // The topic of a snapshot stands at its beginning, or one has to read it all.
  const topic = name === "snapshot" ? (/^\{"topic":"(\w+)"/.exec(text)?.[1] ?? JSON.parse(text).topic) : TOPIC_OF[name];
  for (const [port, { wish }] of tabs) if (keyOf(wish) === key && (name === "clock" || wish.topics.includes(topic))) port.postMessage({ name, text });
}

/** Opens what is wanted now. @param {string} [anew] the connection of who needs a snapshot */
function settle(anew) {
  /** @type {Map<string, {topics: Set<string>, instance: string | null}>} */
  const wanted = new Map();
  for (const { wish } of tabs.values()) {
    if (!wish.topics.length) continue;
    const of = wanted.get(keyOf(wish)) ?? { topics: new Set(), instance: wish.instance };
    for (const topic of wish.topics) of.topics.add(topic);
    wanted.set(keyOf(wish), of);
  }
  for (const [key, open] of wires) {
    if (wanted.has(key)) continue;
    open.wire.end();
    wires.delete(key);
  }
  for (const [key, { topics, instance }] of wanted) {
    const open = wires.get(key) ?? { wire: wire((name, text) => pass(key, name, text)), topics: "" };
    wires.set(key, open);
    open.wire.want({ topics: [...topics], instance }, key === anew);
  }
}

/** @param {MessagePort} port @param {Word} word */
function told(port, { wish, anew = false, redial = false }) {
  const before = tabs.get(port);
  tabs.set(port, { wish, at: Date.now() });
  const fewer = before && wish.topics.every((topic) => before.wish.topics.includes(topic)) && keyOf(before.wish) === keyOf(wish);
  if (!before || anew || !fewer) settle(keyOf(wish));
  else if (before.wish.topics.length !== wish.topics.length) settle();
  if (redial) wires.get(keyOf(wish))?.wire.redial();
}

setInterval(() => {
  const gone = [...tabs].filter(([, { at }]) => Date.now() - at > GONE_MS);
  for (const [port] of gone) tabs.delete(port);
  if (gone.length) settle();
}, 10_000);

addEventListener("connect", (event) => {
  const port = /** @type {MessageEvent} */ (event).ports[0];
  port.onmessage = (message) => told(port, message.data);
  port.postMessage({ name: "here", text: "" });
});
