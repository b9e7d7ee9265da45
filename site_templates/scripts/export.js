/* What a table shows, as a file: raw numbers with their units in the heads, texts that no spreadsheet runs. */

const UNITS = { seconds: "s", memory: "bytes" }, FILES = { CSV: csvText, JSON: jsonText };

/* kind: a key of FILES. */
function save(kind, columns, rows) {
  const heads = columns.map(({ name, kind, unit = UNITS[kind] }) => unit ? `${name} [${unit}]` : name);
  /* A number where the column has numbers, else the text; null where there is nothing. */
  const lines = rows.map(row => columns.map(({ numbers, raw, values, at }) => (
    numbers ? numbers[row] : (raw || values)[at[row]] ?? null)));
  const href = URL.createObjectURL(new Blob([FILES[kind](heads, lines)]));
  make("a", { href, download: "runs." + kind.toLowerCase() }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/* RFC 4180, after the mark by which spreadsheets know UTF-8. */
function csvText(heads, lines) {
  return "\ufeff" + [heads, ...lines].map(line => line.map(csvCell).join(",") + "\r\n").join("");
}

function csvCell(value) {
  const text = typeof value === "string" ? value.replace(/^[=+\-@\t\r]/, "'$&") : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function jsonText(heads, lines) {
  return JSON.stringify(lines.map(line => Object.fromEntries(heads.map((head, k) => [head, line[k]]))), null, 1);
}
