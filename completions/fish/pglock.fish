complete -c pglock -l slots -d 'Together with others while at most N slots are taken' -r
complete -c pglock -l take -d 'How many of the slots to take' -r
complete -c pglock -l also -d 'Take this lock as well (may be repeated); all are taken in one order' -r
complete -c pglock -l file -d 'Lock this file with flock(2), beside users of flock(1), instead of a name' -r -F
complete -c pglock -l fd -d 'Lock this descriptor of the calling shell, opened on what --path prints, and leave it locked' -r
complete -c pglock -s w -l wait -l timeout -d 'Wait at most this long (90, 1.5, 30m); 0 is --try' -r
complete -c pglock -s E -l conflict-exit-code -d 'Exit status for a busy lock' -r
complete -c pglock -s c -l command -d 'Give this to /bin/sh instead of a command\'s words' -r
complete -c pglock -l who -d 'Show who holds a lock and who waits for it' -r
complete -c pglock -l path -d 'Print the path of a lock\'s file' -r
complete -c pglock -l dir -d 'Lock directory, instead of $PG_LOCK_DIR or this user\'s own' -r -F
complete -c pglock -l events -d 'Write the events to FILE (- is standard output)' -r -F
complete -c pglock -s x -l exclusive -d 'Alone (the default)'
complete -c pglock -s s -l shared -d 'Together with others who share it'
complete -c pglock -s u -l unlock -d 'Unlock the descriptor of --fd'
complete -c pglock -s n -l try -l nonblock -d 'Do not wait: fail at once if the lock is busy'
complete -c pglock -s o -l close -d 'The command does not inherit the lock: it is freed when pglock dies, even while the command runs'
complete -c pglock -s F -l no-fork -d 'Become the command instead of staying as its parent; a command that closes its descriptors frees the lock'
complete -c pglock -l close-on-exit -d 'When the command has ended, take the lock from processes that it left behind'
complete -c pglock -s l -l list -d 'List the locks that are held or waited for'
complete -c pglock -l deadlock -d 'Show processes that wait for one another\'s locks and will never get them; status 1 if there are any'
complete -c pglock -l json -d 'Records, one JSON object a line, from --list and --who'
complete -c pglock -l system -d 'The lock directory for all users of this machine'
complete -c pglock -s v -l verbose -d 'Say on standard error what is done'
complete -c pglock -s q -l quiet -d 'Say nothing of waiting, busy locks and strays'
complete -c pglock -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pglock -s V -l version -d 'Print version'
