//! The drawings of the tree in the documents show what is started.

use std::fmt::Write as _;

use tropa_dispatch::roles::{Role, Roles};
use tropa_dispatch::settings::Settings;

use crate::rig;

const README: &str = include_str!("../../README.md");
const ARCHITECTURE: &str = include_str!("../../docs/ARCHITECTURE.md");
const TREE: &str = include_str!("../../actors/dispatch/src/tree.rs");

/// The tree of a process with these roles, as it prints itself.
fn drawing(roles: Roles) -> String {
    let mut drawing = String::new();
    rig::with(Settings { roles, ..Settings::default() }, async |rig| drawing.clone_from(&rig.drawing));
    drawing
}

fn name(line: &str) -> &str {
    let line = line.trim_start_matches(['│', '├', '└', '─', ' ']);
    line.split_once("  ").map_or(line, |(name, _)| name)
}

/// The whole tree, and beside each line the roles that start it.
fn with_roles(whole: &str) -> String {
    let parts = Role::ALL.map(|role| (role, drawing([role].into_iter().collect())));
    let mut text = String::new();
    for line in whole.lines() {
        let starts = |part: &str| part.lines().any(|other| name(other) == name(line));
        let roles: Roles = parts.iter().filter(|(_, part)| starts(part)).map(|(role, _)| *role).collect();
        let roles = if roles == Roles::default() { "any role".to_owned() } else { roles.to_string() };
        writeln!(text, "{line:<84}| {roles}").unwrap();
    }
    text
}

#[track_caller]
fn shows(document: &str, name: &str, drawing: &str) {
    assert!(
        document.contains(&format!("```\n{drawing}```\n")),
        "{name} does not show this tree:\n\n{drawing}"
    );
}

#[test]
fn the_documents_show_the_tree_that_is_started() {
    let whole = drawing(Roles::default());
    shows(README, "README.md", &whole);
    let whole = with_roles(&whole);
    shows(ARCHITECTURE, "docs/ARCHITECTURE.md", &whole);
    shows(&TREE.replace("//! ", "").replace("```text", "```"), "tree.rs", &whole);
}
