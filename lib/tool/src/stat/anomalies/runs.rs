//! `pgstat anomalies --runs`: tasks that are unlike the same tasks in other runs.

use super::super::{TOOL, read};
use crate::entry::complain;
use crate::fail::Fail;
use crate::print::Out;
use record::status;
use serde::Serialize;
use stat::TaskIntake;

/// A task, as it is written.
#[derive(Serialize)]
struct Line<'a> {
    run: &'a str,
    id: &'a str,
    anomaly_score: f64,
}

/// Scores for all tasks of these files, in their order.
///
/// # Errors
/// There is no task in them, or the output cannot be written.
pub fn run(files: &[String]) -> Result<u8, Fail> {
    let mut names = files.iter().map(String::as_str);
    let mut intake = TaskIntake::default();
    intake.begin_file(names.next().unwrap_or("-"));
    let read = read::each(files, |part| {
        match part {
            read::Part::Line(line) => return intake.line(line),
            read::Part::End => {
                intake.end_file();
                intake.begin_file(names.next().unwrap_or("-"));
            }
        }
        Ok(())
    });
    let tasks = intake.finish();
    match tasks.strays {
        0 => {}
        1 => complain(TOOL.name, "passed over 1 line that is no task of a run"),
        n => complain(TOOL.name, &format!("passed over {n} lines that are no tasks of a run")),
    }
    if tasks.runs() == 0 && read == status::OK {
        let what = "no task of a run in the input; give run logs with \"run\" and \"id\" in each \
                    line, events of pgrun or job logs";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    if tasks.runs() == 1 {
        let what = "only one run was read: its tasks are held against each other; give the logs \
                    of several runs";
        complain(TOOL.name, what);
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    let mut line = Vec::new();
    for task in tasks.scores() {
        line.clear();
        let told = Line { run: task.run, id: task.id, anomaly_score: rounded(task.score) };
        // writing to memory
        let _ = serde_json::to_writer(&mut line, &told);
        line.push(b'\n');
        out.bytes(&line)?;
    }
    out.finish()?;
    Ok(read)
}

/// To six decimals: what a score is worth.
fn rounded(score: f64) -> f64 {
    (score * 1e6).round() / 1e6
}
