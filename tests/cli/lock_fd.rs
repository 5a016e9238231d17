//! `pglock --fd`: a descriptor of the shell holds the lock.

use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs a shell script in a folder with locks of its own.
fn shell(dir: &TempDir, script: &str) -> Output {
    let mut shell = Command::new("bash");
    shell.args(["-c", script]).current_dir(dir).env("PG_LOCK_DIR", dir.path().join("locks"));
    shell.env("PGLOCK", env!("CARGO_BIN_EXE_pglock")).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

#[test]
fn a_descriptor_holds_the_lock_until_it_is_unlocked_or_closed() {
    let dir = TempDir::new().unwrap();
    for mode in ["-x", "-s"] {
        let script = format!(
            r#"exec 9<>"$($PGLOCK --path v/1)"
            $PGLOCK {mode} --fd 9 v/1 && $PGLOCK -qn v/1 true; echo $?
            $PGLOCK --who v/1 | grep -c "holds .* $$ "
            $PGLOCK -u --fd 9 v/1; $PGLOCK -n v/1 true; echo $?
            $PGLOCK --who v/1
            $PGLOCK {mode} --fd 9 v/1; exec 9>&-; $PGLOCK -n v/1 true; echo $?"#
        );
        let output = shell(&dir, &script);
        assert_eq!(said(&output), "75\n1\n0\nv/1 is free\n0\n", "{mode}");
    }
    // another shell's lock is not undone by who failed to get it
    let output = shell(
        &dir,
        r#"exec 9<>"$($PGLOCK --path v)"; $PGLOCK --fd 9 v
        bash -c 'exec 9<>"$($PGLOCK --path v)"; $PGLOCK -q -w 0.01 --fd 9 v; echo $?; $PGLOCK -qn --fd 9 v; echo $?'
        $PGLOCK -qn v true; echo $?"#,
    );
    assert_eq!(said(&output), "75\n75\n75\n");
}

#[test]
fn a_descriptor_that_waits_gets_the_lock_in_its_turn() {
    let dir = TempDir::new().unwrap();
    // the waiter is in the queue when the kernel has put it to sleep there
    let output = shell(
        &dir,
        r#"mkfifo go; $PGLOCK v -- sh -c 'echo >go; read x <go' & read x <go
        bash -c 'exec 9<>"$($PGLOCK --path v)"; $PGLOCK -q --fd 9 v; $PGLOCK -qn v true; echo $? >after' &
        inode=$(stat -c %i locks/v.lock)
        until grep -q -e "-> .*:$inode " /proc/locks; do :; done
        echo >go; wait; cat after"#,
    );
    assert_eq!(said(&output), "75\n");
}

#[test]
fn what_cannot_hold_a_lock_is_refused_with_the_remedy() {
    let dir = TempDir::new().unwrap();
    let table = [
        ("exec 9<>other; $PGLOCK --fd 9 v", "fd 9 is not the lock file of v"),
        ("$PGLOCK --fd 9 v", "fd 9 is not open"),
        (r#"exec 9>"$($PGLOCK --path v)"; $PGLOCK -s --fd 9 v"#, "is open for writing only"),
        (r#"exec 9<"$($PGLOCK --path v)"; $PGLOCK --fd 9 v"#, "is open for reading only"),
    ];
    for (script, why) in table {
        let output = shell(&dir, script);
        let said = said(&output);
        assert!(said.contains(why), "{script}: {said}");
        assert!(said.contains(r#"exec 9<>"$(pglock --path v)""#), "{script}: {said}");
        assert_eq!((output.status.code(), said.lines().count()), (Some(125), 1), "{said}");
    }
    for (words, why) in [
        ("--fd 9 --slots 2 v", "cannot be used with"),
        ("--fd 9 v true", "one name and no command"),
        ("-u v true", "--fd"),
        ("-u --fd 9 v", "fd 9"),
    ] {
        let output = shell(&dir, &format!("$PGLOCK {words}"));
        assert!(said(&output).contains(why), "{words}: {}", said(&output));
        assert_eq!(output.status.code(), Some(125), "{words}");
    }
}

#[test]
fn a_path_of_a_removed_file_is_not_made_anew_while_it_is_held() {
    let dir = TempDir::new().unwrap();
    let output = shell(
        &dir,
        r#"exec 9<>"$($PGLOCK --path v)"; $PGLOCK --fd 9 v; rm locks/v.lock
        $PGLOCK --path v; echo $?; $PGLOCK --list | grep -c "v .*exclusive"; $PGLOCK -qn v true; echo $?
        exec 9>&-; test "$($PGLOCK --path v)" = "$PWD/locks/v.lock"; echo $?"#,
    );
    let said = said(&output);
    assert!(said.starts_with("125\n1\n75\n0\n") && said.contains("was removed while"), "{said}");
}
