//! `--results` and `--files`. What is expected was recorded from GNU parallel 20221122.

use super::*;

/// The files below a folder.
fn files(dir: &TempDir, name: &str) -> Vec<String> {
    let text = script(dir.path(), &format!("find {name} -type f | LC_ALL=C sort"));
    text.lines().map(str::to_string).collect()
}

/// A record of a table, its two times taken out.
fn timeless(text: &str) -> String {
    let time = regex(r"\d{10}\.\d{3}(,|\t)\d+\.\d{3}");
    let named = regex(r#""Starttime": \d{10}\.\d{3}, "JobRuntime": \d+\.\d{3}"#);
    let text = time.replace_all(text, "S${1}R");
    named.replace_all(&text, "TIMES").into_owned()
}

fn regex(text: &str) -> regex::Regex {
    regex::Regex::new(text).unwrap()
}

#[test]
fn a_folder_for_each_argument_instead_of_printing() {
    let dir = TempDir::new().unwrap();
    let text = "exec 2>&1; $P -j1 --results r 'echo {1}; echo e{2} >&2' ::: m 'a/b' ::: 1; \
                cat r/1/m/2/1/{stdout,stderr,seq}";
    assert_eq!(script(dir.path(), text), "m\ne1\n1");
    let want = [
        "r/1/a\\_b/2/1/seq",
        "r/1/a\\_b/2/1/stderr",
        "r/1/a\\_b/2/1/stdout",
        "r/1/m/2/1/seq",
        "r/1/m/2/1/stderr",
        "r/1/m/2/1/stdout",
    ];
    assert_eq!(files(&dir, "r"), want);
}

#[test]
fn names_of_columns_several_records_and_replacement_strings() {
    let dir = TempDir::new().unwrap();
    let text = "$P --header : --results h true ::: z 1 ::: b 2; $P -N2 --results n true ::: x y z; \
                $P -j1 --results 't/{}-{#}' echo ::: 'a b'; $P --results 'd/{#}/' true ::: a; \
                cat 't/a b-1'";
    assert_eq!(script(dir.path(), text), "a b\n");
    assert_eq!(files(&dir, "h")[2], "h/b/2/z/1/stdout");
    assert_eq!(
        files(&dir, "n"),
        [
            "n/1/x/1/y/seq",
            "n/1/x/1/y/stderr",
            "n/1/x/1/y/stdout",
            "n/1/z/seq",
            "n/1/z/stderr",
            "n/1/z/stdout"
        ]
    );
    assert_eq!(files(&dir, "t"), ["t/a b-1", "t/a b-1.err", "t/a b-1.seq"]);
    assert_eq!(files(&dir, "d"), ["d/1/seq", "d/1/stderr", "d/1/stdout"]);
}

#[test]
fn no_argument_leads_out_of_the_folder_or_into_another_ones() {
    let dir = TempDir::new().unwrap();
    script(dir.path(), "$P --results r/s echo ::: .. . '' ../../x '\\' '\\.'");
    let found = files(&dir, ".");
    assert!(found.iter().all(|name| name.starts_with("./r/s/1/")), "{found:?}");
    assert_eq!(found.len(), 6 * 3, "{found:?}");
}

#[test]
fn resume_looks_for_results_where_there_is_no_log() {
    let dir = TempDir::new().unwrap();
    let text = "$P --results r 'echo one {}' ::: x; $P --resume --results r 'echo two {}' ::: x y; \
                cat r/1/*/stdout";
    assert_eq!(script(dir.path(), text), "one x\ntwo y\n");
}

#[test]
fn only_the_last_try_is_kept() {
    let dir = TempDir::new().unwrap();
    let text = "$P --retries 2 --results r 'echo try >>n; cat n; false' ::: x; cat r/1/x/stdout; \
                rm n; $P --retries 2 --results t.json 'echo try >>n; cat n; false' ::: x; cat t.json";
    let printed = timeless(&script(dir.path(), text));
    let (file, row) = printed.split_at("try\ntry\n".len());
    assert_eq!(file, "try\ntry\n");
    assert!(row.contains(r#""Stdout": "try\u000atry\u000a", "Stderr": """#), "{row}");
}

#[test]
fn cells_and_their_quotes() {
    let dir = TempDir::new().unwrap();
    let text = r#"$P -j1 --results o.csv 'printf "%s\n" {1}; printf "e\"x" >&2; exit 3' ::: x 'y,z' ::: 1; cat o.csv"#;
    let want = "Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,V1,V2,Stdout,Stderr\n\
        1,:,S,R,0,2,3,0,\"printf \"\"%s\\n\"\" x; printf \"\"e\\\"\"x\"\" >&2; exit 3\",x,1,\"x\n\",\"e\"\"x\"\n\
        2,:,S,R,0,4,3,0,\"printf \"\"%s\\n\"\" 'y,z'; printf \"\"e\\\"\"x\"\" >&2; exit 3\",\"y,z\",1,\"y,z\n\",\"e\"\"x\"\n";
    assert_eq!(timeless(&script(dir.path(), text)), want);
    let text = "$P --header : -j1 --results o.tsv 'printf {n}' ::: n 'a b' ::: m 3; cat o.tsv";
    let want = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tn\tm\tStdout\tStderr\n\
        1\t:\tS\tR\t0\t3\t0\t0\t\"printf 'a b'\"\t\"a b\"\t3\t\"a b\"\t\n";
    assert_eq!(timeless(&script(dir.path(), text)), want);
}

#[test]
fn an_object_a_line_whatever_the_bytes() {
    let dir = TempDir::new().unwrap();
    let text = r"$P -j1 --results o.json 'printf {1}; printf e >&2; exit 3; : {2}' ::: 'a\n\377\001' b ::: 1
        cat o.json";
    let want = concat!(
        r#"{ "Seq": 1, "Host": ":", TIMES, "Send": 0, "Receive": 4, "Exitval": 3, "Signal": 0, "Command": "printf 'a\\n\\377\\001'; printf e >&2; exit 3; : 1", "V": [ "a\\n\\377\\001","1" ], "Stdout": "a\u000a"#,
        "\u{fffd}",
        r#"\u0001", "Stderr": "e" }"#,
        "\n",
    );
    let printed = timeless(&script(dir.path(), text));
    let (first, second) = printed.split_at(printed.find('\n').unwrap() + 1);
    assert_eq!(first, want);
    assert_eq!(second.lines().count(), 1);
    for line in fs::read(dir.path().join("o.json")).unwrap().split(|byte| *byte == b'\n') {
        assert!(line.is_empty() || serde_json::from_slice::<Value>(line).is_ok());
    }
}

#[test]
fn a_table_takes_the_place_of_the_screen_unless_lines_are_asked_for() {
    let dir = TempDir::new().unwrap();
    let run = |flags: &str| {
        let text = format!("exec 2>&1; $P {flags} -j1 'echo o{{}}; echo e{{}} >&2' ::: 1");
        timeless(&script(dir.path(), &text))
    };
    assert_eq!(run("--results o.csv"), "");
    assert_eq!(run("--lb --results o.csv").lines().count(), 2);
    let stored = timeless(&fs::read_to_string(dir.path().join("o.csv")).unwrap());
    assert!(stored.ends_with(",1,\"o1\n\",\"e1\n\"\n"), "{stored}");
    let line = run("--results -.json");
    let end = r#""Stdout": "o1\u000a", "Stderr": "e1\u000a" }"#;
    assert!(line.ends_with(&format!("{end}\n")), "{line}");
}

#[test]
fn what_is_too_large_for_memory_is_whole_in_a_table() {
    let dir = TempDir::new().unwrap();
    let text = "$P --results o.json 'head -c 70000000 /dev/zero | tr \"\\0\" {}' ::: x; \
                grep -o '\"Stdout.*' o.json | tr -dc x | wc -c";
    assert_eq!(script(dir.path(), text), "70000000\n");
}

#[test]
fn what_cannot_be_kept_is_said_and_is_255() {
    let dir = TempDir::new().unwrap();
    let run = |args: &str| script(dir.path(), &format!("exec 2>&1; $P {args}; echo $?"));
    let said = run("--results /nonexistent/x.csv echo ::: a");
    assert_eq!(said, "pgrun: --results /nonexistent/x.csv: No such file or directory\n255\n");
    fs::create_dir(dir.path().join("d.json")).unwrap();
    assert!(run("--results d.json echo ::: a").ends_with("\n255\n"));
    // a folder that is a file: the output is not lost
    fs::write(dir.path().join("file"), "").unwrap();
    let said = run("--results file echo ::: a");
    assert!(said.contains("the output of 1 is printed instead") && said.contains("a\n"), "{said}");
    assert!(said.ends_with("255\n"), "{said}");
    std::os::unix::fs::symlink("/dev/full", dir.path().join("full.csv")).unwrap();
    let said = run("--results full.csv echo ::: a b");
    let want = "pgrun: --results full.csv: No space left on device; it is incomplete\n255\n";
    assert_eq!(said, want);
}

#[test]
fn names_of_files_are_printed_instead_of_what_is_in_them() {
    let dir = TempDir::new().unwrap();
    let text = "mkdir t; $P -k --tag --files --tmpdir t 'echo out {}; echo err >&2' ::: a b >names 2>err; \
                while read -r tag name; do echo \"$tag: $(cat \"$name\")\"; done <names; \
                cut -c1-7 names; cat err; stat -c %a $(cut -f2 names | head -n1)";
    let printed = script(dir.path(), text);
    let want = "a: out a\nb: out b\na\tt/par\nb\tt/par\na\terr\nb\terr\n600\n";
    assert_eq!(printed, want);
    let text = "$P -k --files --results r 'echo {}' ::: a; $P --lb --results r 'echo {}' ::: a";
    assert_eq!(script(dir.path(), text), "r/1/a/stdout\nr/1/a/stdout\n");
}
