//! Load that is generated, and commands that are compared.

use super::frequency::Frequency;
use super::{Jobs, OpsRules, wrong};
use crate::fail::Fail;
use crate::run::args::{ArrivalDist, ScenarioMix, TrafficArgs};
use crate::run::name::Called;
use engine::{Arrivals, Mix, MixOrder, Pattern, Ramp, RampForm};
use record::Seconds;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

/// Slots of an open loop where nobody says how many: it must not become a closed one.
const OPEN_SLOTS: u32 = 1000;
/// Runs of a command go on until they have taken so long in all.
const BENCH_TIME: Seconds = Seconds::from_secs(3);
/// But there are no more than so many.
const BENCH_MOST: u64 = 10_000;

/// What was asked for.
#[derive(Debug, Default)]
pub struct Traffic {
    /// What is measured.
    pub kind: Kind,
    /// When jobs start, where that is not as soon as they can.
    pub arrivals: Option<Arrivals>,
    /// Slots that follow from it.
    pub jobs: Option<Jobs>,
    /// Events on standard output.
    pub json: bool,
    /// What is drawn by chance follows from it.
    pub seed: u64,
    /// The flag that ends the making of jobs, or nothing does.
    times: Option<u64>,
    has_time: bool,
}

/// What is measured.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// Nothing: it is a run like any other.
    #[default]
    None,
    /// How long the jobs of a load take.
    Load {
        /// Commands with their weights; none: the command.
        scenarios: Vec<(f64, String)>,
        /// How they are mixed.
        order: MixOrder,
        /// So many users.
        users: Option<u32>,
    },
    /// How long commands take, beside each other.
    Bench(Bench),
}

/// Commands that are compared.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// What they are.
    pub commands: Vec<Vec<u8>>,
    /// Rounds that do not count.
    pub warmup: u64,
    /// Least rounds that do.
    pub least: u64,
    /// How long each is run in all.
    pub time: Seconds,
}

impl Bench {
    /// Most rounds.
    pub fn most(&self) -> u64 {
        self.least.max(BENCH_MOST)
    }
}

/// Where jobs come from that nobody has written down.
#[derive(Debug)]
pub enum Maker {
    /// Their numbers.
    Numbers(u64, Option<u64>),
    /// Commands, in a mix.
    Scenarios(Box<Mix>, Vec<Vec<u8>>, Option<u64>),
    /// Commands in rounds.
    Rounds(Vec<Vec<u8>>, u64, u64),
}

impl Maker {
    /// What the next job is made of.
    pub fn make(&mut self) -> Option<Vec<u8>> {
        match self {
            Maker::Numbers(_, Some(0)) | Maker::Scenarios(_, _, Some(0)) => None,
            Maker::Numbers(made, left) => {
                *made += 1;
                left.iter_mut().for_each(|left| *left -= 1);
                Some(made.to_string().into_bytes())
            }
            Maker::Scenarios(mix, commands, left) => {
                left.iter_mut().for_each(|left| *left -= 1);
                commands.get(mix.draw()).cloned()
            }
            Maker::Rounds(commands, made, seed) => {
                let which = place_in_round(*made, (commands.len(), *seed));
                *made += 1;
                commands.get(which).cloned()
            }
        }
    }

    /// How many are left, where there is an end.
    pub fn left(&self) -> Option<u64> {
        match self {
            Maker::Numbers(_, left) | Maker::Scenarios(_, _, left) => *left,
            Maker::Rounds(..) => None,
        }
    }
}

/// Which command the run of a benchmark is, by its number from 0.
pub fn place_in_round(number: u64, (commands, seed): (usize, u64)) -> usize {
    let count = commands.max(1) as u64;
    stat::round_order(commands, (seed, number / count))[(number % count) as usize]
}

impl Traffic {
    /// Jobs are made for as long as it goes on, where nothing else says what they are.
    pub fn maker(&self) -> Option<Maker> {
        match &self.kind {
            Kind::None => None,
            Kind::Bench(bench) => Some(Maker::Rounds(bench.commands.clone(), 0, self.seed)),
            Kind::Load { scenarios, order, .. } if !scenarios.is_empty() => {
                let weights: Vec<f64> = scenarios.iter().map(|(weight, _)| *weight).collect();
                let commands = scenarios.iter().map(|(_, cmd)| cmd.clone().into_bytes()).collect();
                Some(Maker::Scenarios(Box::new(Mix::new(&weights, *order)), commands, self.times))
            }
            Kind::Load { .. } => Some(Maker::Numbers(0, self.times)),
        }
    }

