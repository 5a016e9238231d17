//! What is made of a job's arguments besides its command: the tag of its lines, where
//! its output is kept, the folder it runs in, the files that it makes.

use super::admit::Admitted;
use super::attempt::Attempt;
use super::drive::Runner;
use super::feed::Feed;
use super::job::Job;
use super::log::Before;
use super::output::{Piece, Tagger, Written};
use super::outputs::OutputDesk;
use super::results::{Files, Folder, Names, Naming};
use super::settings::{BatchResults, Echo, Grouping, Results, Settings, Tag};
use super::sinks::To;
use super::start::Start;
use super::template::{Plain, Strings, Values};
use crate::fail::{Fail, reason};
use engine::{Key, Part};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// Texts with replacement strings.
#[derive(Debug, Default)]
pub struct Texts {
    tag: Tags,
    results: Option<(Folder, Plain)>,
    /// What makes a slot ready.
    set_up: Option<Plain>,
    place: Place,
    /// The last of the places that was made.
    made: Option<PathBuf>,
    /// Weights and keys.
    pub admitted: Admitted,
    /// Where declared outputs are written.
    pub outputs: OutputDesk,
}

/// What begins each line.
#[derive(Debug, Default)]
enum Tags {
    #[default]
    None,
    Arguments,
    Text(Plain),
}

/// The folder that jobs run in.
#[derive(Debug, Default)]
enum Place {
    /// Ours, or that of the operation.
    #[default]
    Here,
    /// A new one for each, removed when it has ended.
    Own,
    /// A fixed one.
    Path(PathBuf),
    /// Made where it is not there.
    Text(Plain),
}

impl Texts {
    /// Cuts them.
    ///
    /// # Errors
    /// A replacement string that is not taken, a folder that cannot be made.
    pub fn new(settings: &Settings, strings: &Strings) -> Result<Self, Fail> {
        let results = match &settings.output.results {
            Some(Results::Folder(name)) => {
                Some((Folder { name: name.clone() }, Plain::new(name.as_bytes(), strings)?))
            }
            _ => None,
        };
        let place = match &settings.place.chdir {
            None => Place::Here,
            Some(path) if path.as_os_str() == "..." => Place::Own,
            Some(path) if settings.called.is_gnu() => {
                Place::Text(Plain::new(path.as_os_str().as_bytes(), strings)?)
            }
            Some(path) => Place::Path(path.clone()),
        };
        let of_slots = Strings { slot: strings.slot.clone(), ..Strings::none() };
        let set_up = settings.warm.slot_init.as_deref();
        Ok(Texts {
            set_up: set_up.map(|text| Plain::new(text.as_bytes(), &of_slots)).transpose()?,
            tag: match &settings.output.tag {
                Tag::None => Tags::None,
                Tag::Arguments => Tags::Arguments,
                Tag::Text(text) if text.is_empty() => Tags::None,
                Tag::Text(text) => {
                    let text = super::settings::input::unescape(text.as_bytes());
                    Tags::Text(Plain::new(&text, strings)?)
                }
            },
            results,
            place,
            made: None,
            admitted: Admitted::new(settings, strings)?,
            outputs: OutputDesk::default(),
        })
    }

    /// Each job gets a folder of its own to run in.
    pub fn has_own_folders(&self) -> bool {
        matches!(self.place, Place::Own)
    }

    /// The number of all jobs stands in one of them.
    pub fn names_total(&self) -> bool {
        let tag = matches!(&self.tag, Tags::Text(text) if text.names_total());
        let place = matches!(&self.place, Place::Text(text) if text.names_total());
        let admitted = self.admitted.names_total();
        tag || place
            || admitted
            || self.results.as_ref().is_some_and(|(_, text)| text.names_total())
    }

    /// What begins the lines of a job.
    pub fn tagger(&self, job: &Job, values: Values<'_>) -> Tagger {
        let mut tag = match &self.tag {
            Tags::None => return Tagger::default(),
            Tags::Arguments => job.tag(),
            Tags::Text(text) => text.text(values),
        };
        tag.push(b'\t');
        Tagger::new(tag)
    }

    /// The files of a job: standard output, standard error, its number.
    fn files(&self, job: &Job, values: Values<'_>, naming: Naming<'_>) -> Option<[PathBuf; 3]> {
        let (folder, text) = self.results.as_ref()?;
        let id = [job.id.as_bytes().to_vec()];
        let naming = match &job.op {
            // an operation has a name instead of arguments
            Some(_) => Naming { names: &[b"id".to_vec()], args: &id, columns: 1 },
            None => naming,
        };
        Some(folder.files(text.text(values), naming))
    }

    /// An earlier run has done the job: the job log says so, or its results are there.
    pub fn is_done(&self, job: &Job, (before, feed): (&Before, &Feed)) -> bool {
        if !before.by_results {
            return before.has(job.seq);
        }
        let names = feed.names();
        let naming = Naming { names: &names, args: &job.args, columns: feed.columns() };
        self.files(job, feed.values(job, 1), naming).is_some_and(|[out, ..]| out.exists())
    }

