// @ts-check
/** What narrows the table: states with their counts, search, reason, driver, customer, age. */
import { get } from "../../lib/api.js";
import { Chosen, Fields, Typed } from "../../lib/fields.js";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, requery } from "../../lib/router.js";
import { useTopic } from "../../lib/topics.js";
import { notice } from "../../lib/ui.js";
import { AGES, filters, mayBeId, NO_FILTER, REASONS, STATUSES } from "./filter.js";

/** States to choose from, with how many orders are in each. @param {{status: string}} props */
function States({ status }) {
  const counts = useTopic("overview")?.orders;
  const total = counts ? STATUSES.reduce((sum, each) => sum + (counts[each.toLowerCase()] ?? 0), 0) : undefined;
  const choice = (/** @type {string} */ value, /** @type {string} */ label, /** @type {number | undefined} */ count) =>
    html`<button key=${value} aria-pressed=${status === value} onClick=${() => requery({ status: value, manual_reason: null }, { replace: false })}>${label}${count !== undefined && html` <b>${number(count)}</b>`}</button>`;
  return html`<div class="segments" role="group" aria-label=${t("orders.column.status")}>${choice("", t("orders.all"), total)}${STATUSES.map((each) => choice(each, t(`order.${each}`), counts?.[each.toLowerCase()]))}</div>`;
}

/** Opens the order whose whole id or number was typed. @param {string} text */
async function open(text) {
  if (!text) return;
  const order = (/** @type {string} */ path) => get(path).then(({ id }) => go(`/orders/${encodeURIComponent(id)}`));
  try {
    const part = encodeURIComponent(text);
    if (mayBeId(text)) await order(`/orders/${part}`).catch(() => order(`/orders/number/${part}`));
    else await order(`/orders/number/${part}`);
  } catch (error) {
    notice(t("orders.number.unknown", { number: text.slice(0, 60), why: String(/** @type {any} */ (error).message) }), "bad");
  }
}

/** @param {{filter: import("./filter.js").Filter, children?: any}} props */
export function Filters({ filter, children }) {
  return html`<div class="row"><${States} status=${filter.status} /><span class="buttons">${filters(filter) > 0 && html`<button class="quiet" onClick=${() => requery(NO_FILTER, { replace: false })}>${t("filter.none")}</button>`}${children}</span></div>
    <${Fields} count=${filters(filter)}>
      <${Typed} name="q" value=${filter.q} label=${t("orders.search")} hint=${t("orders.search.hint")} first=${true} wide=${true} take=${mayBeIdOrNothing} onEnter=${open} />
      <${Chosen} name="age" value=${filter.age} label=${t("orders.age")} options=${AGES} word=${(/** @type {string} */ age) => t(`orders.age.${age}`)} />
      ${(!filter.status || filter.status === "MANUAL_DISPATCH") && html`<${Chosen} name="manual_reason" value=${filter.manual_reason} label=${t("orders.reason")} options=${REASONS} word=${(/** @type {string} */ reason) => t(`reason.${reason}`)} />`}
      <${Typed} name="driver_id" value=${filter.driver_id} label=${t("orders.driver")} hint=${t("orders.driver.hint")} />
      <${Typed} name="customer_id" value=${filter.customer_id} label=${t("orders.customer")} hint=${t("orders.customer.hint")} />
      <label class="check"><input type="checkbox" checked=${filter.driver_silent === "true"} disabled=${filter.q !== "" && filter.driver_silent !== "true"} title=${filter.q !== "" ? t("orders.silent.not") : undefined} onChange=${(/** @type {any} */ e) => requery({ driver_silent: e.target.checked ? "true" : null }, { replace: false })} />${t("orders.silent")}</label>
    <//>`;
}

/** @param {string} text */
const mayBeIdOrNothing = (text) => text === "" || mayBeId(text);
