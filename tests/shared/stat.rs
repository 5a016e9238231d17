//! `pgstat` on shared data.

use super::shared;
use assert_cmd::Command;
use serde_json::Value;

#[test]
fn a_real_ninja_log_is_read() {
    let Some(folder) = shared("a_real_ninja_log_is_read", "bench") else { return };
    let output = Command::new(env!("CARGO_BIN_EXE_pgstat"))
        .arg("--json")
        .arg(folder.join(".ninja_log"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let figure = |key: &str| report[key].as_f64().unwrap();
    // the last build of the log ends at 406 ms; it ran p1 to p500 two at a time
    assert_eq!((figure("slots"), &report["source"]), (2.0, &"ninja".into()));
    assert!(figure("ops") > 400.0 && figure("ops") <= 500.0, "{report}");
    assert!(figure("work_s") <= 2.0 * figure("wall_s"), "{report}");
}
