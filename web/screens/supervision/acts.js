// @ts-check
/** What can be done to an actor, and what that would do, said beforehand. */
import { get, post, segments } from "../../lib/api.js";
import { duration } from "../../lib/format.js";
import { html, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Act, Confirm, Failure, notice, useAnswer } from "../../lib/ui.js";

/** @typedef {"restart" | "suspend" | "resume" | "kill" | "panic" | "hang" | "block" | "slow" | "stop"} Verb */
/** @type {{verb: Verb, role: "operator" | "chaos"}[]} */
const VERBS = [
  { verb: "restart", role: "operator" }, { verb: "suspend", role: "operator" }, { verb: "resume", role: "operator" },
  { verb: "kill", role: "chaos" }, { verb: "panic", role: "chaos" }, { verb: "hang", role: "chaos" }, { verb: "block", role: "chaos" }, { verb: "slow", role: "chaos" }, { verb: "stop", role: "chaos" },
];
const KEPT = "tropa.reason";

/** The buttons for one actor. @param {{actor: import("./look.js").Actor}} props */
export function Acts({ actor }) {
  const [asked, setAsked] = useState(/** @type {Verb | null} */ (null));
  const fits = (/** @type {Verb} */ verb) => (verb === "resume" ? actor.state === "suspended" : verb === "suspend" ? actor.state !== "suspended" : true);
  const able = (/** @type {Verb} */ verb) => actor.state !== "closed" && (actor.state !== "backoff" || verb === "restart");
  return html`<span class="acts" role="group" aria-label=${t("acts.of", { name: actor.name })}>${VERBS.filter(({ verb }) => fits(verb)).map(({ verb, role }) => html`
    <${Act} key=${verb} role=${role} danger=${role === "chaos"} disabled=${!able(verb)} title=${t(`verb.${verb}.hint`)} onClick=${() => setAsked(verb)}>${t(`verb.${verb}`)}<//>`)}</span>
    ${asked && html`<${Asked} key=${asked} verb=${asked} actor=${actor} onClose=${() => setAsked(null)} />`}`;
}

/** @param {{verb: Verb, actor: import("./look.js").Actor, onClose: () => void}} props */
function Asked({ verb, actor, onClose }) {
  // The incarnation that was looked at: a click that comes late must not hit the next.
  const meant = useRef(actor.epoch);
  const [delay, setDelay] = useState(200);
  const [lasts, setLasts] = useState(verb === "slow" ? 30 : 2);
  const path = `/actors/${segments(actor.path)}`;
  const effects = useAnswer(`${actor.instance}${actor.path}@${actor.epoch}`, (signal) => get(`${path}/effects`, { instance: actor.instance }, signal), { everyMs: 2000 });
  const effect = effects.data?.verbs?.find((/** @type {any} */ each) => each.verb === verb);
  const act = async (/** @type {string} */ reason) => {
    const body = { epoch: meant.current, reason, ...(verb === "slow" && { delay_ms: delay }), ...(["slow", "block"].includes(verb) && { for_ms: lasts * 1000 }) };
    await post(`${path}/${verb}`, body, { query: { instance: actor.instance } });
    sessionStorage.setItem(KEPT, reason);
    notice(t("acts.sent", { verb: t(`verb.${verb}`), name: actor.name, epoch: String(meant.current) }));
  };
  const field = (/** @type {string} */ label, /** @type {number} */ value, /** @type {(n: number) => void} */ set, /** @type {number} */ most) =>
    html`<label>${label}<input type="number" min="1" max=${most} value=${value} required onInput=${(/** @type {any} */ e) => set(Number(e.target.value))} /></label>`;
  return html`<${Confirm} title=${t("acts.title", { verb: t(`verb.${verb}`), name: actor.name, epoch: String(meant.current) })} danger=${!["restart", "suspend", "resume"].includes(verb)} suggested=${sessionStorage.getItem(KEPT) ?? ""} act=${act} onClose=${onClose}
    effect=${html`<${Effect} verb=${verb} actor=${actor} effect=${effect} meant=${meant.current} />`}>
    ${effects.error && html`<${Failure} error=${effects.error} />`}
    ${verb === "slow" && field(t("acts.delay"), delay, setDelay, 60_000)}
    ${verb === "slow" && field(t("acts.lasts"), lasts, setLasts, 600)}
    ${verb === "block" && field(t("acts.lasts"), lasts, setLasts, 30)}
  <//>`;
}

/** What will happen. @param {{verb: Verb, actor: import("./look.js").Actor, effect: any, meant: number}} props */
function Effect({ verb, actor, effect, meant }) {
  const parent = actor.path.split("/").at(-2) ?? "";
  const costs = ["kill", "panic", "hang", "stop"].includes(verb);
  const queued = effect?.queued ?? actor.mailbox_depth;
  const down = effect?.takes_down ?? [];
  const within = effect?.window_ms ? t("effect.within", { time: duration(effect.window_ms) }) : "";
  return html`
    <p>${t(`effect.${verb}`, { name: actor.name, next: String(meant + 1) })}${queued > 0 ? ` ${t("effect.queued", { count: queued })}` : ""}</p>
    ${costs && !effect && html`<p>${t("loading")}</p>`}
    ${costs && effect && (effect.fails
      ? html`<p><strong>${t("effect.fails", { parent, within })}</strong></p>`
      : effect.restarts_left !== null && html`<p>${t("effect.left", { count: effect.restarts_left, parent, within })}${effect.restarts_left === 1 ? ` ${t("effect.last", { parent })}` : ""}</p>`)}
    ${down.length > 0 && html`<details><summary>${t("effect.down", { count: down.length })}</summary><ul>${down.slice(0, 40).map((/** @type {string} */ path) => html`<li><code>${path}</code></li>`)}${down.length > 40 && html`<li>${t("effect.more", { count: down.length - 40 })}</li>`}</ul></details>`}
    ${effect && !effect.allowed && html`<p><strong>${t("effect.refused")}</strong></p>`}
    ${actor.epoch !== meant
      ? html`<p role="alert"><strong>${t("effect.gone", { epoch: String(meant), now: String(actor.epoch) })}</strong></p>`
      : html`<p class="fine">${t("effect.epoch", { epoch: String(meant) })}</p>`}`;
}
