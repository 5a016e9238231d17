//! The index: a table of runs in SQLite, made for the questions that are asked of it.
//!
//! What is in it can be lost: it is not written through to the disk, and made anew from the
//! logs where it is missing or broken.

mod query;

pub use query::{Compare, Condition, Field, Query, Value};

use crate::name;
use crate::trouble::Trouble;
use record::{KeptRun, Seconds};
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the table; an index of another one is made anew.
const VERSION: i64 = 1;

/// How long another process is waited for by whoever asks; one that writes a run takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How long by a run that ends: its log is found by the next who asks.
pub const HASTE: Duration = Duration::from_millis(50);

/// One index a question: by time, by name, by how it ended, by machine, by command line; and
/// one by file, from `UNIQUE`. Each ends with the time, so that the newest come first without sorting.
const SCHEMA: &str = "
    CREATE TABLE runs(
        file TEXT NOT NULL UNIQUE,
        run TEXT NOT NULL,
        began INTEGER NOT NULL,
        status TEXT NOT NULL,
        exit INTEGER,
        signal INTEGER,
        makespan INTEGER,
        ops INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        host TEXT NOT NULL,
        command TEXT NOT NULL,
        bytes INTEGER NOT NULL
    );
    CREATE INDEX runs_by_began ON runs(began);
    CREATE INDEX runs_by_run ON runs(run, began);
    CREATE INDEX runs_by_status ON runs(status, began);
    CREATE INDEX runs_by_host ON runs(host, began);
    CREATE INDEX runs_by_command ON runs(command, began);
    CREATE TABLE state(one INTEGER PRIMARY KEY, runs INTEGER, bytes INTEGER, digest INTEGER);
    INSERT INTO state VALUES(1, 0, 0, 0);
";

/// The columns of a run, as `run_of` reads them.
const COLUMNS: &str =
    "file, run, began, status, exit, signal, makespan, ops, failed, host, command, bytes";

const STATE: &str = "SELECT runs, bytes, digest FROM state WHERE one = 1";
const FIRST: &str =
    "SELECT began FROM runs INDEXED BY runs_by_began WHERE began >= ?1 ORDER BY began LIMIT 1";
const SIZE: &str = "SELECT bytes FROM runs WHERE file = ?1";
const REMOVE: &str = "DELETE FROM runs WHERE file = ?1";

/// What is known of all runs together.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// How many.
    pub runs: u64,
    /// Bytes of their logs.
    pub bytes: u64,
    /// All names of logs, in short.
    pub digest: u64,
}

/// The index.
#[derive(Debug)]
pub struct Index {
    db: Connection,
    path: PathBuf,
}

impl Index {
    /// Opens it; a new one where there is none. Another process is waited for as long as said.
    ///
    /// # Errors
    /// It cannot be made, is none, or another process holds it.
    pub fn open(path: &Path, patience: Duration) -> Result<Self, Trouble> {
        // a FIFO would be waited for
        if path.metadata().is_ok_and(|meta| !meta.is_file()) {
            let what = "is no index; remove it, and it is made anew".to_string();
            return Err(Trouble::Content { path: path.to_path_buf(), what });
        }
        // command lines are not for everybody; where it cannot be made SQLite says why
        let _ = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let db = Connection::open(path).map_err(Trouble::index(path))?;
        db.busy_timeout(patience).map_err(Trouble::index(path))?;
        Index { db, path: path.to_path_buf() }.prepared()
    }

    /// One in memory, with the path of that which it stands for.
    ///
    /// # Errors
    /// There is no memory.
    pub fn in_memory(path: &Path) -> Result<Self, Trouble> {
        let db = Connection::open_in_memory().map_err(Trouble::index(path))?;
        Index { db, path: path.to_path_buf() }.prepared()
    }

    fn prepared(mut self) -> Result<Self, Trouble> {
        self.prepare().map_err(Trouble::index(&self.path))?;
        Ok(self)
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        // it can be made anew: what it costs to be safe from power cuts is not worth it
        self.db.pragma_update(None, "synchronous", "OFF")?;
        let version =
            |db: &Connection| db.pragma_query_value(None, "user_version", |row| row.get(0));
        match version(&self.db)? {
            VERSION => return Ok(()),
            0i64 => {}
            _ => return Err(of_another_version()),
        }
        let change = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // somebody else may have been faster
        if version(&change)? == 0 {
            change.execute_batch(SCHEMA)?;
            change.pragma_update(None, "user_version", VERSION)?;
        }
        change.commit()
    }

