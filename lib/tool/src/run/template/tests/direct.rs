//! Which commands need a shell.

use super::*;

#[test]
fn parts_of_an_argument() {
    let all = "gzip {} {.} {/} {//} {/.} {#} {%}";
    assert_eq!(
        render(all, &["d.x/a b.tar.gz"]),
        argv(&["gzip", "d.x/a b.tar.gz", "d.x/a b.tar", "a b.tar.gz", "d.x", "a b.tar", "7", "2"])
    );
    assert_eq!(render("gzip {.}x {//}", &[".rc"]), argv(&["gzip", "x", "."]));
    assert_eq!(render("cp {2} {1/.}.o", &["x/a.c", "b"]), argv(&["cp", "b", "a.o"]));
    assert_eq!(render("gzip", &["a", "b c"]), argv(&["gzip", "a", "b c"]));
    assert_eq!(render("gzip a{}z", &["1", "2 3"]), argv(&["gzip", "a1", "2 3z"]));
    assert_eq!(render("gzip {2} {1}", &["a"]), argv(&["gzip", "a"]));
    assert_eq!(render("gzip {} x{}", &[]), argv(&["gzip", "x"]));
}

#[test]
fn the_shell_only_where_it_is_needed() {
    assert_eq!(render("printf {}", &["a"]), shell("printf a"));
    assert_eq!(render("gzip {} | wc", &["a b"]), shell("gzip 'a b' | wc"));
    assert_eq!(render("{}", &["gzip -9 x"]), argv(&["gzip", "-9", "x"]));
    assert_eq!(render("{}", &["a; b"]), shell("a; b"));
    assert_eq!(render("A=1 gzip {}", &["a"]), shell("A=1 gzip a"));
    assert_eq!(render("no-such-program {}", &["a"]), shell("no-such-program a"));
    assert_eq!(render("gz{}", &["ip"]), argv(&["gzip"]));
    assert_eq!(render("\"gzip\"{} x", &["a"]), shell("\"gzip\"a x"));
}

#[test]
fn quotes_need_no_shell() {
    assert_eq!(
        render("gzip 'a b' \"c  d\" x'{}'y \"{}\" -o={} ''", &["it's $x"]),
        argv(&["gzip", "a b", "c  d", "xit's $xy", "it's $x", "-o=it's $x", ""])
    );
    assert_eq!(render("gzip \"{}\" '{2}'", &["a", "b"]), argv(&["gzip", "a b", "b"]));
    for command in ["gzip \"$x\"", "gzip \"`x`\"", "gzip \"a\\b\"", "gzip =x", "gzip ~", "gzip *"] {
        assert!(matches!(render(command, &["a"]), Rendered::Shell(_)), "{command}");
    }
    // open quotes are the shell's to complain about
    for command in ["gzip {} 'a", "gzip {} \"a"] {
        assert!(matches!(render(command, &["a"]), Rendered::Shell(_)), "{command}");
    }
}

#[test]
fn echo_is_the_same_everywhere_but_for_options_and_escapes() {
    assert_eq!(render("echo {}", &["a  b"]), argv(&["echo", "a  b"]));
    assert_eq!(render("{}", &["echo a"]), argv(&["echo", "a"]));
    assert_eq!(render("echo", &[""]), argv(&["echo", ""]));
    assert_eq!(render("echo {}", &["-n"]), shell("echo -n"));
    assert_eq!(render("echo {}", &["a\\n"]), shell("echo 'a\\n'"));
    assert_eq!(render("echo -e {}", &["a"]), shell("echo -e a"));
    assert_eq!(render("echo a {}", &["--help"]), argv(&["echo", "a", "--help"]));
}

#[test]
fn words_that_no_shell_sees() {
    let render = |words: &[&str], kind: Words, args: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let style = Style { words: kind, ..Style::default() };
        let mut programs = Programs::new();
        let template = Template::new(&words, &style, &mut programs).unwrap();
        template.render(values(&bytes(args)), &mut programs)
    };
    let words = ["gzip", "$x {}", "", ">"];
    assert_eq!(render(&words, Words::Quoted, &["a b"]), argv(&["gzip", "$x a b", "", ">"]));
    assert_eq!(render(&["printf", "{}"], Words::Quoted, &["a b"]), shell("printf 'a b'"));
    assert_eq!(render(&["printf", "{}"], Words::Exact, &["a b"]), argv(&["printf", "a b"]));
    assert_eq!(render(&["printf"], Words::Exact, &["a", "b c"]), argv(&["printf", "a", "b c"]));
}

#[test]
fn nothing_is_appended_to_what_gets_its_argument_as_input() {
    let style = Style { append: Append::Never, ..Style::default() };
    assert_eq!(text_of("wc -l", &style, &[]), "wc -l");
    assert_eq!(text_of("f {#}", &style, &["a"]), "f 7");
    assert!(template("f {%}", &style).unwrap().is_late());
    assert!(!template("f {#}", &style).unwrap().is_late());
}
