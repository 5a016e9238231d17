//! `pgstat day`: what ran on a day of a time zone, beside the week before it.

use super::args::Logs;
use super::compare::value;
use super::{read, remark};
use crate::fail::Fail;
use crate::flags::Json;
use crate::print::{Out, aligned, number};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use record::{Day, Record as _, Seconds, status};
use stat::{DayFigure, Days, Intake, day_figures};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct DayArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// The day, such as 2026-03-01 (default: today)
    #[arg(long, value_name = "DATE")]
    pub date: Option<Date>,
    /// Time zone whose day it is, such as Europe/Berlin (default: the system's)
    #[arg(long = "tz", value_name = "NAME")]
    pub zone: Option<String>,
    /// Output form.
    #[command(flatten)]
    pub form: Json,
}

/// Days before that it is held against.
const WEEK: i64 = 7;

/// The verb.
///
/// # Errors
/// A zone or a day that there is not, nothing of that day in the logs, or the output cannot
/// be written.
pub fn run(args: &DayArgs) -> Result<u8, Fail> {
    let zone = match &args.zone {
        None => TimeZone::system(),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let what = format!("--tz {name}: no time zone; write one such as Europe/Berlin or UTC");
            Fail::new(status::USAGE, what)
        })?,
    };
    let date = args.date.unwrap_or_else(|| Timestamp::now().to_zoned(zone.clone()).date());
    let days = (0..=WEEK).rev().map(|back| bounds(date, back, &zone));
    let days: Vec<_> = days.collect::<Result<_, _>>()?;
    let mut intake = Intake::heard_by(Days::new(days), 0);
    let status = read::each(&args.logs.files, |part| match part {
        read::Part::Line(line) => intake.line(line),
        read::Part::End => intake.end_file(),
    });
    let (account, days) = intake.finish_heard();
    remark(&account);
    let name = zone.iana_name().unwrap_or("local time").to_string();
    let day = Day { date: date.to_string(), zone: name, ..days.told() };
    if day.ops == 0 {
        let what = match days.span() {
            None => "no operation has ended in what was read".to_string(),
            Some((first, last)) => format!(
                "nothing ended on {date}; what was read is of {} to {}",
                told(first, &zone, "%F"),
                told(last, &zone, "%F")
            ),
        };
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.form.json {
        out.bytes(&day.to_line())?;
    } else {
        out.bytes(text(&day, &zone).as_bytes())?;
    }
    out.finish()?;
    Ok(status)
}

/// From midnight to midnight, so many days before; that is 23 or 25 hours where the clock is
/// changed.
fn bounds(date: Date, back: i64, zone: &TimeZone) -> Result<(Seconds, Seconds), Fail> {
    let far = |_| Fail::new(status::USAGE, format!("--date {date}: out of range"));
    let begin = date.checked_sub(back.days()).map_err(far)?;
    let end = begin.tomorrow().map_err(far)?;
    let midnight = |date: Date| {
        let zoned = date.to_zoned(zone.clone()).map_err(far)?.start_of_day().map_err(far)?;
        Ok(Seconds::from_micros(zoned.timestamp().as_microsecond()))
    };
    Ok((midnight(begin)?, midnight(end)?))
}

fn told(time: Seconds, zone: &TimeZone, form: &str) -> String {
    let time = Timestamp::from_microsecond(time.as_micros()).unwrap_or_default();
    time.to_zoned(zone.clone()).strftime(form).to_string()
}

fn text(day: &Day, zone: &TimeZone) -> String {
    let hours = day.length_s.as_f64() / 3600.0;
    let length = if hours == 24.0 { String::new() } else { format!(", {} hours", number(hours)) };
    let mut lines = vec![format!("     day\t median of {} days before\tchange", day.days)];
    lines.extend(day_figures(day).into_iter().map(|figure| row(&figure, day, zone)));
    format!("{} ({}{length})\n{}", day.date, day.zone, aligned(&lines))
}

fn row((name, now, usual): &DayFigure, day: &Day, zone: &TimeZone) -> String {
    let unit = match *name {
        "work" | "median" | "p95" => "s",
        "failed" => "share",
        _ => "",
    };
    let shown = |figure: Option<f64>| match (figure, unit) {
        (Some(figure), "") => format!("{:>8}", number(figure)),
        (None, _) if *name == "cost" => "not measured".to_string(),
        (figure, unit) => value(figure, unit),
    };
    let change = match (*now, *usual) {
        (Some(now), Some(usual)) if usual > 0.0 => format!("{:+.0} %", (now / usual - 1.0) * 100.0),
        _ => "-".to_string(),
    };
    // twice a year two hours have the same name
    let when = match *name {
        "peak minute" => day.peak_minute.map(|time| told(time, zone, " (%H:%M %:z)")),
        "busiest hour" => day.busiest_hour.map(|time| told(time, zone, " (from %H:%M %:z)")),
        _ => None,
    };
    format!("{}\t{}\t{change:>6}\t{name}{}", shown(*now), shown(*usual), when.unwrap_or_default())
}
