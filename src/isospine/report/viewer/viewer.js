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
// one scale and one middle for all planes: pixels per mm that fit the page, how much larger, and voxels from the edge
const view = { scale: 1, zoom: 1, middle: volumes.shape.map((count) => count / 2) };
const LARGEST_ZOOM = 16;
const LEAST_SIDE = 96; // pixels of a plane: letters and scale bar of a thin slab need them
const ROUNDING = 1; // pixels by which a canvas is smaller than its plane
const slice = document.createElement("canvas"); // one pixel per voxel
const outlines = []; // a byte per voxel
let codes,
  colours,
  turn = 0,
  timer = 0;

async function unpack() {
  codes = await unpackCodes(volumes.data, volumes.shape, volumes.names.length);
  for (const outline of volumes.outlines) {
    const bits = await inflate(outline.data);
    outlines.push(Uint8Array.from({ length: voxels }, (_, i) => (bits[i >> 3] >> (7 - (i & 7))) & 1));
  }
  colours = bytes(volumes.colours);
}

const flickered = () => chosen.filter((v) => v >= 0);
const shownAt = (side) => (side === 0 ? flickered()[turn % flickered().length] : chosen[1]);
const intensity = (code) => volumes.low + volumes.step * code;
const percent = (v, at) =>
  (100 * volumes.step * Math.abs(codes[v * voxels + at] - codes[at])) / volumes.range;

const perVoxel = (axis) => view.scale * view.zoom * volumes.spacing[axis];

// where an axis starts in a plane that is so many pixels wide or high, and pixels per voxel: a whole side is centred,
// else what is around the middle; the highest index is at the left and at the top: radiological convention
function along(axis, room) {
  const pixels = perVoxel(axis);
  const length = pixels * volumes.shape[axis];
  const start = room / 2 - pixels * (volumes.shape[axis] - view.middle[axis]);
  const whole = length <= room + ROUNDING;
  return [whole ? (room - length) / 2 : Math.min(0, Math.max(room - length, start)), pixels];
}

// where a plane's image lies on its canvas: left, top, and pixels per voxel across and up
function layout(canvas) {
  const [, across, up] = canvas.plane.axes;
  const [left, pixelsAcross] = along(across, canvas.clientWidth);
  const [top, pixelsUp] = along(up, canvas.clientHeight);
  return { left, top, across: pixelsAcross, up: pixelsUp };
}

// voxels from the lowest edges, across and up, of a point of the page
function voxelAt(canvas, event) {
  const [, across, up] = canvas.plane.axes;
  const box = canvas.getBoundingClientRect();
  const lies = layout(canvas);
  return [
    volumes.shape[across] - (event.clientX - box.left - lies.left) / lies.across,
    volumes.shape[up] - (event.clientY - box.top - lies.top) / lies.up,
  ];
}

// index of the first voxel of a plane's row, and the step to the next one
const rowOf = (plane, row) => {
  const [normal, across, up] = plane.axes;
  const first = place[normal] * stride[normal] + (volumes.shape[up] - 1 - row) * stride[up];
  return [first + (volumes.shape[across] - 1) * stride[across], -stride[across]];
};

