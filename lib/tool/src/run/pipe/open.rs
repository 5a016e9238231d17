//! From the flags to blocks that can be asked for.

use super::block::{After, Block, Store};
use super::blocks::{Blocks, From, Stream, head_of};
use super::parts::{Parts, Whole, read_at};
use super::records::Records;
use super::split::{Size, Splitter};
use super::spool::Spool;
use crate::fail::Fail;
use crate::run::attempt::PrivateDir;
use crate::run::feed::reader::Reader;
use crate::run::feed::{List, Lists};
use crate::run::settings::pipe::{BlockSize, Give, PipeSettings, What};
use crate::run::settings::{From as Given, InputRules, Source};
use record::status;
use std::fs::File;
use std::io::Seek as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A header is looked for in so much of a file.
const HEADER_BYTES: usize = 1 << 20;

/// What decides how the input is opened, besides its own flags.
pub struct Opening<'a> {
    pub rules: &'a InputRules,
    pub slots: u32,
    /// For what is kept on disk.
    pub folder: &'a Path,
    /// The command's words.
    pub command: &'a [std::ffi::OsString],
    /// How often a job is tried.
    pub tries: u32,
}

fn wrong(what: impl Into<String>) -> Fail {
    Fail::new(status::LOST, what)
}

/// Opens the input: lists of arguments, blocks, and an input that all jobs get.
///
/// # Errors
/// It cannot be opened, or not be divided.
pub fn open(
    pipe: &PipeSettings,
    sources: Vec<Source>,
    opening: &Opening<'_>,
) -> Result<(Lists, Blocks, Option<Spool>), Fail> {
    if opening.command.is_empty() {
        return Err(wrong("--pipe gives blocks to a command, and there is none; try cat"));
    }
    if pipe.what == What::RoundRobin && opening.tries > 1 {
        return Err(wrong(
            "--retries: what --round-robin has given away cannot be given again; use --pipe",
        ));
    }
    let (files, lists) = divided(sources, pipe)?;
    let lists = lists
        .into_iter()
        .map(|source| Ok((List::open(source.from, opening.rules)?, source.linked)))
        .collect::<Result<Vec<_>, Fail>>()?;
    let lists = if lists.is_empty() { Lists::none() } else { Lists::new(lists) };
    let (from, spool) = match (pipe.what, pipe.parts_of_files) {
        (What::Everything, true) => (everything_of(&files)?, None),
        (What::Everything, false) => shared_input(&files, opening)?,
        (_, true) => (From::Parts(parts(pipe, &files, opening.slots)?), None),
        (_, false) => (stream(pipe, &files, opening)?, None),
    };
    let folder = match pipe.give {
        Give::Stdin => None,
        Give::File | Give::Fifo => Some(
            PrivateDir::empty(opening.folder, (0, 0))
                .map_err(|e| Fail::io(status::LOST, opening.folder.display().to_string(), &e))?,
        ),
    };
    let blocks = Blocks::new(from, Store::new(opening.folder), (pipe.give, folder));
    Ok((lists, blocks, spool))
}

/// The files that are divided, and the lists that are not.
fn divided(sources: Vec<Source>, pipe: &PipeSettings) -> Result<(Vec<PathBuf>, Vec<Source>), Fail> {
    let (mut files, mut lists) = (Vec::new(), Vec::new());
    let files_are_lists = pipe.what == What::Everything && !pipe.parts_of_files;
    for source in sources {
        match source.from {
            Given::File(path) if !files_are_lists => files.push(path),
            Given::Stdin => {}
            _ => lists.push(source),
        }
    }
    if pipe.what != What::Everything && !lists.is_empty() {
        return Err(wrong(
            "--pipe gives each job a block, and no argument of :::; --tee gives every argument \
             all of the input",
        ));
    }
    match (pipe.parts_of_files, files.len()) {
        (true, 0) => Err(wrong("--pipepart divides files: name them by -a FILE or :::: FILE")),
        (false, 2..) => Err(wrong("--pipe reads one file; for several: cat FILES | pgrun --pipe")),
        _ => Ok((files, lists)),
    }
}

