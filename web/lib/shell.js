// @ts-check
/** What is always visible: where one is, who one is, whether the picture is live, and whether the sum of all orders holds. */
import { ask, session, signOut } from "./api.js";
import { duration, number, now } from "./format.js";
import { html, signal, useEffect } from "./html.js";
import { LANGUAGES, language, speak, t } from "./i18n.js";
import { route } from "./router.js";
import { SCREENS } from "./screens.js";
import { heardAt, state } from "./stream.js";
import { plain } from "./text.js";
import { useTopic } from "./topics.js";
import { Act, Badge, Link, Notices, notice } from "./ui.js";

const THEMES = ["system", "light", "dark"];
const theme = signal(localStorage.getItem("tropa.theme") ?? "system");
theme.subscribe((chosen) => {
  localStorage.setItem("tropa.theme", chosen);
  document.documentElement.dataset.theme = chosen;
});

/** Whether the stream is live, and how old the picture is. */
function Freshness() {
  const age = Math.max(0, now.value - heardAt.value);
  const kind = state.value === "live" ? "good" : ["stale", "lost"].includes(state.value) ? "bad" : "calm";
  return html`<${Badge} kind=${kind} title=${t("fresh.title")}>${t(`fresh.${state.value}`, { age: duration(Math.max(0, Math.round(age / 1000) * 1000)) })}<//>`;
}

/** accepted = pending + dispatched + … : red when it does not add up. */
function Conservation() {
  const sum = useTopic("overview")?.conservation;
  if (!sum) return null;
  const { accepted, holds, ...parts } = sum;
  const terms = Object.entries(parts).filter(([name, count]) => typeof count === "number" && (count > 0 || name !== "pruned"));
  return html`<p class="conservation ${holds ? "" : "broken"}" role=${holds ? undefined : "alert"} title=${t("conservation.title")}>
    <span><b>${number(accepted)}</b> ${t("conservation.accepted")}</span> <span aria-label=${holds ? "=" : "≠"}>${holds ? "=" : "≠"}</span>
    ${terms.map(([name, count], i) => html`${i > 0 ? " + " : " "}<span><b>${number(/** @type {number} */ (count))}</b> ${t(`status.${name}`)}</span>`)}
    ${!holds && html` <strong>${t("conservation.broken")}</strong>`}
  </p>`;
}

/** What must not be overlooked: somebody drains, somebody is hurt. */
function Banner() {
  const instances = [...(useTopic("instances")?.values() ?? [])];
  const drained = instances.filter((each) => ["live", "stale"].includes(each.state) && ["draining", "drained"].includes(each.phase));
  if (!drained.length) return null;
  const resume = async () => {
    for (const each of drained) {
      try {
        await ask("POST", `/instances/${encodeURIComponent(each.id)}/resume`, { body: { reason: "console: stop all" } });
      } catch (error) {
        notice(String(error), "bad");
      }
    }
  };
  return html`<div class="banner" role="alert">${t("banner.drained", { count: drained.length, names: drained.map((each) => each.id).join(", ") })}
    <${Act} role="operator" onClick=${resume}>${t("banner.resume")}<//></div>`;
}

function Who() {
  const who = session.value;
  return html`<span class="who">${who?.instance?.id} · ${t(`mode.${who?.mode}`)} · ${who?.required && who.subject && who.subject !== who.role ? html`<bdi>${plain(who.subject)}</bdi>, ` : ""}${t(`role.${who?.role}`)}</span>
    ${who?.required && html`<button class="quiet" onClick=${signOut}>${t("sign.out")}</button>`}`;
}

/** @param {{children?: any}} props */
export function Shell({ children }) {
  const here = route.value.screen || "overview";
  useEffect(() => document.getElementById("title")?.focus({ preventScroll: true }), [here, route.value.rest]);
  return html`
    <a class="skip" href="#content">${t("skip")}</a>
    <header class="top">
      <${Link} href="/" class="mark">Tropa<//>
      <${Freshness} />
      <${Who} />
      <span class="grow"></span>
      <label class="unseen" for="language">${t("language")}</label>
      <select id="language" value=${language.value} onChange=${(/** @type {any} */ e) => speak(e.target.value)}>${LANGUAGES.map((tag) => html`<option value=${tag}>${tag.toUpperCase()}</option>`)}</select>
      <label class="unseen" for="theme">${t("theme")}</label>
      <select id="theme" value=${theme.value} onChange=${(/** @type {any} */ e) => (theme.value = e.target.value)}>${THEMES.map((each) => html`<option value=${each}>${t(`theme.${each}`)}</option>`)}</select>
      <${Link} href="/help" title=${t("help.hint")} class="button">?<//>
    </header>
    <nav class="menu" aria-label=${t("menu")}>${SCREENS.filter((screen) => screen.menu).map((screen) => html`<${Link} href=${screen.path} current=${screen.name === here} title=${`g ${screen.key}`}>${t(`screen.${screen.name}`)}<//>`)}</nav>
    <${Banner} />
    <main id="content" class=${["stale", "lost"].includes(state.value) ? "stale" : ""}>${children}</main>
    <footer><${Conservation} /></footer>
    <${Notices} />`;
}
