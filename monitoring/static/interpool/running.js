"use strict";
// Keeps the page of a run live until the run is done: reads it again every two seconds, rests
// while the tab is hidden, slows down on errors. A reload shows the same.
(() => {
  const EVERY = 2000;
  const SLOWEST = 30000;
  const PARTS = [".booking-head", "#content-main"];
  let wait = EVERY;

  const runs = () => document.querySelector("#content-main[data-running]") !== null;

  const show = (page) => {
    for (const part of PARTS) {
      const old = document.querySelector(part);
      const fresh = page.querySelector(part);
      if (old && fresh) {
        old.replaceWith(document.adoptNode(fresh));
      }
    }
  };

  const read = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, {
          cache: "no-store", redirect: "error", signal: AbortSignal.timeout(8000),
        });
        if (!answer.ok) {
          throw new Error(answer.status);
        }
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        wait = EVERY;
      } catch {
        wait = Math.min(wait * 2, SLOWEST);
      }
    }
    if (runs()) {
      setTimeout(read, wait);
    }
  };

  if (runs()) {
    setTimeout(read, wait);
  }
})();
