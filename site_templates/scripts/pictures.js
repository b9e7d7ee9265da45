/* Pictures by their key, as bench/report/pictures.py names the files, and what stands where there is none. */

var STEPS = [192, 384];

function pictureFiles(key, width, height, originals) {
  var longest = Math.max(width, height), file = root + "img/" + key;
  var copies = STEPS.filter(function (step, k) { return k === 0 || longest > STEPS[k - 1]; }).map(function (step) {
    return [file + "-" + step + ".webp", Math.max(1, Math.round(width * Math.min(1, step / longest)))];
  });
  if (longest > STEPS[STEPS.length - 1]) {
    copies.push([file + "-full.webp", Math.max(1, Math.round(width * Math.min(1, 2048 / longest)))]);
  }
  return { width: width, height: height, copies: copies, original: originals === "copy" ? file + ".png" : "" };
}

/* An image in its small copies; sizes says how wide the page shows it. */
function image(picture, alt, sizes) {
  var last = picture.copies[picture.copies.length - 1][0];
  return make("img", {
    src: last, srcset: picture.copies.map(function (copy) { return copy[0] + " " + copy[1] + "w"; }).join(", "),
    sizes: sizes, width: picture.width, height: picture.height, alt: alt, loading: "lazy", decoding: "async"
  });
}

function blank(text) {
  return make("span", { class: "blank" }, make("strong", {}, text));
}

function runPicture(runs, row, sizes) {
  var picture = runs.picture(row), settings = runs.settings(row);
  if (!picture) return blank(runs.is(row, NOT_DONE) ? runs.text("result", row) : "no picture");
  return image(picture, runs.title(row) + (settings ? ", " + settings : ""), sizes);
}

/* A run on a wall: its picture, loss and time, and a warning where one is due. */
function work(runs, row, sizes) {
  var caption = make("figcaption");
  if (runs.is(row, WARNED) || (runs.is(row, NOT_DONE) && runs.picture(row))) {
    caption.append(make("span", { class: "badge warn" }, runs.text("result", row)));
  }
  if (!runs.is(row, NOT_DONE)) {
    caption.append(make("span", {}, "loss " + runs.text("loss", row)), " ", make("span", {}, runs.text("time", row)));
  }
  return make("figure", { class: "work", "data-run": runs.id(row) }, [
    make("a", { href: runs.address(row) }, runPicture(runs, row, sizes)), caption
  ]);
}
