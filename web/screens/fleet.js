// @ts-check
/** The fleet: who drives, where, with what, and which orders wait for them; as a map and as a table. */
import { number } from "../lib/format.js";
import { html, useMemo, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { Empty, Failure, Loading, Page } from "../lib/ui.js";
import { Area, Chosen, useSearch } from "./fleet/chosen.js";
import { KINDS, driver, drivers, kindOf, sorted, useDrivers } from "./fleet/drivers.js";
import { FleetMap } from "./fleet/map.js";
import { useOrders } from "./fleet/orders.js";
import { place, within, world } from "./fleet/projection.js";
import { DriverTable } from "./fleet/table.js";

/** @typedef {import("./fleet/drivers.js").Driver} Driver */
/** @typedef {import("./fleet/projection.js").Point} Point */

export default function Screen() {
  const changes = useDrivers();
  const { marks, error } = useOrders();
  const [lassoing, setLassoing] = useState(false);
  const query = route.value.query;
  const asTable = query.get("view") === "table";
  const hidden = new Set((query.get("hide") ?? "").split(",").filter(Boolean));
  const wanted = (query.get("q") ?? "").trim().toLowerCase();
  const lasso = useMemo(() => polygon(query.get("lasso")), [query.get("lasso")]);
  const fits = (/** @type {Driver} */ each) => !wanted || each.id.toLowerCase().includes(wanted) || each.name.toLowerCase().includes(wanted) || (each.order ?? "").toLowerCase().startsWith(wanted);
  const shows = (/** @type {Driver} */ each) => !hidden.has(kindOf(each)) && fits(each);
  /** @type {Record<string, number>} */
  const counts = { free: 0, busy: 0, silent: 0, offline: 0 };
  for (const each of drivers()) if (fits(each)) counts[kindOf(each)] += 1;
  const { search, order, failed } = useSearch(query.get("order"), marks, changes);
  const chosenDriver = query.get("driver");
  const focus = chosenDriver ? driver(chosenDriver) : order;

  const hide = (/** @type {string} */ kind) => {
    if (!hidden.delete(kind)) hidden.add(kind);
    requery({ hide: [...hidden].join(",") });
  };
  const onLasso = (/** @type {Point[] | null} */ points) => {
    setLassoing(points !== null && points.length === 0);
    requery({ lasso: points ? points.map(written).join(";") : null });
  };
  const choose = (/** @type {import("./fleet/map.js").Hit | null} */ hit) => requery({ driver: hit?.driver?.id ?? null, order: hit?.order?.id ?? null });
  const waiting = [...marks.values()].filter((mark) => mark.status !== "DISPATCHED").length;
  const total = KINDS.reduce((sum, kind) => sum + counts[kind], 0);

  const actions = html`<span class="choice" role="group" aria-label=${t("fleet.view")}>${["map", "table"].map((view) => html`<button aria-pressed=${(view === "table") === asTable} onClick=${() => requery({ view: view === "map" ? null : view })}>${t(`fleet.view.${view}`)}</button>`)}</span>`;
  return html`<${Page} title=${t("screen.fleet")} actions=${actions}>
    ${error && html`<${Failure} error=${error} />`}
    <div class="filters">
      <label>${t("fleet.find")}<input type="search" data-filter value=${query.get("q") ?? ""} onInput=${(/** @type {any} */ e) => requery({ q: e.target.value })} /></label>
      <div class="legend" role="group" aria-label=${t("fleet.legend")}>
        ${KINDS.map((kind) => html`<button class="key-${kind}" aria-pressed=${!hidden.has(kind)} onClick=${() => hide(kind)} title=${t(`fleet.kind.${kind}.hint`)}><${Glyph} kind=${kind} /> ${t(`fleet.kind.${kind}`)} <b>${number(counts[kind])}</b></button>`)}
        <button class="key-order" aria-pressed=${!hidden.has("orders")} onClick=${() => hide("orders")} title=${t("fleet.waiting.hint")}><${Glyph} kind="order" /> ${t("fleet.waiting")} <b>${number(waiting)}</b></button>
      </div>
    </div>
    ${changes === 0 ? html`<${Loading} />` : total === 0 && !wanted && marks.size === 0 ? html`<${Empty}><p>${t("fleet.empty")}</p><p><code>tropa simulate --duration 60</code></p><//>` : html`<div class="fleet">
      ${asTable
        ? html`<${DriverTable} rows=${sorted().filter((each) => shows(each) && (!lasso.length || within(lasso, each)))} chosen=${chosenDriver} />`
        : html`<${FleetMap} shows=${shows} marks=${marks} withOrders=${!hidden.has("orders")} chosen=${focus ?? null} search=${search} lasso=${lasso} lassoing=${lassoing} onChoose=${choose} onLasso=${onLasso} />`}
      <aside class="fleet-side" aria-label=${t("fleet.chosen")}>
        ${lasso.length > 0 && html`<${Area} members=${[...drivers()].filter((each) => shows(each) && within(lasso, each))} orders=${[...marks.values()].filter((mark) => within(lasso, mark))} onClear=${() => onLasso(null)} />`}
        ${lassoing && html`<p class="fine">${t("fleet.lasso.hint")}</p>`}
        <${Chosen} driver=${chosenDriver} order=${query.get("order")} mark=${order} search=${search} failed=${failed} onChoose=${choose} />
      </aside>
    </div>`}
  <//>`;
}

/** The mark of a kind, for the legend. @param {{kind: string}} props */
function Glyph({ kind }) {
  const shapes = {
    free: html`<path d="M8 1 L14 15 L8 11 L2 15 Z" />`,
    busy: html`<path d="M8 1 L14 15 L8 11 L2 15 Z" />`,
    silent: html`<path d="M8 2 L13 14 L8 11 L3 14 Z" />`,
    offline: html`<path d="M3 3 L13 13 M13 3 L3 13" />`,
    order: html`<path d="M8 1 L15 8 L8 15 L1 8 Z" />`,
  };
  return html`<svg class="glyph ${kind}" width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">${shapes[/** @type {keyof typeof shapes} */ (kind)]}</svg>`;
}

/** @param {Point} point */
function written(point) {
  const { lat, lng } = place(point);
  return `${lat.toFixed(6)},${lng.toFixed(6)}`;
}

/** @param {string | null} text @returns {Point[]} */
function polygon(text) {
  const points = (text ?? "").split(";").filter(Boolean).map((pair) => pair.split(",").map(Number));
  return points.length > 2 && points.flat().every(Number.isFinite) ? points.map(([lat, lng]) => world(lat, lng)) : [];
}
