// @ts-check
/** A chart over time; its library is loaded when the first one is drawn. */
import { formatter } from "./format.js";
import { html, useEffect, useRef } from "./html.js";

/** @type {Promise<any> | null} */
let library = null;
function load() {
  return (library ??= Promise.all([
    import("../vendor/uplot.js"),
    new Promise((done) => {
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = new URL("../vendor/uplot.css", import.meta.url).href;
      sheet.onload = sheet.onerror = done;
      document.head.append(sheet);
    }),
  ]).then(([module]) => module.default));
}

/** The time of day, as the reader writes it. @param {number} seconds since 1970 */
const clock = (seconds) => formatter("clock", (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" })).format(new Date(seconds * 1000));

/**
 * @param {{label: string, times: number[], lines: {label: string, values: (number | null)[]}[], unit?: (value: number) => string, height?: number}} props
 * `times` in seconds since 1970, oldest first. The figures are told in words below it.
 */
export function Chart({ label, times, lines, unit = String, height = 160 }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {any} */ (null));
  const data = [times, ...lines.map((line) => line.values)];
  useEffect(() => {
    let gone = false;
    void load().then((UPlot) => {
      if (gone || !frame.current) return;
      const style = getComputedStyle(document.documentElement);
      const colours = ["--line-1", "--line-2", "--line-3"].map((name) => style.getPropertyValue(name).trim());
      const axis = { stroke: style.getPropertyValue("--quiet").trim(), grid: { stroke: style.getPropertyValue("--rule").trim(), width: 1 }, ticks: { show: false } };
      chart.current = new UPlot({
        width: frame.current.clientWidth || 400, height, legend: { show: false }, cursor: { drag: { x: false, y: false } },
        axes: [{ ...axis, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(clock) }, { ...axis, size: 64, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(unit).map((text, i, all) => (text === all[i - 1] ? "" : text)) }],
        scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, most > 0 ? most * 1.1 : 1] } },
        series: [{}, ...lines.map((line, i) => ({ label: line.label, stroke: colours[i], width: 1.5, points: { show: false } }))],
      }, data, frame.current);
    });
    const sized = new ResizeObserver(() => frame.current && chart.current?.setSize({ width: frame.current.clientWidth, height }));
    if (frame.current) sized.observe(frame.current);
    return () => {
      gone = true;
      sized.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [lines.length, height]);
  useEffect(() => chart.current?.setData(data), [times, lines]);
  const last = (/** @type {(number | null)[]} */ values) => values.findLast((value) => value !== null && value !== undefined);
  return html`<figure class="chart"><figcaption>${label}${lines.map((line, i) => {
    const value = last(line.values);
    return html` <span class="key line-${i + 1}">${line.label}: ${value === undefined || value === null ? "–" : unit(value)}</span>`;
  })}</figcaption><div ref=${frame} class="chart-frame" role="img" aria-label=${label}></div></figure>`;
}
