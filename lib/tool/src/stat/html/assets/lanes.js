// Pictures of ours on a canvas: the Gantt chart of slots, and the lanes of locks.
"use strict";
const RESULTS = ["success", "failure", "error", "timeout", "cancellation", "skip", "open"];
const WORDS = ["success", "failure", "error", "timeout", "cancellation", "skip", "has no end in the log"];

// What both have: a canvas with an axis of time, a hair where the pointer is, a tip.
class Lanes {
  constructor(plot, run, view) {
    this.plot = plot; this.run = run; this.view = view;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "own";
    this.hair = document.createElement("div"); this.hair.className = "hair";
    this.pick = document.createElement("div"); this.pick.className = "pick";
    this.tip = document.createElement("div"); this.tip.className = "tip";
    plot.append(this.canvas, this.hair, this.pick, this.tip);
    hands(plot, view, () => ({ left: LEFT, width: this.width - LEFT - RIGHT }));
    plot.addEventListener("pointermove", event => this.over(event));
    plot.addEventListener("pointerleave", () => { this.hide(); view.point(null, this); });
    view.shows.push(() => this.draw());
    view.points.push((at, by) => this.point(at, by));
  }
  x(t) { return LEFT + (t - this.view.from) / (this.view.to - this.view.from) * (this.width - LEFT - RIGHT); }
  time(x) { return this.view.from + (x - LEFT) / (this.width - LEFT - RIGHT) * (this.view.to - this.view.from); }
  hide() { this.tip.style.display = "none"; }
  point(at) {
    const x = at === null ? -1 : this.x(at);
    this.hair.style.display = x >= LEFT && x <= this.width - RIGHT ? "block" : "none";
    this.hair.style.left = x + "px";
  }
  begin(height) {
    this.width = this.plot.clientWidth; this.height = height;
    const ratio = devicePixelRatio || 1, canvas = this.canvas;
    canvas.width = Math.round(this.width * ratio); canvas.height = Math.round(height * ratio);
    canvas.style.height = height + "px";
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.width, height);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const { step, all } = marks(this.view.from, this.view.to, this.width - LEFT - RIGHT);
    pen.textAlign = "center";
    for (const t of all) {
      const x = Math.round(this.x(t)) + 0.5;
      pen.fillStyle = css("grid"); pen.fillRect(x - 0.5, 20, 1, height - 20);
      pen.fillStyle = css("dim");
      pen.fillText(mark(t, step), clamp(x, 24, this.width - 24), 9);
    }
    return pen;
  }
  name(pen, text, y) {
    pen.fillStyle = css("dim"); pen.textAlign = "right";
    while (text.length > 1 && pen.measureText(text).width > LEFT - 8) text = text.slice(0, -2) + "…";
    pen.fillText(text, LEFT - 6, y);
  }
  say(parts, x, y) {
    const tip = this.tip;
    tip.replaceChildren(...parts.flatMap((part, n) => {
      const line = document.createElement(n ? "span" : "b");
      line.textContent = part;
      return n ? [document.createElement("br"), line] : [line];
    }));
    tip.style.display = "block";
    tip.style.left = clamp(x + 14, 0, Math.max(0, this.width - tip.offsetWidth - 4)) + "px";
    const below = y + 16 + tip.offsetHeight < this.height + 60;
    tip.style.top = (below ? y + 16 : y - tip.offsetHeight - 10) + "px";
  }
}

