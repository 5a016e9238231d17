//! `--ring`: samples in a ring on disk; `--read`: what such a ring holds.

use super::args::Format;
use super::outputs::{Output, Told};
use super::sink::Sink;
use super::unfinished::{self, Unfinished};
use super::watch::Notes;
use crate::entry;
use crate::fail::{Fail, reason};
use crate::print;
use crate::ring::{Plan, Pushed, Ring, open, packed_length};
use record::{Alert, Fields, Record, Sample, Seconds, Summary, parse_record, status};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The flags of rings.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RingFlags {
    /// Keep samples in a ring on disk, of constant size, that a crash does not harm
    #[arg(long, value_name = "FILE")]
    pub ring: Option<PathBuf>,
    /// How far back the ring reaches; 24h unless it is there already
    #[arg(long, value_name = "DUR", requires = "ring", value_parser = crate::flags::seconds)]
    pub keep: Option<Seconds>,
    /// Size of a new ring, instead of what --keep and the first sample ask for
    #[arg(long, value_name = "BYTES", requires = "ring", hide_short_help = true,
          value_parser = record::parse_amount)]
    pub ring_size: Option<record::Amount>,
    /// Write what a ring holds, oldest first, and take no samples
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ring", "command"])]
    pub read: Option<String>,
}

/// A ring may be so large without being asked for.
const UNASKED: u64 = 1 << 30;

/// A day.
const KEEP: Seconds = Seconds::from_secs(24 * 3600);

/// Samples go into a ring.
pub struct Keeper {
    path: PathBuf,
    /// The ring, once it is there: the first sample shows how large it must be.
    ring: Option<Ring<File>>,
    keep: Seconds,
    size: Option<u64>,
    /// Its size is what somebody wants.
    wanted: bool,
    interval: Seconds,
    notes: Notes,
    line: Vec<u8>,
}

impl Keeper {
    /// Goes on with a ring that is there; a new one is made at the first sample.
    ///
    /// # Errors
    /// The file is something else, another pgmon writes it, or it was made for another time.
    pub fn new(flags: &RingFlags, path: &Path, of: (Seconds, Notes)) -> Result<Self, Fail> {
        let (interval, notes) = of;
        let own = |what: String| Fail::new(status::OWN, format!("{}: {what}", path.display()));
        let mut keeper = Keeper {
            path: path.to_path_buf(),
            ring: None,
            keep: flags.keep.unwrap_or(KEEP),
            size: flags.ring_size.map(|amount| amount.as_f64() as u64),
            wanted: flags.keep.is_some() || flags.ring_size.is_some(),
            interval,
            notes,
            line: Vec::new(),
        };
        let opened = File::options().read(true).write(true).open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // whether it can be made is known before the first sample
                keeper.begin().map_err(|error| own(reason(&error)))?;
                return Ok(keeper);
            }
            Err(error) => return Err(own(reason(&error))),
        };
        if file.try_lock().is_err() {
            return Err(own("another pgmon writes this ring".into()));
        }
        let remedy = "; name another file, or remove it";
        let ring = Ring::resume(file).map_err(|what| own(what + remedy))?;
        let kept = ring.plan().keep;
        if flags.keep.is_some_and(|keep| keep != kept) {
            let what = format!("was made to keep {} s; leave --keep out", kept.as_f64());
            return Err(own(what + remedy));
        }
        keeper.ring = Some(ring);
        Ok(keeper)
    }

    fn begin(&self) -> io::Result<(Unfinished, File)> {
        let new = unfinished::beside(&self.path);
        let new = new.ok_or_else(|| io::Error::other("is the name of no file"))?;
        let name = new.display().to_string();
        Unfinished::make(new).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::Error::other(format!(
                "{name} is there already; remove it if no other pgmon makes this ring now"
            )),
            _ => error,
        })
    }

    /// Makes the ring beside its place and then puts it there: half a ring is never seen.
    fn create(&self) -> io::Result<Ring<File>> {
        let plan = match self.size {
            Some(bytes) => Plan::of_size(self.keep, self.interval, bytes),
            None => Plan::for_records(self.keep, self.interval, packed_length(&self.line)?),
        };
        // a fine interval for a whole day is more than most mean
        if !self.wanted && plan.bytes() > UNASKED {
            let size = print::bytes(plan.bytes());
            let what = format!("24h of such samples take {size}; say --keep or --ring-size");
            return Err(io::Error::other(what));
        }
        let (new, file) = self.begin()?;
        // it is ours from when it can be seen on
        file.try_lock()?;
        sys::fd::reserve(&file, plan.bytes()).map_err(|error| {
            let size = print::bytes(plan.bytes());
            io::Error::other(format!("{size} cannot be had: {}", reason(&error)))
        })?;
        let ring = Ring::create(file, plan)?;
        new.put(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::other("another pgmon made it meanwhile; name another file")
            }
            _ => error,
        })?;
        if self.notes == Notes::Say {
            let (path, size) = (self.path.display(), print::bytes(plan.bytes()));
            entry::complain("pgmon", &format!("{path}: a new ring of {size}"));
        }
        Ok(ring)
    }

    fn push(&mut self, time: Seconds) -> Result<(), Fail> {
        let broken = |error: io::Error| Fail::io(status::OWN, self.path.display(), &error);
        let ring = match &mut self.ring {
            Some(ring) => ring,
            None => {
                let ring = self.create().map_err(broken)?;
                self.ring.insert(ring)
            }
        };
        let pushed = ring.push(&self.line, time);
        let said = match pushed.map_err(|e| Fail::io(status::OWN, self.path.display(), &e))? {
            Pushed::Kept => return Ok(()),
            Pushed::Short(reach) => format!(
                "the ring reaches back {:.0} s, not {:.0} s: its samples are larger than the \
                 first was; make it anew with a greater --ring-size",
                reach.as_f64(),
                ring.plan().keep.as_f64()
            ),
            Pushed::TooLong => "a sample is larger than a segment of the ring and was left out; \
                                make it anew with a greater --ring-size"
                .to_string(),
        };
        if self.notes == Notes::Say {
            entry::complain("pgmon", &format!("{}: {said}", self.path.display()));
            // said once
            self.notes = Notes::Hush;
        }
        Ok(())
    }
}

