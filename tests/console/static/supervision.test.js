// The tree and its stories, without a browser: what is told of events, what is folded, and where each actor stands.
import assert from "node:assert/strict";
import { test } from "node:test";

import { bad, tell } from "../../../web/screens/supervision/stories.js";
import { grow, layOut, rows, step } from "../../../web/screens/supervision/tree.js";

const WHO = { key: "a/tropa/x", instance: "a", path: "/tropa/x", seen: 1 };
/** @param {number} at @param {number} epoch @param {object} what @returns {any} */
const event = (at, epoch, what) => ({ ...WHO, at, epoch, ...what });
const killed = [
  event(10, 1, { kind: "command_sent", command: "kill", reason: "game day" }), event(11, 1, { kind: "exited", exit: { reason: "killed" } }),
  event(11, 1, { kind: "backing_off", delay_ms: 3 }), event(18, 2, { kind: "started" }),
];

test("a kill and what came of it are one story", () => {
  const [story, ...others] = tell(killed);
  assert.equal(others.length, 0);
  assert.deepEqual([story.command, story.reason, story.exit, story.epoch, story.next, story.delayMs, story.afterMs], ["kill", "game day", { kind: "killed", detail: null }, 1, 2, 3, 7]);
  assert.equal(bad(story), true);
});

test("an exit that is told before its command is the command's all the same", () => {
  const [sent, ...others] = killed;
  const told = tell([...others.slice(0, 2), { ...sent, at: 13 }, others[2]]);
  assert.deepEqual(told.map((story) => [story.command, story.exit?.kind, story.next]), [["kill", "killed", 2]]);
  assert.equal(tell([...others, { ...sent, at: 14, epoch: 2 }]).length, 2, "one that meant the next incarnation");
});

test("until it is back the story has no end, and the next one is a story of its own", () => {
  assert.equal(tell(killed.slice(0, 3))[0].next, null);
  const again = tell([...killed, event(30, 2, { kind: "exited", exit: { reason: "panic", detail: "boom" } }), event(31, 2, { kind: "closed" })]);
  assert.deepEqual(again.map((story) => [story.epoch, story.exit?.detail, story.closed]), [[2, "boom", true], [1, null, false]]);
});

test("a supervisor that failed is told once, with its reason until the exit says it", () => {
  const told = tell([event(5, 1, { kind: "escalated", reason: "more than 5 restarts" }), event(6, 1, { kind: "exited", exit: { reason: "escalated", detail: "more than 5 restarts within 60s" } }), event(9, 2, { kind: "started" })]);
  assert.deepEqual(told.map((story) => [story.exit, story.next, story.afterMs]), [[{ kind: "escalated", detail: "more than 5 restarts within 60s" }, 2, 3]]);
});

test("a fault that ends by itself says for how long", () => {
  const [told] = tell([event(5, 1, { kind: "command_sent", command: "slow", delay_ms: 200, for_ms: 30_000, reason: "drill" })]);
  assert.deepEqual([told.command, told.lastsMs, told.exit], ["slow", 30_000, null]);
});

test("a suspension is a story without an exit, and a planned stop is none that is bad", () => {
  const [told] = tell([event(5, 1, { kind: "command_sent", command: "suspend", reason: "look" })]);
  assert.deepEqual([told.exit, told.command, bad(told)], [null, "suspend", false]);
  assert.equal(bad(tell([event(5, 1, { kind: "exited", exit: { reason: "shutdown" } })])[0]), false);
});

/** @param {string} instance @param {string[]} paths @returns {[string, any][]} */
const actors = (instance, paths) => paths.map((path) => [`${instance}${path}`, { instance, path, name: path.split("/").at(-1), state: "running", mailbox_depth: 0, mailbox_capacity: 8, budget_left: null, condition: null }]);
const SMALL = ["/t", "/t/one", "/t/two", "/t/two/x", "/t/two/y", "/t/three"];
const names = (/** @type {{actor: {name: string}}[]} */ nodes) => nodes.map((node) => node.actor.name);

test("each leaf has a line of its own, and a parent stands amid its children", () => {
  const { roots } = grow(new Map(actors("a", SMALL)), new Set());
  const { places, lines } = layOut(roots, 10);
  const at = Object.fromEntries(places.map(({ node, y }) => [node.actor.name, y]));
  assert.equal(lines, 4);
  assert.deepEqual([at.one, at.x, at.y, at.three, at.two], [5, 15, 25, 35, 20]);
});

test("what is folded is not seen, but a filter finds it there with those above", () => {
  const { roots, nodes } = grow(new Map(actors("a", SMALL)), new Set(["a/t/two"]));
  assert.deepEqual(names(rows(roots)), ["t", "one", "two", "three"]);
  assert.deepEqual(names(rows(roots, (node) => node.actor.name === "y")), ["t", "two", "y"]);
  assert.deepEqual([nodes.get("a/t/two")?.below, nodes.get("a/t")?.below], [2, 5]);
});

test("many actors begin folded, and one whose child is unwell says so", () => {
  const many = new Map([...actors("a", SMALL), ...actors("a", Array.from({ length: 200 }, (_, i) => `/t/two/z${i}`))]);
  many.get("a/t/two/z7").state = "backoff";
  const { roots, nodes } = grow(many, new Set());
  assert.deepEqual(names(rows(roots)), ["t", "one", "two", "three"]);
  assert.equal(nodes.get("a/t/two")?.unwell, 1);
  const open = grow(many, new Set(["a/t/two"])).roots;
  assert.equal(rows(open).length, 206);
  // Its middle would be out of sight: it stands beside the first of them.
  const { places } = layOut(open, 10);
  const at = Object.fromEntries(places.map(({ node, y }) => [node.actor.name, y]));
  assert.deepEqual([at.two, at.t], [at.x, at.one]);
});

test("the keys walk what is seen, to the parent and to the first child", () => {
  const { roots } = grow(new Map([...actors("b", SMALL), ...actors("a", ["/t"])]), new Set());
  const seen = rows(roots);
  assert.deepEqual(names(seen), ["t", "t", "one", "two", "x", "y", "three"]);
  const two = seen[3];
  assert.deepEqual(names([step(seen, two, "j"), step(seen, two, "ArrowUp"), step(seen, two, "ArrowLeft"), step(seen, two, "ArrowRight"), step(seen, undefined, "j"), step(seen, seen[6], "j")].map((node) => /** @type {any} */ (node))), ["x", "one", "t", "x", "t", "three"]);
});
