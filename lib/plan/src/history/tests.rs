use super::dice::Dice;
use super::*;
use crate::graph::Graph;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec;

fn done(id: &str, cmd: &str, took: f64) -> Done {
    Done { id: id.into(), cmd: cmd.into(), took: Seconds::from_f64(took), ..Done::default() }
}

fn run(name: &str, done: Vec<Done>) -> Run {
    let makespan = done.iter().map(|done| done.took).max();
    Run { name: name.into(), done, makespan }
}

fn asked(id: &str, cmd: &str) -> Ask {
    Ask { id: id.into(), cmd: cmd.into(), ..Ask::default() }
}

/// About normal: the sum of twelve shares, less six.
fn normal(dice: &mut Dice) -> f64 {
    (0..12).map(|_| dice.share()).sum::<f64>() - 6.0
}

/// Runs of one operation that took these times.
fn past(times: &[f64]) -> History {
    let runs = times.iter().map(|took| run("", vec![done("a", "", *took)]));
    History::new(runs.collect())
}

fn secs(time: Option<Seconds>) -> f64 {
    time.map_or(f64::NAN, Seconds::as_f64)
}

#[test]
fn nine_of_ten_of_the_next_durations_are_inside() {
    let mut dice = Dice::new(7);
    let operations = 400;
    for runs in [5, 20, 60] {
        let mut next = || -> Vec<Done> {
            let one = |at: usize| {
                let took = (10.0 + at as f64 / 10.0) * libm::exp(0.2 * normal(&mut dice));
                done(&format!("op{at}"), "", took)
            };
            (0..operations).map(one).collect()
        };
        let history = History::new((0..runs).map(|_| run("", next())).collect());
        let outlook = history.outlook(None);
        let (mut inside, mut under, mut told) = (0, 0, 0.0);
        for done in next() {
            let forecast = outlook.forecast(&asked(&done.id, ""));
            let (low, high) = forecast.interval.unwrap();
            inside += u32::from((low..=high).contains(&done.took));
            under += u32::from(done.took <= forecast.p90.unwrap());
            told += forecast.inside.unwrap() / operations as f64;
        }
        let share = |count: u32| f64::from(count) / operations as f64;
        assert!((0.85..=0.95).contains(&share(inside)), "{runs} runs: {}", share(inside));
        assert!((0.85..=0.95).contains(&share(under)), "{runs} runs, p90: {}", share(under));
        assert!((share(inside) - told).abs() < 0.05, "{runs} runs: confidence {told}");
    }
}

#[test]
fn each_way_back_to_the_past() {
    let runs = (0..6).map(|_| {
        run(
            "",
            vec![
                done("fetch", "curl x", 5.0),
                done("page-1", "convert 1.tif", 30.0),
                done("page-2", "convert 2.tif", 32.0),
            ],
        )
    });
    let history = History::new(runs.collect());
    let outlook = history.outlook(None);
    let timeout = Some(Seconds::from_secs(60));
    for (ask, basis, median, n) in [
        (asked("fetch", "anything"), Basis::Id, 5.0, 6),
        (asked("get", "curl x"), Basis::Command, 5.0, 6),
        (asked("page-33", ""), Basis::Family, 31.0, 12),
        (asked("x", "convert 33.tif"), Basis::Family, 31.0, 12),
        (Ask { timeout, ..asked("new", "other") }, Basis::Timeout, 60.0, 0),
        (
            Ask { timeout, declared: Some(Seconds::from_secs(9)), ..asked("new", "") },
            Basis::Declared,
            9.0,
            0,
        ),
    ] {
        let forecast = outlook.forecast(&ask);
        let told = (forecast.basis, secs(forecast.median), forecast.n);
        assert_eq!(told, (basis, median, n), "{ask:?}");
        assert_eq!(forecast.inside.is_some(), basis.is_past(), "{ask:?}");
        assert_eq!(forecast.interval.is_some(), basis.is_past(), "{ask:?}");
    }
    let unknown = outlook.forecast(&asked("7", ""));
    assert_eq!((unknown.basis, unknown.median, unknown.inside), (Basis::Nothing, None, None));
}

