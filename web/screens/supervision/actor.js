// @ts-check
/** The page of one actor: how it stands, its last quarter of an hour, its exits, its messages and loops. */
import { Failed, get, segments } from "../../lib/api.js";
import { Chart } from "../../lib/chart.js";
import { Time, duration, micros, number, rate } from "../../lib/format.js";
import { html, useMemo } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { plain } from "../../lib/text.js";
import { useTopic } from "../../lib/topics.js";
import { Badge, Empty, Failure, Link, Loading, Page, Panel, useAnswer } from "../../lib/ui.js";
import { Acts } from "./acts.js";
import { Aggregates } from "./aggregates.js";
import { Lasting } from "./grid.js";
import { Happened } from "./happened.js";
import { doing, kindOf, pageOf, trouble } from "./look.js";
import { marked } from "./marked.js";
import { bad } from "./stories.js";

/** @param {{instance: string, path: string}} props */
export function ActorPage({ instance, path }) {
  const actors = /** @type {Map<string, import("./look.js").Actor> | null} */ (useTopic("actors"));
  const key = `${instance}${path}`;
  const actor = actors?.get(key);
  const history = useAnswer(key, (signal) => get(`/actors/${segments(path)}/history`, { instance }, signal), { everyMs: 5000 });
  const name = path.split("/").at(-1) ?? path;
  const story = marked.value.get(key);
  return html`<${Page} title=${name} actions=${actor && html`<${Acts} actor=${actor} />`}>
    <${Trail} instance=${instance} path=${path} />
    ${actor ? html`<${Facts} key=${`f${story?.id ?? ""}`} actor=${actor} struck=${!!story && bad(story)} />` : !actors ? html`<${Loading} />` : html`<${Empty}><p>${t("actor.gone", { path })}</p><${Link} href="/supervision">${t("actor.to-tree")}<//><//>`}
    ${actor && html`<${Children} actor=${actor} actors=${actors} />`}
    ${history.error ? history.error instanceof Failed && history.error.status === 404 && !actor ? null : html`<${Failure} error=${history.error} retry=${history.again} />` : history.data ? html`<${History} history=${history.data} />` : html`<${Loading} />`}
    ${actor && html`<${Loops} loops=${actor.loops} heard=${actor.heard} />`}
    ${actor && html`<${Happened} only=${key} />`}
    ${actor?.dynamic && html`<${Aggregates} instance=${instance} shard=${name} />`}
  <//>`;
}

/** Where it is in the tree. @param {{instance: string, path: string}} props */
function Trail({ instance, path }) {
  const names = path.slice(1).split("/");
  return html`<nav class="trail" aria-label=${t("actor.trail")}><${Link} href=${`/supervision?instance=${encodeURIComponent(instance)}`}>${instance}<//>${names.map((name, i) => html`<span aria-hidden="true"> / </span><${Link} href=${pageOf({ instance, path: `/${names.slice(0, i + 1).join("/")}` })} current=${i === names.length - 1}>${name}<//>`)}</nav>`;
}

/** @param {{actor: import("./look.js").Actor, struck: boolean}} props */
function Facts({ actor, struck }) {
  const work = doing(actor);
  const held = plain(trouble(actor));
  const facts = [
    [t("tree.column.state"), html`<${Badge} kind=${kindOf(actor)}>${t(`actor.state.${actor.state}`)}<//>${held && held !== t(`actor.state.${actor.state}`) ? html` <span class="warn-text">${held}</span>` : ""}`],
    [t("tree.column.epoch"), html`<b>#${actor.epoch}</b> · <${Lasting} ms=${actor.uptime_ms} heard=${actor.heard} />`],
    [t("actor.kind"), html`<code>${actor.kind}</code>`],
    [t("actor.policy"), t(`actor.policy.${actor.restart}`)],
    [t("tree.column.restarts"), `${number(actor.restarts)}${actor.budget_left === null ? "" : ` · ${t("actor.budget.left", { count: actor.budget_left })}`}${actor.budget_max ? ` / ${number(actor.budget_max)}${actor.budget_within_ms ? ` ${t("effect.within", { time: duration(actor.budget_within_ms) })}` : ""}` : ""}`],
    [t("tree.column.doing"), work.text ? html`${work.text} ${work.forMs !== null && html`<small><${Lasting} ms=${work.forMs} heard=${actor.heard} /></small>`}` : t("actor.idle")],
    [t("tree.column.mailbox"), t("actor.mailbox.of", { depth: actor.mailbox_depth, capacity: actor.mailbox_capacity })],
    [t("actor.handled"), `${number(actor.handled)} · ${rate(actor.per_second)}`],
    [t("actor.waits"), spread(actor.handled, actor.wait_p50_us, actor.wait_p99_us)],
    [t("actor.handles"), spread(actor.handled, actor.handle_p50_us, actor.handle_p99_us)],
    [t("actor.promised"), `${number(actor.in_flight)} · ${t("actor.cancelled", { count: actor.cancelled })}`],
    [t("actor.thread"), String(actor.arbiter)],
    ...(actor.dynamic ? [[t("actor.dynamic"), t("actor.dynamic.told", actor.dynamic)]] : []),
    ...(actor.last_exit ? [[t("tree.column.exit"), html`${t(`exit.${actor.last_exit.kind}`)} · <${Time} at=${actor.last_exit_at} />${actor.last_exit.detail && html`<${Told} text=${actor.last_exit.detail} />`}`]] : []),
  ];
  return html`<section class="panel facts-panel ${struck ? "struck" : ""}" aria-label=${t("actor.facts")}><dl class="facts two">${facts.map(([term, told]) => html`<dt>${term}</dt><dd>${told}</dd>`)}</dl></section>`;
}

