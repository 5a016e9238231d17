//! Questions and their answers, and that each is answered by an index.

use super::*;
use proptest::prelude::*;

fn run(number: i64) -> KeptRun {
    let statuses = ["success", "success", "failure", "cut-off"];
    let status = statuses[number as usize % 4];
    KeptRun {
        run: format!("run-{number}"),
        time: Seconds::from_secs(1_700_000_000 + number * 60),
        status: status.to_string(),
        exit: (status != "cut-off").then_some(i32::from(status == "failure")),
        makespan_s: (status != "cut-off").then_some(Seconds::from_secs(number % 100)),
        ops: number as u64 % 7,
        failed: u64::from(status == "failure"),
        host: format!("ci-{}", number % 3),
        command: format!("pgrun -j{} plan-{}.ndjson", number % 5, number % 11),
        file: format!("log-{number:06}.ndjson.zst"),
        bytes: 1000 + number as u64,
        ..KeptRun::default()
    }
}

fn index(count: i64) -> Index {
    let mut index = Index::in_memory(Path::new("test")).unwrap();
    let runs: Vec<KeptRun> = (0..count).map(run).collect();
    index.add(&runs).unwrap();
    index
}

fn query(conditions: &[&str]) -> Query {
    let conditions = conditions.iter().map(|text| text.parse().unwrap()).collect();
    Query { conditions, ..Query::default() }
}

fn plan(index: &Index, text: &str, values: Vec<rusqlite::types::Value>) -> Vec<String> {
    let mut explained = index.db.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    let rows = explained.query_map(params_from_iter(values), |row| row.get(3)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_question_is_answered_by_an_index() {
    let index = index(500);
    let since = Some(Seconds::from_secs(1_700_000_600));
    let asked = [
        (query(&[]), "runs_by_began"),
        (Query { since, ..query(&[]) }, "runs_by_began"),
        (Query { until: since, most: 5, ..query(&["makespan>10"]) }, "runs_by_began"),
        (query(&["status=failure"]), "runs_by_status"),
        (Query { since, ..query(&["status=failure", "ops>2"]) }, "runs_by_status"),
        (query(&["status!=success"]), "runs_by_began"),
        (query(&["host=ci-1"]), "runs_by_host"),
        (query(&["host=ci-1", "status=success"]), "runs_by_host"),
        (query(&["run=run-7"]), "runs_by_run"),
        (query(&["command=pgrun -j1 plan-1.ndjson"]), "runs_by_command"),
        (query(&["command~plan-1"]), "runs_by_began"),
    ];
    let searched = |text: &str, values, by: &str| {
        let plan = plan(&index, text, values);
        assert_eq!(plan.len(), 1, "no sorting: {plan:?}");
        let begin = format!("SEARCH runs USING INDEX {by} ");
        assert!(plan[0].starts_with(&begin), "{text}\n{plan:?}");
    };
    for (query, by) in &asked {
        let (text, values) = query.statement(COLUMNS);
        searched(&text, values, by);
    }
    let two = || vec!["a".to_string().into(), "b".to_string().into()];
    searched(&beginning("run"), two(), "runs_by_run");
    searched(&beginning("file"), two(), "sqlite_autoindex_runs_1");
    searched(SIZE, vec!["a".to_string().into()], "sqlite_autoindex_runs_1");
    let first = plan(&index, FIRST, vec![0.into()]);
    assert!(first[0].starts_with("SEARCH runs USING COVERING INDEX runs_by_began"), "{first:?}");
    let removed = plan(&index, REMOVE, vec!["a".to_string().into()]);
    assert!(removed[0].starts_with("SEARCH runs USING"), "{removed:?}");
    let state = plan(&index, STATE, Vec::new());
    assert!(state[0].starts_with("SEARCH state USING INTEGER PRIMARY KEY"), "{state:?}");
}

#[test]
fn runs_are_told_anew_and_forgotten_and_the_sums_agree() {
    let mut index = index(100);
    index.add(&[KeptRun { bytes: 7, ..run(3) }, run(100)]).unwrap();
    index.remove(["log-000000.ndjson.zst", "nobody"].into_iter()).unwrap();
    let all = index.all().unwrap();
    let state = index.state().unwrap();
    assert_eq!(state.runs, 100);
    assert_eq!(all.len(), 100);
    assert_eq!(state.bytes, all.iter().map(|run| run.bytes).sum::<u64>());
    let digest = index.files().unwrap().iter().fold(0, |all, file| all ^ name::digest(file));
    assert_eq!(state.digest, digest);
    assert_eq!(index.first_began().unwrap(), Some(run(1).time));
    assert_eq!(index.newest(0).unwrap(), Some(run(100)));
    assert_eq!(index.newest(99).unwrap(), Some(run(1)));
    assert_eq!(index.newest(100).unwrap(), None);
    assert_eq!(index.newest(u64::MAX).unwrap(), None);
}

#[test]
fn runs_are_found_by_how_their_names_begin() {
    let index = index(30);
    let found = |name: &str| {
        index.named(name).unwrap().iter().map(|run| run.run.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("run-7"), ["run-7"]);
    assert_eq!(found("run-2").len(), 11);
    assert_eq!(found("log-000012"), ["run-12"]);
    assert!(found("x").is_empty());
}

#[test]
fn what_is_no_condition_is_refused() {
    for (text, says) in [
        ("size>3", "no field \"size\"; there are run, status,"),
        ("makespan>soon", "is no duration"),
        ("ops>many", "\"many\" is no number"),
        ("ops", "write FIELD=VALUE"),
        ("ops~3", "ops is a number"),
        ("", "no field \"\""),
    ] {
        let wrong = text.parse::<Condition>().unwrap_err();
        assert!(wrong.contains(says), "{text}: {wrong}");
    }
    let read: Condition = " makespan >= 1h30m".parse().unwrap();
    assert_eq!(read.value, Value::Number(5_400_000_000));
}

proptest! {
    /// What SQL answers is what the conditions say of each run.
    #[test]
    fn the_index_answers_as_the_runs_themselves(
        picked in prop::collection::vec(0usize..18, 0..4),
        since in prop::option::of(0i64..200),
        until in prop::option::of(0i64..200),
        most in 0u64..50,
    ) {
        let texts = [
            "status=failure", "status!=success", "host=ci-1", "host>ci-0", "run=run-5", "run~9",
            "command~plan-1", "command=pgrun -j1 plan-1.ndjson", "ops>=3", "ops<2", "failed=1",
            "makespan<=30s", "makespan>1m", "exit=0", "exit!=0", "bytes>1100", "signal=9", "file<log-00015",
        ];
        let at = |minutes: i64| Seconds::from_secs(1_700_000_000 + minutes * 60);
        let conditions = picked.iter().map(|at| texts[*at].parse().unwrap()).collect();
        let query = Query { since: since.map(at), until: until.map(at), conditions, most };
        let mut want: Vec<KeptRun> = (0..200).map(run).filter(|run| query.takes(run)).collect();
        want.sort_by_key(|run| std::cmp::Reverse(run.time));
        want.truncate(most as usize);
        prop_assert_eq!(index(200).find(&query).unwrap(), want);
    }
}
