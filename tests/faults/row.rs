//! A row: one fault, the promise it tries, how it is provoked, what came of it.

use crate::peer::Peer;
use crate::scene::Scene;

/// Why a row did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The promise was broken: what was seen.
    Broken(String),
    /// The tool has nothing by which the fault could be tried.
    NotOffered,
    /// This machine cannot provoke the fault: why.
    Skipped(String),
}

/// Nothing is said of a promise that was kept.
pub type Outcome = Result<(), Verdict>;

/// One fault.
#[derive(Clone, Copy)]
pub struct Row {
    /// Id and what is promised, as in `a1_sigkill_leaves_no_survivors`.
    pub name: &'static str,
    /// The promises it tries, as in "P2 P3".
    pub promises: &'static str,
    /// The tools beside ours on which the same row can be tried.
    pub peers: &'static [Peer],
    /// Provokes the fault and judges.
    pub provoke: fn(&Scene) -> Outcome,
}

impl Row {
    /// Its id, as in "A1".
    pub fn id(&self) -> String {
        self.name.split('_').next().unwrap_or_default().to_uppercase()
    }

    /// Provokes the fault on one tool; nothing of it is left behind.
    pub fn on(&self, peer: Peer) -> Outcome {
        let scene = Scene::new(peer);
        let outcome = (self.provoke)(&scene);
        scene.clear();
        outcome
    }

    /// What the test of a row does: ours must keep the promise.
    pub fn must_hold(&self) {
        match self.on(Peer::Pgtools) {
            Ok(()) => {}
            Err(Verdict::Skipped(why)) => println!("skipped: {}: {why}", self.name),
            Err(Verdict::NotOffered) => panic!("{}: ours must offer it", self.name),
            Err(Verdict::Broken(what)) => panic!("{} broken: {what}", self.id()),
        }
    }
}

/// Rows of a group: a constant `ROWS`, and a test for each on pgtools.
///
/// `rows! { "P2", RUNNERS: fn a1_name(scene) { ...; Ok(()) } }`
macro_rules! rows {
    ($($(#[$doc:meta])* $promises:literal, $peers:expr => fn $name:ident($scene:ident) $body:block)*) => {
        /// The rows of this group.
        pub const ROWS: &[$crate::Row] = &[$($crate::Row {
            name: stringify!($name),
            promises: $promises,
            peers: $peers,
            provoke: |$scene: &$crate::Scene| -> $crate::Outcome { $body },
        }),*];
        $(
            $(#[$doc])*
            #[test]
            fn $name() {
                ROWS.iter().find(|row| row.name == stringify!($name)).unwrap().must_hold();
            }
        )*
    };
}
pub(crate) use rows;

/// Ends the row as broken unless the condition holds; the rest is what is said then.
macro_rules! kept {
    ($condition:expr, $($said:tt)+) => {
        let holds: bool = $condition;
        if !holds {
            return Err($crate::Verdict::Broken(format!($($said)+)));
        }
    };
}
pub(crate) use kept;
