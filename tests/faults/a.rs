//! A: the runner dies or is told to stop.

use crate::*;
use std::time::Duration;

/// A runner whose two commands have said that they are at work, each with a child.
fn at_work(scene: &Scene) -> Result<scene::Running, Verdict> {
    scene.op("echo up >ready\nsleep 1000\ntrue");
    let mut ready = scene.ear("ready");
    let running = scene.run(["a", "b"]).spawn()?;
    kept!(ready.lines(2).len() == 2, "the commands did not start");
    Ok(running)
}

/// Nobody of the scene is left.
fn nobody_left(scene: &Scene) -> Outcome {
    match scene.all_gone(Duration::from_secs(10)) {
        Ok(_) => Ok(()),
        Err(left) => Err(Verdict::Broken(format!("{} live on: {left:?}", left.len()))),
    }
}

rows! {
    "P2", RUNNERS => fn a1_sigkill_leaves_no_survivors(scene) {
        let running = at_work(scene)?;
        running.signal("KILL");
        kept!(running.wait()?.signal() == Some(9), "it did not die of SIGKILL");
        nobody_left(scene)
    }
}
