"use strict";
function text(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value ?? cell.textContent.trim();
}
function compare(a, b) {
  const x = parseFloat(a), y = parseFloat(b);
  return isNaN(x) || isNaN(y) ? a.localeCompare(b, undefined, { numeric: true }) : x - y || a.localeCompare(b);
}
function sort(head) {
  const table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = Array.from(body.rows).sort((a, b) => compare(text(a, column), text(b, column)) * (down ? -1 : 1));
  body.append(...rows);
}
for (const head of document.querySelectorAll("table.sortable th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => sort(head));
}
for (const tools of document.querySelectorAll(".tools")) {
  for (const [label, open] of [["unfold all", true], ["fold all", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      for (const each of tools.closest("section").querySelectorAll("details")) each.open = open;
    });
    tools.append(button);
  }
}
window.addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("#findings details")) each.open = true;
});
