/* The state of a view stands behind the # of the address, so that a link reproduces it. */

function state() {
  var hash = location.hash.slice(1);
  return new URLSearchParams(hash.indexOf("=") < 0 ? "" : hash);
}

/* Change some of it: a text, a list of texts (the name is repeated), or nothing, which takes the name out. */
function remember(changes) {
  var params = state();
  Object.keys(changes).forEach(function (name) {
    params.delete(name);
    [].concat(changes[name] || []).forEach(function (value) { params.append(name, value); });
  });
  var text = params.toString();
  try {
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  } catch (error) {
    /* A browser that counts changes of the address refuses some while one types; the next will do. */
  }
}

/* Now, and whenever the address changes by hand or by a link. */
function restored(restore) {
  addEventListener("hashchange", restore);
  restore();
}
