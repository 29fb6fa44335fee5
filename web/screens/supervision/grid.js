// @ts-check
/** The tree as a grid that is walked by the arrow keys: all figures of each actor. Only the rows in sight are in the page. */
import { Time, duration, micros, now as clock, number, rate } from "../../lib/format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { plain } from "../../lib/text.js";
import { Badge, Link, Meter } from "../../lib/ui.js";
import { doing, kindOf, pageOf, paceOf, trouble } from "./look.js";
import { marked } from "./marked.js";
import { bad } from "./stories.js";
import { step } from "./tree.js";

/** @typedef {import("./tree.js").Node} Node */
/** A row's height in pixels, as in the style. */
const HIGH = 32;
const SPARE = 6;
/** Characters of a text that others wrote: all of it is on the actor's page. */
const MOST = 400;
const COLUMNS = ["actor", "state", "epoch", "restarts", "mailbox", "wait", "handle", "pace", "doing", "exit", "uptime"];
const NUMBERS = new Set(["epoch", "restarts", "wait", "handle", "pace", "uptime"]);

/** @param {{seen: Node[], filtered: boolean, chosen: string, now: number, onChoose: (key: string) => void, onFold: (key: string) => void, onOpen: (node: Node) => void}} props */
export function Grid({ seen, filtered, chosen, now, onChoose, onFold, onOpen }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ first: 0, count: 40 });
  /** @type {{current: Map<string, {told: any[], markup: any}>}} */
  const kept = useRef(new Map());
  /** Only of what is drawn now: what left the page must not be held. @type {Map<string, {told: any[], markup: any}>} */
  const keeps = new Map();
  const held = useRef(false);
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const look = () => {
      const first = Math.max(0, Math.floor(box.scrollTop / HIGH / SPARE) * SPARE - SPARE);
      const count = Math.ceil(box.clientHeight / HIGH) + 3 * SPARE;
      setView((before) => (before.first === first && before.count === count ? before : { first, count }));
    };
    const sized = new ResizeObserver(look);
    sized.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => (sized.disconnect(), box.removeEventListener("scroll", look));
  }, []);
  const at = seen.findIndex((node) => node.key === chosen);
  useEffect(() => {
    const box = frame.current;
    if (!box || at < 0) return;
    const top = at * HIGH;
    // By its own scrolling: the page stays where it is.
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 2 * HIGH > box.scrollTop + box.clientHeight - HIGH) box.scrollTop = top + 3 * HIGH - box.clientHeight;
  }, [chosen]);
  useEffect(() => {
    if (held.current) /** @type {HTMLElement | null} */ (frame.current?.querySelector("tr[aria-selected=true]"))?.focus({ preventScroll: true });
  }, [chosen, view.first]);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = seen[at];
    if (!/^(Arrow|Home|End)/.test(event.key)) return;
    event.preventDefault();
    if (!filtered && from?.children.length && ((event.key === "ArrowLeft" && !from.folded) || (event.key === "ArrowRight" && from.folded))) return onFold(from.key);
    const to = step(seen, from, event.key);
    if (to) onChoose(to.key);
  };
  const first = Math.min(view.first, Math.max(0, seen.length - view.count));
  const shown = seen.slice(first, first + view.count);
  const row = (/** @type {Node} */ node, /** @type {number} */ i) => {
    const story = marked.value.get(node.key) ?? null;
    const told = [node.actor, i, node.key === chosen, at < 0 && i === 0, node.folded, filtered, node.unwell, node.depth, node.position, story?.id, story?.next, paceOf(node.actor, now)];
    const before = kept.current.get(node.key);
    if (before && before.told.every((value, j) => value === told[j])) return keeps.set(node.key, before), before.markup;
    const markup = html`<${Row} key=${node.key} node=${node} fixed=${filtered} i=${i} now=${now} story=${story} chosen=${node.key === chosen} reachable=${node.key === chosen || (at < 0 && i === 0)} onChoose=${onChoose} onFold=${onFold} onOpen=${onOpen} />`;
    keeps.set(node.key, { told, markup });
    return markup;
  };
  const drawn = shown.map((node, i) => row(node, first + i));
  kept.current = keeps;
  const gap = (/** @type {number} */ count) => count > 0 && html`<tr class="gap" aria-hidden="true" style=${{ height: `${count * HIGH}px` }}><td colspan=${COLUMNS.length}></td></tr>`;
  return html`<div class="table-frame tree-grid" ref=${frame} onFocusIn=${() => (held.current = true)} onFocusOut=${(/** @type {FocusEvent} */ e) => e.relatedTarget && (held.current = false)}>
    <table role="treegrid" aria-label=${t("tree.grid")} aria-rowcount=${seen.length + 1} onKeyDown=${onKeyDown}>
      <colgroup>${COLUMNS.map((name) => html`<col class="col-${name}" />`)}</colgroup>
      <thead><tr role="row" aria-rowindex="1">${COLUMNS.map((name) => html`<th scope="col" class=${NUMBERS.has(name) ? "number" : ""} title=${t(`tree.column.${name}.hint`)}>${t(`tree.column.${name}`)}</th>`)}</tr></thead>
      <tbody>${gap(first)}${drawn}${gap(seen.length - first - shown.length)}</tbody>
    </table></div>`;
}

