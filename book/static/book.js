// What the theme leaves out: tables that scroll can be reached by keyboard, and its arrows have a name.
window.addEventListener("load", () => {
  for (const table of document.querySelectorAll(".bd-article table"))
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
  for (const arrow of document.querySelectorAll("nav summary:not([aria-label])"))
    arrow.setAttribute("aria-label", "Pages below: " + arrow.closest("li").querySelector("a").textContent);
});
