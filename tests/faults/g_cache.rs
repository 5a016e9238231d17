//! G: what is kept to be used again is broken, or missed by several at once.

use crate::provoke::needs_root;
use crate::*;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

const PGPLAN: &str = env!("CARGO_BIN_EXE_pgplan");

/// The words of a view that is made again: it must have been there.
const HIT: &str = "from the cache: ";
/// The words of an entry that is not used.
const UNUSED: &str = "; planned without it";

/// The plan that is asked for, in the folder of the scene.
fn start(scene: &Scene) -> Child {
    let mut command = scene.command(PGPLAN);
    command.args(["plan", "--cache=kept", "ops.ndjson"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What it shows and says; it always ends well.
fn ended(child: Child) -> Result<(Vec<u8>, String), Verdict> {
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    kept!(out.status.code() == Some(0), "{}: {said}", out.status);
    Ok((out.stdout, said))
}

fn write_plan(scene: &Scene, ops: u32) {
    let line = |id| format!("{{\"id\":\"o{id}\",\"cmd\":[\"true\"],\"duration\":1.5}}\n");
    fs::write(scene.path("ops.ndjson"), (0..ops).map(line).collect::<String>()).unwrap();
}

fn the_entry(scene: &Scene) -> PathBuf {
    let paths = fs::read_dir(scene.path("kept")).unwrap().map(|entry| entry.unwrap().path());
    let mut entries = paths.filter(|path| path.extension().is_some_and(|ext| ext == "plan"));
    entries.next().unwrap()
}

/// One damage: its name, what is done to the entry.
type Damage = (&'static str, fn(&Path));

const DAMAGES: [Damage; 5] = [
    ("cut off", |entry| {
        OpenOptions::new().write(true).open(entry).unwrap().set_len(5).unwrap();
    }),
    ("a byte short", |entry| {
        let file = OpenOptions::new().write(true).open(entry).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    }),
    ("a bit flipped", |entry| {
        let mut file = OpenOptions::new().read(true).write(true).open(entry).unwrap();
        let middle = file.metadata().unwrap().len() / 2;
        file.seek(SeekFrom::Start(middle)).unwrap();
        let mut byte = [0];
        file.read_exact(&mut byte).unwrap();
        file.seek(SeekFrom::Start(middle)).unwrap();
        file.write_all(&[byte[0] ^ 4]).unwrap();
    }),
    ("huge", |entry| File::create(entry).unwrap().set_len(1 << 40).unwrap()),
    ("a pipe", |entry| {
        fs::remove_file(entry).unwrap();
        nix::unistd::mkfifo(entry, nix::sys::stat::Mode::S_IRWXU).unwrap();
    }),
];

/// After a damage: the same plan, one line, and the entry is whole again.
fn survives(scene: &Scene, what: &str, plan: &[u8]) -> Outcome {
    let (again, said) = ended(start(scene))?;
    kept!(again == plan, "{what}: another plan, or none");
    let told = said.lines().count() == 1 && said.contains(UNUSED);
    kept!(told, "{what}: says {said:.300}");
    let (again, said) = ended(start(scene))?;
    kept!(again == plan && said.contains(HIT), "{what}: then says {said:.300}");
    Ok(())
}

rows! {
    /// An entry that is broken, however, is one that is not there: it is named, and the plan
    /// is the right one.
    "P5 P12", &[] => fn g8_a_broken_entry_is_none(scene) {
        write_plan(scene, 100);
        let (plan, said) = ended(start(scene))?;
        kept!(said.is_empty() && !plan.is_empty(), "the first says {said}");
        let (again, said) = ended(start(scene))?;
        kept!(again == plan && said.contains(HIT), "the second says {said}");
        for (what, damage) in DAMAGES {
            damage(&the_entry(scene));
            survives(scene, what, &plan)?;
        }
        // of another file the right bytes are the wrong ones
        let entry = the_entry(scene);
        let other = fs::read(&entry).unwrap();
        write_plan(scene, 101);
        let (larger, _) = ended(start(scene))?;
        kept!(larger != plan, "the same plan for more operations");
        fs::remove_file(&entry).unwrap();
        fs::write(the_entry(scene), other).unwrap();
        survives(scene, "the entry of another plan", &larger)
    }

    /// What another user has put there is not believed.
    "P12", &[] => fn g8_an_entry_of_another_user_is_none(scene) {
        needs_root()?;
        write_plan(scene, 100);
        let (plan, _) = ended(start(scene))?;
        chown(the_entry(scene), Some(60_000), None).unwrap();
        survives(scene, "of another user", &plan)
    }

    /// Four that miss the same entry: one plans, three wait for it.
    "P4", &[] => fn g9_of_four_that_miss_one_plans(scene) {
        write_plan(scene, 3000);
        let all: Vec<Child> = (0..4).map(|_| start(scene)).collect();
        let mut plans = Vec::new();
        let mut hits = 0;
        for child in all {
            let (plan, said) = ended(child)?;
            hits += usize::from(said.contains(HIT));
            plans.push(plan);
        }
        kept!(plans.windows(2).all(|two| two[0] == two[1]), "they differ");
        kept!(hits == 3, "{hits} of four were shown what one had made");
        Ok(())
    }
}