#[test]
fn recent_runs_weigh_more() {
    // a change ten runs ago
    let times: Vec<f64> = (0..60).map(|run| if run < 50 { 10.0 } else { 20.0 }).collect();
    assert_eq!(secs(past(&times).outlook(None).forecast(&asked("a", "")).median), 20.0);
    // too few to try anything
    let slower: Vec<f64> = (0..12).map(f64::from).collect();
    assert!(secs(past(&slower).outlook(None).forecast(&asked("a", "")).median) > 5.5);
}

#[test]
fn what_followed_a_run_like_the_last_one_is_found() {
    // slow and fast take turns
    let turns =
        |count: usize| -> Vec<f64> { (0..count).map(|r| 10.0 + 10.0 * (r % 2) as f64).collect() };
    for (count, next) in [(40, 10.0), (41, 20.0)] {
        let outlook_of = |names: &dyn Fn(usize) -> String| {
            let runs = turns(count).into_iter().enumerate();
            let runs = runs.map(|(at, took)| run(&names(at), vec![done("a", "", took)]));
            History::new(runs.collect())
        };
        let history = outlook_of(&|_| String::new());
        let outlook = history.outlook(None);
        assert_eq!(secs(outlook.forecast(&asked("a", "")).median), next);
        assert_eq!(outlook.makespan().unwrap().median, Seconds::from_f64(next));
        // a run that is not known lies between: nobody knows whose turn it is
        let history = outlook_of(&|at| format!("night-{at}"));
        let gap = history.outlook(Some(&format!("night-{}", count + 1)));
        assert_eq!(gap.tasks()[count - 1], gap.tasks()[count - 2]);
        let direct = history.outlook(Some(&format!("night-{count}")));
        assert_eq!(secs(direct.forecast(&asked("a", "")).median), next);
    }
}

#[test]
fn a_habit_of_durations_is_believed_only_beyond_chance() {
    let (seeds, runs) = (40, 60);
    let mut plain = 0;
    for seed in 0..seeds {
        let mut dice = Dice::new(seed);
        let mut one = |id: usize| done(&format!("op{id}"), "", 50.0 + normal(&mut dice));
        let noise = (0..runs).map(|_| run("", (0..5).map(&mut one).collect()));
        let history = History::new(noise.collect());
        let outlook = history.outlook(None);
        // nearly all alike: sixty runs ago weighs no less than four fifths
        let weights = outlook.tasks();
        plain += u32::from(weights[0] > 0.8 * weights[runs - 1] && weights.is_sorted());
    }
    assert!(plain >= 36, "{plain} of {seeds}");
}

#[test]
fn names_tell_if_a_run_lies_between() {
    for (earlier, later, right) in [
        ("n-7", "n-8", Before::Known),
        ("n-7", "n-9", Before::Missing),
        ("n-0099", "n-0100", Before::Known),
        ("n-8", "n-8", Before::Missing),
        ("n-7", "m-9", Before::Known),
        ("", "n-9", Before::Known),
        ("9f.3a", "9f.4b", Before::Known),
    ] {
        assert_eq!(before(earlier, later), right, "{earlier} {later}");
    }
}

#[test]
fn a_size_helps_where_leaving_out_shows_it() {
    let mut dice = Dice::new(3);
    let mut history = |slope: f64| {
        let runs = (0..20).map(|at| {
            let size = 100.0 + 37.0 * f64::from(at % 7);
            let mut one = done("a", "", 5.0 + slope * size + 0.2 * normal(&mut dice));
            one.sizes.insert("in_bytes".to_string(), size);
            run("", vec![one])
        });
        History::new(runs.collect())
    };
    let ask = Ask { sizes: [("in_bytes".to_string(), 1000.0)].into(), ..asked("a", "") };
    let sized = history(0.1).outlook(None).forecast(&ask);
    assert_eq!(sized.by, "in_bytes");
    assert!((secs(sized.median) - 105.0).abs() < 3.0, "{:?}", sized.median);
    let plain = history(0.0).outlook(None).forecast(&ask);
    assert_eq!(plain.by, "", "what does not help is left alone");
    assert!((secs(plain.median) - 5.0).abs() < 0.3, "{:?}", plain.median);
    // the operation does not say its size
    let unsized_ = history(0.1).outlook(None).forecast(&asked("a", ""));
    assert_eq!(unsized_.by, "");
}

