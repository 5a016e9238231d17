//! What the page of `pgplan` says beyond its flags.

use crate::entry::Example;

/// Run by the tests.
pub const EXAMPLES: &[Example] = &[
    Example {
        about: "The critical path of a module, planned by its needs alone",
        shell: "pgplan path --order deps examples/modules/workstation-image/module.yaml \\\n  --vars examples/image.env",
        output: Some(
            "critical path: 5m, 2 of 4 operations\n        0s        2m  fetch-editor\n        2m        3m  install-editor\n\n\
             slack of the others\n        0s  fetch-viewer\n        0s  install-viewer\n",
        ),
    },
    Example {
        about: "When each operation runs with two slots, as short as can be found in 2,000 tries; what it is worth in a file",
        shell: "pgplan schedule -j2 --schedules 2000 --summary worth.ndjson examples/ops.ndjson |\n  jq -r 'select(.id) | [.start, .end, .slot, .id] | @tsv'\njq -c '[.makespan_s, .lower_bound_s, .optimal]' worth.ndjson",
        output: Some("0\t2\t1\tget\n2\t5\t1\tsort\n5\t6\t1\tcount\n6\t7\t1\treport\n[7,7,true]\n"),
    },
    Example {
        about: "What is wrong with it, or could be better",
        shell: "pgplan lint examples/modules/workstation-image/module.yaml",
        output: None,
    },
    Example {
        about: "The same again, where nothing has changed",
        shell: "pgplan levels --cache=kept examples/build.edges >first\npgplan levels --cache=kept examples/build.edges >second\ncmp first second",
        output: Some(""),
    },
    Example {
        about: "Levels of an edge list, as tsort(1) reads it",
        shell: "printf 'a b\\na c\\nb d\\nc d\\n' | pgplan levels",
        output: Some("1\ta\n2\tb\n2\tc\n3\td\n"),
    },
    Example {
        about: "An edge list with a command for each node, for pgrun",
        shell: "pgplan --cmd 'make {}' examples/build.edges > plan.ndjson\ntail -n 1 plan.ndjson",
        output: Some("{\"type\":\"plan.end\",\"ops\":8}\n"),
    },
    Example {
        about: "One operation with what comes before it",
        shell: "pgplan list examples/modules/workstation-image/module.yaml --order deps \\\n  --only install-viewer --with-deps --keep-unknown",
        output: Some("fetch-viewer\ninstall-viewer\n"),
    },
    Example {
        about: "A picture of a plan, for a page that shows Mermaid",
        shell: "printf 'a b' | pgplan mermaid",
        output: Some(
            "flowchart LR\n  n0[\"a\"]\n  n1[\"b\"]\n  n0 --> n1\n  classDef critical stroke:#c00\n",
        ),
    },
    Example {
        about: "What if this lock had two slots? From the events of a run",
        shell: "pgplan sim examples/runs/lock.ndjson --lock msi=2",
        output: Some(
            "CASE     JOBS  MAKESPAN   OF RUN  BUSY  LIMITS\n\
             run         4     8.000s  100.0%   1.1\n\
             model       4     8.000s  100.0%   1.1\n\
             what-if     4     4.000s   50.0%   2.2  lock msi=2\n",
        ),
    },
    Example {
        about: "A figure of each file, with jq(1)",
        shell: "pgplan summary examples/modules/workstation-image/module.yaml examples/ops.ndjson | jq -c '[.file,.ops,.makespan_s]'",
        output: Some(
            "[\"examples/modules/workstation-image/module.yaml\",4,480]\n[\"examples/ops.ndjson\",4,7]\n",
        ),
    },
    Example {
        about: "Groups for a tool that knows only barriers, at most two at a time",
        shell: "pgplan groups -j2 examples/ops.ndjson | tail -n 3",
        output: Some(
            "with barriers     7s in 4 groups (no groups are shorter)\n\
             without barriers  7s (barriers cost 0 %)\n\
             in input order    7s (sorting gains 0 %)\n",
        ),
    },
    Example {
        about: "How long the next one takes, from a job log of parallel(1)",
        shell: "printf '%s\\n' '{\"id\":\"new\",\"cmd\":\"gzip -9 a77.log\"}' | pgplan predict --history examples/runs/jobs.tsv",
        output: Some(
            "MEDIAN  P90     90% WITHIN   FROM    N   CONFIDENCE  OPERATION\n\
             \x20   2s      3s  0s .. 12.9s  family  2   none        new\n\n\
             makespan 1s, interval not known (from the plan; no past run had all of it)\n",
        ),
    },
    Example {
        about: "A makespan says how many operations nothing is known of",
        shell: "printf '%s\\n' 'gzip -9 a77.log' 'scan b12' | jq -Rc '{id:.,cmd:.}' | pgplan predict --history examples/runs/jobs.tsv | tail -n 2",
        output: Some(
            "makespan at least 1s, interval not known (from the plan; no past run had all of it)\n\
             1 of 2 operations is unknown: it counts as 0 s, give a duration or a timeout\n",
        ),
    },
    Example {
        about: "What time costs where operations have several modes, within a budget",
        shell: "pgplan schedule --pareto --budget cost=40 examples/modes.ndjson",
        output: Some(
            "MAKESPAN  COST\n     27s    38\n     32s    35\n     36s    26\n     37s    21\n     41s    12\n",
        ),
    },
    Example {
        about: "The fast mode for what is small, whatever is best for the rest",
        shell: "for size in 0.1 0.7; do\n  echo '{\"id\":\"ask-'$size'\",\"labels\":{\"size\":'$size'},\"modes\":[{\"mode\":\"fast\",\"cmd\":\"true\",\"duration\":2,\"cost\":1},{\"mode\":\"capable\",\"cmd\":\"true\",\"duration\":9,\"cost\":5}]}'\ndone > asks.ndjson\npgplan schedule --route 'size<0.3:fast' --route else:capable asks.ndjson | jq -r 'select(.mode) | [.id, .mode] | @tsv'",
        output: Some("ask-0.1\tfast\nask-0.7\tcapable\n"),
    },
    Example {
        about: "A plan for make(1), and its run",
        shell: "pgplan export make examples/ops.ndjson -o Makefile 2>/dev/null\nmake --silent",
        output: None,
    },
    Example {
        about: "Slots over time, with locks and resources beneath",
        shell: "pgplan gantt --width 60 examples/ops.ndjson",
        output: Some(
            "                 0s                            5s\n                 ┬─────────────────────────────┬───────────\n               1 ┣get━━━━━━━┫┣sort━━━━━━━━━━━━┫├cou…┤┣rep…┫\n                 ──────────────────────────────────────────\nmemory 3.0G/4.0G             ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▆▆▆▆▆▆\n\n4 operations on 1 slot, end 7s, critical path 6s (━)\n",
        ),
    },
    Example {
        about: "The same as a picture for a browser",
        shell: "pgplan gantt --svg examples/ops.ndjson -o plan.svg",
        output: Some(""),
    },
    Example {
        about: "Shares of a network that two copies ask too much of, and a run with them",
        shell: "printf '%s\\n' '{\"id\":\"a\",\"cmd\":\"echo a\",\"duration\":60,\"resources\":{\"net\":200}}' \\\n  \
                '{\"id\":\"b\",\"cmd\":\"echo b\",\"duration\":60,\"resources\":{\"net\":500}}' >copies.ndjson\n\
                pgplan alloc --resource net=500 copies.ndjson\n\
                pgplan alloc --resource net=500 --apply copies.ndjson | pgrun >run.ndjson",
        output: Some(
            "LEVEL  RESOURCE  ASKS  GETS  TAKES   INSTEAD OF  OPERATION\n    1  net       200   143   1m 24s  1m          a\n    1  net       500   357   1m 24s  1m          b\n\nplanned end 1m 24s with shares, 2m where each waits until it gets all\n",
        ),
    },
    Example {
        about: "What changed from one plan to another; the status is 1 where something did",
        shell: "sed 's/\"3s\"/5/' examples/ops.ndjson >slower.ndjson\npgplan diff examples/ops.ndjson slower.ndjson || test $? = 1",
        output: Some(
            "~ sort duration: 3 -> 5\n\nplanned end    7s -> 9s\ncritical path  6s -> 8s\n  get sort report\n",
        ),
    },
];

