// @ts-check
/** What was done to an order and when: a lane a stage, all on one time axis, with the try it belonged to. */
import { duration, exact, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip } from "../../lib/text.js";
import { Empty } from "../../lib/ui.js";
import { pieces, placed, ticks } from "./axis.js";
import { said } from "./search.js";

/** @typedef {{stage: string, instance: string | null, attempt: number, started_at: string, ended_at: string | null, detail: string | null}} Lane */
/** Stages in the order they come. */
const STAGES = ["accepted", "committed", "published", "consumed", "leased", "searched", "claimed", "decided", "acked"];

/** Milliseconds with their fraction: times of the server have microseconds, a `Date` has not. @param {string} at */
export function millis(at) {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return Math.floor(Date.parse(at) / 1000) * 1000 + Number(`0.${fraction || 0}`) * 1000;
}

/** How long after the beginning, exact enough to tell what came first; from a minute on as a clock. @param {number} ms */
export function offset(ms) {
  if (ms < 1000) return `+${duration(ms)}`;
  if (ms < 60_000) return `+${number(ms / 1000, 3)} s`;
  const two = (/** @type {number} */ count) => String(count).padStart(2, "0");
  const whole = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `+${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}.${String(Math.floor(ms % 1000)).padStart(3, "0")}`;
}

/** Waits whose length is written: those with room for it. @param {import("./axis.js").Piece[]} axis */
function told(axis) {
  let free = 0;
  return axis.filter((piece) => {
    const fits = piece.folded && piece.x >= free;
    if (fits) free = piece.x + 9;
    return fits;
  });
}

/** @param {{axis: import("./axis.js").Piece[], children?: any, height?: number}} props */
const Strip = ({ axis, children, height = 18 }) => html`<svg class="lane" width="100%" height=${height} aria-hidden="true">
  ${axis.filter((piece) => piece.folded).map((piece) => html`<rect class="fold" x=${`${piece.x}%`} width=${`${piece.width}%`} height=${height} />`)}
  ${children}</svg>`;

/** Times from the start, and the waits that are folded. @param {{axis: import("./axis.js").Piece[]}} props */
function Scale({ axis }) {
  const start = axis[0].from;
  return html`<${Strip} axis=${axis} height=${30}>
    ${ticks(axis).map((mark) => html`<g key=${mark.at}><line class="tick" x1=${`${mark.x}%`} x2=${`${mark.x}%`} y1="22" y2="30" /><text x=${`${mark.x}%`} y="19">${mark.at === start ? "0" : offset(mark.at - start)}</text></g>`)}
    ${told(axis).map((piece) => html`<text class="wait" x=${`${piece.x + piece.width / 2}%`} y="8">${duration(piece.to - piece.from)}</text>`)}
  <//>`;
}

/** One lane's row. @param {{lane: Lane, axis: import("./axis.js").Piece[]}} props */
function Row({ lane, axis }) {
  const from = millis(lane.started_at);
  const to = lane.ended_at ? millis(lane.ended_at) : null;
  const x = placed(axis, from);
  const width = to === null ? 100 - x : Math.max(0.4, placed(axis, to) - x);
  const took = to === null ? t("lanes.open") : to > from ? duration(to - from) : "–";
  return html`<tr title=${exact(lane.started_at)}>
    <th scope="row">${t(`stage.${lane.stage}`)}${lane.attempt > 1 && html` <small>${t("lanes.attempt", { attempt: lane.attempt })}</small>`}</th>
    <td class="strip"><${Strip} axis=${axis}><rect class=${`span ${lane.stage} ${to === null ? "open" : ""}`} x=${`${Math.min(x, 99.6)}%`} width=${`${width}%`} y="4" height="10" rx="2" /><//></td>
    <td class="number">${offset(from - axis[0].from)}</td><td class="number">${took}</td>
    <td><${Clip} value=${lane.instance} most=${40} /></td><td class="detail"><${Clip} value=${lane.detail} most=${120} /></td>
  </tr>`;
}

/** What the database says happened, as marks. @param {{events: import("../../lib/api-types.js").OrderEvent[], axis: import("./axis.js").Piece[]}} props */
const Marks = ({ events, axis }) => html`<tr>
  <th scope="row">${t("lanes.events")}</th>
  <td class="strip"><${Strip} axis=${axis}>${events.map((event) => {
    const x = placed(axis, millis(event.at));
    return html`<circle key=${event.event_id} class="event" cx=${`${Math.min(99.4, Math.max(0.6, x))}%`} cy="9" r="4.5"><title>${t(`event.${event.event}`)} ${offset(millis(event.at) - axis[0].from)}</title></circle>`;
  })}<//></td>
  <td colspan="4" class="detail">${events.map((event) => t(`event.${event.event}`)).join(" → ")}</td>
</tr>`;

/** @param {{lanes: Lane[], events: import("../../lib/api-types.js").OrderEvent[], complete: boolean}} props */
export function Lanes({ lanes, events, complete }) {
  const spans = lanes.map((lane) => ({ from: millis(lane.started_at), to: millis(lane.ended_at ?? lane.started_at) }));
  const axis = pieces([...spans, ...events.map((event) => ({ from: millis(event.at), to: millis(event.at) }))]);
  if (!axis.length) return html`<${Empty}>${t("lanes.empty")}<//>`;
  const sorted = [...lanes].sort((a, b) => millis(a.started_at) - millis(b.started_at) || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  return html`<div class="table-frame lanes" role="region" aria-label=${t("lanes.title")} tabindex="0"><table>
    <caption class="unseen">${t("lanes.title")}</caption>
    <colgroup><col class="stage" /><col /><col class="time" /><col class="time" /><col class="who" /><col class="what" /></colgroup>
    <thead><tr><th scope="col">${t("lanes.stage")}</th><th scope="col" class="strip"><span class="unseen">${t("lanes.axis")}</span><${Scale} axis=${axis} /></th><th scope="col" class="number">${t("lanes.at")}</th><th scope="col" class="number">${t("lanes.took")}</th><th scope="col">${t("lanes.instance")}</th><th scope="col">${t("lanes.detail")}</th></tr></thead>
    <tbody>${events.length > 0 && html`<${Marks} events=${events} axis=${axis} />`}${sorted.map((lane, i) => html`<${Row} key=${i} lane=${lane} axis=${axis} />`)}</tbody>
  </table></div>
  ${!complete && html`<p class="fine below">${t("lanes.incomplete")}</p>`}`;
}

/** Messages that came again and were not worked again. @param {{duplicates: {at: string, event_id: string, instance: string, why: string}[]}} props */
export const Duplicates = ({ duplicates }) =>
  duplicates.length === 0
    ? html`<p class="fine">${t("duplicates.none")}</p>`
    : html`<ul class="plain">${duplicates.map((each) => html`<li><time dateTime=${each.at}>${exact(each.at)}</time> · <${Clip} value=${said(each.why)} most=${120} /> · <${Clip} value=${each.instance} most=${40} /> · <${Clip} value=${each.event_id} most=${40} code=${true} /></li>`)}</ul>`;
