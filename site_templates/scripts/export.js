/* What a table shows, as a file: raw numbers with their units in the heads, texts that no spreadsheet runs. */

const UNITS = { seconds: "s", memory: "bytes" };

function save(columns, rows, ending) {
  const heads = columns.map(({ name, kind, unit = UNITS[kind] }) => unit ? `${name} [${unit}]` : name);
  /* A number where the column has numbers, else the text; null where there is nothing. */
  const lines = rows.map(row => columns.map(({ numbers, raw, values, at }) => (
    numbers ? numbers[row] : (raw || values)[at[row]] ?? null)));
  /* RFC 4180, after the mark by which spreadsheets know UTF-8; or an object for each row. */
  const text = ending === "csv" ? "\ufeff" + [heads, ...lines].map(line => line.map(csvCell).join(",") + "\r\n").join("")
    : JSON.stringify(lines.map(line => Object.fromEntries(heads.map((head, k) => [head, line[k]]))), null, 1);
  make("a", { href: URL.createObjectURL(new Blob([text])), download: "runs." + ending }).click();
}

function csvCell(value) {
  const text = typeof value === "string" ? value.replace(/^[=+\-@\t\r]/, "'$&") : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
