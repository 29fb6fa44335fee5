// @ts-check
/** The tree, drawn: supervisors to the left, a line for each leaf, and what just happened beside it. */
import { duration, number, rate } from "../../lib/format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go } from "../../lib/router.js";
import { plain } from "../../lib/text.js";
import { doing, kindOf, markOf, pageOf, paceOf, shareOf, trouble } from "./look.js";
import { shownAt } from "./marked.js";
import { bad } from "./stories.js";
import { layOut, step } from "./tree.js";

/** @typedef {import("./tree.js").Node} Node */
const PITCH = 22;
const HIGH = 18;
/** Between a column and the next. */
const GAP = 34;
/** Lines drawn above and below what is seen. */
const SPARE = 10 * PITCH;

/** Left edge and width of each depth's cards. @param {Node[]} nodes */
function columns(nodes) {
  /** @type {number[]} */
  const widths = [];
  for (const node of nodes) widths[node.depth] = Math.max(widths[node.depth] ?? 0, 96, Math.min(22, nameOf(node).length) * 7.3 + (node.children.length ? 92 : 62));
  let left = 1;
  return widths.map((width) => {
    const column = { left, width: Math.round(width) };
    left += column.width + GAP;
    return column;
  });
}

/** @param {Node} node */
const nameOf = (node) => (node.depth === 0 ? node.actor.instance : node.actor.name);
/** @param {string} text @param {number} most */
const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/**
 * @param {{roots: Node[], nodes: Map<string, Node>, chosen: string, now: number, dim: ((node: Node) => boolean) | null, onChoose: (key: string) => void, onFold: (key: string) => void}} props
 * `dim` says which nodes a filter leaves out.
 */
export function Drawing({ roots, nodes, chosen, now, dim, onChoose, onFold }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ top: 0, high: 700, wide: 1000 });
  /** @type {{current: Map<string, {told: any[], markup: any}>}} */
  const kept = useRef(new Map());
  /** Only of what is drawn now: what left the page must not be held. @type {Map<string, {told: any[], markup: any}>} */
  const keeps = new Map();
  const { places, lines } = layOut(roots, PITCH);
  const cols = columns(places.map((place) => place.node));
  const right = (cols.at(-1)?.left ?? 0) + (cols.at(-1)?.width ?? 0);
  const width = Math.max(view.wide, right + 20);
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const look = () => setView((before) => {
      const next = { top: Math.floor(box.scrollTop / SPARE) * SPARE, high: box.clientHeight, wide: box.clientWidth };
      return next.top === before.top && next.high === before.high && next.wide === before.wide ? before : next;
    });
    const sized = new ResizeObserver(look);
    sized.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => (sized.disconnect(), box.removeEventListener("scroll", look));
  }, []);
  useEffect(() => {
    const card = document.activeElement?.closest(".drawing") ? frame.current?.querySelector(".card[aria-current]") : null;
    if (card instanceof SVGElement) card.focus();
  }, [chosen]);
  const stories = shownAt(nodes);
  const struck = (/** @type {Node} */ node) => {
    const story = stories.get(node.key);
    return !!story && bad(story);
  };
  /** Whether one of its children has just cost a restart. @param {Node} node */
  const spentBy = (node) => node.children.some(struck);
  const seen = places.filter(({ y }) => y > view.top - SPARE && y < view.top + view.high + 2 * SPARE);
  const within = places.filter(({ y, parentY }) => parentY !== null && Math.max(y, parentY) > view.top - SPARE && Math.min(y, parentY) < view.top + view.high + 2 * SPARE);
  const order = places.map((place) => place.node).sort((a, b) => a.depth - b.depth);
  const byLine = [...places].sort((a, b) => a.y - b.y || a.node.depth - b.node.depth).map((place) => place.node);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (!event.key.startsWith("Arrow")) return;
    const to = step(byLine, byLine.find((node) => node.key === chosen), event.key);
    event.preventDefault();
    if (to) onChoose(to.key);
  };
  const card = (/** @type {{node: Node, y: number}} */ { node, y }, /** @type {boolean} */ first) => {
    const story = stories.get(node.key) ?? null;
    const told = [node.actor, y, chosen === node.key, first, node.folded, node.unwell, story?.id, story?.exit, story?.next, spentBy(node), paceOf(node.actor, now), cols[node.depth].left, cols[node.depth].width, width, dim?.(node) ?? false];
    const before = kept.current.get(node.key);
    if (before && before.told.every((value, i) => value === told[i])) return keeps.set(node.key, before), before.markup;
    const markup = html`<${Card} key=${node.key} node=${node} y=${y} column=${cols[node.depth]} width=${width} story=${story} spent=${spentBy(node)} now=${now} chosen=${chosen === node.key} first=${first} dim=${dim?.(node) ?? false} onChoose=${onChoose} onFold=${onFold} />`;
    keeps.set(node.key, { told, markup });
    return markup;
  };
  const reachable = order.some((node) => node.key === chosen) ? chosen : order[0]?.key;
  const cards = seen.map((place) => card(place, place.node.key === reachable));
  kept.current = keeps;
  return html`<div class="drawing" ref=${frame} tabindex="-1">
    <svg width=${width} height=${lines * PITCH + 2} role="group" aria-label=${t("tree.drawing", { count: places.length })} onKeyDown=${onKeyDown}>
      <g class="links" aria-hidden="true">${within.map(({ node, y, parentY }) => html`<path key=${node.key} class=${struck(node) ? "struck" : ""} d=${link(cols, node, y, /** @type {number} */ (parentY))} />`)}</g>
      ${cards}
    </svg></div>`;
}