function pixelsOf(volume, plane) {
  const [, across, up] = plane.axes;
  const [width, height] = [volumes.shape[across], volumes.shape[up]];
  const image = new ImageData(width, height);
  const low = windowing.level - windowing.width / 2;
  const grey = new Uint8Array(256).map((_, c) =>
    Math.max(0, Math.min(255, (255 * (intensity(c) - low)) / windowing.width)),
  );
  const mode = get("error").value;
  for (let row = 0, out = 0; row < height; row++) {
    let [at, step] = rowOf(plane, row);
    for (let column = 0; column < width; column++, out += 4, at += step) {
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
  }
  return image;
}

// the edges between voxels inside and outside of an outline
function drawOutline(pen, plane, lies, inside) {
  const [, across, up] = plane.axes;
  const [width, height] = [volumes.shape[across], volumes.shape[up]];
  const at = (column, row) => {
    if (column < 0 || row < 0 || column === width || row === height) return 0;
    const [first, step] = rowOf(plane, row);
    return inside[first + step * column];
  };
  pen.beginPath();
  for (let row = 0; row <= height; row++)
    for (let column = 0; column <= width; column++) {
      const [x, y] = [lies.left + column * lies.across, lies.top + row * lies.up];
      const here = at(column, row);
      if (here !== at(column, row - 1)) {
        pen.moveTo(x, y);
        pen.lineTo(x + lies.across, y);
      }
      if (here !== at(column - 1, row)) {
        pen.moveTo(x, y);
        pen.lineTo(x, y + lies.up);
      }
    }
  pen.stroke();
}

function drawCross(pen, canvas, lies) {
  const [, across, up] = canvas.plane.axes;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  const x = lies.left + (volumes.shape[across] - place[across] - 0.5) * lies.across;
  const y = lies.top + (volumes.shape[up] - place[up] - 0.5) * lies.up;
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

function drawLabels(pen, canvas) {
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
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
  const [left, right, bottom, top] = canvas.plane.letters;
  write(left, 3, h / 2, "left", "middle");
  write(right, w - 3, h / 2, "right", "middle");
  write(top, w / 2, 3, "center", "top");
  write(bottom, w / 2, h - 3, "center", "bottom");
  const perMm = view.scale * view.zoom;
  const length = [50, 20, 10, 5, 2, 1, 0.5].find((mm) => mm * perMm <= w / 3) || 0.2;
  pen.fillStyle = "#000";
  pen.fillRect(5, h - 8, length * perMm + 2, 5);
  pen.fillStyle = "#fff";
  pen.fillRect(6, h - 7, length * perMm, 3);
  write(`${length} mm`, 6, h - 9, "left", "bottom");
}

function draw(canvas) {
  const image = pixelsOf(shownAt(canvas.side), canvas.plane);
  slice.width = image.width;
  slice.height = image.height;
  slice.getContext("2d").putImageData(image, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const lies = layout(canvas);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(slice, lies.left, lies.top, image.width * lies.across, image.height * lies.up);
  outlines.forEach((inside, number) => {
    if (!get(`outline${number}`).checked) return;
    for (const [colour, width] of [
      ["#000", 3],
      ["#f0e442", 1.5],
    ]) {
      Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
      drawOutline(pen, canvas.plane, lies, inside);
    }
    pen.lineWidth = 1;
  });
  if (get("cross").checked) drawCross(pen, canvas, lies);
  drawLabels(pen, canvas);
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
  get("zoom").textContent = `${Math.round(100 * view.zoom)} %`;
  place.forEach((index, axis) => {
    get(`slice${axis}`).value = index;
  });
}

function refresh() {
  document.querySelectorAll(".side").forEach((side, number) => {
    const volume = shownAt(number);
    side.hidden = number === 1 && !get("beside").checked;
    side.querySelector("h2").textContent = volumes.names[volume];
    side.querySelector(".notes").textContent = volumes.notes[volume];
  });
  get("legend").hidden = get("error").value === "off";
  document.body.dataset.zoomed = view.zoom > 1 ? "yes" : "no";
  for (const canvas of document.querySelectorAll(".planes canvas")) if (canvas.clientWidth) draw(canvas);
  describe();
}

// all planes at one physical scale, as large as the page allows; two rows of planes where it is narrow
function arrange() {
  const mm = volumes.shape.map((count, axis) => count * volumes.spacing[axis]);
  refresh();
  for (const side of document.querySelectorAll(".side:not([hidden])")) {
    const room = side.clientWidth - 10;
    const row = room / (mm[1] + 2 * mm[0]);
    const narrow = room / (mm[1] + mm[0]);
    view.scale = Math.min(room < 440 ? narrow : row, (0.8 * Math.max(window.innerHeight, 420)) / mm[2]);
    for (const canvas of side.querySelectorAll("canvas")) {
      const [, across, up] = canvas.plane.axes;
      const size = (axis, most) => Math.min(Math.max(LEAST_SIDE, Math.floor(mm[axis] * view.scale)), most);
      canvas.style.width = `${size(across, room)}px`;
      canvas.style.height = `${size(up, window.innerHeight)}px`;
    }
  }
  refresh();
}

function move(axis, index) {
  place[axis] = Math.max(0, Math.min(volumes.shape[axis] - 1, Math.round(index)));
}

// voxels of an axis in the smallest plane that shows it
function visible(axis) {
  const sides = [...document.querySelectorAll(".planes canvas")].flatMap((canvas) => {
    const [, across, up] = canvas.plane.axes;
    if (!canvas.clientWidth || (axis !== across && axis !== up)) return [];
    return [axis === across ? canvas.clientWidth : canvas.clientHeight];
  });
  return Math.min(...sides) / perVoxel(axis);
}

// the crosshair stays in sight
function follow() {
  for (const axis of [0, 1, 2]) {
    const reach = Math.max(visible(axis) / 2 - 1, 0);
    const at = place[axis] + 0.5;
    view.middle[axis] = Math.max(at - reach, Math.min(at + reach, view.middle[axis]));
  }
}

// no further than where an edge of the volume meets that of the plane
function hold() {
  for (const axis of [0, 1, 2]) {
    const [half, count] = [visible(axis) / 2, volumes.shape[axis]];
    const fits = 2 * half + ROUNDING / perVoxel(axis) >= count;
    view.middle[axis] = fits ? count / 2 : Math.max(half, Math.min(count - half, view.middle[axis]));
  }
}

// around the crosshair, or around a point of a plane, which stays where it is on the page
function zoomBy(factor, canvas, event) {
  const before = canvas && voxelAt(canvas, event);
  view.zoom = Math.max(1, Math.min(LARGEST_ZOOM, view.zoom * factor));
  if (!canvas) view.middle = place.map((index) => index + 0.5);
  else {
    const after = voxelAt(canvas, event);
    const [normal, across, up] = canvas.plane.axes;
    view.middle[normal] = place[normal] + 0.5;
    view.middle[across] += before[0] - after[0];
    view.middle[up] += before[1] - after[1];
  }
  hold();
  refresh();
}

function pan(canvas, right, down) {
  const [, across, up] = canvas.plane.axes;
  const lies = layout(canvas);
  view.middle[across] += right / lies.across;
  view.middle[up] += down / lies.up;
  hold();
  refresh();
}

function fit() {
  view.zoom = 1;
  hold();
  refresh();
}

function pointAt(canvas, event) {
  const [, across, up] = canvas.plane.axes;
  const [x, y] = voxelAt(canvas, event);
  move(across, x - 0.5);
  move(up, y - 0.5);
  follow();
  refresh();
}

// the middle of two fingers, and how far they are apart
function spread(fingers) {
  const [one, other] = [...fingers.values()];
  return {
    clientX: (one.x + other.x) / 2,
    clientY: (one.y + other.y) / 2,
    apart: Math.hypot(one.x - other.x, one.y - other.y) || 1,
  };
}

const pans = (event) =>
  event.buttons === 4 ||
  (event.buttons === 1 && (event.shiftKey || (event.pointerType === "touch" && view.zoom > 1)));

function listenToPointers(canvas) {
  const down = new Map();
  let moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = down.size > 1;
    if (down.size === 1 && event.buttons === 1 && !pans(event)) pointAt(canvas, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const [right, lower] = [event.clientX - last.x, event.clientY - last.y];
    const before = down.size === 2 && spread(down);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved ||= Math.hypot(right, lower) > 3;
    if (before) {
      const after = spread(down);
      zoomBy(after.apart / before.apart, canvas, before);
      pan(canvas, after.clientX - before.clientX, after.clientY - before.clientY);
    } else if (pans(event)) pan(canvas, right, lower);
    else if (event.buttons === 2) {
      setWindow(
        windowing.level - (lower * volumes.span) / 300,
        windowing.width + (right * volumes.span) / 300,
      );
      refresh();
    } else if (event.buttons === 1 && down.size === 1) pointAt(canvas, event);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (event.pointerType === "touch" && !moved && down.size === 1) pointAt(canvas, event);
    down.delete(event.pointerId);
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
}

function listen(canvas) {
  const [normal, across, up] = canvas.plane.axes;
  listenToPointers(canvas);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      // two fingers that spread on a touchpad come as a wheel with the key Ctrl
      if (event.ctrlKey || event.metaKey) {
        zoomBy(Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 100), canvas, event);
        return;
      }
      move(normal, place[normal] - Math.sign(event.deltaY));
      follow();
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
    if (event.shiftKey && axis !== normal) {
      view.middle[axis] += (step * visible(axis)) / 8;
      hold();
    } else {
      move(axis, place[axis] + step);
      follow();
    }
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

function buildLists() {
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
}

function buildSides() {
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
}

function buildSliders() {
  const span = volumes.span;
  Object.assign(get("level"), { min: volumes.low, max: volumes.low + span, step: span / 500 });
  Object.assign(get("width"), { min: span / 200, max: span, step: span / 500 });
  for (const id of ["level", "width"])
    get(id).addEventListener("input", () => {
      windowing[id] = Number(get(id).value);
      refresh();
    });
  volumes.shape.forEach((count, axis) => {
    const slider = get(`slice${axis}`);
    Object.assign(slider, { min: 0, max: count - 1, step: 1 });
    slider.addEventListener("input", () => {
      move(axis, Number(slider.value));
      follow();
      refresh();
    });
  });
  get("reset").addEventListener("click", () => {
    resetWindow();
    refresh();
  });
}

function press(key) {
  const volume = Number(key) - 1;
  const switches = { x: "cross", c: "outline0" };
  if (key === "f") flicker();
  else if (key === "r") repeat();
  else if (key === "+" || key === "=") zoomBy(1.25);
  else if (key === "-") zoomBy(0.8);
  else if (key === "0") fit();
  else if (key in switches) get(switches[key])?.click();
  else if (Number.isInteger(volume) && volume >= 0 && volume < volumes.names.length) {
    get("first").value = chosen[0] = volume;
    turn = 0;
    refresh();
  } else return false;
  return true;
}

function build() {
  buildLists();
  buildSides();
  buildSliders();
  get("flicker").addEventListener("click", flicker);
  get("repeat").addEventListener("click", repeat);
  get("larger").addEventListener("click", () => zoomBy(1.25));
  get("smaller").addEventListener("click", () => zoomBy(0.8));
  get("fit").addEventListener("click", fit);
  get("beside").addEventListener("change", arrange);
  get("error").addEventListener("change", refresh);
  for (const box of document.querySelectorAll(".over input")) box.addEventListener("change", refresh);
  get("largest").textContent = `${volumes.largest} % of the range or more`;
  const ramp = new ImageData(256, 1);
  for (let c = 0; c < 256; c++) ramp.data.set([...colours.slice(3 * c, 3 * c + 3), 255], 4 * c);
  get("colours").getContext("2d").putImageData(ramp, 0, 0);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.type === "range" && event.key.length > 1) return;
    // a list that has the focus would choose by the letter
    if (press(event.key.toLowerCase())) event.preventDefault();
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
