// @ts-check
/**
 * A table of thousands of rows of one height, of which only those in sight are in the document.
 *
 * Walked with `j` and `k`, opened with Enter, selected with `x`, unselected with Escape. Rows that come in above do not move what is looked at: the first
 * row in sight stays where it is, unless the reader is at the top.
 */
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { t } from "./i18n.js";
import { takeKeys } from "./keys.js";

/** @typedef {{name: string, title: string, cell: (row: any) => any, number?: boolean, width: number}} Column `width` in rem */

/** A row's height until it is measured, pixels. */
const ROW = 36;
/** Rows drawn above and below what is in sight. */
const MARGIN = 12;

/**
 * @param {{label: string, columns: Column[], rows: any[], id: (row: any) => string, onOpen?: (row: any) => void, onEnd?: () => void,
 *   selected?: Set<string>, onSelect?: (selected: Set<string>) => void, busy?: boolean}} props `onEnd` is called when the end comes in sight; `busy`: other rows are awaited.
 */
export function LongTable({ label, columns, rows, id, onOpen, onEnd, selected, onSelect, busy = false }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const body = useRef(/** @type {HTMLTableSectionElement | null} */ (null));
  const anchor = useRef({ id: "", index: 0 });
  const walked = useRef(false);
  const place = useRef(0);
  const [view, setView] = useState({ first: 0, seen: 20 });
  const [height, setHeight] = useState(ROW);
  const [at, setAt] = useState(/** @type {string | null} */ (null));
  // Keys come faster than the table is drawn: what they found is kept beside it.
  const now = useRef({ at, selected });
  now.current = { at, selected };

  const look = () => {
    const box = frame.current;
    if (!box) return;
    const first = Math.max(0, Math.min(rows.length - 1, Math.floor(box.scrollTop / height)));
    anchor.current = { id: rows[first] ? id(rows[first]) : "", index: first };
    const seen = Math.ceil(box.clientHeight / height);
    if (first !== view.first || seen !== view.seen) setView({ first, seen });
  };
  useLayoutEffect(() => {
    const box = frame.current;
    const { id: kept, index } = anchor.current;
    const held = box && kept && (box.scrollTop > height / 2 || body.current?.contains(document.activeElement));
    if (box && held && rows[index] && id(rows[index]) !== kept) {
      const now = rows.findIndex((row) => id(row) === kept);
      if (now >= 0) box.scrollTop += (now - index) * height;
    }
    look();
    if (now.current.at === null || !rows.length) return;
    const found = rows.findIndex((row) => id(row) === now.current.at);
    if (found >= 0) return void (place.current = found);
    // The row is gone: the one in its place is next, and has the focus if the row had it.
    walked.current = document.activeElement === document.body;
    now.current.at = id(rows[Math.min(place.current, rows.length - 1)]);
    setAt(now.current.at);
  }, [rows, height]);
  const some = rows.length > 0;
  useLayoutEffect(() => {
    const drawn = body.current?.querySelector("tr[data-id]");
    const measured = drawn instanceof HTMLElement ? drawn.offsetHeight : 0;
    if (measured > 0 && measured !== height) setHeight(measured);
  }, [some, view.seen, columns.length]);
  const looked = useRef(look);
  looked.current = look;
  useEffect(() => {
    const sized = new ResizeObserver(() => looked.current());
    if (frame.current) sized.observe(frame.current);
    return () => sized.disconnect();
  }, []);
  const from = Math.max(0, view.first - MARGIN);
  const to = Math.min(rows.length, view.first + view.seen + MARGIN);
  useEffect(() => {
    if (to >= rows.length) onEnd?.();
  }, [to, rows]);

  const toggle = (/** @type {any} */ row) => {
    const next = new Set(now.current.selected);
    if (!next.delete(id(row))) next.add(id(row));
    now.current.selected = next;
    onSelect?.(next);
  };
  const walk = (/** @type {number} */ step) => {
    const index = now.current.at === null ? -1 : rows.findIndex((row) => id(row) === now.current.at);
    const next = Math.max(0, Math.min(rows.length - 1, index < 0 ? view.first : index + step));
    const box = frame.current;
    if (!box || !rows[next]) return;
    const head = box.querySelector("thead")?.offsetHeight ?? 0;
    if (next * height < box.scrollTop) box.scrollTop = next * height;
    else if ((next + 1) * height + head > box.scrollTop + box.clientHeight) box.scrollTop = (next + 1) * height + head - box.clientHeight;
    walked.current = true;
    place.current = next;
    now.current.at = id(rows[next]);
    setAt(now.current.at);
    look();
  };
  useEffect(() => {
    if (!walked.current || at === null || at !== now.current.at) return;
    walked.current = false;
    const row = [...(body.current?.rows ?? [])].find((each) => each.dataset.id === at);
    row?.focus({ preventScroll: true });
  });
  useEffect(() =>
    takeKeys((key) => {
      if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1), true;
      const row = rows.find((each) => id(each) === now.current.at);
      if (key === "Enter" && row && onOpen) return onOpen(row), true;
      if (key === "x" && row && onSelect) return toggle(row), true;
      if (key === "Escape" && selected?.size && onSelect) return onSelect(new Set()), true;
      return false;
    }),
  );
  const all = rows.length > 0 && selected?.size === rows.length;
  const wide = columns.reduce((sum, column) => sum + column.width, onSelect ? 2.5 : 0);
  const across = columns.length + (onSelect ? 1 : 0);
  const gap = (/** @type {number} */ count) => count > 0 && html`<tr class="gap" aria-hidden="true"><td colspan=${across} style=${{ height: `${count * height}px` }}></td></tr>`;
  return html`<div class="table-frame long" role="region" aria-label=${t("table.region", { label })} tabindex="0" aria-busy=${busy} ref=${frame} onScroll=${look}>
    <table aria-rowcount=${rows.length + 1} style=${{ minWidth: `${wide}rem` }}>
    <caption class="unseen">${label}</caption>
    <colgroup>${onSelect && html`<col style=${{ width: "2.5rem" }} />`}${columns.map((column) => html`<col key=${column.name} style=${{ width: `${column.width}rem` }} />`)}</colgroup>
    <thead><tr aria-rowindex="1">
      ${onSelect && html`<th class="tick"><input type="checkbox" aria-label=${t("select.all")} checked=${all} onChange=${() => onSelect(all ? new Set() : new Set(rows.map(id)))} /></th>`}
      ${columns.map((column) => html`<th key=${column.name} scope="col" class=${column.number ? "number" : ""}>${column.title}</th>`)}
    </tr></thead>
    <tbody ref=${body}>${gap(from)}${rows.slice(from, to).map((row, i) => {
      const own = id(row);
      return html`<tr key=${own} tabindex="-1" data-id=${own} aria-rowindex=${from + i + 2} aria-selected=${onSelect ? !!selected?.has(own) : undefined} class=${own === at ? "at" : ""}
        onClick=${(/** @type {MouseEvent} */ e) => !(/** @type {Element} */ (e.target).closest("a, button, input")) && !getSelection()?.toString() && (setAt(own), onOpen?.(row))}>
        ${onSelect && html`<td class="tick"><input type="checkbox" aria-label=${t("select.one", { id: own })} checked=${selected?.has(own)} onChange=${() => toggle(row)} /></td>`}
        ${columns.map((column) => html`<td key=${column.name} class=${column.number ? "number" : ""}>${column.cell(row)}</td>`)}
      </tr>`;
    })}${gap(rows.length - to)}</tbody>
  </table></div>`;
}
