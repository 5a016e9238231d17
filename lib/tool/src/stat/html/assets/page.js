// Puts the page together: charts over the same time for each run, drawn by uPlot where
// they are lines and areas, by lanes.js where they are slots and locks.
"use strict";
const runs = JSON.parse(document.getElementById("data").textContent);
const UNITS = {
  share: { axis: v => (v * 100).toFixed(0) + " %", value: share },
  bytes: { axis: bytes, value: bytes },
  rate: { axis: v => bytes(v) + "/s", value: v => bytes(v) + "/s" },
  count: { axis: count, value: count },
  per_s: { axis: count, value: v => count(v) + "/s" },
};
// steps of an axis: 1, 2, 5, 10 ... of a binary unit; whole numbers first
const BINARY = [...Array(6).keys()].flatMap(power => [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map(n => n * 1024 ** power));
const WHOLE = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, ...[...Array(12).keys()].flatMap(power => [1, 2, 5].map(n => n * 10 ** power))];
const colours = () => {
  const all = { c: [...Array(10).keys()].map(n => css("c" + n)) };
  for (const name of [...RESULTS, "path", "on", "held", "waiting"]) all[name] = css(name);
  return all;
};

// An axis whose marks never stand closer than words are wide.
function axes(unit, view) {
  const ink = css("dim"), line = { stroke: css("grid"), width: 1 }, font = "12px system-ui, sans-serif";
  return [
    { stroke: ink, font, grid: line, ticks: { show: false }, size: 24, gap: 4,
      splits: u => marks(view.from, view.to, u.bbox.width / devicePixelRatio).all,
      values: (u, all) => { const step = marks(view.from, view.to, u.bbox.width / devicePixelRatio).step; return all.map(t => mark(t, step)); } },
    { stroke: ink, font, grid: line, ticks: { show: false }, size: LEFT, gap: 6, space: 28, ...(unit === "bytes" || unit === "rate" ? { incrs: BINARY } : unit === "count" ? { incrs: WHOLE } : {}),
      values: (u, all) => all.map(v => UNITS[unit].axis(v)) },
  ];
}

// A chart of lines or areas. `make` gives what is to be drawn for the part that is shown.
class Plot {
  constructor(plot, view, spec) {
    this.plot = plot; this.view = view; this.spec = spec;
    hands(plot, view, () => ({ left: LEFT, width: plot.clientWidth - LEFT - RIGHT }));
    view.shows.push(() => this.show());
    view.points.push((at, by) => {
      if (by === this || !this.chart) return;
      const inside = at !== null && at >= view.from && at <= view.to;
      this.chart.setCursor({ left: inside ? this.chart.valToPos(at, "x") : -10, top: -10 }, false);
    });
    this.build();
  }
  build() {
    if (this.chart) this.chart.destroy();
    const { spec, view } = this, narrow = this.plot.clientWidth < 560;
    const tell = u => {
      const left = u.cursor.left, real = u.cursor.event;
      if (real) view.point(left >= 0 ? u.posToVal(left, "x") : null, this);
    };
    const own = spec.series();
    const top = spec.most;
    this.chart = new uPlot({
      width: this.plot.clientWidth, height: narrow ? 170 : 190, padding: [8, RIGHT, 0, 0],
      cursor: { drag: { x: false, y: false }, y: false, focus: { prox: -1 }, points: { size: 6 } },
      legend: { live: true },
      scales: { x: { time: false, range: () => [view.from, view.to] }, y: { range: (u, least, most) => [0, top || Math.max(most * 1.08, spec.least || 1e-9)] } },
      axes: axes(spec.unit, view),
      series: [{ label: "time", value: (u, v) => v == null ? "–" : secs(v) }, ...own.map(one => ({ spanGaps: false, points: { show: false }, width: 1.5,
        value: (u, v, at, n) => v == null ? "–" : UNITS[spec.unit].value(one.raw && n != null ? this.raw[one.raw - 1][n] : v), ...one }))],
      bands: spec.bands ? spec.bands(own) : [],
      hooks: { setCursor: [tell], draw: [u => this.marks(u)] },
    }, this.data(), this.plot);
  }
  data() { const made = this.spec.make(this.view, this.plot.clientWidth); this.raw = made.raw; return made.data; }
  show() {
    if (this.spec.fixed) this.chart.redraw(true, true);
    else this.chart.setData(this.data(), false);
    this.chart.setScale("x", { min: this.view.from, max: this.view.to });
  }
  // what happened to the whole run
  marks(u) {
    const pen = u.ctx;
    pen.save(); pen.strokeStyle = css("dim"); pen.lineWidth = devicePixelRatio; pen.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const one of this.spec.marks || []) {
      if (one.at < this.view.from || one.at > this.view.to) continue;
      const x = u.valToPos(one.at, "x", true);
      pen.beginPath(); pen.moveTo(x, u.bbox.top); pen.lineTo(x, u.bbox.top + u.bbox.height); pen.stroke();
    }
    pen.restore();
  }
}

