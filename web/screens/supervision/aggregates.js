// @ts-check
/** The orders that are in memory: the oldest, those with the longest queue, or one by its id. */
import { get } from "../../lib/api.js";
import { duration, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, requery, route } from "../../lib/router.js";
import { Table } from "../../lib/table.js";
import { Clip } from "../../lib/text.js";
import { Empty, Failure, Link, Loading, Panel, useAnswer } from "../../lib/ui.js";

const LIMIT = 50;
/** As many as the server gives: those of one shard are picked of all. */
const MOST = 200;

/** @param {{instance: string, shard?: string}} props `shard` keeps one shard's, by its actor's name */
export function Aggregates({ instance, shard }) {
  const { query } = route.value;
  const by = query.get("by") === "depth" ? "depth" : "age";
  const id = query.get("order") ?? "";
  const { data, error, again } = useAnswer(`${by} ${id} ${instance}`, (signal) => get("/aggregates", { by, limit: shard ? MOST : LIMIT, id, instance }, signal), { everyMs: 2000 });
  const all = /** @type {any} */ (data);
  const fits = (/** @type {any} */ each) => !shard || each.shard === shard || `shard-${each.shard}` === shard || String(each.shard).endsWith(`/${shard}`);
  const found = /** @type {any[] | undefined} */ (all)?.filter(fits) ?? null;
  const columns = [
    { name: "order", title: t("aggregates.order"), cell: (/** @type {any} */ each) => html`<${Link} href=${`/orders/${encodeURIComponent(each.order_id)}`}><${Clip} value=${each.order_id} most=${36} code /><//>` },
    { name: "state", title: t("tree.column.state"), cell: (/** @type {any} */ each) => t(`aggregates.state.${each.state}`) },
    { name: "age", title: t("aggregates.age"), number: true, cell: (/** @type {any} */ each) => duration(each.age_ms) },
    { name: "idle", title: t("aggregates.idle"), number: true, cell: (/** @type {any} */ each) => duration(each.idle_ms) },
    { name: "depth", title: t("aggregates.depth"), number: true, cell: (/** @type {any} */ each) => number(each.mailbox_depth) },
    { name: "shard", title: t("aggregates.shard"), cell: (/** @type {any} */ each) => String(each.shard) },
    { name: "instance", title: t("tree.instance"), cell: (/** @type {any} */ each) => each.instance },
  ];
  return html`<${Panel} title=${t("aggregates.title")} hint=${t("aggregates.hint")} actions=${html`
    <label><span class="unseen">${t("aggregates.search")}</span><input type="search" value=${id} placeholder=${t("aggregates.search")} onInput=${(/** @type {any} */ e) => requery({ order: e.target.value.trim() })} /></label>
    <label><span class="unseen">${t("aggregates.by")}</span><select value=${by} onChange=${(/** @type {any} */ e) => requery({ by: e.target.value })}><option value="age">${t("aggregates.by.age")}</option><option value="depth">${t("aggregates.by.depth")}</option></select></label>`}>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${!found ? !error && html`<${Loading} />` : found.length === 0 ? html`<${Empty}>${t(id ? "aggregates.none-found" : "aggregates.none")}<//>`
      : html`<${Table} label=${t("aggregates.title")} columns=${columns} rows=${found} id=${(/** @type {any} */ each) => `${each.instance}/${each.order_id}`} onOpen=${(/** @type {any} */ each) => go(`/orders/${encodeURIComponent(each.order_id)}`)} />`}
  <//>`;
}
