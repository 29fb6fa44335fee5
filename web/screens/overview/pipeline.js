// @ts-check
/** An order's way as one picture: each stage with what it gets done, how long it takes, and what waits before it. */
import { duration, number, rate } from "../../lib/format.js";
import { html, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { language, t } from "../../lib/i18n.js";
import { go } from "../../lib/router.js";

/** @typedef {import("../../lib/api-types.js").PipelineStage} Stage */

/** Where a stage is looked into. @type {Record<string, string>} */
const SCREENS = { intake: "/supervision?q=intake", outbox: "/outbox", broker: "/outbox", consumers: "/supervision?q=consumer", guard: "/supervision?q=guard", breaker: "/breakers", fleet: "/fleet", orders: "/orders" };
const MARKS = { ok: "✓", degraded: "!", down: "✕" };
/** Room between a row of stages and the next, for the arrow. */
const DOWN = 34;
/** From here on a full number is too long to be read at a glance. */
const LARGE = 10_000;

/** @param {{stages: Stage[]}} props */
export function Pipeline({ stages }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [wide, setWide] = useState(0);
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const sized = new ResizeObserver(() => setWide(box.clientWidth));
    sized.observe(box);
    setWide(box.clientWidth);
    return () => sized.disconnect();
  }, []);
  const per = wide >= 860 ? 4 : 2;
  const narrow = wide < 520;
  const across = narrow ? 24 : 46;
  const tall = narrow ? 150 : 132;
  const width = Math.floor((wide - 4 - (per - 1) * across) / per);
  // Rows run to the right and back, as the order does: it ends where it began, in the database.
  const places = stages.map((stage, i) => {
    const row = Math.floor(i / per);
    const column = row % 2 ? per - 1 - (i % per) : i % per;
    return { stage, row, x: 2 + column * (width + across), y: 2 + row * (tall + DOWN) };
  });
  const high = Math.ceil(stages.length / per) * (tall + DOWN) - DOWN + 4;
  return html`<div class="pipeline" ref=${frame}>${wide > 0 && html`<svg width=${wide} height=${high} role="group" aria-label=${t("pipeline.title")}>
    <defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0L8,4L0,8z" /></marker></defs>
    ${places.slice(1).map((to, i) => html`<${Edge} key=${to.stage.stage} from=${places[i]} to=${to} width=${width} tall=${tall} />`)}
    ${places.map((place) => html`<${Card} key=${place.stage.stage} stage=${place.stage} x=${place.x} y=${place.y} width=${width} tall=${tall} narrow=${narrow} />`)}
  </svg>`}</div>`;
}

/** @typedef {{stage: Stage, row: number, x: number, y: number}} Place */
/** @param {{from: Place, to: Place, width: number, tall: number}} props */
function Edge({ from, to, width, tall }) {
  const flows = (to.stage.per_second ?? 0) > 0.01;
  const stuck = to.stage.state === "down";
  const right = from.row % 2 === 0;
  const [x1, y1, x2, y2] = from.row === to.row
    ? [right ? from.x + width : from.x, from.y + tall / 2, right ? to.x : to.x + width, to.y + tall / 2]
    : [from.x + width / 2, from.y + tall, to.x + width / 2, to.y];
  // The faster, the shorter a dash takes; never so fast that it flickers.
  const seconds = Math.max(0.6, Math.min(4, 4 / Math.sqrt(1 + (to.stage.per_second ?? 0))));
  return html`<g class="edge ${stuck ? "stuck" : flows ? "flows" : ""}" aria-hidden="true"><path class="way" d="M${x1},${y1}L${x2},${y2}" marker-end="url(#arrow)" />${flows && html`<path class="flow" d="M${x1},${y1}L${x2},${y2}" style=${{ animationDuration: `${seconds.toFixed(1)}s` }} />`}</g>`;
}

/** @param {{stage: Stage, x: number, y: number, width: number, tall: number, narrow: boolean}} props */
function Card({ stage, x, y, width, tall, narrow }) {
  const href = SCREENS[stage.stage] ?? "/";
  const follow = (/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(href);
  };
  const room = Math.floor((width - 20) / 6.1);
  const waits = stage.depth === null ? "" : `${brief(stage.depth)}${stage.capacity ? ` / ${brief(stage.capacity)}` : ""} ${t(`pipeline.waits.${stage.stage}`)}`;
  const oldest = stage.oldest_ms === null ? "" : t("pipeline.oldest", { time: duration(stage.oldest_ms) });
  const times = stage.p99_ms === null ? "" : `p50 ${duration(stage.p50_ms)} · p99 ${duration(stage.p99_ms)}`;
  const lines = narrow ? [times, waits, oldest] : [times, [waits, oldest].filter(Boolean).join(" · ")];
  const share = stage.depth !== null && stage.capacity ? Math.min(1, stage.depth / stage.capacity) : null;
  return html`<a class="stage ${stage.state}" href=${href} transform="translate(${x} ${y})" onClick=${follow}>
    <title>${`${t(`pipeline.stage.${stage.stage}`)}: ${t(`pipeline.state.${stage.state}`)}${stage.note ? `, ${stage.note}` : ""}. ${t(`pipeline.hint.${stage.stage}`)}`}</title>
    <rect class="body" width=${width} height=${tall} rx="6" />
    <text class="mark" x="12" y="22" aria-hidden="true">${MARKS[stage.state]}</text><text class="name" x="30" y="22">${t(`pipeline.stage.${stage.stage}`)}</text>
    <text class="rate" x=${width - 12} y="22" text-anchor="end">${rate(stage.per_second)}</text>
    <${Series} values=${stage.series} width=${width - 24} />
    ${lines.map((line, i) => html`<text class="quiet" x="12" y=${88 + i * 16}>${clip(line, room)}</text>`)}
    ${share !== null && !stage.note && html`<rect class="of" x="12" y=${tall - 17} width=${width - 24} height="4" rx="2" /><rect class="is" x="12" y=${tall - 17} width=${(width - 24) * share} height="4" rx="2" />`}
    ${stage.note && html`<text class="note" x="12" y=${tall - 11}>${clip(stage.note, room)}</text>`}
  </a>`;
}

/** The last five minutes. @param {{values: number[], width: number}} props */
function Series({ values, width }) {
  const most = Math.max(0.001, ...values);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, i) => `${(12 + i * step).toFixed(1)},${(70 - (value / most) * 36).toFixed(1)}`);
  return html`<g class="series"><polygon points="12,71 ${points.join(" ")} ${12 + width},71" /><polyline points=${points.join(" ")} /></g>`;
}

/** @param {number} value */
const brief = (value) => (value < LARGE ? number(value) : value.toLocaleString(language.value, { notation: "compact" }));

/** @param {string} text @param {number} most */
const clip = (text, most) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);
