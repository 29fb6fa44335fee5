// @ts-check
/** One picture of the map. What is drawn is told apart by form, and by colour only besides. */
import { number } from "../../lib/format.js";
import { drivers, orders, ranked } from "./marks.js";
import { metres, place, round, scale, toScreen, world } from "./projection.js";

/** @typedef {import("./projection.js").Point} Point */
/** @typedef {import("./drivers.js").Driver} Driver */
/** @typedef {import("./orders.js").Mark} Mark */
/** @typedef {{id: string, x: number, y: number, distance: number, name: string, chosen: boolean, rank: number}} Candidate */
/**
 * @typedef {{view: import("./projection.js").View, size: import("./projection.js").Size, ratio: number,
 *   drivers: {single: Driver[], clusters: import("./clusters.js").Cluster<Driver>[]},
 *   orders: {single: Mark[], clusters: import("./clusters.js").Cluster<Mark>[]},
 *   lines: {from: Point, to: Point}[], ground: import("./ground.js").Ground | null, at: number,
 *   search: {centre: Point, radius: number, candidates: Candidate[]} | null,
 *   chosen: Point | null, hovered: {point: Point, label: string} | null, lasso: Point[], lassoing: boolean}} Scene
 */

/** @typedef {Record<"ground" | "raised" | "rule" | "text" | "quiet" | "free" | "busy" | "silent" | "offline" | "warn" | "bad" | "focus" | "sunk", string>} Palette */
/** @returns {Palette} */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: of("ground"), raised: of("raised"), rule: of("rule"), text: of("text"), quiet: of("quiet"), sunk: of("sunk"), focus: of("focus"),
    free: of("good"), busy: of("busy"), silent: of("warn"), offline: of("quiet"), warn: of("warn"), bad: of("bad"),
  };
}

const FULL = 2 * Math.PI;
const FONT = "12px system-ui, 'DejaVu Sans', sans-serif";

/** @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours */
export function paint(canvas, scene, colours) {
  const { view, size, ratio } = scene;
  const on = (/** @type {Point} */ point) => toScreen(view, size, point);
  canvas.setTransform(ratio, 0, 0, ratio, 0, 0);
  canvas.fillStyle = colours.sunk;
  canvas.fillRect(0, 0, size.width, size.height);
  canvas.font = FONT;
  if (scene.ground) background(canvas, scene, colours);
  graticule(canvas, scene, colours);
  if (scene.search) circle(canvas, scene, colours, on);
  canvas.strokeStyle = colours.busy;
  canvas.lineWidth = 1;
  canvas.globalAlpha = 0.6;
  canvas.beginPath();
  for (const line of scene.lines) {
    const [from, to] = [on(line.from), on(line.to)];
    canvas.moveTo(from.x, from.y);
    canvas.lineTo(to.x, to.y);
  }
  canvas.stroke();
  canvas.globalAlpha = 1;
  // While one search is looked at, the others step back.
  const weighed = new Set(scene.search?.candidates.map((candidate) => candidate.id));
  canvas.globalAlpha = scene.search ? 0.3 : 1;
  orders(canvas, scene, colours, on);
  drivers(canvas, scene, scene.drivers.single.filter((each) => !weighed.has(each.id)), scene.drivers.clusters, colours, on);
  canvas.globalAlpha = 1;
  if (scene.search) drivers(canvas, scene, scene.drivers.single.filter((each) => weighed.has(each.id)), [], colours, on);
  names(canvas, scene, colours);
  for (const candidate of scene.search?.candidates ?? []) ranked(canvas, candidate, colours, on(candidate));
  if (scene.lasso.length) lasso(canvas, scene, colours, on);
  if (scene.chosen) {
    const { x, y } = on(scene.chosen);
    canvas.strokeStyle = colours.focus;
    canvas.lineWidth = 2.5;
    canvas.beginPath();
    canvas.arc(x, y, 14, 0, FULL);
    canvas.stroke();
  }
  if (scene.hovered) label(canvas, scene.hovered.label, on(scene.hovered.point), size, colours);
  ruler(canvas, scene, colours);
}

/** @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours */
function background(canvas, { view, size, ratio, ground }, colours) {
  if (!ground) return;
  const k = scale(view);
  const origin = toScreen(view, size, ground.origin);
  canvas.save();
  canvas.setTransform(k * ratio, 0, 0, k * ratio, origin.x * ratio, origin.y * ratio);
  canvas.strokeStyle = colours.quiet;
  canvas.fillStyle = colours.raised;
  canvas.lineWidth = 1 / k;
  canvas.fill(ground.areas, "evenodd");
  canvas.stroke(ground.areas);
  canvas.stroke(ground.ways);
  canvas.restore();
}

/** Every so many degrees, and how they are written. @param {Scene} scene */
function lines({ view, size }) {
  const step = round((130 / scale(view)) * 360);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const half = { x: size.width / 2 / scale(view), y: size.height / 2 / scale(view) };
  const low = place({ x: view.x - half.x, y: view.y + half.y });
  const high = place({ x: view.x + half.x, y: view.y - half.y });
  const between = (/** @type {number} */ from, /** @type {number} */ to) => Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, i) => (Math.ceil(from / step) + i) * step);
  return {
    across: between(Math.max(-180, low.lng), Math.min(180, high.lng)).map((lng) => ({ at: Math.round(toScreen(view, size, world(0, lng)).x) + 0.5, name: degrees(lng, digits, "E", "W") })),
    up: between(Math.max(-85, low.lat), Math.min(85, high.lat)).map((lat) => ({ at: Math.round(toScreen(view, size, world(lat, 0)).y) + 0.5, name: degrees(lat, digits, "N", "S") })),
  };
}

