//! The demo: the five programs together, on the sample module and its stand-ins.

use assert_cmd::Command;
use std::path::Path;

fn demo() -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("scripts/demo"));
    for inherited in ["DEMO_SCALE", "MAKEFLAGS", "PG_RUN"] {
        command.env_remove(inherited);
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_pgrun")).parent().unwrap();
    command.env("PG_BIN", programs).env("NO_COLOR", "1");
    command
}

/// The script itself ends with 1 where a plan, a call log or a status is not as it must be.
#[test]
fn the_demo_holds_what_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let out = demo().env("TMPDIR", folder.path()).output().unwrap();
    let (text, errors) =
        (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}\n{text}\n{errors}", out.status);
    for (letter, planned) in [("A ", "10.0"), ("B ", "6.0"), ("C ", "8.0"), ("D ", "7.0")] {
        let row = text.lines().find(|line| line.starts_with(letter));
        let row = row.unwrap_or_else(|| panic!("no row {letter} in\n{text}"));
        assert!(row.contains(&format!(" {planned} ")), "{row}");
    }
    assert!(errors.contains("(Conflict) Run command extension execution is in progress"));
    assert!(text.contains("10.0 -> 7.0 minutes"), "{text}");
    assert!(!text.contains('\u{1b}') && !errors.contains('\u{1b}'), "colour in a pipe");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "leftovers");
}

#[test]
fn a_scale_that_shows_nothing_is_refused() {
    for scale in ["0.001", "fast", "0", "1.2.3"] {
        let out = demo().env("DEMO_SCALE", scale).output().unwrap();
        assert_eq!(out.status.code(), Some(2), "{scale}");
        assert!(String::from_utf8_lossy(&out.stderr).contains(&format!("DEMO_SCALE is {scale};")));
    }
}