/// Title and text.
pub const SECTIONS: &[(&str, &str)] = &[
    (
        "VERBS",
        "The first word may say what is shown. A file that is named like a verb is written `./path`.

plan      Records for `pgrun`(1), framed by plan.start and plan.end. The default.
predict   How long each operation takes and how long the whole, from past runs; see PAST RUNS.
schedule  The plan with start, end, slot and mode of each operation, within the limits.
table     Rows for people, by planned start; the critical path is starred. The default on a terminal.
levels    `LEVEL<TAB>ID` a line, by level and then in the order of the input.
path      The critical path, with -k N the next longest ones, and the slack of the others.
dot       A picture for Graphviz.
mermaid   A picture for Mermaid.
summary   One record a file, each file planned alone.
lint      What is wrong and what could be better, with file, line and remedy.
list      The ids.
sim       How long a finished run would have taken within other limits; its file is the log of the run.
groups    Groups that may run together, for tools that know only barriers, and what the barriers cost.
gantt     Slots over time, the critical path marked, what is held of locks and resources beneath.
alloc     Shares of the resources of which more is asked than there is.
diff      What changed from the first of two files to the second.
export    Text for another program: `make`, `ninja`, `slurm` or `github` follows.",
    ),
    (
        "GROUPS",
        "`groups` packs the operations so that no group exceeds slots, resources or locks and each operation \
         is in a later group than all it needs. A group takes as long as its longest operation. Up to 20 \
         operations are packed in the best way there is; more of them by first-fit decreasing, in several \
         orders, of which the shortest counts. Inside a group the longest remaining path comes first.

with barriers     The sum of the groups, and what no groups within these limits can be shorter than.
without barriers  The schedule within the same limits; how much longer the barriers make it.
in input order    Groups filled as the operations come; how much shorter the groups shown are.",
    ),
    (
        "GANTT CHARTS",
        "`gantt` shows a schedule as it stands: operations that all have `start` and `end`, such as `pgplan \
         schedule` prints, and no limits on the command line. Else it plans one under the limits. \
         In letters, `├copy────┤` is an operation and `┣copy━━━━┫` one of the critical path; where several \
         begin in one column it is shaded. Where most operations would have a column or less, rows show how \
         busy slots are, and many slots share rows. Beneath, a lock is held where its row is filled, and the \
         height of a resource's row is what is held of the capacity, or of the peak where there is none: \
         `net 75/100` is a peak of 75 of 100.",
    ),
    (
        "SHARED AMOUNTS",
        "`alloc` lets the operations of one level share a resource, since they may run together. Where they ask \
         for more than there is, each gets its part of it, asked * total / sum, rounded down to whole units; \
         what is left over goes, a unit each, to the largest fractions, so that the shares add up: of 500 for \
         200 and 500 the parts are 142.9 and 357.1, rounded down 142 and 357, and with the unit left over \
         143 and 357. Where a share would be nothing, or amounts are not whole, units are thousandths. An \
         operation takes as much longer as the scarcest of its shares makes it. Who asks for nothing is left \
         alone. `--apply` prints the plan with shares, durations and capacity, so that `pgrun`(1) keeps to \
         them; `pglock`(1) does with `--slots 500 --take 143`.",
    ),
    (
        "DIFFERENCES",
        "`diff` compares operations by id, field by field. The order of the input, where an operation came \
         from and what comes of other fields (level, slack) are not compared; needs are compared without \
         barriers, and the times and slots of a schedule where both files have them. `+` is an operation that \
         is new, `-` one that is gone, `~` a field or the capacity that changed. Planned end and critical path \
         follow. The status is that of diff(1): 0 where nothing changed, 1 where something did; a file that \
         cannot be read is 65.",
    ),
    (
        "CHOICE OF MODES",
        "An operation may have several `modes` (see `pg-record`(5)): ways to do it that differ in duration, \
         cost, quality, resources and what they use up. `schedule` chooses one of each operation's so that \
         `--objective` is least and of no amount that is used up more is needed than the capacity record's \
         `nonrenewable` or `--budget` say. Under `cost` the cheapest choice is found first, then the shortest \
         schedule that costs no more; bounds speak of the schedules that cost no more. Where equally good \
         choices are left, the mode of `--prefer` wins, then the cheaper one; `makespan,cost` weighs the cost first.

`--route` takes the choice out of its hands: `size<0.3:fast` does in mode `fast` the operations whose label, or else \
         other field, `size` is below 0.3, and `else:capable` is for those that no rule before it holds for. The first rule counts that \
         holds and names one of the operation's modes; where none does, the choice is free. Values are held against each \
         other as numbers (10M, 2GiB) where both are; what has no such field is as if it did not hold.

If nothing can be chosen, nothing is printed, the reason is told, with the least budget that suffices, and the \
         status is 1. A reason that is not proved says so: with many amounts and operations not every \
         choice can be looked at.

With `--pareto` each row is shorter than those below it and costs more. The search goes through the budgets again \
         and again, with twice the schedules each time, as long as `--optimize` or `--schedules` say, else for \
         100,000 schedules.",
    ),
    (
        "EXPORT",
        "Exported commands say the same as the operations: words of an array reach the program as they are, a \
         string is given to /bin/sh, with `env`, `cwd`, `stdin`, `files`, `out`, `check`, `retries`, \
         `timeout` (by timeout(1)) and `fail_if` and `ok_if` (by grep(1), where it \
         reads the pattern alike). An id that the program does not take as a name is changed to one. What the \
         program cannot express is told on standard error, one line each.

make    A Makefile of targets that are no files. Slots are `--jobs`. Locks, and resources that have a \
         capacity, are taken by `pglock`(1) around the command.
ninja   A build.ninja whose edges always run, locks as above; a pool for each lock keeps what would wait \
         for it from starting. Start it with `-jN -k0`.
slurm   A script for sh(1) that submits every operation by sbatch(1): `--dependency` from needs, with \
         afterany for weak ones; `--cpus-per-task`, `--mem` and `--gres=gpu` from the resources cpus, memory \
         and gpus; `--time` from the timeout. Operations that hold one lock bear its name and run one at a time.
github  A workflow with a job an operation, `needs` without the barriers, `if` where a need is weak.",
    ),
    (
        "WHAT IF",
        "`sim` reads the events of a run (`pgrun --events`, `pgrun --log`, or what `pgrun` prints of operations; of \
         several runs the last) and repeats it on a simulated machine: pgrun's own dispatch, and commands that take \
         as long as they took. The first row is the run, from its first start to its last end; the second is the \
         simulation within the run's own limits, which shows how true it is; then one row for each number of `-j`, \
         with what `--resource` and `--lock` say. What was not run is left out, retries and failures \
         come as they came, and between an end and what follows lies the median of what pgrun itself took. \
         Not in it are delays and loads (`--delay`, `--load`, `--memfree`), tokens of a jobserver, `check` commands, what others held of \
         locks, and that commands side by side may slow each other down: with many more slots than processors \
         the truth is longer.",
    ),
    (
        "SCHEDULES",
        "`schedule` looks for the shortest time in which everything fits: slots, resources and locks (a lock is \
         a capacity of its slots). It prints each operation with `start`, `end`, `slot` and, where it has several, \
         `mode`; `pgrun`(1) follows them. Without more flags it takes the best of list schedules by eight priority \
         rules in the serial and the parallel scheme, justified and improved a little: some hundredths of a second; \
         of thousands of operations fewer lists are made, in the parallel scheme alone. An edge list needs `--cmd`. \
         `--optimize 1s` uses the time that it is given: a genetic algorithm with a population of schedules made \
         forward and one made backward, then a walk from the best. SIGINT ends the search, and the best is printed. \
         `--schedules N` ends it after so many, and then the same `--seed` and `--threads` give the same result.

What a schedule is worth goes to standard error, or into the file of `--summary`: a record plan.schedule (see \
         `pg-record`(5)) with the makespan, what found it, and lower bounds, below which no schedule can be: the critical path; \
         energy, which is what must be held of a resource over time by how much there is; and with a search the least \
         time that cannot be refuted. On a terminal it is one line. The gap is never more than what the bounds leave; \
         a gap of 0 is proof that nothing shorter exists. Times are as exact as the durations, to the microsecond.",
    ),
    (
        "WHAT A FILE IS",
        "What a file is, is told by its content: operation records, one JSON object a line (see \
         `pg-record`(5)); an edge list, pairs of words as `tsort`(1) reads them, where `a a` is a node \
         alone; or a YAML or JSON document, whose root key says how it is meant:

module      Operations in a list, each in a file of the folder `operations` beside the module.
operation   One operation, with or without `steps`.
workflow    Steps that name operation files.
operations  A lab: a list with dependencies by id or name, timeouts in minutes.
steps       A pipeline. It is planned; its steps need `--cmd` to run.
stages      A playbook, also below `orchestration`: stages in order, the jobs of a stage together.
jobs        A GitHub workflow, planned by its needs.
tasks       Any other list of tasks.

Keys are compared without case, `-` and `_`. What is not understood is passed on in the field \
         `declared`. Several files make one plan; a module that names others in `dependencies` waits for them. \
         An operation file that is planned alone takes its needs as met.",
    ),
    (
        "WHAT A LIST MEANS",
        "What the place in a list means is left open by modules and lists of tasks. With `--order list` \
         neighbours of one `parallel_group` run together and the next ones wait for all of them; an \
         operation without a group runs alone. With `--order deps` declared needs alone order. \
         `--order auto` is `list` where there are groups; without any, an operation that declares its needs, \
         be it none, is placed by them, and one that says nothing runs after the one before it. \
         Records, edge lists, labs, pipelines and GitHub workflows are always ordered by their needs, \
         workflows and playbooks by their list. Where many wait for many a barrier record stands between them.",
    ),
    (
        "PAST RUNS",
        "`--history` names logs of past runs, or folders with them: events of `pgrun`(1), job logs of GNU \
         parallel, `.ninja_log` files, and run logs of other systems, a record a task (`compute` in \
         `pg-record`(5)). What ended well in them tells how long operations take. `predict` shows it; in the \
         other views an operation that does not say how long it takes is given the median, or its timeout where \
         nothing of the kind has run.

An operation is told by what is known of it, the first of these:

id         It has run before under its id.
command    Another operation has run the same command.
family     Those that differ from it in digits alone, by command or by id: `page-7` after `page-1`.
declared   Nothing of the kind has run: its own duration.
timeout    It does not say one: it takes no longer than its timeout.
nothing    Nothing is known of it.

With each prediction stand the median, a duration that nine runs of ten do not exceed, and the interval that \
         holds nine of ten. CONFIDENCE is the share of the N past durations that were inside the interval which the \
         other ones give. How fast past runs are forgotten, and if the runs after a run like the last one say more, \
         is found by predicting past runs from those before them; for durations it has to tell them better by more than \
         chance. A size or a label (a `labels` field, `input_bytes`, \
         the bytes that `--pipe` gave) is used where leaving each past duration out shows that it helps. What grows or shrinks from run to run is followed (`by drift`), and after a \
         change at once only the runs since then count.

The makespan is that of the plan with durations drawn again from the past, together from one run where it \
         had them, or that of past runs with the same operations, whichever has told the past better. Past runs \
         had limits of their own: with `-j` or `--resource` only the plan tells. An operation of which nothing is \
         known counts as 0 s: a line after the makespan, and `unknown` in its record, say how many they are.

`predict --runs FILE --run NAME` predicts the next run of a run log, without a plan, as records. Where the \
         names of runs end in numbers, a number left out is a run that nobody knows.",
    ),
    (
        "LOCKS",
        "The text of an operation may need something exclusive. A table of rules finds it and gives the \
         operation a lock: `az vm run-command invoke` takes `az-run-command:GROUP/VM`, `msiexec` takes \
         `msiexec:VM`, or `msiexec` where no machine is named. `--lock-rules` adds rules, a line each: \
         a regular expression, a tab, the name. In the name, `$x` is what the group `(?P<x>...)` matched \
         in this rule or one above it; a part in brackets is left out where its `$x` is not known.",
    ),
    (
        "FAILURES THAT EXIT 0",
        "The script of a module's operation may end well although what it did on another machine failed; \
         it says `[ERROR]` then. So the operations of module files fail when their output matches \
         `\\[ERROR\\]`, or what `--fail-if` says; `--fail-if ''` is for none.",
    ),
    (
        "PLACEHOLDERS",
        "`{{NAME}}` in the text of an operation is replaced: by a parameter of the workflow's step, by `--var`, \
         by `--vars`, by the environment, in this order. What has no value is an error that lists all of them \
         for a plan that is to run, and a note for the other views, which show it as it stands.",
    ),
    (
        "ERRORS",
        "A plan with an error prints no operation, so that no part of it runs. `--partial` prints what can run: \
         nothing that has an error of its own and nothing that comes after such. A file or a line that cannot \
         be read is named and the others are read all the same.",
    ),
    (
        "CACHE",
        "With `--cache` a view is kept, with what was said of it and its status, and shown again by the next \
         run of the same command line in the same folder whose inputs have not changed: every file that was \
         read, by its content, which files are beside a module, and the variables that gave values. A file \
         that was only touched has not changed. A line on standard error says that the view is not new, but \
         for `--check`, which prints nothing. The same program must run: another version or another build \
         plans anew. An entry that is not whole, or that another user has written, is named and not used. \
         Of several runs that lack the same entry one plans, and the others wait for it. Entries take at most \
         256 MiB, the oldest go; a view of more than 64 MiB is not kept, nor is what a signal has cut short.",
    ),
    (
        "FILES",
        "operations/*.yaml  the operations of a module, in a folder beside it
pgtools/plan        what `--cache` keeps, in XDG_CACHE_HOME or in HOME/.cache

Nothing is written but what `-o` names and what `--cache` keeps.",
    ),
    (
        "ENVIRONMENT",
        "NAME  any variable, as the value of `{{NAME}}`; see PLACEHOLDERS
XDG_CACHE_HOME HOME  where `--cache` keeps views when it names no folder",
    ),
];
