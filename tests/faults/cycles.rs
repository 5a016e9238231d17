//! Many processes take one lock again and again, while some of them are stopped, set going
//! again and killed: nobody may be inside twice, nobody may starve.

use crate::f::Locker;
use crate::scene::Scene;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::fmt;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

/// What is done to a lock.
pub struct Torment {
    /// Times that it is asked for, in all.
    pub rounds: usize,
    /// At once.
    pub workers: usize,
    /// Who is stopped or killed, and when, follows from it and from the machine.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// Commands that ran to their end in the lock.
    pub passed: usize,
    /// Times that somebody was killed.
    pub killed: usize,
    /// Times that somebody was stopped.
    pub stopped: usize,
    /// Times that one found another inside.
    pub overlaps: usize,
    /// The smallest share of the rounds that a worker had, 1.0 being what is fair.
    pub worst_share: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { passed, killed, stopped, overlaps, worst_share } = self;
        write!(
            f,
            "{passed} passed, {killed} killed, {stopped} stopped, {overlaps} overlaps, \
             smallest share {worst_share:.2}"
        )
    }
}

/// Random numbers that are the same for the same seed (xorshift64*, Vigna 2016).
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Chance(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// Below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A worker's process, while it is not reaped: its number is nobody else's.
type Place = Mutex<Option<Pid>>;

/// While nothing ends, whoever is stopped is set going again after so long.
const STANDSTILL: Duration = Duration::from_millis(2);

/// Asks for the lock so many times and counts.
pub fn run(scene: &Scene, torment: &Torment) -> Report {
    // a kernel lock tells who is inside, for it ends with its process as the work does
    scene.program(
        "inside",
        "exec 9<>alive 8>>held\nflock -n 8 || echo overlap >>overlaps\necho x >>passed",
    );
    scene.fifo("alive");
    let places: Vec<Place> = (0..torment.workers).map(|_| Place::default()).collect();
    let begun = AtomicUsize::new(0);
    let (tell, ended) = mpsc::channel();
    let (mut stopped, mut killed) = (0, 0);
    let shares: Vec<usize> = std::thread::scope(|scope| {
        let workers: Vec<_> = places
            .iter()
            .map(|place| {
                let (tell, begun) = (tell.clone(), &begun);
                scope.spawn(move || work(scene, place, (begun, torment.rounds), &tell))
            })
            .collect();
        drop(tell);
        let mut chance = Chance::new(torment.seed);
        let mut asleep: VecDeque<usize> = VecDeque::new();
        let wake = |at: usize| signal(&places[at], Signal::SIGCONT, Whom::Group);
        loop {
            match ended.recv_timeout(STANDSTILL) {
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => asleep.drain(..).for_each(wake),
                Ok(()) if chance.one_in(4) => {
                    let at = chance.below(places.len());
                    let whom = if chance.one_in(2) { Whom::Alone } else { Whom::Group };
                    if chance.one_in(3) {
                        killed += 1;
                        signal(&places[at], Signal::SIGKILL, whom);
                    } else {
                        stopped += 1;
                        signal(&places[at], Signal::SIGSTOP, whom);
                        asleep.push_back(at);
                    }
                }
                Ok(()) => {}
            }
            if asleep.len() > 3
                && let Some(at) = asleep.pop_front()
            {
                wake(at);
            }
        }
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // what outlived its wrapper has ended when the lock is free
    let last = Locker::of(scene).command(&[], &["true"]).status();
    assert!(last.unwrap().success(), "the lock is not free in the end");
    let least = shares.iter().copied().min().unwrap_or(0);
    let lines = |file: &str| scene.text(file).lines().count();
    Report {
        passed: lines("passed"),
        killed,
        stopped,
        overlaps: lines("overlaps"),
        worst_share: (least * torment.workers) as f64 / torment.rounds as f64,
    }
}

/// Whom a signal is sent to.
#[derive(Clone, Copy)]
enum Whom {
    /// The wrapper.
    Alone,
    /// The wrapper and its work.
    Group,
}

fn signal(place: &Place, signal: Signal, whom: Whom) {
    if let Some(pid) = *place.lock().unwrap() {
        let to = match whom {
            Whom::Alone => pid,
            Whom::Group => Pid::from_raw(-pid.as_raw()),
        };
        let _ = kill(to, signal);
    }
}

/// Takes the lock until the rounds are used up; how many it had.
fn work(
    scene: &Scene,
    place: &Place,
    rounds: (&AtomicUsize, usize),
    tell: &mpsc::Sender<()>,
) -> usize {
    let mut had = 0;
    while rounds.0.fetch_add(1, Ordering::Relaxed) < rounds.1 {
        let mut command = Locker::of(scene).command(&[], &["./inside"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        *place.lock().unwrap() = Some(pid);
        waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
        *place.lock().unwrap() = None;
        child.wait().unwrap();
        had += 1;
        let _ = tell.send(());
    }
    had
}

/// `scripts/soak` calls this: PG_CYCLES rounds, 10^5 unless said.
#[test]
#[ignore = "takes minutes: scripts/soak"]
fn soak_lock_cycles() {
    let count = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let scene = Scene::new(crate::Peer::Pgtools);
    let (rounds, seed) = (count("PG_CYCLES", 100_000), count("PG_SEED", 1) as u64);
    let report = run(&scene, &Torment { rounds, workers: 16, seed });
    scene.clear();
    println!("lock cycles: {rounds} by 16 processes, seed {seed}: {report}");
    assert_eq!(report.overlaps, 0);
    assert!(report.worst_share > 0.5, "somebody starved");
}
