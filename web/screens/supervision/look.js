// @ts-check
/** How an actor looks: its state as mark and kind, what it does now. */
import { t } from "../../lib/i18n.js";

/**
 * An actor as the API tells of it, and when it was heard last and its messages a second, which the stream's reader adds.
 * @typedef {import("../../lib/api-types.js").Actor & {heard: number, per_second: number | null}} Actor
 */
/** @typedef {"good" | "warn" | "bad" | "calm" | "busy"} Kind */

/** @type {Record<string, Kind>} */
const KINDS = { running: "good", starting: "busy", stopping: "busy", suspended: "warn", backoff: "bad", closed: "calm" };
/** @type {Record<string, string>} */
const MARKS = { running: "●", starting: "◌", stopping: "▽", suspended: "‖", backoff: "↻", closed: "✕" };

/** A mailbox this full is worth a look. */
const FULL = 0.6;

/** @param {Actor} actor @returns {Kind} */
export function kindOf(actor) {
  const kind = KINDS[actor.state] ?? "calm";
  return kind === "good" && (actor.condition || shareOf(actor) >= FULL || actor.budget_left === 0) ? "warn" : kind;
}

/** @param {Actor} actor */
export const markOf = (actor) => (kindOf(actor) === "warn" && actor.state === "running" ? "!" : (MARKS[actor.state] ?? "?"));

/** How full its mailbox is, from 0 to 1. @param {Actor} actor */
export const shareOf = (actor) => (actor.mailbox_capacity > 0 ? Math.min(1, actor.mailbox_depth / actor.mailbox_capacity) : 0);

/** Whether somebody should look at it. @param {Actor} actor */
export const unwell = (actor) => ["warn", "bad"].includes(kindOf(actor));

/** After this many milliseconds without a word of it, an actor handles nothing. */
const SILENT_MS = 5000;
/** Messages a second. @param {Actor} actor @param {number} now */
export const paceOf = (actor, now) => (actor.per_second === null ? null : now - actor.heard > SILENT_MS ? 0 : actor.per_second);

/** What it does now, and since when; of several loops the one that works. @param {Actor} actor @returns {{text: string, forMs: number | null}} */
export function doing(actor) {
  if (actor.current) return { text: actor.current.message, forMs: actor.current.for_ms };
  const loops = actor.loops.flatMap((loop) => (loop.doing === null ? [] : [{ ...loop, doing: loop.doing }]));
  const loop = loops.find((each) => !/^(waiting|listening|over)/.test(each.doing)) ?? loops[0];
  if (!loop) return { text: "", forMs: null };
  return { text: actor.loops.length > 1 ? `${loop.name}: ${loop.doing}` : loop.doing, forMs: loop.for_ms };
}

/** What keeps it from its work, in words; empty when nothing does. @param {Actor} actor */
export function trouble(actor) {
  if (actor.condition) return actor.condition;
  if (actor.state !== "running") return t(`actor.state.${actor.state}`);
  if (actor.budget_left === 0) return t("actor.no-budget");
  return shareOf(actor) >= FULL ? t("actor.full") : "";
}

/** The page of an actor. @param {{instance: string, path: string}} actor */
export const pageOf = (actor) => `/supervision/${[actor.instance, ...actor.path.slice(1).split("/")].map(encodeURIComponent).join("/")}`;