// Bins that are shown, each few put together: sums or means, with the times at which they begin.
function rebin(run, view, lists, most) {
  const total = lists[0].length, first = clamp(Math.floor((view.from - run.first_bin) / run.bin), 0, total - 1);
  const last = clamp(Math.ceil((view.to - run.first_bin) / run.bin), first + 1, total);
  const group = Math.max(1, Math.ceil((last - first) / most)), x = [], out = lists.map(() => []);
  for (let n = first - first % group; n < last; n += group) {
    x.push(Math.max(0, run.first_bin + n * run.bin));
    lists.forEach((list, which) => {
      let sum = 0;
      for (let k = n; k < Math.min(n + group, total); k++) sum += list[k];
      out[which].push(sum);
    });
  }
  // the last one ends somewhere, too
  const wide = group * run.bin;
  x.push(Math.min(run.length, x[x.length - 1] + wide));
  out.forEach(list => list.push(list[list.length - 1]));
  return { x, out, group, wide };
}

const stepped = () => uPlot.paths.stepped({ align: 1 });
const soft = colour => colour + "40";

function runningSpec(run) {
  return {
    unit: "count", least: 1.05, marks: run.marks,
    series: () => [{ label: "running", stroke: css("c0"), fill: soft(css("c0")), paths: stepped() }],
    make: (view, width) => {
      const { x, out, group } = rebin(run, view, [run.running], Math.max(100, width / 2));
      return { data: [x, out[0].map(v => v / group)] };
    },
  };
}

function throughputSpec(run) {
  return {
    unit: "per_s", marks: run.marks,
    series: () => [{ label: "ended", stroke: css("c2"), fill: soft(css("c2")), paths: stepped() }, { label: "failed", stroke: css("failure"), fill: soft(css("failure")), paths: stepped() }],
    make: (view, width) => {
      const { x, out, wide } = rebin(run, view, [run.ended, run.failed], width / 12);
      return { data: [x, ...out.map(list => list.map(v => v / wide))] };
    },
  };
}

function waitingSpec(run) {
  // drawn from the sum of all down, so that each area lies before the next greater sum
  const lists = run.waiting.map(one => one.means);
  return {
    unit: "count", least: 1.05, marks: run.marks,
    series: () => run.waiting.map((one, n) => ({ label: one.name, stroke: css("c" + n % 10), fill: soft(css("c" + n % 10)), paths: stepped(), raw: n + 1, width: 1 })).reverse(),
    bands: own => own.slice(1).map((one, n) => ({ series: [n + 1, n + 2] })),
    make: (view, width) => {
      const { x, out, group } = rebin(run, view, lists, Math.max(100, width / 2));
      const raw = out.map(list => list.map(v => v / group)), sums = [];
      raw.forEach((list, n) => sums.push(n ? list.map((v, k) => v + sums[n - 1][k]) : list));
      return { data: [x, ...sums.reverse()], raw };
    },
  };
}

function resourceSpec(run, one) {
  const bytesLike = one.whole >= 1048576 || Math.max(...one.means) >= 1048576;
  return {
    unit: bytesLike ? "bytes" : "count", most: one.whole ? one.whole * 1.02 : undefined,
    series: () => [{ label: "held", stroke: css("c2"), fill: soft(css("c2")), paths: stepped() }],
    make: (view, width) => {
      const { x, out, group } = rebin(run, view, [one.means], Math.max(100, width / 2));
      return { data: [x, out[0].map(v => v / group)] };
    },
  };
}

