use super::*;
use crate::unit::Dialect;
use alloc::string::ToString;

/// Rows: id, duration, group, needs ("-" for none declared, "?x" optional).
fn unit(name: &str, rows: &[(&str, i64, &str, &str)]) -> Unit {
    let mut unit = Unit::new(Dialect::Module, "module.yaml");
    unit.name = name.to_string();
    for (id, secs, group, needs) in rows {
        let words = needs.split(' ').filter(|word| !word.is_empty() && *word != "-");
        let need = |word: &str| Need {
            id: word.trim_start_matches('?').to_string(),
            optional: word.starts_with('?'),
            weak: false,
        };
        let op = Operation {
            id: id.to_string(),
            duration: Some(Seconds::from_secs(*secs)),
            needs: words.map(need).collect(),
            ..Operation::default()
        };
        let group = (!group.is_empty()).then(|| group.to_string());
        unit.drafts.push(Draft {
            op: op.into(),
            group,
            declares: *needs != "-",
            ..Draft::default()
        });
    }
    unit
}

fn plan(units: &[Unit], order: Order) -> Plan {
    Plan::assemble(units.to_vec(), &Options { order, ..Options::default() })
}

fn golden() -> Unit {
    unit(
        "image",
        &[
            ("get-a", 120, "1", ""),
            ("get-b", 180, "1", ""),
            ("put-a", 180, "2", "get-a"),
            ("put-b", 120, "2", "get-b"),
        ],
    )
}

fn length(plan: &Plan) -> i64 {
    plan.times().unwrap().length.as_micros() / 1_000_000
}

#[test]
fn a_barrier_stands_between_groups_and_counts_in_no_figure() {
    let grouped = plan(&[golden()], Order::Auto);
    assert_eq!((grouped.real, grouped.nodes.len()), (4, 5));
    let barrier = &grouped.nodes[4].draft.op;
    assert!(barrier.barrier && barrier.id == "image/barrier-1");
    let ids = |node: usize| -> Vec<&str> {
        grouped.nodes[node].draft.op.needs.iter().map(|need| need.id.as_str()).collect()
    };
    assert_eq!(ids(4), ["get-a", "get-b"]);
    assert_eq!(ids(2), ["get-a", "image/barrier-1"]);
    assert_eq!(grouped.levels().unwrap(), [1, 1, 2, 2, 1]);
    assert_eq!((length(&grouped), grouped.needs().edges()), (360, 2));
    assert_eq!(length(&plan(&[golden()], Order::Deps)), 300);
}

#[test]
fn needs_that_nobody_meets() {
    let rows = [("a", 1, "", "x ?y z"), ("b", 1, "", "a")];
    let options = Options { assume: ["z".to_string()].into(), ..Options::default() };
    let plan = Plan::assemble(vec![unit("m", &rows)], &options);
    assert_eq!(plan.faults.dangling, [Unmet { node: 0, needed: "x".to_string() }]);
    assert_eq!(plan.faults.optional, [Unmet { node: 0, needed: "y".to_string() }]);
    let mut alone = unit("m", &rows[..1]);
    alone.dialect = Dialect::Operation;
    let plan = Plan::assemble(vec![alone], &options);
    assert!(plan.faults.dangling.is_empty() && plan.nodes[0].draft.op.needs.is_empty());
    assert_eq!(plan.faults.alone.len(), 1);
}

#[test]
fn an_id_twice_is_kept_once() {
    let plan =
        plan(&[unit("m", &[("a", 1, "", ""), ("a", 2, "", ""), ("b", 3, "", "a")])], Order::Deps);
    assert_eq!((plan.real, plan.faults.duplicates.len()), (2, 1));
    assert_eq!(length(&plan), 4);
}

#[test]
fn a_module_waits_for_the_sinks_of_another() {
    let first = unit("one", &[("a", 1, "", ""), ("b", 2, "", "")]);
    let mut second = unit("two", &[("c", 4, "", ""), ("d", 8, "", "c"), ("e", 1, "", "")]);
    second.after = vec!["one".to_string(), "zero".to_string()];
    let both = plan(&[second.clone(), first], Order::Auto);
    assert_eq!(length(&both), 14);
    assert_eq!(both.nodes.len(), 6, "many wait for many: a barrier");
    assert_eq!(both.faults.absent_units, [(0, "zero".to_string())]);
    assert_eq!(length(&plan(&[second], Order::Auto)), 12);
}

#[test]
fn some_of_a_plan() {
    let whole = plan(&[golden()], Order::Auto);
    let some = whole.keep(&[true, false, true, false, true]);
    assert_eq!((some.real, some.nodes.len(), length(&some)), (2, 3, 300));
    let ids: Vec<&str> = some.nodes[1].draft.op.needs.iter().map(|n| n.id.as_str()).collect();
    assert_eq!(ids, ["get-a", "image/barrier-1"]);
    assert_eq!(some.nodes[2].draft.op.needs.len(), 1);
}

#[test]
fn without_any_duration_each_counts_one() {
    let mut silent = unit("m", &[("a", 1, "", ""), ("b", 2, "", "a")]);
    silent.drafts.iter_mut().for_each(|draft| draft.op.duration = None);
    let silent = plan(&[silent], Order::Auto);
    assert_eq!((length(&silent), silent.timed), (2, false));
}

#[test]
fn a_module_wide_cycle_is_a_cycle() {
    let backwards = unit("m", &[("a", 1, "", "b"), ("b", 1, "", "")]);
    let plan = plan(&[backwards], Order::List);
    assert_eq!(plan.levels(), Err(Cycle(vec![0, 1])));
}

#[test]
fn barriers_of_the_input_count_in_no_figure() {
    let mut list = unit("m", &[("a", 1, "", ""), ("wait", 0, "", "a"), ("b", 2, "", "wait")]);
    list.dialect = Dialect::Operations;
    list.reading = Dialect::Operations.reading();
    list.drafts[1].op.barrier = true;
    let plan = plan(&[list], Order::Auto);
    assert_eq!((plan.real, plan.nodes.len(), plan.needs().edges()), (2, 3, 0));
    assert_eq!(plan.levels().unwrap(), [1, 2, 1]);
    assert_eq!(length(&plan), 3);
}
