"use strict";
const [id, token = "", code = ""] = location.hash.slice(1).split(".");
const language = document.documentElement.lang === "en" ? "en" : "zh";
const { answers, choice } = document.forms;
const said = document.querySelector("[role=status]");
const tell = (name) => { said.textContent = said.dataset[name]; };
for (const link of document.querySelectorAll("[data-keeps-code]")) link.hash = location.hash;

const made = (tag, members, ...children) => {
  const element = Object.assign(document.createElement(tag), members);
  element.append(...children);
  return element;
};
const send = (path, body) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

const options = (item) =>
  item.kind === "RATING" ? [1, 2, 3, 4, 5].map((points) => [points, said.dataset[`rating${points}`]])
    : (item.options ?? []).map((option) => [option.code, option.wording[language]]);
const field = (item) => {
  const legend = item.wording[language] + (item.required ? said.dataset.required : "");
  if (item.kind === "TEXT" || item.kind === "NUMBER") {
    const kept = item.kind === "TEXT" ? { maxLength: 500 } : { type: "number", min: item.minimum, max: item.maximum, step: 1 };
    const input = made(item.kind === "TEXT" ? "textarea" : "input", { name: item.code, id: item.code, required: item.required, ...kept });
    return made("p", {}, made("label", { htmlFor: item.code, textContent: legend }), made("br", {}), input);
  }
  const type = item.kind === "MULTIPLE_CHOICE" ? "checkbox" : "radio";
  const choices = options(item).map(([value, text]) =>
    made("p", {}, made("label", {}, made("input", { type, name: item.code, value, required: item.required && type === "radio" }), ` ${text}`)));
  return made("fieldset", {}, made("legend", { textContent: legend }), ...choices);
};
const answer = (item, given) => {
  const values = given.getAll(item.code).filter((value) => value.trim() !== "");
  if (!values.length) return [];
  const member = {
    RATING: { rating: Number(values[0]) }, NUMBER: { number: Number(values[0]) }, TEXT: { text: values[0].trim() },
  }[item.kind] ?? { choices: values };
  return [{ item: item.code, ...member }];
};

let items = [];
const begin = async () => {
  if (!/^[0-9a-f-]{36}$/.test(id)) return tell("unknown");
  choice.hidden = !code;
  const found = await fetch(`/v1/surveys/${id}`);
  if (!found.ok) return tell(found.status === 404 ? "unknown" : "failed");
  const survey = await found.json();
  document.querySelector("h1").textContent = survey.title[language];
  document.querySelector("#introduction").textContent = survey.introduction?.[language] ?? "";
  if (!survey.takes_answers) return tell("closed");
  items = survey.items;
  answers.prepend(...items.map(field));
  answers.hidden = false;
};
answers.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(answers);
  try {
    const done = await send(`/v1/surveys/${id}/responses`, { token, answers: items.flatMap((item) => answer(item, given)) });
    const problem = done.ok ? {} : await done.json();
    if (done.ok) answers.hidden = true;
    tell(done.ok ? "thanks" : { 429: "busy", 422: "wrong" }[done.status]
      ?? { already_answered: "answered", survey_not_open: "closed", survey_full: "closed" }[problem.code] ?? "failed");
  } catch {
    tell("failed");
  }
});
choice.addEventListener("submit", async (event) => {
  event.preventDefault();
  const invited = event.submitter.value === "yes";
  try {
    const done = await send("/v1/survey-choices", { code, invited });
    tell(done.ok ? (invited ? "invited" : "refused") : done.status === 429 ? "busy" : done.status < 500 ? "unknown" : "failed");
  } catch {
    tell("failed");
  }
});
begin().catch(() => tell("failed"));
