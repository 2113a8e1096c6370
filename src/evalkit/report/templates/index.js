(function () {
  "use strict";
  var table = document.getElementById("regions");
  if (!table) { return; }
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var find = document.getElementById("find");
  var selects = { campaign: document.getElementById("campaign"), verdict: document.getElementById("verdict") };
  var shown = document.getElementById("shown");
  var said = shown.dataset, counted = "", order = "";

  function filter() {
    var word = find.value.trim().toLowerCase();
    var count = 0;
    rows.forEach(function (row) {
      var fits = row.cells[0].textContent.toLowerCase().indexOf(word) >= 0;
      Object.keys(selects).forEach(function (name) {
        var wanted = selects[name].value, own = row.dataset[name];
        fits = fits && (!wanted || own === wanted || own.indexOf("|" + wanted + "|") >= 0);
      });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    counted = count + " " + said.of + " " + rows.length + " " + said.shown;
    tell();
  }

  // One line for the eye and for assistive technology: how many rows there are, and how they are sorted.
  function tell() {
    shown.textContent = counted + (order ? "; " + order : "") + ".";
  }

  function key(row, column) {
    var cell = row.cells[column];
    return cell.dataset.key === undefined ? cell.textContent.trim() : cell.dataset.key;
  }

  // Rows without a number stand last, whichever way the others are sorted.
  function compare(a, b, column, numeric, sign) {
    var x = key(a, column), y = key(b, column);
    if (x === "" || y === "") { return (x === "") - (y === ""); }
    return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y, "en-GB", { numeric: true }));
  }

  function sort(heading, column) {
    var down = heading.getAttribute("aria-sort") === "ascending";
    Array.prototype.forEach.call(heading.parentNode.cells, function (other) { other.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    var numeric = heading.classList.contains("right");
    rows.sort(function (a, b) { return compare(a, b, column, numeric, down ? -1 : 1); });
    rows.forEach(function (row) { body.appendChild(row); });
    order = (down ? said.down : said.up) + " " + heading.textContent;
    tell();
  }

  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, column) {
    if (heading.hasAttribute("data-plain")) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.textContent = "";
    heading.appendChild(button);
    button.addEventListener("click", function () { sort(heading, column); });
  });
  find.addEventListener("input", filter);
  Object.keys(selects).forEach(function (name) { selects[name].addEventListener("change", filter); });
  document.querySelector(".controls").hidden = false;
  table.caption.querySelector(".hint").hidden = false;
  filter();
}());
