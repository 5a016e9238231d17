//! Replacement strings and the flags around them, by the built program. What GNU
//! parallel 20221122 prints is in the tables.

use crate::tool;

/// Status, standard output, standard error.
fn pgrun(args: &[&str], input: &str) -> (i32, String, String) {
    let output = tool("pgrun").args(args).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn prints(args: &[&str], input: &str, expected: &str) {
    assert_eq!(pgrun(args, input).1, expected, "{args:?}");
}

#[test]
fn flags_that_spell_the_strings() {
    prints(&["-k", "-I", ",,", "echo", ",,-,,", ":::", "m"], "", "m-m\n");
    prints(&["--replace", "echo", "{}", ":::", "m"], "", "m\n");
    prints(&["--er", "@", "echo", "@", ":::", "a.b"], "", "a\n");
    prints(&["--bnr", "@", "echo", "@", ":::", "x/a.b"], "", "a.b\n");
    prints(&["--dnr", "@", "echo", "@", ":::", "x/a.b"], "", "x\n");
    prints(&["--bner", "@", "echo", "@", ":::", "x/a.b"], "", "a\n");
    prints(&["--seqreplace", "@", "--slotreplace", "%", "echo", "@", "%", ":::", "a"], "", "1 1\n");
    prints(&["--parens", "<<>>", "echo", "<<s/a/b/>>", ":::", "aa"], "", "ba\n");
    prints(
        &["--plus", "echo", "{..}", "{+/}", "{%.gz}", ":::", "d/x.tar.gz"],
        "",
        "d/x d d/x.tar\n",
    );
    prints(
        &["-k", "-q", "printf", "%s;%s\n", "$X * {}", "{}", ":::", "a b", "c'd"],
        "",
        "$X * a b;a b\n$X * c'd;c'd\n",
    );
}

#[test]
fn names_of_a_header() {
    prints(
        &["-k", "--header", ":", "echo", "{x}-{y.}", ":::", "x", "1", "2", ":::", "y", "3.z"],
        "",
        "1-3\n2-3\n",
    );
    prints(
        &["-k", "--header", ":", "echo", "{size}x{name}"],
        "name\tsize\nx\t3\ny\t4\n",
        "3xx\n4xy\n",
    );
}

#[test]
fn several_arguments_divide_as_in_gnu_parallel() {
    let numbers: String = (8..=30).map(|n| format!("{n}\n")).collect();
    let first = |size: &str, args: &[&str]| {
        let all = [&["-j1", "--dry-run", "--max-chars", size], args].concat();
        pgrun(&all, &numbers).1.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()
    };
    let repeated = ["-X", "echo", "a{}b", "{.}"];
    assert_eq!(first("20", &repeated), "echo a8b a9b 8 9\necho a10b 10\n");
    assert_eq!(first("30", &repeated), "echo a8b a9b a10b 8 9 10\necho a11b a12b a13b 11 12 13\n");
    let joined = ["--xargs", "echo"];
    assert_eq!(first("20", &joined), "echo 8 9 10 11 12\necho 13 14 15 16 17\n");
    assert_eq!(
        first("31", &joined),
        "echo 8 9 10 11 12 13 14 15 16\necho 17 18 19 20 21 22 23 24\n"
    );
    assert_eq!(
        first("32", &joined),
        "echo 8 9 10 11 12 13 14 15 16\necho 17 18 19 20 21 22 23 24 25\n"
    );
    prints(
        &["-N2", "--dry-run", "-k", "echo", "a{}z {1} {2}", ":::", "1", "2", "3"],
        "",
        "echo a1z a2z 1 2\necho a3z 3 \n",
    );
    prints(&["-j1", "-m", "--dry-run", "echo", "a{}z", ":::", "1", "2", "3"], "", "echo a1 2 3z\n");
    prints(&["-n0", "-k", "echo", "a", "{}", "b", ":::", "1", "2"], "", "a b\na b\n");
    // once it never ended
    prints(&["-X", "-n0", "-k", "echo", "a{}b", ":::", "1", "2"], "", "ab\nab\n");
}

#[test]
fn the_number_of_all_jobs() {
    prints(&["-k", "--plus", "echo", "{#}/{##}"], "a\nb\nc\n", "1/3\n2/3\n3/3\n");
    let ten: String = (0..10).map(|n| format!("{n}\n")).collect();
    prints(
        &["-k", "-n2", "--plus", "--dry-run", "echo", "{0#} {##}"],
        &ten,
        "echo 1 5\necho 2 5\necho 3 5\necho 4 5\necho 5 5\n",
    );
    prints(
        &["-k", "--plus", "--tagstring", "{1} {#}/{##}", "echo", "{}", ":::", "a b", "c"],
        "",
        "a b 1/2\ta b\nc 2/2\tc\n",
    );
}

#[test]
fn jobs_that_are_left_out_have_numbers() {
    let lists = [":::", "a", "b", "c", ":::", "a", "b", "c"];
    let args = [&["-k", "--plus", "echo", "{choose_k}", "{#}"][..], &lists].concat();
    prints(&args, "", "a b 2\na c 3\nb c 6\n");
}

#[test]
fn what_is_not_taken_is_refused_by_name() {
    let (status, out, err) = pgrun(&["echo", "{= $_=lc =}", ":::", "A"], "");
    assert_eq!((status, out.as_str()), (255, ""));
    assert!(err.contains("{= $_=lc =}") && err.contains("s/regex/text/"), "{err}");
    let (status, _, err) = pgrun(&["echo", "`cat {}`", ":::", "A"], "");
    assert!(status == 255 && err.contains("backquotes") && err.contains("x={}"), "{err}");
}
