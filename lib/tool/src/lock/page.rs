//! What the manual page says beyond the flags.

use crate::entry::Example;

pub const EXAMPLES: &[Example] = &[
    Example {
        about: "One at a time, whoever asks, on this machine",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock vm1 -- echo installing",
        output: Some("installing\n"),
    },
    Example {
        about: "At most three downloads at once, and no longer than half a minute in the queue",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock --wait 30s --slots 3 downloads -- echo got it",
        output: Some("got it\n"),
    },
    Example {
        about: "Skip what somebody else is doing already",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock backup -- pglock --try -q backup -- echo again || echo busy: $?",
        output: Some("busy: 75\n"),
    },
    Example {
        about: "Two locks, taken in the same order by everyone, so that nobody waits for ever",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock msiexec vm1 -- echo both",
        output: Some("both\n"),
    },
    Example {
        about: "Who holds what?",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock vm1 -- pglock --who vm1 --json",
        output: None,
    },
    Example {
        about: "In turn with scripts that use flock(1)",
        shell: "pglock --file ./build.lock flock -n ./build.lock true || echo busy",
        output: Some("busy\n"),
    },
];

pub const SECTIONS: &[(&str, &str)] = &[
    (
        "NAMES AND COMMANDS",
        "The first operand is the lock's name, the rest the command. Where -- stands among the \
         operands, all before it are names. A name is any bytes and is never parsed: db:5432 is a \
         name. Several locks are taken one after the other in the order of their file names, \
         whatever order they are given in, and those already taken are kept meanwhile. Options \
         stand before the first name.\n\n\
         If the command has a -- of its own, put one before the command too: \
         pglock vm1 -- git checkout -- file. A second name that is a program on the path is taken for this \
         mistake and refused; --also NAME takes such a name.",
    ),
    (
        "WHO HOLDS A LOCK",
        "The kernel: an open-file-description lock on the lock's file, whose descriptor the command \
         inherits, as with flock(1). It is free when the last process that has the descriptor is \
         gone, after kill -9 and crashes too, and it is held as long as any of the protected work \
         lives. If pglock is killed, the command goes on and keeps the lock. Slots are held in the same way, \
         by FIFOs in the folder NAME.units.\n\n\
         A process that the command leaves behind keeps the lock; pglock names it when the \
         command ends. --close-on-exit frees the lock then. With -o the command does not inherit it: \
         if pglock is killed, somebody else gets the lock while the command still runs. With -F pglock \
         becomes the command; one that closes its descriptors from 3 up frees the lock, and nobody is left to write lock.drop.\n\n\
         Do not remove files of the lock directory while locks are held: who opens the file anew \
         locks another one.",
    ),
    (
        "ORDER",
        "Who waits gets the lock in order of arrival, whether it is wanted alone, shared or in slots. A \
         waiter that cannot yet be served lets nobody pass. --try does not go past waiters either. \
         With different numbers of --slots for one name, the smaller one holds for whoever gave it, \
         and a warning is printed. --slots 1 is the same as -x; -x takes every slot; -s goes together with slots, \
         not with -x.",
    ),
    (
        "FILES",
        "The lock directory is $PG_LOCK_DIR, else /run/lock/pgtools-UID where /run/lock is \
         writable for all and sticky, else /var/tmp/pgtools-UID; with --system, pgtools instead of \
         pgtools-UID. It must belong to the user or root, or be sticky. For each name there are NAME.lock, always empty, and \
         NAME.book with the counter of tokens, holders and waiters, one JSON record a line \
         (pg-record(5)). In file names, letters, digits and +,-.:=@_ stand for themselves, \
         other bytes as %XX; names that would be too long are cut and end in %~ and a digest. The directory must be \
         on a local file system.",
    ),
    (
        "ENVIRONMENT",
        "PG_LOCK_DIR  The lock directory.
PATH  Where the command is looked for.
PG_LOCK_TOKEN  Given to the command: the fencing token, a number greater than every earlier \
         holder's of this lock and at least the microseconds since the epoch. A store that \
         remembers the greatest it has seen can refuse a holder that was stopped and came back. With \
         several locks, one token that serves for each.",
    ),
    (
        "SIGNALS",
        "While the command runs, pglock does not act on INT, QUIT, TERM, HUP, USR1, USR2 and ALRM: what is \
         typed in the terminal reaches the command by itself, what another process sends to pglock is \
         passed on. While waiting for a lock, pglock dies of them.",
    ),
];