#[test]
fn a_label_helps_where_leaving_out_shows_it() {
    let history = |factor: f64| {
        let runs = (0..20).map(|at| {
            let slow = at % 2 == 0;
            let noise = f64::from(at % 5) / 10.0;
            let mut one = done("a", "", if slow { 10.0 * factor } else { 10.0 } + noise);
            let word = if slow { "debug" } else { "release" };
            one.words.insert("profile".to_string(), word.to_string());
            run("", vec![one])
        });
        History::new(runs.collect())
    };
    let ask =
        Ask { words: [("profile".to_string(), "debug".to_string())].into(), ..asked("a", "") };
    let told = history(3.0).outlook(None).forecast(&ask);
    assert_eq!((told.by.as_str(), told.n), ("profile", 10));
    assert!(secs(told.median) > 30.0);
    assert_eq!(history(1.0).outlook(None).forecast(&ask).by, "");
}

#[test]
fn the_makespan_is_told_by_what_told_the_past_better() {
    let graph = Graph::new(2, &[(0, 1)]);
    let chain = |times: &[Seconds]| graph.times(times).map_or(Seconds::ZERO, |t| t.length);
    let ids = ["a".to_string(), "b".to_string()];
    let mut dice = Dice::new(5);
    let mut noisy = || 10.0 + normal(&mut dice);
    let times: Vec<(f64, f64)> = (0..30).map(|_| (noisy(), noisy())).collect();
    // from run to run something else is added: the plan knows nothing of it, nor do the runs
    let history = |overhead: f64| {
        let runs = times.iter().map(|(a, b)| {
            let makespan = Some(Seconds::from_f64(a + b + overhead));
            Run { makespan, ..run("", vec![done("a", "", *a), done("b", "", *b)]) }
        });
        History::new(runs.collect())
    };
    let whole = |history: &History, limits: Past| {
        let outlook = history.outlook(None);
        let told: Vec<Forecast> = ids.iter().map(|id| outlook.forecast(&asked(id, ""))).collect();
        outlook.whole(&Shape { ids: &ids, makespan: &chain, limits }, &told, 1)
    };
    let same = whole(&history(20.0), Past::Same);
    assert!((same.median.as_f64() - 40.0).abs() < 1.0, "{same:?}");
    assert_eq!(same.n, 30);
    let (low, high) = same.interval.unwrap();
    assert!(low.as_f64() > 34.0 && high.as_f64() < 46.0 && low < high, "{same:?}");
    assert!(same.inside.is_some_and(|share| share >= 0.8), "{same:?}");
    // what was with other limits says nothing of these
    let other = whole(&history(20.0), Past::Other);
    assert_eq!((other.source, other.n), (Source::Structure, 0));
    assert!((other.median.as_f64() - 20.0).abs() < 1.0, "{other:?}");
    // the same seed, the same figures
    assert_eq!(other.interval, whole(&history(20.0), Past::Other).interval);
    // the plan has changed: only the structure can tell
    let longer = ["a".to_string(), "b".to_string(), "c".to_string()];
    let outlook_of = history(0.0);
    let outlook = outlook_of.outlook(None);
    let told: Vec<Forecast> = longer.iter().map(|id| outlook.forecast(&asked(id, ""))).collect();
    let shape = Shape { ids: &longer, makespan: &chain, limits: Past::Same };
    let changed = outlook.whole(&shape, &told, 1);
    assert_eq!((changed.source, changed.n), (Source::Structure, 0));
}

#[test]
fn a_shared_cause_stays_in_the_makespan() {
    // half of the runs are slow throughout: ten in a row take 100 or 200, never between
    let ids: Vec<String> = (0..10).map(|at| format!("op-{at}")).collect();
    let mut dice = Dice::new(11);
    let runs = (0..40).map(|_| {
        let took = if dice.share() < 0.5 { 10.0 } else { 20.0 };
        Run { makespan: None, ..run("", ids.iter().map(|id| done(id, "", took)).collect()) }
    });
    let history = History::new(runs.collect());
    let outlook = history.outlook(None);
    let told: Vec<Forecast> = ids.iter().map(|id| outlook.forecast(&asked(id, ""))).collect();
    let sum = |times: &[Seconds]| times.iter().copied().sum();
    let shape = Shape { ids: &ids, makespan: &sum, limits: Past::Same };
    let (low, high) = outlook.whole(&shape, &told, 1).interval.unwrap();
    assert_eq!((low, high), (Seconds::from_secs(100), Seconds::from_secs(200)));
}