/** Lines of equal latitude and longitude. @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours */
function graticule(canvas, scene, colours) {
  const { across, up } = lines(scene);
  canvas.strokeStyle = colours.rule;
  canvas.lineWidth = 1;
  canvas.beginPath();
  for (const { at } of across) {
    canvas.moveTo(at, 0);
    canvas.lineTo(at, scene.size.height);
  }
  for (const { at } of up) {
    canvas.moveTo(0, at);
    canvas.lineTo(scene.size.width, at);
  }
  canvas.stroke();
}

/** Their names at the edge, above what is drawn. @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours */
function names(canvas, scene, colours) {
  const { across, up } = lines(scene);
  canvas.textBaseline = "top";
  canvas.textAlign = "left";
  canvas.lineWidth = 3;
  canvas.lineJoin = "round";
  canvas.strokeStyle = colours.sunk;
  canvas.fillStyle = colours.quiet;
  const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
    canvas.strokeText(text, x, y);
    canvas.fillText(text, x, y);
  };
  for (const { at, name } of across) if (at > 40 && at < scene.size.width - 110) write(name, at + 4, 5);
  for (const { at, name } of up) if (at > 24 && at < scene.size.height - 24) write(name, 5, at + 3);
  canvas.lineJoin = "miter";
}

/** @param {number} value @param {number} digits @param {string} above @param {string} below */
const degrees = (value, digits, above, below) => `${Math.abs(value).toFixed(digits)}° ${Math.abs(value) < 1e-9 ? "" : value > 0 ? above : below}`.trim();

/** How far the search looked, and whom it weighed. @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours @param {(point: Point) => Point} on */
function circle(canvas, { search, view }, colours, on) {
  if (!search) return;
  const { x, y } = on(search.centre);
  canvas.beginPath();
  canvas.arc(x, y, search.radius / metres(view), 0, FULL);
  canvas.strokeStyle = colours.focus;
  canvas.fillStyle = colours.focus;
  canvas.globalAlpha = 0.07;
  canvas.fill();
  canvas.globalAlpha = 1;
  canvas.lineWidth = 1.5;
  canvas.setLineDash([6, 4]);
  canvas.stroke();
  for (const candidate of search.candidates) {
    const to = on(candidate);
    canvas.setLineDash(candidate.chosen ? [] : [2, 4]);
    canvas.lineWidth = candidate.chosen ? 2 : 1;
    canvas.beginPath();
    canvas.moveTo(x, y);
    canvas.lineTo(to.x, to.y);
    canvas.stroke();
  }
  canvas.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours @param {(point: Point) => Point} on */
function lasso(canvas, scene, colours, on) {
  canvas.beginPath();
  for (const point of scene.lasso) canvas.lineTo(on(point).x, on(point).y);
  if (!scene.lassoing) canvas.closePath();
  canvas.strokeStyle = canvas.fillStyle = colours.focus;
  canvas.globalAlpha = 0.08;
  canvas.fill();
  canvas.globalAlpha = 1;
  canvas.lineWidth = 2;
  canvas.setLineDash([5, 3]);
  canvas.stroke();
  canvas.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} canvas @param {string} text @param {Point} at @param {import("./projection.js").Size} size @param {Palette} colours */
function label(canvas, text, { x, y }, size, colours) {
  const shown = text.length > 48 ? `${text.slice(0, 47)}…` : text;
  const width = canvas.measureText(shown).width + 12;
  const left = Math.max(4, Math.min(size.width - width - 4, x + 14));
  const top = Math.max(4, y - 32);
  canvas.fillStyle = colours.text;
  canvas.beginPath();
  canvas.roundRect(left, top, width, 22, 4);
  canvas.fill();
  canvas.fillStyle = colours.ground;
  canvas.textAlign = "left";
  canvas.textBaseline = "middle";
  canvas.fillText(shown, left + 6, top + 11.5);
}

/** @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours */
function ruler(canvas, { view, size }, colours) {
  const length = round(metres(view) * 80);
  const pixels = length / metres(view);
  const [x, y] = [size.width - pixels - 14, size.height - 14];
  canvas.fillStyle = colours.ground;
  canvas.globalAlpha = 0.85;
  canvas.fillRect(x - 8, y - 24, pixels + 16, 32);
  canvas.globalAlpha = 1;
  canvas.strokeStyle = colours.text;
  canvas.lineWidth = 2;
  canvas.beginPath();
  canvas.moveTo(x, y - 6);
  canvas.lineTo(x, y);
  canvas.lineTo(x + pixels, y);
  canvas.lineTo(x + pixels, y - 6);
  canvas.stroke();
  canvas.textBaseline = "bottom";
  canvas.textAlign = "center";
  canvas.fillStyle = colours.text;
  canvas.fillText(length >= 1000 ? `${number(length / 1000)} km` : `${number(length)} m`, x + pixels / 2, y - 4);
}
