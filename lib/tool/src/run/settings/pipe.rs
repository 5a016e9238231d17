//! Standard input divided among the jobs; a counting semaphore.

use crate::fail::Fail;
use crate::run::args::{PipeArgs, SemArgs};
use crate::run::name::Called;
use record::Seconds;

/// How a job is given its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Give {
    /// As its standard input.
    Stdin,
    /// As a file, whose name is the argument.
    File,
    /// As a FIFO, whose name is the argument.
    Fifo,
}

/// How input is divided.
#[derive(Clone, Debug, PartialEq)]
pub struct PipeSettings {
    /// The files of -a are divided without being read here.
    pub parts_of_files: bool,
    /// As it was written; 1M where it was not.
    pub block: Option<String>,
    pub recstart: Option<String>,
    pub recend: Option<String>,
    pub regexp: bool,
    pub remove_separators: bool,
    pub round_robin: bool,
    pub give: Give,
    /// Everything to every job.
    pub tee: bool,
}

/// What was asked for, if anything was.
pub fn pipe(args: PipeArgs) -> Option<PipeSettings> {
    let PipeArgs {
        pipe,
        pipepart,
        block,
        recstart,
        recend,
        regexp,
        remove_rec_sep,
        round_robin,
        cat,
        fifo,
        tee,
    } = args;
    if !(pipe || pipepart || round_robin || cat || fifo || tee) {
        return None;
    }
    Some(PipeSettings {
        parts_of_files: pipepart,
        block,
        recstart,
        recend,
        regexp,
        remove_separators: remove_rec_sep,
        round_robin,
        give: match (cat, fifo) {
            (true, _) => Give::File,
            (false, true) => Give::Fifo,
            (false, false) => Give::Stdin,
        },
        tee,
    })
}

/// A counting semaphore.
#[derive(Clone, Debug, PartialEq)]
pub struct SemSettings {
    pub id: Option<String>,
    /// Wait for the command's end.
    pub foreground: bool,
    /// Wait until nobody holds it; no command.
    pub wait: bool,
    pub patience: Patience,
}

/// How long a semaphore is waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Patience {
    Endless,
    /// Then the command is run without it.
    ThenAnyway(Seconds),
    /// Then it is given up.
    ThenNot(Seconds),
}

fn patience(text: &str) -> Result<Patience, Fail> {
    let (time, gives_up) = match text.strip_prefix('-') {
        Some(time) => (time, true),
        None => (text, false),
    };
    let time = record::parse_seconds(time).map_err(|_| {
        super::wrong(format!("--semaphore-timeout {text}: write a time, such as 10 or -1m"))
    })?;
    Ok(if gives_up { Patience::ThenNot(time) } else { Patience::ThenAnyway(time) })
}

/// What was asked for, if anything was.
///
/// # Errors
/// A time that is no number.
pub fn sem(args: SemArgs, called: Called) -> Result<Option<SemSettings>, Fail> {
    let SemArgs { semaphore, id, fg, bg, wait, once, semaphore_timeout } = args;
    if once {
        return Ok(None);
    }
    let asked = semaphore || id.is_some() || fg || bg || wait || semaphore_timeout.is_some();
    if !asked && called != Called::Sem {
        return Ok(None);
    }
    Ok(Some(SemSettings {
        id,
        foreground: fg,
        wait,
        patience: semaphore_timeout.map_or(Ok(Patience::Endless), |text| patience(&text))?,
    }))
}
