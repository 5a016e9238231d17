complete -c pgrun -s j -l jobs -d 'Slots: N, N%, +N, -N, 0 (no limit), auto, cpu=N,wait=N, formula' -r
complete -c pgrun -l load-factor -d 'Take that part of the slots, or what the load of others leaves: a number from 0 to 1, or auto' -r
complete -c pgrun -l show-limits -d 'Print what bounds a run on this machine, what each rule makes of it, and end' -r -f -a "text\t'A table'
json\t'A record'"
complete -c pgrun -l adapt -d 'How bold -j auto is: aggressive, conservative or stepwise [default: by how much operations differ]' -r -f -a "aggressive\t'Far at once by what the commands do, back by what is measured'
conservative\t'By what is measured, half as many more at a time'
stepwise\t'Two more or one fewer in each period'"
complete -c pgrun -l adapt-every -d 'How often -j auto looks at the machine [default: 1s]' -r
complete -c pgrun -l share -d 'Divide the slots of -j with other runs of that name' -r
complete -c pgrun -l resource -d 'Capacity of what operations hold, such as memory=8GiB' -r
complete -c pgrun -l retries -d 'Try each operation up to N times in all (0 and 1: once)' -r
complete -c pgrun -l retry-delay -d 'Pause before the first repetition; it doubles each time [default: 0.2]' -r
complete -c pgrun -l timeout -d 'End an attempt after this long, or after N% of the median so far' -r
complete -c pgrun -l total-timeout -d 'End the run after this long (status 124)' -r
complete -c pgrun -l stall -d 'End an attempt that has written nothing for this long' -r
complete -c pgrun -l heartbeat -d 'Tell of an attempt that has written nothing, each time this long' -r
complete -c pgrun -s K -l grace -d 'Time from TERM to KILL [default: 5]' -r
complete -c pgrun -l term-seq -d 'Signals that end an attempt, with milliseconds between, such as TERM,200,TERM,100,KILL' -r
complete -c pgrun -l kill-signal -d 'Signal that asks an attempt to end [default: TERM]' -r
complete -c pgrun -l on-failure -d 'On a failure: stop, finish, rollback or continue [default: continue]' -r -f -a "stop\t'End what runs, start nothing more'
finish\t'Let what runs end, start nothing more'
continue\t'Go on with what does not need it'
rollback\t'As finish, then undo what succeeded in reverse order'"
complete -c pgrun -l dispatch -d 'Who starts next: as the plan\'s schedule has it, or the longest tail [default: schedule]' -r -f -a "schedule\t'As the schedule has it, where all operations carry one'
tail\t'The longest path before it'"
complete -c pgrun -l halt -d 'End the run on results: never, or soon|now,fail|success|done=N|N%' -r
complete -c pgrun -l nice -d 'Niceness of the commands' -r
complete -c pgrun -l fail-if -d 'Output that matches REGEX makes an operation fail' -r
complete -c pgrun -l ok-if -d 'Without a line of output that matches REGEX an operation fails' -r
complete -c pgrun -l on-hup -d 'What HUP does: stop (as TERM), or drain: what runs is let end [default: stop]' -r -f -a "stop\t'End what runs, as TERM does'
drain\t'Let what runs end, start nothing more'"
complete -c pgrun -l jobserver-style -d 'How the commands are told of it: a FIFO, or descriptors as for make before 4.4 [default: both]' -r -f -a "fifo\t'A FIFO with a name: make from 4.4, cargo, ninja from 1.13'
pipe\t'Two inherited descriptors: every make'"
complete -c pgrun -l delay -d 'Pause between two starts' -r
complete -c pgrun -l weight -d 'How much of a slot a job takes, or how many: a number, low, medium or high; {} is replaced' -r
complete -c pgrun -l key -d 'What jobs must share to share the limits of a key, such as {1} or {host}' -r
complete -c pgrun -l key-limit -d 'Of one key so many run at once; NAME=N for the key NAME alone; may be repeated' -r
complete -c pgrun -l rate -d 'Start so many in a time, evenly, such as 10/s; key:10/s of each key, NAME=10/s of one; may be repeated' -r
complete -c pgrun -l quota -d 'Never start more in any window of that length, such as 1000/h; key: and NAME= as with --rate' -r
complete -c pgrun -l retry-after -d 'Where a failed attempt has written when to come again (Retry-After: 5), heed it, with all of its key' -r
complete -c pgrun -l queue -d 'Read ahead so many jobs that wait, instead of one when a slot is free' -r
complete -c pgrun -l budget -d 'Use up no more of an amount than this, such as cost=45; may be repeated' -r
complete -c pgrun -l priority-rule -d 'Who goes first: tail=A,fails=B,fit=C weigh seconds of path, failures and the share taken' -r
complete -c pgrun -l pin -d 'Run each job on a CPU of its own, or on N, while there are enough' -r
complete -c pgrun -l load -d 'Start only while fewer than N tasks run, or N% of the CPUs' -r
complete -c pgrun -l memfree -d 'Start only while so much memory is free; below half of it the youngest job makes room' -r
complete -c pgrun -l max-mem -d 'Start only while no more than P% of the memory are used, of the machine or of the control group' -r
complete -c pgrun -l mem-limit -d 'What the jobs of this run may use together: above it the youngest makes room' -r
complete -c pgrun -l mem-soft -d 'Start nothing while the jobs use more than P% of --mem-limit (80%)' -r
complete -c pgrun -l evict -d 'Who makes room when --max-mem is exceeded by half of what is left: none or youngest' -r -f -a "none\t'Nobody'
youngest\t'The one that was started last'"
complete -c pgrun -l max-cpu -d 'Start only while the CPUs were busy for less than P% of the last second; one always runs' -r
complete -c pgrun -l cpu-limit -d 'Let all jobs together have no more than P% of the time of all CPUs' -r
complete -c pgrun -l emergency -d 'What is done in need, and undone after: \'mem>95: evict youngest; cpu_psi>60: jobs*0.7\'' -r
complete -c pgrun -l op-mem -d 'What each job may use; one that takes more is killed by the kernel, and no other' -r
complete -c pgrun -l retry-oom -d 'Try again, N times, what was killed for want of memory' -r
complete -c pgrun -l control -d 'Take orders at PATH while it runs: a socket that is made there, or a named pipe that is' -r -F
complete -c pgrun -l ctl -d 'Instead of running anything, tell the run that takes orders at PATH: status, jobs N, pause, resume, drain, profile P' -r -F
complete -c pgrun -l sample -d 'Run N jobs spread over the input, one at a time, and say how long they take and how alike they are' -r
complete -c pgrun -l tune -d 'Try these numbers of slots in turns, then go on with the fewest that are as good as the best' -r
complete -c pgrun -l tune-items -d 'Jobs in a turn of --tune and --sweep [default: 50]' -r
complete -c pgrun -l sweep -d 'Try these numbers of slots in turns to the end of the input, and say what each is worth' -r
complete -c pgrun -l batch -d 'Up to N items for each job, as -n; with --batch-wait fewer after a time' -r
complete -c pgrun -l batch-wait -d 'A batch that is not full leaves when its oldest item has waited so long' -r
complete -c pgrun -l batch-jobs -d 'So many batches at a time: no more than --jobs' -r
complete -c pgrun -l batch-results -d 'Whose a line of a batch\'s output is: order (line i is of item i, which is put before it) or key (it begins with its item)' -r -f -a "order\t'Line i is of item i'
key\t'A line begins with its item'"
complete -c pgrun -l chunk -d 'As many items for each job that its start is a fiftieth of its time (auto), or N' -r
complete -c pgrun -l chunk-memory -d 'Memory that a command of --chunk auto may take' -r
complete -c pgrun -l warm -d 'Keep N shells (or workers) started, so that a command need not wait for an exec' -r
complete -c pgrun -l worker -d 'Give operations to processes of CMD that live on: a request and a reply in JSON, a line each' -r
complete -c pgrun -l warm-max-age -d 'End a warm shell or a worker that is older than TIME' -r
complete -c pgrun -l warm-max-jobs -d 'End a warm shell or a worker after N operations' -r
complete -c pgrun -l slot-init -d 'Run CMD once in each slot, all at once, before the first job there' -r
complete -c pgrun -l users -d 'Closed loop: N users, each of whom runs the command again and again' -r
complete -c pgrun -l arrival -d 'Open loop: start the command so often, such as 50/s, however long it takes' -r
complete -c pgrun -l arrival-dist -d 'Distances between the starts of --arrival: even or poisson' -r -f -a "even\t'The same between any two'
poisson\t'By chance, each job independent of the others'"
complete -c pgrun -l ramp -d 'Let slots, users or the rate rise over TIME, along a line; exp:TIME by the same factor in the same time' -r
complete -c pgrun -l for -d 'Start nothing more after TIME' -r
complete -c pgrun -l times -d 'Run the command N times' -r
complete -c pgrun -l scenario -d 'Run CMD as often as its WEIGHT among all scenarios says; may be repeated' -r
complete -c pgrun -l scenario-mix -d 'Which scenario is next: even (as the weights have it, at any time) or random' -r -f -a "even\t'After any number of jobs, but for less than one'
random\t'By lot'"
complete -c pgrun -l seed -d 'Seed of what is drawn by chance, which is the same for the same seed' -r
complete -c pgrun -l warmup -d 'Runs of each command before those that count' -r
complete -c pgrun -l min-runs -d 'Least runs of each command; more are made until each has taken 3 s in all, or --for' -r
complete -c pgrun -l tagstring -d 'Begin each line of output with TEXT, in which {} and the like are replaced' -r
complete -c pgrun -l results -d 'Keep output in folders or in FILE.csv, .tsv or .json; print none' -r
complete -c pgrun -l out -d 'File that each job makes: written as {out} or $PG_OUT, put in its place when the job succeeds; may be repeated' -r
complete -c pgrun -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgrun -s a -l arg-file -d 'Read arguments from FILE, a job a line (- is standard input)' -r -F
complete -c pgrun -s d -l delimiter -d 'Arguments end with CHAR' -r
complete -c pgrun -l colsep -d 'Cut each line into columns, {1} {2} ..., at what matches REGEX' -r
complete -c pgrun -l header -d 'The first line names the columns ({name}): : for that, or N for N lines to leave out' -r
complete -c pgrun -l trim -d 'Remove blanks around arguments: n(one), l(eft), r(ight), lr' -r -f -a "n\t'Nothing'
l\t'On the left'
r\t'On the right'
lr\t'On both sides'"
complete -c pgrun -s E -l end-of-file -d 'A line that is TEXT ends the input' -r
complete -c pgrun -s e -l eof -d 'As -E; without TEXT there is no such line' -r
complete -c pgrun -s n -l max-args -d 'Up to N arguments for each job' -r
complete -c pgrun -s N -l max-replace-args -d 'N arguments for each job, {1} to {N}' -r
complete -c pgrun -s L -l lines-per-job -d 'Up to N lines for each job; a line that ends in a blank goes on in the next' -r
complete -c pgrun -s l -l max-lines -d 'As -L; one line where N is left out' -r
complete -c pgrun -l max-chars -d 'Longest command line that -X, -m and -n make' -r
complete -c pgrun -l arg-sep -d 'Word that begins a list of arguments [default: :::]' -r
complete -c pgrun -l arg-file-sep -d 'Word that begins a list of argument files [default: ::::]' -r
complete -c pgrun -l total-jobs -d 'Number of jobs, for progress and {##}, where it is known beforehand' -r
complete -c pgrun -l ops -d 'Read operations from FILE (- is standard input)' -r -F
complete -c pgrun -l max-line -d 'Longest line that is read' -r
complete -c pgrun -s I -l replacement -d 'Use TEXT instead of {}' -r
complete -c pgrun -s i -l replace -d 'As -I; {} where TEXT is left out' -r
complete -c pgrun -s U -l extensionreplace -d 'Use TEXT instead of {.}' -r
complete -c pgrun -l basenamereplace -d 'Use TEXT instead of {/}' -r
complete -c pgrun -l dirnamereplace -d 'Use TEXT instead of {//}' -r
complete -c pgrun -l basenameextensionreplace -d 'Use TEXT instead of {/.}' -r
complete -c pgrun -l seqreplace -d 'Use TEXT instead of {#}' -r
complete -c pgrun -l slotreplace -d 'Use TEXT instead of {%}' -r
complete -c pgrun -l parens -d 'Use the two halves of TEXT instead of {= and =}' -r
complete -c pgrun -l events -d 'Write the events to FILE (- is standard output)' -r -F
complete -c pgrun -l event-output -d 'Whose last output goes into the events' -r -f -a "none\t'Nobody\'s'
failed\t'That of attempts that failed'
all\t'Everybody\'s'"
complete -c pgrun -l log -d 'Keep a log of runs in FILE, which --resume goes on from' -r -F
complete -c pgrun -l history -d 'Keep the log of each run in DIR, for pgstat history (else in $PG_HISTORY, if it is set)' -r -F
complete -c pgrun -l keep-logs -d 'Of the runs that --history keeps, forget those that began longer ago' -r
complete -c pgrun -l orphans -d 'With --log --resume: what a killed run has left running is ended, or waited for' -r -f -a "kill\t'They are ended'
wait\t'They may end'"
complete -c pgrun -l joblog -d 'Write a job log as GNU parallel\'s to FILE (+FILE: go on in it)' -r -F
complete -c pgrun -l redact -d 'Show *** for what PATTERN matches in commands, or for its groups (repeatable)' -r
complete -c pgrun -l run-dir -d 'Run in this folder, made with artifacts/{outputs,logs,scripts}; output is kept in logs' -r -F
complete -c pgrun -s C -l chdir -d 'Folder the commands run in (...: one of its own for each)' -r -F
complete -c pgrun -l env -d 'Variable added to the commands\' environment; may be repeated' -r
complete -c pgrun -l tmpdir -d 'Folder for temporary files' -r -F
complete -c pgrun -l shell -d 'Shell for commands that need one' -r -F
complete -c pgrun -l process-slot-var -d 'Variable that tells a command its slot, from 0' -r
complete -c pgrun -l lock-dir -d 'Lock directory, instead of $PG_LOCK_DIR or this user\'s own' -r -F
complete -c pgrun -l keep-fd -d 'Leave an inherited descriptor open for the commands; may be repeated' -r
complete -c pgrun -l progress -d 'Show how far it is, on no terminal either; json: a record a line' -r -f -a "text\t''
json\t''"
complete -c pgrun -l ci -d 'Fold output into groups of the CI system\'s log, report failures to it' -r -f -a "auto\t'What the environment says'
github\t'GitHub Actions'
gitlab\t'GitLab CI'"
complete -c pgrun -l junit -d 'Write the results to FILE as JUnit XML' -r -F
complete -c pgrun -l junit-merge -d 'With --junit: add the results in FILE, or in each *.xml of a folder; may be repeated' -r -F
complete -c pgrun -l block -d 'Size of a block; -N: N blocks for each slot [default: 1M]' -r
complete -c pgrun -l recstart -d 'A record begins with TEXT' -r
complete -c pgrun -l recend -d 'A record ends with TEXT [default: a newline]' -r
complete -c pgrun -l id -d 'Name of the semaphore [default: the terminal\'s]' -r
complete -c pgrun -l semaphore-timeout -d 'After SECONDS start without it; negative: give up' -r
complete -c pgrun -s J -l profile -d 'Read options from FILE, from a profile of that name, or one of pgrun\'s own; may be repeated' -r -F
complete -c pgrun -l show-profile -d 'Print a profile that comes with pgrun, and end: dev, prod, ci, lowmem or cloudvm' -r
complete -c pgrun -l import-config -d 'Print the YAML configuration of another system as a file of options, and end' -r -F
complete -c pgrun -l import-env -d 'Which of the environments or profiles in it [default: the one it names]' -r
complete -c pgrun -l minversion -d 'Print which version\'s command line is taken, and end: badly if that is below N' -r
complete -c pgrun -l explain -d 'Say what decided how many run, for each that waits why it does, and at the end what has acted'
complete -c pgrun -l no-adapt -d 'Keep the slots that -j auto begins with'
complete -c pgrun -l fallback -d 'When a mode of an operation has failed, run its next one'
complete -c pgrun -l allow-strays -d 'Leave processes alone that outlive their operation, instead of ending them'
complete -c pgrun -l jobserver -d 'Give the slots to makes, cargos and ninjas below'
complete -c pgrun -l no-jobserver -d 'Take no tokens from the make above'
complete -c pgrun -s p -l interactive -d 'Ask on the terminal before each job'
complete -c pgrun -l retry-first -d 'Start what has failed again before all others'
complete -c pgrun -l noswap -d 'Start nothing while the machine swaps in and out'
complete -c pgrun -l sample-keep -d 'With --sample: go on with the rest'
complete -c pgrun -l bench -d 'Compare how long the commands take that are the operands, each a command line'
complete -c pgrun -l json -d 'Records, one JSON object a line'
complete -c pgrun -s k -l keep-order -d 'Print output in the order of the input'
complete -c pgrun -l no-keep-order -d 'Print output in the order of the ends'
complete -c pgrun -s g -l group -d 'Print the output of each job when it has ended, as a whole [default]'
complete -c pgrun -s u -l ungroup -d 'Leave the output alone: no grouping'
complete -c pgrun -l line-buffer -d 'Print each line of output as it comes'
complete -c pgrun -l tag -d 'Begin each line of output with the job\'s argument or id'
complete -c pgrun -l files -d 'Keep output in files and print their names'
complete -c pgrun -l clean -d 'Remove what killed runs have left beside the files of --out, and run nothing'
complete -c pgrun -l dry-run -d 'Print what would be run, in order, and run nothing'
complete -c pgrun -l shell-quote -d 'Print what would be run, quoted for a shell, and run nothing'
complete -c pgrun -s v -l verbose -d 'Say on standard error what is done'
complete -c pgrun -l show-command -d 'Print each command before its output, on standard output'
complete -c pgrun -s t -l trace -d 'Print each command on standard error when it starts'
complete -c pgrun -s s -l quiet -d 'Say nothing but errors'
complete -c pgrun -l raw -d 'On a terminal, leave the escape sequences of commands as they are'
complete -c pgrun -s 0 -l null -d 'Arguments end with NUL bytes instead of newlines'
complete -c pgrun -l comma-separated -d 'Lines are comma-separated values'
complete -c pgrun -l skip-first-line -d 'Leave out the first line'
complete -c pgrun -s r -l no-run-if-empty -d 'Empty lines are no jobs'
complete -c pgrun -s X -l context-replace -d 'As many arguments for each job as its command line holds'
complete -c pgrun -s m -l multiple -d 'The same; {} is replaced by all of them'
complete -c pgrun -l xargs -d 'As -m, without dividing the last of them among the slots'
complete -c pgrun -s x -l exit -d 'A command line that would be longer is an error'
complete -c pgrun -l link -d 'Take one argument of each list, instead of each with each'
complete -c pgrun -l shuf -d 'Jobs in random order'
complete -c pgrun -l lines -d 'Standard input is lines, whatever it looks like'
complete -c pgrun -l stream -d 'Start operations as they are read, before the plan has been checked'
complete -c pgrun -l skip-bad -d 'Leave out operations that cannot be read, instead of running nothing'
complete -c pgrun -l allow-empty -d 'An empty input is no error'
complete -c pgrun -l plus -d 'More of them: {..} {+/} {%.gz} {:-default} and others'
complete -c pgrun -s q -l quote -d 'Quote the command\'s own words, too'
complete -c pgrun -l sync -d 'With --log and --out: write each record and output through to the disk'
complete -c pgrun -l repair -d 'With --log: take out what is damaged, keep a copy of the file'
complete -c pgrun -l resume -d 'Leave out the jobs that the log, the job log or the results have'
complete -c pgrun -l resume-failed -d 'As --resume, but those that failed are run again'
complete -c pgrun -l retry-failed -d 'Run the failed commands of the job log again'
complete -c pgrun -l strict-log -d 'Start nothing more once a log or an output cannot be written'
complete -c pgrun -s o -l tty -d 'One at a time, with the terminal as standard input and output'
complete -c pgrun -l bar -d 'Show how far it is, as a bar'
complete -c pgrun -l eta -d 'Show when it will be done'
complete -c pgrun -l pipe -d 'Divide standard input among the jobs, block by block'
complete -c pgrun -l pipepart -d 'The same for the files of -a or ::::, which the jobs read themselves'
complete -c pgrun -l regexp -d '--recstart and --recend are regular expressions'
complete -c pgrun -l remove-rec-sep -d 'Leave out what begins and ends records'
complete -c pgrun -l round-robin -d 'Give blocks in turn to as many jobs as there are slots'
complete -c pgrun -l cat -d 'Give a block as a file, {}'
complete -c pgrun -l fifo -d 'Give a block as a FIFO, {}'
complete -c pgrun -l tee -d 'Give everything to every job'
complete -c pgrun -l semaphore -d 'Run one command while holding a semaphore of -j places (as sem does)'
complete -c pgrun -l fg -d 'Wait for the command to end'
complete -c pgrun -l bg -d 'Return when the command has started'
complete -c pgrun -l once -d 'Run the command once, without arguments'
complete -c pgrun -l wait-for-all -d 'Wait until nobody holds the semaphore'
complete -c pgrun -l show-config -d 'Print every value that is in force, with where it was said, and end'
complete -c pgrun -l plain -d 'Read no options from a file, a profile or the environment'
complete -c pgrun -l will-cite -d 'Accepted, says nothing: there is no notice to silence'
complete -c pgrun -l citation -d 'Runs nothing, as there: what is piped into it is its answer, no list'
complete -c pgrun -l gnu -d 'Accepted: it behaves so'
complete -c pgrun -l gnu-version -d 'What --version is through the links'
complete -c pgrun -l number-of-cpus -d 'Print the number of CPUs that may be used, and end'
complete -c pgrun -l max-line-length-allowed -d 'Print the longest command line, in bytes, and end'
complete -c pgrun -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgrun -s V -l version -d 'Print version'