class Gantt extends Lanes {
  constructor(plot, run, view, colours, status) {
    super(plot, run, view);
    this.colours = colours; this.status = status; this.by = "result"; this.at = -1;
    const bars = run.bars, rows = [];
    for (let n = 0; n < bars.slot.length; n++) {
      const row = rows[rows.length - 1];
      if (row && row.slot === bars.slot[n]) row.end = n + 1;
      else rows.push({ slot: bars.slot[n], begin: n, end: n + 1 });
    }
    this.rows = rows;
    this.row = rows.length <= 24 ? 24 : rows.length <= 60 ? 13 : 6;
    plot.addEventListener("keydown", event => this.key(event));
    this.draw();
  }
  get(n) {
    const b = this.run.bars;
    return { slot: b.slot[n], from: b.from[n] / 1e6, to: (b.from[n] + b.long[n]) / 1e6, busy: b.busy[n] / 1e6, count: b.count[n], failed: b.failed[n],
      id: b.id[n], family: b.family[n], attempt: b.attempt[n], ended: b.ended[n], cause: b.cause[n], waited: b.waited[n] / 1e6, critical: b.critical[n] };
  }
  colour(bar) {
    if (this.by === "result") return bar.count > 1 && bar.failed ? this.colours.failure : this.colours[RESULTS[bar.ended]];
    const place = this.by === "cause" ? bar.cause : bar.family;
    return place < 0 ? this.colours.skip : this.colours.c[place % 10];
  }
  draw() {
    const pen = this.begin(24 + this.rows.length * this.row + 4), { view, row } = this, bars = this.run.bars;
    const every = Math.ceil(14 / row), per = this.run.per_row;
    this.rows.forEach((one, place) => {
      const y = 24 + place * row, height = row - (row > 8 ? 3 : 1);
      if (place % every === 0) this.name(pen, per > 1 ? `${one.slot}–${one.slot + per - 1}` : "slot " + one.slot, y + height / 2);
      for (let n = this.first(one); n < one.end; n++) {
        if (bars.from[n] / 1e6 > view.to) break;
        if ((bars.from[n] + bars.long[n]) / 1e6 < view.from) continue;
        const bar = this.get(n), left = Math.max(this.x(bar.from), LEFT), right = Math.min(this.x(bar.to), this.width - RIGHT);
        const wide = Math.max(right - left, 0.8), seen = wide > 4 ? wide - 1 : wide;
        const full = bar.count > 1 ? clamp(bar.busy / Math.max(bar.to - bar.from, 1e-9) / per, 0.25, 1) : per > 1 ? clamp(1.5 / per, 0.25, 1) : 1;
        pen.globalAlpha = full; pen.fillStyle = this.colour(bar);
        pen.fillRect(left, y, seen, height);
        pen.globalAlpha = 1;
        if (bar.failed && wide < 3) { pen.fillStyle = this.colours.failure; pen.fillRect(left - 0.6, y, Math.max(seen, 1.6), height); }
        if (bar.ended === 6 && wide > 3) this.hatch(pen, left, y, seen, height);
        if (bar.critical) { const thick = height > 8 ? 3 : 2; pen.fillStyle = this.colours.path; pen.fillRect(left, y + height - thick, Math.max(seen, 1), thick); }
        if (n === this.at) { pen.strokeStyle = this.colours.path; pen.lineWidth = 2; pen.strokeRect(left, y, seen, height); }
        if (bar.count === 1 && row > 12 && wide > 34) {
          let text = bar.id.length * 4 > seen ? bar.id.slice(0, Math.ceil(seen / 4)) : bar.id;
          pen.font = "11px system-ui, sans-serif"; pen.textAlign = "left";
          if (pen.measureText(text).width > seen - 8) { while (text.length > 1 && pen.measureText(text + "…").width > seen - 8) text = text.slice(0, -1); text += "…"; }
          if (text.length > 2) { pen.fillStyle = this.colours.on; pen.fillText(text, left + 4, y + height / 2 + 0.5); }
          pen.font = "12px system-ui, sans-serif";
        }
      }
    });
    this.links(pen);
  }
  // how the critical path goes from slot to slot
  links(pen) {
    const y = slot => {
      const place = this.rows.findIndex(row => row.slot <= slot && slot < row.slot + this.run.per_row);
      return place < 0 ? null : 24 + place * this.row + this.row / 2;
    };
    pen.strokeStyle = this.colours.path; pen.lineWidth = 1; pen.setLineDash([3, 3]); pen.beginPath();
    const path = this.run.path;
    let drawn = 0;
    for (let n = 1; n < path.length && drawn < 3000; n++) {
      const [a, b] = [path[n - 1], path[n]];
      if (!a.slot || !b.slot || a.slot === b.slot || b.from < this.view.from || a.to > this.view.to) continue;
      const [ya, yb] = [y(a.slot), y(b.slot)];
      if (ya === null || yb === null) continue;
      const [xa, xb] = [clamp(this.x(a.to), LEFT, this.width - RIGHT), clamp(this.x(b.from), LEFT, this.width - RIGHT)];
      pen.moveTo(xa, ya); pen.lineTo(xb, yb); drawn++;
    }
    pen.stroke(); pen.setLineDash([]);
  }
  hatch(pen, x, y, wide, height) {
    pen.save(); pen.beginPath(); pen.rect(x, y, wide, height); pen.clip();
    pen.strokeStyle = this.colours.path; pen.lineWidth = 1; pen.globalAlpha = 0.5; pen.beginPath();
    for (let at = x - height; at < x + wide; at += 6) { pen.moveTo(at, y + height); pen.lineTo(at + height, y); }
    pen.stroke(); pen.restore();
  }
  // the first bar of a row that may be seen: bars of a row begin in order, and may lie over each other
  first(row) {
    let low = row.begin, high = row.end;
    const at = this.view.from * 1e6, { from } = this.run.bars;
    while (low < high) { const middle = (low + high) >> 1; if (from[middle] < at) low = middle + 1; else high = middle; }
    return this.run.per_row > 1 ? row.begin : Math.max(row.begin, low - 8);
  }
  find(x, y) {
    const row = this.rows[Math.floor((y - 24) / this.row)];
    if (!row || y < 24) return -1;
    let best = -1, near = 4;
    for (let n = this.first(row); n < row.end; n++) {
      const bar = this.get(n), left = this.x(bar.from), right = this.x(bar.to);
      if (left > x + 4) break;
      const away = Math.max(left - x, x - right, 0);
      if (away <= near) { best = n; near = away; }
    }
    return best;
  }
  about(n) {
    const bar = this.get(n), run = this.run;
    const when = `${secs(bar.from)} to ${secs(bar.to)}`;
    const place = run.per_row > 1 ? `slots ${bar.slot} to ${bar.slot + run.per_row - 1}` : `slot ${bar.slot}`;
    if (bar.count > 1) {
      return [`${count(bar.count)} attempts`, `${when}, ${place}`, `busy ${secs(bar.busy)}${bar.failed ? `, ${count(bar.failed)} failed` : ""}`, `first: ${bar.id}`];
    }
    const lines = [bar.id, `${when} (${secs(bar.to - bar.from)}), ${place}`, WORDS[bar.ended] + (bar.attempt > 1 ? `, attempt ${bar.attempt}` : "")];
    if (bar.cause >= 0 && bar.waited > 0) lines.push(`waited ${secs(bar.waited)} before, longest for ${run.causes[bar.cause]}`);
    if (run.families[bar.family] !== undefined) lines.push("family " + run.families[bar.family]);
    if (bar.critical) lines.push("on the critical path");
    return lines;
  }
  over(event) {
    const box = this.plot.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    this.view.point(this.time(x), this);
    const n = this.find(x, y);
    if (n < 0) return this.hide();
    this.say(this.about(n), x, y);
  }
  // from bar to bar
  key(event) {
    if (event.key === "Escape") { this.at = -1; this.hide(); this.draw(); return; }
    const by = { ".": 1, ",": -1, n: 1, p: -1 }[event.key];
    const jump = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by && !jump) return;
    event.preventDefault();
    let at = this.at;
    if (by) at = clamp(at < 0 ? 0 : at + by, 0, this.run.bars.slot.length - 1);
    else {
      const row = this.rows.findIndex(row => row.begin <= at && at < row.end), next = this.rows[clamp(row + jump, 0, this.rows.length - 1)];
      if (!next) return;
      const time = at < 0 ? 0 : this.run.bars.from[at];
      for (at = next.begin; at + 1 < next.end && this.run.bars.from[at + 1] <= time; at++);
    }
    this.at = at;
    const bar = this.get(at);
    if (bar.to < this.view.from || bar.from > this.view.to) {
      const wide = this.view.to - this.view.from, middle = (bar.from + bar.to) / 2;
      this.view.set(middle - wide / 2, middle + wide / 2);
    }
    this.draw();
    const lines = this.about(at), row = this.rows.findIndex(row => row.begin <= at && at < row.end);
    this.say(lines, clamp(this.x((bar.from + bar.to) / 2), LEFT, this.width - 40), 24 + (row + 1) * this.row - 12);
    this.status.textContent = lines.join("; ");
  }
}

