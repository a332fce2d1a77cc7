//! Who may do what: operations, scopes, roles and how far each role reaches. Each domain has its lines; all of them are
//! printed to `tests/golden/policy.txt`, and a change of a line is a change of that file.

use crate::db::Mode;
use crate::text_enum;

text_enum! {
    /// A role of the office (or of its partners): what its holder may do is printed in the policy table.
    pub enum Role {
        /// Citizen 民眾
        Citizen = "CIT",
        /// Proxy 代理人
        Proxy = "PRX",
        /// Volunteer 志工
        Volunteer = "VOL",
        /// Clerk 承辦人
        Clerk = "CLK",
        /// Reviewer 審核
        Reviewer = "REV",
        /// Section chief 股長
        Chief = "CHF",
        /// Director 主任
        Director = "DIR",
        /// Legal adviser 法律顧問
        Adviser = "LEG",
        /// County auditor or integration client 縣府
        County = "CTY",
        /// Partner agency's client 合作機關; never an account's role
        Partner = "PAR",
        /// Administrator 系統管理員
        Administrator = "ADM",
        /// Holder of a token that is good for one booking; never an account's role
        BookingHolder = "BOOKING",
        /// Holder of a token that is good for one notice's receipt; never an account's role
        ReceiptHolder = "RECEIPT",
    }
}

/// How far a role reaches within an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Records of oneself, or of the principal for a proxy.
    Own,
    /// Records assigned to oneself.
    Assigned,
    /// Records of one's own service point.
    Office,
    /// All records.
    Any,
}

/// A role that may, and how far it reaches.
pub type Grant = (Role, Reach);

/// One line of the table, as a type.
pub trait Action: 'static {
    const LINE: &'static Line;
}

/// One line of the table.
#[derive(Debug)]
pub struct Line {
    /// `operationId` in the contract.
    pub operation: &'static str,
    /// Scope that the token must hold; empty for public operations.
    pub scope: &'static str,
    /// Empty: everyone, signed in or not.
    pub grants: &'static [Grant],
    /// Whether its write runs beside others or alone.
    pub mode: Mode,
    /// Whether a request without an Idempotency-Key is refused.
    pub needs_key: bool,
    /// Whether it is answered anew each time that it is sent: a question by POST, lest what is asked stand in an address, or a
    /// log-in. What it leaves is a line in the log, and no answer is kept that could outlive the right to it.
    pub anew: bool,
    /// Whether it takes nothing from the caller's allowance.
    pub uncounted: bool,
    /// Whether an account may call it whose password others have set.
    pub before_password_change: bool,
    /// Whether no log tells that it was called: what somebody says in secret leaves no moment and no trace id beside it.
    pub untraced: bool,
}

impl Line {
    pub const fn new(operation: &'static str, scope: &'static str, grants: &'static [Grant]) -> Self {
        let (needs_key, anew, uncounted, before_password_change, untraced) = (false, false, false, false, false);
        Self { operation, scope, grants, mode: Mode::Shared, needs_key, anew, uncounted, before_password_change, untraced }
    }

    /// Its write runs alone.
    pub const fn alone(self) -> Self {
        Self { mode: Mode::Alone, ..self }
    }

    /// A request without an Idempotency-Key is refused.
    pub const fn key(self) -> Self {
        Self { needs_key: true, ..self }
    }

    /// Sent again it is answered anew.
    pub const fn anew(self) -> Self {
        Self { anew: true, ..self }
    }

    /// For supervisors and scrapers, which no allowance may silence.
    pub const fn uncounted(self) -> Self {
        Self { uncounted: true, ..self }
    }

    /// Neither the log nor the metrics tell that it was called, and of its answers none is kept.
    pub const fn untraced(self) -> Self {
        Self { untraced: true, anew: true, ..self }
    }

    /// Open to an account whose password others have set.
    pub const fn before_password_change(self) -> Self {
        Self { before_password_change: true, ..self }
    }

    pub fn is_public(&self) -> bool {
        self.grants.is_empty()
    }

    /// The roles that it is granted to.
    pub fn roles(&self) -> Vec<Role> {
        self.grants.iter().map(|(role, _)| *role).collect()
    }

    /// The widest reach that these roles give.
    pub fn reach(&self, roles: &[Role]) -> Option<Reach> {
        self.grants.iter().filter(|(role, _)| roles.contains(role)).map(|(_, reach)| *reach).max()
    }
}

/// Defines a domain's lines: `Action "operation" "scope" flags [Role Reach, …];`. The flags are the methods of [`Line`];
/// an empty list of grants is everyone.
#[macro_export]
macro_rules! policy {
    ($($action:ident $operation:literal $scope:literal $($flag:ident)* [$($role:ident $reach:ident),* $(,)?];)+) => {
        $(
            #[doc = concat!("Permission to call `", $operation, "`.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $action;
            impl $crate::auth::policy::Action for $action {
                const LINE: &'static $crate::auth::policy::Line = {
                    const GRANTS: &[$crate::auth::policy::Grant] =
                        &[$(($crate::auth::Role::$role, $crate::auth::Reach::$reach)),*];
                    const LINE: $crate::auth::policy::Line =
                        $crate::auth::policy::Line::new($operation, $scope, GRANTS)$(.$flag())*;
                    &LINE
                };
            }
        )+
        /// The domain's lines of the policy.
        pub const LINES: &[&$crate::auth::policy::Line] = &[$(<$action as $crate::auth::policy::Action>::LINE),+];
    };
}

/// Every scope that these roles can use, for a log-in's token.
pub fn scopes(lines: impl Iterator<Item = &'static Line>, roles: &[Role]) -> Vec<&'static str> {
    let open = lines.filter(|line| !line.is_public() && line.reach(roles).is_some());
    let mut scopes: Vec<_> = open.map(|line| line.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// The table for people: one line an operation.
pub fn print(lines: impl Iterator<Item = &'static Line>) -> String {
    let mut text = String::new();
    for line in lines {
        let grants: Vec<_> = line.grants.iter().map(|(role, reach)| format!("{role} {reach:?}")).collect();
        let grants = if grants.is_empty() { "everyone".to_owned() } else { grants.join(", ") };
        let scope = if line.scope.is_empty() { "-" } else { line.scope };
        let alone = if line.mode == Mode::Alone { "alone" } else { "" };
        let key = match (line.needs_key, line.anew) {
            (true, _) => "key",
            (false, true) => "new",
            (false, false) => "",
        };
        text.push_str(&format!("{:<30} {:<20} {alone:<5} {key:<3} {grants}\n", line.operation, scope));
    }
    text
}
