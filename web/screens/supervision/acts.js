// @ts-check
/** What can be done to an actor, and what that would do, said beforehand. */
import { get, post, segments } from "../../lib/api.js";
import { duration } from "../../lib/format.js";
import { html, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useTopic } from "../../lib/topics.js";
import { Act, Confirm, Failure, notice, useAnswer } from "../../lib/ui.js";

/** @typedef {import("../../lib/api-types.js").ActorEffects} Effects */
/** @typedef {import("../../lib/api-types.js").ActorEffect} Told */
/** @typedef {"restart" | "suspend" | "resume" | "kill" | "panic" | "hang" | "block" | "slow" | "stop"} Verb */
/** @type {{verb: Verb, role: "operator" | "chaos"}[]} */
const VERBS = [
  { verb: "restart", role: "operator" }, { verb: "suspend", role: "operator" }, { verb: "resume", role: "operator" },
  { verb: "kill", role: "chaos" }, { verb: "panic", role: "chaos" }, { verb: "hang", role: "chaos" }, { verb: "block", role: "chaos" }, { verb: "slow", role: "chaos" }, { verb: "stop", role: "chaos" },
];
const KEPT = "tropa.reason";
/** Paths that are listed of those that go along. */
const MOST = 40;

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
  const effect = /** @type {Effects | null} */ (effects.data)?.verbs.find((each) => each.verb === verb);
  const act = async (/** @type {string} */ reason) => {
    const body = { epoch: meant.current, reason, ...(verb === "slow" && { delay_ms: delay }), ...(["slow", "block"].includes(verb) && { for_ms: lasts * 1000 }) };
    await post(`${path}/${verb}`, body, { query: { instance: actor.instance } });
    sessionStorage.setItem(KEPT, reason);
    notice(t("acts.sent", { verb: t(`verb.${verb}`), name: actor.name, epoch: String(meant.current) }));
  };
  const field = (/** @type {string} */ label, /** @type {number} */ value, /** @type {(n: number) => void} */ set, /** @type {number} */ most) =>
    html`<label>${label}<input type="number" min="1" max=${most} value=${value} required onInput=${(/** @type {any} */ e) => set(Number(e.target.value))} /></label>`;
  return html`<${Confirm} title=${t("acts.title", { verb: t(`verb.${verb}`), name: actor.name, epoch: String(meant.current) })} danger=${!["restart", "suspend", "resume"].includes(verb)} suggested=${sessionStorage.getItem(KEPT) ?? ""} act=${act} onClose=${onClose}
    effect=${html`<${Effect} verb=${verb} actor=${actor} effects=${effects.data} effect=${effect} meant=${meant.current} />`} word=${effect?.text_key === "process_ends" ? actor.name : undefined}>
    ${effects.error && html`<${Failure} error=${effects.error} />`}
    ${verb === "slow" && field(t("acts.delay"), delay, setDelay, 60_000)}
    ${verb === "slow" && field(t("acts.lasts"), lasts, setLasts, 600)}
    ${verb === "block" && field(t("acts.lasts"), lasts, setLasts, 30)}
  <//>`;
}

/** What will happen. @param {{verb: Verb, actor: import("./look.js").Actor, effects: Effects | null, effect: Told | undefined, meant: number}} props */
function Effect({ verb, actor, effects, effect, meant }) {
  const parent = lastOf(effects?.supervisor ?? actor.path.slice(0, actor.path.lastIndexOf("/")));
  const count = effect?.takes_down.length ?? 0;
  const fate = effect?.text_key ?? "none";
  const queued = effect?.queued ?? 0;
  const next = String(meant + 1);
  return html`
    <p>${t(`effect.${verb}`, { name: actor.name })}${verb === "hang" && effects?.hang_after_ms ? ` ${t("effect.hang.after", { time: duration(effects.hang_after_ms) })}` : ""}</p>
    ${!effect ? html`<p>${t("loading")}</p>` : html`
      ${fate !== "goes_on" && html`<p>${["none", "supervisor_fails", "process_ends", "closed"].includes(fate) ? html`<strong><${Fate} fate=${fate} effect=${effect} parent=${parent} next=${next} /></strong>` : html`<${Fate} fate=${fate} effect=${effect} parent=${parent} next=${next} />`}
        ${queued > 0 && ["replaced", "closed"].includes(fate) ? ` ${t(`effect.queued.${fate}`, { count: queued })}` : ""}</p>`}
      ${(effect.restarts_left ?? 0) > 0 && html`<${Left} actor=${actor} effect=${effect} parent=${parent} path=${effects?.supervisor} />`}
      ${count > 0 && html`<details><summary>${t(verb === "block" ? "effect.stand" : effect.fails || fate === "closed" ? "effect.down" : "effect.along", { count })}</summary><ul>${effect.takes_down.slice(0, MOST).map((path) => html`<li><code>${path}</code></li>`)}${count > MOST && html`<li>${t("effect.more", { count: count - MOST })}</li>`}</ul></details>`}`}
    ${actor.epoch !== meant
      ? html`<p role="alert"><strong>${t("effect.gone", { epoch: String(meant), now: String(actor.epoch) })}</strong></p>`
      : html`<p class="fine">${t("effect.epoch", { epoch: String(meant) })}</p>`}`;
}

/** @param {{fate: string, effect: Told, parent: string, next: string}} props */
const Fate = ({ fate, effect, parent, next }) => t(`fate.${fate}`, { parent, next, failing: lastOf(effect.failing ?? ""), within: effect.window_ms ? t("effect.within", { time: duration(effect.window_ms) }) : "", others: t("effect.others", { count: effect.takes_down.length }) });

/** How many restarts are left, and what one more would mean after the last. @param {{actor: import("./look.js").Actor, effect: Told, parent: string, path: string | null | undefined}} props */
function Left({ actor, effect, parent, path }) {
  const actors = /** @type {Map<string, import("./look.js").Actor> | null} */ (useTopic("actors"));
  const most = path ? actors?.get(`${actor.instance}${path}`)?.budget_max : null;
  const children = [...(actors?.values() ?? [])].filter((each) => each.instance === actor.instance && each.path.startsWith(`${path}/`)).length;
  const left = t("effect.left", { count: effect.restarts_left ?? 0, parent, most: most ? t("effect.of", { most }) : "" });
  return html`<p>${left} ${effect.restarts_left === 1 && html`<strong>${t("effect.last", { parent, count: children, within: effect.window_ms ? t("effect.within", { time: duration(effect.window_ms) }) : "" })}</strong>`}</p>`;
}

/** @param {string} path */
const lastOf = (path) => path.split("/").at(-1) ?? path;
