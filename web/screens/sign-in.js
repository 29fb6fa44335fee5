// @ts-check
/** Who one is: the token, exchanged for a session. */
import { signIn } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { Failure } from "../lib/ui.js";

export function SignIn() {
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError(null);
    try {
      await signIn(token, name.trim());
    } catch (failed) {
      setError(failed);
    }
  };
  return html`<main id="content" class="sign-in"><form onSubmit=${submit}>
    <h1 id="title" tabindex="-1">Tropa</h1>
    <label>${t("sign.token")}<input type="password" name="token" autocomplete="current-password" required autofocus value=${token} onInput=${(/** @type {any} */ e) => setToken(e.target.value)} /></label>
    <p class="fine">${t("sign.hint")}</p>
    <label>${t("sign.name")}<input name="name" autocomplete="username" maxlength="64" value=${name} onInput=${(/** @type {any} */ e) => setName(e.target.value)} /></label>
    <p class="fine">${t("sign.name.hint")}</p>
    ${error && html`<${Failure} error=${error} />`}
    <div class="buttons"><button class="primary" type="submit">${t("sign.in")}</button></div>
  </form></main>`;
}
