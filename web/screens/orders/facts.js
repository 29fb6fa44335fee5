// @ts-check
/** What is known of an order: whose it is, where it goes, what it costs, what is in it. */
import { number, Time } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip, Long } from "../../lib/text.js";
import { Badge, Link } from "../../lib/ui.js";
import { money, Status, why } from "./columns.js";

/** @param {{address: any}} props */
const Address = ({ address }) =>
  address ? html`<${Clip} value=${[`${address.street}, ${address.number}`, address.complement, address.city, address.state, address.zip_code, address.country].filter(Boolean).join(" · ")} most=${200} />` : html`<span>–</span>`;

/** @param {{point: {lat: number, lng: number} | null}} props */
const Place = ({ point }) => (point ? html`<span class="mono">${point.lat.toFixed(5)}, ${point.lng.toFixed(5)}</span>` : html`<span>–</span>`);

/** @param {{order: import("../../lib/api-types.js").Order, trace: {id: string | null, url: string | null}}} props */
export function Facts({ order, trace }) {
  const driver = order.driver;
  return html`<dl class="facts">
    <dt>${t("orders.column.status")}</dt><dd><${Status} status=${order.status} /> ${order.manual_reason && html`<span>${why(order.manual_reason)}</span>`}${order.cancel_reason && html`<${Long} value=${order.cancel_reason} />`}</dd>
    <dt>${t("orders.column.id")}</dt><dd><code>${order.id}</code></dd>
    ${order.order_number && html`<dt>${t("orders.column.order_number")}</dt><dd><${Clip} value=${order.order_number} most=${64} /></dd>`}
    <dt>${t("orders.column.driver")}</dt><dd>${driver ? html`<${Link} href=${`/fleet?driver=${encodeURIComponent(driver.id)}`}><${Clip} value=${driver.name ?? driver.id} most=${60} /><//>` : "–"} ${order.driver_silent_since && html`<${Badge} kind="warn">${t("orders.silent.short")}<//> <${Time} at=${order.driver_silent_since} />`}</dd>
    <dt>${t("orders.column.customer_id")}</dt><dd>${order.customer_id ? html`<${Link} href=${`/orders?customer_id=${encodeURIComponent(order.customer_id)}`}><${Clip} value=${order.customer_id} most=${60} /><//>` : "–"}</dd>
    <dt>${t("orders.column.created_at")}</dt><dd><${Time} at=${order.created_at} /></dd>
    <dt>${t("orders.column.updated_at")}</dt><dd><${Time} at=${order.updated_at} /></dd>
    <dt>${t("orders.column.version")}</dt><dd>${number(order.version)} <span class="fine">${t("order.version.hint")}</span></dd>
    <dt>${t("order.trace")}</dt><dd>${trace.id ? (trace.url ? html`<a href=${trace.url} target="_blank" rel="noreferrer noopener"><code>${trace.id}</code> ↗</a>` : html`<code>${trace.id}</code>`) : "–"}</dd>
    <dt>${t("order.pickup")}</dt><dd><${Place} point=${order.pickup} /></dd>
    <dt>${t("order.dropoff")}</dt><dd><${Place} point=${order.dropoff} /></dd>
    <dt>${t("order.shipping")}</dt><dd><${Address} address=${order.shipping_address} /></dd>
  </dl>`;
}

/** @param {{order: import("../../lib/api-types.js").Order}} props */
export function Goods({ order }) {
  const sums = /** @type {const} */ (["price", "discount", "shipping", "fee", "tip", "tax"]);
  return html`<dl class="facts">
    ${sums.filter((name) => name === "price" || Number(order[name]) !== 0).map((name) => html`<dt>${t(`order.sum.${name}`)}</dt><dd class="tabular">${money(order[name], order.currency)}</dd>`)}
    <dt><b>${t("orders.column.final_price")}</b></dt><dd class="tabular"><b>${money(order.final_price, order.currency)}</b> ${order.tax_included && html`<span class="fine">${t("order.tax.included")}</span>`}</dd>
  </dl>
  ${order.items.length > 0 && html`<details open=${order.items.length <= 6}><summary>${t("order.items", { count: order.items.length })}</summary><ul class="plain">${order.items.slice(0, 200).map((/** @type {import("../../lib/api-types.js").Item} */ item) => html`<li><span class="tabular">${number(Number(item.quantity), 3)}${item.unit ? ` ${item.unit}` : " ×"}</span> <${Clip} value=${item.product_name} most=${80} /> <span class="fine">${money(item.total_price, order.currency)}</span></li>`)}</ul></details>`}`;
}
