"use strict";
const get = (id) => document.getElementById(id);
const [nx, ny, nz] = volumes.shape;
const voxels = nx * ny * nz;
// per plane: its normal, across the page and up the page (0 = R, 1 = A, 2 = S), and the letters of its sides
const planes = [
  { name: "sagittal", axes: [0, 1, 2], letters: "APIS" },
  { name: "coronal", axes: [1, 0, 2], letters: "RLIS" },
  { name: "axial", axes: [2, 0, 1], letters: "RLPA" },
];
const stride = [1, nx, nx * ny];
const place = [...volumes.focus];
const chosen = [0, volumes.second, -1]; // left, right, third; -1 is none
const windowing = { level: 0, width: 1 };
const slice = document.createElement("canvas"); // one pixel per voxel
let codes,
  colours,
  turn = 0,
  timer = 0;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function unpack() {
  const stream = new Blob([bytes(volumes.data)]).stream().pipeThrough(new DecompressionStream("deflate"));
  codes = new Uint8Array(await new Response(stream).arrayBuffer());
  for (let v = 0; v < volumes.names.length; v++)
    for (let i = v * voxels + stride[2]; i < (v + 1) * voxels; i++) codes[i] += codes[i - stride[2]];
  for (let i = voxels; i < codes.length; i++) codes[i] += codes[i - voxels];
  colours = bytes(volumes.colours);
}

const flickered = () => chosen.filter((v) => v >= 0);
const shownAt = (side) => (side === 0 ? flickered()[turn % flickered().length] : chosen[1]);
const intensity = (code) => volumes.low + volumes.step * code;
const percent = (v, at) =>
  (100 * volumes.step * Math.abs(codes[v * voxels + at] - codes[at])) / volumes.range;

function pixelsOf(volume, plane) {
  const [normal, across, up] = plane.axes;
  const [width, height] = [volumes.shape[across], volumes.shape[up]];
  const image = new ImageData(width, height);
  const low = windowing.level - windowing.width / 2;
  const grey = new Uint8Array(256).map((_, c) =>
    Math.max(0, Math.min(255, (255 * (intensity(c) - low)) / windowing.width)),
  );
  const mode = get("error").value;
  for (let row = 0, out = 0; row < height; row++)
    for (let column = 0; column < width; column++, out += 4) {
      // the highest index is at the top, and at the left: radiological convention
      const at =
        place[normal] * stride[normal] +
        (width - 1 - column) * stride[across] +
        (height - 1 - row) * stride[up];
      const g = mode === "alone" ? 0 : grey[codes[volume * voxels + at]];
      let share = 0,
        entry = 0;
      if (mode !== "off") {
        entry = Math.min(255, Math.round((255 * percent(volume, at)) / volumes.largest));
        share = mode === "alone" ? 1 : entry / 255;
      }
      for (let k = 0; k < 3; k++) image.data[out + k] = (1 - share) * g + share * colours[3 * entry + k];
      image.data[out + 3] = 255;
    }
  return image;
}

