//! What the machine must be like for a start.

use super::jobs::parse_jobs;
use super::{parse_size, wrong};
use crate::fail::Fail;
use crate::run::args::{EvictArg, PressureArgs};
use engine::{Emergency, Evict, Figure, GateRules, Measure, OwnMemory};
use record::Seconds;

/// What the load must be below for `--load 0`, as GNU parallel has it: nothing runs.
const LEAST_LOAD: f64 = 0.01;

/// The share of `--mem-limit` from which on nothing is started.
const SOFT: f64 = 0.8;

/// What jobs may have of the machine, where the kernel holds them to it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Confined {
    /// A share of the time of all CPUs, of all jobs together.
    pub cpu: Option<f64>,
    /// Bytes of memory, of each job.
    pub memory: Option<u64>,
    /// How often what was killed for want of memory is tried again; `None`: as any failure.
    pub retry_oom: Option<u32>,
}

/// Rules for starts, of which the pause between two is known, and what jobs are held to.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn pressure(args: PressureArgs, delay: Option<Seconds>) -> Result<(GateRules, Confined), Fail> {
    let PressureArgs {
        load,
        memfree,
        max_mem,
        mem_limit,
        mem_soft,
        evict,
        max_cpu,
        cpu_limit,
        emergency,
        op_mem,
        retry_oom,
        noswap,
    } = args;
    let percent =
        |flag: &str, text: Option<String>| text.map(|text| parse_percent(flag, &text)).transpose();
    let size =
        |flag: &str, text: Option<String>| text.map(|text| positive_size(flag, &text)).transpose();
    if evict == EvictArg::Youngest && max_mem.is_none() {
        return Err(wrong(
            "--evict is about --max-mem; --memfree and --mem-limit always let the youngest make room",
        ));
    }
    let soft = percent("--mem-soft", mem_soft)?.unwrap_or(SOFT);
    let own = size("--mem-limit", mem_limit)?
        .map(|hard| OwnMemory { soft: (hard as f64 * soft) as u64, hard });
    let rules = GateRules {
        delay,
        load: load.as_deref().map(parse_load).transpose()?,
        memory: memfree
            .map(|text| parse_size("--memfree", &text))
            .transpose()?
            .map(|size| size as u64),
        most_memory: percent("--max-mem", max_mem)?,
        own,
        evict: match evict {
            EvictArg::None => Evict::Nobody,
            EvictArg::Youngest => Evict::Youngest,
        },
        busy: percent("--max-cpu", max_cpu)?,
        no_swapping: noswap,
        emergencies: emergency.as_deref().map(parse_emergencies).transpose()?.unwrap_or_default(),
        told_of_stalls: false,
    };
    let confined = Confined {
        cpu: percent("--cpu-limit", cpu_limit)?,
        memory: size("--op-mem", op_mem)?,
        retry_oom,
    };
    Ok((rules, confined))
}

/// A share of a whole in percent, the sign left out or not.
fn parse_percent(flag: &str, text: &str) -> Result<f64, Fail> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<f64>().ok();
    let share = number.filter(|percent| *percent > 0.0 && *percent <= 100.0);
    let told = || wrong(format!("{flag} {text}: write a percentage above 0, up to 100"));
    share.map(|percent| percent / 100.0).ok_or_else(told)
}

fn positive_size(flag: &str, text: &str) -> Result<u64, Fail> {
    match parse_size(flag, text)? {
        0 => Err(wrong(format!("{flag} {text}: write a size such as 512M"))),
        size => Ok(size as u64),
    }
}

/// Rules as `FIGURE>NUMBER: MEASURE`, divided by semicolons.
pub fn parse_emergencies(text: &str) -> Result<Vec<Emergency>, Fail> {
    let rules: Vec<&str> = text.split(';').map(str::trim).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        return Err(wrong(
            "--emergency: no rule; write for instance 'mem>95: evict youngest; cpu_psi>60: jobs*0.7'",
        ));
    }
    rules
        .into_iter()
        .map(|rule| emergency(rule).map_err(|e| wrong(format!("--emergency '{rule}': {e}"))))
        .collect()
}

