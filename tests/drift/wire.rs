//! Golden lines: `tests/wire/vN/KIND.ndjson` holds lines of every record type.
//! They must parse and be written again to the same bytes, for ever. The
//! example of each type is added by `scripts/bless`; a line is never taken away.

use crate::{none_of, root};
use record::RecordDoc;
use std::path::PathBuf;

fn place(doc: &RecordDoc) -> PathBuf {
    let kind = if doc.kind.is_empty() { "operation" } else { doc.kind };
    root().join(format!("tests/wire/v{}/{kind}.ndjson", record::SCHEMA_VERSION))
}

#[test]
fn every_example_is_a_golden_line() {
    let mut wrong = Vec::new();
    for doc in record::catalogue() {
        let place = place(&doc);
        let mut text = std::fs::read_to_string(&place).unwrap_or_default();
        if text.lines().any(|line| line == doc.example) {
            continue;
        }
        if super::blessing() {
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            text.push_str(doc.example);
            text.push('\n');
            std::fs::write(&place, text).unwrap();
        } else {
            wrong.push(format!("{}: lacks {}", crate::shown(&place), doc.example));
        }
    }
    none_of("examples that are no golden lines yet: run scripts/bless", &wrong);
}

#[test]
fn golden_lines_are_written_as_they_were_read() {
    let docs = record::catalogue();
    let mut wrong = Vec::new();
    for path in crate::files_below(&root().join("tests/wire")) {
        let kind = path.file_stem().unwrap().to_string_lossy().into_owned();
        let kind = if kind == "operation" { "" } else { kind.as_str() };
        let Some(doc) = docs.iter().find(|doc| doc.kind == kind) else {
            wrong.push(format!("{}: no record type of this name", crate::shown(&path)));
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let at = format!("{}:{}", crate::shown(&path), number + 1);
            match (doc.rewrite)(line.as_bytes()) {
                Ok(bytes) if bytes == format!("{line}\n").as_bytes() => {}
                Ok(bytes) => {
                    wrong.push(format!("{at}: became {}", String::from_utf8_lossy(&bytes)));
                }
                Err(bad) => wrong.push(format!("{at}:{}: {}", bad.column, bad.what)),
            }
        }
    }
    none_of("lines that every version must read and write unchanged", &wrong);
}

/// A stream that mixes types says the type of each line; the files say it too.
#[test]
fn golden_lines_bear_the_type_of_their_file() {
    for doc in record::catalogue().iter().filter(|doc| !doc.kind.is_empty()) {
        for line in std::fs::read_to_string(place(doc)).unwrap_or_default().lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["type"], doc.kind, "{}", crate::shown(&place(doc)));
        }
    }
}
