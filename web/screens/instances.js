// @ts-check
/** Instances: who is there, what each holds and gets done, and taking one out of the work. */
/** @typedef {import("../lib/api-types.js").Instance} Instance */
import { post, session } from "../lib/api.js";
import { Time, duration, number, rate } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { go, requery, route } from "../lib/router.js";
import { Table } from "../lib/table.js";
import { useTopic } from "../lib/topics.js";
import { Act, Badge, Confirm, Empty, Figure, Loading, Link, Page, notice } from "../lib/ui.js";

/** @type {Record<string, "good" | "warn" | "bad" | "calm" | "busy">} */
const KINDS = { live: "good", stale: "bad", gone: "calm", stopped: "calm", unknown: "warn" };
/** @type {Record<string, "good" | "warn" | "calm" | "busy">} */
const PHASES = { running: "good", draining: "busy", drained: "warn", stopping: "busy", stopped: "calm" };
/** A clock that is off by more is worth a look. */
const SKEWED_MS = 1000;

const drains = (/** @type {Instance} */ each) => ["draining", "drained"].includes(each.phase);
const there = (/** @type {Instance} */ each) => ["live", "stale"].includes(each.state);

export default function Screen() {
  const told = /** @type {Map<string, Instance> | null} */ (useTopic("instances"));
  const past = route.value.query.get("past") === "1";
  const [asked, setAsked] = useState(/** @type {{verb: "drain" | "resume", each: Instance} | null} */ (null));
  const all = told && [...told.values()].sort((a, b) => Number(there(b)) - Number(there(a)) || a.id.localeCompare(b.id) || (a.started_at < b.started_at ? 1 : -1));
  const present = all?.filter(there) ?? [];
  const shown = all && (past ? all : present);
  const sum = (/** @type {(each: any) => number} */ of) => present.reduce((total, each) => total + of(each), 0);
  const verb = (/** @type {Instance} */ each) => (drains(each) ? "resume" : "drain");
  const columns = [
    { name: "id", title: t("tree.instance"), sort: (/** @type {Instance} */ each) => each.id, cell: (/** @type {Instance} */ each) => html`<${Link} href=${`/supervision?instance=${encodeURIComponent(each.id)}`}>${each.id}<//>${each.here && html` <small>${t("instances.here")}</small>`}<br /><small title=${each.boot}>${t("instances.process", { pid: String(each.pid), version: each.version })}</small>` },
    { name: "state", title: t("tree.column.state"), sort: (/** @type {Instance} */ each) => each.state, cell: (/** @type {Instance} */ each) => html`<${Badge} kind=${KINDS[each.state] ?? "calm"}>${t(`instance.${each.state}`)}<//><br /><small><${Time} at=${each.last_seen} /></small>` },
    { name: "phase", title: t("instances.phase"), sort: (/** @type {Instance} */ each) => each.phase, cell: (/** @type {Instance} */ each) => html`<${Badge} kind=${PHASES[each.phase] ?? "calm"}>${t(`phase.${each.phase}`)}<//>` },
    { name: "act", title: t("instances.act"), cell: (/** @type {Instance} */ each) => there(each) && html`<${Act} role="operator" danger=${!drains(each)} disabled=${["stopping", "stopped"].includes(each.phase)} onClick=${() => setAsked({ verb: verb(each), each })}>${t(`instances.${verb(each)}`)}<//>` },
    { name: "roles", title: t("instances.roles"), cell: (/** @type {Instance} */ each) => each.roles.map((role) => t(`instances.role.${role}`)).join(", ") },
    { name: "holds", title: t("instances.holds"), cell: (/** @type {Instance} */ each) => html`<${Holds} holds=${each.holds} />` },
    { name: "rates", title: t("instances.rates"), number: true, sort: (/** @type {Instance} */ each) => each.rates.accepted_per_second, cell: (/** @type {Instance} */ each) => html`${t("instances.accepted", { rate: rate(each.rates.accepted_per_second) })}<br />${t("instances.dispatched", { rate: rate(each.rates.dispatched_per_second) })}` },
    { name: "breakers", title: t("screen.breakers"), cell: (/** @type {Instance} */ each) => each.breakers.map((breaker) => html`<${Link} href=${`/breakers?instance=${encodeURIComponent(each.id)}`}><${Badge} kind=${breaker.state === "closed" ? "good" : breaker.state === "open" ? "bad" : "warn"}>${breaker.name}: ${t(`breaker.${breaker.state}`)}<//><//> `) },
    { name: "clock", title: t("instances.clock"), number: true, sort: (/** @type {Instance} */ each) => each.clock?.skew_ms ?? null, cell: (/** @type {Instance} */ each) => html`<${Clock} clock=${each.clock} />` },
    { name: "since", title: t("instances.since"), sort: (/** @type {Instance} */ each) => each.started_at, cell: (/** @type {Instance} */ each) => html`<${Time} at=${each.started_at} />` },
  ];
  return html`<${Page} title=${t("screen.instances")} actions=${html`<label class="check"><input type="checkbox" checked=${past} onChange=${() => requery({ past: past ? "" : "1" })} />${t("instances.past")}</label>`}>
    ${!shown ? html`<${Loading} />` : html`
      <div class="figures tight">
        <${Figure} label=${t("instances.live")} value=${number(present.filter((each) => each.state === "live").length)} unit=${t("instances.of", { count: present.length })} kind=${present.some((each) => each.state === "stale") ? "bad" : ""} />
        <${Figure} label=${t("instances.sum.accepted")} value=${rate(sum((each) => each.rates.accepted_per_second))} />
        <${Figure} label=${t("instances.sum.dispatched")} value=${rate(sum((each) => each.rates.dispatched_per_second))} />
        <${Figure} label=${t("instances.hold.leases")} value=${number(sum((each) => each.holds.leases))} />
        <${Figure} label=${t("instances.hold.deliveries")} value=${number(sum((each) => each.holds.deliveries))} />
        <${Figure} label=${t("instances.hold.aggregates")} value=${number(sum((each) => each.holds.aggregates))} />
      </div>
      ${shown.length === 0 ? html`<${Empty}>${t("instances.none")}<//>` : html`<${Table} label=${t("instances.table")} columns=${columns} rows=${shown} id=${(/** @type {Instance} */ each) => each.boot} sorted=${route.value.query.get("sort") ?? ""} onSort=${(/** @type {string} */ sort) => requery({ sort })} onOpen=${(/** @type {Instance} */ each) => go(`/supervision?instance=${encodeURIComponent(each.id)}`)} />`}`}
    ${asked && html`<${Confirm} title=${t(`instances.${asked.verb}.title`, { id: asked.each.id })} danger=${asked.verb === "drain"} onClose=${() => setAsked(null)}
      effect=${html`<p>${t(`instances.${asked.verb}.effect`, { id: asked.each.id })}</p>${asked.verb === "drain" && html`<p>${t("instances.drain.holds", { leases: asked.each.holds.leases, deliveries: asked.each.holds.deliveries })}</p>${present.filter((each) => each.state === "live" && !drains(each)).length <= 1 && html`<p><strong>${t("instances.drain.last")}</strong></p>`}`}`}
      act=${async (/** @type {string} */ reason) => {
        await post(`/instances/${encodeURIComponent(asked.each.id)}/${asked.verb}`, { reason });
        notice(t(`instances.${asked.verb}.done`, { id: asked.each.id }));
      }} />`}
    ${session.value?.mode === "standalone" && html`<p class="fine">${t("instances.standalone")}</p>`}
  <//>`;
}

/** @param {{holds: Instance["holds"]}} props */
const Holds = ({ holds }) => html`<ul class="holds">${Object.entries(holds).map(([what, count]) => html`<li key=${what} class=${count ? "" : "none"}><b>${number(count)}</b> ${t(`instances.hold.${what}`)}</li>`)}</ul>`;

/** @param {{clock: Instance["clock"]}} props */
function Clock({ clock }) {
  if (!clock) return html`<span title=${t("instances.clock.unknown")}>–</span>`;
  if (!clock.set) return html`<${Badge} kind="warn">${t("instances.clock.unset")}<//>`;
  const off = Math.abs(clock.skew_ms) >= SKEWED_MS;
  const text = clock.skew_ms === 0 ? t("instances.clock.right") : t(clock.skew_ms > 0 ? "instances.clock.ahead" : "instances.clock.behind", { time: duration(Math.abs(clock.skew_ms)) });
  return html`${off ? html`<${Badge} kind="warn">${text}<//>` : text}${clock.jumps > 0 && html`<br /><small>${t("instances.clock.jumps", { count: clock.jumps })}</small>`}`;
}
