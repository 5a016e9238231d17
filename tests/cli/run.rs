//! `pgrun` from outside.

use crate::tool;

#[test]
fn version_names_the_records() {
    let out = tool("pgrun").arg("--version").output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "pgrun 0.1.0 (records version 1)\n");
}
