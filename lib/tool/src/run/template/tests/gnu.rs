//! Results that GNU parallel 20221122 printed with --dry-run.

use super::*;

/// Paths, and what each string makes of them.
const PATHS: &[&str] = &[
    "a",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "/x/y/a.b.c.d",
    "x/y/",
    ".hid",
    "x.d/.hid",
    "/",
    "//",
    "a/",
    "/a",
    "//a",
    "a//b",
    "a/b//",
    "",
    ".",
    "..",
    "../..",
    "x.y/z",
    "a.",
    "a.b/c.d.e.f",
];

/// The results, divided by `|`.
const OF_PATHS: &[(&str, &str)] = &[
    (
        "{.}",
        "a|a|a.b|a.b.c|/x/y/a.b.c|x/y/||x.d/|/|//|a/|/a|//a|a//b|a/b//|||.|../.|x.y/z|a|a.b/c.d.e",
    ),
    ("{/}", "a|a.b|a.b.c|a.b.c.d|a.b.c.d||.hid|.hid||||a|a|b|||.|..|..|z|a.|c.d.e.f"),
    ("{//}", ".|.|.|.|/x/y|x|.|x.d|/|/|.|/|/|a|a|.|.|.|..|x.y|.|a.b"),
    ("{/.}", "a|a|a.b|a.b.c|a.b.c|||||||a|a|b||||.|.|z|a|c.d.e"),
    ("{+/}", "||||/x/y|x/y||x.d||/|a||/|a/|a/b/||||..|x.y||a.b"),
    ("{+.}", "|b|c|d|d||hid|hid||||||||||||y/z||f"),
    ("{+..}", "||b.c|c.d|c.d|||||||||||||.|.|||e.f"),
    ("{+...}", "|||b.c.d|b.c.d|||||||||||||||||d.e.f"),
    (
        "{..}",
        "a|a.b|a|a.b|/x/y/a.b|x/y/|.hid|x.d/.hid|/|//|a/|/a|//a|a//b|a/b//||.||../|x.y/z|a.|a.b/c.d",
    ),
    (
        "{...}",
        "a|a.b|a.b.c|a|/x/y/a|x/y/|.hid|x.d/.hid|/|//|a/|/a|//a|a//b|a/b//||.|..|../..|x.y/z|a.|a.b/c",
    ),
    ("{/..}", "a|a.b|a|a.b|a.b||.hid|.hid||||a|a|b|||.|||z|a.|c.d"),
    ("{/...}", "a|a.b|a.b.c|a|a||.hid|.hid||||a|a|b|||.|..|..|z|a.|c"),
];

#[test]
fn parts_of_paths() {
    for (string, expected) in OF_PATHS {
        let plain = Plain::new(string.as_bytes(), &plus()).unwrap();
        let of = |path: &&str| {
            let args = [path.as_bytes().to_vec()];
            String::from_utf8(plain.text(values(&args))).unwrap()
        };
        let got: Vec<String> = PATHS.iter().map(of).collect();
        assert_eq!(got.join("|"), *expected, "{string}");
    }
}

