//! What problems carry beside their common members, code by code: `with` takes no other, and the contract types each.

use serde_json::{Value, json};

use super::{Code, Text};

/// A further member of some problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    AllowedActions,
    Alternatives,
    Checker,
    Clerk,
    ClosesAt,
    Error,
    Matches,
    MissingPapers,
    OpensAt,
    RetryAfter,
    Reviewer,
    Scope,
}

/// A member of a code's problems, and whether it is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    pub member: Member,
    pub always: bool,
}

const fn always(member: Member) -> Carried {
    Carried { member, always: true }
}

const fn sometimes(member: Member) -> Carried {
    Carried { member, always: false }
}

impl Member {
    /// Its name in the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowedActions => "allowed_actions",
            Self::Alternatives => "alternatives",
            Self::Checker => "checker",
            Self::Clerk => "clerk",
            Self::ClosesAt => "closes_at",
            Self::Error => "error",
            Self::Matches => "matches",
            Self::MissingPapers => "missing_papers",
            Self::OpensAt => "opens_at",
            Self::RetryAfter => "retry_after",
            Self::Reviewer => "reviewer",
            Self::Scope => "scope",
        }
    }

    /// What it says.
    pub fn meaning(self) -> Text {
        match self {
            Self::AllowedActions => Text::new("目前可執行的操作", "What the caller may do with the record now."),
            Self::Alternatives => Text::new("最近的可預約時段", "The nearest free slots."),
            Self::Checker => Text::new("查核人的帳號", "Account of the colleague who checks it."),
            Self::Clerk => Text::new("承辦人的帳號", "Account of the clerk in charge."),
            Self::ClosesAt => Text::new("連結關閉的時間", "When the link closes."),
            Self::Error => Text::new(
                "OAuth 2.0 的錯誤名稱（RFC 6749 §5.2、RFC 6750 §3.1）",
                "The error as OAuth 2.0 names it (RFC 6749 §5.2, RFC 6750 §3.1).",
            ),
            Self::Matches => Text::new("相近的案件", "The cases that this may be."),
            Self::MissingPapers => Text::new("尚缺文件", "Papers that are missing."),
            Self::OpensAt => Text::new("連結開放的時間", "When the link opens."),
            Self::RetryAfter => {
                Text::new("幾秒後再試；同 Retry-After 標頭", "Seconds until a retry makes sense; `Retry-After` says the same.")
            }
            Self::Reviewer => Text::new("審核人的帳號", "Account of the reviewer."),
            Self::Scope => Text::new("此操作所需的 scope", "The scope that the operation asks for."),
        }
    }
}

impl Member {
    /// A value as the contract shows it.
    pub(super) fn example(self, code: Code) -> Value {
        match self {
            Self::AllowedActions => json!(["cancel"]),
            Self::Alternatives | Self::Matches => json!([]),
            Self::Checker | Self::Clerk | Self::Reviewer => json!("019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71"),
            Self::ClosesAt => json!("2026-11-25T09:40:00+08:00"),
            Self::Error => json!(code.as_str()),
            Self::MissingPapers => json!(["ID_CARD"]),
            Self::OpensAt => json!("2026-11-25T08:50:00+08:00"),
            Self::RetryAfter => json!(5),
            Self::Scope => json!("booking.write"),
        }
    }
}

/// Of an act on a case that is refused: what is possible instead.
const ACT: &[Carried] = &[sometimes(Member::AllowedActions)];
/// Of the endpoints that RFC 6749 describes.
const OAUTH: &[Carried] = &[sometimes(Member::Error)];
/// Whoever holds a record that somebody else wants to work on.
const HOLDERS: &[Carried] =
    &[sometimes(Member::Clerk), sometimes(Member::Reviewer), sometimes(Member::Checker), sometimes(Member::AllowedActions)];
const LATER: &[Carried] = &[always(Member::RetryAfter)];

impl Code {
    /// The further members that a problem of this code can carry.
    pub const fn members(self) -> &'static [Carried] {
        match self {
            Self::WrongState => const { &[always(Member::AllowedActions)] },
            Self::SlotTaken => const { &[always(Member::Alternatives)] },
            Self::AdviserConflict => const { &[always(Member::Alternatives)] },
            Self::LinkNotOpen => const { &[always(Member::OpensAt), always(Member::ClosesAt)] },
            Self::PossibleDuplicate => const { &[always(Member::Matches), sometimes(Member::AllowedActions)] },
            Self::DocumentsMissing => const { &[always(Member::MissingPapers), sometimes(Member::AllowedActions)] },
            Self::AssignedToOther => HOLDERS,
            Self::Conflict | Self::OwnRequest | Self::NotToldOnce | Self::ProxyNotApproved | Self::SamePerson => ACT,
            Self::InsufficientScope => const { &[always(Member::Scope)] },
            Self::InvalidClient | Self::InvalidGrant => const { &[always(Member::Error)] },
            Self::Unauthenticated | Self::Malformed | Self::TooLarge | Self::UnsupportedMediaType => OAUTH,
            Self::RateLimited | Self::LoginLocked | Self::Overloaded | Self::StoreUnavailable => LATER,
            _ => &[],
        }
    }

    /// Whether its problems can carry a member of this name.
    pub fn carries(self, name: &str) -> bool {
        self.members().iter().any(|carried| carried.member.as_str() == name)
    }
}
