"use strict";
// Keeps the dashboard live: polls one address with its ETag, rests while the tab is hidden,
// slows down on errors, and says so when the numbers are older than ten seconds.
(() => {
  const board = document.getElementById("board");
  if (!board) {
    return;
  }
  const EVERY = 2000;
  const SLOWEST = 30000;
  const STALE = 10000;
  const banner = document.getElementById("stale");
  const spoken = document.getElementById("spoken");
  const shown = new Map();
  let tag = "";
  let wait = EVERY;
  let answered = Date.now();
  let timer = 0;

  const show = (data) => {
    const told = [];
    for (const [name, count] of Object.entries(data.numbers)) {
      const place = board.querySelector(`[data-number="${name}"]`);
      if (place && place.textContent !== String(count)) {
        place.textContent = count;
        told.push(`${place.dataset.label}: ${count}`);
        const tile = place.closest(".tile");
        const alarm = tile.dataset.alarm;
        if (alarm) {
          tile.classList.toggle(`tile-${alarm}`, count > 0);
        }
      }
    }
    for (const [name, html] of Object.entries(data.fragments)) {
      const place = board.querySelector(`[data-fragment="${name}"]`);
      if (place && shown.get(name) !== html && !place.contains(document.activeElement)
          && !place.querySelector("details[open]")) {
        shown.set(name, html);
        place.innerHTML = html;
      }
    }
    if (told.length) {
      spoken.textContent = told.join(", ");
    }
  };

  const mark = () => {
    const age = Date.now() - answered;
    banner.hidden = age <= STALE;
    document.getElementById("stale-since").textContent = `${Math.round(age / 1000)} seconds ago`;
  };

  const poll = async () => {
    timer = 0;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(board.dataset.live, {
        headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(8000),
      });
      if (answer.status === 200) {
        const data = await answer.json();
        tag = answer.headers.get("ETag") || "";
        show(data);
      } else if (answer.status !== 304) {
        throw new Error(answer.status);
      }
      answered = Date.now();
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
    }
    mark();
    plan(wait);
  };

  const plan = (delay) => {
    if (!timer && !document.hidden) {
      timer = setTimeout(poll, delay);
    }
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = 0;
    plan(0);
  });
  setInterval(mark, 1000);
  plan(EVERY);
})();
