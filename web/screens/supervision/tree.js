// @ts-check
/** The tree behind the picture and the grid: rows into nodes, folded or not, each with its place. */
import { cluster, hierarchy } from "../../vendor/d3-hierarchy.js";
import { unwell } from "./look.js";

/**
 * @typedef {{key: string, actor: import("./look.js").Actor, depth: number, children: Node[], parent: Node | null, folded: boolean,
 *   last: boolean, position: number, unwell: number, below: number}} Node
 * `below` counts all that are under it, `unwell` those of them that need a look; `position` is its place among its siblings.
 */

/** Lines beyond which the middle of a parent's children is out of sight: it stands beside the first. */
const TALL = 24;

/** More actors than this are not all unfolded from the start. */
const MANY = 120;

/**
 * Nodes by instance, in the order they were started in.
 * @param {Map<string, import("./look.js").Actor>} actors
 * @param {Set<string>} toggled keys folded by hand, or unfolded where all begin folded
 */
export function grow(actors, toggled) {
  /** @type {Map<string, Node>} */
  const nodes = new Map();
  for (const [key, actor] of actors) nodes.set(key, { key, actor, depth: 0, children: [], parent: null, folded: false, last: false, position: 0, unwell: 0, below: 0 });
  /** @type {Node[]} */
  const roots = [];
  for (const node of nodes.values()) {
    const { instance, path } = node.actor;
    node.parent = nodes.get(`${instance}${path.slice(0, path.lastIndexOf("/"))}`) ?? null;
    (node.parent?.children ?? roots).push(node);
  }
  roots.sort((a, b) => a.actor.instance.localeCompare(b.actor.instance));
  const foldAt = actors.size <= MANY ? Infinity : roots.length > 4 ? 0 : 1;
  settle(roots, 0, foldAt, toggled);
  return { roots, nodes };
}

/** @param {Node[]} siblings @param {number} depth @param {number} foldAt @param {Set<string>} toggled */
function settle(siblings, depth, foldAt, toggled) {
  siblings.forEach((node, i) => {
    node.depth = depth;
    node.position = i + 1;
    node.last = i === siblings.length - 1;
    settle(node.children, depth + 1, foldAt, toggled);
    node.folded = node.children.length > 0 && (depth >= foldAt) !== toggled.has(node.key);
    for (const child of node.children) {
      node.below += 1 + child.below;
      node.unwell += child.unwell + (unwell(child.actor) ? 1 : 0);
    }
  });
}

/** What is seen, top down. @param {Node[]} roots @param {(node: Node) => boolean} [keep] @returns {Node[]} */
export function rows(roots, keep) {
  /** @type {Node[]} */
  const seen = [];
  const walk = (/** @type {Node} */ node) => {
    seen.push(node);
    if (keep || !node.folded) node.children.forEach(walk);
  };
  roots.forEach(walk);
  if (!keep) return seen;
  // A filter looks into what is folded, and keeps those above what it finds.
  const found = new Set();
  for (const node of seen) if (keep(node)) for (let up = /** @type {Node | null} */ (node); up && !found.has(up); up = up.parent) found.add(up);
  return seen.filter((node) => found.has(node));
}

/**
 * The drawing's places: each leaf has a line of its own, a parent stands in the middle of its children.
 * @param {Node[]} roots
 * @param {number} pitch pixels from line to line
 * @returns {{places: {node: Node, y: number, parentY: number | null}[], lines: number}}
 */
export function layOut(roots, pitch) {
  const top = hierarchy(/** @type {any} */ ({ children: roots, folded: false }), (node) => (node.folded ? null : node.children));
  cluster().nodeSize([pitch, 1]).separation(() => 1)(top);
  // From the leaves up: each parent goes by where its first child went.
  for (const place of top.descendants().reverse()) if (place.children && place.leaves().length > TALL) place.x = place.children[0].x;
  const leaves = top.leaves();
  const first = leaves[0]?.x ?? 0;
  const places = top.descendants().filter((place) => place.depth > 0).map((/** @type {any} */ place) => ({
    node: place.data, y: place.x - first + pitch / 2, parentY: place.depth > 1 ? place.parent.x - first + pitch / 2 : null,
  }));
  return { places, lines: leaves.length };
}

/** Where a key of the keyboard leads from a row. @param {Node[]} seen @param {Node | undefined} from @param {string} key @returns {Node | undefined} */
export function step(seen, from, key) {
  const at = from ? seen.indexOf(from) : -1;
  if (key === "ArrowDown" || key === "j") return seen[Math.min(seen.length - 1, at + 1)];
  if (key === "ArrowUp" || key === "k") return seen[Math.max(0, at - 1)];
  if (key === "Home") return seen[0];
  if (key === "End") return seen.at(-1);
  if (key === "ArrowLeft") return from?.parent ?? undefined;
  return key === "ArrowRight" ? seen.find((node) => node.parent === from) : undefined;
}
