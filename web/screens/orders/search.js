// @ts-check
/** The last search: who was near, in which order, and why it became this driver. */
import { number, Time } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Clip } from "../../lib/text.js";
import { Badge, Empty, Link } from "../../lib/ui.js";

/** Metres, or kilometres from a thousand on. @param {number | null | undefined} metres */
export const distance = (metres) => (metres === null || metres === undefined ? "–" : metres < 1000 ? `${number(metres)} m` : `${number(metres / 1000, 2)} km`);

/** @typedef {{driver_id: string, name: string | null, distance_m: number, chosen: boolean, why: string}} Candidate */
/** What the server says, in the reader's language; what the catalogue does not know is shown as it came. @param {string} text */
export function said(text) {
  const known = t(`said.${text.replace(/\W+/g, "_")}`);
  return known.startsWith("said.") ? text : known;
}

/** @param {{search: {at: string, radius_m: number, candidates: Candidate[]} | null}} props */
export function Search({ search }) {
  if (!search) return html`<${Empty}>${t("search.none")}<//>`;
  const most = Math.max(1, search.radius_m, ...search.candidates.map((each) => each.distance_m));
  return html`<p class="fine">${t("search.made", { radius: distance(search.radius_m), count: search.candidates.length })} · <${Time} at=${search.at} /></p>
    ${search.candidates.length === 0
      ? html`<${Empty}>${t("search.nobody")}<//>`
      : html`<div class="table-frame" role="region" aria-label=${t("search.title")} tabindex="0"><table class="candidates"><caption class="unseen">${t("search.title")}</caption>
        <thead><tr><th scope="col" class="number">#</th><th scope="col">${t("orders.column.driver")}</th><th scope="col" class="number">${t("search.distance")}</th><th scope="col" class="strip"><span class="unseen">${t("search.share")}</span></th><th scope="col">${t("search.why")}</th></tr></thead>
        <tbody>${search.candidates.map((each, i) => html`<tr key=${each.driver_id} aria-current=${each.chosen ? "true" : undefined}>
          <td class="number">${i + 1}</td>
          <td><${Link} href=${`/fleet?driver=${encodeURIComponent(each.driver_id)}`}><${Clip} value=${each.name ?? each.driver_id} most=${40} /><//></td>
          <td class="number">${distance(each.distance_m)}</td>
          <td class="strip"><svg class="lane" width="100%" height="10" aria-hidden="true"><rect class="of" width="100%" y="3" height="4" rx="2" /><rect class=${each.chosen ? "is" : "other"} width=${`${(100 * each.distance_m) / most}%`} y="3" height="4" rx="2" /></svg></td>
          <td>${each.chosen && html`<${Badge} kind="good">${t("search.chosen")}<//> `}<${Clip} value=${said(each.why)} most=${120} /></td>
        </tr>`)}</tbody></table></div>`}`;
}