/** @param {{left: number, width: number}[]} cols @param {Node} node @param {number} y @param {number} parentY */
function link(cols, node, y, parentY) {
  const from = cols[node.depth - 1].left + cols[node.depth - 1].width;
  const to = cols[node.depth].left;
  const middle = from + GAP / 2;
  return y === parentY ? `M${from},${y}H${to}` : `M${from},${parentY}H${middle - 5}Q${middle},${parentY} ${middle},${parentY + (y > parentY ? 5 : -5)}V${y + (y > parentY ? -5 : 5)}Q${middle},${y} ${middle + 5},${y}H${to}`;
}

/** @param {{node: Node, y: number, column: {left: number, width: number}, width: number, story: import("./stories.js").Story | null, spent: boolean, now: number, chosen: boolean, first: boolean, dim: boolean, onChoose: (key: string) => void, onFold: (key: string) => void}} props */
function Card({ node, y, column, width, story, spent, now, chosen, first, dim, onChoose, onFold }) {
  const { actor } = node;
  const kind = kindOf(actor);
  const share = shareOf(actor);
  const parent = node.children.length > 0;
  const struck = story && bad(story);
  const choose = (/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    // A second time opens its page.
    if (chosen) go(pageOf(actor));
    else onChoose(node.key);
  };
  const fold = (/** @type {MouseEvent} */ event) => (event.preventDefault(), event.stopPropagation(), onFold(node.key));
  const says = `${actor.path} #${actor.epoch}, ${t(`actor.state.${actor.state}`)}${trouble(actor) ? `, ${clip(plain(trouble(actor)), 400)}` : ""}`;
  const beside = column.left + column.width;
  return html`<g class="node ${dim ? "dim" : ""}" transform="translate(0 ${y - HIGH / 2})">
    <a href=${pageOf(actor)} class="card ${kind} ${parent ? "supervisor" : ""}" tabindex=${first ? 0 : -1} aria-current=${chosen ? "true" : undefined} transform="translate(${column.left} 0)" onClick=${choose}>
      <title>${says}${story ? `\n${summary(story)}` : ""}</title>
      ${story && html`<rect key=${story.id} class="ring ${struck ? (story.next !== null ? "healed" : "bad") : "told"}" x="-3" y="-3" width=${column.width + 6} height=${HIGH + 6} rx="7" />`}
      <rect class="body" width=${column.width} height=${HIGH} rx="4" />
      ${share > 0 && html`<rect class="fill" y=${HIGH - 3} width=${column.width * share} height="3" />`}
      <text class="mark" aria-hidden="true" x="7" y="13">${markOf(actor)}</text>
      <text class="name" x="22" y="13">${clip(nameOf(node), 22)}</text>
      <text key=${`e${actor.epoch}`} class="epoch ${story?.next === actor.epoch ? "new" : ""}" x=${column.width - (parent ? 24 : 7)} y="13" text-anchor="end">#${actor.epoch}</text>
      ${actor.supervisor && actor.budget_left !== null && roomBelow(node) && html`<${Pips} key=${spent ? actor.budget_left : ""} actor=${actor} x=${column.width} spent=${spent} />`}
    </a>
    ${parent && html`<g class="fold" transform="translate(${column.left + column.width - 17} 1.5)" onClick=${fold}><title>${t(node.folded ? "tree.unfold" : "tree.fold")}</title><rect width="15" height="15" rx="3" /><text x="7.5" y="11" text-anchor="middle">${node.folded ? "+" : "−"}</text></g>`}
    ${story && (!parent || node.folded) ? html`<${Callout} story=${story} x=${beside + 12} most=${width - beside - 20} within=${node.folded} />`
      : node.folded ? html`<text class=${node.unwell ? "aside warn" : "aside"} x=${beside + 10} y="13">${t("tree.below", { count: node.below })}${node.unwell ? ` · ! ${t("tree.unwell", { count: node.unwell })}` : ""}</text>`
      : !parent && html`<text class=${trouble(actor) ? "aside warn" : "aside"} x=${beside + 10} y="13">${clip(aside(actor, now), Math.max(8, Math.floor((width - beside - 20) / 6.6)))}</text>`}
  </g>`;
}

