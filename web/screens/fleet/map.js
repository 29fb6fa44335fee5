// @ts-check
/** The map: a canvas that is painted anew when something has changed, at most once a frame. */
import { now } from "../../lib/format.js";
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { requery, route } from "../../lib/router.js";
import { gathered, radius } from "./clusters.js";
import { changed, drivers } from "./drivers.js";
import { ground } from "./ground.js";
import { follow, keyed, thinned } from "./hand.js";
import { paint, palette } from "./paint.js";
import { MAX_ZOOM, fitting, read, toScreen, world, written, zoomed } from "./projection.js";

/** @typedef {import("./projection.js").Point} Point */
/** @typedef {import("./drivers.js").Driver} Driver */
/** @typedef {import("./orders.js").Mark} Mark */
/** What a pixel shows. @typedef {{driver?: Driver, order?: Mark, many?: (Driver | Mark)[], point: Point, label?: string, key?: string}} Hit */
/**
 * @typedef {{shows: (driver: Driver) => boolean, marks: Map<string, Mark>, withOrders: boolean, chosen: Point | null, search: import("./paint.js").Scene["search"],
 *   lasso: Point[], lassoing: boolean, onChoose: (hit: Hit | null) => void, onLasso: (points: Point[] | null) => void}} Props
 */

/** Where to look while nobody has a place: São Paulo, where the examples are. */
const HOME = { ...world(-23.55, -46.63), zoom: 11 };
/** How near to a mark one must be, pixels. */
const NEAR = 14;
/** Closer than that, what lies together is not told apart by going nearer. */
const NEAREST = MAX_ZOOM - 1;

/** @param {Props} props */
export function FleetMap(props) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [said, say] = useState("");
  const latest = useRef(props);
  latest.current = props;
  const map = useRef(/** @type {ReturnType<typeof surface> | null} */ (null));
  useEffect(() => {
    if (!frame.current || !canvas.current) return;
    const made = (map.current = surface(frame.current, canvas.current, () => latest.current, say));
    return made.end;
  }, []);
  useEffect(() => map.current?.dirty());
  const button = (/** @type {string} */ key, /** @type {string} */ mark, /** @type {() => void} */ act, pressed = /** @type {boolean | undefined} */ (undefined)) =>
    html`<button title=${t(key)} aria-label=${t(key)} aria-pressed=${pressed} onClick=${act}>${mark}</button>`;
  return html`<div class="map" ref=${frame}>
    <canvas ref=${canvas} tabindex="0" role="application" aria-label=${t("fleet.map")} aria-describedby="map-keys" class=${props.lassoing ? "lassoing" : ""}></canvas>
    <div class="map-tools">
      ${button("fleet.nearer", "+", () => map.current?.key("+"))}${button("fleet.farther", "−", () => map.current?.key("-"))}
      ${button("fleet.fit", "⤢", () => map.current?.key("0"))}
      ${button("fleet.lasso", "◌", () => props.onLasso(props.lasso.length ? null : []), props.lassoing || props.lasso.length > 0)}
    </div>
    <p id="map-keys" class="unseen">${t("fleet.map.keys")}</p>
    <p class="unseen" role="status" aria-live="polite">${said}</p>
  </div>`;
}

