// @ts-check
/** What was chosen on the map: a driver, an order with the candidates of its last search, an area. */
import { get } from "../../lib/api.js";
import { Time, number } from "../../lib/format.js";
import { html, useMemo } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { here } from "../../lib/router.js";
import { Clip } from "../../lib/text.js";
import { Badge, Failure, Link, Panel, useAnswer } from "../../lib/ui.js";
import { KINDS, driver, kindOf } from "./drivers.js";
import { world } from "./projection.js";
import { Place, State, orderAt } from "./table.js";

/** @typedef {import("./drivers.js").Driver} Driver */
/** @typedef {import("./orders.js").Mark} Mark */
/** @typedef {{driver_id: string, name: string | null, distance_m: number, chosen: boolean, why: string}} Candidate */

/** Members of an area that are named; the rest are counted. */
const NAMED = 100;

/** An order's last search, with where its candidates are now. @param {string | null} id @param {Map<string, Mark>} marks @param {number} changes of the drivers */
export function useSearch(id, marks, changes) {
  const path = id ? encodeURIComponent(id) : "";
  const { data, error } = useAnswer(`search ${id}`, async (signal) => {
    if (!id) return null;
    const [lanes, order] = await Promise.all([get(`/orders/${path}/lanes`, {}, signal), get(`/orders/${path}`, {}, signal)]);
    return { search: /** @type {{at: string, radius_m: number, candidates: Candidate[]} | null} */ (lanes.search), order };
  }, { everyMs: 5000 });
  const order = useMemo(() => {
    const mark = id ? marks.get(id) : undefined;
    if (mark || !data?.order?.pickup) return mark;
    const { status, created_at, pickup } = data.order;
    return { id: data.order.id, status, manual: status === "MANUAL_DISPATCH", since: created_at, ...world(pickup.lat, pickup.lng) };
  }, [id, marks, data]);
  const search = useMemo(() => {
    if (!data?.search || !order) return null;
    const candidates = data.search.candidates.map((candidate, i) => {
      const now = driver(candidate.driver_id);
      return { id: candidate.driver_id, name: candidate.name ?? candidate.driver_id, distance: candidate.distance_m, chosen: candidate.chosen, why: candidate.why, rank: i + 1, x: now?.x ?? NaN, y: now?.y ?? NaN };
    });
    return { at: data.search.at, centre: order, radius: data.search.radius_m, candidates };
  }, [data, order, changes]);
  return { search, order, failed: error };
}

/** @param {{driver: string | null, order: string | null, mark: Mark | undefined, search: ReturnType<typeof useSearch>["search"], failed: any, onChoose: (hit: any) => void}} props */
export function Chosen({ driver: id, order, mark, search, failed, onChoose }) {
  if (order) return html`<${Order} id=${order} mark=${mark} search=${search} failed=${failed} onClose=${() => onChoose(null)} />`;
  const each = id ? driver(id) : undefined;
  if (id && !each) return html`<${Panel} title=${html`<${Clip} value=${id} most=${40} />`}><p>${t("fleet.gone")}</p><//>`;
  if (!each) return html`<p class="fine">${t("fleet.choose")}</p>`;
  return html`<${Panel} title=${html`<${Clip} value=${each.name} most=${40} />`} actions=${html`<${Close} onClose=${() => onChoose(null)} />`}>
    <dl class="facts">
      <dt>${t("fleet.driver")}</dt><dd><${Clip} value=${each.id} most=${60} code /></dd>
      <dt>${t("fleet.state")}</dt><dd><${State} driver=${each} /></dd>
      <dt>${t("fleet.heard")}</dt><dd><${Time} at=${each.heardAt} /></dd>
      <dt>${t("fleet.place")}</dt><dd><${Place} driver=${each} /></dd>
      <dt>${t("fleet.heading")}</dt><dd>${each.heading === null ? "–" : `${number(each.heading)}°`}</dd>
      <dt>${t("fleet.order")}</dt><dd>${each.order ? html`<${Link} href=${orderAt(each.order)}><${Clip} value=${each.order} most=${60} /><//>` : "–"}</dd>
    </dl>
    ${each.order && html`<div class="buttons"><button onClick=${() => onChoose({ order: { id: each.order } })}>${t("fleet.search.show")}</button></div>`}
  <//>`;
}

/** @param {{onClose: () => void}} props */
const Close = ({ onClose }) => html`<button class="quiet" aria-label=${t("close")} onClick=${onClose}>×</button>`;

/** @param {{id: string, mark: Mark | undefined, search: ReturnType<typeof useSearch>["search"], failed: any, onClose: () => void}} props */
function Order({ id, mark, search, failed, onClose }) {
  return html`<${Panel} title=${html`<${Clip} value=${id} most=${40} />`} actions=${html`<${Close} onClose=${onClose} />`}>
    ${failed && html`<${Failure} error=${failed} />`}
    ${mark && html`<dl class="facts">
      <dt>${t("fleet.state")}</dt><dd><${Badge} kind=${mark.manual ? "bad" : mark.status === "PENDING" ? "warn" : "busy"}>${t(`status.${mark.status.toLowerCase()}`)}<//></dd>
      <dt>${t("fleet.since")}</dt><dd><${Time} at=${mark.since} /></dd>
    </dl>`}
    <p><${Link} href=${orderAt(id)}>${t("fleet.order.open")}<//></p>
    ${search ? html`<h3>${t("fleet.search")}</h3>
      <p class="fine">${t("fleet.search.radius", { metres: number(search.radius), count: search.candidates.length })} <${Time} at=${search.at} /></p>
      <ol class="candidates">${search.candidates.map((each) => html`<li key=${each.id} class=${each.chosen ? "chosen" : ""}>
        <bdi>${each.name.slice(0, 60)}</bdi> · ${number(each.distance)} m${each.chosen ? html` · <strong>${t("fleet.search.chosen")}</strong>` : ""}<br /><small><bdi>${each.why}</bdi></small></li>`)}</ol>`
    : !failed && html`<p class="fine">${t("fleet.search.none")}</p>`}
  <//>`;
}

/** @param {{members: Driver[], orders: Mark[], onClear: () => void}} props */
export function Area({ members, orders, onClear }) {
  const waiting = orders.filter((mark) => mark.status !== "DISPATCHED");
  return html`<${Panel} title=${t("fleet.area")} actions=${html`<button onClick=${onClear}>${t("fleet.area.clear")}</button>`}>
    <p>${t("fleet.drivers", { count: members.length })}: ${KINDS.map((kind) => `${number(members.filter((each) => kindOf(each) === kind).length)} ${t(`fleet.kind.${kind}`).toLowerCase()}`).join(" · ")}</p>
    <p>${t("fleet.orders", { count: waiting.length })}</p>
    <ul class="members" tabindex="0" aria-label=${t("fleet.area")}>
      ${waiting.slice(0, NAMED).map((mark) => html`<li key=${mark.id}><${Link} href=${orderAt(mark.id)}><${Clip} value=${mark.id} most=${36} /><//> <small>${t(`status.${mark.status.toLowerCase()}`)}</small></li>`)}
      ${members.slice(0, NAMED).map((each) => html`<li key=${`driver ${each.id}`}><${Link} href=${here({ driver: each.id, order: null })}><${Clip} value=${each.name} most=${36} /><//> <small>${t(`fleet.kind.${kindOf(each)}`)}</small></li>`)}
    </ul>
    ${members.length > NAMED && html`<p class="fine">${t("fleet.area.more", { count: members.length - NAMED })}</p>`}
  <//>`;
}
