// @ts-check
/** What a person may do to an order. Each says which version it was decided on: a late click is refused. */
import { get, post } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Act, Confirm, notice, useAnswer } from "../../lib/ui.js";
import { distance } from "./search.js";

/** Which states allow what. @type {Record<string, string[]>} */
const ALLOWED = {
  dispatch: ["PENDING", "MANUAL_DISPATCH"],
  deliver: ["DISPATCHED"],
  cancel: ["PENDING", "DISPATCHED", "MANUAL_DISPATCH"],
};
/** Drivers offered by hand. */
const OFFERED = 100;

/** Metres between two points on the globe. @param {{lat: number, lng: number}} a @param {{lat: number, lng: number}} b */
function metres(a, b) {
  const radians = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;
  const half = (/** @type {number} */ from, /** @type {number} */ to) => Math.sin(radians(to - from) / 2) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.sqrt(half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lng, b.lng)));
}

/** Who it is given to: a new search, or a free driver, the nearest first. @param {{order: import("../../lib/api-types.js").Order, chosen: string, choose: (id: string) => void}} props */
function Drivers({ order, chosen, choose }) {
  const { data, error } = useAnswer("free", (signal) => get("/drivers", { status: "available", limit: OFFERED }, signal));
  const free = (data?.drivers ?? []).filter((driver) => driver.assignable).map((driver) => ({ ...driver, away: order.pickup && driver.position ? metres(order.pickup, driver.position) : null }));
  free.sort((a, b) => (a.away ?? Infinity) - (b.away ?? Infinity));
  return html`<label>${t("order.dispatch.to")}<select name="driver" value=${chosen} onChange=${(/** @type {any} */ e) => choose(e.target.value)}>
    <option value="">${t("order.dispatch.search")}</option>
    ${free.map((driver) => html`<option key=${driver.id} value=${driver.id}>${(driver.name ?? driver.id).slice(0, 60)}${driver.away === null ? "" : ` · ${distance(driver.away)}`}</option>`)}
  </select></label>${error && html`<p class="fine">${error.message}</p>`}`;
}

/** @param {{order: import("../../lib/api-types.js").Order, done: () => void}} props */
export function Actions({ order, done }) {
  const [asking, setAsking] = useState("");
  const [seen, setSeen] = useState(order);
  const [driver, setDriver] = useState("");
  // The version that was looked at when the dialog opened is the one that is meant.
  const start = (/** @type {string} */ verb) => {
    setSeen(order);
    setDriver("");
    setAsking(verb);
  };
  const act = async (/** @type {string} */ reason) => {
    const body = asking === "cancel" ? { reason } : asking === "dispatch" && driver ? { driver_id: driver } : {};
    await post(`/orders/${encodeURIComponent(seen.id)}/${asking}`, body, { ifMatch: `"${seen.version}"` });
    notice(t(`order.${asking}.done`));
    done();
  };
  const button = (/** @type {string} */ verb, danger = false) => {
    const allowed = ALLOWED[verb].includes(order.status);
    return html`<${Act} role="operator" danger=${danger} disabled=${!allowed} title=${allowed ? undefined : t("order.not", { status: t(`order.${order.status}`) })} onClick=${() => start(verb)}>${t(`order.${verb}`)}<//>`;
  };
  return html`${button("dispatch")}${button("deliver")}${button("cancel", true)}
    ${asking && html`<${Confirm} title=${t(`order.${asking}`)} danger=${asking === "cancel"} needsReason=${asking === "cancel"} act=${act} onClose=${() => setAsking("")}
      effect=${html`${t(`order.${asking}.effect`)} ${seen.version !== order.version && html`<strong>${t("order.moved")}</strong>`}`}>
      ${asking === "dispatch" && html`<${Drivers} order=${seen} chosen=${driver} choose=${setDriver} />`}
    <//>`}`;
}