    /// What is known of all runs together.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn state(&self) -> Result<State, Trouble> {
        state(&self.db).map_err(Trouble::index(&self.path))
    }

    /// Adds runs, or tells anew what it has of them.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, runs: &[KeptRun]) -> Result<(), Trouble> {
        self.change(&[], runs).map_err(Trouble::index(&self.path))
    }

    /// Forgets runs by the names of their logs.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remove<'a>(&mut self, files: impl Iterator<Item = &'a str>) -> Result<(), Trouble> {
        let files: Vec<&str> = files.collect();
        self.change(&files, &[]).map_err(Trouble::index(&self.path))
    }

    fn change(&mut self, gone: &[&str], new: &[KeptRun]) -> rusqlite::Result<()> {
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let change = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut now = state(&change)?;
        {
            let mut size = change.prepare(SIZE)?;
            let mut remove = change.prepare(REMOVE)?;
            let mut forget = |file: &str| -> rusqlite::Result<()> {
                let bytes = size.query_row([file], |row| row.get::<_, i64>(0)).optional()?;
                if let Some(bytes) = bytes {
                    remove.execute([file])?;
                    now.runs = now.runs.saturating_sub(1);
                    now.bytes = now.bytes.saturating_sub(bytes as u64);
                    now.digest ^= name::digest(file);
                }
                Ok(())
            };
            gone.iter().try_for_each(|file| forget(file))?;
            new.iter().try_for_each(|run| forget(&run.file))?;
        }
        {
            let insert = format!("INSERT INTO runs({COLUMNS}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
            let mut insert = change.prepare(&insert)?;
            for run in new {
                insert.execute(params![
                    run.file,
                    run.run,
                    run.time.as_micros(),
                    run.status,
                    run.exit,
                    run.signal,
                    run.makespan_s.map(Seconds::as_micros),
                    run.ops as i64,
                    run.failed as i64,
                    run.host,
                    run.command,
                    run.bytes as i64,
                ])?;
                now.runs += 1;
                now.bytes += run.bytes;
                now.digest ^= name::digest(&run.file);
            }
        }
        change.execute(
            "UPDATE state SET runs = ?1, bytes = ?2, digest = ?3 WHERE one = 1",
            params![now.runs as i64, now.bytes as i64, now.digest as i64],
        )?;
        change.commit()
    }

    /// The names of all logs that it knows. Reads all of it: only for bringing it up to date.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn files(&self) -> Result<BTreeSet<String>, Trouble> {
        let read = || -> rusqlite::Result<BTreeSet<String>> {
            let mut all = self.db.prepare("SELECT file FROM runs")?;
            all.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(Trouble::index(&self.path))
    }

    /// The runs that are asked for, the newest first.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn find(&self, query: &Query) -> Result<Vec<KeptRun>, Trouble> {
        let (text, values) = query.statement(COLUMNS);
        self.runs(&text, values)
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn all(&self) -> Result<Vec<KeptRun>, Trouble> {
        self.find(&Query::default())
    }

    /// The run that began last, or so many before it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn newest(&self, back: u64) -> Result<Option<KeptRun>, Trouble> {
        let query = Query { most: back.saturating_add(1), ..Query::default() };
        let mut found = self.find(&query)?;
        Ok(if found.len() as u64 > back { found.pop() } else { None })
    }

    /// Runs whose name, or whose log's name, begins so; at most a few.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn named(&self, name: &str) -> Result<Vec<KeptRun>, Trouble> {
        let mut found: Vec<KeptRun> = Vec::new();
        for column in ["run", "file"] {
            let values = [name.to_string(), format!("{name}\u{10ffff}")];
            let values = values.map(rusqlite::types::Value::from).to_vec();
            for run in self.runs(&beginning(column), values)? {
                if found.iter().all(|other| other.file != run.file) {
                    found.push(run);
                }
            }
        }
        Ok(found)
    }

    /// When the first run began.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn first_began(&self) -> Result<Option<Seconds>, Trouble> {
        let read = self.db.query_row(FIRST, [i64::MIN], |row| row.get(0)).optional();
        read.map(|micros| micros.map(Seconds::from_micros)).map_err(Trouble::index(&self.path))
    }

    fn runs(
        &self,
        text: &str,
        values: Vec<rusqlite::types::Value>,
    ) -> Result<Vec<KeptRun>, Trouble> {
        let read = || -> rusqlite::Result<Vec<KeptRun>> {
            let mut statement = self.db.prepare(text)?;
            statement.query_map(params_from_iter(values), run_of)?.collect()
        };
        read().map_err(Trouble::index(&self.path))
    }
}

/// Runs of which a column begins so: between two bounds, which an index finds.
fn beginning(column: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM runs WHERE {column} >= ?1 AND {column} < ?2 ORDER BY {column} LIMIT 20"
    )
}

fn state(db: &Connection) -> rusqlite::Result<State> {
    db.query_row(STATE, [], |row| {
        let number = |place| row.get::<_, i64>(place).map(|value| value as u64);
        Ok(State { runs: number(0)?, bytes: number(1)?, digest: number(2)? })
    })
}

fn run_of(row: &Row<'_>) -> rusqlite::Result<KeptRun> {
    let number = |place| row.get::<_, i64>(place).map(|value| value as u64);
    Ok(KeptRun {
        file: row.get(0)?,
        run: row.get(1)?,
        time: Seconds::from_micros(row.get(2)?),
        status: row.get(3)?,
        exit: row.get(4)?,
        signal: row.get(5)?,
        makespan_s: row.get::<_, Option<i64>>(6)?.map(Seconds::from_micros),
        ops: number(7)?,
        failed: number(8)?,
        host: row.get(9)?,
        command: row.get(10)?,
        bytes: number(11)?,
        ..KeptRun::default()
    })
}

/// An index that another version has made: it is to be made anew as a broken one.
fn of_another_version() -> rusqlite::Error {
    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    rusqlite::Error::SqliteFailure(error, Some("made by another version of pgtools".to_string()))
}

#[cfg(test)]
mod tests;