function draw(canvas) {
  const plane = canvas.plane;
  const [, across, up] = plane.axes;
  const image = pixelsOf(shownAt(canvas.side), plane);
  slice.width = image.width;
  slice.height = image.height;
  slice.getContext("2d").putImageData(image, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(slice, 0, 0, w, h);
  if (get("cross").checked) {
    const x = ((image.width - place[across] - 0.5) / image.width) * w;
    const y = ((image.height - place[up] - 0.5) / image.height) * h;
    const gap = 8; // what the crosshair is on stays visible
    pen.strokeStyle = "#56b4e9";
    pen.beginPath();
    for (const [x0, y0, x1, y1] of [
      [0, y, x - gap, y],
      [x + gap, y, w, y],
      [x, 0, x, y - gap],
      [x, y + gap, x, h],
    ])
      if (x1 > x0 || y1 > y0) {
        pen.moveTo(x0, y0);
        pen.lineTo(x1, y1);
      }
    pen.stroke();
  }
  const write = (text, x, y, align, base) => {
    Object.assign(pen, {
      font: "11px system-ui, sans-serif",
      textAlign: align,
      textBaseline: base,
      lineWidth: 3,
    });
    pen.strokeStyle = "#000";
    pen.strokeText(text, x, y);
    pen.fillStyle = "#fff";
    pen.fillText(text, x, y);
  };
  const [left, right, bottom, top] = plane.letters;
  write(left, 3, h / 2, "left", "middle");
  write(right, w - 3, h / 2, "right", "middle");
  write(top, w / 2, 3, "center", "top");
  if (h < 45) return; // a slab: there is no room for more
  write(bottom, w / 2, h - 3, "center", "bottom");
  const perMm = w / (image.width * volumes.spacing[across]);
  const length = [50, 20, 10, 5, 2, 1, 0.5].find((mm) => mm * perMm <= w / 3) || 0.2;
  pen.fillStyle = "#000";
  pen.fillRect(5, h - 8, length * perMm + 2, 5);
  pen.fillStyle = "#fff";
  pen.fillRect(6, h - 7, length * perMm, 3);
  write(`${length} mm`, 6, h - 9, "left", "bottom");
}

const rounded = (value) => String(Number(value.toPrecision(3)));

function describe() {
  const world = volumes.affine.map(
    (row) => row[0] * place[0] + row[1] * place[1] + row[2] * place[2] + row[3],
  );
  const letters = ["RL", "AP", "SI"];
  const text = world.map((mm, axis) => `${letters[axis][mm < 0 ? 1 : 0]} ${Math.abs(mm).toFixed(1)}`);
  get("place").textContent = `crosshair at ${text.join(", ")} mm`;
  const at = place[0] + place[1] * stride[1] + place[2] * stride[2];
  get("values").textContent = [...new Set([0, ...flickered()])]
    .map(
      (v) =>
        `${volumes.names[v]} ${Number(intensity(codes[v * voxels + at]).toPrecision(4))}` +
        (v ? ` (${volumes.difference} ${percent(v, at).toFixed(1)} %)` : ""),
    )
    .join("; ");
  get("shown").textContent =
    `${rounded(windowing.level - windowing.width / 2)} to ${rounded(windowing.level + windowing.width / 2)}`;
}

function refresh() {
  document.querySelectorAll(".side").forEach((side, number) => {
    const volume = shownAt(number);
    side.hidden = number === 1 && !get("beside").checked;
    side.querySelector("h2").textContent = volumes.names[volume];
    side.querySelector(".notes").textContent = volumes.notes[volume];
  });
  get("legend").hidden = get("error").value === "off";
  for (const canvas of document.querySelectorAll(".planes canvas")) if (canvas.clientWidth) draw(canvas);
  describe();
}

// all planes at one physical scale, as large as the page allows; two rows of planes where it is narrow
function arrange() {
  const mm = volumes.shape.map((n, axis) => n * volumes.spacing[axis]);
  refresh();
  for (const side of document.querySelectorAll(".side:not([hidden])")) {
    const room = side.clientWidth - 10;
    const row = room / (mm[1] + 2 * mm[0]);
    const narrow = room / Math.max(mm[1] + mm[0], 1);
    const scale = Math.min(room < 440 ? narrow : row, (0.8 * Math.max(window.innerHeight, 420)) / mm[2]);
    for (const canvas of side.querySelectorAll("canvas")) {
      const [, across, up] = canvas.plane.axes;
      canvas.style.width = `${Math.max(1, Math.floor(mm[across] * scale))}px`;
      canvas.style.height = `${Math.max(1, Math.floor(mm[up] * scale))}px`;
    }
  }
  refresh();
}

function move(axis, index) {
  place[axis] = Math.max(0, Math.min(volumes.shape[axis] - 1, Math.round(index)));
}

function listen(canvas) {
  const [normal, across, up] = canvas.plane.axes;
  const point = (event) => {
    if (event.buttons === 2) {
      setWindow(
        windowing.level - (event.movementY * volumes.span) / 300,
        windowing.width + (event.movementX * volumes.span) / 300,
      );
    } else if (event.buttons === 1) {
      const box = canvas.getBoundingClientRect();
      move(across, volumes.shape[across] * (1 - (event.clientX - box.left) / box.width) - 0.5);
      move(up, volumes.shape[up] * (1 - (event.clientY - box.top) / box.height) - 0.5);
    } else return;
    refresh();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    point(event);
  });
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      move(normal, place[normal] - Math.sign(event.deltaY));
      refresh();
    },
    { passive: false },
  );
  const keys = {
    ArrowLeft: [across, 1],
    ArrowRight: [across, -1],
    ArrowUp: [up, 1],
    ArrowDown: [up, -1],
    PageUp: [normal, 1],
    PageDown: [normal, -1],
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    const [axis, step] = keys[event.key];
    move(axis, place[axis] + step);
    refresh();
  });
}

