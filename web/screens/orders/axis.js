// @ts-check
/** A time axis on which work of microseconds and waits of minutes are both legible: long waits are folded to a mark of one width. */

/** Width of a folded wait, percent of the axis. */
const FOLD = 6;
/** All folds together take no more than this, percent. */
const FOLDS = 36;
/** A wait is folded when it is longer than so much of the work. */
const LONG = 0.6;

/** @typedef {{from: number, to: number}} Span milliseconds since 1970 */
/** @typedef {{from: number, to: number, x: number, width: number, folded: boolean}} Piece `x` and `width` in percent */

/** Spans that touch become one. @param {Span[]} spans */
function merged(spans) {
  /** @type {Span[]} */
  const out = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}

/** The axis as pieces side by side, 0 to 100 percent. @param {Span[]} spans when something was done @returns {Piece[]} */
export function pieces(spans) {
  const busy = merged(spans);
  if (!busy.length) return [];
  const work = Math.max(0.01, busy.reduce((sum, span) => sum + span.to - span.from, 0));
  /** @type {{from: number, to: number, folded: boolean}[]} */
  const parts = [];
  for (const span of busy) {
    const last = parts.at(-1);
    const wait = last ? span.from - last.to : 0;
    if (last && wait > work * LONG) parts.push({ from: last.to, to: span.from, folded: true }, { ...span, folded: false });
    else if (last) last.to = span.to;
    else parts.push({ ...span, folded: false });
  }
  const folds = parts.filter((part) => part.folded).length;
  const fold = folds ? Math.min(FOLD, FOLDS / folds) : 0;
  const linear = parts.reduce((sum, part) => sum + (part.folded ? 0 : part.to - part.from), 0);
  // A moment without length still takes its place.
  const least = 2;
  const points = parts.filter((part) => !part.folded && part.to - part.from < linear * 0.01).length;
  const room = Math.max(10, 100 - folds * fold - points * least);
  let x = 0;
  return parts.map((part) => {
    const share = linear > 0 ? (part.to - part.from) / linear : 1 / Math.max(1, parts.length - folds);
    const width = part.folded ? fold : part.to - part.from < linear * 0.01 ? least : share * room;
    const piece = { ...part, x, width };
    x += width;
    return piece;
  });
}

/** Where a moment is, in percent. @param {Piece[]} axis @param {number} at */
export function placed(axis, at) {
  const piece = axis.find((each) => at <= each.to) ?? axis.at(-1);
  if (!piece) return 0;
  const length = piece.to - piece.from;
  const share = length > 0 ? Math.min(1, Math.max(0, (at - piece.from) / length)) : 0;
  return piece.x + share * piece.width;
}

/** Moments worth a mark, no closer than `apart` percent. @param {Piece[]} axis @param {number} [apart] @returns {{at: number, x: number}[]} */
export function ticks(axis, apart = 14) {
  /** @type {{at: number, x: number}[]} */
  const marks = [];
  const add = (/** @type {number} */ at, /** @type {number} */ x) => (marks.length === 0 || x - marks[marks.length - 1].x >= apart) && x <= 100 - apart / 2 && marks.push({ at, x });
  for (const piece of axis.filter((each) => !each.folded)) {
    add(piece.from, piece.x);
    const steps = Math.floor(piece.width / apart);
    if (steps < 2) continue;
    const step = round((piece.to - piece.from) / steps);
    for (let at = piece.from + step; at < piece.to; at += step) add(at, placed(axis, at));
  }
  return marks;
}

/** The next of 1, 2, 5, 10 … @param {number} value above zero */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10);
}
