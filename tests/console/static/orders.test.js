// The orders' table and time axis, without a browser: what is kept of pages and changes, and where a moment is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces, placed, ticks } from "../../../web/screens/orders/axis.js";
import { asked, fits, filterOf } from "../../../web/screens/orders/filter.js";
import { append, change, MOST, NONE, NONE_BY_ID, renew } from "../../../web/screens/orders/pages.js";

/** @param {string} id @param {string} created_at @param {object} [more] @returns {any} */
const order = (id, created_at, more = {}) => ({ id, created_at, version: 1, status: "PENDING", ...more });
const ids = (/** @type {{rows: {id: string}[]}} */ pages) => pages.rows.map((row) => row.id);
const all = () => true;
const page = append(NONE, { orders: [order("c", "2026-01-01T00:00:03Z"), order("b", "2026-01-01T00:00:02.5Z"), order("a", "2026-01-01T00:00:02Z")], next_cursor: "more" });

test("a new order comes in where its time belongs, whatever number of digits that has", () => {
  const pages = change(page, [order("z", "2026-01-01T00:00:02.51Z"), order("n", "2026-01-01T00:00:04Z")], all);
  assert.deepEqual(ids(pages), ["n", "c", "z", "b", "a"]);
});

test("what is older than the loaded pages waits for its page", () => {
  assert.equal(change(page, [order("o", "2026-01-01T00:00:01Z")], all), page);
  const whole = append(page, { orders: [order("o", "2026-01-01T00:00:01Z")], next_cursor: null });
  assert.deepEqual(ids(whole), ["c", "b", "a", "o"]);
  assert.deepEqual(ids(change(whole, [order("p", "2026-01-01T00:00:00Z")], all)), ["c", "b", "a", "o", "p"]);
});

test("a change that is older than what is known is passed over, in a page too", () => {
  const newer = change(page, [order("b", "2026-01-01T00:00:02.5Z", { version: 3, status: "DELIVERED" })], all);
  assert.equal(newer.rows[1].status, "DELIVERED");
  assert.equal(change(newer, [order("b", "2026-01-01T00:00:02.5Z", { version: 2 })], all), newer);
  assert.equal(append(newer, { orders: [order("b", "2026-01-01T00:00:02.5Z", { version: 2 })], next_cursor: null }).rows[1].version, 3);
});

test("a page that is asked for anew replaces its part, and no more", () => {
  const whole = append(page, { orders: [order("o", "2026-01-01T00:00:01Z")], next_cursor: "deep" });
  const fresh = append(NONE, { orders: [order("d", "2026-01-01T00:00:04Z"), order("b", "2026-01-01T00:00:02.5Z", { version: 2 })], next_cursor: "more" });
  const pages = renew(whole, fresh);
  assert.deepEqual([ids(pages), pages.next, pages.rows[1].version], [["d", "b", "a", "o"], "deep", 2]);
  assert.equal(renew(whole, { ...fresh, next: null }).rows.length, 2);
});

test("an order that fits no more goes", () => {
  const filter = filterOf(new URLSearchParams("status=PENDING"));
  const pages = change(page, [order("b", "2026-01-01T00:00:02.5Z", { version: 2, status: "DISPATCHED" })], (each) => fits(filter, each));
  assert.deepEqual(ids(pages), ["c", "a"]);
});

test("a search by the beginning of an id is in the order of ids, as the server pages it", () => {
  const first = append(NONE_BY_ID, { orders: [order("o-1", "2026-01-01T00:00:09Z"), order("o-3", "2026-01-01T00:00:01Z")], next_cursor: "more" });
  assert.deepEqual(ids(append(first, { orders: [order("o-4", "2026-01-01T00:00:05Z")], next_cursor: null })), ["o-1", "o-3", "o-4"]);
  assert.deepEqual(ids(change(first, [order("o-2", "2026-01-01T00:00:00Z"), order("o-5", "2026-01-01T00:00:00Z")], all)), ["o-1", "o-2", "o-3"]);
});

test("no more orders are kept than promised, and that is told", () => {
  const many = Array.from({ length: MOST + 5 }, (_, i) => order(String(i).padStart(6, "0"), new Date(i * 1000).toISOString()));
  const pages = append(NONE, { orders: many, next_cursor: "more" });
  assert.deepEqual([pages.rows.length, pages.next, pages.cut, pages.rows[0].id], [MOST, null, true, String(MOST + 4).padStart(6, "0")]);
});

test("an age is asked of the server and judged here alike", () => {
  const filter = filterOf(new URLSearchParams("age=over-5m&driver_silent=true"));
  const question = asked(filter);
  assert.ok(Math.abs(Date.parse(question.created_before) - (Date.now() - 300_000)) < 1000);
  assert.equal(question.created_after, undefined);
  const silent = { driver_silent_since: "2026-01-01T00:00:00Z" };
  assert.equal(fits(filter, order("a", new Date(Date.now() - 299_000).toISOString(), silent)), false);
  assert.equal(fits(filter, order("a", new Date(Date.now() - 301_000).toISOString(), silent)), true);
  assert.equal(fits(filter, order("a", new Date(Date.now() - 301_000).toISOString())), false);
});

test("a long wait is folded, and work of milliseconds stays legible beside it", () => {
  const axis = pieces([{ from: 0, to: 4 }, { from: 5, to: 9 }, { from: 60_000, to: 60_004 }]);
  assert.deepEqual(axis.map((piece) => piece.folded), [false, true, false]);
  assert.ok(Math.abs(axis.reduce((sum, piece) => sum + piece.width, 0) - 100) < 1e-6);
  assert.ok(placed(axis, 4) - placed(axis, 0) > 20, "four milliseconds can be seen");
  assert.ok(axis[1].width < 10, "a minute of waiting is not");
  const moments = [0, 2, 4, 5, 9, 30_000, 60_000, 60_004].map((at) => placed(axis, at));
  assert.deepEqual(moments, [...moments].sort((a, b) => a - b));
  assert.ok(moments.every((x) => x >= 0 && x <= 100));
});

test("moments without length have a place, and marks do not lie upon each other", () => {
  const axis = pieces([{ from: 7, to: 7 }, { from: 7, to: 7 }]);
  assert.equal(placed(axis, 7), 0);
  const many = ticks(pieces(Array.from({ length: 40 }, (_, i) => ({ from: i * 1000, to: i * 1000 + 3 }))));
  assert.ok(many.every((mark, i) => i === 0 || mark.x - many[i - 1].x >= 14));
});
