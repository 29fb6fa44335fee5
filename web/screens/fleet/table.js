// @ts-check
/** The drivers as a table: all that the map shows, for who cannot or would not see it. */
import { Time, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { LongTable } from "../../lib/long-table.js";
import { requery } from "../../lib/router.js";
import { Clip } from "../../lib/text.js";
import { Badge, Empty, Link } from "../../lib/ui.js";
import { KINDS, kindOf } from "./drivers.js";

/** @typedef {import("./drivers.js").Driver} Driver */
/** @type {Record<import("./drivers.js").Kind, "good" | "busy" | "warn" | "calm">} */
const BADGES = { free: "good", busy: "busy", silent: "warn", offline: "calm" };

/** @param {{driver: Driver}} props */
export function State({ driver }) {
  const kind = kindOf(driver);
  return html`<${Badge} kind=${BADGES[kind]} title=${t(`fleet.kind.${kind}.hint`)}>${t(`fleet.kind.${kind}`)}<//>`;
}

/** Latitude and longitude. @param {{driver: Driver}} props */
export function Place({ driver }) {
  if (driver.lat === null || driver.lng === null) return html`<span>–</span>`;
  return html`<span class="mono">${driver.lat.toFixed(5)}°, ${driver.lng.toFixed(5)}°</span>`;
}

/** @param {string} id */
export const orderAt = (id) => `/orders/${encodeURIComponent(id)}`;

/** @param {{rows: Driver[], chosen: string | null}} props */
export function DriverTable({ rows, chosen }) {
  if (!rows.length) return html`<${Empty}><p>${t("fleet.none")}</p><//>`;
  /** @type {Record<string, Driver[]>} */
  const by = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  for (const row of rows) by[kindOf(row)].push(row);
  return html`<${LongTable} label=${t("fleet.table")} rows=${KINDS.flatMap((kind) => by[kind])} id=${(/** @type {Driver} */ row) => row.id}
    onOpen=${(/** @type {Driver} */ row) => requery({ driver: row.id === chosen ? null : row.id, order: null })}
    columns=${[
      { name: "id", title: t("fleet.driver"), width: 13, cell: (/** @type {Driver} */ row) => html`<${Clip} value=${row.id} most=${40} />` },
      { name: "name", title: t("fleet.name"), width: 12, cell: (/** @type {Driver} */ row) => (row.name === row.id ? "" : html`<${Clip} value=${row.name} most=${40} />`) },
      { name: "state", title: t("fleet.state"), width: 9, cell: (/** @type {Driver} */ row) => html`<${State} driver=${row} />` },
      { name: "heard", title: t("fleet.heard"), width: 8, cell: (/** @type {Driver} */ row) => html`<${Time} at=${row.heardAt} />` },
      { name: "order", title: t("fleet.order"), width: 14, cell: (/** @type {Driver} */ row) => (row.order ? html`<${Link} href=${orderAt(row.order)}><${Clip} value=${row.order} most=${40} /><//>` : "") },
      { name: "place", title: t("fleet.place"), width: 14, cell: (/** @type {Driver} */ row) => html`<${Place} driver=${row} />` },
      { name: "heading", title: t("fleet.heading"), number: true, width: 6, cell: (/** @type {Driver} */ row) => (row.heading === null ? "–" : `${number(row.heading)}°`) },
    ]} />`;
}