fn emergency(rule: &str) -> Result<Emergency, String> {
    let (condition, measure) =
        rule.split_once(':').ok_or("write FIGURE>NUMBER: MEASURE, with a colon between")?;
    let (word, above) = condition.split_once('>').ok_or("write FIGURE>NUMBER before the colon")?;
    let (word, above) = (word.trim(), above.trim());
    let figure = Figure::ALL.into_iter().find(|(known, _)| *known == word);
    let (_, figure) = figure.ok_or_else(|| {
        let known: Vec<&str> = Figure::ALL.iter().map(|(word, _)| *word).collect();
        format!("no figure is called '{word}'; there are {}", known.join(", "))
    })?;
    let number = above.strip_suffix('%').unwrap_or(above).parse::<f64>().ok();
    let most = if figure == Figure::Load { f64::MAX } else { 100.0 };
    let above = number.filter(|number| *number > 0.0 && *number < most).ok_or_else(|| {
        format!(
            "'{above}' is no threshold; {word} is {}",
            if figure == Figure::Load { "a number of tasks" } else { "told in percent, below 100" }
        )
    })?;
    let words: Vec<&str> = measure.split_whitespace().collect();
    let measure = match words.join(" ").as_str() {
        "evict youngest" => Measure::EvictYoungest,
        "hold" => Measure::Hold,
        other => {
            let factor =
                other.strip_prefix("jobs").map(str::trim).and_then(|rest| rest.strip_prefix('*'));
            let factor = factor.and_then(|factor| factor.trim().parse::<f64>().ok());
            let factor = factor.filter(|factor| *factor > 0.0 && *factor < 1.0).ok_or_else(|| {
                format!("'{other}' is no measure; write evict youngest, hold, or jobs*F with F between 0 and 1")
            })?;
            Measure::Slots(factor)
        }
    };
    Ok(Emergency { figure, above, measure })
}

/// `--load`: as `-j`, and fractions.
fn parse_load(text: &str) -> Result<f64, Fail> {
    let plain = text.parse().ok().filter(|load: &f64| load.is_finite() && *load >= 0.0);
    let load = match plain {
        Some(load) if !text.starts_with('+') => load,
        _ => f64::from(parse_jobs(text).map_err(|_| {
            wrong(format!("--load {text}: write N, N% of the CPUs, +N or -N relative to them"))
        })?),
    };
    Ok(load.max(LEAST_LOAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::settings::cpus;

    #[test]
    fn rules_for_emergencies_are_read_or_told_what_is_wrong_with_them() {
        let rules =
            parse_emergencies("mem>95: evict youngest; cpu_psi > 60% : jobs * 0.7;load>8:hold;")
                .unwrap();
        let rule = |figure, above, measure| Emergency { figure, above, measure };
        assert_eq!(
            rules,
            [
                rule(Figure::Memory, 95.0, Measure::EvictYoungest),
                rule(Figure::CpuStall, 60.0, Measure::Slots(0.7)),
                rule(Figure::Load, 8.0, Measure::Hold),
            ]
        );
        for (text, said) in [
            ("", "no rule"),
            ("mem>95", "'mem>95': write FIGURE>NUMBER: MEASURE"),
            ("mem=95: hold", "write FIGURE>NUMBER before the colon"),
            ("heat>95: hold", "no figure is called 'heat'; there are mem, cpu,"),
            ("mem>: hold", "'' is no threshold; mem is told in percent"),
            ("mem>100: hold", "'100' is no threshold"),
            ("load>x: hold", "'x' is no threshold; load is a number of tasks"),
            ("mem>95: jobs*2", "'jobs*2' is no measure; write evict youngest, hold, or jobs*F"),
            ("mem>95: hold; cpu>9: run", "'cpu>9: run': 'run' is no measure"),
        ] {
            let fail = parse_emergencies(text).unwrap_err();
            assert!(fail.message.contains(said), "{text}: {}", fail.message);
        }
    }

    #[test]
    fn loads_in_all_forms() {
        let cpus = f64::from(cpus());
        assert_eq!(parse_load("0.5").unwrap(), 0.5);
        assert_eq!(parse_load("0").unwrap(), LEAST_LOAD);
        assert_eq!(parse_load("100%").unwrap(), cpus);
        assert_eq!(parse_load("+2").unwrap(), cpus + 2.0);
        for text in ["", "x", "inf", "nan", "/etc/hosts"] {
            assert!(parse_load(text).is_err(), "{text}");
        }
    }
}