impl Output for Keeper {
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        self.line.clear();
        sample.append_line(&mut self.line);
        self.push(sample.time)
    }

    fn alert(&mut self, alert: &Alert) -> Result<(), Fail> {
        self.line.clear();
        alert.append_line(&mut self.line);
        self.push(alert.time)
    }

    fn summary(&mut self, summary: &Summary) -> Result<Told, Fail> {
        self.line.clear();
        summary.append_line(&mut self.line);
        self.push(summary.time)?;
        Ok(Told::No)
    }
}

/// Writes what a ring holds to standard output, in a form.
///
/// # Errors
/// It is no ring, or what it holds cannot be written.
pub fn read(name: &str, format: Format) -> Result<u8, Fail> {
    let bad = |what: &str| Fail::new(status::OWN, format!("{name}: {what}"));
    let reader = open(name).map_err(|what| bad(&what))?;
    let mut reader = reader.ok_or_else(|| bad("is no ring of pgmon, or is not there"))?;
    let mut out = io::stdout().lock();
    let mut sink = Sink::stdout(format);
    while let Some(line) = reader.next_line() {
        if format == Format::Ndjson {
            let written = out.write_all(line);
            written.map_err(|e| Fail::io(status::OWN, "standard output", &e))?;
            continue;
        }
        let fields = Fields::parse(line).map_err(|fault| bad(&fault.what))?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        if kind == Sample::KIND {
            sink.sample(&parse_record(line, &fields).map_err(|fault| bad(&fault.what))?)?;
        }
    }
    out.flush().map_err(|e| Fail::io(status::OWN, "standard output", &e))?;
    Ok(status::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(path: &Path) -> Keeper {
        let flags = RingFlags { keep: Some(Seconds::from_secs(60)), ..RingFlags::default() };
        Keeper::new(&flags, path, (Seconds::from_secs(1), Notes::Hush)).unwrap()
    }

    fn files(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn lines(path: &Path) -> u64 {
        let mut reader = open(path.to_str().unwrap()).unwrap().unwrap();
        let mut lines = 0;
        while reader.next_line().is_some() {
            lines += 1;
        }
        lines
    }

    #[test]
    fn a_ring_is_made_beside_its_place_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        let other = folder.path().join("r.new");
        std::fs::write(&other, "not ours").unwrap();
        // of somebody who was killed; no process has such a number
        std::fs::write(folder.path().join(".r.99999999.tmp"), "half").unwrap();
        let mut ring = keeper(&path);
        // ended now, nothing is left
        assert_eq!(files(folder.path()), ["r.new"]);
        ring.sample(&Sample::default()).unwrap();
        assert_eq!(files(folder.path()), ["r", "r.new"]);
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "not ours");
        // what has our unfinished name stays, and is told
        let second = folder.path().join("s");
        let taken = unfinished::beside(&second).unwrap();
        let mut ring = keeper(&second);
        std::fs::write(&taken, "not ours").unwrap();
        let said = ring.sample(&Sample::default()).unwrap_err().message;
        assert!(said.contains(".tmp is there already; remove it"), "{said}");
        assert_eq!(std::fs::read_to_string(&taken).unwrap(), "not ours");
    }

    #[test]
    fn of_two_that_make_a_ring_the_first_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        let (mut first, mut second) = (keeper(&path), keeper(&path));
        first.sample(&Sample::default()).unwrap();
        let said = second.sample(&Sample::default()).unwrap_err().message;
        let words = "another pgmon made it meanwhile; name another file";
        assert_eq!(said, format!("{}: {words}", path.display()));
        first.sample(&Sample { seq: 1, ..Sample::default() }).unwrap();
        assert_eq!((files(folder.path()), lines(&path)), (vec!["r".to_string()], 2));
        // where there are no links, nothing is replaced either
        let new = folder.path().join("new");
        std::fs::write(&new, "new").unwrap();
        let kind = sys::fd::rename_to_new(&new, &path).unwrap_err().kind();
        assert_eq!((kind, lines(&path)), (io::ErrorKind::AlreadyExists, 2));
        sys::fd::rename_to_new(&new, &folder.path().join("free")).unwrap();
        assert_eq!(files(folder.path()), ["free", "r"]);
    }
}
