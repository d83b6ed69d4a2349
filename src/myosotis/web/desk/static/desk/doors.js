// What a browser says when a passkey came to nothing is for its makers; people are told on the page.
document.addEventListener("allauth.error", (event) => {
  const told = document.getElementById("passkey_trouble");
  if (!told) return;
  event.preventDefault();
  told.hidden = false;
});
