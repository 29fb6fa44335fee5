// @ts-check
/** Breakers: where each stands, what it has seen, when it tries again, and how it came there. */
import { get } from "../lib/api.js";
import { Time, duration, number, now } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { plain } from "../lib/text.js";
import { useTopic } from "../lib/topics.js";
import { Badge, Empty, Failure, Link, Loading, Page, Panel, useAnswer } from "../lib/ui.js";

/** @type {Record<string, "good" | "warn" | "bad">} */
const KINDS = { closed: "good", half_open: "warn", open: "bad" };
/** @typedef {import("../lib/api-types.js").Breaker} Breaker */
const STATES = ["closed", "open", "half_open"];

export default function Screen() {
  const instance = route.value.query.get("instance") ?? "all";
  const streamed = useTopic("breakers");
  const instances = [...(useTopic("instances")?.values() ?? [])].filter((each) => each.state === "live").map((each) => each.id).sort();
  const { data, error, again } = useAnswer(instance, (signal) => get("/breakers", { instance }, signal), { everyMs: 5000 });
  // The stream tells of the instance that answers, at once; the others are asked.
  const fresh = new Map(/** @type {Breaker[]} */ (streamed ?? []).map((each) => [`${each.instance} ${each.name}`, each]));
  const breakers = /** @type {Breaker[] | null} */ (data)?.map((each) => fresh.get(`${each.instance} ${each.name}`) ?? each);
  return html`<${Page} title=${t("screen.breakers")} actions=${html`<label><span class="unseen">${t("tree.instance")}</span><select value=${instance} onChange=${(/** @type {any} */ e) => requery({ instance: e.target.value === "all" ? "" : e.target.value })}>
      <option value="all">${t("tree.all", { count: number(Math.max(1, instances.length)) })}</option>${[...new Set([...instances, ...(instance === "all" ? [] : [instance])])].map((id) => html`<option value=${id}>${id}</option>`)}</select></label>`}>
    <p class="fine">${t("breakers.about")}</p>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${!breakers ? !error && html`<${Loading} />` : breakers.length === 0 ? html`<${Empty}>${t("breakers.none")}<//>` : html`<div class="grid breakers">${breakers.map((each) => html`<${Card} key=${`${each.instance} ${each.name}`} breaker=${each} />`)}</div>`}
  <//>`;
}

/** @param {{breaker: Breaker}} props */
function Card({ breaker }) {
  const { calls, failed, slow } = breaker;
  const fine = Math.max(0, calls - failed - slow);
  const { history } = breaker;
  return html`<${Panel} class="breaker ${breaker.state}" title=${breaker.name} hint=${breaker.instance ?? ""} actions=${html`<${Badge} kind=${KINDS[breaker.state] ?? "calm"}>${t(`breaker.${breaker.state}`)}<//>`}>
    <${Machine} state=${breaker.state} />
    <p><strong>${t(`breaker.${breaker.state}.told`)}</strong> ${breaker.state === "open" && html`<${Probe} breaker=${breaker} />`}</p>
    <p class="fine">${calls === 0 ? t("breakers.no-calls") : t("breakers.window", { count: calls })}</p>
    ${calls > 0 && html`<svg class="window" width="100%" height="12" viewBox="0 0 ${calls} 1" preserveAspectRatio="none" role="img" aria-label=${t("breakers.told", { fine, slow, failed })}>
      <rect class="fine" width=${fine} height="1" /><rect class="slow" x=${fine} width=${slow} height="1" /><rect class="failed" x=${fine + slow} width=${failed} height="1" /></svg>`}
    <ul class="legend"><li class="fine-calls">${t("breakers.fine", { count: fine })}</li><li class="slow-calls">${t("breakers.slow", { count: slow })}</li><li class="failed-calls">${t("breakers.failed", { count: failed })}</li><li>${t("breakers.flight", { count: breaker.in_flight })}</li></ul>
    <h3>${t("breakers.history")} <small>${t("breakers.generation", { number: String(breaker.generation) })}</small></h3>
    ${history.length === 0 ? html`<p class="fine">${t("breakers.history.none")}</p>` : html`<ol class="turns">${history.map((turn, i) => html`<li key=${`${turn.at}${i}`}><${Time} at=${turn.at} /> <span>${t(`breaker.${turn.from}`)} → <b class=${KINDS[turn.to]}>${t(`breaker.${turn.to}`)}</b></span> <span class="why">${plain(turn.why)}</span></li>`)}</ol>`}
    <p class="fine"><${Link} href=${`/supervision?q=breaker${breaker.instance ? `&instance=${encodeURIComponent(breaker.instance)}` : ""}`}>${t("breakers.actor")}<//></p>
  <//>`;
}

/** When it tries again, counted down. @param {{breaker: Breaker}} props */
function Probe({ breaker }) {
  const at = breaker.next_probe_at ? Date.parse(breaker.next_probe_at) : null;
  if (at === null) return breaker.opens_for_ms === null ? null : html`<span>${t("breakers.probe", { time: duration(breaker.opens_for_ms) })}</span>`;
  const left = Math.max(0, at - now.value);
  return html`<span>${left < 1000 ? t("breakers.probe.now") : t("breakers.probe", { time: duration(Math.round(left / 1000) * 1000) })}</span>`;
}

/** Its three states, the present one marked. @param {{state: string}} props */
function Machine({ state }) {
  const at = [60, 180, 300];
  return html`<svg class="machine" viewBox="0 0 360 80" width="100%" height="80" role="img" aria-label=${t("breakers.machine", { state: t(`breaker.${state}`) })}>
    <path d="M104,41H134M224,41H254" /><path class="head" d="M136,41l-7,-4v8zM256,41l-7,-4v8z" />
    <path d="M300,57Q300,73 180,73T60,64" /><path class="head" d="M60,57l-4,8h8z" /><path d="M300,25Q296,8 240,8T180,18" /><path class="head" d="M180,25l-4,-8h8z" />
    ${STATES.map((each, i) => html`<g class=${each === state ? `is ${KINDS[each]}` : ""}><rect x=${at[i] - 44} y="26" width="88" height="30" rx="15" /><text x=${at[i]} y="45" text-anchor="middle">${t(`breaker.${each}`)}</text></g>`)}
  </svg>`;
}