/** @param {{node: Node, fixed: boolean, i: number, now: number, story: import("./stories.js").Story | null, chosen: boolean, reachable: boolean, onChoose: (key: string) => void, onFold: (key: string) => void, onOpen: (node: Node) => void}} props */
function Row({ node, fixed, i, now, story, chosen, reachable, onChoose, onFold, onOpen }) {
  const { actor } = node;
  // What a filter found is all unfolded.
  const parent = node.children.length > 0 && !fixed;
  const work = doing(actor);
  const held = plain(trouble(actor).slice(0, MOST));
  const lapsed = actor.last_exit;
  const lapse = lapsed ? `${t(`exit.${lapsed.kind}`)}${lapsed.detail ? `: ${plain(lapsed.detail.slice(0, MOST))}` : ""}` : "";
  return html`<tr role="row" aria-level=${node.depth + 1} aria-posinset=${node.position} aria-rowindex=${i + 2} aria-expanded=${parent ? !node.folded : undefined} aria-selected=${chosen}
    tabindex=${reachable ? 0 : -1} class="${chosen ? "at" : ""} ${story ? (bad(story) ? "struck" : "told") : ""}" data-path=${actor.path} data-epoch=${actor.epoch} data-state=${actor.state}
    onClick=${(/** @type {MouseEvent} */ e) => !(/** @type {Element} */ (e.target).closest("a, button")) && onChoose(node.key)} onDblClick=${() => onOpen(node)}>
    <td role="gridcell" class="who" title=${`${actor.path} · ${actor.kind}`}><span class="indent" style=${{ width: `${node.depth * 16}px` }}></span>${parent
      ? html`<button class="quiet fold" tabindex="-1" aria-label=${t(node.folded ? "tree.unfold" : "tree.fold")} onClick=${() => onFold(node.key)}>${node.folded ? "▸" : "▾"}</button>`
      : html`<span class="fold" aria-hidden="true"></span>`}<${Link} href=${pageOf(actor)} class="name">${node.depth === 0 ? `${actor.name} · ${actor.instance}` : actor.name}<//>${node.folded && node.unwell > 0 && html` <${Badge} kind="warn">${number(node.unwell)}<//>`}</td>
    <td role="gridcell" title=${held}><${Badge} kind=${kindOf(actor)}>${t(`actor.state.${actor.state}`)}<//></td>
    <td role="gridcell" class="number"><span key=${actor.epoch} class="epoch ${story?.next === actor.epoch ? "new" : ""}">#${actor.epoch}</span></td>
    <td role="gridcell" class="number" title=${actor.budget_left === null ? "" : t("actor.budget.left", { count: actor.budget_left })}>${number(actor.restarts)}${actor.budget_left !== null && html` <small class=${actor.budget_left <= 1 ? "warn-text" : ""}>${t("tree.budget", { left: number(actor.budget_left), of: actor.budget_max ? `/${actor.budget_max}` : "" })}</small>`}</td>
    <td role="gridcell" class="box" title=${t("actor.mailbox.of", { depth: actor.mailbox_depth, capacity: actor.mailbox_capacity })}><${Meter} value=${actor.mailbox_depth} of=${actor.mailbox_capacity} label=${t("actor.mailbox.of", { depth: actor.mailbox_depth, capacity: actor.mailbox_capacity })} /> ${number(actor.mailbox_depth)}</td>
    <td role="gridcell" class="number">${actor.handled ? micros(actor.wait_p99_us) : "–"}</td>
    <td role="gridcell" class="number">${actor.handled ? `${micros(actor.handle_p50_us)} / ${micros(actor.handle_p99_us)}` : "–"}</td>
    <td role="gridcell" class="number">${rate(paceOf(actor, now))}</td>
    <td role="gridcell" class="clip" title=${held || work.text}>${held && actor.condition ? html`<span class="warn-text">! ${held}</span>` : work.text}${work.forMs !== null && html` <small><${Lasting} ms=${work.forMs} heard=${actor.heard} /></small>`}</td>
    <td role="gridcell" class="clip" title=${lapse}>${lapsed ? html`${actor.last_exit_at && html`<small><${Time} at=${actor.last_exit_at} /></small> `}${lapse}` : "–"}</td>
    <td role="gridcell" class="number">${["backoff", "closed"].includes(actor.state) ? "–" : html`<${Lasting} ms=${actor.uptime_ms} heard=${actor.heard} />`}</td>
  </tr>`;
}

/** A time that goes on while nothing is heard. @param {{ms: number, heard: number}} props */
export const Lasting = ({ ms, heard }) => html`<span>${duration(Math.floor((ms + Math.max(0, clock.value - heard)) / 1000) * 1000 || Math.min(ms, 999))}</span>`;
