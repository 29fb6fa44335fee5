// @ts-check
/** What happened to actors, told as stories: a command, an exit, the wait, the replacement and how long it took. */
import { computed } from "../../lib/html.js";
import { now } from "../../lib/format.js";
import { lifecycle } from "../../lib/topics.js";

/**
 * @typedef {{id: string, key: string, instance: string, path: string, epoch: number, at: number, seen: number, command: string | null, reason: string | null,
 *   exit: {kind: string, detail: string | null} | null, delayMs: number | null, next: number | null, afterMs: number | null, closed: boolean}} Story
 * `at` is the server's time and `seen` the browser's; `next` is the epoch that took its place, `afterMs` later.
 */

/** How long a story stays marked in the tree. */
const MARKED_MS = 60_000;

/** @param {Record<string, any>[]} events oldest first @returns {Story[]} newest first */
export function tell(events) {
  /** @type {Map<string, Story>} */
  const open = new Map();
  /** @type {Story[]} */
  const all = [];
  const begin = (/** @type {Record<string, any>} */ event) => {
    const story = {
      id: `${event.key}@${event.epoch}.${event.kind}.${event.at}`, key: event.key, instance: event.instance, path: event.path, epoch: event.epoch, at: event.at, seen: event.seen,
      command: null, reason: null, exit: null, delayMs: null, next: null, afterMs: null, closed: false,
    };
    all.push(story);
    open.set(event.key, story);
    return /** @type {Story} */ (story);
  };
  for (const event of events) {
    const running = open.get(event.key);
    if (event.kind === "command_sent") Object.assign(begin(event), { command: event.command, reason: event.reason });
    else if (event.kind === "exited") {
      const story = running && running.epoch === event.epoch && (!running.exit || running.exit.kind === "escalated") ? running : begin(event);
      Object.assign(story, { exit: { kind: event.exit.reason, detail: event.exit.detail ?? null }, at: event.at, seen: event.seen });
    } else if (event.kind === "escalated") begin(event).exit = { kind: "escalated", detail: event.reason };
    else if (event.kind === "thread_replaced") begin(event).command = "thread_replaced";
    else if (!running) continue;
    else if (event.kind === "backing_off") running.delayMs = event.delay_ms;
    else if (event.kind === "closed") running.closed = true;
    else if (event.kind === "started" && running.exit && running.next === null) Object.assign(running, { next: event.epoch, afterMs: event.at === null ? null : event.at - running.at });
  }
  return all.reverse();
}

/** All that happened while somebody looked, newest first. */
export const stories = computed(() => tell(lifecycle.value));

const minute = computed(() => Math.floor(now.value / 5000) * 5000);
/** The newest story of each actor that is still marked, by key. */
export const marked = computed(() => {
  /** @type {Map<string, Story>} */
  const newest = new Map();
  for (const story of stories.value) {
    if (story.seen < minute.value - MARKED_MS) break;
    if (!newest.has(story.key)) newest.set(story.key, story);
  }
  return newest;
});

/** Whether it ended badly. @param {Story} story */
export const bad = (story) => story.exit !== null && !["normal", "shutdown"].includes(story.exit.kind);

/**
 * What is marked, at the nodes that show it: what happened below a folded node shows there.
 * @param {Map<string, import("./tree.js").Node>} nodes
 */
export function shownAt(nodes) {
  /** @type {Map<string, Story>} */
  const shown = new Map();
  for (const [key, story] of marked.value) {
    const own = nodes.get(key);
    let at = own;
    for (let up = own?.parent ?? null; up; up = up.parent) if (up.folded) at = up;
    if (at && !(shown.get(at.key) && /** @type {Story} */ (shown.get(at.key)).seen > story.seen)) shown.set(at.key, story);
  }
  return shown;
}
