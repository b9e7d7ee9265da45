/* The state of a view stands behind the # of the address, so that a link reproduces it. */

function state() {
  const hash = location.hash.slice(1);
  return new URLSearchParams(hash.includes("=") ? hash : "");
}

/* Change some of it: a text, a list of texts (the name is repeated), or nothing, which takes the name out. */
function remember(changes) {
  const params = state(), address = new URL(location);
  for (const [name, values] of Object.entries(changes)) {
    params.delete(name);
    for (const value of [].concat(values || [])) params.append(name, value);
  }
  address.hash = params;
  try {
    history.replaceState(null, "", address);
  } catch {
    /* A browser that counts changes of the address refuses some while one types; the next will do. */
  }
}

/* Now, and whenever the address changes by hand or by a link. */
function restored(restore) {
  listen(window, "hashchange", restore);
  restore();
}
