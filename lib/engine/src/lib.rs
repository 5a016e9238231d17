//! Which operation next: pure decisions about a run.
//!
//! The engine is told what happened, with [`Engine::handle`], and asked what to
//! do, with [`Engine::poll`], until it has nothing more to say; then it names
//! the time when it wants to be asked again, with [`Engine::deadline`]. It never
//! touches a clock, a file or a process, so a whole run can be simulated: see [`sim`].
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod adapt;
mod arrival;
mod backoff;
mod capacity;
mod check;
mod chunk;
mod class;
mod dispatch;
mod ending;
mod engine;
mod follow;
mod formula;
mod gate;
mod halt;
mod keyed;
mod kinds;
mod left;
mod machine;
mod median;
mod message;
mod mix;
mod op;
mod priority;
mod quiet;
mod rate;
mod ready;
mod replan;
mod satisfy;
mod set_up;
pub mod sim;
mod slots;
mod stopwatch;
mod store;
mod supervise;
mod tally;
mod termseq;
mod timeout;
mod timers;
mod tokens;
mod tune;

pub use arrival::{Arrivals, Pattern, Ramp, RampForm};
pub use backoff::Backoff;
pub use check::Fault;
pub use chunk::Chunk;
pub use class::{FACTOR_UNKNOWN, WorkClass, load_factor};
pub use engine::{Config, Engine, Fallback, Feeding};
pub use follow::Dispatch;
pub use formula::{Formula, FormulaError, NAMES as FORMULA_NAMES, Term, Worth};
pub use gate::{Emergency, Evict, Figure, GateRules, Measure, OwnMemory, Throttle};
pub use halt::{Halt, HaltLimit, HaltOn, HaltWhen};
pub use keyed::{Admission, Brake, Scope};
pub use kinds::{Kind, KindFound, KindLimits};
pub use left::Left;
pub use machine::{CpuTime, Machine, Stalled};
pub use message::{Action, Cancel, Ended, Ending, How, Input, Part, SpawnFailure};
pub use mix::{Mix, MixOrder};
pub use op::{Alternative, Key, Spec, Why};
pub use priority::{Again, PriorityRule, Score};
pub use rate::{Pace, Rate};
pub use satisfy::{Edge, Own, satisfies};
pub use set_up::SetUp;
pub use tally::Tally;
pub use termseq::TermSeq;
pub use timeout::Timeout;
pub use tokens::Pool;
pub use tune::{Level, Step, TuneRules, Tuner, Until};
