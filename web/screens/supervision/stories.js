// @ts-check
/** What happened to actors, told as stories: a command, an exit, the wait, the replacement and how long it took. */

/**
 * @typedef {{id: string, key: string, instance: string, path: string, epoch: number, at: number, seen: number, command: string | null, reason: string | null,
 *   exit: {kind: string, detail: string | null} | null, delayMs: number | null, next: number | null, afterMs: number | null, closed: boolean, lastsMs: number | null}} Story
 * `at` is the server's time and `seen` the browser's; `next` is the epoch that took its place, `afterMs` later; `lastsMs` is for how long a command holds.
 */

/** By so much an exit may be told ahead of the command that made it. */
const AHEAD_MS = 1000;

/** @param {Record<string, any>[]} events oldest first @returns {Story[]} newest first */
export function tell(events) {
  /** @type {Map<string, Story>} */
  const open = new Map();
  /** @type {Story[]} */
  const all = [];
  const begin = (/** @type {Record<string, any>} */ event) => {
    const story = {
      id: `${event.key}@${event.epoch}.${event.kind}.${event.at}`, key: event.key, instance: event.instance, path: event.path, epoch: event.epoch, at: event.at, seen: event.seen,
      command: null, reason: null, exit: null, delayMs: null, next: null, afterMs: null, closed: false, lastsMs: null,
    };
    all.push(story);
    open.set(event.key, story);
    return /** @type {Story} */ (story);
  };
  for (const event of events) {
    const running = open.get(event.key);
    // A command takes effect while it is still being told of: its exit may come first.
    const early = running && running.exit && !running.command && running.epoch === event.epoch && event.at - running.at < AHEAD_MS ? running : null;
    if (event.kind === "command_sent") Object.assign(early ?? begin(event), { command: event.command, reason: event.reason, lastsMs: event.for_ms ?? null });
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

/** Whether it ended badly. @param {Story} story */
export const bad = (story) => story.exit !== null && !["normal", "shutdown"].includes(story.exit.kind);
