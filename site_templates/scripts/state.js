/* The state of a view stands behind the # of the address, so that a link reproduces it. */

const state = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

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

/* What is chosen in a form stands in the address, under its name behind the prefix, unless the page came so. changed()
   is called now and after every change, of the form or of the address. */
function kept(form, changed, prefix = "") {
  const items = all("option, input", form), nameOf = item => prefix + (item.closest("select") || item).name;
  form.onchange = () => {
    const changes = {};
    for (const item of items) changes[nameOf(item)] = [];
    for (const item of all(":checked", form)) if (!item.defaultSelected) changes[nameOf(item)].push(item.value);
    remember(changes);
    changed();
  };
  restored(() => {
    const params = state();
    form.reset();
    for (const item of items) {
      if (params.getAll(nameOf(item)).includes(item.value)) item.selected = item.checked = true;
    }
    changed();
  });
}
