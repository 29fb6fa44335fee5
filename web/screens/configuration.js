// @ts-check
/** Configuration: what is in force on the instance that answers, and who said so. Secrets are never here. */
import { get, may, session } from "../lib/api.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { requery, route } from "../lib/router.js";
import { Table } from "../lib/table.js";
import { Empty, Failure, Loading, Page, useAnswer } from "../lib/ui.js";

/** @typedef {import("../lib/api-types.js").Setting} Setting */

/** @param {Setting} setting */
const keyOf = (setting) => setting.key;

export default function Screen() {
  const { query } = route.value;
  const text = (query.get("q") ?? "").toLowerCase();
  const set = query.get("set") === "1";
  const { data, error, again } = useAnswer("configuration", async (signal) => (may("operator") ? get("/configuration", {}, signal) : null));
  const values = /** @type {Setting[] | null} */ (data?.values ?? null);
  const fits = (/** @type {Setting} */ setting) => (!set || setting.source !== "default") && (!text || `${keyOf(setting)} ${setting.name} ${setting.value ?? ""} ${setting.source} ${setting.about}`.toLowerCase().includes(text));
  const shown = values?.filter(fits) ?? [];
  const changed = values?.filter((setting) => setting.source !== "default").length ?? 0;
  const columns = [
    { name: "key", title: t("configuration.key"), sort: keyOf, wide: true, cell: (/** @type {Setting} */ setting) => html`<code>${setting.key}</code><br /><small><code>${setting.name}</code></small>` },
    { name: "value", title: t("configuration.value"), sort: (/** @type {Setting} */ setting) => setting.value, wide: true, cell: (/** @type {Setting} */ setting) => html`<${Value} setting=${setting} />` },
    { name: "source", title: t("configuration.source"), sort: (/** @type {Setting} */ setting) => setting.source, cell: (/** @type {Setting} */ setting) => html`<span class=${setting.source === "default" ? "fine" : "role"}>${known(`configuration.source.${setting.source}`, setting.source)}</span>${setting.said_by && html`<br /><small><code>${setting.said_by}</code></small>`}` },
    { name: "about", title: t("configuration.about"), wide: true, cell: (/** @type {Setting} */ setting) => html`<span class="fine">${setting.about}</span>` },
  ];
  return html`<${Page} title=${t("screen.configuration")} actions=${html`<span class="fine">${values && t("configuration.count", { count: values.length, changed, name: session.value?.instance.id ?? "" })}</span>
      <label><span class="unseen">${t("configuration.filter")}</span><input type="search" data-filter value=${query.get("q") ?? ""} placeholder=${t("configuration.filter")} onInput=${(/** @type {any} */ e) => requery({ q: e.target.value })} /></label>
      <label class="check"><input type="checkbox" checked=${set} onChange=${() => requery({ set: set ? "" : "1" })} />${t("configuration.only-set")}</label>`}>
    ${!may("operator") ? html`<${Empty}>${t("needs.role", { role: t("role.operator") })}<//>` : error ? html`<${Failure} error=${error} retry=${again} />` : !values ? html`<${Loading} />` : shown.length === 0 ? html`<${Empty}>${t("configuration.none")}<//>`
      : html`<${Table} label=${t("configuration.table")} columns=${columns} rows=${shown} id=${keyOf} sorted=${query.get("sort") ?? ""} onSort=${(/** @type {string} */ sort) => requery({ sort })} />`}
    <p class="fine">${t("configuration.hint")}</p>
  <//>`;
}

/** @param {{setting: Setting}} props */
function Value({ setting }) {
  if (setting.secret) return html`<span class="fine">${t(setting.value === "set" ? "configuration.secret.set" : "configuration.secret.unset")}</span>`;
  if (setting.value === null || setting.value === "") return html`<span class="fine">${t("configuration.empty")}</span>`;
  const before = setting.source !== "default" && setting.default !== setting.value;
  return html`<code>${setting.value}</code>${before && html`<br /><small>${t("configuration.default", { value: setting.default ?? "–" })}</small>`}`;
}

/** @param {string} key @param {string} otherwise */
function known(key, otherwise) {
  const text = t(key);
  return text === key ? otherwise : text;
}
