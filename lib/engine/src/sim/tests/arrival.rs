//! Open and closed loops on the simulated machine, beside queueing theory.

extern crate std;

use super::*;

/// The chance that an M/D/1 customer waits no longer than `t` service times, at load `rho`
/// (Erlang 1909; Crommelin 1932): alternating terms, which stay exact for the loads here.
fn waits_at_most(t: f64, rho: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..=(t as u32) {
        let x = rho * (t - f64::from(k));
        let mut term = libm::exp(x);
        (1..=k).for_each(|n| term *= -x / f64::from(n));
        sum += term;
    }
    (1.0 - rho) * sum
}

/// Quantile of the latency, wait and service, in service times.
fn latency(share: f64, rho: f64) -> f64 {
    let (mut low, mut high) = (0.0, 30.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if waits_at_most(middle, rho) < share { low = middle } else { high = middle }
    }
    1.0 + high
}

/// Latencies from the intended start, in service times, of one server whose service takes
/// exactly 10 ms.
fn simulated(rho: f64, (count, seed): (usize, u64)) -> Vec<f64> {
    let service = Seconds::from_micros(10_000);
    let pattern = Pattern::Poisson { rate: rho * 100.0, seed };
    let arrivals = Some(Arrivals { pattern, ramp: None, until: None });
    let config = Config { jobs: 1, feeding: Feeding::Lines, arrivals, ..Config::default() };
    let mut engine = Engine::new(config);
    let mut now = Seconds::ZERO;
    let mut ends: Option<Seconds> = None;
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        if engine.wants_input(now) {
            engine.handle(now, Input::Op(0, Box::default()));
        }
        match engine.poll(now) {
            Some(Action::Spawn { .. }) => ends = Some(now + service),
            Some(Action::End(ended)) => {
                let intended = ended.intended.expect("an open loop");
                all.push((now - intended).as_f64() / service.as_f64());
            }
            Some(other) => panic!("{other:?}"),
            None => {
                now = ends.or(engine.deadline()).expect("the engine hangs");
                if ends.take().is_some() {
                    engine.handle(now, Input::Exited(0, Ending::Exit(0)));
                    engine.handle(now, Input::Over(0, None));
                }
            }
        }
    }
    all.sort_by(f64::total_cmp);
    all
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

#[test]
fn the_formula_is_the_known_one() {
    // mean wait by Pollaczek 1930 and Khinchine 1932: rho / 2 (1 - rho) service times
    for rho in [0.5, 0.7, 0.9] {
        let step = 0.01;
        let mean: f64 =
            (0..2500).map(|n| step * (1.0 - waits_at_most((f64::from(n) + 0.5) * step, rho))).sum();
        let known = rho / (2.0 * (1.0 - rho));
        assert!((mean / known - 1.0).abs() < 0.01, "{rho}: {mean} of {known}");
    }
    assert!((waits_at_most(0.0, 0.5) - 0.5).abs() < 1e-9, "who finds nobody does not wait");
}

#[test]
fn an_open_loop_is_the_queue_of_theory() {
    for (rho, count) in [(0.5, 100_000), (0.7, 200_000), (0.8, 300_000), (0.9, 1_000_000)] {
        let all = simulated(rho, (count, 11));
        for share in [0.5, 0.99] {
            let (found, known) = (quantile(&all, share), latency(share, rho));
            let off = found / known - 1.0;
            std::println!("{rho} {share}: {found:.3} of {known:.3}, {:+.2} %", off * 100.0);
            assert!(off.abs() < 0.03, "{rho} {share}: {found} of {known}");
        }
    }
}

/// A server that stands still for a second: from the intended start it is seen, from the
/// real one (what a closed loop measures) it is one slow answer of many.
#[test]
fn a_stall_is_seen_from_the_intended_start() {
    let arrivals =
        Some(Arrivals { pattern: Pattern::Even(100.0), ramp: None, until: Some(secs(10)) });
    let config = Config { jobs: 1, feeding: Feeding::Lines, arrivals, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    for seq in 1..=2000 {
        let runs = Seconds::from_micros(if seq == 500 { 1_000_000 } else { 1_000 });
        sim.add_later(Seconds::ZERO, spec("", seq, &[]), Script { runs, ..Script::default() });
    }
    sim.run().expect("the engine hangs");
    let ends: Vec<(Seconds, Seconds)> = sim
        .actions()
        .filter_map(|(at, action)| match action {
            Action::End(ended) => Some((at, ended.intended?)),
            _ => None,
        })
        .collect();
    assert_eq!(ends.len(), 1000, "100 a second for 10 s, however it went");
    let mut latency: Vec<f64> = ends.iter().map(|(at, due)| (*at - *due).as_f64()).collect();
    latency.sort_by(f64::total_cmp);
    let p99 = quantile(&latency, 0.99);
    assert!(p99 > 0.85 && p99 < 1.0, "{p99}");
    let mut service: Vec<f64> =
        sim.spans().iter().map(|(_, from, to)| (*to - *from).as_f64()).collect();
    service.sort_by(f64::total_cmp);
    assert!(quantile(&service, 0.99) < 0.002, "{}", quantile(&service, 0.99));
}
