//! Many operations.

use super::with_input;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Operations of the plan.
const OPS: usize = 100_000;
/// How much there is of cpu, and of memory.
const CPU: i64 = 64;
const MEMORY: i64 = 1000;
/// Places to run.
const SLOTS: i64 = 48;

/// The same numbers in every run (Lehmer's generator; Park and Miller, 1988).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 % bound
    }
}

/// What an operation of the plan asks for.
struct Op {
    needs: Vec<usize>,
    tenths: i64,
    cpu: i64,
    memory: i64,
}

fn operations() -> Vec<Op> {
    let mut numbers = Numbers(20_261_121);
    let mut op = |at: usize| Op {
        needs: (0..numbers.below(4).min(at as u64))
            .map(|_| at - 1 - numbers.below(at.min(2000) as u64) as usize)
            .collect(),
        tenths: numbers.below(200) as i64,
        cpu: 1 + numbers.below(4) as i64,
        memory: numbers.below(60) as i64,
    };
    (0..OPS).map(&mut op).collect()
}

fn text_of(ops: &[Op]) -> String {
    let mut text = format!(
        "{{\"type\":\"capacity\",\"jobs\":{SLOTS},\"resources\":{{\"cpu\":{CPU},\"memory\":{MEMORY}}}}}\n"
    );
    for (at, op) in ops.iter().enumerate() {
        let needs: Vec<String> = op.needs.iter().map(|need| format!("\"o{need}\"")).collect();
        writeln!(
            text,
            "{{\"id\":\"o{at}\",\"cmd\":[\"true\"],\"needs\":[{}],\"duration\":{}.{},\
             \"resources\":{{\"cpu\":{},\"memory\":{}}}}}",
            needs.join(","),
            op.tenths / 10,
            op.tenths % 10,
            op.cpu,
            op.memory
        )
        .unwrap();
    }
    text
}

/// A time of the output in tenths of a second.
fn tenths(value: &serde_json::Value) -> i64 {
    (value.as_f64().unwrap() * 10.0).round() as i64
}

#[test]
fn a_hundred_thousand_operations_are_scheduled_within_their_limits() {
    let ops = operations();
    let ran = with_input(&["schedule"], text_of(&ops).as_bytes());
    assert_eq!(ran.status, 0, "{:.300}", ran.err);
    let mut times: Vec<Option<(i64, i64)>> = vec![None; OPS];
    // what is given back and taken, by time: ends come before starts
    let mut changes: BTreeMap<(i64, bool), [i64; 3]> = BTreeMap::new();
    for record in ran.ops() {
        let at: usize = record["id"].as_str().unwrap()[1..].parse().unwrap();
        let (start, end) = (tenths(&record["start"]), tenths(&record["end"]));
        assert_eq!(end - start, ops[at].tenths, "o{at}");
        assert!(times[at].replace((start, end)).is_none(), "o{at} twice");
        if start == end {
            continue;
        }
        let takes = [1, ops[at].cpu, ops[at].memory];
        for (when, sign) in [((start, true), 1), ((end, false), -1)] {
            let sums = changes.entry(when).or_default();
            (0..3).for_each(|i| sums[i] += sign * takes[i]);
        }
    }
    for (at, op) in ops.iter().enumerate() {
        let (start, _) = times[at].unwrap();
        assert!(start >= 0);
        for need in &op.needs {
            assert!(times[*need].unwrap().1 <= start, "o{at} starts before o{need} has ended");
        }
    }
    let mut held = [0; 3];
    for (when, sums) in changes {
        (0..3).for_each(|i| held[i] += sums[i]);
        assert!(held[0] <= SLOTS && held[1] <= CPU && held[2] <= MEMORY, "{held:?} at {when:?}");
    }
    // no more than twice the least that work and slots allow (Graham, 1966, for lists)
    let work: i64 = ops.iter().map(|op| op.tenths * op.cpu).sum();
    let makespan = times.iter().flatten().map(|(_, end)| *end).max().unwrap();
    assert!(makespan < 2 * work / CPU, "{makespan} for work of {}", work / CPU);
}
