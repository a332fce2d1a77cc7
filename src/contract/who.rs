//! Who may call an operation, in words: by the policy, and by the tables of acts whom an act is kept from.

use crate::auth::Reach;
use crate::auth::policy::Line;
use crate::states::{Act, Part};

/// Roles with their reach, and whom the operation's acts are kept from.
pub(super) fn may(line: &Line, acts: &[&Act]) -> String {
    if line.is_public() {
        return "**Who**: everybody, signed in or not.".to_owned();
    }
    let reaches = [
        (Reach::Own, "their own"),
        (Reach::Assigned, "what is assigned to them"),
        (Reach::Office, "their service point's"),
        (Reach::Any, "any"),
    ];
    let roles =
        |reach: Reach| line.grants.iter().filter(move |grant| grant.1 == reach).map(|(role, _)| format!("`{}`", role.as_str()));
    let words = reaches.into_iter().filter_map(|(reach, whose)| {
        let roles: Vec<String> = roles(reach).collect();
        (!roles.is_empty()).then(|| format!("{} ({whose})", roles.join(", ")))
    });
    let mut text = format!("**Who**: {}.", words.collect::<Vec<_>>().join("; "));
    let kept: Vec<&str> = BARS.iter().filter(|bar| bars(acts, bar.0)).map(|bar| bar.1).collect();
    if !kept.is_empty() {
        text.push_str(&format!(" Never {}.", kept.join(", nor ")));
    }
    text
}

fn bars(acts: &[&Act], part: Part) -> bool {
    acts.iter().any(|act| act.apart.contains(&part))
}

/// Whom acts are kept from, and how they are refused.
const BARS: [(Part, &str); 10] = [
    (Part::Proposer, "by whoever asked for it (`own_request`)"),
    (Part::Subject, "for the office by whoever it is about, their spouse or kin (`own_request`)"),
    (Part::Clerk, "by whoever worked on it as its clerk (`same_person`)"),
    (Part::Reviewer, "by whoever reviewed it (`same_person`)"),
    (Part::Checker, "by whoever checked it (`same_person`)"),
    (Part::Supervisor, "by whoever decided on it for the office (`same_person`)"),
    (Part::Author, "by whoever wrote the line (`same_person`)"),
    (Part::Bystander, "by a role that decides on other requests than this (`forbidden`)"),
    (Part::Unnamed, "by an account of which nobody knows who works with it (`holder_required`)"),
    (Part::Remaining, "once whoever asked for it holds no office any more (`asker_gone`)"),
];
