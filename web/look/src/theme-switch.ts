// Switches between light and dark, and remembers it where it differs from the system's choice.

export function setUpThemeSwitch(button: HTMLButtonElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => button.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");

  button.addEventListener("click", () => {
    const dark = !isDark();
    if (dark === system.matches) {
      delete root.dataset["theme"];
      localStorage.removeItem("theme");
    } else {
      root.dataset["theme"] = dark ? "dark" : "light";
      localStorage.setItem("theme", dark ? "dark" : "light");
    }
    label();
  });
  system.addEventListener("change", label);
  label();
}
