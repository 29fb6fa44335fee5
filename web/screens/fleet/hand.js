// @ts-check
/** Moving the map: by mouse, by one finger or two, by the wheel, by keys; and the lasso. */
import { held, scale, toWorld, zoomed } from "./projection.js";

/** @typedef {import("./projection.js").Point} Point */
/**
 * @typedef {{view: () => import("./projection.js").View, size: () => import("./projection.js").Size, move: (view: import("./projection.js").View) => void,
 *   tap: (pixel: Point) => void, hover: (pixel: Point | null) => void, lassoing: () => boolean, draw: (points: Point[], done: boolean) => void}} Surface
 */

/** A press that moves less is a tap. */
const STILL = 5;

/** Follows the pointers over an element until the answer is called. @param {HTMLElement} element @param {Surface} map */
export function follow(element, map) {
  /** By id, in pixels. @type {Map<number, Point>} */
  const pointers = new Map();
  let moved = 0;
  /** @type {Point[]} */
  let drawn = [];
  const pixel = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const down = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, pixel(event));
    moved = 0;
    drawn = map.lassoing() ? [toWorld(map.view(), map.size(), pixel(event))] : [];
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const before = pointers.get(event.pointerId);
    const at = pixel(event);
    if (!before) return map.hover(at);
    moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y);
    if (drawn.length && pointers.size === 1) {
      drawn.push(toWorld(map.view(), map.size(), at));
      pointers.set(event.pointerId, at);
      return map.draw(drawn, false);
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    let view = map.view();
    const k = scale(view);
    const share = other ? 2 : 1;
    view = held({ ...view, x: view.x - (at.x - before.x) / k / share, y: view.y - (at.y - before.y) / k / share });
    if (other) {
      const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
      const apart = (/** @type {Point} */ point) => Math.max(20, Math.hypot(point.x - other.x, point.y - other.y));
      view = zoomed(view, map.size(), middle, Math.log2(apart(at) / apart(before)));
    }
    pointers.set(event.pointerId, at);
    if (moved > STILL) map.move(view);
  };
  const up = (/** @type {PointerEvent} */ event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (drawn.length > 2 && moved > STILL) map.draw(drawn, true);
    else if (moved <= STILL && event.type === "pointerup") map.tap(pixel(event));
    drawn = [];
  };
  const leave = () => map.hover(null);
  const wheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30;
    map.move(zoomed(map.view(), map.size(), pixel(event), Math.max(-1, Math.min(1, -pixels / 240))));
  };
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", wheel);
  };
}

/** A share of the screen that an arrow moves. */
const STEP = 0.15;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The view after a key; `null` of a key that moves nothing. @param {string} key @param {import("./projection.js").View} view @param {import("./projection.js").Size} size */
export function keyed(key, view, size) {
  const arrow = ARROWS[key];
  if (arrow) return held({ ...view, x: view.x + (arrow[0] * STEP * size.width) / scale(view), y: view.y + (arrow[1] * STEP * size.height) / scale(view) });
  const middle = { x: size.width / 2, y: size.height / 2 };
  if (key === "+" || key === "=") return zoomed(view, size, middle, 0.5);
  if (key === "-") return zoomed(view, size, middle, -0.5);
  return null;
}

/** No more points than an address can hold, the shape kept. @param {Point[]} points @param {number} [most] */
export function thinned(points, most = 40) {
  const step = Math.max(1, points.length / most);
  return Array.from({ length: Math.min(most, points.length) }, (_, i) => points[Math.floor(i * step)]);
}
