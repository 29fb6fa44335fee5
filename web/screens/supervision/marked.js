// @ts-check
/** The stories of this page: all of them, and those that are still marked in the tree. */
import { computed } from "../../lib/html.js";
import { now } from "../../lib/format.js";
import { lifecycle } from "../../lib/topics.js";
import { tell } from "./stories.js";

/** @typedef {import("./stories.js").Story} Story */
/** How long a story stays marked in the tree; a command that holds for longer, for that long. */
const MARKED_MS = 60_000;

/** All that happened while somebody looked, newest first. */
export const stories = computed(() => tell(lifecycle.value));

const minute = computed(() => Math.floor(now.value / 5000) * 5000);
/** The newest story of each actor that is still marked, by key. */
export const marked = computed(() => {
  /** @type {Map<string, Story>} */
  const newest = new Map();
  for (const story of stories.value) {
    const passed = minute.value - story.seen;
    if (!newest.has(story.key) && (passed < MARKED_MS || (story.exit === null && passed < (story.lastsMs ?? 0)))) newest.set(story.key, story);
  }
  return newest;
});

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
