/* What a table shows, as a file: raw numbers with their units in the heads, texts that no spreadsheet runs. */

var UNITS = { seconds: "s", memory: "bytes" };

/* Buttons for both kinds of file. shown() gives the columns and rows, in their order. */
function exportButtons(runs, shown) {
  return [["CSV", csvText], ["JSON", jsonText]].map(([kind, text]) => button(kind, () => {
    var [columns, rows] = shown();
    var heads = columns.map(({ name, kind, unit = UNITS[kind] }) => unit ? name + " [" + unit + "]" : name);
    var lines = rows.map(row => columns.map(column => rawValue(runs, column, row)));
    var file = URL.createObjectURL(new Blob([text(heads, lines)]));
    make("a", { href: file, download: "runs." + kind.toLowerCase() }).click();
    setTimeout(() => URL.revokeObjectURL(file), 1000);
  }));
}

/* A number where the column has numbers, else the text; null where there is nothing. */
function rawValue(runs, { name, numbers, raw, values }, row) {
  var key = runs.key(name, row);
  return key === null || numbers ? key : (raw || values)[key];
}

/* RFC 4180, after the mark by which spreadsheets know UTF-8. */
function csvText(heads, lines) {
  return "\ufeff" + [heads].concat(lines).map(line => line.map(csvCell).join(",") + "\r\n").join("");
}

function csvCell(value) {
  if (value === null || typeof value === "number") return value === null ? "" : String(value);
  var text = (/^[=+\-@\t\r]/.test(value) ? "'" : "") + value;
  return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
}

function jsonText(heads, lines) {
  var told = lines.map(line => JSON.stringify(Object.fromEntries(heads.map((head, k) => [head, line[k]]))));
  return "[\n" + told.join(",\n") + "\n]\n";
}
