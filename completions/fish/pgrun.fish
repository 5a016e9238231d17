complete -c pgrun -s j -l jobs -d 'Slots: N, N% of the CPUs, +N or -N relative to them, 0 for no limit [default: the CPUs allowed]' -r
complete -c pgrun -s a -l arg-file -d 'Read arguments from FILE, a job a line (- is standard input)' -r -F
complete -c pgrun -l ops -d 'Read operations from FILE (- is standard input)' -r -F
complete -c pgrun -l resource -d 'Capacity of a resource that operations hold, such as memory=8GiB' -r
complete -c pgrun -l retries -d 'Try each operation so many times in all (0 and 1: once)' -r
complete -c pgrun -l retry-delay -d 'Pause before the first repetition; it doubles each time' -r
complete -c pgrun -l timeout -d 'End an attempt after this long: TERM, grace, KILL to its group' -r
complete -c pgrun -l total-timeout -d 'End the run after this long (status 124)' -r
complete -c pgrun -s K -l grace -d 'Time from TERM to KILL' -r
complete -c pgrun -l on-failure -d 'What a failed operation does to the rest' -r -f -a "stop\t'End what runs, start nothing more'
finish\t'Let what runs end, start nothing more'
continue\t'Go on with what does not need it'
rollback\t'As finish, then undo what succeeded in reverse order'"
complete -c pgrun -l halt -d 'End the run on results: never, or soon|now,fail|success|done=N|N%' -r
complete -c pgrun -l fail-if -d 'Output that matches REGEX makes an operation fail' -r
complete -c pgrun -l ok-if -d 'Without a line of output that matches REGEX an operation fails' -r
complete -c pgrun -l events -d 'Write the events to FILE (- is standard output)' -r -F
complete -c pgrun -l event-output -d 'Whose last output goes into the events' -r -f -a "none\t'Nobody\'s'
failed\t'That of attempts that failed'
all\t'Everybody\'s'"
complete -c pgrun -l joblog -d 'Write a job log in GNU parallel\'s columns to FILE' -r -F
complete -c pgrun -l run-dir -d 'Folder the operations run in; made with artifacts/{outputs,logs,scripts}, output kept there' -r -F
complete -c pgrun -s C -l chdir -d 'Folder the commands run in' -r -F
complete -c pgrun -l env -d 'Variable added to the commands\' environment' -r
complete -c pgrun -l shell -d 'Shell for commands that need one' -r -F
complete -c pgrun -l lock-dir -d 'Lock directory' -r -F
complete -c pgrun -l keep-fd -d 'Leave an inherited descriptor open for the commands' -r
complete -c pgrun -l max-line -d 'Longest line that is read' -r
complete -c pgrun -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgrun -s k -l keep-order -d 'Print output in the order of the input'
complete -c pgrun -l tag -d 'Begin each line of output with the job\'s argument or id'
complete -c pgrun -s u -l ungroup -d 'Leave the output alone: no grouping'
complete -c pgrun -l dry-run -d 'Print what would be run, in order, and run nothing'
complete -c pgrun -s 0 -l null -d 'Arguments end with NUL bytes instead of newlines'
complete -c pgrun -l lines -d 'Standard input is lines, whatever it looks like'
complete -c pgrun -l stream -d 'Start operations as they are read, before the plan has been checked'
complete -c pgrun -l skip-bad -d 'Leave out operations that cannot be read, instead of running nothing'
complete -c pgrun -l allow-empty -d 'An empty input is no error'
complete -c pgrun -l allow-strays -d 'Leave processes alone that outlive their operation'
complete -c pgrun -l progress -d 'Show progress even where standard error is no terminal'
complete -c pgrun -s v -l verbose -d 'Say on standard error what is done'
complete -c pgrun -s s -l quiet -d 'Say nothing but errors'
complete -c pgrun -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgrun -s V -l version -d 'Print version'
