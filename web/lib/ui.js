// @ts-check
/** What screens are made of. */
import { Failed, may } from "./api.js";
import { html, signal, useEffect, useRef, useState } from "./html.js";
import { t } from "./i18n.js";

/** A screen's frame: its title, what can be done here, its content. @param {{title: string, actions?: any, children?: any}} props */
export function Page({ title, actions, children }) {
  useEffect(() => {
    document.title = `${title} · Tropa`;
  }, [title]);
  // A screen that came later than its address takes the focus that nobody has.
  useEffect(() => {
    if (document.activeElement === document.body) document.getElementById("title")?.focus({ preventScroll: true });
  }, []);
  return html`<section class="page" aria-labelledby="title">
    <header class="page-head"><h1 id="title" tabindex="-1">${title}</h1><div class="actions">${actions}</div></header>
    ${children}
  </section>`;
}

/** A part of a screen. @param {{title: any, hint?: any, actions?: any, class?: string, children?: any}} props */
export function Panel({ title, hint, actions, class: kind = "", children }) {
  return html`<section class="panel ${kind}">
    <header><h2>${title}</h2>${hint && html`<small>${hint}</small>`}<div class="actions">${actions}</div></header>
    ${children}
  </section>`;
}

/** While the first answer is awaited. */
export const Loading = () => html`<p class="loading" role="status">${t("loading")}</p>`;

/** Nothing here: why, and what to do next. @param {{children?: any}} props */
export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

/** What failed: the request, what was said, the trace. @param {{error: any, retry?: () => void}} props */
export function Failure({ error, retry }) {
  const known = error instanceof Failed;
  return html`<div class="failure" role="alert">
    <strong>${t(known && error.status === 403 ? "failure.forbidden" : "failure.title")}</strong>
    <p>${error.message}</p>
    ${known && error.errors.length > 0 && html`<ul>${error.errors.map((each) => html`<li><code>${each.field}</code> ${each.detail}</li>`)}</ul>`}
    ${known && html`<p class="fine"><code>${error.request}</code>${error.status ? ` · HTTP ${error.status}` : ""}${error.trace ? html` · ${t("trace")} <code>${error.trace}</code>` : ""}</p>`}
    ${retry && html`<button onClick=${retry}>${t("retry")}</button>`}
  </div>`;
}

/**
 * An answer that is asked for: again when the key changes, every so often while the tab is seen, or on `again`.
 * @template T
 * @param {string} key what it depends on
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {{everyMs?: number}} [options]
 * @returns {{data: T | null, error: any, loading: boolean, again: () => void}}
 */
export function useAnswer(key, load, { everyMs = 0 } = {}) {
  const [answer, setAnswer] = useState(/** @type {{key: string, data: T | null, error: any}} */ ({ key: "", data: null, error: null }));
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    const run = () =>
      load(ending.signal).then(
        (data) => !ending.signal.aborted && setAnswer({ key, data, error: null }),
        (error) => !ending.signal.aborted && setAnswer((before) => ({ key, data: before.key === key ? before.data : null, error })),
      );
    void run();
    const timer = everyMs ? setInterval(() => !document.hidden && void run(), everyMs) : undefined;
    return () => {
      ending.abort();
      clearInterval(timer);
    };
  }, [key, round, everyMs]);
  const fits = answer.key === key;
  return { data: fits ? answer.data : null, error: fits ? answer.error : null, loading: !fits, again: () => setRound((n) => n + 1) };
}

/** A state, by word, colour and mark. @param {{kind: "good" | "warn" | "bad" | "calm" | "busy", children?: any, title?: string}} props */
export const Badge = ({ kind, children, title }) => html`<span class="badge ${kind}" title=${title}>${children}</span>`;

/** A number large enough to be seen from afar. @param {{label: any, value: any, unit?: string, hint?: any, kind?: string, href?: string}} props */
export function Figure({ label, value, unit, hint, kind = "", href }) {
  const inner = html`<span class="label">${label}</span><span class="value">${value}${unit && html` <small>${unit}</small>`}</span>${hint && html`<span class="hint">${hint}</span>`}`;
  return href ? html`<${Link} href=${href} class="figure ${kind}">${inner}<//>` : html`<div class="figure ${kind}">${inner}</div>`;
}

/** A link within the console. @param {{href: string, class?: string, title?: string, children?: any, current?: boolean}} props */
export const Link = ({ href, class: kind, title, children, current }) =>
  html`<a href=${href} class=${kind} title=${title} data-within="yes" aria-current=${current ? "page" : undefined}>${children}</a>`;

