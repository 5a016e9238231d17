//! Scripts and written documents.

use crate::{files_below, installed, none_of, root, shown, text_of};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

fn scripts() -> Vec<PathBuf> {
    let mut found = files_below(&root().join("scripts"));
    // rules and dashboards, which other programs read
    found.retain(|path| path.extension().is_none());
    found.extend(files_below(&root().join(".ci")));
    found.extend(files_below(&root().join("tests/examples/stand-ins")));
    found
}

#[test]
fn scripts_stop_at_the_first_failure() {
    let mut wrong = Vec::new();
    for path in scripts() {
        let text = text_of(&shown(&path));
        if text.lines().next() != Some("#!/usr/bin/env bash") {
            wrong.push(format!("{}: the first line is #!/usr/bin/env bash", shown(&path)));
        }
        if !text.lines().any(|line| line == "set -euo pipefail") {
            wrong.push(format!("{}: lacks set -euo pipefail", shown(&path)));
        }
        if path.metadata().unwrap().permissions().mode() & 0o111 == 0 {
            wrong.push(format!("{}: is not executable", shown(&path)));
        }
    }
    none_of("scripts", &wrong);
}

#[test]
fn scripts_please_shellcheck() {
    if !installed("scripts_please_shellcheck", "shellcheck") {
        return;
    }
    let out = Command::new("shellcheck").args(scripts()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}

const DOCUMENTS: [&str; 3] = ["README.md", "lib/README.md", "CHANGELOG.md"];

/// Links of documents lead somewhere, and so do the paths they name in backquotes.
#[test]
fn documents_name_files_that_exist() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let text = text_of(document);
        let folder = root().join(document).parent().unwrap().to_path_buf();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = link.split('#').next().unwrap_or_default();
            if !folder.join(path).exists() {
                wrong.push(format!("{document}: the link {link} leads nowhere"));
            }
        }
        for name in text.split('`').skip(1).step_by(2) {
            let ours = ["lib/", "tests/", "scripts/", "man/", "bins/", "completions/", ".ci/"];
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
            if plain
                && ours.iter().any(|start| name.starts_with(start))
                && !root().join(name).exists()
            {
                wrong.push(format!("{document}: there is no {name}"));
            }
        }
    }
    none_of("documents name what is not there", &wrong);
}
