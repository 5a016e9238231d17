//! `--dry-run`: what would be run, in the order in which it would be started.

use super::drive::pasteable;
use super::feed::Next;
use super::log::{Again, Kept, replanned};
use super::rules::config;
use super::settings::Settings;
use super::setup::Opened;
use super::shell::{Place, Programs, quote};
use crate::fail::Fail;
use crate::print::Out;
use engine::sim::{Faults, Script, Sim};
use engine::{Action, Input, Part};
use record::{Seconds, status};

/// Prints it.
///
/// # Errors
/// The input cannot be read, or the plan is wrong.
pub fn print(settings: &Settings, mut input: Opened, programs: &mut Programs) -> Result<u8, Fail> {
    let mut out = Out::new(status::LOST);
    if let Some(note) = &input.before.note {
        crate::entry::complain(settings.called.name(), note);
    }
    each(settings, &mut input, programs, |bytes| out.bytes(bytes))?;
    out.finish()?;
    Ok(status::OK)
}

/// What is printed, piece by piece.
///
/// # Errors
/// As [`print`], and what `print` says.
pub fn each(
    settings: &Settings,
    input: &mut Opened,
    programs: &mut Programs,
    print: impl FnMut(&[u8]) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let again = again(settings)?;
    if input.operations && !settings.ops.stream {
        each_operation(settings, (input, again), print)
    } else {
        each_line(settings, (input, again), programs, print)
    }
}

/// What earlier runs have done, where it is to be left out.
fn again(settings: &Settings) -> Result<Option<Again>, Fail> {
    let log = settings.log.kept.as_ref().filter(|_| settings.log.resume.is_some());
    log.map(|path| Kept::look(path)).transpose()
}

/// The command line of each job, in the order of the input.
fn each_line(
    settings: &Settings,
    (input, mut again): (&mut Opened, Option<Again>),
    programs: &mut Programs,
    mut print: impl FnMut(&[u8]) -> Result<(), Fail>,
) -> Result<(), Fail> {
    loop {
        match input.feed.next(&settings.input, programs)? {
            Next::Job(_, job) if input.texts.is_done(&job, (&input.before, &input.feed)) => {}
            Next::Job(_, mut job) => {
                if again.as_mut().is_some_and(|again| again.is_done(&mut job, settings)) {
                    continue;
                }
                // the slot is not known before it is run: the first
                let line = input.feed.command_text(&job, 1);
                let mut line = settings.log.redact.text(&line).into_owned();
                if settings.output.shell_quote {
                    line = quote(&line, Place::Bare);
                }
                line.push(b'\n');
                let mut written = Ok(());
                let values = input.feed.values(&job, 1);
                input.texts.tagger(&job, values).tagged(0, &line, |bytes| {
                    written = print(bytes);
                });
                written?;
            }
            Next::Bad(place) => return Err(Fail::new(status::LOST, place)),
            Next::LeftOut => {}
            Next::Later => match input.feed.blocks() {
                Some(blocks) if !blocks.is_one_for_all() => blocks.fill()?,
                _ => match input.feed.reader() {
                    Some(reader) => reader.fill()?,
                    None => return Ok(()),
                },
            },
            Next::End => return Ok(()),
        }
    }
}

/// A plan is run by the simulator with its expected durations, so that order,
/// slots and times are those of a real run that goes as expected.
fn each_operation(
    settings: &Settings,
    (input, mut again): (&mut Opened, Option<Again>),
    mut print: impl FnMut(&[u8]) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let config = config(settings, input, 0);
    let mut sim = Sim::new(config, Faults::default(), 0);
    let mut jobs = Vec::new();
    for (key, (mut spec, mut job)) in std::mem::take(&mut input.ops).into_iter().enumerate() {
        let script = Script { runs: spec.duration, ..Script::default() };
        spec.done = again.as_mut().is_some_and(|again| again.is_done(&mut job, settings));
        spec.has_check = false;
        spec.timeout = None;
        sim.add(key as u32, spec, script);
        jobs.push(job);
    }
    sim.engine.handle(Seconds::ZERO, Input::EndOfInput);
    let faults = sim.engine.check();
    if !faults.is_empty() {
        return Err(super::faults::refuse(&faults, |key| jobs.get(key as usize)));
    }
    if sim.run().is_none() {
        return Err(Fail::new(status::LOST, "the plan cannot be run to its end"));
    }
    for (at, action) in sim.actions() {
        if let Action::Replanned { reason, left, before, after } = action {
            let what = replanned(reason, *left, (*before, *after));
            crate::entry::complain(settings.called.name(), &what);
        }
        if let Action::Spawn { key, slot, part: Part::Main, .. } = action {
            let job = &jobs[*key as usize];
            let cmd = pasteable(&settings.log.redact.command(&job.as_read()));
            let line = format!("{at}\t{slot}\t{}\t{cmd}\n", job.id);
            print(line.as_bytes())?;
        }
    }
    Ok(())
}
