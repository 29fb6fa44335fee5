// @ts-check
/** Supervision: the tree, drawn and as a grid, of one instance or of all; or the page of one actor. */
import { session } from "../lib/api.js";
import { number, now as clock } from "../lib/format.js";
import { html, useComputed, useEffect } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { takeKeys } from "../lib/keys.js";
import { go, requery, route } from "../lib/router.js";
import { instance as streamed } from "../lib/stream.js";
import { Clip } from "../lib/text.js";
import { useTopic } from "../lib/topics.js";
import { Empty, Link, Loading, Page } from "../lib/ui.js";
import { Acts } from "./supervision/acts.js";
import { ActorPage } from "./supervision/actor.js";
import { Aggregates } from "./supervision/aggregates.js";
import { Drawing } from "./supervision/drawing.js";
import { Grid } from "./supervision/grid.js";
import { Happened } from "./supervision/happened.js";
import { kindOf, markOf, pageOf, trouble, unwell } from "./supervision/look.js";
import { grow, rows, step } from "./supervision/tree.js";

/** @param {import("../lib/api-types.js").Instance} instance */
const there = (instance) => ["live", "stale"].includes(instance.state);
const VIEWS = ["both", "drawing", "grid", "aggregates"];

export default function Screen() {
  const { rest, query } = route.value;
  const slash = rest.indexOf("/");
  const wanted = rest ? rest.slice(0, slash < 0 ? undefined : slash) : (query.get("instance") ?? "");
  useEffect(() => {
    streamed.value = wanted || null;
    return () => void (streamed.value = null);
  }, [wanted]);
  return rest ? html`<${ActorPage} key=${rest} instance=${wanted} path=${rest.slice(wanted.length)} />` : html`<${Tree} instance=${wanted} />`;
}

/** What a filter is held against. @param {import("./supervision/tree.js").Node} node */
const words = ({ actor }) => `${actor.instance}${actor.path} ${actor.kind} ${actor.state} ${actor.condition ?? ""} ${actor.last_exit?.kind ?? ""}`.toLowerCase();

