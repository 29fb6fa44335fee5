// @ts-check
/** Who an order may be given to by hand: a new search decides, or one of the free drivers, the nearest first, or any by their id. */
import { get } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useAnswer } from "../../lib/ui.js";
import { distance } from "./search.js";

/** Half the side of the squares that are looked into, kilometres, until there are enough to choose from. */
const SQUARES = [3, 15, 80];
const ENOUGH = 10;
/** Drivers that are offered, and that are asked for. */
const OFFERED = 50;
const ASKED = 1000;
const KM_OF_DEGREE = 111.2;

/** @typedef {{lat: number, lng: number}} Point */
/** Metres between two points on the globe. @param {Point} a @param {Point} b */
function metres(a, b) {
  const radians = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;
  const half = (/** @type {number} */ from, /** @type {number} */ to) => Math.sin(radians(to - from) / 2) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.sqrt(half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lng, b.lng)));
}

/** West, south, east, north. @param {Point} centre @param {number} km */
function square({ lat, lng }, km) {
  const up = km / KM_OF_DEGREE;
  const aside = up / Math.max(0.05, Math.cos((lat * Math.PI) / 180));
  return [Math.max(-180, lng - aside), Math.max(-90, lat - up), Math.min(180, lng + aside), Math.min(90, lat + up)].map((degrees) => degrees.toFixed(5)).join(",");
}

/** Free drivers, the nearest first. @param {Point | null} pickup @param {AbortSignal} signal */
async function near(pickup, signal) {
  const ask = async (/** @type {string} */ bbox) => (await get("/drivers", { status: "available", limit: ASKED, bbox }, signal)).drivers.filter((driver) => driver.assignable);
  if (!pickup) return (await ask("")).slice(0, OFFERED).map((driver) => ({ driver, away: null }));
  let free = await ask(square(pickup, SQUARES[0]));
  for (const km of SQUARES.slice(1)) if (free.length < ENOUGH) free = await ask(square(pickup, km));
  const measured = free.flatMap((driver) => (driver.position ? [{ driver, away: metres(pickup, driver.position) }] : []));
  return measured.sort((a, b) => a.away - b.away).slice(0, OFFERED);
}

const BY_ID = " by id";

/** @param {{order: import("../../lib/api-types.js").Order, choose: (id: string) => void}} props `choose("")` leaves it to a search */
export function Drivers({ order, choose }) {
  const [chosen, setChosen] = useState("");
  const { data, error } = useAnswer(order.id, (signal) => near(order.pickup, signal));
  const pick = (/** @type {string} */ value) => {
    setChosen(value);
    choose(value === BY_ID ? "" : value);
  };
  return html`<label>${t("order.dispatch.to")}<select name="driver" value=${chosen} onChange=${(/** @type {any} */ e) => pick(e.target.value)}>
      <option value="">${t("order.dispatch.search")}</option>
      ${(data ?? []).map(({ driver, away }) => html`<option key=${driver.id} value=${driver.id}>${(driver.name ?? driver.id).slice(0, 60)}${away === null ? "" : ` · ${distance(away)}`}</option>`)}
      <option value=${BY_ID}>${t("order.dispatch.by.id")}</option>
    </select></label>
    ${chosen === BY_ID && html`<label>${t("order.dispatch.id")}<input name="driver-id" maxlength="128" autocomplete="off" onInput=${(/** @type {any} */ e) => choose(e.target.value.trim())} /></label>`}
    ${data?.length === 0 && html`<p class="fine">${t("order.dispatch.nobody")}</p>`}
    ${error && html`<p class="fine">${error.message}</p>`}`;
}