/** @param {HTMLElement} frame @param {HTMLCanvasElement} canvas @param {() => Props} props @param {(text: string) => void} say */
function surface(frame, canvas, props, say) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  let size = { width: 600, height: 400 };
  let view = read(route.value.query.get("at"));
  let framed = !!view;
  let due = 0;
  let below = /** @type {import("./ground.js").Ground | null} */ (null);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let telling;
  /** @type {Hit | null} */
  let hovered = null;
  /** @type {Hit[]} */
  let hits = [];
  let drawing = /** @type {Point[]} */ ([]);

  const current = () => view ?? HOME;
  const dirty = () => void (due ||= requestAnimationFrame(draw));
  const move = (/** @type {import("./projection.js").View} */ next) => {
    view = next;
    framed = true;
    clearTimeout(telling);
    telling = setTimeout(() => view && requery({ at: written(view) }), 300);
    dirty();
  };
  const all = () => {
    const { marks, withOrders, shows } = props();
    const points = /** @type {Point[]} */ ([...drivers()].filter((each) => each.lat !== null && shows(each)));
    return withOrders ? [...points, ...marks.values()] : points;
  };

  function draw() {
    due = 0;
    const { shows, marks, withOrders, chosen, search, lasso, lassoing } = props();
    if (!framed) {
      view = fitting(all(), size);
      framed = view !== null && changed.peek() > 0;
    }
    const seen = current();
    const weighed = new Set(search?.candidates.map((candidate) => candidate.id));
    const there = gathered(shown(drivers(), shows), seen, size, (each) => each === chosen || weighed.has(each.id));
    const waiting = withOrders ? gathered(marks.values(), seen, size, (each) => each === chosen) : { single: [], clusters: [] };
    const lines = there.single.flatMap((from) => {
      const to = from.order && withOrders ? marks.get(from.order) : undefined;
      return to ? [{ from, to }] : [];
    });
    hits = [
      ...there.single.map((each) => ({ driver: each, point: each, label: each.name })),
      ...waiting.single.map((each) => ({ order: each, point: each, label: each.id })),
      ...there.clusters.map((cluster) => ({ many: cluster.members, point: cluster, key: "fleet.drivers" })),
      ...waiting.clusters.map((cluster) => ({ many: cluster.members, point: cluster, key: "fleet.orders" })),
    ];
    const ratio = Math.min(2, devicePixelRatio || 1);
    paint(context, { view: seen, size, ratio, drivers: there, orders: waiting, lines, ground: below, at: now.peek(), search, chosen, hovered: hovered && { point: hovered.point, label: named(hovered) }, lasso: lassoing ? drawing : lasso, lassoing }, palette());
    canvas.dataset.frames = String(Number(canvas.dataset.frames ?? 0) + 1);
  }

  /** @param {Point} pixel @returns {Hit | null} */
  const hit = (pixel) => {
    let best = null;
    let least = Infinity;
    for (const each of hits) {
      const { x, y } = toScreen(current(), size, each.point);
      const far = Math.hypot(x - pixel.x, y - pixel.y);
      const reach = each.many ? radius(each.many.length) + 2 : NEAR;
      if (far <= reach && far < least) [best, least] = [each, far];
    }
    return best;
  };
  const point = (/** @type {Hit | null} */ at) => {
    if (at?.point === hovered?.point) return;
    hovered = at;
    canvas.style.cursor = at ? "pointer" : "";
    dirty();
  };
  const choose = (/** @type {Hit | null} */ at) => {
    if (at?.many && current().zoom < NEAREST) {
      const near = fitting(at.many, size);
      if (near) move({ ...near, zoom: Math.min(NEAREST, Math.max(near.zoom, current().zoom + 1)) });
    } else if (at?.many) props().onLasso(around(at.many));
    else props().onChoose(at);
  };
  const key = (/** @type {string} */ pressed) => {
    const next = keyed(pressed, current(), size);
    if (next) return move(next), true;
    if (pressed === "0") {
      const fit = fitting(all(), size);
      if (fit) move(fit);
      return true;
    }
    if (pressed === "l") return props().onLasso(props().lasso.length || props().lassoing ? null : []), true;
    if (pressed === "Escape") return point(null), props().onLasso(null), props().onChoose(null), true;
    if (pressed === "Enter") return hovered && choose(hovered), true;
    if (pressed !== "." && pressed !== ",") return false;
    const sorted = hits.toSorted((a, b) => a.point.x - b.point.x || a.point.y - b.point.y);
    const at = sorted.findIndex((each) => named(each) === (hovered && named(hovered)) && each.point.x === hovered?.point.x);
    const near = sorted[(at + (pressed === "." ? 1 : -1) + sorted.length) % sorted.length];
    if (near) {
      point(near);
      say(`${named(near)}${near.driver?.order ? `, ${near.driver.order}` : ""}`);
    }
    return true;
  };

  const unfollow = follow(canvas, {
    view: current, size: () => size, move, tap: (pixel) => choose(hit(pixel)), hover: (pixel) => point(pixel && hit(pixel)), lassoing: () => props().lassoing,
    draw: (points, done) => {
      drawing = done ? [] : points;
      if (done) props().onLasso(thinned(points));
      dirty();
    },
  });
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !key(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onDouble = (/** @type {MouseEvent} */ event) => move(zoomed(current(), size, { x: event.offsetX, y: event.offsetY }, 1));
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("dblclick", onDouble);
  const sized = new ResizeObserver(() => {
    size = { width: frame.clientWidth, height: frame.clientHeight };
    const ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    dirty();
  });
  sized.observe(frame);
  const themed = new MutationObserver(dirty);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", dirty);
  const silent = now.subscribe(dirty);
  const rooted = changed.subscribe(dirty);
  void ground().then((found) => {
    below = found;
    dirty();
  }, (error) => say(String(error)));

  const end = () => {
    unfollow();
    cancelAnimationFrame(due);
    clearTimeout(telling);
    sized.disconnect();
    themed.disconnect();
    dark.removeEventListener("change", dirty);
    canvas.removeEventListener("keydown", onKey);
    canvas.removeEventListener("dblclick", onDouble);
    silent();
    rooted();
  };
  return { dirty, key, end };
}

/** @param {Hit} hit */
const named = (hit) => hit.label ?? t(hit.key ?? "", { count: hit.many?.length ?? 0 });

/** @param {Iterable<Driver>} all @param {(driver: Driver) => boolean} shows */
function* shown(all, shows) {
  for (const each of all) if (shows(each)) yield each;
}

/** A square around what lies at one place. @param {Point[]} points @returns {Point[]} */
function around(points) {
  const margin = 2e-8;
  const [xs, ys] = [points.map((each) => each.x), points.map((each) => each.y)];
  const [west, east, north, south] = [Math.min(...xs) - margin, Math.max(...xs) + margin, Math.min(...ys) - margin, Math.max(...ys) + margin];
  return [{ x: west, y: north }, { x: east, y: north }, { x: east, y: south }, { x: west, y: south }];
}