/** Whether nothing stands right below its card. @param {Node} node */
function roomBelow(node) {
  if (node.folded || !node.children.length) return false;
  const next = node.parent?.children[node.position];
  return node.children.length > 1 || !next || (next.children.length > 1 && !next.folded);
}

/** Restarts that are left, as dots; a number where there are many. @param {{actor: import("./look.js").Actor, x: number, spent: boolean}} props `spent`: one of its children has just been started again */
function Pips({ actor, x, spent }) {
  const left = actor.budget_left ?? 0;
  const kind = left === 0 ? "bad" : left <= 1 ? "warn" : spent ? "spent" : "";
  return html`<text class="pips ${kind}" aria-hidden="true" x=${x - 6} y=${HIGH + 11} text-anchor="end"><title>${t("actor.budget.left", { count: left })}</title>${actor.budget_max && actor.budget_max <= 10 ? "▪".repeat(left) + "▫".repeat(Math.max(0, actor.budget_max - left)) : t("tree.budget", { left: number(left), of: actor.budget_max ? `/${actor.budget_max}` : "" })}</text>`;
}

/** @param {import("./look.js").Actor} actor @param {number} now */
function aside(actor, now) {
  const pace = paceOf(actor, now);
  const busy = [];
  if (pace && pace >= 0.05) busy.push(rate(pace));
  if (actor.mailbox_depth) busy.push(t("tree.queued", { count: actor.mailbox_depth }));
  if (actor.dynamic?.living) busy.push(t("tree.living", { count: actor.dynamic.living }));
  return [plain(trouble(actor)) || doing(actor).text, ...busy].filter(Boolean).join(" · ");
}

/** What happened, in one line. @param {import("./stories.js").Story} story */
export function summary(story) {
  const what = story.exit ? t(`exit.${story.exit.kind}`) : `${t(`verb.${story.command}.done`)}${story.lastsMs ? ` ${t("story.lasts", { time: duration(story.lastsMs) })}` : ""}`;
  const then = story.next !== null ? `→ #${story.next}${story.afterMs === null ? "" : ` ${t("story.after", { time: duration(story.afterMs) })}`}` : story.closed ? `→ ${t("story.closed")}` : story.exit ? `→ ${t("story.waiting")}` : "";
  return [`#${story.epoch} ${what}`, story.exit?.detail ? `“${clip(plain(story.exit.detail), 400)}”` : "", then].filter(Boolean).join(" ");
}

/** Beside a leaf: what became of it. @param {{story: import("./stories.js").Story, x: number, most: number, within: boolean}} props `within`: it happened to one below */
function Callout({ story, x, most, within }) {
  const who = within ? `${clip(story.path.split("/").at(-1) ?? "", 22)} ` : "";
  const struck = bad(story);
  const gone = story.exit ? `${struck ? "✕" : "■"} ${who}#${story.epoch} ${t(`exit.${story.exit.kind}`)}` : `${who}${t(`verb.${story.command}.done`)}${story.lastsMs ? ` ${t("story.lasts", { time: duration(story.lastsMs) })}` : ""}`;
  const back = story.next !== null ? `↻ #${story.next}${story.afterMs === null ? "" : ` ${t("story.after", { time: duration(story.afterMs) })}`}` : story.closed ? t("story.closed") : story.exit ? t("story.waiting") : "";
  const goneWidth = Math.round(gone.length * 7.1 + 16);
  const backWidth = Math.round(back.length * 7.1 + 14);
  const room = Math.floor((most - goneWidth - (back ? backWidth + 8 : 0) - 8) / 6.9);
  const detail = plain(story.exit?.detail ?? story.reason ?? "");
  return html`<g key=${story.id} class="callout" transform="translate(${x} 1)"><title>${summary(story)}</title>
    <g class=${struck ? "gone" : story.exit ? "ended" : "told"}><rect width=${goneWidth} height=${HIGH - 2} rx="8.5" /><text x=${goneWidth / 2} y="12.5" text-anchor="middle">${gone}</text></g>
    ${back && html`<g key=${`b${story.next}`} class=${story.next !== null ? "back" : "waits"} transform="translate(${goneWidth + 6} 0)"><rect width=${backWidth} height=${HIGH - 2} rx="8.5" /><text x=${backWidth / 2} y="12.5" text-anchor="middle">${back}</text></g>`}
    ${room > 6 && detail && html`<text class="aside" x=${goneWidth + (back ? backWidth + 14 : 10)} y="12.5">${clip(detail, room)}</text>`}
  </g>`;
}
