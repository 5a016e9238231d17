//! Quoting by place, and places that are refused.

use super::*;

#[test]
fn quoted_for_the_place() {
    assert_eq!(render("sh -c 'x={}; y' | z", &["it's"]), shell(r"sh -c 'x=it'\''s; y' | z"));
    assert_eq!(render("f \"{}\"", &["$a`b\"\\"]), shell("f \"\\$a\\`b\\\"\\\\\""));
    assert_eq!(render("seq 3 #{}", &["a\nb"]), shell("seq 3 #'a b'"));
    assert_eq!(render("seq 3 # x", &["a\nb"]), shell("seq 3 # x 'a b'"));
    assert_eq!(render("f \"$(g {})\"", &["a b"]), shell("f \"$(g 'a b')\""));
}

#[test]
fn what_looks_like_another_place() {
    let code = "$(x)";
    assert_eq!(render(r#"f "\$({})""#, &[code]), shell(r#"f "\$(\$(x))""#));
    assert_eq!(render(r#"f "$$({})""#, &[code]), shell(r#"f "$$(\$(x))""#));
    assert_eq!(render(r"f \$'a\' {}", &[code]), shell(r"f \$'a\' '$(x)'"));
    assert_eq!(render("(f)#{}", &["a\nb"]), shell("(f)#'a b'"));
    assert_eq!(render("f \\\n#{}", &["a\nb"]), shell("f \\\n#'a b'"));
    assert_eq!(render("f (#i){}", &[code]), shell("f (#i)'$(x)'"));
    assert_eq!(render("f <<< {}", &[code]), shell("f <<< '$(x)'"));
    assert_eq!(render("f ${a} \"${b:-c}\" {}", &[code]), shell("f ${a} \"${b:-c}\" '$(x)'"));
}

#[test]
fn a_value_is_not_read_with_its_neighbour() {
    assert_eq!(render("f {}>g", &["2"]), shell("f '2'>g"));
    assert_eq!(render("f 1{}>g", &["2"]), shell("f 1'2'>g"));
    assert_eq!(render("f {#}<g", &["2"]), shell("f '7'<g"));
    assert_eq!(render("f a{}>g", &["2"]), shell("f a2>g"));
    assert_eq!(render("f $a{}", &["b"]), shell("f $a'b'"));
    assert_eq!(render("f \"$a{}\"", &["b"]), shell("f \"$a\"\"b\""));
    assert_eq!(render("f $a\\\n{}", &["b"]), shell("f $a\\\n'b'"));
    assert_eq!(render("f \"$a.{}\"${a}{}", &["b"]), shell("f \"$a.b\"${a}b"));
    assert_eq!(render("f '$a{}'\\$a{}", &["b"]), shell("f '$ab'\\$ab"));
}

#[test]
fn refused_where_it_cannot_be_quoted() {
    for command in [
        "f `g {}`",
        "f ${{}}",
        "f $'{}'",
        "cat <<E\n{}\nE",
        "cat <<{}",
        "f \\{}",
        "f ${a:-${b}{}}",
        "f \"${a:-'}{}",
        "f ${}",
        "f \"$\"{}\"${}\"",
        "f $'a\\' '{}'",
        "f $(case a in a) g {};; esac)",
        "cat <<E\nx\nE",
    ] {
        let refused = template(command, &Style::default());
        assert!(refused.is_err_and(|e| e.message.contains("cannot be quoted")), "{command}");
    }
}

#[test]
fn numbers_may_stand_anywhere() {
    let text = |command| text_of(command, &Style::default(), &["a"]);
    assert_eq!(text("f $(( {#} * {%} )) ${x[{#}]} `g {%}`"), "f $(( 7 * 2 )) ${x[7]} `g 2`");
}
