// @ts-check
/** What lies close together is one mark with a number, so that a picture of ten thousand is as quick to draw as one of a thousand. */
import { scale } from "./projection.js";

/** @template T @typedef {{members: T[], x: number, y: number}} Cluster its middle, in the world's square */

/** Pixels of a cell, and how many are told apart in one. */
const CELL = 64;
const APART = 6;

/**
 * @template {{x: number, y: number}} T
 * @param {Iterable<T>} points
 * @param {import("./projection.js").View} view @param {import("./projection.js").Size} size
 * @param {(point: T) => boolean} [alone] who is never put with others
 * @returns {{single: T[], clusters: Cluster<T>[]}} of those in sight
 */
export function gathered(points, view, size, alone) {
  // Cells lie on the world, not on the screen, and change their size by halves: they stay what they are while one moves.
  const across = Math.round(scale({ ...view, zoom: Math.round(view.zoom) }) / CELL);
  const [right, low] = [size.width / 2 / scale(view), size.height / 2 / scale(view)];
  const margin = CELL / scale(view);
  /** @type {Map<number, T[]>} */
  const cells = new Map();
  /** @type {T[]} */
  const single = [];
  for (const point of points) {
    // NaN, of who has no place, is never within.
    if (!(Math.abs(point.x - view.x) <= right + margin && Math.abs(point.y - view.y) <= low + margin)) continue;
    if (alone?.(point)) {
      single.push(point);
      continue;
    }
    const cell = Math.floor(point.x * across) * across + Math.floor(point.y * across);
    const there = cells.get(cell);
    if (there) there.push(point);
    else cells.set(cell, [point]);
  }
  /** @type {Cluster<T>[]} */
  const clusters = [];
  for (const members of cells.values()) {
    if (members.length <= APART) single.push(...members);
    else clusters.push({ members, ...middle(members) });
  }
  return { single, clusters };
}

/** @param {{x: number, y: number}[]} members */
function middle(members) {
  let [x, y] = [0, 0];
  for (const each of members) {
    x += each.x;
    y += each.y;
  }
  return { x: x / members.length, y: y / members.length };
}

/** A cluster's radius in pixels. @param {number} count */
export const radius = (count) => Math.min(24, 8 + 1.5 * Math.log2(count));
