"use strict";
{
  // Ratings of images: pass or fail and a note, kept by the browser under the name of the run.
  const COLUMNS = ["participant_id", "session_id", "image", "rating", "note", "date"];
  const RATINGS = ["pass", "fail"];
  const tools = document.getElementById("ratings");
  const key = `isospine ratings of ${tools.dataset.run}`;
  const fields = [...document.querySelectorAll(".rating")];
  const told = document.getElementById("told");
  let unsaved = null; // what a browser that keeps nothing is told, until the page is closed

  function readAll() {
    if (unsaved) return unsaved;
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  }
  function keep(all) {
    try {
      localStorage.setItem(key, JSON.stringify(all));
    } catch {
      unsaved = all;
      told.textContent = "This browser keeps nothing for this page: save the ratings before you close it.";
    }
  }
  function rate(image, entry) {
    const all = readAll();
    if (entry.rating || entry.note) all[image] = entry;
    else delete all[image];
    keep(all);
    show();
  }
  const oneLine = (text) => text.replace(/\s+/g, " ").trim();
  function show() {
    const all = readAll();
    for (const field of fields) {
      const entry = all[field.dataset.image] || {};
      for (const radio of field.querySelectorAll("[type=radio]")) radio.checked = radio.value === entry.rating;
      const note = field.querySelector("[type=text]");
      if (note !== document.activeElement) note.value = entry.note || "";
    }
    for (const cell of document.querySelectorAll("[data-ratings-of]")) {
      const images = cell.dataset.ratingsOf.split(" ").filter((image) => all[image]?.rating);
      cell.textContent = images.map((image) => all[image].rating).join(", ");
    }
    const count = Object.keys(all).length;
    document.getElementById("save").disabled = count === 0;
    document.getElementById("failed").disabled = !Object.values(all).some((one) => one.rating === "fail");
  }
  for (const field of fields) {
    const { image, participant, session } = field.dataset;
    const note = field.querySelector("[type=text]");
    const store = () =>
      rate(image, {
        participant,
        session,
        rating: field.querySelector("[type=radio]:checked")?.value || "",
        note: oneLine(note.value),
        date: new Date().toISOString().slice(0, 19) + "Z",
      });
    field.addEventListener("change", store);
    note.addEventListener("input", store);
    field.querySelector("button").addEventListener("click", () => rate(image, {}));
  }

  function save(name, lines) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/plain" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }
  const sorted = () => Object.entries(readAll()).sort(([a], [b]) => (a < b ? -1 : 1));
  document.getElementById("save").addEventListener("click", () => {
    const rows = sorted().map(([image, one]) =>
      [one.participant, one.session, image, one.rating || "n/a", one.note || "n/a", one.date].join("\t"),
    );
    save("ratings.tsv", [COLUMNS.join("\t"), ...rows]);
  });
  document.getElementById("failed").addEventListener("click", () => {
    const failed = sorted().filter(([, one]) => one.rating === "fail");
    const bodies = failed.map(([, one]) => [one.participant, one.session].filter((part) => part !== "n/a").join("_"));
    save("exclude.yml", ["failed:", ...new Set(bodies.map((body) => `- ${body}`))]);
  });

  function parse(text) {
    const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line);
    const heads = (lines.shift() || "").split("\t");
    if (COLUMNS.some((name) => !heads.includes(name))) throw new Error(`expected the columns ${COLUMNS.join(", ")}`);
    const known = (value) => (value === "n/a" ? "" : value);
    return lines.map((line, number) => {
      const cells = line.split("\t");
      const row = Object.fromEntries(heads.map((name, column) => [name, cells[column] ?? ""]));
      const rating = known(row.rating);
      if (!row.image || (rating && !RATINGS.includes(rating)))
        throw new Error(`line ${number + 2}: expected an image rated pass, fail or n/a`);
      const [participant, session] = [row.participant_id, row.session_id];
      return [row.image, { participant, session, rating, note: known(row.note), date: row.date }];
    });
  }
  const load = document.getElementById("load");
  load.addEventListener("change", async () => {
    const file = load.files[0];
    load.value = "";
    try {
      const loaded = parse(await file.text());
      const all = readAll();
      // of two ratings of an image the later one counts
      const newer = loaded.filter(([image, one]) => !(all[image]?.date > one.date));
      told.textContent = `${newer.length} of ${loaded.length} ratings of ${file.name} loaded; the others are older than those here.`;
      if (newer.length === loaded.length) told.textContent = `${newer.length} ratings of ${file.name} loaded.`;
      keep(Object.assign(all, Object.fromEntries(newer)));
      show();
    } catch (error) {
      told.textContent = `${file.name} was not loaded: ${error.message}.`;
    }
  });
  // another page of the report may have changed them
  addEventListener("storage", show);
  addEventListener("pageshow", show);
  show();
}
