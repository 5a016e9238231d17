// The part of the time that is shown, the same for every chart of a run; how it is changed
// by mouse, fingers and keys; times and amounts in words.
"use strict";
const STEPS = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000];
const LEFT = 62, RIGHT = 14;

const css = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

function secs(t) {
  const a = Math.abs(t), sign = t < 0 ? "-" : "";
  if (a === 0) return "0 s";
  if (a < 0.001) return sign + +(a * 1e6).toPrecision(3) + " µs";
  if (a < 1) return sign + +(a * 1e3).toPrecision(3) + " ms";
  if (a < 60) return sign + +a.toPrecision(4) + " s";
  const whole = Math.round(a), parts = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
  let rest = whole;
  const words = parts.map(([long, word]) => { const n = Math.floor(rest / long); rest -= n * long; return n ? n + word : ""; });
  return sign + words.filter(Boolean).slice(0, 3).join(" ");
}

// a mark of an axis whose marks stand this far apart
function mark(t, step) {
  if (t === 0) return "0";
  if (t >= 60) return step >= 1 ? secs(Math.round(t)) : secs(Math.floor(t / 60) * 60) + " " + mark(t % 60, step);
  const unit = step < 0.001 ? [1e6, "µs"] : step < 1 && t < 1 ? [1e3, "ms"] : [1, "s"];
  const digits = Math.max(0, Math.ceil(-Math.log10(step * unit[0]) - 1e-9));
  return (t * unit[0]).toFixed(digits) + " " + unit[1];
}

function bytes(v) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  while (Math.abs(v) >= 1023.5 && unit < 5) { v /= 1024; unit++; }
  return (unit && Math.abs(v) < 99.95 ? v.toFixed(1) : v.toFixed(0)) + " " + units[unit];
}

const count = v => Math.abs(v) >= 100 || Number.isInteger(v) ? Math.round(v).toLocaleString("en-US") : String(+v.toPrecision(3));
const share = v => (v * 100).toFixed(v < 0.0995 && v > 0 ? 1 : 0) + " %";
const clamp = (v, least, most) => Math.min(Math.max(v, least), most);

function marks(from, to, width, room = 90) {
  const wide = (to - from) / Math.max(1, width / room);
  const step = STEPS.find(s => s >= wide) || wide, all = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n++) all.push(n * step);
  return { step, all };
}

class View {
  constructor(length) {
    this.length = Math.max(length, 1e-6);
    this.from = 0; this.to = this.length;
    this.shows = []; this.points = [];
    this.due = false;
  }
  set(from, to) {
    const wide = clamp(to - from, Math.min(this.length, Math.max(this.length / 1e6, 5e-6)), this.length);
    const middle = (from + to) / 2;
    this.from = clamp(middle - wide / 2, 0, this.length - wide);
    this.to = this.from + wide;
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => { this.due = false; this.shows.forEach(show => show()); });
  }
  zoom(factor, at = (this.from + this.to) / 2) {
    this.set(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }
  pan(part) { const by = (this.to - this.from) * part; this.set(this.from + by, this.to + by); }
  all() { this.set(0, this.length); }
  // the pointer rests at a time, or nowhere
  point(at, by) { this.points.forEach(point => point(at, by)); }
}

// keys that mean the same everywhere
function onKey(event, view) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const does = {
    "+": () => view.zoom(0.5), "=": () => view.zoom(0.5), "-": () => view.zoom(2),
    "0": () => view.all(), Home: () => view.set(0, view.to - view.from),
    End: () => view.set(view.length - (view.to - view.from), view.length),
    ArrowLeft: () => view.pan(-0.2), ArrowRight: () => view.pan(0.2),
  }[event.key];
  if (does) { does(); event.preventDefault(); }
}

// wheel, fingers, and a drag with the mouse that picks a range
function hands(plot, view, area) {
  const pointers = new Map();
  let begun = null, pick = plot.querySelector(".pick");
  const at = x => view.from + clamp((x - area().left) / area().width, 0, 1) * (view.to - view.from);
  const x = event => event.clientX - plot.getBoundingClientRect().left;
  plot.addEventListener("wheel", event => {
    if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(event.deltaY / 300), at(x(event)));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX || event.deltaY) / area().width);
    else return;
    event.preventDefault();
  }, { passive: false });
  plot.addEventListener("dblclick", () => view.all());
  plot.addEventListener("pointerdown", event => {
    if (event.pointerType === "mouse" && event.button) return;
    pointers.set(event.pointerId, x(event));
    begun = { x: x(event), from: view.from, to: view.to, xs: [...pointers.values()] };
    if (event.pointerType === "mouse") plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointermove", event => {
    if (!pointers.has(event.pointerId)) return;
    pointers.set(event.pointerId, x(event));
    const xs = [...pointers.values()], wide = begun.to - begun.from;
    if (xs.length === 2 && begun.xs.length === 2) {
      const [a, b] = begun.xs, [c, d] = xs, factor = Math.max(Math.abs(a - b), 20) / Math.max(Math.abs(c - d), 20);
      const t = begun.from + ((a + b) / 2 - area().left) / area().width * wide, now = wide * factor;
      const from = t - ((c + d) / 2 - area().left) / area().width * now;
      view.set(from, from + now);
    } else if (event.pointerType !== "mouse") {
      const by = (begun.x - xs[0]) / area().width * wide;
      view.set(begun.from + by, begun.to + by);
    } else if (pick && Math.abs(xs[0] - begun.x) > 4) {
      pick.style.display = "block";
      pick.style.left = Math.min(xs[0], begun.x) + "px";
      pick.style.width = Math.abs(xs[0] - begun.x) + "px";
    }
  });
  const over = event => {
    if (!pointers.delete(event.pointerId)) return;
    if (pick && pick.style.display === "block") {
      pick.style.display = "none";
      const times = [at(begun.x), at(x(event))].sort((a, b) => a - b);
      if (event.type === "pointerup") view.set(...times);
    }
    if (pointers.size) begun = { x: [...pointers.values()][0], from: view.from, to: view.to, xs: [...pointers.values()] };
  };
  plot.addEventListener("pointerup", over);
  plot.addEventListener("pointercancel", over);
  plot.addEventListener("keydown", event => onKey(event, view));
}
