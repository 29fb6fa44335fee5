// @ts-check
/** The table of orders: filtered and laid out by the address, live, paged as it is scrolled, with what can be done to many. */
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { go, requery, route } from "../../lib/router.js";
import { Clip, Id } from "../../lib/text.js";
import { Act, Empty, Failure, Loading, Page } from "../../lib/ui.js";
import { useAsList } from "../../lib/way-back.js";
import { Bulk } from "../operations/bulk.js";
import { chosen, Columns, columns, Status, told } from "./columns.js";
import { asked, filterOf, filters } from "./filter.js";
import { Filters } from "./filters.js";
import { useOrders } from "./live.js";
import { MOST } from "./pages.js";

/** An order in a dry run's sample. @param {import("../../lib/api-types.js").Order} order */
const sample = (order) => html`<${Id} value=${order.id} /> <${Status} status=${order.status} /> <${Clip} value=${order.driver?.name ?? order.driver?.id ?? null} most=${30} />`;

/** Orders that can be named one by one, the most the server takes. */
const NAMED = 1000;

/** What is meant: those selected, or all that the filter matches. What the server cannot find is named one by one, if all of it is loaded. @param {import("./filter.js").Filter} filter @param {Set<string>} selected @param {import("./pages.js").Pages} pages */
function meant(filter, selected, pages) {
  const ids = selected.size > 0 ? [...selected] : filter.q || filter.driver_silent ? pages.rows.map((order) => order.id) : null;
  if (!ids) return filters(filter) > 0 ? { filter: asked(filter) } : { why: t("orders.many.hint") };
  if (ids.length > NAMED) return { why: t("orders.many.most", { count: NAMED }) };
  if (selected.size === 0 && pages.next) return { why: t("orders.many.unloaded") };
  return { ids };
}

/** What may be done to many. @param {{filter: import("./filter.js").Filter, selected: Set<string>, pages: import("./pages.js").Pages, clear: () => void}} props */
function Many({ filter, selected, pages, clear }) {
  const [action, setAction] = useState(/** @type {"cancel" | "dispatch" | null} */ (null));
  const some = selected.size > 0;
  // What is meant is fixed when the dialog opens: the address may change behind it.
  const [what, setWhat] = useState(/** @type {any} */ ({}));
  const start = (/** @type {"cancel" | "dispatch"} */ next) => {
    setWhat(meant(filter, selected, pages));
    setAction(next);
  };
  const hint = meant(filter, selected, pages).why;
  return html`${some && html`<span class="fine" role="status">${t("orders.selected", { count: selected.size })}</span><button class="quiet" onClick=${clear}>${t("orders.unselect")}</button>`}
    <${Act} role="operator" disabled=${!!hint} title=${hint} onClick=${() => start("dispatch")}>${t(some ? "orders.dispatch.selected" : "orders.dispatch.all")}<//>
    <${Act} role="operator" danger=${true} disabled=${!!hint} title=${hint} onClick=${() => start("cancel")}>${t(some ? "orders.cancel.selected" : "orders.cancel.all")}<//>
    ${action && html`<${Bulk} path="/orders/operations" action=${action} what=${what} subject=${what.ids && some ? t("orders.many.selected", { count: what.ids.length }) : html`${t("orders.many.filter")}: <code>${Object.entries(what.filter ?? { q: filter.q }).map(([name, value]) => `${name}=${value}`).join(" ")}</code>`} sample=${sample} onClose=${() => setAction(null)} />`}`;
}

export function List() {
  useAsList("/orders");
  const { query } = route.value;
  const filter = filterOf(query);
  const key = JSON.stringify(filter);
  const paused = query.get("live") === "no";
  const names = chosen(query.get("columns"));
  const [selected, setSelected] = useState(/** @type {Set<string>} */ (new Set()));
  useEffect(() => setSelected(new Set()), [key]);
  const { pages, of, loading, error, more, again, held } = useOrders(filter, paused);
  const { rows, next, cut } = pages;
  const end = cut ? t("orders.cut", { count: MOST }) : next ? t("orders.loaded.more", { count: rows.length }) : t("orders.loaded", { count: rows.length });
  return html`<${Page} title=${t("screen.orders")} actions=${html`<${Many} filter=${filter} selected=${selected} pages=${pages} clear=${() => setSelected(new Set())} />`}>
    <${Filters} filter=${filter}>
      <label class="check"><input type="checkbox" checked=${!paused} onChange=${(/** @type {any} */ e) => requery({ live: e.target.checked ? null : "no" })} />${t("orders.live")}</label>
      <${Columns} names=${names} choose=${(/** @type {string[]} */ next) => requery({ columns: told(next) })} />
    <//>
    ${error && html`<${Failure} error=${error} retry=${again} />`}
    ${loading && !error && rows.length === 0
      ? html`<${Loading} />`
      : rows.length === 0
        ? !error && html`<${Empty}>${filters(filter) > 0 ? t("orders.empty.filter") : html`<p>${t("orders.empty")}</p><code>tropa simulate</code>`}<//>`
        : html`<${LongTable} key=${of} busy=${loading} label=${t("screen.orders")} columns=${columns(names)} rows=${rows} id=${(/** @type {import("../../lib/api-types.js").Order} */ order) => order.id}
            onOpen=${(/** @type {import("../../lib/api-types.js").Order} */ order) => go(`/orders/${encodeURIComponent(order.id)}`)} onEnd=${more} selected=${selected} onSelect=${setSelected} />
          <p class="fine below">${end}${held > 0 && html` · <button class="quiet" onClick=${() => requery({ live: null })}>${t("orders.held", { count: held })}</button>`}</p>`}
  <//>`;
}
