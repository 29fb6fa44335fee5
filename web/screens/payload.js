// @ts-check
/** What a message carries: hidden until somebody asks for it, which is written down. */
import { get } from "../lib/api.js";
import { bytes } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Clip, plain, pretty } from "../lib/text.js";
import { Act, Failure } from "../lib/ui.js";

/** Characters that are shown; the rest is told, so that a page does not drown in one message. */
const MOST = 200_000;

/** @param {{path: string, size: number | null | undefined}} props `path` answers with `{payload, headers}` */
export function Payload({ path, size }) {
  const [shown, setShown] = useState(/** @type {{payload: string, headers: Record<string, unknown>} | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [raw, setRaw] = useState(false);
  const [busy, setBusy] = useState(false);
  const show = async () => {
    setBusy(true);
    setError(null);
    await get(path).then(setShown, setError);
    setBusy(false);
  };
  if (!shown) {
    return html`<p class="redacted" aria-hidden="true">${"▒".repeat(48)}</p><p class="fine">${size !== null && size !== undefined && html`${bytes(size)} · `}${t("payload.hidden")}</p>
      ${error && html`<${Failure} error=${error} />`}
      <${Act} role="operator" disabled=${busy} onClick=${show}>${busy ? t("working") : t("payload.show")}<//>`;
  }
  const payload = typeof shown.payload === "string" ? shown.payload : JSON.stringify(shown.payload);
  const text = raw ? payload : pretty(payload);
  const headers = Object.entries(shown.headers ?? {});
  return html`<pre tabindex="0" aria-label=${t("payload.title")}>${plain(text.slice(0, MOST))}</pre>${text.length > MOST && html`<p class="fine">${t("payload.cut", { count: text.length })}</p>`}
    <div class="buttons start"><label class="check"><input type="checkbox" checked=${raw} onChange=${() => setRaw(!raw)} />${t("payload.raw")}</label><button onClick=${() => setShown(null)}>${t("payload.hide")}</button></div>
    <h3>${t("payload.headers")}</h3>
    ${headers.length === 0 ? html`<p class="fine">${t("payload.no.headers")}</p>` : html`<dl class="facts">${headers.map(([name, value]) => html`<dt><${Clip} value=${name} most=${60} code=${true} /></dt><dd><${Clip} value=${typeof value === "string" ? value : JSON.stringify(value)} most=${300} code=${true} /></dd>`)}</dl>`}`;
}
