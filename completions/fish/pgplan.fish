complete -c pgplan -s o -l output -d 'Write to FILE, whole or not at all' -r
complete -c pgplan -s k -l paths -d 'Number of paths that path shows' -r
complete -c pgplan -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgplan -l order -d 'What a list means: its groups, or its needs where it has none (auto); list; deps' -r -f -a "auto\t'Groups as declared; without any, needs where declared, else the list'
list\t'The list, with its groups'
deps\t'Needs alone'"
complete -c pgplan -l assume -d 'Take this operation as done elsewhere; may be repeated' -r
complete -c pgplan -l only -d 'Plan this operation alone; may be repeated' -r
complete -c pgplan -l from -d 'What the files are, where their content does not tell' -r -f -a "auto\t'Told by its content'
ops\t'Operation records, one JSON object a line'
edges\t'Pairs of words, as tsort reads them'
yaml\t'A YAML or JSON document'"
complete -c pgplan -l var -d 'Give {{N}} a value; may be repeated' -r
complete -c pgplan -l vars -d 'Read values for placeholders, lines NAME=value; may be repeated' -r
complete -c pgplan -l lock-rules -d 'More rules that find locks, lines REGEX<TAB>LOCK-NAME; may be repeated' -r
complete -c pgplan -l cmd -d 'Give operations without a command this one; {} is the id' -r
complete -c pgplan -s j -l jobs -d 'Slots: operations at a time (0: no limit); sim takes several: 1,2,4' -r
complete -c pgplan -l resource -d 'Capacity of what operations hold, such as memory=8GiB' -r
complete -c pgplan -l cache -d 'Keep views in DIR, by what they were made of, and show one again where nothing has changed' -r
complete -c pgplan -l optimize -d 'Search this long for a better schedule, such as 1s; SIGINT ends the search' -r
complete -c pgplan -l schedules -d 'Search until N schedules were made: the same seed gives the same result' -r
complete -c pgplan -l seed -d 'Seed of the search\'s random numbers' -r
complete -c pgplan -l threads -d 'Threads that search' -r
complete -c pgplan -l summary -d 'Write what the schedule is worth to FILE instead of standard error' -r -F
complete -c pgplan -l objective -d 'What is to be least: makespan, cost, or both with the weightier first' -r
complete -c pgplan -l budget -d 'Use up no more of an amount than this, such as cost=45; may be repeated' -r
complete -c pgplan -l min -d 'Leave out modes of less quality, such as quality=0.85' -r
complete -c pgplan -l prefer -d 'Choose this mode where it makes neither makespan nor cost worse' -r
complete -c pgplan -l route -d 'Do in MODE the operations that a rule on a label or field holds for; may be repeated' -r
complete -c pgplan -l pareto -d 'Print a table of makespan against cost; with =modes, the modes of each row too' -r -f -a "table\t'Makespan and cost'
modes\t'And the modes'"
complete -c pgplan -l width -d 'Width in columns, or in pixels of a picture (default: the terminal\'s or 80; 1200)' -r
complete -c pgplan -l lock -d 'With sim: slots of a lock, such as msi=2; may be repeated' -r
complete -c pgplan -l history -d 'Take durations from past runs: events, job logs, ninja logs, run logs; may be repeated' -r
complete -c pgplan -l runs -d 'With predict: no plan, but the next run of a run log (- is standard input)' -r
complete -c pgplan -l run -d 'With --runs: the name of the next run' -r
complete -c pgplan -l fail-if -d 'Output that matches REGEX makes an operation fail' -r
complete -c pgplan -l json -d 'Records, one JSON object a line'
complete -c pgplan -l check -d 'Print nothing: the status says if the plan is well, and with -o if FILE is up to date'
complete -c pgplan -l partial -d 'Print what can run although the plan has errors'
complete -c pgplan -l with-deps -d 'With --only: and everything that comes before it'
complete -c pgplan -l keep-unknown -d 'Leave placeholders without a value as they are'
complete -c pgplan -l svg -d 'A picture, SVG, for a browser'
complete -c pgplan -l text -d 'Letters (default)'
complete -c pgplan -l apply -d 'Print the plan with the shares in it, for pgrun'
complete -c pgplan -l skip-bad -d 'Leave out operations that cannot be read, instead of running nothing'
complete -c pgplan -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgplan -s V -l version -d 'Print version'