    /// The intended start of a job may be another than that when it could start.
    pub fn is_open(&self) -> bool {
        self.arrivals.is_some_and(|arrivals| arrivals.pattern != Pattern::Users)
    }

    /// Commands are compared.
    pub fn is_bench(&self) -> bool {
        matches!(self.kind, Kind::Bench(_))
    }

    /// A plan has an order of its own.
    ///
    /// # Errors
    /// Its operations are to come at other times.
    pub fn takes_operations(&self, rules: &OpsRules) -> Result<(), Fail> {
        let times = |rules: Arrivals| rules.pattern != Pattern::Users || rules.until.is_some();
        match self.arrivals {
            Some(arrivals) if times(arrivals) && !rules.stream => Err(wrong(
                "a plan has an order of its own; with --stream its operations come as --arrival \
                 and --for say",
            )),
            _ => Ok(()),
        }
    }

    /// What must be known of all jobs before the first cannot be.
    pub fn has_no_end(&self) -> Fail {
        wrong(match self.is_bench() {
            true => {
                "--bench runs its commands as often as it takes to know: none of --dry-run, --shuf, \
                     --sample and the number of all jobs is for it"
            }
            false => {
                "--dry-run, --shuf, --sample and the number of all jobs need an end of them; add \
                      --times N"
            }
        })
    }

    /// The command is made into jobs again and again: something must end that.
    ///
    /// # Errors
    /// Nothing does.
    pub fn ends(&self) -> Result<(), Fail> {
        match self.kind {
            Kind::Load { .. } if !self.has_time && self.times.is_none() => Err(wrong(
                "how long? --for TIME or --times N ends the load; or give arguments after :::",
            )),
            _ => Ok(()),
        }
    }
}

/// Reads meaning into the flags; of a benchmark it takes the operands.
///
/// # Errors
/// A value that means nothing, flags that do not go together.
pub fn traffic(
    args: TrafficArgs,
    command: &mut Vec<OsString>,
    called: Called,
) -> Result<Traffic, Fail> {
    let TrafficArgs {
        users,
        arrival,
        arrival_dist,
        ramp,
        time,
        times,
        scenario,
        scenario_mix,
        seed,
        bench,
        warmup,
        min_runs,
        json,
    } = args;
    if called.is_link() {
        // through a link there are only the flags of the tool that it takes the place of
        return Ok(Traffic { seed, ..Traffic::default() });
    }
    let ramp = ramp.as_deref().map(parse_ramp).transpose()?;
    let loads = users.is_some() || arrival.is_some() || time.is_some() || times.is_some();
    if bench {
        if users.is_some() || arrival.is_some() || times.is_some() || !scenario.is_empty() {
            return Err(wrong("--bench runs its commands one at a time; it takes no load"));
        }
        let commands = commands(std::mem::take(command))?;
        let time = time.unwrap_or(BENCH_TIME);
        let kind = Kind::Bench(Bench { commands, warmup, least: min_runs, time });
        let jobs = Some(Jobs::Count(1));
        return Ok(Traffic { kind, json, seed, jobs, ..Traffic::default() });
    }
    let rate = arrival.as_deref().map(parse_rate).transpose()?;
    let pattern = match (rate, arrival_dist) {
        (Some(rate), ArrivalDist::Even) => Some(Pattern::Even(rate)),
        (Some(rate), ArrivalDist::Poisson) => Some(Pattern::Poisson { rate, seed }),
        (None, _) if users.is_some() || ramp.is_some() || time.is_some() => Some(Pattern::Users),
        (None, _) => None,
    };
    if !scenario.is_empty() && !command.is_empty() {
        return Err(wrong("--scenario has the commands; leave the one after the options out"));
    }
    let scenarios = scenario.iter().map(|text| parse_scenario(text)).collect::<Result<_, _>>()?;
    let order = match scenario_mix {
        ScenarioMix::Even => MixOrder::Even,
        ScenarioMix::Random => MixOrder::Random(seed),
    };
    let kind = match loads || !scenario.is_empty() {
        true => Kind::Load { scenarios, order, users },
        false => Kind::None,
    };
    Ok(Traffic {
        kind,
        arrivals: pattern.map(|pattern| Arrivals { pattern, ramp, until: time }),
        jobs: users.map(Jobs::Count).or(rate.map(|_| Jobs::Count(OPEN_SLOTS))),
        json,
        seed,
        times,
        has_time: time.is_some(),
    })
}

