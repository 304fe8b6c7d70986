// The policy page: judges the draft while it is typed, with the form and validator of the save.
"use strict";

(() => {
  const form = document.getElementById("policy-form");
  const summary = document.getElementById("policy-summary");
  const impact = document.getElementById("policy-impact");
  const warnings = document.getElementById("policy-warnings");
  const WAIT = 300;
  let timer = 0;
  let request = null;

  function say(text, tone) {
    summary.textContent = text;
    summary.className = tone;
  }

  function showErrors(errors) {
    for (const place of form.querySelectorAll("[data-errors]")) {
      const texts = errors[place.dataset.errors] || [];
      place.replaceChildren(...texts.map((text) => {
        const line = document.createElement("span");
        line.textContent = text;
        return line;
      }));
      const field = form.elements[place.dataset.errors];
      if (field instanceof HTMLInputElement) {
        field.setAttribute("aria-invalid", String(texts.length > 0));
        field.setAttribute("aria-describedby", place.id);
      }
    }
  }

  function showImpact(counts) {
    impact.hidden = !counts;
    if (!counts) {
      return;
    }
    impact.className = `policy-counts level-${counts.level}`;
    for (const cell of impact.querySelectorAll("[data-count]")) {
      cell.textContent = counts[cell.dataset.count];
    }
  }

  function showWarnings(texts) {
    warnings.replaceChildren(...texts.map((text) => {
      const line = document.createElement("li");
      line.textContent = text;
      return line;
    }));
  }

  function show(found) {
    const wrong = Object.keys(found.errors).length;
    showErrors(found.errors);
    showImpact(found.impact);
    showWarnings(found.warnings);
    if (wrong) {
      say(wrong === 1 ? "One thing to correct." : `${wrong} things to correct.`, "bad");
    } else if (found.changes === 0) {
      say("No change yet.", "plain");
      impact.hidden = true;
    } else {
      const figures = found.changes === 1 ? "One figure changes" : `${found.changes} figures change`;
      say(`${figures}; impact on the pool: ${found.impact.level}.`, "some");
    }
  }

  async function judge() {
    if (request) {
      request.abort();
    }
    request = new AbortController();
    try {
      const answer = await fetch(form.dataset.validate, {
        method: "POST",
        body: new FormData(form),
        signal: request.signal,
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      show(await answer.json());
    } catch (problem) {
      if (problem.name !== "AbortError") {
        say("The draft cannot be judged now; it is judged again when you review it.", "bad");
      }
    }
  }

  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(judge, WAIT);
  });
  judge();
})();