/** @param {{instance: string}} props */
function Tree({ instance }) {
  const told = /** @type {Map<string, import("./supervision/look.js").Actor> | null} */ (useTopic("actors"));
  const instances = /** @type {Map<string, import("../lib/api-types.js").Instance> | null} */ (useTopic("instances"));
  const { query } = route.value;
  // Until the chosen instance answers, what is there is another's.
  const actors = told && (instance === "all" || told.size === 0 || told.values().next().value?.instance === (instance || session.value?.instance.id)) ? told : null;
  const gone = !!instance && instance !== "all" && instances !== null && ![...instances.values()].some((each) => each.id === instance && there(each));
  // Every two seconds is enough for what is no longer heard of.
  const now = useComputed(() => Math.floor(clock.value / 2000) * 2000).value;
  const chosen = query.get("actor") ?? "";
  const text = (query.get("q") ?? "").toLowerCase();
  const ill = query.get("unwell") === "1";
  const narrow = matchMedia("(max-width: 760px)").matches;
  const view = VIEWS.find((known) => known === query.get("view")) ?? (narrow ? "grid" : "both");
  const toggled = new Set((query.get("fold") ?? "").split(",").filter(Boolean));
  const { roots, nodes } = grow(actors ?? new Map(), toggled);
  const keep = text || ill ? (/** @type {any} */ node) => (!text || words(node).includes(text)) && (!ill || unwell(node.actor)) : null;
  const seen = rows(roots, keep ?? undefined);
  const choose = (/** @type {string} */ key) => requery({ actor: key });
  const fold = (/** @type {string} */ key) => {
    const next = new Set(toggled);
    if (!next.delete(key)) next.add(key);
    requery({ fold: [...next].join(",") });
  };
  const open = (/** @type {any} */ node) => go(pageOf(node.actor));
  const picked = nodes.get(chosen);
  useEffect(() => takeKeys((key) => {
    if (key === "Enter" && picked) return open(picked), true;
    if (key === "Escape" && chosen) return choose(""), true;
    if (key !== "j" && key !== "k") return false;
    const to = step(seen, picked, key);
    if (to) choose(to.key);
    return true;
  }));
  const ailing = [...nodes.values()].filter((node) => unwell(node.actor)).length;
  return html`<${Page} title=${t("screen.supervision")} actions=${html`<span class="fine">${actors && `${t("tree.count", { count: nodes.size })}${ailing ? ` · ${t("tree.unwell", { count: ailing })}` : ""}`}</span>
      <${Instances} chosen=${instance} />
      <label class="tree-filter"><span class="unseen">${t("tree.filter")}</span><input type="search" data-filter value=${query.get("q") ?? ""} placeholder=${t("tree.filter")} onInput=${(/** @type {any} */ e) => requery({ q: e.target.value })} /></label>
      <label class="check"><input type="checkbox" checked=${ill} onChange=${() => requery({ unwell: ill ? "" : "1" })} />${t("tree.only-unwell")}</label>
      <${Views} view=${view} />`}>
    <${Bar} node=${picked} />
    ${!actors ? (gone ? html`<${Empty}><p>${t("tree.gone", { id: instance })}</p><${Link} href="/instances">${t("screen.instances")}<//><//>` : html`<${Loading} />`) : nodes.size === 0 ? html`<${Empty}>${t("tree.none")}<//>` : html`
      ${view === "aggregates" && html`<${Aggregates} instance=${instance} />`}
      ${(view === "both" || view === "drawing") && html`<${Drawing} roots=${roots} nodes=${nodes} chosen=${chosen} now=${now} dim=${keep && ((/** @type {any} */ node) => !keep(node))} onChoose=${choose} onFold=${fold} />`}
      ${view !== "aggregates" && html`<${Happened} />`}
      ${(view === "both" || view === "grid") && (seen.length ? html`<${Grid} seen=${seen} filtered=${keep !== null} chosen=${chosen} now=${now} onChoose=${choose} onFold=${fold} onOpen=${open} />` : html`<${Empty}>${t("tree.none-found")}<//>`)}`}
  <//>`;
}

/** @param {{view: string}} props */
const Views = ({ view }) => html`<span class="views" role="group" aria-label=${t("tree.view")}>${VIEWS.map((each) => html`<button aria-pressed=${each === view} onClick=${() => requery({ view: each })}>${t(`tree.view.${each}`)}</button>`)}</span>`;

/** @param {{chosen: string}} props */
function Instances({ chosen }) {
  const known = [.../** @type {Map<string, import("../lib/api-types.js").Instance>} */ (useTopic("instances") ?? new Map()).values()].filter(there);
  const own = session.value?.instance.id ?? "";
  const names = [...new Set([...known.map((each) => each.id), ...(chosen && chosen !== "all" ? [chosen] : [])])].filter((id) => id !== own).sort();
  return html`<label><span class="unseen">${t("tree.instance")}</span><select value=${chosen === own ? "" : chosen} onChange=${(/** @type {any} */ e) => requery({ instance: e.target.value, actor: "" })}>
    <option value="">${t("tree.here", { name: own })}</option>${names.map((id) => html`<option value=${id}>${id}</option>`)}<option value="all">${t("tree.all", { count: number(names.length + 1) })}</option></select></label>`;
}

/** What can be done to the actor that is chosen. @param {{node: import("./supervision/tree.js").Node | undefined}} props */
function Bar({ node }) {
  if (!node) return html`<div class="act-bar fine">${t("tree.choose")}</div>`;
  const { actor } = node;
  return html`<div class="act-bar" role="region" aria-label=${t("acts.of", { name: actor.name })}>
    <span class="picked"><span class="mark ${kindOf(actor)}" aria-hidden="true">${markOf(actor)}</span><${Link} href=${pageOf(actor)} title=${actor.path}>${actor.name}<//> <b>#${actor.epoch}</b>${trouble(actor) && html` <small class="warn-text" ><${Clip} value=${trouble(actor)} /></small>`}</span>
    <${Acts} key=${node.key} actor=${actor} /></div>`;
}
