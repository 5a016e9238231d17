//! A simulated runner on the simulated machine: slots, needs, locks, amounts, retries,
//! timeouts. What it does is told as pgrun tells it.

use super::machine::{Machine, STEP, Task};
use super::table::Injected;
use std::collections::BTreeMap;

/// One operation.
#[derive(Clone, Debug, Default)]
pub struct Op {
    /// Its name.
    pub id: String,
    /// First word of its command.
    pub head: String,
    /// Places of what it needs.
    pub needs: Vec<usize>,
    /// The lock it holds.
    pub lock: String,
    /// Amounts it holds.
    pub amounts: BTreeMap<String, f64>,
    /// Attempts that fail.
    pub fails: u32,
    /// When an attempt is ended.
    pub timeout: Option<f64>,
    /// What an attempt does.
    pub work: Task,
    hangs: bool,
    ended: bool,
    attempt: u32,
    ready: Option<f64>,
    after: f64,
    blocked: BTreeMap<String, f64>,
    running: Option<Running>,
}

#[derive(Clone, Debug)]
struct Running {
    slot: usize,
    start: f64,
    spawn: f64,
    task: Task,
}

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Place of its operation.
    pub op: usize,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The last one.
    pub last: bool,
    /// Its slot, from 1.
    pub slot: usize,
    /// When.
    pub start: f64,
    /// When.
    pub end: f64,
    /// Time its start took.
    pub spawn: f64,
    /// Time from being ready to being started.
    pub queued: f64,
    /// The same by cause.
    pub blocked: BTreeMap<String, f64>,
    /// What it did.
    pub task: Task,
    /// "success", "failure" or "timeout".
    pub result: &'static str,
}

/// What is told, in its order.
#[derive(Clone, Debug)]
pub enum Event {
    /// An attempt begins: operation, attempt, slot, time.
    Start(usize, u32, usize, f64),
    /// It has ended.
    End(Box<Ended>),
    /// Another one is due: operation, attempt, time, pause.
    Retry(usize, u32, f64, f64),
}

/// The runner.
#[derive(Debug)]
pub struct Runner<'a> {
    row: &'a Injected,
    /// All operations.
    pub ops: Vec<Op>,
    /// What happened.
    pub events: Vec<Event>,
    now: f64,
    spawner_free: f64,
}

/// Numbers that differ, the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }
}

impl<'a> Runner<'a> {
    /// A run that is about to begin.
    pub fn new(row: &'a Injected, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut ops: Vec<Op> = Vec::new();
        for (number, group) in row.groups.iter().enumerate() {
            let before = ops.len();
            for place in 0..group.count {
                let does = |name: &str| group.does.get(name, 0.0);
                let factor = 1.0 + does("vary") * (2.0 * random.next() - 1.0);
                let left = ["cpu", "disk", "net", "wait", "out"].map(|name| does(name) * factor);
                let mut needs: Vec<usize> =
                    if group.after { (0..before).collect() } else { vec![] };
                needs.extend((group.chain && place > 0).then(|| ops.len() - 1));
                ops.push(Op {
                    id: format!("op-{}-{}", number + 1, place + 1),
                    head: format!("step{}", ["a", "b", "c", "d"][number]),
                    needs,
                    lock: group.lock.clone(),
                    amounts: group.does.of("need."),
                    fails: does("fails") as u32,
                    timeout: Some(does("timeout")).filter(|time| *time > 0.0),
                    work: Task {
                        left,
                        portion: left.map(|all| all / 4.0),
                        memory: does("mem"),
                        ..Task::default()
                    },
                    hangs: does("hang") > 0.0,
                    ..Op::default()
                });
            }
        }
        Runner { row, ops, events: Vec::new(), now: 0.0, spawner_free: 0.0 }
    }

