// A button that prints the page, or saves it as PDF.
document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
