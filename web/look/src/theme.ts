// Runs before the first paint, so that the chosen theme never flashes. Without a choice the system's holds.

const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