/// The operands of `--bench`.
fn commands(words: Vec<OsString>) -> Result<Vec<Vec<u8>>, Fail> {
    let commands: Vec<Vec<u8>> = words.into_iter().map(OsString::into_vec).collect();
    if commands.is_empty() {
        return Err(wrong(
            "--bench: no command; write each as one word, such as 'gzip -1 <a' 'gzip -9 <a'",
        ));
    }
    // no command's name begins so: it is an option in the wrong place
    if let Some(option) = commands.iter().find(|command| command.starts_with(b"-")) {
        let option = String::from_utf8_lossy(option);
        return Err(wrong(format!(
            "--bench: {option} stands behind a command; options come first"
        )));
    }
    match commands.iter().find(|command| command.iter().all(u8::is_ascii_whitespace)) {
        Some(_) => Err(wrong("--bench: a command is empty")),
        None => Ok(commands),
    }
}

/// `--arrival`: how often in which time, as starts a second.
fn parse_rate(text: &str) -> Result<f64, Fail> {
    let per_second = Frequency::parse(text).map(Frequency::per_second);
    // a microsecond is as fine as time is told
    per_second.filter(|per_second| *per_second <= 1e6).ok_or_else(|| {
        wrong(format!("--arrival {text}: write how often in which time, such as 50/s or 300/min"))
    })
}

fn parse_ramp(text: &str) -> Result<Ramp, Fail> {
    let (form, time) = match text.split_once(':') {
        Some(("exp", time)) => (RampForm::Exponential, time),
        Some(("linear", time)) => (RampForm::Linear, time),
        Some(_) => {
            return Err(wrong(format!("--ramp {text}: write a time such as 30s, or exp:30s")));
        }
        None => (RampForm::Linear, text),
    };
    let over = super::parse_time("--ramp", time)?;
    if over <= Seconds::ZERO {
        return Err(wrong(format!("--ramp {text}: write a time such as 30s, or exp:30s")));
    }
    Ok(Ramp { over, form })
}

fn parse_scenario(text: &str) -> Result<(f64, String), Fail> {
    let bad = || {
        wrong(format!("--scenario {text}: write a weight and a command, such as '70:curl -s URL'"))
    };
    let (weight, command) = text.split_once(':').ok_or_else(bad)?;
    let weight = weight.trim().trim_end_matches('%').parse::<f64>().map_err(|_| bad())?;
    if !weight.is_finite() || weight <= 0.0 || command.trim().is_empty() {
        return Err(bad());
    }
    Ok((weight, command.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_in_several_units() {
        assert_eq!(parse_rate("50/s").unwrap(), 50.0);
        assert_eq!(parse_rate("300/min").unwrap(), 5.0);
        assert_eq!(parse_rate("0.5/s").unwrap(), 0.5);
        for text in ["", "50", "-1/s", "x", "5/dd", "1e9/s"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ramps_and_scenarios() {
        let ramp = parse_ramp("exp:30s").unwrap();
        assert_eq!((ramp.form, ramp.over), (RampForm::Exponential, Seconds::from_secs(30)));
        assert_eq!(parse_ramp("1m").unwrap().form, RampForm::Linear);
        for text in ["0", "log:3s", "exp", "x"] {
            assert!(parse_ramp(text).is_err(), "{text}");
        }
        assert_eq!(parse_scenario("70:echo a:b").unwrap(), (70.0, "echo a:b".to_string()));
        for text in ["echo", "0:x", "-1:x", "70:", "70: ", "nan:x"] {
            assert!(parse_scenario(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_have_each_command_once() {
        let commands: Vec<Vec<u8>> = vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec()];
        let mut maker = Maker::Rounds(commands, 0, 7);
        for _ in 0..20 {
            let mut round: Vec<_> = (0..3).filter_map(|_| maker.make()).collect();
            round.sort();
            assert_eq!(round.concat(), b"abc");
        }
    }

    #[test]
    fn numbers_end_where_they_are_counted() {
        let mut maker = Maker::Numbers(0, Some(2));
        assert_eq!(maker.left(), Some(2));
        let made: Vec<_> = std::iter::from_fn(|| maker.make()).collect();
        assert_eq!(made, [b"1".to_vec(), b"2".to_vec()]);
    }
}