#[test]
fn circles_are_found() {
    let needs = |id: &str, needs: &[&str]| Done {
        needs: needs.iter().map(|need| need.to_string()).collect(),
        ..done(id, "", 1.0)
    };
    let fine = run("", vec![needs("a", &["gone"]), needs("b", &["a"])]);
    assert_eq!(fine.cycle(), None);
    let circle = run("", vec![needs("a", &["b"]), needs("b", &["a"]), needs("c", &["b"])]);
    assert_eq!(circle.cycle().map(|cycle| cycle.len()), Some(2));
}

#[test]
fn no_history_tells_nothing() {
    let history = History::default();
    let outlook = history.outlook(Some("x"));
    assert_eq!(outlook.forecast(&asked("a", "b")).basis, Basis::Nothing);
    assert!(outlook.makespan().is_none());
    let ids = ["a".to_string()];
    let makespan = |times: &[Seconds]| times[0];
    let shape = Shape { ids: &ids, makespan: &makespan, limits: Past::Same };
    let declared = Forecast { median: Some(Seconds::from_secs(3)), ..Forecast::default() };
    let whole = outlook.whole(&shape, &[declared], 1);
    assert_eq!((whole.median, whole.interval), (Seconds::from_secs(3), None));
}

#[test]
fn few_runs_promise_no_more_than_they_know() {
    let mut dice = Dice::new(17);
    for runs in [3, 6, 12] {
        let (mut inside, tried) = (0, 400);
        for _ in 0..tried {
            let times: Vec<f64> = (0..=runs).map(|_| 50.0 + 5.0 * normal(&mut dice)).collect();
            let whole = past(&times[..runs]).outlook(None).makespan().unwrap();
            let (low, high) = whole.interval.unwrap();
            inside += u32::from((low..=high).contains(&Seconds::from_f64(times[runs])));
        }
        let share = f64::from(inside) / f64::from(tried);
        assert!((0.85..=0.97).contains(&share), "{runs} runs: {share}");
    }
    assert!(past(&[5.0]).outlook(None).makespan().unwrap().interval.is_none());
}

#[test]
fn ramps_steps_and_noise_are_inside_nine_times_of_ten() {
    let mut dice = Dice::new(23);
    let shape = |name: &str, run: usize| match name {
        "ramp" => 50.0 + 2.0 * run as f64,
        "step" if run >= 20 => 80.0,
        _ => 50.0,
    };
    for name in ["ramp", "step", "noise"] {
        let (mut inside, mut followed, mut error, tried) = (0, 0, 0.0, 150);
        for _ in 0..tried {
            let times: Vec<f64> =
                (0..=40).map(|run| shape(name, run) + 3.0 * normal(&mut dice)).collect();
            let history = past(&times[..40]);
            let outlook = history.outlook(None);
            let forecast = outlook.forecast(&asked("a", ""));
            let actual = Seconds::from_f64(times[40]);
            let (low, high) = forecast.interval.unwrap();
            inside += u32::from((low..=high).contains(&actual));
            error += (secs(forecast.median) - times[40]).abs() / f64::from(tried);
            followed += u32::from(forecast.by == "drift");
        }
        let share = f64::from(inside) / f64::from(tried);
        assert!((0.85..=0.97).contains(&share), "{name}: {share}");
        let right = if name == "ramp" { followed > 9 * tried / 10 } else { followed < tried / 10 };
        assert!(right, "{name}: {followed} of {tried} follow a drift");
        // the mean absolute deviation of the noise itself is 2.4
        assert!(error < 3.2, "{name}: {error}");
    }
}

#[test]
fn a_makespan_that_grows_is_followed() {
    let mut dice = Dice::new(29);
    let times: Vec<f64> =
        (0..40).map(|run| 50.0 + 2.0 * f64::from(run) + normal(&mut dice)).collect();
    let whole = past(&times).outlook(None).makespan().unwrap();
    assert!((whole.median.as_f64() - 130.0).abs() < 2.0, "{whole:?}");
}