// A lane a lock: above who holds it, below who waits.
class Locks extends Lanes {
  constructor(plot, run, view, colours) { super(plot, run, view); this.colours = colours; this.row = 30; this.draw(); }
  draw() {
    const locks = this.run.locks, pen = this.begin(24 + locks.length * this.row + 4), { view, run } = this;
    locks.forEach((lock, place) => {
      const y = 24 + place * this.row;
      this.name(pen, lock.name, y + 12);
      for (const [values, top, height, colour] of [[lock.held, y, 13, this.colours.held], [lock.waiting, y + 14, 12, this.colours.waiting]]) {
        const peak = values.reduce((a, b) => Math.max(a, b), 0);
        if (!peak) continue;
        pen.fillStyle = colour;
        for (let x = LEFT; x < this.width - RIGHT; x++) {
          const first = Math.floor((this.time(x) - run.first_bin) / run.bin), last = Math.floor((this.time(x + 1) - run.first_bin) / run.bin);
          let most = 0;
          for (let n = Math.max(first, 0); n <= Math.min(last, values.length - 1); n++) most = Math.max(most, values[n]);
          if (most > 0.0005) { pen.globalAlpha = 0.25 + 0.75 * most / peak; pen.fillRect(x, top, 1, height); }
        }
        pen.globalAlpha = 1;
      }
    });
  }
  over(event) {
    const box = this.plot.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const lock = this.run.locks[Math.floor((y - 24) / this.row)], t = this.time(x);
    this.view.point(t, this);
    if (!lock || y < 24) return this.hide();
    const n = clamp(Math.floor((t - this.run.first_bin) / this.run.bin), 0, lock.held.length - 1);
    this.say([lock.name, `at ${secs(t)}: held by ${count(lock.held[n] || 0)}, ${count(lock.waiting[n] || 0)} wait`,
      `in all held ${secs(lock.held_s)}, waited for ${secs(lock.waited_s)}`], x, y);
  }
}