    /// Runs to the end; `sample` is called once a second.
    pub fn run(&mut self, mut sample: impl FnMut(f64, &Runner<'_>, &mut Machine)) {
        let mut machine = Machine::new(&self.row.machine);
        while self.ops.iter().any(|op| !op.ended) {
            self.start_all(&machine);
            let mut tasks: Vec<&mut Task> = self
                .ops
                .iter_mut()
                .filter_map(|op| op.running.as_mut())
                .filter(|running| running.start + running.spawn <= self.now)
                .map(|running| &mut running.task)
                .collect();
            machine.step(&mut tasks);
            self.now += STEP;
            self.end_all();
            if machine.sums.time >= 1.0 - STEP / 2.0 {
                sample(self.now, self, &mut machine);
            }
        }
        if machine.sums.time > 0.1 {
            sample(self.now, self, &mut machine);
        }
    }

    fn is_ready(&self, op: &Op, place: usize) -> bool {
        let feed = self.row.machine.get("feed", 1e9);
        !op.ended
            && op.running.is_none()
            && op.needs.iter().all(|need| self.ops[*need].ended)
            && place as f64 / feed <= self.now
    }

    fn start_all(&mut self, machine: &Machine) {
        let slots = self.row.machine.get("slots", 4.0) as usize;
        let slot_of = |op: &Op| op.running.as_ref().map(|running| running.slot);
        let mut taken: Vec<usize> = self.ops.iter().filter_map(slot_of).collect();
        for place in 0..self.ops.len() {
            if !self.is_ready(&self.ops[place], place) {
                continue;
            }
            if self.ops[place].ready.is_none() {
                self.ops[place].ready = Some(self.now);
            }
            let slot = (1..=slots).find(|slot| !taken.contains(slot));
            match self.cause(place, (slot, machine)) {
                Some(cause) => *self.ops[place].blocked.entry(cause).or_default() += STEP,
                None => {
                    self.start(place, slot.unwrap_or(1));
                    taken.extend(slot);
                }
            }
        }
    }

    /// Why it cannot start.
    fn cause(&self, place: usize, (slot, machine): (Option<usize>, &Machine)) -> Option<String> {
        let op = &self.ops[place];
        let running = || self.ops.iter().filter(|other| other.running.is_some());
        if op.after > self.now {
            return Some("retry".to_string());
        }
        if machine.is_full() {
            return Some("output".to_string());
        }
        if slot.is_none() {
            return Some("slot".to_string());
        }
        for (name, amount) in &op.amounts {
            let held: f64 = running().filter_map(|other| other.amounts.get(name)).sum();
            if held + amount > self.row.machine.get(&format!("cap.{name}"), 1e9) {
                return Some(format!("resource:{name}"));
            }
        }
        if !op.lock.is_empty() && running().any(|other| other.lock == op.lock) {
            return Some(format!("lock:{}", op.lock));
        }
        (self.spawner_free > self.now + 1e-9).then(|| "start".to_string())
    }

    fn start(&mut self, place: usize, slot: usize) {
        let spawn = self.row.machine.get("spawn", 0.0005);
        let op = &mut self.ops[place];
        op.attempt += 1;
        let mut task = op.work.clone();
        task.hangs = op.hangs && (op.fails == 0 || op.attempt <= op.fails);
        op.running = Some(Running { slot, start: self.now, spawn, task });
        self.spawner_free = self.now + if spawn < STEP { 0.0 } else { spawn };
        self.events.push(Event::Start(place, op.attempt, slot, self.now));
    }

    fn end_all(&mut self) {
        let (now, pause) = (self.now, self.row.machine.get("pause", 1.0));
        for (place, op) in self.ops.iter_mut().enumerate() {
            let Some(running) = op.running.as_ref() else { continue };
            let late = op.timeout.is_some_and(|timeout| now - running.start >= timeout);
            if !late && !running.task.is_done() {
                continue;
            }
            let Some(running) = op.running.take() else { continue };
            let bad = op.attempt <= op.fails;
            let last = !bad;
            let ready = op.ready.take().unwrap_or(running.start);
            let mut blocked = std::mem::take(&mut op.blocked);
            if running.task.output_wait > 0.0 {
                *blocked.entry("output".to_string()).or_default() += running.task.output_wait;
            }
            self.events.push(Event::End(Box::new(Ended {
                op: place,
                attempt: op.attempt,
                last,
                slot: running.slot,
                start: running.start,
                end: now,
                spawn: running.spawn,
                queued: running.start - ready,
                blocked,
                task: running.task,
                result: if late { "timeout" } else { ["success", "failure"][usize::from(bad)] },
            })));
            op.ended = last;
            if bad {
                (op.after, op.ready) = (now + pause, Some(now));
                self.events.push(Event::Retry(place, op.attempt + 1, now, pause));
            }
        }
    }
}
