// @ts-check
/** The marks on the map: drivers, orders, and where many of them lie. */
import { number } from "../../lib/format.js";
import { radius } from "./clusters.js";
import { KINDS, kindOf } from "./drivers.js";

/** @typedef {import("./projection.js").Point} Point */
/** @typedef {import("./drivers.js").Driver} Driver */
/** @typedef {import("./paint.js").Scene} Scene */
/** @typedef {import("./paint.js").Palette} Palette */
/** @typedef {import("./paint.js").Candidate} Candidate */

const FULL = 2 * Math.PI;

/** To write a number takes longer than to draw it. @type {Map<number, string>} */
const written = new Map();
/** @param {number} count */
function counted(count) {
  const known = written.get(count);
  if (known) return known;
  if (written.size > 2000) written.clear();
  written.set(count, number(count));
  return number(count);
}

/** Waiting orders are diamonds, those for a person with a stroke; where one is fetched that is driven, a small square. @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Palette} colours @param {(point: Point) => Point} on */
export function orders(canvas, scene, colours, on) {
  for (const mark of scene.orders.single) {
    const { x, y } = on(mark);
    canvas.beginPath();
    if (mark.status === "DISPATCHED") {
      canvas.rect(x - 3, y - 3, 6, 6);
      canvas.fillStyle = colours.busy;
      canvas.fill();
      continue;
    }
    const r = mark.manual ? 9 : 7;
    canvas.moveTo(x, y - r);
    canvas.lineTo(x + r, y);
    canvas.lineTo(x, y + r);
    canvas.lineTo(x - r, y);
    canvas.closePath();
    canvas.fillStyle = mark.manual ? colours.bad : colours.warn;
    canvas.fill();
    if (mark.manual) centred(canvas, "!", x, y, colours.raised);
  }
  for (const { members, ...point } of scene.orders.clusters) {
    const { x, y } = on(point);
    const r = radius(members.length);
    const manual = members.some((mark) => mark.manual);
    canvas.fillStyle = colours.raised;
    canvas.strokeStyle = manual ? colours.bad : members.some((mark) => mark.status === "PENDING") ? colours.warn : colours.busy;
    canvas.lineWidth = 3;
    canvas.beginPath();
    canvas.roundRect(x - r, y - r * 0.7, 2 * r, 1.4 * r, 3);
    canvas.fill();
    canvas.stroke();
    centred(canvas, counted(members.length), x, y, colours.text);
  }
}

/** Who has a heading is an arrow, who has none a dot; who is silent is hollow, who is offline a cross. @param {CanvasRenderingContext2D} canvas @param {Scene} scene @param {Driver[]} single @param {Scene["drivers"]["clusters"]} clusters @param {Palette} colours @param {(point: Point) => Point} on */
export function drivers(canvas, scene, single, clusters, colours, on) {
  for (const { members, ...point } of clusters) {
    const { x, y } = on(point);
    const r = radius(members.length);
    /** @type {Record<string, number>} */
    const counts = { free: 0, busy: 0, silent: 0, offline: 0 };
    for (const each of members) counts[kindOf(each, scene.at)] += 1;
    canvas.fillStyle = colours.raised;
    canvas.beginPath();
    canvas.arc(x, y, r, 0, FULL);
    canvas.fill();
    canvas.lineWidth = 4;
    let angle = -Math.PI / 2;
    for (const kind of KINDS) {
      if (!counts[kind]) continue;
      const next = angle + (counts[kind] / members.length) * FULL;
      canvas.strokeStyle = colours[kind];
      canvas.setLineDash(kind === "silent" ? [2, 2] : []);
      canvas.beginPath();
      canvas.arc(x, y, r, angle, next);
      canvas.stroke();
      angle = next;
    }
    canvas.setLineDash([]);
    centred(canvas, counted(members.length), x, y, colours.text);
  }
  /** @type {Record<string, Driver[]>} */
  const by = { free: [], busy: [], silent: [], offline: [] };
  for (const each of single) by[kindOf(each, scene.at)].push(each);
  for (const kind of KINDS) {
    canvas.beginPath();
    for (const each of by[kind]) mark(canvas, kind, on(each), each.heading);
    canvas.lineWidth = kind === "offline" || kind === "silent" ? 1.8 : 1;
    canvas.strokeStyle = kind === "offline" || kind === "silent" ? colours[kind] : colours.raised;
    canvas.fillStyle = kind === "silent" ? colours.sunk : colours[kind];
    if (kind !== "offline") canvas.fill();
    canvas.stroke();
  }
}

/** @param {CanvasRenderingContext2D} canvas @param {string} kind @param {Point} point @param {number | null} heading degrees from north */
function mark(canvas, kind, { x, y }, heading) {
  if (kind === "offline") {
    canvas.moveTo(x - 4, y - 4);
    canvas.lineTo(x + 4, y + 4);
    canvas.moveTo(x + 4, y - 4);
    canvas.lineTo(x - 4, y + 4);
  } else if (heading === null) {
    canvas.moveTo(x + 5, y);
    canvas.arc(x, y, 5, 0, FULL);
  } else {
    const turn = (heading * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(turn), Math.cos(turn)];
    const to = (/** @type {number} */ dx, /** @type {number} */ dy) => /** @type {[number, number]} */ ([x + dx * cosine - dy * sine, y + dx * sine + dy * cosine]);
    canvas.moveTo(...to(0, -9));
    canvas.lineTo(...to(6, 7));
    canvas.lineTo(...to(0, 3));
    canvas.lineTo(...to(-6, 7));
    canvas.closePath();
  }
}

/** @param {CanvasRenderingContext2D} canvas @param {Candidate} candidate @param {Palette} colours @param {Point} at */
export function ranked(canvas, candidate, colours, { x, y }) {
  canvas.beginPath();
  canvas.arc(x + 9, y - 9, 8, 0, FULL);
  canvas.fillStyle = candidate.chosen ? colours.focus : colours.raised;
  canvas.strokeStyle = colours.focus;
  canvas.lineWidth = 1.5;
  canvas.fill();
  canvas.stroke();
  centred(canvas, String(candidate.rank), x + 9, y - 9, candidate.chosen ? colours.ground : colours.text);
}

/** @param {CanvasRenderingContext2D} canvas @param {string} text @param {number} x @param {number} y @param {string} colour */
function centred(canvas, text, x, y, colour) {
  canvas.textAlign = "center";
  canvas.textBaseline = "middle";
  canvas.fillStyle = colour;
  canvas.fillText(text, x, y + 0.5);
}
