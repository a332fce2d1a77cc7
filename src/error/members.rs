//! What problems carry beside their common members: `with` takes no other, and the contract types each.

use serde_json::Value;

use super::Text;

/// A further member of some problems.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name in the document.
    pub name: &'static str,
    /// What it says, in Chinese and English.
    pub meaning: (&'static str, &'static str),
    pub shape: Shape,
    /// A value as the contract shows it, in JSON; of one among names the first is shown.
    pub example: &'static str,
}

/// The schema of what `allowed_actions` lists; the contract fills it from the tables of acts.
pub const ALLOWED_ACTION: &str = "AllowedAction";

/// What a member's value looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list of what a schema of the contract describes.
    Items {
        schema: &'static str,
        at_most: usize,
    },
    Id,
    Moment,
    Seconds,
    /// The version of a record.
    Version,
    /// A number of bytes.
    Bytes,
    Text {
        at_most: usize,
    },
    OneOf(&'static [&'static str]),
}

/// A member of a code's problems, and whether it is always there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    pub member: Member,
    pub always: bool,
}

pub const fn always(member: Member) -> Carried {
    Carried { member, always: true }
}

pub const fn sometimes(member: Member) -> Carried {
    Carried { member, always: false }
}

/// Whoever holds a record that somebody else wants to work on.
const fn holder(name: &'static str, meaning: (&'static str, &'static str)) -> Member {
    Member { name, meaning, shape: Shape::Id, example: r#""019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71""# }
}

impl Member {
    pub const ALLOWED_ACTIONS: Self = Self {
        name: "allowed_actions",
        meaning: ("目前可執行的操作", "What the caller may do with the record now."),
        shape: Shape::Items { schema: ALLOWED_ACTION, at_most: 60 },
        example: r#"["cancel"]"#,
    };
    pub const CHECKER: Self = holder("checker_id", ("查核人的帳號", "Account of the colleague who checks it."));
    pub const CLERK: Self = holder("clerk_id", ("承辦人的帳號", "Account of the clerk in charge."));
    pub const PROOF: Self = Self {
        name: "proof_id",
        meaning: ("該人現行身分證明之代碼", "The proof of identity that stands for the person."),
        shape: Shape::Id,
        example: r#""019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f""#,
    };
    pub const RETRY_AFTER: Self = Self {
        name: "retry_after",
        meaning: ("幾秒後再試；同 Retry-After 標頭", "Seconds until a retry makes sense; `Retry-After` says the same."),
        shape: Shape::Seconds,
        example: "5",
    };
    pub const REVIEWER: Self = holder("reviewer_id", ("審核人的帳號", "Account of the reviewer."));
    pub const SCOPE: Self = Self {
        name: "scope",
        meaning: ("此操作所需的 scope", "The scope that the operation asks for."),
        shape: Shape::Text { at_most: 100 },
        example: r#""booking.write""#,
    };
    pub const STANDING: Self = Self {
        name: "standing_id",
        meaning: ("已存在而與此衝突之紀錄", "The record that stands already, with which this conflicts."),
        shape: Shape::Id,
        example: r#""019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f""#,
    };
    pub const VERSION: Self = Self {
        name: "version",
        meaning: (
            "現行版本；If-Match 為 \"v{version}\"",
            "The version that stands, for `If-Match`: `\"v{version}\"`; absent where another write came in between.",
        ),
        shape: Shape::Version,
        example: "3",
    };

    /// Of the endpoints that RFC 6749 describes: the names that OAuth 2.0 has for what the code says.
    pub const fn oauth_error(names: &'static [&'static str]) -> Self {
        Self {
            name: "error",
            meaning: (
                "OAuth 2.0 的錯誤名稱（RFC 6749 §5.2、RFC 6750 §3.1）",
                "The error as OAuth 2.0 names it (RFC 6749 §5.2, RFC 6750 §3.1).",
            ),
            shape: Shape::OneOf(names),
            example: "null",
        }
    }

    pub fn meaning(&self) -> Text {
        Text::new(self.meaning.0, self.meaning.1)
    }

    /// A value as the contract shows it.
    pub(super) fn example(&self) -> Value {
        match self.shape {
            Shape::OneOf(names) => names[0].into(),
            _ => serde_json::from_str(self.example).expect("the examples of members are JSON"),
        }
    }
}
