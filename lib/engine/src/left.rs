//! What is left of a run: for those who want to know when it will end.

use crate::engine::Engine;
use crate::op::{Key, State};
use record::Seconds;

/// What has not been decided yet, by the durations that were expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Operations, without barriers.
    pub ops: u64,
    /// Those of them of which no duration is expected.
    pub unknown: u64,
    /// Sum of the durations that are expected.
    pub work: Seconds,
    /// The longest path.
    pub path: Seconds,
}

impl Engine {
    /// Places to run.
    pub fn slots(&self) -> u32 {
        self.slots.limit()
    }

    /// What is left when running operations have spent so much of their duration.
    pub fn left(&self, spent: impl Fn(Key) -> Seconds) -> Left {
        let mut left = Left::default();
        for (key, op) in self.ops.iter().enumerate() {
            let Some(op) = op.as_ref().filter(|op| !op.spec.barrier) else { continue };
            let done = match op.state {
                State::Done(_) => continue,
                State::Running { .. } => spent(key as Key).min(op.spec.duration),
                _ => Seconds::ZERO,
            };
            left.ops += 1;
            left.unknown += u64::from(op.spec.duration == Seconds::ZERO);
            left.work += op.spec.duration - done;
            left.path = left.path.max(op.tail - done);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Config, Ending, Input, Spec};
    use alloc::boxed::Box;
    use alloc::string::ToString;
    use record::Need;

    fn spec(seq: u64, duration: i64, needs: &[&str]) -> Box<Spec> {
        let need = |id: &&str| Need::from(*id);
        Box::new(Spec {
            id: seq.to_string(),
            seq,
            duration: Seconds::from_secs(duration),
            needs: needs.iter().map(need).collect(),
            ..Spec::default()
        })
    }

    #[test]
    fn the_path_and_the_work_shrink_as_operations_run() {
        let mut engine = Engine::new(Config { jobs: 2, ..Config::default() });
        let now = Seconds::ZERO;
        engine.handle(now, Input::Op(0, spec(1, 10, &[])));
        engine.handle(now, Input::Op(1, spec(2, 30, &["1"])));
        engine.handle(now, Input::Op(2, spec(3, 5, &[])));
        engine.handle(now, Input::Op(3, spec(4, 0, &[])));
        engine.handle(now, Input::EndOfInput);
        assert!(engine.check().is_empty());
        let secs = Seconds::from_secs;
        let left =
            |ops, unknown, work, path| Left { ops, unknown, work: secs(work), path: secs(path) };
        let whole = left(4, 1, 45, 40);
        assert_eq!(engine.left(|_| Seconds::ZERO), whole);
        while let Some(action) = engine.poll(now) {
            assert!(matches!(action, Action::Spawn { .. }));
        }
        // 1 and 3 run; 3 takes longer than it should
        let spent = |key| if key == 0 { secs(4) } else { secs(7) };
        assert_eq!(engine.left(spent), left(4, 1, 36, 36));
        engine.handle(now, Input::Exited(0, Ending::Exit(0)));
        engine.handle(now, Input::Over(0, None));
        while engine.poll(now).is_some() {}
        assert_eq!(engine.left(|_| Seconds::ZERO), left(3, 1, 35, 30));
    }
}
