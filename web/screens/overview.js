// @ts-check
/** Overview: in ten seconds, whether orders flow; and what needs a person now. */
import { get, session } from "../lib/api.js";
import { duration, number, rate } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { useTopic } from "../lib/topics.js";
import { Badge, Empty, Failure, Figure, Link, Loading, Page, Panel, useAnswer } from "../lib/ui.js";
import { Pipeline } from "./overview/pipeline.js";

/** @typedef {import("../lib/api-types.js").Overview} Overview */
/** @typedef {import("../lib/api-types.js").Pipeline} Pipe */
const RANKS = ["ok", "degraded", "down"];
/** @type {Record<string, "good" | "warn" | "bad">} */
const KINDS = { ok: "good", degraded: "warn", down: "bad" };
/** What stops work, before what only waits. @type {Record<string, "warn" | "bad">} */
const URGENT = { open_breaker: "bad", exhausted_budget: "bad", stale_instance: "warn", dead_letters: "warn", manual_orders: "warn", silent_drivers: "warn" };

export default function Screen() {
  const overview = /** @type {Overview | null} */ (useTopic("overview"));
  const streamed = useTopic("pipeline");
  // Asked for once, for what the stream has not told yet; then the stream's word is newer.
  const asked = useAnswer("pipeline", (signal) => get("/pipeline", {}, signal), { everyMs: streamed ? 0 : 5000 });
  const pipeline = /** @type {Pipe | null} */ (streamed ?? asked.data);
  return html`<${Page} title=${t("screen.overview")} actions=${overview && html`<span class="fine">${t("overview.up", { name: session.value?.instance.id ?? "", time: duration(overview.uptime_ms) })}</span>`}>
    ${pipeline && overview && html`<${Verdict} stages=${pipeline.stages} overview=${overview} />`}
    ${pipeline && html`<${Attention} wanted=${pipeline.attention} />`}
    ${asked.error && !pipeline ? html`<${Failure} error=${asked.error} retry=${asked.again} />` : pipeline ? html`<${Pipeline} stages=${pipeline.stages} />` : html`<${Loading} />`}
    <div class="grid">
      ${overview && html`<${Orders} overview=${overview} />`}
      ${pipeline && html`<${Objectives} slo=${pipeline.slo} />`}
    </div>
  <//>`;
}

/** Whether orders flow, in a sentence. @param {{stages: Pipe["stages"], overview: Overview}} props */
function Verdict({ stages, overview }) {
  const worst = Math.max(0, ...stages.map((stage) => RANKS.indexOf(stage.state)));
  const names = stages.filter((stage) => worst > 0 && RANKS.indexOf(stage.state) === worst).map((stage) => t(`pipeline.stage.${stage.stage}`)).join(", ");
  const state = RANKS[worst];
  const none = overview.accepted_per_second < 0.005 && overview.dispatched_per_second < 0.005;
  return html`<p class="verdict ${KINDS[state]}" role="status"><${Badge} kind=${KINDS[state]}>${t(`pipeline.state.${state}`)}<//> <strong>${t(state === "ok" && none ? "verdict.quiet" : `verdict.${state}`, { names })}</strong>
    <span>${t("verdict.rates", { accepted: rate(overview.accepted_per_second), dispatched: rate(overview.dispatched_per_second) })}</span></p>`;
}

/** What a person has to look at, each a link. @param {{wanted: Pipe["attention"]}} props */
function Attention({ wanted }) {
  const some = wanted.filter((each) => each.count > 0);
  return html`<section class="attention" aria-label=${t("attention.title")}>${some.length === 0
    ? html`<p class="fine">✓ ${t("attention.none")}</p>`
    : html`<ul>${some.map((each) => html`<li key=${each.kind}><${Link} href=${each.target} class=${URGENT[each.kind] ?? "warn"}><b>${number(each.count)}</b> ${t(`attention.${each.kind}`, { count: each.count })} <span aria-hidden="true">→</span><//></li>`)}</ul>`}</section>`;
}

/** @param {{overview: Overview}} props */
function Orders({ overview }) {
  const { orders } = overview;
  const all = Object.values(orders).reduce((sum, count) => sum + (typeof count === "number" ? count : 0), 0);
  return html`<${Panel} title=${t("overview.orders")} hint=${t("overview.orders.hint")}>${all === 0
    ? html`<${Empty}><p>${t("overview.none")}</p><code>tropa simulate --url ${location.origin}</code><//>`
    : html`<div class="figures tight">${Object.entries(orders).filter(([, count]) => typeof count === "number").map(([status, count]) => html`<${Figure} key=${status} label=${t(`status.${status}`)} value=${number(/** @type {number} */ (count))} kind=${status === "manual_dispatch" && count ? "warn" : ""} href=${`/orders?status=${status.toUpperCase()}`} />`)}
      <${Figure} label=${t("overview.claimed")} value=${number(overview.drivers_claimed)} href="/fleet" />
      <${Figure} label=${t("overview.letters")} value=${number(overview.dead_letters)} kind=${overview.dead_letters ? "warn" : ""} href="/dead-letters" /></div>`}<//>`;
}

/** What was promised, and how much of the error budget is left. @param {{slo: Pipe["slo"]}} props */
function Objectives({ slo }) {
  return html`<${Panel} title=${t("slo.title")} hint=${t("slo.hint")}>${slo.length === 0 ? html`<p class="fine">${t("slo.none")}</p>` : html`<ul class="objectives">${slo.map((each) => {
    const left = each.budget_left;
    const kind = each.attained === null ? "calm" : left <= 0 ? "bad" : left < 0.25 ? "warn" : "good";
    const name = t(`slo.${each.name}`);
    return html`<li key=${each.name}><span class="objective">${name === `slo.${each.name}` ? each.name : name}</span>
      <${Badge} kind=${kind}>${each.attained === null ? t("slo.unmeasured") : left <= 0 ? t("slo.spent") : t("slo.left", { share: share(left, 0) })}<//>
      <svg class="meter ${kind}" width="100%" height="6" preserveAspectRatio="none" viewBox="0 0 100 8" aria-hidden="true"><rect class="of" width="100" height="8" /><rect class="is" width=${Math.max(0, Math.min(1, left)) * 100} height="8" /></svg>
      <small>${each.attained !== null && html`<b>${share(each.attained)}</b> ${t("slo.of", { target: share(each.target, 1), window: duration(each.window_ms) })}`}</small></li>`;
  })}</ul>`}<//>`;
}

/** @param {number} value @param {number} [digits] */
const share = (value, digits = 2) => `${number(value * 100, digits)} %`;
