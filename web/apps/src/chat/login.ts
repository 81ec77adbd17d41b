// Who somebody is: a name, for which the server gives a token of a few minutes (development mode).

import { byId } from "@carillon/look";
import { isUser, USER_MAX } from "./payload.js";

const REMEMBERED = "chat.name";

export interface Login {
  readonly user: string;
  readonly token: string;
}

/** The server's answer was no, and would be again. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
}

/** Rejects with {@link LoginRefused}, or where the server cannot be reached. `seconds`: how long the token lives, if not as long as usual. */
export async function logIn(name: string, seconds?: number): Promise<Login> {
  const response = await fetch("/apps/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, seconds }),
  });
  if (response.ok) {
    const { user, token } = (await response.json()) as Login;
    return { user, token };
  }
  if (response.status === 404 || response.status === 405) throw new LoginRefused("Only a server in development mode lets people in by name.");
  if (response.status >= 500) throw new Error(`The server answers ${response.status}.`);
  const { message } = (await response.json().catch(() => ({}))) as { readonly message?: string };
  throw new LoginRefused(message ?? `The server answers ${response.status}.`);
}

export function remembered(): string | undefined {
  const name = localStorage.getItem(REMEMBERED);
  return name !== null && isUser(name) ? name : undefined;
}

export function remember(user: string): void {
  localStorage.setItem(REMEMBERED, user);
}

/** The other tabs hear of it, and are logged out too. */
export function forget(): void {
  localStorage.removeItem(REMEMBERED);
}

export function onForgotten(run: () => void): void {
  window.addEventListener("storage", ({ key, newValue }) => void ((key === REMEMBERED || key === null) && newValue === null && run()));
}

/** Shows the form until somebody has come in. */
export function askForName(): Promise<Login> {
  const form = byId<HTMLFormElement>("login-form");
  const input = byId<HTMLInputElement>("name");
  const error = byId("name-error");
  const button = form.querySelector("button") as HTMLButtonElement;
  byId("login").hidden = false;
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim();
      error.textContent = problemOf(name);
      input.setAttribute("aria-invalid", String(error.textContent !== ""));
      if (error.textContent !== "") return input.focus();
      button.disabled = true;
      logIn(name).then(
        (login) => {
          byId("login").hidden = true;
          resolve(login);
        },
        (reason: unknown) => {
          button.disabled = false;
          const isRefusal = reason instanceof LoginRefused;
          error.textContent = isRefusal ? reason.message : "The server cannot be reached. Is it running?";
          input.focus();
        },
      );
    });
  });
}

function problemOf(name: string): string {
  if (name === "") return "Say a name first.";
  if (isUser(name)) return "";
  if (name.length > USER_MAX) return `At most ${USER_MAX} characters, please.`;
  if (/\s/.test(name)) return "A name has no spaces: how about a dot or a hyphen?";
  return "Letters A to Z, digits, dots, hyphens and underscores only, with a letter or digit at the end.";
}
