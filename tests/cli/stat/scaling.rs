//! `pgstat scaling`.

use super::{err, out, pgstat};
use crate::tool;
use serde_json::Value;
use std::fmt::Write as _;

const TABLE: &str =
    "load,tput\r\n1,1\r\n2,1.8868\r\n4,3.0769\r\n6,3.5294\r\n8,3.5398\r\n10,3.3557\r\n";

#[test]
fn coefficients_have_a_line_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep.csv");
    std::fs::write(&path, TABLE).unwrap();
    let output = tool("pgstat").args(["scaling", "--fit"]).arg(&path).arg(&path).output().unwrap();
    assert_eq!((err(&output), out(&output).lines().count()), (String::new(), 2));
    let line: Value = serde_json::from_str(out(&output).lines().next().unwrap()).unwrap();
    assert_eq!(line.as_object().unwrap().len(), 4);
    assert_eq!(line["dataset"], "sweep");
    for (key, right) in [("sigma", 0.02), ("kappa", 0.02), ("lambda", 1.0)] {
        assert!((line[key].as_f64().unwrap() - right).abs() < 1e-3 * right, "{line}");
    }
}

#[test]
fn a_table_is_told_with_its_laws() {
    let text = out(&pgstat(&["scaling"], TABLE));
    for part in ["stdin: 6 measurements", "Amdahl", "USL", "kappa", "bound by coherence"] {
        assert!(text.contains(part), "{text}");
    }
    let few = pgstat(&["scaling", "--fit"], "n,x\n1,3\n");
    assert_eq!(few.status.code(), Some(65));
    assert!(err(&few).contains("needs throughputs at two concurrencies"), "{}", err(&few));
    let bad = pgstat(&["scaling"], "n,x\n1,3\n2,y\n4,5\n8,6\n");
    assert_eq!(bad.status.code(), Some(65));
    assert_eq!(err(&bad), "pgstat: standard input:3:3: 'y' is no number\n");
    assert_eq!(pgstat(&["scaling"], "").status.code(), Some(65));
}

/// A download of 1 MB a second that shares 4 MB a second with those beside it, on a simulated
/// clock: the job logs of runs at different -j.
fn downloads(jobs: usize) -> String {
    let (files, size, one, bandwidth) = (48, 3.0, 1.0, 4.0f64);
    let mut log =
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n".to_string();
    let took = size / f64::min(one, bandwidth / jobs as f64);
    for file in 0..files {
        let start = 1_700_000_000.0 + (file / jobs) as f64 * took;
        writeln!(log, "{}\t:\t{start:.3}\t{took:.3}\t0\t0\t0\t0\tget {file}", file + 1).unwrap();
    }
    log
}

#[test]
fn the_knee_of_a_limited_download_is_bandwidth_over_the_rate_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tool("pgstat");
    command.args(["scaling", "--json"]);
    for jobs in [1, 2, 3, 4, 6, 8, 12, 16] {
        let path = folder.path().join(format!("j{jobs}.tsv"));
        std::fs::write(&path, downloads(jobs)).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert_eq!(err(&output), "");
    let last: Value = serde_json::from_str(out(&output).lines().last().unwrap()).unwrap();
    assert_eq!((&last["n"], &last["bound"]), (&Value::from(8), &Value::from("limit")), "{last}");
    let knee = last["knee"].as_f64().unwrap();
    assert!((knee - 4.0).abs() < 0.2, "{last}");
}
