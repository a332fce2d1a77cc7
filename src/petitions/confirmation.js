"use strict";
const [id, mailed = ""] = location.hash.slice(1).split(".");
const form = document.forms[0];
const said = document.querySelector("[role=status]");
form.code.value = mailed;
form.querySelector("button").disabled = false;
for (const link of document.querySelectorAll("[data-keeps-code]")) link.hash = location.hash;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const tell = (name, number = "") => { said.textContent = said.dataset[name].replace("{number}", number); };
  if (!/^[0-9a-f-]{36}$/.test(id)) return tell("unknown");
  try {
    const answer = await fetch(`/v1/petitions/${id}:confirm`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: form.code.value.trim() }),
    });
    if (answer.ok) {
      form.hidden = true;
      return tell("confirmed", (await answer.json()).number);
    }
    tell(answer.status === 429 ? "busy" : answer.status < 500 ? "unknown" : "failed");
  } catch {
    tell("failed");
  }
});
