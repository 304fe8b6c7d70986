"use strict";
// Menus of filters: one is open at a time; Escape or a click elsewhere closes it. A chosen
// interpreter is applied at once.
(() => {
  const menus = [...document.querySelectorAll("details.menu")];
  const closeOthers = (kept) => {
    for (const menu of menus) {
      if (menu !== kept) {
        menu.open = false;
      }
    }
  };
  for (const menu of menus) {
    menu.addEventListener("toggle", () => menu.open && closeOthers(menu));
  }
  document.addEventListener("click", (event) => closeOthers(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
  if (window.django && window.django.jQuery) {
    window.django.jQuery(".person-filter select").on("change", (event) => {
      event.target.form.submit();
    });
  }
})();
