use super::*;
use crate::assemble::Options;
use crate::unit::{Dialect, Total};
use alloc::vec;
use record::Need;

fn draft(id: &str, group: &str, needs: &[&str], locks: &[&str]) -> Draft {
    let op = Operation {
        id: id.to_string(),
        needs: needs.iter().map(|id| Need::from(*id)).collect(),
        locks: locks.iter().map(|name| LockAsk::exclusive(*name)).collect(),
        duration: Some(Seconds::from_secs(10)),
        source: format!("m.yaml:{}", id.len()),
        ..Operation::default()
    };
    let group = (!group.is_empty()).then(|| group.to_string());
    Draft { op: op.into(), group, declares: !needs.is_empty(), ..Draft::default() }
}

fn lint(unit: Unit) -> Vec<String> {
    let groups = Groups::of(core::slice::from_ref(&unit));
    let plan = Plan::assemble(vec![unit], &Options::default());
    let makespan = plan.times().ok().map(|times| times.length);
    let mut all = graph_findings(&plan);
    all.extend(body_findings(&plan));
    all.extend(advice(&plan, &groups, makespan));
    let line = |f: &Finding| format!("{} {}", f.severity.word(), f.message);
    all.iter().map(line).collect()
}

#[test]
fn everything_is_noticed() {
    let mut unit = Unit::new(Dialect::Module, "m.yaml");
    unit.drafts = vec![
        draft("a", "", &["gone"], &[]),
        draft("b", "1", &[], &["vm"]),
        draft("c", "1", &["b"], &["vm"]),
        draft("a", "", &[], &[]),
    ];
    unit.drafts[1].body = Body::Missing("has no operation file".into());
    unit.drafts[2].made_of = vec!["a".into(), "z".into()];
    unit.total = Some(Total { expected: Seconds::from_secs(1), line: 9 });
    unit.unlisted = vec!["u".into()];
    assert_eq!(
        lint(unit),
        [
            "error the id a is used twice (first: m.yaml:1)",
            "error a requires gone, which is not in this plan",
            "error b has no operation file",
            "warning c depends on b in the same parallel_group 1",
            "warning parallel_group 1: two operations need vm; they will queue: b, c",
            "warning c is composed of a, planned too",
            "warning total_duration.expected is 1 s; the plan needs 30 s",
            "note 1 operation file is listed by no module entry: u",
        ]
    );
}

#[test]
fn a_cycle_is_spelled_out() {
    let mut unit = Unit::new(Dialect::Lab, "m.yaml");
    unit.drafts = vec![draft("a", "", &["b"], &[]), draft("b", "", &["a"], &[])];
    assert_eq!(lint(unit), ["error cycle: a -> b -> a"]);
    let long = Cycle((0..1000).collect());
    let told = cycle_finding(&long, |node| node.to_string(), "").message;
    assert!(told.ends_with("-> 59 -> ... 940 more ... -> 0"), "{told}");
}

#[test]
fn places_are_cut_from_sources() {
    let cut = |source| {
        let f = finding(Severity::Note, "x", source);
        (f.file, f.line)
    };
    assert_eq!(cut("a:b.yaml:7"), ("a:b.yaml".to_string(), Some(7)));
    assert_eq!(cut("standard input"), ("standard input".to_string(), None));
}