fn stream(pipe: &PipeSettings, files: &[PathBuf], opening: &Opening<'_>) -> Result<From, Fail> {
    let reader = reader(files, opening)?;
    let size = match pipe.size {
        BlockSize::Of(size) => size,
        BlockSize::PerSlot(_) => return Err(wrong("--block: only --pipepart takes less than 0")),
    };
    Ok(From::Stream(Box::new(Stream {
        reader,
        splitter: Splitter::new(pipe.records.clone(), size),
        header: pipe.header.clone(),
        head: Vec::new(),
        strip: stripped(pipe),
        after: if pipe.what == What::RoundRobin { After::Blocks } else { After::End },
    })))
}

fn stripped(pipe: &PipeSettings) -> Option<Records> {
    pipe.remove_separators.then(|| pipe.records.clone())
}

fn reader(files: &[PathBuf], opening: &Opening<'_>) -> Result<Reader, Fail> {
    let path = files.first().map(PathBuf::as_path);
    let reader = Reader::open(path, b'\n', opening.rules.max_line)?;
    sys::fd::enlarge_pipe(&reader);
    Ok(reader)
}

/// The input that all jobs get: of a file each reads its own way, another is kept.
fn shared_input(files: &[PathBuf], opening: &Opening<'_>) -> Result<(From, Option<Spool>), Fail> {
    let reader = reader(files, opening)?;
    let failed = |e| Fail::io(status::LOST, &reader.name, &e);
    let mut file = File::from(sys::fd::duplicate(reader_fd(&reader)).map_err(failed)?);
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() {
        let at = file.stream_position().map_err(failed)?;
        let place = (at.min(metadata.len()), metadata.len());
        let block = Block::of_file(Arc::new(file), place, After::End);
        return Ok((From::Everything(block), None));
    }
    let spool = Spool::new(reader, opening.folder)?;
    Ok((From::Everything(spool.block()), Some(spool)))
}

fn reader_fd(reader: &Reader) -> i32 {
    use std::os::fd::AsRawFd as _;
    reader.as_raw_fd()
}

/// A file that can be read from any place, and its length.
fn seekable(path: &Path) -> Result<(File, u64), Fail> {
    let name = path.display().to_string();
    let failed = |e| Fail::io(status::LOST, &name, &e);
    let mut file = File::open(path).map_err(failed)?;
    let kind = file.metadata().map_err(failed)?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return Err(wrong(format!(
            "{name}: is no regular file, so it cannot be read in parts; --pipe < {name} reads it"
        )));
    }
    let length = file.seek(std::io::SeekFrom::End(0)).map_err(failed)?;
    Ok((file, length))
}

fn everything_of(files: &[PathBuf]) -> Result<From, Fail> {
    let [path] = files else {
        return Err(wrong(
            "--tee gives one file to all jobs; for several: cat FILES | pgrun --tee",
        ));
    };
    let (file, length) = seekable(path)?;
    Ok(From::Everything(Block::of_file(Arc::new(file), (0, length), After::End)))
}

fn parts(pipe: &PipeSettings, files: &[PathBuf], slots: u32) -> Result<Parts, Fail> {
    if pipe.remove_separators {
        return Err(wrong("--remove-rec-sep reads the blocks: use --pipe in place of --pipepart"));
    }
    let mut opened = Vec::new();
    for path in files {
        let (file, length) = seekable(path)?;
        opened.push((file, length, path.display().to_string()));
    }
    let all: u64 = opened.iter().map(|(_, length, _)| *length).sum();
    let block = match pipe.size {
        BlockSize::Of(Size::Bytes(bytes)) => bytes as u64,
        BlockSize::PerSlot(count) => all / count.saturating_mul(u64::from(slots)).max(1) + 1,
        BlockSize::Of(Size::Records(_)) => return Err(wrong("--pipepart counts no records")),
    };
    let mut wholes = Vec::new();
    for (file, end, name) in opened {
        let mut bytes = vec![0; HEADER_BYTES.min(end as usize)];
        let count = read_at(&file, &mut bytes, 0).map_err(|e| Fail::io(status::LOST, &name, &e))?;
        let head = head_of(&pipe.header, &bytes[..count]);
        let at = head.len() as u64;
        wholes.push(Whole { file: Arc::new(file), name, head, at, end, block });
    }
    Ok(Parts::new(pipe.records.clone(), wholes))
}
