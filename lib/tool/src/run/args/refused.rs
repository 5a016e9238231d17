//! Options of GNU parallel that are not taken: each is refused by name, with what
//! to do instead. None is ignored.

/// Names without the dashes, and what to do instead.
pub type Refused = (&'static [&'static str], &'static str);

const REMOTE: &str =
    "commands run on this machine alone; run pgrun there, such as ssh HOST pgrun ...";
const SQL: &str =
    "there is no job table in a database; --joblog FILE and --events FILE are the log";

/// All of them.
// tidy: a table
pub const REFUSED: &[Refused] = &[
    (&["S", "sshlogin"], REMOTE),
    (&["sshloginfile", "slf"], REMOTE),
    (&["ssh", "controlmaster", "M"], REMOTE),
    (&["onall", "nonall"], REMOTE),
    (&["filter-hosts", "filterhosts", "filter-host"], REMOTE),
    (&["hgrp", "hostgrp", "hostgroup", "hostgroups"], REMOTE),
    (
        &["transfer", "transfer-file", "transferfile", "transfer-files", "transferfiles", "tf"],
        REMOTE,
    ),
    (&["return", "trc", "cleanup", "basefile", "bf", "B", "rsync-opts", "rsyncopts"], REMOTE),
    (&["rpl"], "use --plus, or {= s/regex/text/ =} in the command"),
    (&["filter"], "filter the input before, such as with awk or grep"),
    (&["sql", "sqlmaster", "sql-master", "sqlworker", "sql-worker"], SQL),
    (&["sqlandworker", "sql-and-worker"], SQL),
    (
        &["tmux", "tmuxpane", "tmux-pane", "tmux-name"],
        "run it inside of tmux; --line-buffer shows output as it comes",
    ),
    (&["latest-line", "latestline", "ll"], "use --line-buffer, or --progress"),
    (
        &["color-failed", "colour-failed", "colorfailed", "colourfailed"],
        "-v names failed commands on standard error; --tag marks lines",
    ),
    (
        &["color-fail", "colour-fail", "colorfail", "colourfail", "cf"],
        "-v names failed commands on standard error; --tag marks lines",
    ),
    (
        &["use-compress-program", "compress-program", "usecompressprogram", "compressprogram"],
        "output that waits is kept in memory and in files without names; --tmpdir chooses the disk",
    ),
    (
        &[
            "use-decompress-program",
            "decompress-program",
            "usedecompressprogram",
            "decompressprogram",
        ],
        "output that waits is not compressed",
    ),
    (&["record-env", "recordenv"], "exported variables and functions reach the commands anyway"),
    (&["memsuspend"], "use --memfree, which starts nothing while memory is short"),
    (&["limit"], "use --load, --memfree or --noswap"),
    (&["template", "tmpl"], "make the files in the command, such as with sed or envsubst"),
    (&["shard", "bin"], "use --pipe, which divides by records"),
    (&["group-by", "groupby"], "sort the input and use --pipe --regexp --recstart"),
    (
        &["block-timeout", "blocktimeout", "bt"],
        "a block is started when it is full or the input ends",
    ),
    (
        &["shebang", "hashbang", "shebang-wrap", "shebangwrap"],
        "begin the script with #!/bin/sh and call pgrun -a \"$0\" or with a here-document",
    ),
    (&["embed"], "pgrun is one file: copy it"),
    (
        &["shell-completion", "shellcompletion"],
        "the completions are in the project's folder completions",
    ),
    (&["_parset", "parset", "env_parallel"], "use a=$(pgrun -k ...), or mapfile"),
    (
        &[
            "use-sockets-instead-of-threads",
            "use-cores-instead-of-threads",
            "use-cpus-instead-of-cores",
        ],
        "-j counts the CPUs that may be used; N% takes a part of them",
    ),
    (
        &["number-of-sockets", "numberofsockets"],
        "--number-of-cpus prints the CPUs that may be used",
    ),
    (&["linkinputsource", "xapplyinputsource"], "use :::+ or ::::+"),
];

/// What to do instead of an option, where it is one that is not taken.
pub fn instead_of(name: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(names, _)| names.contains(&name)).map(|(_, instead)| *instead)
}