function setWindow(level, width) {
  windowing.level = level;
  windowing.width = Math.max(volumes.span / 200, width);
  get("level").value = windowing.level;
  get("width").value = windowing.width;
}
function resetWindow() {
  setWindow((volumes.window[0] + volumes.window[1]) / 2, volumes.window[1] - volumes.window[0]);
}
function flicker() {
  turn = (turn + 1) % flickered().length;
  refresh();
}
function repeat() {
  if (timer) clearInterval(timer);
  timer = timer ? 0 : setInterval(flicker, 500);
  get("repeat").setAttribute("aria-pressed", String(timer !== 0));
}

function build() {
  ["first", "second", "third"].forEach((id, number) => {
    const select = get(id);
    if (number === 2) select.add(new Option("none", -1));
    volumes.names.forEach((name, v) => {
      select.add(new Option(name, v));
    });
    select.value = chosen[number];
    select.addEventListener("change", () => {
      chosen[number] = Number(select.value);
      turn = 0;
      refresh();
    });
  });
  for (const number of [0, 1]) {
    const side = document.createElement("section");
    side.className = "side";
    side.innerHTML = "<h2></h2><p class=notes></p><div class=planes></div>";
    for (const plane of planes) {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { plane, side: number, tabIndex: 0 });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${plane.name} slice, ${number ? "right" : "left"}`);
      listen(canvas);
      side.lastChild.append(canvas);
    }
    get("sides").append(side);
  }
  const span = volumes.span;
  Object.assign(get("level"), { min: volumes.low, max: volumes.low + span, step: span / 500 });
  Object.assign(get("width"), { min: span / 200, max: span, step: span / 500 });
  for (const id of ["level", "width"])
    get(id).addEventListener("input", () => {
      windowing[id] = Number(get(id).value);
      refresh();
    });
  get("reset").addEventListener("click", () => {
    resetWindow();
    refresh();
  });
  get("flicker").addEventListener("click", flicker);
  get("repeat").addEventListener("click", repeat);
  get("beside").addEventListener("change", arrange);
  for (const id of ["error", "cross"]) get(id).addEventListener("change", refresh);
  get("largest").textContent = `${volumes.largest} % of the range or more`;
  const ramp = new ImageData(256, 1);
  for (let c = 0; c < 256; c++) ramp.data.set([...colours.slice(3 * c, 3 * c + 3), 255], 4 * c);
  get("colours").getContext("2d").putImageData(ramp, 0, 0);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const volume = Number(key) - 1;
    if (key === "f") flicker();
    else if (key === "r") repeat();
    else if (key === "x") get("cross").click();
    else if (Number.isInteger(volume) && volume >= 0 && volume < volumes.names.length) {
      get("first").value = chosen[0] = volume;
      turn = 0;
      refresh();
    } else return;
    event.preventDefault(); // a list that has the focus would choose by the letter
  });
  window.addEventListener("resize", arrange);
}

unpack()
  .then(() => {
    build();
    resetWindow();
    arrange();
    document.body.dataset.ready = "yes";
  })
  .catch((error) => {
    get("place").textContent = `This browser cannot show the volumes (${error}); a newer one can.`;
  });
