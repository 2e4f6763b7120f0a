"use strict";
const tabs = document.getElementById("tab");
const charts = document.getElementById("charts");
const dashes = ["6 3", "2 3", "8 3 2 3", "10 4", "4 2 1 2 1 2"];
const margin = { left: 50, right: 142, top: 8, bottom: 46 };
let chosen = null; // [run, value] of the tab that is shown
let drawn = [],
  drawnWidth = 0;

function add(parent, name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// steps of 1, 2 or 5 times a power of ten, at most seven of them
function ticks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 7));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => (high - low) / size <= 7);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return found.map((value) => [value, value.toFixed(digits)]);
}

// a path that is interrupted where a value is missing
function path(points) {
  let line = "",
    pen = "M";
  for (const [x, y] of points) {
    if (y === null) {
      pen = "M";
      continue;
    }
    line += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return line;
}

function number(metric, value) {
  return value === null ? "n/a or infinite" : value.toFixed(metric.digits) + metric.unit;
}

function runText(tab, run, value) {
  const { subject, image, seed } = tab.runs[run];
  const lines = [`subject ${subject} (${image}), seed ${seed}`, `${ablation.key} = ${ablation.ticks[value]}`];
  ablation.metrics.forEach((metric, m) => {
    lines.push(`${metric.name} ${number(metric, tab.panels[m].values[run][value])}`);
  });
  return lines.join("\n");
}

function draw(holder, tab, m) {
  const panel = tab.panels[m];
  const svg = holder.querySelector("svg");
  svg.replaceChildren();
  const width = svg.clientWidth,
    height = svg.clientHeight;
  const right = width - margin.right,
    bottom = height - margin.bottom;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const across = (share) => margin.left + share * (right - margin.left);
  const share = (value) => (value - panel.bottom) / (panel.top - panel.bottom);
  const at = (part) => bottom - part * (bottom - margin.top);
  const up = (value) => (value === null ? null : at(share(value)));
  const marks = [];
  for (const [value, text] of ticks(panel.bottom, panel.top)) {
    add(svg, "line", { class: "grid", x1: margin.left, x2: right, y1: up(value), y2: up(value) });
    add(svg, "text", { x: margin.left - 5, y: up(value) + 4, "text-anchor": "end" }, text);
  }
  for (const [x, text] of tab.grid) {
    add(svg, "line", { class: "grid", x1: across(x), x2: across(x), y1: margin.top, y2: bottom });
    add(svg, "text", { x: across(x), y: bottom + 16, "text-anchor": "middle" }, text);
  }
  const middle = (margin.left + right) / 2;
  add(svg, "text", { x: middle, y: height - 8, "text-anchor": "middle" }, ablation.title);
  panel.levels.forEach((level, n) => {
    const y = at(level.height);
    if (level.inside) {
      const top = Math.max(up(level.mean + level.spread), margin.top);
      const end = Math.min(up(level.mean - level.spread), bottom);
      add(svg, "rect", {
        class: "band",
        style: `fill: ${level.colour}; stroke: ${level.colour}`,
        x: margin.left,
        y: top,
        width: right - margin.left,
        height: end - top,
      });
      add(svg, "path", {
        class: "level",
        style: `stroke: ${level.colour}`,
        "stroke-dasharray": dashes[n % 5],
        d: path([
          [margin.left, y],
          [right, y],
        ]),
      });
      add(svg, "path", {
        class: "level",
        style: `stroke: ${level.colour}`,
        d: path([
          [right, y],
          [right + 8, at(level.place)],
        ]),
      });
      marks.push({ level: true, x: null, y, text: level.tip });
    }
    add(svg, "text", { class: "name", x: right + 10, y: at(level.place) + 4 }, level.text);
  });
  panel.values.forEach((values, r) => {
    const points = values.map((value, v) => [across(tab.x[v]), up(value)]);
    add(svg, "path", { class: "run", d: path(points) });
    points.forEach(([x, y], v) => {
      if (y === null) return;
      add(svg, "circle", { class: "dot", cx: x, cy: y, r: 2 });
      marks.push({ x, y, place: [r, v], text: runText(tab, r, v) });
    });
  });
  const published = panel.published.map((point) => [across(point.x), up(point.value), point.tip]);
  add(svg, "path", { class: "published", d: path(published) });
  for (const [x, y, text] of published) {
    add(svg, "rect", {
      class: "publisheddot",
      x: x - 4,
      y: y - 4,
      width: 8,
      height: 8,
      transform: `rotate(45 ${x} ${y})`,
    });
    marks.push({ x, y, text });
  }
  const means = panel.means.map((mean, v) => [across(tab.x[v]), up(mean.mean)]);
  add(svg, "path", { class: "mean", d: path(means) });
  panel.means.forEach((mean, v) => {
    const [x, y] = means[v];
    if (y === null) return;
    if (mean.low !== null) {
      const [low, high] = [up(mean.low), up(mean.high)];
      for (const [a, b] of [
        [
          [x, low],
          [x, high],
        ],
        [
          [x - 4, low],
          [x + 4, low],
        ],
        [
          [x - 4, high],
          [x + 4, high],
        ],
      ])
        add(svg, "path", { class: "mean", d: path([a, b]) });
    }
    add(svg, "circle", { class: "meandot", cx: x, cy: y, r: 4.5 });
    marks.push({ x, y, text: mean.tip });
  });
  add(svg, "path", { class: "frame", d: `M${margin.left} ${margin.top}V${bottom}H${right}` });
  const line = add(svg, "path", { class: "chosen" });
  return {
    holder,
    svg,
    marks,
    line,
    values: panel.values,
    x: tab.x,
    across,
    up,
    tip: holder.querySelector(".tip"),
  };
}

function show(chart, mark) {
  drawn.forEach((one) => {
    one.tip.hidden = true;
    one.line.setAttribute("d", "");
    if (!mark || !mark.place) return;
    const values = one.values[mark.place[0]];
    one.line.setAttribute("d", path(values.map((value, v) => [one.across(one.x[v]), one.up(value)])));
  });
  chosen = mark?.place ? mark.place : null;
  if (!mark) return;
  chart.tip.textContent = mark.text;
  chart.tip.hidden = false;
  const place = mark.x ?? margin.left;
  const left = Math.min(place + 12, chart.holder.clientWidth - chart.tip.offsetWidth);
  chart.tip.style.left = `${Math.max(0, left)}px`;
  const offset = chart.svg.getBoundingClientRect().top - chart.holder.getBoundingClientRect().top;
  chart.tip.style.top = `${mark.y + offset + 12}px`;
}

function near(chart, event) {
  const box = chart.svg.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let best = null,
    least = 24;
  for (const mark of chart.marks) {
    // a baseline is under the whole width, so that a point near the pointer comes first
    const far = mark.level ? 14 + Math.abs(mark.y - y) : Math.hypot(mark.x - x, mark.y - y);
    if (far < least) [best, least] = [mark, far];
  }
  show(chart, best);
}

function walk(chart, event) {
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const move = moves[event.key];
  if (event.key === "Escape") show(chart, null);
  if (!move || !chart.values.length) return;
  event.preventDefault();
  const sizes = [chart.values.length, ablation.ticks.length];
  const next = chosen ? chosen.map((n, axis) => (n + move[axis] + sizes[axis]) % sizes[axis]) : [0, 0];
  const found = chart.marks.find(
    (mark) => mark.place && mark.place[0] === next[0] && mark.place[1] === next[1],
  );
  show(chart, found ?? null);
  chosen = next;
}

function redraw() {
  const tab = ablation.tabs[tabs.selectedIndex];
  drawnWidth = charts.clientWidth;
  if (drawnWidth === 0) return; // the page is not shown, and is drawn once it is
  drawn = [...charts.children].map((holder, m) => draw(holder, tab, m));
  show(drawn[0], null);
}

for (const tab of ablation.tabs) tabs.append(new Option(tab.title));
ablation.metrics.forEach((metric, m) => {
  const holder = document.createElement("div");
  holder.className = "chart";
  const heading = document.createElement("h2");
  heading.textContent = metric.title;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", `${metric.title} against ${ablation.title}; arrows go through the runs`);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  holder.append(heading, svg, tip);
  charts.append(holder);
  for (const kind of ["pointermove", "pointerdown"])
    svg.addEventListener(kind, (event) => near(drawn[m], event));
  svg.addEventListener("pointerleave", () => show(drawn[m], null));
  svg.addEventListener("keydown", (event) => walk(drawn[m], event));
});
tabs.addEventListener("change", redraw);
// a phone changes the height while it scrolls
window.addEventListener("resize", () => {
  if (charts.clientWidth !== drawnWidth) redraw();
});
redraw();
document.body.dataset.ready = "yes";