/** Nothing was measured while nothing was handled. @param {number} handled @param {number} p50 @param {number} p99 */
const spread = (handled, p50, p99) => (handled ? `${micros(p50)} / ${micros(p99)}` : "–");

/** A text of any length: long ones open on demand. @param {{text: string}} props */
const Told = ({ text }) => (text.length <= 300 ? html` <code>${plain(text)}</code>` : html`<details><summary><code>${plain(text.slice(0, 200))}…</code></summary><pre>${plain(text)}</pre></details>`);

/** @param {{actor: import("./look.js").Actor, actors: Map<string, import("./look.js").Actor>}} props */
function Children({ actor, actors }) {
  const under = [...actors.values()].filter((each) => each.instance === actor.instance && each.path.startsWith(`${actor.path}/`) && !each.path.slice(actor.path.length + 1).includes("/"));
  return under.length > 0 && html`<${Panel} title=${t("actor.children", { count: under.length })}><ul class="chips">${under.map((each) => html`<li key=${each.path}><${Link} href=${pageOf(each)}>${each.name}<//> <${Badge} kind=${kindOf(each)}>${t(`actor.state.${each.state}`)}<//> #${each.epoch}</li>`)}</ul><//>`;
}

/** @typedef {import("../../lib/api-types.js").ActorHistory} Past */
/** @typedef {import("../../lib/api-types.js").ActorSample} Sample */
/** @param {{history: Past}} props */
function History({ history }) {
  const { samples, exits, messages } = history;
  const chart = useMemo(() => {
    const line = (/** @type {string} */ label, /** @type {Exclude<keyof Sample, "at">} */ name, scale = 1) => ({ label, values: samples.map((sample) => (sample[name] === null ? null : sample[name] * scale)) });
    return {
      times: samples.map((sample) => Date.parse(sample.at) / 1000),
      pace: [line(t("actor.chart.handled"), "handled_per_second")], depth: [line(t("actor.chart.depth"), "depth")],
      waits: [line(t("actor.chart.wait"), "wait_p99_us", 0.001), line(t("actor.chart.handle"), "handle_p99_us", 0.001)], restarts: [line(t("actor.chart.restarts"), "restarts")],
    };
  }, [samples]);
  return html`<${Panel} title=${t("actor.chart.title")} hint=${t("actor.chart.hint")}>
      ${samples.length < 2 ? html`<p class="fine">${t("actor.chart.none")}</p>` : html`<div class="grid charts">
        <${Chart} label=${t("actor.chart.pace")} times=${chart.times} lines=${chart.pace} unit=${rate} height=${130} />
        <${Chart} label=${t("actor.chart.depths")} times=${chart.times} lines=${chart.depth} unit=${(/** @type {number} */ n) => number(n)} height=${130} />
        <${Chart} label=${t("actor.chart.times")} times=${chart.times} lines=${chart.waits} unit=${duration} height=${130} />
        <${Chart} label=${t("actor.chart.restarted")} times=${chart.times} lines=${chart.restarts} unit=${(/** @type {number} */ n) => number(n)} height=${130} />
      </div>`}<//>
    <div class="grid">
      <${Panel} title=${t("actor.messages")} hint=${t("actor.messages.hint")}>${messages.length === 0 ? html`<p class="fine">${t("actor.messages.none")}</p>` : html`<div class="table-frame" tabindex="0" role="region" aria-label=${t("actor.messages")}><table>
        <thead><tr><th scope="col">${t("actor.message")}</th><th scope="col" class="number">${t("actor.handled")}</th><th scope="col" class="number">p50</th><th scope="col" class="number">p99</th></tr></thead>
        <tbody>${messages.map((each) => html`<tr key=${each.message}><td><code>${each.message}</code></td><td class="number">${number(each.handled)}</td><td class="number">${micros(each.p50_us)}</td><td class="number">${micros(each.p99_us)}</td></tr>`)}</tbody></table></div>`}<//>
      <${Panel} title=${t("actor.exits")}>${exits.length === 0 ? html`<p class="fine">${t("actor.exits.none")}</p>` : html`<div class="table-frame" tabindex="0" role="region" aria-label=${t("actor.exits")}><table>
        <thead><tr><th scope="col">${t("actor.when")}</th><th scope="col" class="number">${t("tree.column.epoch")}</th><th scope="col">${t("tree.column.exit")}</th></tr></thead>
        <tbody>${exits.map((each) => html`<tr key=${`${each.epoch} ${each.at}`}><td><${Time} at=${each.at} /></td><td class="number">#${each.epoch}</td><td><${Badge} kind=${["normal", "shutdown"].includes(each.kind) ? "calm" : "bad"}>${t(`exit.${each.kind}`)}<//>${each.detail && html`<${Told} text=${each.detail} />`}</td></tr>`)}</tbody></table></div>`}<//>
    </div>`;
}

/** @param {{loops: any[], heard: number}} props */
function Loops({ loops, heard }) {
  return loops.length > 0 && html`<${Panel} title=${t("actor.loops")} hint=${t("actor.loops.hint")}><div class="table-frame" tabindex="0" role="region" aria-label=${t("actor.loops")}><table>
    <thead><tr><th scope="col">${t("actor.loop")}</th><th scope="col" class="number">${t("actor.rounds")}</th><th scope="col" class="number">${t("actor.rounds.pace")}</th><th scope="col">${t("tree.column.doing")}</th></tr></thead>
    <tbody>${loops.map((loop) => html`<tr key=${loop.name}><td><code>${loop.name}</code></td><td class="number">${number(loop.rounds)}</td><td class="number">${rate(loop.per_second)}</td><td>${loop.doing ? html`${loop.doing} <small><${Lasting} ms=${loop.for_ms} heard=${heard} /></small>` : "–"}</td></tr>`)}</tbody></table></div><//>`;
}
