//! Simulated servers: how fast each operation goes when so many run.

use crate::adapt::{AdaptRules, Change, Controller, Own, Reading, Work};
use crate::machine::{CpuTime, Machine, Stalled};
use alloc::vec::Vec;
use record::Seconds;

/// A small generator of random numbers (Steele, Lea and Flood, 2014: SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// What the operations are like, and what they run on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// Time of one that runs alone, seconds.
    pub size: f64,
    /// They differ by so much: uniformly, as a share of the size.
    pub spread: f64,
    /// Speed of each where so many run at that time; 1 is that of one alone.
    pub speed: fn(n: f64, at: f64) -> f64,
    /// Part of its time that one alone is on a CPU.
    pub cpu: f64,
    /// What of the rest is for a disk.
    pub disk: f64,
    /// CPUs.
    pub cpus: u32,
    /// Memory that one takes, of all that there is.
    pub memory: f64,
    /// Time that a start takes; one at a time.
    pub start: f64,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub wall: f64,
    /// Each level, and since when.
    pub levels: Vec<(f64, u32)>,
    pub changes: Vec<Change>,
}

impl Trace {
    /// Levels between two times.
    pub(super) fn between(&self, from: f64, to: f64) -> Vec<u32> {
        let at = self.levels.iter().rposition(|(at, _)| *at <= from).unwrap_or(0);
        self.levels[at..].iter().filter(|(at, _)| *at < to).map(|(_, level)| *level).collect()
    }

    /// The level of most of the time between two times.
    pub(super) fn usual(&self, from: f64, to: f64) -> u32 {
        let mut spent: Vec<(u32, f64)> = Vec::new();
        for (i, (at, level)) in self.levels.iter().enumerate() {
            let end = self.levels.get(i + 1).map_or(self.wall, |next| next.0);
            let time = (end.min(to) - at.max(from)).max(0.0);
            match spent.iter_mut().find(|(known, _)| known == level) {
                Some((_, sum)) => *sum += time,
                None => spent.push((*level, time)),
            }
        }
        spent.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(level, _)| level)
    }
}

/// Who says how many run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slots {
    Fixed(u32),
    Adapted(AdaptRules),
}

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// So many operations.
    Ops(u32),
    /// So many seconds.
    Time(f64),
}

struct One {
    key: u32,
    left: f64,
    size: f64,
    start: f64,
}

struct Sim {
    server: Server,
    random: Random,
    now: f64,
    running: Vec<One>,
    begun: u32,
    /// The next start is not possible before.
    free_at: f64,
    busy: f64,
}

fn micros(at: f64) -> Seconds {
    Seconds::from_f64(at)
}

impl Sim {
    fn speed(&self) -> f64 {
        (self.server.speed)(self.running.len() as f64, self.now).max(1e-6)
    }

    fn start(&mut self, control: &mut Option<Controller>) {
        let size = self.server.size * (1.0 + self.server.spread * (2.0 * self.random.part() - 1.0));
        let key = self.begun;
        self.begun += 1;
        self.free_at = self.now + self.server.start;
        self.running.push(One { key, left: size, size, start: self.now });
        if let Some(control) = control {
            control.started(micros(self.now), key, 0);
        }
    }

    /// Lets the time pass.
    fn pass(&mut self, to: f64) {
        let speed = self.speed();
        let passed = (to - self.now).max(0.0);
        for one in &mut self.running {
            one.left -= passed * speed;
        }
        let cpu = self.running.len() as f64 * self.server.cpu * speed;
        self.busy += passed * cpu.min(f64::from(self.server.cpus));
        self.now = to.max(self.now);
    }

    fn end(&mut self, control: &mut Option<Controller>) {
        let now = self.now;
        let (ended, left): (Vec<One>, Vec<One>) =
            self.running.drain(..).partition(|one| one.left <= 1e-7);
        self.running = left;
        for one in ended {
            let cpu = micros(one.size * self.server.cpu);
            let blocks = (one.size * self.server.disk * 4096.0) as u64;
            let work =
                Work { wall: micros(now - one.start), cpu, blocks, waits: 4, ..Work::default() };
            if let Some(control) = control {
                control.ended(micros(now), one.key, &work);
            }
        }
    }

    fn reading(&mut self) -> Reading {
        let n = self.running.len() as u32;
        let mut own = Own::default();
        for _ in 0..n {
            // who has to share is busy for longer
            let busy = (self.server.cpu / self.speed()).min(1.0);
            let draw = self.random.part();
            if draw < busy {
                own.busy += 1;
            } else if draw < busy + self.server.disk {
                own.disk += 1;
            } else {
                own.asleep += 1;
            }
        }
        let all = micros(self.now * f64::from(self.server.cpus));
        let free = (1.0 - self.server.memory * f64::from(n)).max(0.0);
        let machine = Machine {
            available: Some((free * 1e9) as u64),
            total: Some(1_000_000_000),
            cpu: Some(CpuTime { busy: micros(self.busy), all }),
            stalled: Stalled::default(),
            ..Machine::default()
        };
        Reading { machine, own }
    }
}

/// Runs operations on a server.
pub(super) fn run(server: Server, slots: Slots, (until, seed): (Until, u64)) -> Trace {
    let mut control = match slots {
        Slots::Fixed(_) => None,
        Slots::Adapted(rules) => Some(Controller::new(rules, Seconds::ZERO)),
    };
    let mut level = match (slots, &control) {
        (Slots::Fixed(level), _) => level,
        (_, Some(control)) => control.level(),
        _ => 1,
    };
    let mut trace = Trace { levels: alloc::vec![(0.0, level)], ..Trace::default() };
    let mut sim = Sim {
        server,
        random: Random(seed),
        now: 0.0,
        running: Vec::new(),
        begun: 0,
        free_at: 0.0,
        busy: 0.0,
    };
    loop {
        let more = match until {
            Until::Ops(ops) => sim.begun < ops,
            Until::Time(end) => sim.now < end,
        };
        let room = more && (sim.running.len() as u32) < level;
        if room && sim.free_at <= sim.now {
            sim.start(&mut control);
            continue;
        }
        if sim.running.is_empty() && !more {
            break;
        }
        let speed = sim.speed();
        let left = sim.running.iter().map(|one| one.left).fold(f64::INFINITY, f64::min);
        // what the server can do may change meanwhile
        let mut next = (sim.now + left.max(0.0) / speed).min(sim.now + 1.0);
        if room {
            next = next.min(sim.free_at);
        }
        let due = control.as_ref().and_then(Controller::deadline).map(Seconds::as_f64);
        next = due.map_or(next, |due| next.min(due.max(sim.now)));
        sim.pass(next);
        sim.end(&mut control);
        let now = micros(sim.now);
        if control.as_ref().and_then(Controller::deadline).is_some_and(|at| at <= now) {
            let reading = sim.reading();
            let change = control.as_mut().and_then(|control| control.look(now, &reading));
            if let Some(change) = change {
                level = change.to;
                trace.levels.push((sim.now, level));
                trace.changes.push(change);
            }
        }
    }
    trace.wall = sim.now;
    trace
}
