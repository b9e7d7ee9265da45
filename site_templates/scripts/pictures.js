/* Pictures by their key, as bench/report/pictures.py names the files, and what stands where there is none. */

/* Copies and the longest side that they have at most. A picture has those that are smaller, and one that is not. */
const COPIES = [["192", 192], ["384", 384], ["full", 2048]];

function pictureFiles(key, width, height, originals) {
  const longest = Math.max(width, height), file = `${root}img/${key}`;
  const copies = COPIES.filter((_, k) => !k || longest > COPIES[k - 1][1]).map(([name, side]) => (
    [`${file}-${name}.webp`, Math.round(width * Math.min(1, side / longest))]));
  return { width, height, copies, original: originals === "copy" ? file + ".png" : "" };
}

/* An image in its small copies; sizes says how wide the page shows it. */
const image = ({ copies, width, height }, alt, sizes) => make("img", {
  src: copies.at(-1)[0], srcset: copies.map(([file, wide]) => `${file} ${wide}w`).join(", "),
  sizes, width, height, alt, title: alt, loading: "lazy", decoding: "async"
  });

const blank = text => make("span", { class: "blank" }, make("strong", {}, text));

function runPicture(runs, row, sizes) {
  const picture = runs.picture(row);
  return picture ? image(picture, runs.label(row), sizes)
    : blank(runs.is(row, NOT_DONE) ? runs.text("result", row) : "no picture");
}

/* A run on a wall: its picture, its loss if it has one, its time, and a warning where one is due. */
function work(runs, row, sizes) {
  const failed = runs.is(row, NOT_DONE), loss = runs.text("loss", row).replace(NONE, "");
  const told = failed ? [] : [loss && "loss " + loss, runs.text("time", row)].map(text => make("span", {}, text + " "));
  if (runs.is(row, WARNED) && (!failed || runs.picture(row)))
    told.unshift(make("span", { class: "badge warn" }, runs.text("result", row)));
  return make("figure", { class: "work", "data-run": runs.id(row) }, [
    make("a", { href: runs.address(row) }, runPicture(runs, row, sizes)), make("figcaption", {}, told)
  ]);
}

/* Runs ticked to be seen side by side: the last four stand in the address under that name. With an id, it is ticked, or
   is no longer. Shown by boxes whose values are ids, and by a link to the viewer. Gives their ids. */
function ticked(runs, name, boxes, link, id) {
  const ids = new Set(state().getAll(name).filter(other => runs.row(other) >= 0));
  if (id && !ids.delete(id)) ids.add(id);
  const last = [...ids].slice(-4);
  if (id) remember({ [name]: last });
  for (const box of boxes) box.checked = last.includes(box.value);
  link.hidden = last.length < 2;
  link.hash = "run=" + last.join("&run=");
  return last.length;
}
