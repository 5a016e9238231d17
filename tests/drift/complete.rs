//! Completions for the shells, from the definitions of the flags.

use clap_complete::Shell;
use tool::entry::Tool;

/// The completion scripts of a program: path and text.
pub fn scripts(tool: &Tool) -> Vec<(String, String)> {
    let name = tool.name;
    let places = [
        (Shell::Bash, format!("completions/bash/{name}.bash")),
        (Shell::Zsh, format!("completions/zsh/_{name}")),
        (Shell::Fish, format!("completions/fish/{name}.fish")),
    ];
    places.into_iter().map(|(shell, path)| (path, script(tool, shell))).collect()
}

fn script(tool: &Tool, shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut (tool.command)(), tool.name, &mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    // the generators leave blanks at ends of lines
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
