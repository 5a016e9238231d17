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
        about: "A part of a shell script under a lock, until the descriptor is closed or unlocked",
        shell: "export PG_LOCK_DIR=$PWD/locks; exec 9<>\"$(pglock --path vm1)\"; pglock --fd 9 vm1; pglock --try -q vm1 true || echo ours; pglock -u --fd 9 vm1",
        output: Some("ours\n"),
    },
    Example {
        about: "Does everybody wait for everybody?",
        shell: "export PG_LOCK_DIR=$PWD/locks; pglock --deadlock",
        output: Some("no deadlock\n"),
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
         command ends, and so does everyone who waits, until it is killed. --close-on-exit frees the lock \
         when the command ends. A holder that is stopped keeps the lock, too, and is shown with state T. With -o the command does not inherit it: \
         if pglock is killed, somebody else gets the lock while the command still runs. With -F pglock \
         becomes the command; one that closes its descriptors from 3 up frees the lock, and nobody is left to write lock.drop.\n\n\
         A lock file that is removed while somebody holds it admits nobody: who finds none looks for \
         processes of this user that still have it open, and waits until none of them holds it. If the \
         whole directory is removed, or the folder NAME.units, nothing is promised.",
    ),
    (
        "ORDER",
        "Who waits gets the lock in order of arrival, whether it is wanted alone, shared or in slots. A \
         waiter that cannot yet be served lets nobody pass; one that is killed or gives up changes nothing \
         for the others. --try does not go past waiters either; it waits, a second at most, only for one that is just \
         about to take the lock or to find it busy. \
         With different numbers of --slots for one name, the smaller one holds for whoever gave it, \
         and a warning is printed. --slots 1 is the same as -x; -x takes every slot; -s goes together with slots, \
         not with -x.",
    ),
    (
        "A SHELL'S DESCRIPTOR",
        "--fd N takes a lock for a descriptor of the calling shell and ends; the lock is held until \
         that descriptor and its copies are closed, or until pglock -u. Open it with exec N<> on what --path \
         prints: N> would do for -x only, N< for -s only. Slots cannot be held that way.",
    ),
    (
        "DEADLOCKS",
        "Who names several locks in one command, or in one operation of pgrun, cannot cause one. \
         A command that takes another lock while its own is held can: --deadlock shows who waits \
         for whom in a circle, from what the books say, and ends with status 1. Who waits for longer than a second says it \
         too, unless -q is given. It ends when one of them is killed, or with --wait.",
    ),
    (
        "FILES",
        "The lock directory is $PG_LOCK_DIR, else /run/lock/pgtools-UID where /run/lock is \
         writable for all and sticky, else /var/tmp/pgtools-UID; with --system, pgtools instead of \
         pgtools-UID. It must belong to the user or root, or be sticky. For each name there are NAME.lock, always empty, and \
         NAME.book with the counter of tokens, holders and waiters, one JSON record a line \
         (pg-record(5)). In file names, letters, digits and +,-.:=@_ stand for themselves, \
         other bytes as %XX; names that would be too long are cut and end in %~ and a digest. A directory on a \
         network file system (NFS, SMB, Ceph, Lustre and the like) is refused.",
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
