// @ts-check
/** Where a place on earth is on the screen: web Mercator, as all maps of streets. The world is a square from 0 to 1. */

/** @typedef {{x: number, y: number}} Point in the world's square, or in pixels where it says so */
/** @typedef {{x: number, y: number, zoom: number}} View the middle, and how often the world of 256 pixels is doubled */
/** @typedef {{width: number, height: number}} Size in pixels */

export const MIN_ZOOM = 1;
export const MAX_ZOOM = 19;
const EARTH_M = 40_075_016.686;
/** Farther north or south Mercator has no end. */
const MOST_LAT = 85.05;

/** @param {number} lat @param {number} lng @returns {Point} */
export function world(lat, lng) {
  const sine = Math.sin((Math.max(-MOST_LAT, Math.min(MOST_LAT, lat)) * Math.PI) / 180);
  return { x: lng / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

/** @param {Point} point @returns {{lat: number, lng: number}} */
export function place({ x, y }) {
  return { lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI, lng: (x - 0.5) * 360 };
}

/** Pixels that the whole world is wide. @param {View} view */
export const scale = (view) => 256 * 2 ** view.zoom;

/** @param {View} view @param {Size} size @param {Point} point @returns {Point} pixels */
export function toScreen(view, size, point) {
  const k = scale(view);
  return { x: (point.x - view.x) * k + size.width / 2, y: (point.y - view.y) * k + size.height / 2 };
}

/** @param {View} view @param {Size} size @param {Point} pixel @returns {Point} */
export function toWorld(view, size, pixel) {
  const k = scale(view);
  return { x: (pixel.x - size.width / 2) / k + view.x, y: (pixel.y - size.height / 2) / k + view.y };
}

/** @param {View} view @returns {number} metres a pixel, in the middle */
export const metres = (view) => (EARTH_M * Math.cos((place(view).lat * Math.PI) / 180)) / scale(view);

/** @param {View} view @returns {View} within the world */
export function held({ x, y, zoom }) {
  return { x: Math.max(0, Math.min(1, x)), y: Math.max(0, Math.min(1, y)), zoom: Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, zoom)) };
}

/** The same place stays under the pixel. @param {View} view @param {Size} size @param {Point} pixel @param {number} by @returns {View} */
export function zoomed(view, size, pixel, by) {
  const zoom = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, view.zoom + by));
  const fixed = toWorld(view, size, pixel);
  const k = scale({ ...view, zoom });
  return held({ x: fixed.x - (pixel.x - size.width / 2) / k, y: fixed.y - (pixel.y - size.height / 2) / k, zoom });
}

/** All of them in sight. @param {Point[]} points @param {Size} size @returns {View | null} */
export function fitting(points, size) {
  if (!points.length) return null;
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    north = Math.min(north, y);
    south = Math.max(south, y);
  }
  const room = (/** @type {number} */ pixels) => Math.max(50, pixels - 96);
  const zoom = Math.min(Math.log2(room(size.width) / 256 / Math.max(east - west, 1e-9)), Math.log2(room(size.height) / 256 / Math.max(south - north, 1e-9)), 15);
  return held({ x: (west + east) / 2, y: (north + south) / 2, zoom });
}

/** `lat,lng,zoom`, as an address says it. @param {View} view */
export function written(view) {
  const { lat, lng } = place(view);
  return `${lat.toFixed(5)},${lng.toFixed(5)},${view.zoom.toFixed(2)}`;
}

/** @param {string | null} text @returns {View | null} */
export function read(text) {
  const [lat, lng, zoom] = (text ?? "").split(",").map(Number);
  return [lat, lng, zoom].every(Number.isFinite) && text ? held({ ...world(lat, lng), zoom }) : null;
}

/** A step of 1, 2 or 5 times a power of ten, at least so long. @param {number} least */
export function round(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least * 0.999) ?? 10 * power;
}

/** Whether a point lies in a polygon. @param {Point[]} polygon @param {Point} point */
export function within(polygon, { x, y }) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [a, b] = [polygon[i], polygon[j]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