#[test]
fn quoted_as_gnu_parallel_does() {
    let table = [
        ("it's", r#"'it'"'"'s'"#),
        ("", "''"),
        ("a b", "'a b'"),
        ("a,b", "'a,b'"),
        ("ä", "'ä'"),
        ("a:b", "'a:b'"),
        ("a@b", "'a@b'"),
        ("a%b", "'a%b'"),
        ("a+b", "a+b"),
        ("a=b", "'a=b'"),
        ("~", "'~'"),
        ("a\nb", "'a\nb'"),
        ("a{b", "'a{b'"),
        ("A_B-c.d/e", "A_B-c.d/e"),
        ("'", r#""'""#),
        ("''", r#""'"''"'""#),
        ("'a", r#""'"'a'"#),
    ];
    for (arg, expected) in table {
        assert_eq!(text_of("echo {}", &Style::default(), &[arg]), format!("echo {expected}"));
    }
}

/// Command, arguments, result.
type Row = (&'static str, &'static [&'static str], &'static str);

fn check(style: &Style, table: &[Row]) {
    for (command, args, expected) in table {
        assert_eq!(text_of(command, style, args), *expected, "{command}");
    }
}

#[test]
fn positions_and_numbers() {
    check(
        &Style::default(),
        &[
            ("echo {#}", &["a"], "echo 7"),
            ("echo {%}", &["a"], "echo 2"),
            ("echo {1} {2} {3}", &["a", "b"], "echo a b "),
            ("echo {0} {0.} {-1} {1 } {1 .}", &["a.b", "c.d"], "echo a.b c.d a c c.d a.b a"),
            ("echo {2/.}{-2//}", &["x/a.b", "y/c.d"], "echo cx"),
            ("echo {##}", &["a"], "echo {##} a"),
            ("echo {..} {a,b} {", &["a"], "echo {..} {a,b} { a"),
            ("echo", &["a", "b c"], "echo a 'b c'"),
            ("", &["a b"], "a b"),
            ("a{}z {.}", &["1.x", "2.y"], "a1.x 2.yz 1 2"),
        ],
    );
}

#[test]
fn the_argument_is_the_command_line() {
    check(
        &Style::default(),
        &[
            ("{}", &["echo a; b"], "echo a; b"),
            ("{1} {2}", &["echo a", "b c;"], "echo a b c;"),
            ("./x{} {}", &["b c;"], "./xb c; b c;"),
            ("{} | {/}", &["a b"], "a b | a b"),
            ("V={} f {}", &["b c;"], "V='b c;' f 'b c;'"),
            ("a b{}", &["b c;"], "a b'b c;'"),
        ],
    );
}

#[test]
fn what_is_not_a_command_line_though_gnu_parallel_takes_it_for_one() {
    // GNU parallel would execute what stands in an argument here
    check(
        &Style::default(),
        &[
            ("cat<{}", &["b c;"], "cat<'b c;'"),
            ("\"{}\" {}", &["b c;"], "\"b c;\" 'b c;'"),
            ("./job{#} {}", &["b c;"], "./job7 'b c;'"),
        ],
    );
}

#[test]
fn the_word_is_repeated() {
    check(
        &repeated(),
        &[
            ("echo a{}z", &["1", "2", "3"], "echo a1z a2z a3z"),
            (
                "echo a{}z{1} {1}b{2} {#}x{}",
                &["1.x", "2.y"],
                "echo a1.xz1.x a2.yz1.x 1.xb2.y 7x1.x 7x2.y",
            ),
            ("echo a{}z {.}", &["1.x", "2.y"], "echo a1.xz a2.yz 1 2"),
            ("echo", &["1", "2 3"], "echo 1 '2 3'"),
            ("echo \"{}\" b", &["1", "2"], "echo \"1\" \"2\" b"),
        ],
    );
}

#[test]
fn the_word_is_repeated_where_gnu_parallel_makes_no_command_line() {
    check(
        &repeated(),
        &[
            ("echo \"a {}\" b", &["1", "2"], "echo \"a 1 2\" b"),
            ("sh -c 'f {}x'", &["1", "2"], "sh -c 'f 1x 2x'"),
            ("echo $(f {})", &["1", "2"], "echo $(f 1 2)"),
            ("f {}|g; h {};i", &["1", "2"], "f 1 2|g; h 1 2;i"),
        ],
    );
}

#[test]
fn the_words_of_the_command_are_quoted() {
    let quoted = Style { words: Words::Quoted, ..Style::default() };
    let text = |words: &[&str], style: &Style, args: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let template = Template::new(&words, style, &mut Programs::new()).unwrap();
        String::from_utf8(template.text(values(&bytes(args)))).unwrap()
    };
    let words = ["echo", "a b", "{}", "$x", ""];
    assert_eq!(text(&words, &quoted, &["it's"]), r#"echo 'a b' 'it'"'"'s' '$x' ''"#);
    assert_eq!(text(&["{}"], &quoted, &["echo a"]), "'echo a'");
    assert_eq!(text(&["echo"], &quoted, &["a b"]), "echo 'a b'");
    assert_eq!(text(&["echo", "{=", "s/a", "/b/", "=}"], &quoted, &["a x"]), "echo bx");
    let both = Style { several: Several::Repeat, ..quoted };
    assert_eq!(text(&["echo", "a b{}c d"], &both, &["1", "2"]), "echo 'a b1c' 'b2c d'");
}

#[test]
fn other_spellings() {
    let whole = |text: &str| style(Strings { whole: text.into(), ..Strings::default() });
    check(&whole(","), &[("echo , {1} {1.} {.}", &["a.b"], "echo a.b {1} a a")]);
    check(&whole("{x}"), &[("echo {x} {1x} {} {.} {1.}", &["a.b"], "echo a.b a.b {} a a")]);
    check(&whole(",,"), &[("echo ,,-,,", &["m"], "echo m-m")]);
    let all = style(Strings {
        no_extension: b"@1".to_vec(),
        base: b"@2".to_vec(),
        folder: b"@3".to_vec(),
        base_no_extension: b"@4".to_vec(),
        seq: b"@5".to_vec(),
        slot: b"@6".to_vec(),
        parens: (b"<<".to_vec(), b">>".to_vec()),
        ..Strings::default()
    });
    check(
        &all,
        &[(
            "echo @1 @2 @3 @4 @5 @6 {.} {} <<s/x/Y/>>",
            &["x/a.b"],
            "echo x/a a.b x a 7 2 {.} x/a.b Y/a.b",
        )],
    );
    let named = style(Strings { names: bytes(&["x", "y"]), ..Strings::default() });
    check(
        &named,
        &[(
            "echo {x} {x.} {x/} {x//} {x/.} {x..} {=x s/a/b/=} {y}",
            &["a/b.c", "Q"],
            "echo a/b.c a/b b.c a b {x..} b/b.c Q",
        )],
    );
}

#[test]
fn plus_strings() {
    let style = style(plus());
    check(
        &style,
        &[
            ("echo {:-d} {:2} {:1:2} {2:-d} {2:1}", &["abcd", ""], "echo abcd d cd '' bc '' d ''"),
            ("echo {1:-d} {1:2} {1:1:2}", &["0"], "echo d '' ''"),
            (
                "echo {1%.b} {2//b/X} {-1:1} {1:-x} {2:1:2} {1^a} {2%%}",
                &["a.b", "bbcc"],
                "echo a XXcc bcc a.b bc A.b bbcc",
            ),
            ("echo {/a(.)/$1} {%(a)b} {#(a)x} {^^(a)b}", &["axab"], "echo '$1ab' ax a axAB"),
            ("echo {0#} {##} {1#} {slot}", &["a"], "echo 07 12 7 2"),
            ("echo {%.b}", &["a.b", "b.b"], "echo a b"),
        ],
    );
    let strings = "{%.b}|{%%.*b}|{#a.*?c}|{#.*\\.}|{##.*\\.}|{/b/X}|{//b/X}|{/#a/X}|{/%d/X}|{^a}|{^^b}|{^^[bc]}|{,A}|{,,[A-Z]}";
    let table = [
        (
            "a.b.b.d.b",
            "a.b.b.d||a.b.b.d.b|b.b.d.b|b|a.X.b.d.b|a.X.X.d.X|X.b.b.d.b|a.b.b.d.b|A.b.b.d.b|a.B.B.d.B|a.B.B.d.B|a.b.b.d.b|a.b.b.d.b",
        ),
        ("a.b", "a||a.b|b|b|a.X|a.X|X.b|a.b|A.b|a.B|a.B|a.b|a.b"),
        (
            "AxBxC",
            "AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|AxBxC|axBxC|axbxc",
        ),
        ("abcd", "abcd|abcd|d|abcd|abcd|aXcd|aXcd|Xbcd|abcX|Abcd|aBcd|aBCd|abcd|abcd"),
    ];
    let plain = Plain::new(strings.as_bytes(), &plus()).unwrap();
    for (arg, expected) in table {
        let got = plain.text(values(&bytes(&[arg])));
        assert_eq!(String::from_utf8(got).unwrap(), expected);
    }
}

#[test]
fn jobs_that_are_left_out() {
    let kept = |command: &str| {
        let template = template(command, &style(plus())).unwrap();
        let pairs = ["a", "b", "c"].iter().flat_map(|a| ["a", "b", "c"].map(|b| [*a, b]));
        pairs.filter(|pair| !template.skips(&bytes(pair))).map(|p| p.concat()).collect::<Vec<_>>()
    };
    assert_eq!(kept("echo {choose_k}"), ["ab", "ac", "bc"]);
    assert_eq!(kept("echo {uniq} {1}"), ["ab", "ac", "ba", "bc", "ca", "cb"]);
    assert_eq!(kept("echo {}").len(), 9);
}

#[test]
fn substitutions() {
    check(
        &Style::default(),
        &[
            (
                "echo {=2 s/a/b/ =} {2= s/a/b/ =} {= s/a/b/; s/c/d/g =}",
                &["acc", "aac"],
                "echo bac bac bdd bad",
            ),
            ("echo {= s:/:-:g =}", &["a/b/c"], "echo a-b-c"),
            ("echo {= s{(.)(.)}{$2\\1$&} =}", &["xyz"], "echo yxxyz"),
            ("echo {= s(B)<c>gi; =}", &["abBA"], "echo accA"),
            ("echo {= s/\\.[^.]+$// =}", &["a.tar.gz"], "echo a.tar"),
            ("echo {= s|a\\|b|${0}x| =}", &["a|b"], "echo 'a|bx'"),
            ("echo {= s/é/e/ =}", &["café"], "echo cafe"),
            ("echo {==}", &["a"], "echo a"),
        ],
    );
}

#[test]
fn what_is_not_taken_is_refused_by_name() {
    let table = [
        ("echo {= $_=lc($_) =}", "is not a substitution"),
        ("echo {= s/a/uc($1)/e =}", "flag e"),
        ("echo {= s/$x/y/ =}", "variable"),
        ("echo {= s/x/$_/ =}", "'$_'"),
        ("echo {= s/x/\\U$1/ =}", "\\U"),
        ("echo {= s/a =}", "does not end"),
        ("echo {= s/(?=a)// =}", "look-around"),
        ("echo {= y/a/b/ =}", "is not a substitution"),
        ("echo {%(}", "unclosed"),
        ("echo {host}", "another machine"),
        ("echo {0%}", "slots"),
    ];
    for (command, why) in table {
        let fail = template(command, &style(plus())).unwrap_err();
        let name = &command[5..command.len()];
        assert!(fail.message.contains(why) && fail.message.contains(name), "{fail}");
    }
}

#[test]
fn plain_texts_are_not_quoted() {
    let text = |text: &str, args: &[&str]| {
        let plain = Plain::new(text.as_bytes(), &Strings::default()).unwrap();
        String::from_utf8(plain.text(values(&bytes(args)))).unwrap()
    };
    assert_eq!(text("{1}@{2} \"{}\" {#}", &["a b", "c"]), "a b@c \"a b c\" 7");
    assert_eq!(text("no", &["a b"]), "no");
    assert!(Plain::new(b"{##}", &plus()).unwrap().names_total());
}

#[test]
fn lengths_are_known_beforehand() {
    let commands =
        ["echo {}", "f a{}z {.}", "f '{}' \"{}\" | g", "{} x", "f {1} {2}", "gzip", "f x{/}y{//} "];
    let args = ["a", "it's", "x y", "", "d/e.f", "$`\"\\"];
    for (style, command) in
        [Style::default(), repeated()].iter().flat_map(|style| commands.map(|c| (style, c)))
    {
        let template = template(command, style).unwrap();
        for count in 1..=args.len() {
            let args = bytes(&args[..count]);
            let added = |(at, arg): (usize, &Vec<u8>)| template.added_bytes(at, arg);
            let length: usize = args.iter().enumerate().map(added).sum();
            let text = template.text(values(&args));
            assert_eq!(template.fixed_bytes() + length, text.len(), "{command}");
        }
    }
    for kind in [Words::Quoted, Words::Shell] {
        let style = Style { words: kind, ..repeated() };
        let template = template("f x{} {#}{-1} {%}", &style).unwrap();
        let args = bytes(&args);
        let added = |(at, arg): (usize, &Vec<u8>)| template.added_bytes(at, arg);
        let length: usize = args.iter().enumerate().map(added).sum();
        assert!(template.fixed_bytes() + length >= template.text(values(&args)).len());
    }
}
