//! Crates of others: from the public registry alone, under licences that `deny.toml`
//! allows, each in one version. Read from what cargo knows without the network.

use crate::{none_of, root, text_of};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// The strings of the list that follows a key of `deny.toml`.
fn list(key: &str) -> Vec<String> {
    let text = text_of("deny.toml");
    let (_, rest) = text.split_once(&format!("\n{key} = [")).unwrap_or_else(|| panic!("no {key}"));
    let (list, _) = rest.split_once("]\n").unwrap();
    list.split('"').skip(1).step_by(2).map(String::from).collect()
}

/// A licence expression is met: all parts of an AND, one part of an OR.
fn met(expression: &str, allowed: &[String]) -> bool {
    let part = |part: &str| {
        let part = part.trim_matches(|c: char| "() ".contains(c));
        let any = part.replace('/', " OR ");
        any.split(" OR ").any(|licence| allowed.iter().any(|one| one == licence.trim()))
    };
    expression.split(" AND ").all(part)
}

#[test]
fn crates_of_others_are_as_deny_toml_allows() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    if !output.status.success() {
        println!("skipped: crates: {}", String::from_utf8_lossy(&output.stderr).trim());
        return;
    }
    let known: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (allowed, registries) = (list("allow"), list("allow-registry"));
    let twice = list("skip");
    let mut wrong = Vec::new();
    let mut versions: BTreeMap<&str, u32> = BTreeMap::new();
    for package in known["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        *versions.entry(name).or_default() += 1;
        let licence = package["license"].as_str().unwrap_or("none");
        if !met(licence, &allowed) {
            wrong.push(format!("{name}: licence {licence}"));
        }
        if let Some(source) = package["source"].as_str()
            && !registries.iter().any(|registry| source == format!("registry+{registry}"))
        {
            wrong.push(format!("{name}: from {source}"));
        }
    }
    let again = versions
        .iter()
        .filter(|(name, count)| **count > 1 && !twice.iter().any(|skipped| skipped == *name));
    wrong.extend(again.map(|(name, count)| format!("{name}: {count} versions")));
    assert!(versions.len() > 20, "cargo knows of {} crates", versions.len());
    none_of("crates of others (deny.toml)", &wrong);
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = ["MIT".to_string(), "Zlib".to_string()];
    for (expression, is_met) in [
        ("MIT OR Apache-2.0", true),
        ("Unlicense/MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
        ("(Apache-2.0 OR MIT) AND Zlib", true),
        ("GPL-3.0", false),
    ] {
        assert_eq!(met(expression, &allowed), is_met, "{expression}");
    }
}
