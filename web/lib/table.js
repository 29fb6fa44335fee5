// @ts-check
/** A table of rows that can be walked with `j` and `k`, opened with Enter and selected with `x`. */
import { html, useEffect, useRef, useState } from "./html.js";
import { t } from "./i18n.js";
import { takeKeys } from "./keys.js";

/** @typedef {{name: string, title: any, cell: (row: any) => any, number?: boolean, sort?: (row: any) => string | number | null, wide?: boolean}} Column */

/**
 * @param {{label: string, columns: Column[], rows: any[], id: (row: any) => string, onOpen?: (row: any) => void,
 *   selected?: Set<string>, onSelect?: (selected: Set<string>) => void, sorted?: string, onSort?: (sorted: string) => void}} props
 * `sorted` is a column's name, with a `-` before it for the other way round.
 */
export function Table({ label, columns, rows, id, onOpen, selected, onSelect, sorted = "", onSort }) {
  const [at, setAt] = useState(-1);
  const body = useRef(/** @type {HTMLTableSectionElement | null} */ (null));
  const shown = order(rows, columns, sorted);
  const toggle = (/** @type {any} */ row) => {
    const next = new Set(selected);
    if (!next.delete(id(row))) next.add(id(row));
    onSelect?.(next);
  };
  useEffect(() =>
    takeKeys((key) => {
      const row = shown[at];
      if (key === "j" || key === "k") {
        const next = Math.max(0, Math.min(shown.length - 1, at + (key === "j" ? 1 : -1)));
        setAt(next);
        body.current?.rows[next]?.focus();
        return true;
      }
      if (key === "Enter" && row && onOpen) return onOpen(row), true;
      if (key === "x" && row && onSelect) return toggle(row), true;
      return false;
    }),
  );
  const sortBy = (/** @type {Column} */ column) => onSort?.(sorted === column.name ? `-${column.name}` : sorted === `-${column.name}` ? "" : column.name);
  const all = shown.length > 0 && shown.every((row) => selected?.has(id(row)));
  return html`<div class="table-frame" role="region" aria-label=${label} tabindex="0"><table>
    <caption class="unseen">${label}</caption>
    <thead><tr>
      ${onSelect && html`<th class="tick"><input type="checkbox" aria-label=${t("select.all")} checked=${all} onChange=${() => onSelect(all ? new Set() : new Set(shown.map(id)))} /></th>`}
      ${columns.map((column) => html`<th key=${column.name} scope="col" class=${column.number ? "number" : ""} aria-sort=${sorted === column.name ? "ascending" : sorted === `-${column.name}` ? "descending" : undefined}>
        ${column.sort && onSort ? html`<button class="sort" onClick=${() => sortBy(column)}>${column.title}</button>` : column.title}</th>`)}
    </tr></thead>
    <tbody ref=${body}>${shown.map((row, i) => html`<tr key=${id(row)} tabindex="-1" data-id=${id(row)} aria-selected=${onSelect ? !!selected?.has(id(row)) : undefined} class=${i === at ? "at" : ""} onClick=${(/** @type {MouseEvent} */ e) => !(/** @type {Element} */ (e.target).closest("a, button, input")) && (setAt(i), onOpen?.(row))}>
      ${onSelect && html`<td class="tick"><input type="checkbox" aria-label=${t("select.one", { id: id(row) })} checked=${selected?.has(id(row))} onChange=${() => toggle(row)} /></td>`}
      ${columns.map((column) => html`<td key=${column.name} class=${`${column.number ? "number" : ""} ${column.wide ? "wide" : ""}`}>${column.cell(row)}</td>`)}
    </tr>`)}</tbody>
  </table></div>`;
}

/** @param {any[]} rows @param {Column[]} columns @param {string} sorted */
function order(rows, columns, sorted) {
  const sort = columns.find((column) => column.name === sorted.replace(/^-/, ""))?.sort;
  if (!sort) return rows;
  const sign = sorted.startsWith("-") ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: sort(row) }));
  keyed.sort((a, b) => sign * (a.key === b.key ? 0 : a.key === null ? 1 : b.key === null ? -1 : a.key < b.key ? -1 : 1));
  return keyed.map(({ row }) => row);
}