/** A small line of numbers. @param {{values: (number | null)[], label: string, width?: number, height?: number}} props */
export function Spark({ values, label, width = 120, height = 24 }) {
  const most = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, i) => `${(i * step).toFixed(1)},${(height - 1 - ((value ?? 0) / most) * (height - 3)).toFixed(1)}`).join(" ");
  return html`<svg class="spark" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}><title>${label}</title><polyline points=${points} /></svg>`;
}

/** How full something is. @param {{value: number, of: number, label: string}} props */
export function Meter({ value, of, label }) {
  const share = of > 0 ? Math.min(1, value / of) : 0;
  const kind = share >= 0.9 ? "bad" : share >= 0.6 ? "warn" : "good";
  return html`<svg class="meter ${kind}" width="60" height="8" viewBox="0 0 60 8" role="img" aria-label=${label}><title>${label}</title><rect class="of" width="60" height="8" rx="2" /><rect class="is" width=${60 * share} height="8" rx="2" /></svg>`;
}

/** Words that pass: what was done, what failed. @type {import("../vendor/signals.js").Signal<{id: number, kind: string, text: any}[]>} */
export const notices = signal(/** @type {{id: number, kind: string, text: any}[]} */ ([]));
let noticed = 0;

/** @param {any} text @param {"good" | "bad"} [kind] */
export function notice(text, kind = "good") {
  const id = ++noticed;
  notices.value = [...notices.value.slice(-4), { id, kind, text }];
  setTimeout(() => (notices.value = notices.value.filter((known) => known.id !== id)), kind === "bad" ? 12_000 : 5_000);
}

/** The notices, told to screen readers as they come. */
export const Notices = () => html`<div class="notices" role="status" aria-live="polite">${notices.value.map(
  (known) => html`<div key=${known.id} class="notice ${known.kind}">${known.text}<button class="quiet" aria-label=${t("close")} onClick=${() => (notices.value = notices.value.filter((other) => other.id !== known.id))}>×</button></div>`,
)}</div>`;

/** A dialog while it is there. @param {{title: any, onClose: () => void, children?: any}} props */
export function Dialog({ title, onClose, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => before instanceof HTMLElement && before.isConnected && before.focus();
  }, []);
  return html`<dialog ref=${ref} aria-labelledby="dialog-title" onClose=${onClose} onCancel=${onClose}>
    <header><h2 id="dialog-title">${title}</h2><button class="quiet" aria-label=${t("close")} onClick=${() => ref.current?.close()}>×</button></header>
    ${children}
  </dialog>`;
}

/**
 * Asks before something is done: what will happen, a reason, and for what cannot be taken back a word to be typed.
 * @param {{title: any, effect: any, word?: string, needsReason?: boolean, danger?: boolean, act: (reason: string) => Promise<any>, onClose: () => void, suggested?: string, children?: any}} props
 * `suggested` is a reason to begin with, e.g. the last one.
 */
export function Confirm({ title, effect, word, needsReason = true, danger = true, act, onClose, suggested = "", children }) {
  const [reason, setReason] = useState(suggested);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const ready = !busy && (!needsReason || reason.trim() !== "") && (!word || typed === word);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      await act(reason.trim());
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      <div class="effect">${effect}</div>
      ${children}
      ${needsReason && html`<label>${t("reason")}<input name="reason" value=${reason} maxlength="500" autofocus required onInput=${(/** @type {any} */ e) => setReason(e.target.value)} placeholder=${t("reason.hint")} /></label>`}
      ${word && html`<label>${t("confirm.type", { word })}<input name="word" value=${typed} autocomplete="off" onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} /></label>`}
      ${error && html`<${Failure} error=${error} />`}
      <div class="buttons"><button type="button" onClick=${onClose}>${t("cancel")}</button><button type="submit" class=${danger ? "danger" : "primary"} disabled=${!ready}>${busy ? t("working") : t("confirm")}</button></div>
    </form>
  <//>`;
}

/** A button for those who may; for others it says which role it takes. @param {{role: "operator" | "chaos" | "viewer", onClick: (event: any) => void, danger?: boolean, disabled?: boolean, title?: string, children?: any}} props */
export function Act({ role, onClick, danger = false, disabled = false, title, children }) {
  const allowed = may(role);
  return html`<button class=${danger ? "danger" : ""} disabled=${!allowed || disabled} title=${allowed ? title : t("needs.role", { role: t(`role.${role}`) })} onClick=${onClick}>${children}</button>`;
}
