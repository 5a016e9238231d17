//! E7: files that were half made when everything was killed.

use crate::peer::NOBODY;
use crate::provoke::{Instants, points};
use crate::scene::Run;
use crate::*;
use std::fs;

/// What each output has when it is whole.
const WHOLE: &str = "half and half";

/// Its writer takes several steps.
const COMMAND: &str = "printf half >{out}; printf ' and' >>{out}; printf ' half' >>{out}";

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

fn made<'a>(scene: &'a Scene, more: &[&str]) -> Run<'a> {
    let words = ["--out", "{}.made", "-j2"].iter().chain(more).copied();
    scene.words(words.chain([COMMAND, ":::"]).chain(KEYS))
}

/// Each file is there and whole, or not there.
fn whole_or_absent(scene: &Scene) -> Outcome {
    for key in KEYS {
        let name = format!("{key}.made");
        let there = fs::read(scene.path(&name)).ok();
        let is_whole = there.as_ref().is_none_or(|bytes| bytes == WHOLE.as_bytes());
        kept!(is_whole, "{name}: {:?}", scene.text(&name));
    }
    Ok(())
}

/// What stands beside the places.
fn debris(scene: &Scene) -> Vec<String> {
    let names = fs::read_dir(scene.dir()).unwrap().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|n| n.starts_with(".pgout")).collect()
}

/// Kills a run, looks, cleans, looks, and runs again.
fn killed_and_cleaned(killing: &[String]) -> Outcome {
    let scene = Scene::new(Peer::Pgtools);
    made(&scene, &[]).under(killing.to_vec()).status()?;
    whole_or_absent(&scene)?;
    let status = made(&scene, &["--clean"]).status()?;
    kept!(status.code() == 0, "--clean: {}", scene.text("err"));
    kept!(debris(&scene).is_empty(), "after --clean: {:?}", debris(&scene));
    whole_or_absent(&scene)?;
    let status = made(&scene, &[]).status()?;
    kept!(status.code() == 0, "{}", scene.text("err"));
    whole_or_absent(&scene)?;
    kept!(KEYS.iter().all(|key| scene.path(&format!("{key}.made")).exists()), "not all are made");
    kept!(debris(&scene).is_empty(), "after a whole run: {:?}", debris(&scene));
    scene.clear();
    Ok(())
}

fn at_random_instants(points: usize) -> Outcome {
    let scene = Scene::new(Peer::Pgtools);
    Instants::of(&made(&scene, &[]))?.each(points, killed_and_cleaned)
}

rows! {
    "P5", NOBODY => fn e7_what_is_half_written_is_not_in_its_place(scene) {
        let mut ready = scene.ear("ready");
        fs::write(scene.path("a.made"), "the old one").unwrap();
        let command = "printf half >{out}; echo up >ready; sleep 1000; printf ' and half' >>{out}";
        let running = scene.words(["--out", "{}.made", command, ":::", "a"]).spawn()?;
        kept!(ready.lines(1).len() == 1, "the command did not start");
        running.signal_group("KILL");
        running.wait()?;
        kept!(scene.text("a.made") == "the old one", "{}", scene.text("a.made"));
        kept!(!debris(scene).is_empty(), "nothing was written beside");
        scene.all_gone(scene::PATIENCE).ok();
        // the next run removes what was left, and a failure leaves the old one there
        let status = scene.words(["--out", "{}.made", "echo new >{out}; exit 3", ":::", "a"]).status()?;
        kept!(status.code() == 1 && debris(scene).is_empty(), "{:?}", debris(scene));
        kept!(scene.text("a.made") == "the old one", "{}", scene.text("a.made"));
        let status = scene.words(["--out", "{}.made", "echo new >{out}", ":::", "a"]).status()?;
        kept!(status.code() == 0 && scene.text("a.made") == "new\n", "{}", scene.text("a.made"));
        Ok(())
    }

    "P5", NOBODY => fn e7_killed_here_and_there(_scene) {
        at_random_instants(8)
    }
}

#[test]
#[ignore = "takes a minute: scripts/faults --crash"]
fn crash_while_outputs_are_made() {
    match at_random_instants(points()) {
        Ok(()) => {}
        Err(Verdict::Skipped(why)) => println!("skipped: {why}"),
        Err(other) => panic!("{other:?}"),
    }
}
