// @ts-check
/**
 * Something done to many at once: first a dry run that freezes the set and shows how many and a sample of them, then a reason and a
 * word to be typed, then the progress. Only what was in the frozen set is touched, whatever comes in meanwhile.
 */
import { post } from "../../lib/api.js";
import { number } from "../../lib/format.js";
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Dialog, Empty, Failure, Loading } from "../../lib/ui.js";
import { Progress } from "./progress.js";

/**
 * @param {{path: string, action: "replay" | "discard" | "restore" | "cancel" | "dispatch", what: {filter?: Record<string, string | string[]>, ids?: string[]},
 *   subject: any, sample: (each: any) => any, onClose: () => void}} props
 * `path` is where operations are posted, `what` names those that are meant, `subject` says it in words.
 */
export function Bulk({ path, action, what, subject, sample, onClose }) {
  const [dry, setDry] = useState(/** @type {any} */ (null));
  const [operation, setOperation] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const look = () => {
    setDry(null);
    setError(null);
    post(path, { action, ...what, dry_run: true }).then(setDry, setError);
  };
  useEffect(look, []);
  const run = async (/** @type {string} */ reason, /** @type {number | null} */ rate) => {
    const made = await post(path, { action, set: dry.set, reason: reason || undefined, rate: rate ?? undefined });
    setOperation(made.operation);
  };
  return html`<${Dialog} title=${t(`bulk.${action}`)} onClose=${onClose}>
    <p>${subject}</p>
    ${operation
      ? html`<${Progress} key=${operation} id=${operation} within=${true} onUndo=${setOperation} /><p class="fine">${t("bulk.leave")}</p>`
      : error
        ? html`<${Failure} error=${error} retry=${look} />`
        : !dry
          ? html`<${Loading} />`
          : dry.matched === 0
            ? html`<${Empty}>${t("bulk.nothing")}<//>`
            : html`<${Sample} dry=${dry} sample=${sample} /><${Go} action=${action} count=${dry.matched} run=${run} onClose=${onClose} />`}
  <//>`;
}

/** @param {{dry: {matched: number, sample: any[]}, sample: (each: any) => any}} props */
const Sample = ({ dry, sample }) => html`<div class="sample"><p><b class="tabular">${number(dry.matched)}</b> ${t("bulk.matched", { count: dry.matched })}</p>
  <ul class="plain" tabindex="0" aria-label=${t("bulk.sample")}>${(dry.sample ?? []).map((each) => html`<li>${sample(each)}</li>`)}${dry.matched > (dry.sample?.length ?? 0) && html`<li class="fine">${t("bulk.more", { count: dry.matched - (dry.sample?.length ?? 0) })}</li>`}</ul></div>`;

/** The last question. @param {{action: string, count: number, run: (reason: string, rate: number | null) => Promise<void>, onClose: () => void}} props */
function Go({ action, count, run, onClose }) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [rate, setRate] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => first.current?.focus(), []);
  const word = `${t(`bulk.word.${action}`)} ${count}`;
  const ready = !busy && reason.trim() !== "" && typed.trim().toLowerCase() === word;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setError(null);
    await run(reason.trim(), rate ? Number(rate) : null).catch((failed) => {
      setError(failed);
      setBusy(false);
    });
  };
  const typing = (/** @type {(text: string) => void} */ set) => (/** @type {any} */ e) => set(e.target.value);
  return html`<form onSubmit=${submit}>
    <div class="effect">${t(`bulk.effect.${action}`, { count })} ${t("bulk.frozen")}</div>
    <label>${t("reason")}<input name="reason" value=${reason} maxlength="500" required ref=${first} onInput=${typing(setReason)} placeholder=${t("reason.hint")} /></label>
    <label>${t("bulk.rate")}<input name="rate" type="number" min="1" max="10000" value=${rate} onInput=${typing(setRate)} placeholder=${t("operation.rate.free")} /></label>
    <label>${t("confirm.type", { word })}<input name="word" value=${typed} autocomplete="off" autocapitalize="off" onInput=${typing(setTyped)} /></label>
    ${error && html`<${Failure} error=${error} />`}
    <div class="buttons"><button type="button" onClick=${onClose}>${t("cancel")}</button><button type="submit" class="danger" disabled=${!ready}>${busy ? t("working") : t(`bulk.${action}`)}</button></div>
  </form>`;
}
