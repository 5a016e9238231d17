//! Tags, whole lines, and commands that are shown. What is expected was recorded from
//! GNU parallel 20221122, where nothing else is said.

use super::*;

fn printed(text: &str) -> String {
    script(TempDir::new().unwrap().path(), text)
}

#[test]
fn a_tag_is_the_arguments_or_a_text() {
    let tag =
        "$P -j1 --tag 'echo x; : {}' ::: a 'b c' ::: 1; $P -j1 -N2 --tag 'echo x; : {}' ::: a b";
    assert_eq!(printed(tag), "a 1\tx\nb c 1\tx\na b\tx\n");
    let text = r"$P -j1 --tagstring '{1}\t{2}' 'echo x; :' ::: 'b c' ::: '1$'
        $P -j1 --tagstring 'T{#}-{%}-{/.}' 'echo x; :' ::: d/a.x
        $P -j1 --tagstring '' 'echo x; :' ::: a
        $P -j1 --tagstring '\x41\n|{}' 'echo x; :' ::: d
        $P -j1 --tag --tagstring q 'echo x; :' ::: d";
    assert_eq!(printed(text), "b c\t1$\tx\nT1-1-a\tx\nx\n\\x41\n|d\tx\nq\tx\n");
    assert_eq!(printed("$P --tag 'echo x; :' ::: ''"), "\tx\n");
    assert_eq!(printed("$P --tag 'echo x >&2; :' ::: a 2>&1 >/dev/null"), "a\tx\n");
}

#[test]
fn every_line_has_its_tag() {
    let lines = "$P -j1 --tag 'printf \"a\\n\\nb\"; :' ::: 1 2";
    assert_eq!(printed(lines), "1\ta\n1\t\n1\tb2\ta\n2\t\n2\tb");
    // a bar that is drawn again; but, unlike there, "\r\n" is one end of a line
    let bar = "$P -j1 --tag 'printf \"a\\rb\\r\\nc\\r\"; :' ::: 1";
    assert_eq!(printed(bar), "1\ta\r1\tb\r\n1\tc\r");
}

#[test]
fn a_tag_can_name_the_number_of_all_jobs() {
    let text = "seq 3 | $P -k --plus --tagstring '{#}/{##}' 'echo {}'";
    assert_eq!(printed(text), "1/3\t1\n2/3\t2\n3/3\t3\n");
}

#[test]
fn lines_come_when_they_are_whole_and_are_never_torn() {
    // the first writes half a line, waits for a whole one of the second to be read,
    // and writes the other half
    let text = r#"mkfifo go; $P -j2 --lb --tag \
        'if test {} = 1; then printf ab; read -r x <go; echo cd; printf end; else echo whole; fi' \
        ::: 1 2 | { IFS= read -r line; echo "$line"; echo >go; cat; }"#;
    assert_eq!(printed(text), "2\twhole\n1\tabcd\n1\tend");
}

#[test]
fn by_lines_a_try_that_may_be_repeated_is_not_shown() {
    let text = "$P --lb --retries 2 'echo try >>n; wc -l <n; false' ::: a";
    assert_eq!(printed(text), "2\n");
}

#[test]
fn a_long_line_without_an_end_is_whole_too() {
    let text =
        "$P --lb 'head -c 300000 /dev/zero | tr \"\\0\" x; echo; :' ::: a | awk '{print length}'";
    assert_eq!(printed(text), "300000\n");
}

#[test]
fn ungrouped_commands_have_our_own_descriptors() {
    let text = "$P -u --tag 'readlink /proc/self/fd/1; :' ::: a >file; test \"$(cat file)\" = \"$PWD/file\" && echo same";
    assert_eq!(printed(text), "same\n");
    // the events of operations stay whole
    let ops = r#"{"id":"a","cmd":"echo out"}"#;
    let output = pgrun(&["-u"], ops);
    assert_eq!(err(&output), "out\n");
    assert_eq!(decided(&events(&out(&output)))["a"]["result"], "success");
}

#[test]
fn commands_are_shown_before_their_output_or_when_they_start() {
    let show = "$P -k -j2 --show-command 'echo {}' ::: 'a b' c; \
                $P --tag --show-command 'echo {}' ::: 1; \
                $P --retries 3 --show-command 'echo {}; false' ::: 1; \
                $P -u --show-command 'echo {}' ::: 1";
    let want = "echo 'a b'\na b\necho c\nc\n1\techo 1\n1\t1\necho 1; false\n1\necho 1\n1\n";
    assert_eq!(printed(show), want);
    let trace =
        "exec 2>&1 >/dev/null; $P -j1 -t 'echo {}' ::: 'a b'; $P -t --retries 2 false ::: x";
    assert_eq!(printed(trace), "echo 'a b'\nfalse x\nfalse x\n");
}

#[test]
fn a_dry_run_has_tags_and_a_quoted_one_is_a_word() {
    assert_eq!(printed("$P --dry-run --tag echo ::: 'a b'"), "a b\techo 'a b'\n");
    let quoted = "$P --shellquote ::: 'a b' '' '*'; $P --shellquote --tag ::: 'x y'";
    assert_eq!(printed(quoted), "'a b'\n''\n'*'\nx y\t'x y'\n");
    let back = "eval \"$($P --shellquote printf %s ::: \"it's\" | sed 's/^/eval /')\"";
    assert_eq!(printed(back), "it's");
}
