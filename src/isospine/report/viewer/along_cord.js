const [across, up, count] = volumes.shape;
const layer = across * up;
const slider = get("slice");
const strip = get("strip");
const sides = [...document.querySelectorAll(".across")];
const MOVIE = 100; // ms between slices
const HIGHEST = 220; // pixels of the strip
const grey = new Uint8ClampedArray(256).map((_, code) => {
  const [black, white] = volumes.window;
  return (255 * (volumes.low + volumes.step * code - black)) / (white - black || 1);
});
const picture = document.createElement("canvas"); // one pixel per voxel
let codes,
  timer = 0;

// voxels of a slice on a canvas, its letters on the left, right, bottom and top; `at` gives the index of a pixel
function draw(canvas, width, height, letters, at) {
  const pixels = new ImageData(width, height);
  for (let row = 0, out = 0; row < height; row++)
    for (let column = 0; column < width; column++, out += 4)
      pixels.data.set([...Array(3).fill(grey[codes[at(column, row)]]), 255], out);
  Object.assign(picture, { width, height });
  picture.getContext("2d").putImageData(pixels, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const [wide, high] = [canvas.clientWidth, (canvas.clientWidth * height) / width];
  Object.assign(canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0, wide, high);
  Object.assign(pen, { font: "12px sans-serif", fillStyle: "#fff", strokeStyle: "#000", lineWidth: 2 });
  const places = [
    [3, high / 2, "left", "middle"],
    [wide - 3, high / 2, "right", "middle"],
    [wide / 2, high - 2, "center", "bottom"],
    [wide / 2, 2, "center", "top"],
  ];
  places.forEach(([x, y, textAlign, textBaseline], side) => {
    Object.assign(pen, { textAlign, textBaseline });
    pen.strokeText(letters[side], x, y);
    pen.fillText(letters[side], x, y);
  });
  return pen;
}

function refresh() {
  const z = Number(slider.value);
  // the patient's right at the left, anterior at the top
  const turned = (column, row) => across - 1 - column + across * (up - 1 - row);
  sides.forEach((canvas, v) => {
    draw(canvas, across, up, "RLPA", (column, row) => v * layer * count + z * layer + turned(column, row));
  });
  const middle = (across - 1) / 2;
  const pen = draw(strip, count, up, "ISPA", (column, row) => column * layer + turned(middle, row));
  const x = ((z + 0.5) * strip.clientWidth) / count;
  pen.fillStyle = "#f0e442";
  pen.fillRect(x - 1, 0, 2, strip.clientHeight);
  const [length, mm] = [(count - 1) * volumes.spacing, z * volumes.spacing];
  const axes = ["RL", "AP", "SI"];
  const world = volumes.curve[z].map((at, axis) => `${axes[axis][at < 0 ? 1 : 0]} ${Math.abs(at).toFixed(1)}`);
  const position = `${mm.toFixed(1)} mm of ${length.toFixed(1)} mm from the lower end`;
  slider.setAttribute("aria-valuetext", position);
  get("place").textContent = `${position}; middle of the cord at ${world.join(", ")} mm`;
}

function show(z) {
  slider.value = Math.max(0, Math.min(count - 1, Math.round(z)));
  refresh();
}

function play() {
  if (timer) clearInterval(timer);
  timer = timer ? 0 : setInterval(() => show((Number(slider.value) + 1) % count), MOVIE);
  get("play").setAttribute("aria-pressed", String(timer !== 0));
}

function build() {
  slider.value = Math.floor(count / 2);
  strip.style.maxWidth = `${Math.min(960, (HIGHEST * count) / up)}px`;
  slider.addEventListener("input", refresh);
  get("play").addEventListener("click", play);
  const point = (event) => {
    if (event.buttons === 1) show((event.offsetX * count) / strip.clientWidth - 0.5);
  };
  strip.addEventListener("pointerdown", point);
  strip.addEventListener("pointermove", point);
  for (const canvas of sides)
    canvas.addEventListener(
      "wheel",
      (event) => {
        if (event.ctrlKey) return;
        event.preventDefault();
        show(Number(slider.value) - Math.sign(event.deltaY));
      },
      { passive: false },
    );
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === "p") play();
    else if (event.key in steps) {
      // a slider that has the focus would move by itself too
      event.preventDefault();
      show(Number(slider.value) + steps[event.key]);
    }
  });
  window.addEventListener("resize", refresh);
}

unpackCodes(volumes.data, volumes.shape, volumes.names.length)
  .then((unpacked) => {
    codes = unpacked;
    build();
    refresh();
    document.body.dataset.ready = "yes";
  })
  .catch((error) => {
    get("place").textContent = `This browser cannot show the volumes (${error}); a newer one can.`;
  });
