// @ts-check
/** One bulk operation: how far it is, what failed, and how to stop it or take it back. */
import { get, post } from "../../lib/api.js";
import { duration, number, now, rate, Time } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go } from "../../lib/router.js";
import { Clip, Id } from "../../lib/text.js";
import { Act, Badge, Failure, Link, Loading, useAnswer } from "../../lib/ui.js";

/**
 * @typedef {{id: string, kind: string, state: "frozen" | "running" | "stopped" | "done" | "failed", matched: number, done: number,
 *   skipped: number, failed: number, rate: number | null, created_at: string, started_at: string | null, ended_at: string | null, subject: string | null,
 *   reason: string | null, errors: {target: string, detail: string}[]}} Operation
 */

/** How often a running one is asked for, milliseconds. */
const EVERY_MS = 1000;
const KINDS = /** @type {Record<string, "good" | "warn" | "bad" | "calm" | "busy">} */ ({ frozen: "calm", running: "busy", stopped: "warn", done: "good", failed: "bad" });

/** @param {{state: string}} props */
export const State = ({ state }) => html`<${Badge} kind=${KINDS[state] ?? "calm"}>${t(`operation.state.${state}`)}<//>`;

/** What it does, in words. @param {string} kind e.g. `dead_letters.replay` */
export const kindName = (kind) => {
  const known = t(`operation.kind.${kind}`);
  return known.startsWith("operation.kind.") ? kind : known;
};

/** How much of it is behind. @param {{operation: Operation}} props */
export function Bar({ operation }) {
  const behind = operation.done + operation.skipped + operation.failed;
  const share = operation.matched > 0 ? behind / operation.matched : 1;
  const label = t("operation.progress", { behind, matched: operation.matched });
  const part = (/** @type {string} */ kind, /** @type {number} */ from, /** @type {number} */ count) =>
    count > 0 && html`<rect class=${kind} x=${`${(100 * from) / operation.matched}%`} width=${`${(100 * count) / operation.matched}%`} height="8" />`;
  return html`<div class="bar" role="progressbar" aria-label=${label} aria-valuenow=${Math.round(share * 100)} aria-valuemin="0" aria-valuemax="100">
    <svg width="100%" height="8" aria-hidden="true"><rect class="of" width="100%" height="8" rx="2" />
      ${part("is", 0, operation.done)}${part("skipped", operation.done, operation.skipped)}${part("failed", operation.done + operation.skipped, operation.failed)}
    </svg><span>${label} · ${number(share * 100)} %</span></div>`;
}

/** Seconds that are left at the pace so far, in words. @param {Operation} operation */
function left(operation) {
  const behind = operation.done + operation.skipped + operation.failed;
  if (operation.state !== "running" || !operation.started_at || behind === 0) return null;
  const took = now.value - Date.parse(operation.started_at);
  return took > 0 ? duration((took / behind) * (operation.matched - behind)) : null;
}

/** @param {{operation: Operation}} props */
export function Figures({ operation }) {
  const counts = /** @type {const} */ (["matched", "done", "skipped", "failed"]);
  const rest = left(operation);
  return html`<dl class="facts">
    <dt>${t("operation.what")}</dt><dd>${kindName(operation.kind)} <${State} state=${operation.state} /></dd>
    <dt>${t("operation.counts")}</dt><dd>${counts.map((name, i) => html`${i > 0 ? " · " : ""}<b class="tabular">${number(operation[name])}</b> ${t(`operation.count.${name}`)}`)}</dd>
    <dt>${t("operation.rate")}</dt><dd>${operation.rate ? t("operation.rate.most", { rate: rate(operation.rate) }) : t("operation.rate.free")}${rest && html` · ${t("operation.left", { time: rest })}`}</dd>
    <dt>${t("operation.started")}</dt><dd><${Time} at=${operation.started_at} />${operation.ended_at && html` · ${t("operation.ended")} <${Time} at=${operation.ended_at} />`}</dd>
    <dt>${t("operation.who")}</dt><dd><${Clip} value=${operation.subject} most=${60} /></dd>
    <dt>${t("reason")}</dt><dd><${Clip} value=${operation.reason} most=${300} /></dd>
  </dl>`;
}

/** What went wrong, the first ten. @param {{operation: Operation}} props */
const Errors = ({ operation }) =>
  operation.errors?.length > 0 &&
  html`<details open><summary>${t("operation.errors", { count: operation.failed })}</summary><ul class="plain">${operation.errors.map((each) => html`<li><${Id} value=${each.target} /> <${Clip} value=${each.detail} most=${200} /></li>`)}</ul></details>`;

/** Whether a discard can be taken back. @param {Operation} operation */
const undoable = (operation) => operation.kind.endsWith(".discard") && operation.done > 0 && ["done", "stopped", "failed"].includes(operation.state);

/** An operation, asked for while it runs. @param {{id: string, within?: boolean, onUndo?: (id: string) => void}} props `within`: shown within another screen */
export function Progress({ id, within = false, onUndo = (next) => go(`/operations/${next}`) }) {
  const [ended, setEnded] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const answer = useAnswer(id, async (signal) => {
    const operation = /** @type {Operation} */ (await get(`/operations/${encodeURIComponent(id)}`, {}, signal));
    setEnded(["frozen", "running"].includes(operation.state) ? "" : id);
    return operation;
  }, { everyMs: ended === id ? 0 : EVERY_MS });
  const operation = answer.data;
  if (!operation) return answer.error ? html`<${Failure} error=${answer.error} retry=${answer.again} />` : html`<${Loading} />`;
  const stop = async () => {
    setError(null);
    await post(`/operations/${encodeURIComponent(id)}/stop`).catch(setError);
    answer.again();
  };
  // A discard that is taken back can be done again: nothing needs to be confirmed.
  const undo = async () => {
    setError(null);
    await post(`/operations/${encodeURIComponent(id)}/undo`).then((made) => onUndo(made.operation ?? made.id), setError);
  };
  return html`<div class="progress">
    <${Bar} operation=${operation} />
    <${Figures} operation=${operation} />
    <${Errors} operation=${operation} />
    ${answer.error && html`<${Failure} error=${answer.error} />`}
    ${error && html`<${Failure} error=${error} />`}
    <div class="buttons">
      ${within && html`<${Link} href=${`/operations/${encodeURIComponent(id)}`}>${t("operation.page")}<//>`}
      ${["frozen", "running"].includes(operation.state) && html`<${Act} role="operator" danger=${true} onClick=${stop}>${t("operation.stop")}<//>`}
      ${undoable(operation) && html`<${Act} role="operator" onClick=${undo}>${t("operation.undo")}<//>`}
    </div>
  </div>`;
}
