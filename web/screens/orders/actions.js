// @ts-check
/** What a person may do to an order. Each says which version it was decided on: a late click is refused. */
import { post } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Act, Confirm, notice } from "../../lib/ui.js";
import { Drivers } from "./drivers.js";

/** Which states allow what. @type {Record<string, string[]>} */
const ALLOWED = {
  dispatch: ["PENDING", "MANUAL_DISPATCH"],
  deliver: ["DISPATCHED"],
  cancel: ["PENDING", "DISPATCHED", "MANUAL_DISPATCH"],
};
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
      ${asking === "dispatch" && html`<${Drivers} order=${seen} choose=${setDriver} />`}
    <//>`}`;
}