    /// The command that makes a slot ready.
    pub fn set_up(&self, slot: u32) -> Option<Vec<u8>> {
        self.set_up.as_ref().map(|text| text.text(of_slot(slot)))
    }

    /// The folder that it runs in, if that is not that of everybody.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn set_up_folder(&mut self, slot: u32) -> Result<Option<PathBuf>, String> {
        self.folder(of_slot(slot))
    }

    /// The folder that a job runs in, if it is not that of everybody.
    ///
    /// # Errors
    /// It cannot be made.
    fn folder(&mut self, values: Values<'_>) -> Result<Option<PathBuf>, String> {
        match &self.place {
            Place::Here | Place::Own => Ok(None),
            Place::Path(path) => Ok(Some(path.clone())),
            Place::Text(text) => {
                let path = PathBuf::from(OsString::from_vec(text.text(values)));
                if self.made.as_ref() != Some(&path) {
                    make(&path)?;
                    self.made = Some(path.clone());
                }
                Ok(Some(path))
            }
        }
    }
}

/// What is known where there is no job yet.
fn of_slot(slot: u32) -> Values<'static> {
    Values { args: &[], seq: 0, slot, total: None, outputs: &[] }
}

fn make(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {}", folder.display(), reason(&e)))
}

impl Runner {
    /// The folder that an attempt runs in, beside what its operation says.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn place_of(&mut self, start: Start) -> Result<Option<PathBuf>, String> {
        let Some(job) = self.jobs.get(start.key as usize).and_then(Option::as_ref) else {
            return Ok(None);
        };
        self.texts.folder(self.feed.values(job, start.slot))
    }

    /// What is to become of an attempt's output.
    pub fn written_of(&mut self, start: Start) -> Written {
        let Some(job) = self.job(start.key).filter(|_| start.part == Part::Main) else {
            return Written::default();
        };
        let mut tagger = self.texts.tagger(job, self.feed.values(job, start.slot));
        if self.settings.batches.results == Some(BatchResults::Order) {
            let items = job.args.iter().map(|item| [item, &b"\t"[..]].concat());
            tagger = tagger.each(items.collect());
        }
        let mut written = self.written(start.key, tagger);
        let files = match self.results_of(start.key, start.slot) {
            Some(paths) => make(paths[0].parent().unwrap_or(Path::new("."))).and_then(|()| {
                let shown =
                    self.settings.output.files || self.settings.output.grouping == Grouping::Lines;
                Files::of_job(job.seq, paths, if shown { Names::Shown } else { Names::Silent })
            }),
            None if self.settings.output.files => {
                Files::temporary(&self.settings.place.tmpdir(), job.seq)
            }
            None => return written,
        };
        match files {
            Ok(files) => written.files = Some(Box::new(files)),
            Err(what) => {
                let id = job.id.clone();
                self.lose(format!("{what}; the output of {id} is printed instead"));
            }
        }
        written
    }

    /// Where `--results` keeps a job's output.
    fn results_of(&self, key: Key, slot: u32) -> Option<[PathBuf; 3]> {
        let job = self.job(key).filter(|_| self.texts.results.is_some())?;
        let names = self.feed.names();
        let naming = Naming { names: &names, args: &job.args, columns: self.feed.columns() };
        self.texts.files(job, self.feed.values(job, slot), naming)
    }

    /// Prints the command before a start whose output does not pass through us: after
    /// it, the command's own might come first.
    pub fn echo_ahead(&mut self, start: Start) {
        let alone = self.settings.output.grouping == Grouping::None;
        if !alone || start.part != Part::Main || self.settings.output.echo != Echo::Out {
            return;
        }
        let mut line = self.command_text(start.key, start.slot);
        line.push(b'\n');
        let to = self.targets();
        self.sinks.write_lines(&self.poller, to[0], &line);
    }

    /// Says which command starts, where that is asked for.
    pub fn echo(&mut self, attempt: &mut Attempt) {
        if attempt.part != Part::Main || self.settings.output.echo == Echo::Nothing {
            return;
        }
        let mut line = self.command_text(attempt.key, attempt.slot);
        line.push(b'\n');
        let (to, live) = (attempt.to, self.live_now(attempt));
        let (sinks, poller) = (&mut self.sinks, &self.poller);
        match self.settings.output.echo {
            Echo::Nothing => {}
            Echo::Err => {
                let text = String::from_utf8_lossy(&line);
                let note = self.printer.dress.note(text.trim_end_matches('\n'));
                sinks.write_lines(poller, To::Err, format!("{note}\n").as_bytes());
            }
            // it stands there already
            Echo::Out if self.settings.output.grouping == Grouping::None => {}
            Echo::Out => {
                let piece = Piece { stream: 0, to, live, bytes: &line };
                self.printer.add(&mut attempt.written, piece, (sinks, poller));
            }
        }
    }
}
