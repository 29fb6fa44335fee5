// @ts-check
/** An order's events as they are kept, and raw. */
import { exact, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip, Id, plain } from "../../lib/text.js";
import { Empty } from "../../lib/ui.js";
import { Status, why } from "./columns.js";
import { millis, offset } from "./lanes.js";
import { distance } from "./search.js";

/** @param {{events: import("../../lib/api-types.js").OrderEvent[]}} props oldest first */
export function Events({ events }) {
  if (!events.length) return html`<${Empty}>${t("events.none")}<//>`;
  const start = millis(events[0].at);
  const cause = (/** @type {import("../../lib/api-types.js").OrderEvent} */ event) => (["manual_dispatch"].includes(event.event) && event.reason ? why(event.reason) : event.reason);
  return html`<div class="table-frame" role="region" aria-label=${t("events.title")} tabindex="0"><table class="events"><caption class="unseen">${t("events.title")}</caption>
    <thead><tr>${["version", "event", "status", "at", "cause", "attempt", "driver", "distance", "reason", "id"].map((name) => html`<th scope="col" class=${["version", "attempt", "distance", "at"].includes(name) ? "number" : ""}>${t(`events.${name}`)}</th>`)}</tr></thead>
    <tbody>${events.map((event) => html`<tr key=${event.event_id}>
      <td class="number">${number(event.version)}</td><td>${t(`event.${event.event}`)}</td><td><${Status} status=${event.status} /></td>
      <td class="number"><time dateTime=${event.at} title=${exact(event.at)}>${offset(millis(event.at) - start)}</time></td>
      <td><${Clip} value=${event.cause} most=${30} /></td><td class="number">${number(event.attempt)}</td>
      <td><${Clip} value=${event.driver?.name ?? event.driver?.id} most=${30} /></td><td class="number">${distance(event.distance_m)}</td>
      <td><${Clip} value=${cause(event)} most=${80} /></td><td><${Id} value=${event.event_id} /></td>
    </tr>`)}</tbody></table></div>
    <details class="below"><summary>${t("events.raw")}</summary><pre tabindex="0">${plain(JSON.stringify(events, null, 2))}</pre></details>`;
}
