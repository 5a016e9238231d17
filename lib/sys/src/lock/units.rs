//! Units of a lock: a FIFO for each holder, held open for writing by it and its
//! work. Its name says how many units it stands for; without a writer it
//! stands for none. Counting and taking are done in the turnstile.

use super::dir::{LockDir, units_folder};
use super::{LockError, Name};
use crate::fd;
use std::fs::File;
use std::io;

/// Is in a FIFO whose units were given back by force. Many bytes: who counts the
/// units at this moment reads one, and must not read away what wakes who waits.
const FREED: [u8; 4096] = [b'x'; 4096];

/// A FIFO that somebody holds open for writing.
#[derive(Debug)]
pub(super) struct Taken {
    /// Hangs up when its last holder is gone; readable when it was given back by force.
    pub(super) end: File,
    pub(super) take: u32,
    pub(super) slots: u32,
    pub(super) token: u64,
}

/// Units of ours.
#[derive(Debug)]
pub(super) struct Unit {
    /// Open for writing: that is what holds them.
    pub(super) fifo: File,
    folder: LockDir,
    file: String,
}

/// Who holds units of a lock. The FIFOs of the dead are removed only by who
/// stands in the turnstile: another may be between making its FIFO and opening it.
pub(super) fn taken(dir: &LockDir, name: &Name, dead: Dead) -> Result<Vec<Taken>, LockError> {
    let folder = units_folder(name);
    let wrong = || LockError::io(dir.path_of(&folder).display().to_string());
    let Some(folder) = dir.folder(&folder).map_err(wrong())? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for file in folder.names().map_err(wrong())? {
        let Some((take, slots, token)) = meaning(&file) else { continue };
        let end = match folder.open_with(&file, libc::O_RDONLY | libc::O_NONBLOCK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(LockError::io(folder.path_of(&file).display().to_string()))?,
        };
        let read = fd::read_some(&end, &mut [0]);
        if matches!(read, Ok(Some(1..))) {
            continue; // given back by force just now, and removed
        }
        // end of file: nobody has it open for writing
        if matches!(read, Ok(Some(0))) {
            if dead == Dead::Removed {
                // another user's in a shared directory stays; it counts nothing
                let _ = folder.remove(&file);
            }
            continue;
        }
        out.push(Taken { end, take, slots, token });
    }
    Ok(out)
}

/// What is done with FIFOs that nobody has open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dead {
    Removed,
    LeftAlone,
}

/// `TAKE-SLOTS-TOKEN`.
fn meaning(file: &str) -> Option<(u32, u32, u64)> {
    let mut parts = file.split('-');
    let (take, slots) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((take, slots, parts.next()?.parse().ok()?))
}

/// Takes units; the caller has counted that they are free.
pub(super) fn hold(dir: &LockDir, name: &Name, what: (u32, u32, u64)) -> Result<Unit, LockError> {
    let (take, slots, token) = what;
    let folder = units_folder(name);
    let wrong = || LockError::io(dir.path_of(&folder).display().to_string());
    let folder = dir.make_folder(&folder).map_err(wrong())?;
    let file = format!("{take}-{slots}-{token}");
    folder.make_fifo(&file).map_err(wrong())?;
    // for reading too, or opening would need a reader
    let fifo = folder.open_with(&file, libc::O_RDWR | libc::O_NONBLOCK).map_err(wrong())?;
    Ok(Unit { fifo, folder, file })
}

impl Unit {
    /// Gives the units back, whoever else has the FIFO open: it is no longer
    /// found, and the byte wakes who waits for its hang-up.
    pub(super) fn free_by_force(&self) -> io::Result<()> {
        match self.folder.remove(&self.file) {
            // removed with the rest of the folder: who waits must hear of us all the same
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
        fd::write_some(&self.fifo, &FREED).map(|_| ())
    }

    /// Gives our part back; the file goes too if nobody else has it open.
    pub(super) fn free(self) {
        let end = self.folder.open_with(&self.file, libc::O_RDONLY | libc::O_NONBLOCK);
        drop(self.fifo);
        if end.is_ok_and(|end| matches!(fd::read_some(&end, &mut [0]), Ok(Some(0)))) {
            let _ = self.folder.remove(&self.file);
        }
    }
}