// Lines that were measured; where a point stands for several readings, from the least to the greatest.
function linesSpec(run, chart) {
  const lists = chart.lines.map(line => [line.at, line.mean]);
  const ranges = chart.lines.length <= 6 ? chart.lines.filter(line => line.least) : [];
  ranges.forEach(line => lists.push([line.at, line.least, line.greatest]));
  const data = uPlot.join(lists, lists.map(list => list.slice(1).map(() => 2)));
  const names = chart.lines.map((line, n) => ({ label: line.name, n }));
  return {
    unit: chart.unit, most: chart.most, fixed: true, marks: run.marks,
    series: () => {
      const own = names.map(({ label, n }) => ({ label, stroke: css("c" + n % 10), points: { show: chart.lines[n].at.length < 3, size: 5 } }));
      ranges.forEach(line => {
        const colour = soft(css("c" + chart.lines.indexOf(line) % 10));
        own.push({ label: line.name + ", least", stroke: colour, width: 0.5 }, { label: line.name + ", greatest", stroke: colour, width: 0.5 });
      });
      return own;
    },
    bands: () => ranges.map((line, n) => {
      const at = 1 + names.length + 2 * n;
      return { series: [at + 1, at], fill: soft(css("c" + chart.lines.indexOf(line) % 10)) };
    }),
    make: () => ({ data }),
  };
}

function show(section, run) {
  const view = new View(run.length), plots = [], place = name => section.querySelector(`[data-plot="${name}"]`);
  const status = section.querySelector("[role=status]"), range = section.querySelector(".range");
  const tell = () => { range.textContent = `${secs(view.from)} to ${secs(view.to)}`; };
  view.shows.push(tell); tell();
  section.querySelectorAll(".bar button").forEach(button => button.addEventListener("click", () => ({
    in: () => view.zoom(0.5), out: () => view.zoom(2), left: () => view.pan(-0.5), right: () => view.pan(0.5), all: () => view.all(),
  })[button.dataset.does]()));
  let gantt, locks;
  if (place("gantt")) {
    gantt = new Gantt(place("gantt"), run, view, colours(), status);
    const by = section.querySelector("select.by"), legend = section.querySelector(".legend.of-gantt");
    const say = () => {
      const items = { result: () => RESULTS.map((name, n) => [name, WORDS[n]]).filter((_, n) => run.bars.ended.includes(n) || (n === 1 && run.bars.failed.some(v => v > 0))),
        cause: () => run.causes.map((name, n) => ["c" + n % 10, name]).slice(0, 20).concat(run.bars.cause.includes(-1) ? [["skip", "waited for nothing"]] : []),
        family: () => run.families.map((name, n) => ["c" + n % 10, name]).slice(0, 20) }[by.value]();
      items.push(["path", "critical path"]);
      legend.replaceChildren(...items.map(([name, word]) => {
        const item = document.createElement("li"), box = document.createElement("i");
        box.style.background = `var(--${name})`;
        if (name === "path") box.style.height = "3px";
        item.append(box, word);
        return item;
      }));
    };
    by.addEventListener("change", () => { gantt.by = by.value; gantt.draw(); say(); });
    say();
  }
  if (place("locks")) locks = new Locks(place("locks"), run, view, colours());
  const add = (name, spec) => { const plot = place(name); if (plot) plots.push(new Plot(plot, view, spec)); };
  if (run.running.length) { add("running", runningSpec(run)); add("throughput", throughputSpec(run)); }
  if (run.waiting.length) add("waiting", waitingSpec(run));
  run.resources.forEach((one, n) => add("resource-" + n, resourceSpec(run, one)));
  run.charts.forEach(chart => add(chart.name, linesSpec(run, chart)));
  section.querySelectorAll("button[data-from]").forEach(button => button.addEventListener("click", () => {
    const from = +button.dataset.from, to = +button.dataset.to, room = Math.max((to - from) * 0.25, run.length / 200);
    view.set(from - room, to + room);
    (place("gantt") || section).scrollIntoView({ block: "center" });
    place("gantt")?.focus({ preventScroll: true });
  }));
  const again = () => {
    if (gantt) { gantt.colours = colours(); gantt.draw(); }
    if (locks) { locks.colours = colours(); locks.draw(); }
    plots.forEach(plot => plot.build());
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let wide = section.clientWidth;
  new ResizeObserver(() => { if (Math.abs(section.clientWidth - wide) > 1) { wide = section.clientWidth; requestAnimationFrame(again); } }).observe(section);
}

const sections = [...document.querySelectorAll("section.run")], shown = new Set();
function choose(at) {
  sections.forEach((section, n) => { section.hidden = n !== at; });
  const section = sections[at];
  if (!shown.has(at) && section && section.dataset.run !== undefined) { shown.add(at); show(section, runs[+section.dataset.run]); }
}
const chooser = document.getElementById("run");
if (chooser) chooser.addEventListener("change", () => choose(chooser.selectedIndex));
choose(chooser ? chooser.selectedIndex : 0);
document.documentElement.dataset.ready = "yes";
