//! `pgstat report --html FILE`: the reports as one page that needs nothing else.
//!
//! minijinja fills the page and escapes all text; the timelines go into it as JSON (`data`),
//! drawn by uPlot, which is embedded whole, and by two small scripts of ours: slots and locks
//! (`lanes.js`), the rest (`page.js`). What a picture shows is in the page in words, too.

mod data;
mod words;

use crate::draw::STYLE;
use crate::entry;
use crate::fail::Fail;
use crate::replace::replace;
use minijinja::{AutoEscape, Environment, context};
use record::status;
use stat::{Account, Timeline};
use std::io::Write as _;
use std::path::Path;

const PAGE: &str = include_str!("assets/page.html");
const SHEETS: [&str; 2] = [include_str!("assets/uPlot.min.css"), include_str!("assets/page.css")];
const SCRIPTS: [&str; 4] = [
    include_str!("assets/uPlot.iife.min.js"),
    include_str!("assets/view.js"),
    include_str!("assets/lanes.js"),
    include_str!("assets/page.js"),
];
/// A page is no longer; bars are put together until it is not.
const MOST_BYTES: usize = 4_500_000;
/// Fewer bars than this are not tried.
const LEAST_BARS: usize = 1000;

/// Writes the page; a page that is there is replaced when the new one is whole.
///
/// # Errors
/// It cannot be written.
pub fn write(account: &mut Account, (path, rows): (&Path, usize)) -> Result<(), Fail> {
    let failed = |what: String| Fail::new(status::CANNOT_WRITE, what);
    let page = page(account, rows).map_err(|error| failed(format!("--html: {error}")))?;
    replace(path, |file| file.write_all(page.as_bytes()))
        .map_err(|error| Fail::io(status::CANNOT_WRITE, path.display(), &error))
}

/// The page.
fn page(account: &mut Account, rows: usize) -> Result<String, minijinja::Error> {
    let data = timelines(&mut account.timelines)?;
    let reports = words::reports(account, rows);
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", PAGE)?;
    let title = match &reports[..] {
        [only] => only.title.clone(),
        all => format!("{} runs", all.len()),
    };
    let script = format!("{}\n(() => {{\n{}}})();\n", SCRIPTS[0], SCRIPTS[1..].concat());
    let page = environment.get_template("page")?.render(context! {
        title,
        style => format!("{STYLE}{}{}", SHEETS[0], SHEETS[1]),
        script,
        runs => reports,
        data,
        tool => format!("Made by pgstat {}", entry::version()),
    })?;
    // the macros of the template leave blank lines before
    Ok(format!("{}\n", page.trim()))
}

/// What the scripts draw, as JSON of a bounded length.
fn timelines(all: &mut [Option<Timeline>]) -> Result<String, minijinja::Error> {
    loop {
        let runs: Vec<data::Run<'_>> = all.iter().flatten().map(data::run).collect();
        let json = data::embedded(&runs).map_err(|error| {
            minijinja::Error::new(minijinja::ErrorKind::BadSerialization, error.to_string())
        })?;
        drop(runs);
        let bars: usize = all.iter().flatten().map(|line| line.bars.len()).sum();
        if json.len() <= MOST_BYTES || bars <= LEAST_BARS {
            return Ok(json);
        }
        all.iter_mut().flatten().for_each(|line| line.thin(line.bars.len() / 2));
    }
}
