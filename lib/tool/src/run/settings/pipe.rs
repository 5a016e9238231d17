//! Standard input divided among the jobs; a counting semaphore.

use super::input::unescape;
use super::{parse_size, wrong};
use crate::fail::Fail;
use crate::run::args::{InputArgs, PipeArgs, SemArgs};
use crate::run::name::Called;
use crate::run::pipe::{Records, Size, bytes_regex};
use record::Seconds;
use regex::bytes::Regex;

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

/// What is divided, and how.
#[derive(Clone, Debug)]
pub struct PipeSettings {
    pub what: What,
    /// The files of -a are divided without being read here.
    pub parts_of_files: bool,
    pub size: BlockSize,
    pub records: Records,
    pub header: BlockHeader,
    /// What begins and ends records is left out.
    pub remove_separators: bool,
    pub give: Give,
}

/// What the jobs get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A block each.
    Blocks,
    /// A part each of a file that is not read here.
    Parts,
    /// As many blocks as they take.
    RoundRobin,
    /// Everything.
    Everything,
}

/// How large a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockSize {
    Of(Size),
    /// Of a file: so many for each slot.
    PerSlot(u64),
}

/// What the first bytes are that every block gets.
#[derive(Clone, Debug)]
pub enum BlockHeader {
    None,
    Lines(usize),
    Pattern(Regex),
}

/// How much of the input has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Too little for a regular expression.
    Little,
    /// A block, in which a header is found.
    Block,
    /// Everything.
    All,
}

/// GNU parallel's.
const USUAL_BLOCK: usize = 1 << 20;

/// What was asked for, if anything was. Takes from the flags of the input those that
/// speak of records then.
///
/// # Errors
/// A value that means nothing, flags that cannot be combined.
pub fn pipe(args: PipeArgs, input: &mut InputArgs) -> Result<Option<PipeSettings>, Fail> {
    let what = match &args {
        PipeArgs { pipepart: true, round_robin: true, .. } => {
            return Err(wrong(
                "--round-robin divides what is read here; for parts of a file use \
                 --pipepart --block -1",
            ));
        }
        PipeArgs { tee: true, round_robin: true, .. } => {
            return Err(wrong("--tee gives everything to every job; --round-robin divides it"));
        }
        PipeArgs { tee: true, .. } => What::Everything,
        PipeArgs { pipepart: true, .. } => What::Parts,
        PipeArgs { round_robin: true, .. } => What::RoundRobin,
        PipeArgs { pipe, cat, fifo, .. } if *pipe || *cat || *fifo => What::Blocks,
        _ => return Ok(None),
    };
    let count = [input.max_replace_args.take(), input.max_args.take()];
    let count = count.into_iter().flatten().next();
    let lines = [input.lines_per_job.take(), input.max_lines.take()];
    let lines = lines.into_iter().flatten().next();
    if what == What::Parts && (count.is_some() || lines.is_some()) {
        return Err(wrong(
            "--pipepart counts no records, so that it need not read: leave -N and -L out, \
             or use --pipe",
        ));
    }
    let give = match (args.cat, args.fifo) {
        (true, _) => Give::File,
        (false, true) => Give::Fifo,
        (false, false) => Give::Stdin,
    };
    if give == Give::File && matches!(what, What::RoundRobin | What::Everything) {
        return Err(wrong("--cat makes a file of each block; it takes no --round-robin or --tee"));
    }
    Ok(Some(PipeSettings {
        what,
        parts_of_files: args.pipepart,
        size: size(args.block.as_deref(), count.as_deref(), what)?,
        records: records(&args, lines.as_deref())?,
        header: header(input.header.take().as_deref())?,
        remove_separators: args.remove_rec_sep,
        give,
    }))
}

fn size(block: Option<&str>, count: Option<&str>, what: What) -> Result<BlockSize, Fail> {
    if let Some(text) = count
        && let records @ 1.. = super::input::parse_count("-N", text)?
    {
        return Ok(BlockSize::Of(Size::Records(records)));
    }
    let Some(text) = block else { return Ok(BlockSize::Of(Size::Bytes(USUAL_BLOCK))) };
    if let Some(per_slot) = text.strip_prefix('-') {
        let per_slot = per_slot.parse().ok().filter(|count| *count > 0);
        return match (per_slot, what) {
            (Some(count), What::Parts) => Ok(BlockSize::PerSlot(count)),
            (Some(_), _) => Err(wrong(format!(
                "--block {text}: how long the input is only --pipepart knows; write a size"
            ))),
            (None, _) => Err(wrong(format!("--block {text}: write a size, or -1, -2, ..."))),
        };
    }
    Ok(BlockSize::Of(Size::Bytes(match parse_size("--block", text)? {
        0 => USUAL_BLOCK,
        bytes => bytes,
    })))
}

fn records(args: &PipeArgs, lines: Option<&str>) -> Result<Records, Fail> {
    if let Some(text) = lines {
        if args.recstart.is_some() || args.recend.is_some() {
            return Err(wrong("-L counts lines; it takes no --recstart or --recend (use -N)"));
        }
        return Ok(Records::Lines(super::input::parse_count("-L", text)?.max(1)));
    }
    let (end, start) = match (&args.recend, &args.recstart) {
        (None, None) => ("\n", ""),
        (end, start) => (end.as_deref().unwrap_or_default(), start.as_deref().unwrap_or_default()),
    };
    if args.regexp {
        return Records::of_pattern(end, start)
            .map_err(|e| wrong(format!("--regexp: {}", last_line(&e.to_string()))));
    }
    let (end, start) = (unescape(end.as_bytes()), unescape(start.as_bytes()));
    Ok(Records::of_text(&end, &start))
}

fn header(text: Option<&str>) -> Result<BlockHeader, Fail> {
    let Some(text) = text else { return Ok(BlockHeader::None) };
    match (text, text.parse()) {
        (":", _) => Ok(BlockHeader::Lines(1)),
        (_, Ok(0)) => Ok(BlockHeader::None),
        (_, Ok(lines)) => Ok(BlockHeader::Lines(lines)),
        (_, Err(_)) => bytes_regex(&format!(r"\A(?:{text})"))
            .map(BlockHeader::Pattern)
            .map_err(|e| wrong(format!("--header {text}: {}", last_line(&e.to_string())))),
    }
}

impl BlockHeader {
    /// How long it is at the beginning of these bytes; `None` where that is not seen yet.
    pub fn length(&self, bytes: &[u8], seen: Seen) -> Option<usize> {
        match self {
            BlockHeader::None => Some(0),
            BlockHeader::Lines(lines) => {
                let end = memchr::memchr_iter(b'\n', bytes).nth(lines - 1).map(|at| at + 1);
                end.or((seen == Seen::All).then_some(0))
            }
            BlockHeader::Pattern(_) if seen == Seen::Little => None,
            BlockHeader::Pattern(regex) => match regex.find(bytes) {
                Some(found) if found.end() == bytes.len() && seen != Seen::All => None,
                found => Some(found.map_or(0, |found| found.end())),
            },
        }
    }
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string()
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
        wrong(format!("--semaphore-timeout {text}: write a time, such as 10 or -1m"))
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
